"""The page of one call: what was judged, why, and the words it rests on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import tzinfo

from markupsafe import Markup, escape

from scoring.calls import Role, Turn
from scoring.pages import charts, formats
from scoring.pages.card_view import call_sections
from scoring.pages.contexts import (
    CallPage,
    CriterionView,
    EvidenceView,
    Fact,
    Frame,
    Link,
    MarkView,
    ScoreView,
    TurnView,
)
from scoring.pages.types import CallRecord
from scoring.pages.urls import Urls
from scoring.results import CallScore, CriterionResult, Evidence, Outcome, Provenance
from scoring.scorecard.groups import UNKNOWN_AGENT, agent_key
from scoring.scorecard.periods import time_zone
from scoring.scorecard.types import GroupCards, Scorecards, ScoredCall
from scoring.signals.types import Measure

FOOTER = (
    "The machine judged the words alone; no feeling is read from anybody’s voice. Whoever disagrees should say so: "
    "every point shows what it rests on."
)
_GAPS = {"longest_silence": "silence", "silence_count": "silence", "hold_count": "hold", "talk_over_count": "over"}
_CRITICAL = {"": "", "section": "Critical to its section", "call": "Critical to the call"}
_Numbered = Sequence[tuple[int, CriterionResult]]


def call_page(record: CallRecord, cards: Scorecards, urls: Urls, *, playable: bool = False) -> CallPage:
    """Return the page of one call; `playable` when its recording can be fetched from the audio address."""
    call, zone = record.scored, time_zone(cards.time_zone)
    numbered = list(enumerate(call.score.criteria, start=1))
    when = formats.moment(call.info.started_at, zone)
    links = _links(call, cards, urls)
    return CallPage(
        frame=Frame(f"{formats.MEDIA[call.medium]} {when or formats.file_name(call.info.file)}", links, FOOTER),
        heading=f"{formats.MEDIA[call.medium]} of {when}" if when else formats.file_name(call.info.file),
        links=links[1:],
        facts=_facts(call, zone),
        score=_score(call.score),
        failed=call.score.failed,
        conditions=", ".join(call.score.conditions),
        sections=call_sections(call.score.sections),
        criteria=tuple(_criterion(number, item) for number, item in numbered),
        timeline=_timeline(record, numbered),
        audio=urls.audio(call.call_id) if playable else "",
        turns=_turns(record, numbered),
        notes=record.transcript.notes,
        measures=tuple(
            Fact(formats.name(item.name), formats.quantity(item.value, item.unit)) for item in call.measures
        ),
        provenance=_provenance(call.score),
    )


def marked(text: str, quotes: Iterable[str]) -> Markup:
    """Return escaped text with the quotes marked; a quote that is not in it word for word marks the whole text."""
    spans = sorted(_span(text, quote) for quote in quotes)
    parts, done = [], 0
    for start, end in _merged(spans):
        parts += [escape(text[done:start]), Markup("<mark>"), escape(text[start:end]), Markup("</mark>")]
        done = end
    return Markup("").join([*parts, escape(text[done:])])


def _span(text: str, quote: str) -> tuple[int, int]:
    found = re.search(re.escape(quote.strip()), text, re.IGNORECASE) if quote.strip() else None
    return found.span() if found else (0, len(text))


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _links(call: ScoredCall, cards: Scorecards, urls: Urls) -> tuple[Link, ...]:
    groups = [_group(cards.teams, call.info.team or None), _group(cards.agents, agent_key(call))]
    return (
        Link("Scorecards", urls.index),
        *(Link(found.group.name, urls.group(found.group)) for found in groups if found is not None),
    )


def _group(groups: Sequence[GroupCards], key: str | None) -> GroupCards | None:
    return next((cards for cards in groups if cards.group.key == key), None)


def _facts(call: ScoredCall, zone: tzinfo) -> tuple[Fact, ...]:
    info = call.info
    facts = [
        ("Agent", info.agent_name or info.agent_id or UNKNOWN_AGENT),
        ("Team", info.team),
        ("Customer", info.customer_name),
        ("Started", formats.moment(info.started_at, zone) or "Not known"),
        ("Length", formats.clock(call.duration)),
        ("Direction", formats.DIRECTIONS[info.direction]),
        ("Queue", info.queue),
        ("Customer’s answers", _answers(call)),
        ("File", formats.file_name(info.file)),
    ]
    return tuple(Fact(label, value) for label, value in facts if value)


def _answers(call: ScoredCall) -> str:
    answers = (("CSAT", call.info.csat), ("NPS answer", call.info.nps), ("CES", call.info.ces))
    return " · ".join(f"{name} {value:g}" for name, value in answers if value is not None)


def _score(score: CallScore) -> ScoreView:
    span = formats.low_high(score.low, score.high)
    low, high = (score.low, score.high) if span else (None, None)
    said = f"Score {formats.score(score.score)} of 100" + (f", {span} when unsure criteria are decided" if span else "")
    apart = {section.id for section in score.sections if section.separate}
    judged = [item for item in score.criteria if item.points is not None and item.section not in apart]
    points = f"{_earned(judged):g} of {sum(item.weight for item in judged):g} points"
    return ScoreView(
        value=formats.score(score.score),
        interval="",
        judged=points,
        enough=score.score is not None,
        needed=1,
        unsure_range=span,
        bar=charts.interval_bar(score.score, low, high, said),
    )


def _earned(judged: Sequence[CriterionResult]) -> float:
    return sum(item.points or 0.0 for item in judged)


def _criterion(number: int, item: CriterionResult) -> CriterionView:
    return CriterionView(
        number=number,
        title=item.title,
        kind=item.outcome.value,
        outcome=formats.OUTCOMES[item.outcome],
        icon=charts.icon(item.outcome, formats.OUTCOMES[item.outcome]),
        points=f"{item.points:g} of {item.weight:g} points" if item.points is not None else "No points counted",
        reason=item.reason,
        remedy=item.remedy,
        critical=_CRITICAL.get(item.critical, item.critical),
        evidence=tuple(_evidence(found) for found in item.evidence),
    )


def _evidence(found: Evidence) -> EvidenceView:
    place = formats.clock(found.start) or f"turn {found.turn + 1}"
    return EvidenceView(formats.ROLES[found.role], found.quote, Link(place, f"#t{found.turn}"))


def _timeline(record: CallRecord, numbered: _Numbered) -> Markup:
    timed = [(turn.role, turn.start, turn.end) for turn in record.transcript.turns]
    bars = [charts.Bar(role, start, end) for role, start, end in timed if start is not None and end is not None]
    duration = max([record.scored.duration or 0.0, *(bar.end for bar in bars)])
    if not bars or duration <= 0:
        return Markup("")
    label = f"The call on one clock, {formats.clock(duration)}: who spoke when, silences, holds and evidence"
    return charts.timeline(duration, bars, _gaps(record.scored.measures), _pins(numbered), label)


def _gaps(measures: Sequence[Measure]) -> list[charts.Gap]:
    found = {(_GAPS[item.name], span.start, span.end) for item in measures if item.name in _GAPS for span in item.spans}
    return [charts.Gap(*gap) for gap in sorted(found, key=lambda gap: (gap[0], gap[1], gap[2]))]


def _pins(numbered: _Numbered) -> list[charts.Pin]:
    return [
        charts.Pin(number, f"{number}. {item.title}: {_said(item.outcome)}", item.outcome, found.start, found.turn)
        for number, item in numbered
        for found in item.evidence
        if found.start is not None
    ]


def _said(outcome: Outcome) -> str:
    return formats.OUTCOMES[outcome].lower()


def _turns(record: CallRecord, numbered: _Numbered) -> tuple[TurnView, ...]:
    evidence: dict[int, list[tuple[int, CriterionResult, Evidence]]] = defaultdict(list)
    for number, item in numbered:
        for found in item.evidence:
            evidence[found.turn].append((number, item, found))
    names = {Role.AGENT: record.scored.info.agent_name, Role.CUSTOMER: record.scored.info.customer_name}
    return tuple(
        _turn(index, turn, names.get(turn.role) or "", evidence[index])
        for index, turn in enumerate(record.transcript.turns)
    )


def _turn(index: int, turn: Turn, name: str, evidence: Sequence[tuple[int, CriterionResult, Evidence]]) -> TurnView:
    role = formats.ROLES[turn.role]
    marks = {
        number: MarkView(number, f"{item.title}: {_said(item.outcome)}", item.outcome.value)
        for number, item, _ in evidence
    }
    return TurnView(
        anchor=f"t{index}",
        role=turn.role.value,
        speaker=f"{role} · {name}" if name else role,
        time=formats.clock(turn.start),
        text=marked(turn.text, [found.quote for _, _, found in evidence]),
        marks=tuple(marks.values()),
    )


def _provenance(score: CallScore) -> tuple[Fact, ...]:
    made: Provenance = score.provenance
    facts = [
        ("Rubric", f"{score.rubric} {score.rubric_version} ({made.rubric})"),
        ("Recording", made.audio or ""),
        ("Transcript", made.transcript),
        ("Signals", made.signals),
        ("callscore", made.code),
        *made.models,
    ]
    return tuple(Fact(label, value) for label, value in facts if value)
