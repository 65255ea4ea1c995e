"""Calls to store, made by number so that every process makes the same ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import numpy as np

from scoring.calls import Call, CallInfo, Direction, Medium, Role, Transcript, Turn, Word, digest
from scoring.results import CallScore, CriterionResult, Evidence, Outcome, Provenance, SectionResult
from scoring.signals.types import FactValue, Hit, Measure, Signals, Span
from scoring.store import StoredCall

TURNS, DIMENSIONS = 40, 384


def make_turn(number: int) -> Turn:
    start = number * 5.1
    said = f"this is what was said in turn {number} of the call — naïve, Łódź, звонок, 電話"
    words = tuple(
        Word(text, start + at * 0.31, start + at * 0.31 + 0.2, 0.9 - at / 100) for at, text in enumerate(said.split())
    )
    role = (Role.AGENT, Role.CUSTOMER)[number % 2]
    return Turn(role, said, start, start + 4.9, words, 0.87, 0.99, number % 2, f"ch{number % 2}")


def make_score(call_id: str, *, rubric: str = "core", version: str = "1", points: float = 85.0) -> CallScore:
    evidence = Evidence(3, Role.AGENT, "hello", 0.1, 1.0 / 3.0, "greet_salutation", 0.93)
    criteria = (
        CriterionResult("greeting", "Greeting", "opening", 15.0, Outcome.MET, 15.0, "Said.", "", (evidence,), 0.93),
        CriterionResult("name", "Name", "opening", 10.0, Outcome.UNSURE, None, "Badly heard.", "Say it.", (), 0.5),
        CriterionResult("farewell", "Bye", "closing", 15.0, Outcome.NOT_APPLICABLE, None, "Cut off.", critical="call"),
    )
    return CallScore(
        call_id,
        rubric,
        version,
        points,
        points - 10,
        min(points + 5, 100.0),
        criteria,
        (SectionResult("opening", "Opening", points), SectionResult("law", "Law", None, True, True)),
        Provenance("t" * 64, "s" * 64, digest([rubric, version]), "0.1", "a" * 64, (("base", "sha"), ("mini", "sha"))),
        False,
        ("abusive customer",),
    )


def make_call(number: int, *, turns: int = TURNS, **info: object) -> StoredCall:
    call_id = digest(["call", number])
    transcript = Transcript(tuple(make_turn(at) for at in range(turns)), Medium.CALL, turns * 5.1, ("channel 1 faint",))
    known = CallInfo(
        file=f"{number}.wav",
        agent_id=f"A{number % 7}",
        agent_name="Mira Holt",
        team="North",
        started_at=datetime(2024, 5, 1, 9, tzinfo=timezone(timedelta(hours=2))) + timedelta(hours=number),
        direction=Direction.INBOUND,
        agent_channel=0,
        nps=9,
    )
    signals = Signals(
        tuple(Hit("greet_salutation", at, Role.AGENT, 0.91, "hello", at * 1.1, None, "") for at in range(0, turns, 4)),
        (FactValue("type", "normal", 0.9, (0, 1)),),
        (Measure("longest_silence", 4.2, "s", (Span(1.0, 5.2),)), Measure("duration", None, "s")),
        (("phrases", "1"),),
    )
    return StoredCall(
        call=Call(call_id, replace(known, **info), Medium.CALL, transcript, {"engine": "whisper", "weights": "abc"}),
        files=((f"/calls/{number}.wav", digest(["bytes", number])),),
        transcript_key=digest(["transcript", number]),
        signals=signals,
        signals_key=digest(["signals", number]),
        score=make_score(call_id, points=float(number % 100)),
        score_key=digest(["score", number]),
        embeddings=np.random.default_rng(number).standard_normal((turns, DIMENSIONS)).astype(np.float32),
    )
