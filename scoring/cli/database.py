"""Commands about the database."""

from __future__ import annotations

from typing import Annotated

import typer

from scoring.cli.output import Json, console, notes, print_json

app = typer.Typer(help="Look after the database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keeps `copy` a command of its own while it is the only one."""


@app.command()
def copy(
    target: Annotated[str, typer.Argument(help="URL of an empty database: postgresql://user@host/name.")],
    source: Annotated[str | None, typer.Option("--from", help="URL to copy from; else the settings' database.")] = None,
    json_out: Json = False,
) -> None:
    """Copy everything into an empty database, whole or not at all. Then name that one in the settings."""
    from scoring.settings import load_settings
    from scoring.store import Store

    def tell(table: str, rows: int) -> None:
        if not json_out:
            notes.print(f"  {table}: {rows}", markup=False)

    with Store.open(source or load_settings().database_url) as old, Store.open(target) as new:
        copied = old.copy_to(new, tell)
        name = new.name
    if json_out:
        print_json(copied)
        return
    console.print(f"{copied['calls']} calls copied to {name}. Set `database` to it in callscore.toml.", markup=False)
