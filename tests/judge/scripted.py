"""Calls and signals written down by hand, so that judging can be tested without any model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scoring.calls import Call, CallInfo, Direction, Medium, Role, Transcript, Turn
from scoring.rubric import BehaviourCheck, Check, Criterion, Rubric, Section
from scoring.signals.types import FactValue, Hit, Measure, Signals, Span
from scoring.vocabulary import BEHAVIOUR_BY_NAME

A, C, S, U = Role.AGENT, Role.CUSTOMER, Role.SYSTEM, Role.UNKNOWN


def turn(role: Role, text: str = "words", start: float | None = None, end: float | None = None, **more) -> Turn:
    return Turn(role, text, start, end if end is not None or start is None else start + 4.0, **more)


def turns(roles: str, every: float | None = 5.0, **more) -> tuple[Turn, ...]:
    """One turn a letter: a agent, c customer, s system, u unknown; `every` seconds, or without times."""
    by = {"a": A, "c": C, "s": S, "u": U}
    return tuple(
        turn(by[letter], f"turn {index} of {by[letter]}", None if every is None else index * every, **more)
        for index, letter in enumerate(roles)
    )


def call(
    spoken: Sequence[Turn] | str = "acacacac",
    *,
    medium: Medium = Medium.CALL,
    duration: float | None = 60.0,
    direction: Direction = Direction.UNKNOWN,
    agent_name: str | None = "Alice Moor",
) -> Call:
    made = turns(spoken) if isinstance(spoken, str) else tuple(spoken)
    info = CallInfo("call.wav", agent_name=agent_name, direction=direction)
    return Call("id-1", info, medium, Transcript(made, medium, duration), {"engine": "scripted 1"})


def hit(behaviour: str, at: int, probability: float = 0.95, quote: str = "words", *, doubt: str = "") -> Hit:
    return Hit(behaviour, at, BEHAVIOUR_BY_NAME[behaviour].by, probability, quote, doubt=doubt)


def signals(
    *hits: Hit,
    facts: dict[str, str] | None = None,
    measures: dict[str, float | None] | None = None,
    sure: float = 0.95,
    spans: tuple[Span, ...] = (),
) -> Signals:
    known = {"type": "normal", **(facts or {})}
    units = {"longest_silence": "s", "agent_talk_share": "share"}
    return Signals(
        hits,
        tuple(FactValue(name, value, sure) for name, value in known.items()),
        tuple(Measure(name, value, units.get(name, "count"), spans) for name, value in (measures or {}).items()),
        (("detector", "scripted 1"),),
    )


def criterion(check: Check | None = None, id: str = "one", section: str = "part", weight: float = 10, **more):  # noqa: A002
    return Criterion(
        id=id,
        section=section,
        title=id.title(),
        weight=weight,
        check=check or BehaviourCheck(behaviour="close_bye"),
        **more,
    )


def rubric(*criteria: Criterion, sections: Sequence[Section] = (), **more) -> Rubric:
    names = dict.fromkeys(item.section for item in criteria)
    made = tuple(sections) or tuple(Section(id=name, title=name.title()) for name in names)
    return Rubric(
        name="scripted",
        version="1.0.0",
        title="Scripted",
        **{"applies_to": ("call", "chat", "email"), **more},
        sections=made,
        criteria=criteria,
    )


def with_hits(found: Signals, *more: Hit) -> Signals:
    return replace(found, hits=(*found.hits, *more))
