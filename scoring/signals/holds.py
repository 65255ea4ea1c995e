"""Holds: what the agent announced, and the absence that followed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from scoring.calls import Role, Transcript, Turn
from scoring.signals.types import Hit, Span

LONG_GAP = 10.0  # seconds without a word after an announcement that make it a hold
MET = 0.5
REACH = 12  # turns after an announcement in which the agent's return is looked for


@dataclass(frozen=True, slots=True)
class Hold:
    """One absence: the turn that announced it (None: nobody did), the turn of the return, and its time if known."""

    announced: int | None
    returned: int | None
    span: Span | None
    probability: float


def find(transcript: Transcript, hits: Sequence[Hit]) -> tuple[Hold, ...]:
    """Return the holds of a call in order; waiting in the queue before the first agent is no hold."""
    turns = transcript.turns
    returns = _turns(hits, "hold_return")
    said = _turns(hits, "hold")
    found: list[Hold] = []
    for index in sorted(_turns(hits, "hold_announced") | (said - returns)):
        if turns[index].role is Role.AGENT and not (found and _covers(found[-1], index)):
            hold = _after(turns, index, returns, index in said)
            if hold is not None:
                found.append(hold)
    first = next((i for i, turn in enumerate(turns) if turn.role is Role.AGENT), len(turns))
    for index in sorted(returns):
        if index > first + 1 and not any(_covers(hold, index) for hold in found) and _absent(turns, first, index):
            found.append(Hold(None, index, _gap_before(turns, index), 0.85))
    return tuple(sorted(found, key=lambda hold: hold.announced if hold.announced is not None else hold.returned or 0))


def _turns(hits: Iterable[Hit], behaviour: str) -> set[int]:
    return {hit.turn for hit in hits if hit.behaviour == behaviour and hit.probability >= MET}


def _covers(hold: Hold, index: int) -> bool:
    first = hold.announced if hold.announced is not None else hold.returned
    last = hold.returned if hold.returned is not None else first
    return first is not None and last is not None and first <= index <= last


def _after(turns: Sequence[Turn], index: int, returns: set[int], said: bool) -> Hold | None:
    """Return the hold that the words in turn `index` began, or None when the agent stayed."""
    for at in range(index + 1, min(index + 1 + REACH, len(turns))):
        silent = (gap := _gap_before(turns, at)) is not None and gap.end - gap.start > LONG_GAP
        system = turns[at].role is Role.SYSTEM
        if silent or system or at in returns:
            back = _first_agent(turns, at)
            return Hold(index, back, _span(turns, index, back), 0.9 if said or at in returns else 0.75)
        if turns[at].role is Role.AGENT and len(turns[at].text.split()) > 5:
            break
    return Hold(index, None, None, 0.6) if said else None


def _first_agent(turns: Sequence[Turn], start: int) -> int | None:
    return next((i for i in range(start, len(turns)) if turns[i].role is Role.AGENT), None)


def _span(turns: Sequence[Turn], index: int, back: int | None) -> Span | None:
    start = turns[index].end
    end = turns[back].start if back is not None else None
    return Span(start, end) if start is not None and end is not None and end > start else None


def _gap_before(turns: Sequence[Turn], index: int) -> Span | None:
    ends = [end for turn in turns[:index] if (end := turn.end) is not None]
    start = turns[index].start
    return Span(max(ends), start) if ends and start is not None and start > max(ends) else None


def _absent(turns: Sequence[Turn], first: int, index: int) -> bool:
    gap = _gap_before(turns, index)
    long = gap is not None and gap.end - gap.start > LONG_GAP
    return long or any(turn.role is Role.SYSTEM for turn in turns[max(first, index - 4) : index]) or gap is None


def refine(hits: Sequence[Hit], holds: Sequence[Hold]) -> list[Hit]:
    """Make the hits of holding agree with the holds found: words alone ("one moment") are no hold."""
    kept = [hit for hit in hits if hit.behaviour != "hold"]
    for hold in holds:
        turn = hold.announced if hold.announced is not None else hold.returned
        if turn is not None:
            source = next(
                (
                    hit
                    for hit in hits
                    if hit.turn == turn and hit.behaviour in ("hold", "hold_announced", "hold_return")
                ),
                None,
            )
            if source is not None:
                kept.append(replace(source, behaviour="hold", probability=hold.probability))
    return sorted(kept, key=lambda hit: (hit.turn, hit.behaviour))
