"""The same numbers as the pages show, as tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scoring.pages.urls import call_path
from scoring.scorecard.types import GroupCards, Interval, Scorecard, Scorecards, ScoredCall

Cell = str | int | float | bool | None
_RISKY = ("=", "+", "-", "@", "\t", "\r")  # how a formula begins in a spreadsheet (OWASP, "CSV injection")
_GROUP = ("kind", "key", "name", "period", "first_day", "last_day")


@dataclass(frozen=True, slots=True)
class Table:
    """A named table; every row is as long as the header."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def scorecard_table(cards: Scorecards) -> Table:
    """Return one row for each agent or team and period, "all" first."""
    header = (
        *_GROUP, "team", "calls", "judged", "enough", "score", "score_low95", "score_high95", "if_unsure_not_met",
        "if_unsure_met", "failed_calls", "csat_answers", "csat", "nps_answers", "nps", "ces_answers", "ces",
    )  # fmt: skip
    rows = [(*_group(group, card), group.group.team, *_numbers(card)) for group, card in each_card(cards)]
    return Table("scorecards", header, tuple(rows))


def criterion_table(cards: Scorecards) -> Table:
    """Return one row for each criterion of each agent or team and period; rates are shares of 0..1."""
    header = (
        *_GROUP, "rubric", "criterion", "title", "section", "weight", "critical", "separate", "met", "judged", "rate",
        "rate_low95", "rate_high95", "not_applicable", "unsure", "if_unsure_not_met", "if_unsure_met",
        "points_share",
    )  # fmt: skip
    rows = [
        (
            *_group(group, card), item.rubric, item.id, item.title, item.section, item.weight, item.critical,
            item.separate, item.rate.met, item.rate.judged, _short(item.rate.value), *_ends(item.rate.interval),
            item.not_applicable, item.unsure, _short(item.low), _short(item.high), _short(item.earned),
        )
        for group, card in each_card(cards)
        for item in card.criteria
    ]  # fmt: skip
    return Table("criteria", header, tuple(rows))


def call_table(calls: Sequence[ScoredCall]) -> Table:
    """Return one row for each call, with a column for each criterion's outcome."""
    names = list(dict.fromkeys(f"{call.score.rubric}.{item.id}" for call in calls for item in call.score.criteria))
    header = (
        "call", "page", "file", "agent_id", "agent_name", "team", "started_at", "medium", "direction", "queue",
        "seconds", "score", "if_unsure_not_met", "if_unsure_met", "failed", "conditions", "csat", "nps", "ces",
        "rubric", "rubric_version", *names,
    )  # fmt: skip
    return Table("calls", header, tuple(_call(call, names) for call in calls))


def as_csv(table: Table) -> bytes:
    """Return a table as CSV (RFC 4180, UTF-8); text that a spreadsheet would run gets an apostrophe in front."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.header)
    writer.writerows([_guarded(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode()


def each_card(cards: Scorecards) -> Iterator[tuple[GroupCards, Scorecard]]:
    """Yield every scorecard: agents, then teams, each over all calls and then by period."""
    for group in (*cards.agents, *cards.teams):
        for card in (group.overall, *group.periods):
            yield group, card


def _group(group: GroupCards, card: Scorecard) -> tuple[Cell, ...]:
    period = card.period
    first, last = (day.isoformat() if day else None for day in (period.first, period.last))
    return (group.group.kind.value, group.group.key, group.group.name, period.key, first, last)


def _numbers(card: Scorecard) -> tuple[Cell, ...]:
    answers = card.feedback
    return (
        len(card.calls), card.score.n, card.enough, _short(card.score.value), *_ends(card.score.interval),
        _short(card.low), _short(card.high), card.failed, answers.csat.n, _short(answers.csat.value),
        answers.nps.n, _short(answers.nps.value), answers.ces.n, _short(answers.ces.value),
    )  # fmt: skip


def _call(call: ScoredCall, names: Sequence[str]) -> tuple[Cell, ...]:
    info, score = call.info, call.score
    outcomes = {f"{score.rubric}.{item.id}": item.outcome.value for item in score.criteria}
    return (
        call.call_id, f"{call_path(call.call_id)}.html", info.file, info.agent_id, info.agent_name, info.team,
        info.started_at.isoformat() if info.started_at else None, call.medium.value, info.direction.value, info.queue,
        _short(call.duration), _short(score.score), _short(score.low), _short(score.high), score.failed,
        "; ".join(score.conditions), info.csat, info.nps, info.ces, score.rubric, score.rubric_version,
        *(outcomes.get(name) for name in names),
    )  # fmt: skip


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (_short(interval.low), _short(interval.high)) if interval else (None, None)


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _guarded(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RISKY) else cell
