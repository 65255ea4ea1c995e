"""Commands about rubrics."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scoring.cli.output import Json, console, number, print_json, print_table

app = typer.Typer(help="List, read and check rubrics.", no_args_is_help=True)


@app.command()
def validate(
    files: Annotated[list[Path], typer.Argument(help="Rubric files.")],
    json_out: Json = False,
) -> None:
    """List every fault of a rubric file with its path; exit code 2 when there is one."""
    from scoring.rubric import find_faults

    faults = {str(file): list(find_faults(file)) for file in files}
    if json_out:
        print_json(faults)
    else:
        for name, found in faults.items():
            count = f"{len(found) or 'no'} fault{'' if len(found) == 1 else 's'}"
            console.print(f"{name}: {count}", markup=False)
            for fault in found:
                console.print(f"  {fault}", markup=False)
    raise typer.Exit(2 if any(faults.values()) else 0)


@app.command("list")
def list_all(json_out: Json = False) -> None:
    """List the rubrics that can be used by name."""
    from scoring.rubric import list_rubrics, load_rubric

    rubrics = [load_rubric(path) for path in list_rubrics()]
    if json_out:
        print_json([{"name": one.name, "version": one.version, "title": one.title} for one in rubrics])
        return
    print_table("", ["name", "version", "title"], [[one.name, one.version, one.title] for one in rubrics])


@app.command()
def show(name: Annotated[str, typer.Argument(help="A rubric's name or file.")], json_out: Json = False) -> None:
    """Show a rubric as people read it."""
    from scoring.rubric import load_rubric

    rubric = load_rubric(name)
    if json_out:
        print_json(rubric)
        return
    console.print(f"{rubric.title} ({rubric.name} {rubric.version}, {rubric.content_hash[:12]})", markup=False)
    rows = [[one.section, one.id, one.title, number(one.weight, 1)] for one in rubric.criteria]
    print_table("", ["section", "criterion", "title", "weight"], rows)
