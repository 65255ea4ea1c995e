"""Facts of the whole call: its kind, who called whom, how it ended, whether the name is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from scoring.calls import CallInfo, Direction, Medium, Role, Transcript
from scoring.signals import course
from scoring.signals.holds import MET
from scoring.signals.names import Known
from scoring.signals.phrases import make_hit
from scoring.signals.text import PERSON, Token, norm, tokenize
from scoring.signals.types import FactValue, Hit

STATED = 0.8  # probability that words such as "it's fixed" state the outcome
LEAST_CHANCE = 0.05  # of an outcome that is told beside the likeliest
OPENING_TURNS = 6  # of the live agent and customer together, that show whether the opening is there
_VOICEMAIL = re.compile(
    r"leave (?:a |your |me a |us a )?(?:message|name|voice)|(?:after|at) the (?:tone|beep)|"
    r"voice ?mail(?:box)? (?:of|is|box)|"
    r"(?:not available|unavailable|cant|cannot|unable) to (?:take|come|answer)(?: \w+){0,3} (?:call|"
    r"phone)|record your message"
)
_BROKEN_OFF = re.compile(
    r"has hung up|call (?:was )?(?:dropped|disconnected)|lost (?:you|the call)|(?:youre|you are|line is) breaking|"
    r"(?:cant|cannot) hear you|(?<!\w)hello(?: hello)?(?: \w+)?$"
)


def facts(transcript: Transcript, info: CallInfo, hits: Sequence[Hit], known: Known) -> tuple[FactValue, ...]:
    """Return the facts of a call; of several types that hold, the most telling comes first."""
    medium = FactValue("medium", transcript.medium.value, 1.0)
    kinds = _types(transcript, hits)
    values = (*kinds, _direction(transcript, info))
    if kinds[0].value not in ("no_agent", "voicemail"):
        values = (*values, *_outcomes(transcript, hits, kinds))
    return (*values, _name_known(transcript, hits, known), medium)


def stated_ends(transcript: Transcript, hits: Sequence[Hit]) -> list[Hit]:
    """Return `close_next` where the agent says that something is done, or gives a next step with its time.

    A dated next step is a next step, and "it's fixed" an outcome, however either is put.
    """
    dated = [replace(hit, behaviour="close_next") for hit in hits if hit.behaviour == "next_step_dated"]
    done = [
        make_hit(transcript.turns, tokens, "close_next", STATED)
        for index, turn in enumerate(transcript.turns)
        if turn.role is Role.AGENT and (tokens := _done(turn.text, index))
    ]
    return [*dated, *done]


def _done(text: str, turn: int) -> tuple[Token, ...]:
    tokens = tokenize(text, turn)
    at = course.DONE.search(" ".join(token.norm for token in tokens))
    if at is None or "?" in text[tokens[-1].end :]:
        return ()
    starts = list(accumulate((len(token.norm) + 1 for token in tokens), initial=0))
    return tuple(token for token, start in zip(tokens, starts, strict=False) if at.start() <= start < at.end())


def _of(hits: Iterable[Hit], behaviour: str, least: float = MET) -> list[Hit]:
    return [hit for hit in hits if hit.behaviour == behaviour and hit.probability >= least]


def _text(transcript: Transcript, *roles: Role) -> str:
    return " ".join(norm(turn.text) for turn in transcript.turns if turn.role in roles)


def _types(transcript: Transcript, hits: Sequence[Hit]) -> tuple[FactValue, ...]:
    live = [i for i, turn in enumerate(transcript.turns) if turn.role is Role.AGENT and turn.text.strip()]
    customers = [i for i, turn in enumerate(transcript.turns) if turn.role is Role.CUSTOMER and turn.text.strip()]
    if _VOICEMAIL.search(_text(transcript, Role.SYSTEM)) and not (live and customers):
        return (FactValue("type", "voicemail", 0.9),)
    if not live:
        unknown = any(turn.role is Role.UNKNOWN for turn in transcript.turns)
        return (FactValue("type", "no_agent", 0.5 if unknown else 0.95),)
    if transcript.medium is not Medium.CALL:
        return (FactValue("type", "normal", 0.95),)
    ending = _ending(transcript, hits, live)
    starting = _starting(transcript, hits, live, customers)
    held = [fact for fact in (ending, starting) if fact is not None]
    return tuple(held) or (FactValue("type", "normal", 0.85),)


def _ending(transcript: Transcript, hits: Sequence[Hit], live: Sequence[int]) -> FactValue | None:
    """Return whether the call was handed over or broke off; None when it came to an end of its own."""
    tail = set(live[-5:])
    handed = [hit for hit in _of(hits, "transfer", 0.6) if hit.turn in tail]
    close = [hit for name in ("close_bye", "close_thanks") for hit in _of(hits, name) if hit.turn in tail]
    bye = [hit for hit in close if hit.behaviour == "close_bye"]
    if handed and not any(hit.turn > handed[-1].turn for hit in bye):
        return FactValue("type", "transferred", 0.75, tuple(hit.turn for hit in handed))
    last = len(transcript.turns) - 1
    words = " ".join(norm(turn.text) for turn in transcript.turns[max(0, last - 4) :])
    hung = not bye and _BROKEN_OFF.search(words)
    parted = re.search(
        r"(?<!\w)(?:bye|goodbye|thank you|thanks|have a (?:good|great|nice)|you too|take care)(?!\w)", words
    )
    if hung or (not close and not parted):
        return FactValue("type", "dropped", 0.75 if hung else 0.6, (last,))
    return None


def _starting(
    transcript: Transcript, hits: Sequence[Hit], live: Sequence[int], customers: Sequence[int]
) -> FactValue | None:
    """Return whether the opening is missing: nobody greets, gives a name or offers help at the start."""
    first = set(sorted([*live[:OPENING_TURNS], *customers[:2]])[:OPENING_TURNS])
    greeted = [
        hit for hit in hits if hit.turn in first and hit.behaviour.startswith("greet_") and hit.probability >= MET
    ]
    begun = " ".join(norm(transcript.turns[i].text) for i in sorted(first)[:3])
    hello = re.search(r"(?<!\w)(?:hello|hi|hey|good (?:morning|afternoon|evening)|this is|my name)(?!\w)", begun)
    if greeted or hello or any(turn.role is Role.SYSTEM for turn in transcript.turns[: live[0]]):
        return None
    return FactValue("type", "midstart", 0.7, tuple(sorted(first)[:1]))


def _direction(transcript: Transcript, info: CallInfo) -> FactValue:
    if info.direction is not Direction.UNKNOWN:
        return FactValue("direction", info.direction.value, 1.0)
    chance = course.outbound(transcript)
    value, sure = ("outbound", chance) if chance > 0.5 else ("inbound", 1.0 - chance)
    first = [i for i, turn in enumerate(transcript.turns) if turn.role is Role.AGENT][:2]
    return FactValue("direction", value, round(sure, 3), tuple(first))


def _outcomes(transcript: Transcript, hits: Sequence[Hit], kinds: Sequence[FactValue]) -> list[FactValue]:
    """Every outcome that may be, the likeliest first."""
    chances = course.outcomes(transcript, hits, [kind.value for kind in kinds])
    order = [int(at) for at in (-chances).argsort(kind="stable")]
    return [
        FactValue("outcome", name, round(float(chances[at]), 3), course.evidence(transcript, hits, name))
        for rank, at in enumerate(order)
        if (name := course.OUTCOMES[at]) and (rank == 0 or chances[at] >= LEAST_CHANCE)
    ]


def _name_known(transcript: Transcript, hits: Sequence[Hit], known: Known) -> FactValue:
    """Whether the agent knows the customer's name; whoever uses it knows it."""
    tagged = [
        i for i, turn in enumerate(transcript.turns) if turn.role is Role.CUSTOMER and PERSON in norm(turn.text).split()
    ]
    if known.beforehand:
        return FactValue("name_known", "yes", 1.0)
    if known.customer or known.learnt_at is not None:
        return FactValue("name_known", "yes", 0.9, () if known.learnt_at is None else (known.learnt_at,))
    if used := _of(hits, "name_used"):
        return FactValue("name_known", "yes", max(hit.probability for hit in used), (used[0].turn,))
    return FactValue("name_known", "yes", 0.6, tuple(tagged)) if tagged else FactValue("name_known", "no", 0.8)
