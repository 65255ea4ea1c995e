"""The command that measures the judgements against people's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scoring.cli.output import console, notes, number, print_table
from scoring.errors import InputError

if TYPE_CHECKING:
    from scoring.agreement.chance import Estimate
    from scoring.agreement.evaluation import Evaluation, ItemReport
    from scoring.agreement.judging import CallJudgement, Judge
    from scoring.agreement.reference import Reference
    from scoring.settings import Settings

REPORT = "evaluation.html"


def evaluate(
    reference: Annotated[Path, typer.Argument(help="JSON lines of calls that people labelled by the codebook.")],
    json_path: Annotated[Path | None, typer.Option("--json", help="Also write every figure to this file.")] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help=f"The report; else {REPORT} in the settings' outputs.")
    ] = None,
) -> None:
    """Judge labelled calls from their words alone, and say item by item how far that agrees with people."""
    from scoring.agreement.reference import read_reference
    from scoring.settings import load_settings

    settings = load_settings()
    calls = read_reference(reference)
    page = report or settings.outputs / REPORT
    outs = [path for path in (page, json_path) if path is not None]
    _check_outs(outs, reference)

    from scoring.agreement.evaluation import evaluate as compare
    from scoring.agreement.evaluation_json import as_json
    from scoring.pages.evaluation_page import evaluation_page
    from scoring.pages.render import render
    from scoring.publish.files import write_whole

    judge, baseline, made_by = _load_judges(settings)
    judged = _judge_all(calls, judge)
    found = compare(calls, judged, baseline=[baseline(call.spoken) for call in calls.calls], made_by=made_by)
    if json_path is not None:
        write_whole(json_path, as_json(found))
    write_whole(page, render(evaluation_page(found)).encode())
    _print(found, reference)
    for path in outs:
        console.print(f"→ {path}", markup=False, soft_wrap=True)  # a path that is cut cannot be opened


def _check_outs(outs: Sequence[Path], reference: Path) -> None:
    """Refuse a path that cannot be written before minutes are spent on what is to stand there."""
    taken = [reference.resolve()]
    for path in outs:
        if path.is_dir():
            raise InputError(f"{path} is a folder.", hint="Give the name of a file to write.")
        if path.resolve() in taken:
            raise InputError(f"{path} is named twice.", hint="Reference, JSON and report are three different files.")
        taken.append(path.resolve())
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise InputError(f"Nothing can be written in {path.parent}.", hint="Choose another folder.")


def _load_judges(settings: Settings) -> tuple[Judge, Judge, list[tuple[str, str]]]:
    """The judge, the baseline of rules alone beside it, and what they are made of."""
    import numpy
    import scipy
    import torch

    from scoring import __version__
    from scoring.agreement.judging import TextJudge
    from scoring.reader import load_reader
    from scoring.signals import Company, fingerprint
    from scoring.speakers import fingerprint as roles

    notes.print("Loading the models …")
    torch.set_num_threads(1)  # sums over more threads are not the same on every run
    reader = load_reader(settings.cache_dir)
    company = Company(settings.company, settings.company_also)
    made_by = [
        ("callscore", __version__),
        ("detectors", fingerprint()),
        ("roles", roles(settings.cache_dir)),
        ("reader", reader.fingerprint),
        ("numpy", numpy.__version__),
        ("scipy", scipy.__version__),
        ("torch", torch.__version__),
        ("company", ", ".join(company.names) or "not given"),
    ]
    return TextJudge(reader, company), TextJudge(None, company), made_by


def _judge_all(calls: Reference, judge: Judge) -> list[CallJudgement]:
    from rich.progress import Progress

    if not notes.is_terminal:
        notes.print(f"Judging {len(calls.calls)} calls …")
        return [judge(call.spoken) for call in calls.calls]
    with Progress(console=notes, transient=True) as progress:
        return [judge(call.spoken) for call in progress.track(calls.calls, description="Judging calls")]


def _print(found: Evaluation, reference: Path) -> None:
    console.print(
        f"Against {reference}: {len(found.reference.calls)} calls, judged from their words alone.", markup=False
    )
    columns = ["item", "n", "agreed", "kappa", "95 %", "AC1", "F1", "evidence", "unsure"]
    with_baseline = any(item.baseline for item in found.items)
    rows = [_row(item, with_baseline=with_baseline) for item in found.items]
    print_table("", [*columns, *(["baseline kappa"] if with_baseline else [])], rows)
    roles = found.roles
    console.print(
        f"Roles: {_percent(roles.turns.value)} of {roles.n_turns} turns, "
        f"{_percent(roles.words.value)} of {roles.n_words} words."
    )


def _row(item: ItemReport, *, with_baseline: bool) -> list[str]:
    chance, evidence = item.scores.chance, item.evidence
    baseline = [number(item.baseline.chance.kappa.value if item.baseline else None, 2)] if with_baseline else []
    return [
        item.name,
        str(item.scores.n),
        _percent(chance.agreement.value),
        number(chance.kappa.value, 2),
        _between(chance.kappa),
        number(chance.ac1.value, 2),
        number(item.scores.f1, 2),
        f"{evidence.found} of {evidence.n}" if evidence.n else "–",
        str(item.unsure),
        *baseline,
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _between(estimate: Estimate) -> str:
    return "" if estimate.low is None else f"{number(estimate.low, 2)} to {number(estimate.high, 2)}"
