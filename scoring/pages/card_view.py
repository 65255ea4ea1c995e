"""A scorecard as it is shown, for an agent and for a team alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from markupsafe import Markup

from scoring.pages import charts, formats
from scoring.pages.contexts import (
    CardView,
    CriterionRow,
    Fact,
    Link,
    MeasureRow,
    MomentView,
    PeriodView,
    ScoreView,
    SectionRow,
)
from scoring.pages.urls import Urls
from scoring.results import SectionResult
from scoring.scorecard.types import (
    CriterionRate,
    GroupCards,
    Mean,
    MeasureMedian,
    Moment,
    Scorecard,
    SectionMean,
    Verdict,
)

_DIRECTIONS = {Verdict.UP: "up", Verdict.DOWN: "down"}
_CRITICAL = {"section": "critical to its section", "call": "critical to the call"}


def card_view(cards: GroupCards, min_calls: int, urls: Urls, zone: tzinfo) -> CardView:
    """Return everything an agent's or team's page says in numbers."""
    card = cards.overall
    return CardView(
        score=score_view(card, min_calls),
        facts=_facts(card),
        criteria=_criteria(card),
        sections=tuple(_section(item) for item in card.sections),
        trend=_trend(cards),
        change=formats.change(cards.change),
        direction=direction(cards),
        best=tuple(_moment(item, urls, zone) for item in card.best),
        missed=tuple(_moment(item, urls, zone) for item in card.missed),
        periods=tuple(_period(item, min_calls) for item in reversed(cards.periods)),
        measures=tuple(_measure(item) for item in card.measures if item.n),
        mixed=_mixed(card),
    )


def direction(cards: GroupCards) -> str:
    """Return `up` or `down` only where the change is beyond chance."""
    return _DIRECTIONS.get(cards.change.verdict, "")


def score_view(card: Scorecard, min_calls: int) -> ScoreView:
    """Return a group's score with its interval, its count and what unsure judgements could make of it."""
    interval = card.score.interval
    return ScoreView(
        value=formats.score(card.score.value),
        interval=formats.between(interval),
        judged=formats.calls(card.score.n),
        enough=card.enough,
        needed=min_calls,
        unsure_range=formats.low_high(card.low, card.high),
        bar=_bar(card.score, "Score"),
    )


def call_sections(sections: Sequence[SectionResult]) -> tuple[SectionRow, ...]:
    """Return the sections of one call, which have no interval."""
    return tuple(
        SectionRow(item.title, formats.score(item.score), "", "", _note(item.separate, int(item.failed), one=True))
        for item in sections
    )


def _bar(mean: Mean, what: str) -> Markup:
    low, high = (mean.interval.low, mean.interval.high) if mean.interval else (None, None)
    said = f"{what} {formats.score(mean.value)} of 100"
    if mean.interval:
        said += f", 95 % interval {formats.between(mean.interval)}"
    return charts.interval_bar(mean.value, low, high, said)


def _facts(card: Scorecard) -> tuple[Fact, ...]:
    """Return what stands beside the score; answers customers did not give are left out, never shown as 0."""
    answers = card.feedback
    facts = (
        [Fact("Calls that failed a critical criterion", f"{card.failed} of {len(card.calls)}")] if card.failed else []
    )
    if answers.csat.value is not None:
        facts.append(Fact("CSAT", f"{answers.csat.value:.1f} ({formats.count(answers.csat.n, 'answer', 'answers')})"))
    if answers.nps.value is not None:
        facts.append(
            Fact("NPS", f"{formats.signed(answers.nps.value)} ({formats.count(answers.nps.n, 'answer', 'answers')})")
        )
    if answers.ces.value is not None:
        facts.append(Fact("CES", f"{answers.ces.value:.1f} of 7 ({formats.count(answers.ces.n, 'answer', 'answers')})"))
    facts += [Fact(item.name.capitalize(), formats.calls(item.calls)) for item in card.conditions]
    return tuple(facts)


def _criteria(card: Scorecard) -> tuple[CriterionRow, ...]:
    mixed = len({use.name for use in card.rubrics}) > 1
    return tuple(_criterion(item, item.rubric if mixed else "") for item in card.criteria)


def _criterion(item: CriterionRate, rubric: str) -> CriterionRow:
    rate = item.rate
    low, high = (100 * rate.interval.low, 100 * rate.interval.high) if rate.interval else (None, None)
    value = None if rate.value is None else 100 * rate.value
    said = f"{item.title}: met on {rate.met} of {rate.judged} calls"
    unsure = formats.low_high(*(None if share is None else 100 * share for share in (item.low, item.high)))
    return CriterionRow(
        title=item.title,
        notes=_notes(item, rubric),
        bar=charts.interval_bar(value, low, high, said),
        percent=formats.percent(rate.value),
        met=rate.met,
        judged=rate.judged,
        interval=formats.between(rate.interval, 100),
        not_applicable=item.not_applicable,
        unsure=item.unsure,
        unsure_range=unsure,
        earned="" if _alike(item.earned, rate.value) else formats.percent(item.earned),
    )


def _notes(item: CriterionRate, rubric: str) -> tuple[str, ...]:
    notes = (
        rubric,
        f"weight {item.weight:g}",
        _CRITICAL.get(item.critical, item.critical),
        "reported apart" if item.separate else "",
    )
    return tuple(note for note in notes if note)


def _alike(one: float | None, other: float | None) -> bool:
    return formats.percent(one) == formats.percent(other)


def _section(item: SectionMean) -> SectionRow:
    return SectionRow(
        title=item.title,
        value=formats.score(item.score.value),
        interval=formats.between(item.score.interval),
        judged=formats.calls(item.score.n),
        note=_note(item.separate, item.failed, one=False),
    )


def _note(separate: bool, failed: int, *, one: bool) -> str:
    failure = (
        ""
        if not failed
        else "failed: a critical criterion was not met"
        if one
        else f"failed on {formats.calls(failed)}"
    )
    return "; ".join(part for part in ("reported apart, not in the score" if separate else "", failure) if part)


def _trend(cards: GroupCards) -> Markup:
    dated = [card for card in cards.periods if card.period.first]
    if len(dated) < 2:
        return Markup("")
    points = [
        charts.Point(
            label=formats.short(card.period),
            count=card.score.n,
            value=card.score.value,
            low=card.score.interval.low if card.score.interval else None,
            high=card.score.interval.high if card.score.interval else None,
            solid=card.enough,
        )
        for card in dated
    ]
    said = "; ".join(f"{point.label}: {formats.score(point.value)}, {formats.calls(point.count)}" for point in points)
    return charts.trend(points, f"Score over time. {said}")


def _moment(item: Moment, urls: Urls, zone: tzinfo) -> MomentView:
    where = [formats.moment(item.started_at, zone) or formats.file_name(item.file)]
    if item.start is not None:
        where.append(f"at {formats.clock(item.start)}")
    return MomentView(
        title=item.title,
        said=item.quote,
        reason=item.reason,
        remedy=item.remedy,
        link=Link(" ".join(where), urls.call(item.call_id, item.turn)),
        icon=charts.icon(item.outcome, formats.OUTCOMES[item.outcome]),
    )


def _period(card: Scorecard, min_calls: int) -> PeriodView:
    return PeriodView(
        label=card.period.label,
        days=formats.days(card.period),
        calls=formats.calls(len(card.calls)),
        score=score_view(card, min_calls),
        criteria=_criteria(card),
    )


def _measure(item: MeasureMedian) -> MeasureRow:
    return MeasureRow(formats.name(item.name), formats.quantity(item.median, item.unit), formats.calls(item.n))


def _mixed(card: Scorecard) -> str:
    """Warn where scores of different rubrics or versions are averaged: they need not mean the same."""
    if len(card.rubrics) < 2:
        return ""
    uses = ", ".join(f"{use.name} {use.version} ({formats.calls(use.calls)})" for use in card.rubrics)
    return f"This score is made of calls judged by different rubrics or versions, which may not compare: {uses}."
