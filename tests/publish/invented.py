"""Invented calls: every name, firm and word in here is made up."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from scoring.calls import CallInfo, Direction, Medium, Role, Transcript, Turn
from scoring.pages.types import CallRecord
from scoring.results import CallScore, CriterionResult, Evidence, Outcome, Provenance, SectionResult
from scoring.scorecard.types import ScoredCall
from scoring.signals.types import Measure, Signals, Span

MET, NOT_MET, NA, UNSURE = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE, Outcome.UNSURE
# id: title, section, weight
CRITERIA = {
    "greeting": ("Greeting", "opening", 15.0),
    "name_use": ("Uses the customer's name", "opening", 10.0),
    "listening": ("Active listening", "conversation", 30.0),
    "empathy": ("Empathy", "conversation", 30.0),
    "farewell": ("Farewell", "closing", 15.0),
}
SECTIONS = {"opening": "Opening", "conversation": "Conversation", "closing": "Closing"}
SAID = {
    "greeting": (1, "Good morning, Pinewater Energy, {agent} speaking, what can I do for you?"),
    "name_use": (3, "Thank you, {customer}, I have your account in front of me."),
    "listening": (5, "So the meter was read twice and you were billed for both readings, is that right?"),
    "empathy": (7, "I am sorry, a bill like that just before the holidays would worry me too."),
    "farewell": (11, "The refund reaches you by Friday. Is there anything else? Thanks for calling, and goodbye."),
}
PROVENANCE = Provenance("7" * 64, "5" * 64, "3" * 64, "0.1.0", audio="a" * 64, models=(("whisper", "b" * 64),))
UNSAID = {1: "Yes?", 3: "One second.", 5: "Okay.", 7: "Hm. Let me see.", 11: "It is done."}
CUSTOMER = {
    2: "Hello, this is {customer}. My bill is twice what it was last month and I am really upset about it.",
    4: "It says two readings for the same week. I have two children and I cannot pay this now.",
    6: "That is what the letter says, yes.",
    8: "It kept me awake, to be honest.",
    10: "All right, I am still here.",
    12: "Thanks. Bye.",
}


def result(
    id_: str, outcome: Outcome, evidence: Sequence[Evidence] = (), probability: float | None = None, **more: str
) -> CriterionResult:
    title, section, weight = CRITERIA.get(id_, (id_, "conversation", 20.0))
    return CriterionResult(
        id=id_,
        title=more.get("title", title),
        section=section,
        weight=weight,
        outcome=outcome,
        points={MET: weight, NOT_MET: 0.0}.get(outcome),
        reason=more.get("reason", f"The criterion is {outcome.value.replace('_', ' ')} on this call."),
        remedy="" if outcome in (MET, NA) else more.get("remedy", "Say it before turning to the bill."),
        evidence=tuple(evidence),
        probability=probability,
        critical=more.get("critical", ""),
    )


def score(call_id: str, criteria: Sequence[CriterionResult], **more: object) -> CallScore:
    """Judge as the judge does: earned over possible, unsure and not applicable left out."""
    sections = [_section(id_, title, criteria) for id_, title in SECTIONS.items()]
    made = CallScore(
        call_id=call_id,
        rubric="core",
        rubric_version="1.2",
        score=_share(criteria, NA),
        low=_share(criteria, NOT_MET),
        high=_share(criteria, MET),
        criteria=tuple(criteria),
        sections=tuple(sections),
        provenance=Provenance(
            "7" * 64, "5" * 64, "3" * 64, "0.1.0", audio="a" * 64, models=(("whisper base", "b" * 64),)
        ),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def scored(call_id: str, outcomes: Mapping[str, Outcome], info: CallInfo | None = None, **more: object) -> ScoredCall:
    """A call with nothing but outcomes: enough for scorecards."""
    results = [result(id_, outcome, probability=0.9) for id_, outcome in outcomes.items()]
    return ScoredCall(
        call_id=call_id,
        info=info or CallInfo(file=f"{call_id}.wav"),
        medium=Medium.CALL,
        duration=60.0,
        score=score(call_id, results, **more),
    )


def identity(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()


def conversation(info: CallInfo, outcomes: Mapping[str, Outcome]) -> Transcript:
    """A transcript in which a criterion's words are said when it is met or unsure."""
    said = {SAID[id_][0]: SAID[id_][1] for id_, outcome in outcomes.items() if outcome in (MET, UNSURE)}
    agent, customer = info.agent_name or "a colleague", info.customer_name or "the customer"
    words = {**UNSAID, **said, **CUSTOMER, 0: "This call may be recorded.", 9: "Please hold the line while I look."}
    turns, clock = [], 0.4
    for index in range(13):
        role = Role.SYSTEM if index == 0 else Role.CUSTOMER if index in CUSTOMER else Role.AGENT
        text = words[index].format(agent=agent, customer=customer)
        end = clock + 0.9 + 0.34 * len(text.split())
        turns.append(Turn(role, text, start=round(clock, 2), end=round(end, 2), confidence=0.93, role_confidence=0.98))
        clock = end + (21.0 if index == 9 else 4.2 if index == 6 else 0.5)
    return Transcript(tuple(turns), duration=round(clock + 1, 2))


def record(info: CallInfo, outcomes: Mapping[str, Outcome], seed: int = 0, **more: object) -> CallRecord:
    """A whole call: transcript, evidence that stands in it, measures."""
    transcript = conversation(info, outcomes)
    call_id = identity(info.file, seed)
    chance = random.Random(seed)
    results = [_judged(id_, outcome, transcript, chance) for id_, outcome in outcomes.items()]
    measures = _measures(transcript, chance)
    call = ScoredCall(
        call_id,
        info,
        Medium.CALL,
        transcript.duration,
        score(call_id, results, **more),
        measures,
    )
    return CallRecord(call, transcript, Signals(hits=(), facts=(), measures=measures))


def sample_records() -> list[CallRecord]:
    """Two teams, five agents and an agent nobody knows, over four months; one agent has too few calls."""
    records = []
    for team, id_, name, count, skill in AGENTS:
        for number in range(count):
            records.append(_sample(team, id_, name, number, skill + 0.05 * number / max(count, 1)))
    return records


AGENTS = (
    ("Billing", "a-101", "Odile Marchetti", 34, 0.86),
    ("Billing", "a-102", "Bram Okonjo-Lindqvist", 27, 0.62),
    ("Billing", "a-103", "Petra Vance", 4, 0.8),
    ("Moving house", "a-201", "Ilya Sørensen", 22, 0.45),
    ("Moving house", "a-202", "Noor Castellan", 30, 0.74),
    (None, None, None, 6, 0.6),
)
CUSTOMERS = ("Mrs Abernathy", "Tomas", "Mr Kowalczyk", "Ines", "Ms Thorvald", "Jun")


def _sample(team: str | None, id_: str | None, name: str | None, number: int, skill: float) -> CallRecord:
    chance = random.Random(f"{id_}{number}")
    outcomes = {
        key: MET if chance.random() < skill + 0.1 * (place - 2) else NOT_MET for place, key in enumerate(CRITERIA)
    }
    if chance.random() < 0.3:
        outcomes["empathy"] = NA
    if chance.random() < 0.12:
        outcomes["name_use"] = UNSURE
    day = datetime(2026, 3, 2, 8, 30, tzinfo=UTC) + timedelta(days=4 * number % 118, minutes=37 * number % 480)
    answered = chance.random() < 0.4
    info = CallInfo(
        file=f"{id_ or 'line-7'}-{number:03d}.wav",
        agent_id=id_,
        agent_name=name,
        team=team,
        customer_name=chance.choice(CUSTOMERS),
        started_at=None if number == 3 else day,
        direction=Direction.INBOUND,
        queue="invoices",
        csat=float(chance.randint(3, 5)) if answered else None,
        nps=chance.randint(4, 10) if answered else None,
        ces=float(chance.randint(2, 6)) if answered else None,
        queue_seconds=float(chance.randint(3, 90)),
    )
    conditions = ("abusive customer",) if chance.random() < 0.06 else ()
    return record(info, outcomes, seed=number, conditions=conditions)


def _judged(id_: str, outcome: Outcome, transcript: Transcript, chance: random.Random) -> CriterionResult:
    probability = {MET: 0.8 + 0.19 * chance.random(), NOT_MET: 0.2 * chance.random(), UNSURE: 0.5, NA: None}[outcome]
    index = SAID[id_][0]
    turn = transcript.turns[index]
    shown = [Evidence(index, turn.role, turn.text, turn.start, turn.end, id_, probability)]
    reasons = {
        MET: "Said in the agent's own words.",
        NOT_MET: "Nothing of the kind was said where it was due.",
        NA: "Nothing in this call asked for it.",
        UNSURE: "The name may have been misheard: a person should listen.",
    }
    return result(id_, outcome, shown if outcome in (MET, UNSURE) else (), probability, reason=reasons[outcome])


def _measures(transcript: Transcript, chance: random.Random) -> tuple[Measure, ...]:
    hold = Span(transcript.turns[9].end or 0.0, transcript.turns[10].start or 0.0)
    silence = Span(transcript.turns[6].end or 0.0, transcript.turns[7].start or 0.0)
    over = Span((transcript.turns[4].end or 0.0) - 1.2, transcript.turns[4].end or 0.0)
    return (
        Measure("agent_talk_share", 0.4 + 0.2 * chance.random(), "share"),
        Measure("agent_speech_rate", 130 + 40 * chance.random(), "words/min"),
        Measure("silence_count", 1.0, "count", (silence,)),
        Measure("longest_silence", silence.end - silence.start, "s", (silence,)),
        Measure("hold_count", 1.0, "count", (hold,)),
        Measure("talk_over_count", 1.0, "count", (over,)),
        Measure("time_to_greeting", transcript.turns[1].start, "s"),
    )


def _share(criteria: Sequence[CriterionResult], unsure_is: Outcome) -> float | None:
    seen = [(item.weight, unsure_is if item.outcome is UNSURE else item.outcome) for item in criteria]
    possible = sum(weight for weight, outcome in seen if outcome in (MET, NOT_MET))
    earned = sum(weight for weight, outcome in seen if outcome is MET)
    return 100 * earned / possible if possible else None


def _section(id_: str, title: str, criteria: Sequence[CriterionResult]) -> SectionResult:
    own = [item for item in criteria if item.section == id_]
    failed = any(item.critical and item.outcome is NOT_MET for item in own)
    return SectionResult(id_, title, _share(own, NA), failed=failed)
