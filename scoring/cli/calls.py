"""Commands about calls: score, transcribe, publish, show, judge."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scoring.cli.output import Json, clock, console, notes, number, print_json, print_table
from scoring.errors import InputError

if TYPE_CHECKING:
    from flows.score_calls import BatchReport
    from scoring.calls import Transcript
    from scoring.scorecard.types import ScoredCall
    from scoring.store import StoredCall

RubricName = Annotated[str | None, typer.Option("--rubric", "-r", help="A rubric's name or file; else the settings'.")]


def score(
    sources: Annotated[list[Path], typer.Argument(help="Folders of calls, or single recordings and conversations.")],
    rubric: RubricName = None,
    manifest: Annotated[Path | None, typer.Option(help="Who and when; else manifest.csv beside the calls.")] = None,
    json_out: Json = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show Prefect's own log.")] = False,
) -> None:
    """Transcribe and judge calls. What is done already is not done again; what fails is set aside and listed."""
    from flows.prefect_home import prefect_in_one_line, prepare_prefect
    from scoring.pipeline.batch import plan_batch
    from scoring.rubric import load_rubric
    from scoring.settings import load_settings
    from scoring.store import Store

    settings = load_settings()
    for name in [rubric] if rubric else [settings.rubric, settings.written_rubric]:
        load_rubric(name)  # faults are shown before anything is begun
    batch = plan_batch(sources, settings, manifest)
    Store.open(settings.database_url).close()
    prepare_prefect(settings, verbose=verbose)
    if not json_out:
        notes.print(f"{len(batch.jobs)} calls; starting Prefect and loading the models …")
    from flows.interrupt import leave_on_interrupt
    from flows.score_calls import score_calls

    leave_on_interrupt()
    with prefect_in_one_line(settings):
        report: BatchReport = score_calls(sources, rubric, manifest, quiet=json_out)  # type: ignore[assignment]
    if json_out:
        print_json(report)
    else:
        _print_report(report)
    raise typer.Exit(1 if report.aside else 0)


def _print_report(report: BatchReport) -> None:
    from scoring.judge import NOT_JUDGED

    minutes = sum(one.audio_seconds for one in report.scored) / 60
    console.print(
        f"{len(report.scored)} calls scored ({minutes:.1f} minutes): {report.transcribed} transcribed, "
        f"{report.judged} judged anew, {len(report.scored) - report.judged} as before. {report.seconds:.0f} s."
    )
    for one in report.scored:
        if one.same_as:
            console.print(f"  {one.file} is the same call as {one.same_as}", markup=False)
        if NOT_JUDGED in one.conditions:
            console.print(f"  {one.file} is {NOT_JUDGED}", markup=False)
    if report.aside:
        rows = [[entry.file, entry.stage, f"{entry.reason} {entry.hint}".strip()] for entry in report.aside]
        print_table(f"{len(report.aside)} set aside", ["file", "stage", "why, and what to do"], rows)


def transcribe(
    file: Annotated[Path, typer.Argument(help="A recording or a written conversation.")],
    json_out: Json = False,
) -> None:
    """Print the transcript of one call, with roles and times. Nothing is stored."""
    from scoring.pipeline.batch import plan_batch
    from scoring.pipeline.stages import Tools, read_transcript
    from scoring.settings import load_settings

    settings = load_settings()
    if file.is_dir():
        raise InputError(f"{file} is a folder.", hint="`transcribe` takes one file; `score` takes folders.")
    job = plan_batch([file], settings).jobs[0]
    call = read_transcript(file, job.info, Tools(settings))
    if json_out:
        from dataclasses import asdict

        print_json({"file": job.info.file, "call_id": call.id, **asdict(call.transcript), "made_by": call.made_by})
        return
    _print_transcript(call.transcript)


def publish(
    rubric: RubricName = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write; else the settings' outputs.")] = None,
    json_out: Json = False,
) -> None:
    """Write scorecards of every stored call: HTML, CSV, XLSX and JSON."""
    from scoring.pipeline.publishing import publish_all
    from scoring.settings import load_settings

    report = publish_all(load_settings(), rubric=rubric, out=out)
    if json_out:
        print_json(report)
        return
    where = f"Scorecards of {report.agents} agents over {report.calls} calls: {report.index}"
    console.print(where, markup=False, soft_wrap=True)  # a path that is cut cannot be opened


def judge(rubric: RubricName = None, json_out: Json = False) -> None:
    """Judge every stored call by a rubric again, from what is stored; no recording is needed."""
    from scoring.pipeline.stages import rescore
    from scoring.rubric import load_rubric
    from scoring.settings import load_settings
    from scoring.store import Store

    settings = load_settings()
    chosen = load_rubric(rubric or settings.rubric)
    with Store.open(settings.database_url) as store:
        ids = store.call_ids()
        judged = rescore(ids, chosen, store)
    if json_out:
        print_json({"rubric": chosen.name, "version": chosen.version, "calls": len(ids), "judged": judged})
        return
    console.print(f"{judged} of {len(ids)} calls judged anew by {chosen.name} {chosen.version}.", markup=False)


def show(
    call: Annotated[str | None, typer.Argument(help="A call's id (or its beginning) or its file's name.")] = None,
    rubric: RubricName = None,
    json_out: Json = False,
) -> None:
    """Show one call's score with its evidence; without an argument, list the calls."""
    from scoring.rubric import load_rubric
    from scoring.settings import load_settings
    from scoring.store import Store

    settings = load_settings()
    asked = [rubric] if rubric else [settings.rubric, settings.written_rubric]
    names = list(dict.fromkeys(load_rubric(name).name for name in asked))
    with Store.open(settings.database_url) as store:
        if call is None:
            scored = {one.call_id: one for name in names for one in store.scored_calls(name)}  # the pages show the same
            _print_calls(list(scored.values()), json_out=json_out)
            return
        ids = store.find_call(call)
        if len(ids) != 1:
            problem = "No call" if not ids else f"{len(ids)} calls"
            raise InputError(f"{problem} of that name: {call!r}.", hint="`callscore show` lists the calls.")
        stored = next((found for name in reversed(names) if (found := store.load_call(ids[0], name))), None)
    if stored is None:
        raise InputError(
            f"{call} has not been judged by {' or '.join(names)}.", hint=f"Run `callscore judge --rubric {asked[0]}`."
        )
    if json_out:
        print_json({"call": stored.call, "signals": stored.signals, "score": stored.score, "files": stored.files})
    else:
        _print_call(stored)


def _print_calls(calls: Sequence[ScoredCall], *, json_out: bool) -> None:
    if json_out:
        print_json([{"call_id": one.call_id, "info": one.info, "score": one.score.score} for one in calls])
        return
    if not calls:
        notes.print("No call has been judged yet: run `callscore score FOLDER` first.")
        return
    rows = [
        [one.call_id[:12], one.info.file, one.info.agent_name or one.info.agent_id or "", number(one.score.score)]
        for one in calls
    ]
    print_table("", ["call", "file", "agent", "score"], rows)


def _print_call(stored: StoredCall) -> None:
    info, result = stored.call.info, stored.score
    console.print(
        f"{info.file} · {info.agent_name or info.agent_id or 'unknown agent'} · {stored.call.id[:12]}", markup=False
    )
    spread = "" if result.low == result.high else f" ({number(result.low)}–{number(result.high)} with what is unsure)"
    console.print(f"{result.rubric} {result.rubric_version}: {number(result.score)} of 100{spread}", markup=False)
    for condition in result.conditions:
        console.print(condition, markup=False)
    rows = [
        [
            one.title,
            one.outcome.value.replace("_", " "),
            f"{number(one.points, 1)} / {number(one.weight, 1)}",
            one.reason,
            one.remedy,
        ]
        for one in result.criteria
    ]
    print_table("", ["criterion", "outcome", "points", "why", "what would have earned it"], rows)
    _print_transcript(stored.call.transcript)


def _print_transcript(transcript: Transcript) -> None:
    for turn in transcript.turns:
        console.print(f"{clock(turn.start):>6}  {turn.role:<9} {turn.text}", markup=False)
    for note in transcript.notes:
        notes.print(f"note: {note}", markup=False)
