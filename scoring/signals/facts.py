"""Facts of the whole call: its kind, who called whom, how it ended, whether the name is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from scoring.calls import CallInfo, Direction, Medium, Role, Transcript
from scoring.signals.holds import MET
from scoring.signals.names import Known
from scoring.signals.phrases import make_hit
from scoring.signals.text import PERSON, Token, norm, tokenize
from scoring.signals.types import FactValue, Hit

CLOSING_SHARE = 0.35  # of the turns, at the end, in which the outcome is looked for
STATED = 0.8  # probability that words such as "it's fixed" state the outcome
CLOSING_TURNS = 14  # and never fewer turns than these
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
_OUTBOUND = re.compile(
    r"(?:im|i am|this is \w+|we are|were) (?:just )?calling (?:you )?(?:from|about|regarding|to|because|"
    r"in regard|on behalf|with)|"
    r"(?:reason|purpose) (?:for|of) my call|am i speaking (?:to|with)|may i (?:please )?(?:speak|talk) (?:to|with)|"
    r"returning your call|following up|(?:you|youve) (?:recently )?(?:requested|filled out|submitted|"
    r"inquired|signed up)|"
    r"is this a good time|do you have (?:a|two|five) minutes?|reaching out to you|caught you"
)
_INBOUND = re.compile(
    r"(?:thank you|thanks) for (?:calling|choosing|contacting|call)|how (?:can|may) i (?:help|direct|"
    r"assist)|may i help|"
    r"what can i do for you|your call is important|press (?:\d|one|two|tagphonenumber)|next available|are recorded"
)
_CALLER = re.compile(
    r"(?:im|i am|i was|i|just|were) (?:just )?(?:calling|called)(?! you back)|i (?:need|want|wanted|have a question)|"
    r"id like|i would like|looking (?:for|to)|can you help|wondering if"
)
_RESOLVED = re.compile(
    r"(?:youre|you are|its|it is|that is|thats|everything is) (?:\w+ )?(?:all set|taken care of|done|"
    r"fixed|good to go|active|sorted|moved|booked|cancell?ed|on (?:your|the) (?:policy|account|order|note))|"
    r"(?:ive|i have|i just|has been|have been|its been|weve) (?:\w+ ){0,2}(?:cancell?ed|updated|changed|reset|refunded|"
    r"processed|completed|activated|fixed|transferred the|booked|unlocked|removed|added|paid|confirmed|corrected)"
)
_WORKED = re.compile(
    r"(?:it|that) (?:works|worked|is working|fixed it)|(?:works|working|fixed) now|that did it|it went through"
)


def facts(transcript: Transcript, info: CallInfo, hits: Sequence[Hit], known: Known) -> tuple[FactValue, ...]:
    """Return the facts of a call; of several types that hold, the most telling comes first."""
    medium = FactValue("medium", transcript.medium.value, 1.0)
    kinds = _types(transcript, hits)
    values = (*kinds, _direction(transcript, info))
    if kinds[0].value not in ("no_agent", "voicemail"):
        values = (*values, _outcome(transcript, hits))
    return (*values, _name_known(transcript, known), medium)


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
    at = _RESOLVED.search(" ".join(token.norm for token in tokens))
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
    agents = [i for i, turn in enumerate(transcript.turns) if turn.role is Role.AGENT][:OPENING_TURNS]
    customers = [i for i, turn in enumerate(transcript.turns) if turn.role is Role.CUSTOMER][:4]
    agent = " ".join(norm(transcript.turns[i].text) for i in agents)
    caller = " ".join(norm(transcript.turns[i].text) for i in customers)
    system = norm(" ".join(turn.text for turn in transcript.turns[:8] if turn.role is Role.SYSTEM))
    out = 2.0 * bool(_OUTBOUND.search(agent)) + 0.4 * bool(customers and agents and customers[0] < agents[0])
    into = 2.0 * bool(_INBOUND.search(agent + " " + system)) + 1.5 * bool(_CALLER.search(caller)) + 0.5
    probability = max(out, into) / (out + into)
    return FactValue("direction", "outbound" if out > into else "inbound", round(probability, 3), tuple(agents[:2]))


def _outcome(transcript: Transcript, hits: Sequence[Hit]) -> FactValue:
    """Return how the matter ended, from what is said in the last part of the call."""
    size = len(transcript.turns)
    start = max(0, min(int(size * (1 - CLOSING_SHARE)), size - CLOSING_TURNS))
    late = [hit for hit in hits if hit.turn >= start]
    refused = _of(hits, "refusal", 0.7)
    dated, steps = _of(late, "next_step_dated"), _of(late, "close_next", 0.6)
    done = [
        i for i in range(start, size)
        if (transcript.turns[i].role is Role.AGENT and _RESOLVED.search(norm(transcript.turns[i].text)))
        or (transcript.turns[i].role is Role.CUSTOMER and _WORKED.search(norm(transcript.turns[i].text)))
    ]  # fmt: skip
    ahead = [hit for hit in steps if _RESOLVED.search(norm(hit.quote)) is None]
    if dated and (steps or done):
        return FactValue("outcome", "dated", 0.7, tuple(hit.turn for hit in dated))
    if done and not ahead:
        return FactValue("outcome", "resolved", 0.65, tuple(done))
    if refused and refused[-1].turn >= size * 0.3 and not (steps and steps[-1].turn > refused[-1].turn + 8):
        return _refused(hits, refused)
    if dated:
        return FactValue("outcome", "dated", 0.55, tuple(hit.turn for hit in dated))
    if ahead or steps:
        return FactValue("outcome", "undated", 0.6, tuple(hit.turn for hit in ahead or steps))
    return _refused(hits, refused) if refused else FactValue("outcome", "none", 0.5)


def _refused(hits: Sequence[Hit], refused: Sequence[Hit]) -> FactValue:
    near = {turn + step for turn in (hit.turn for hit in refused) for step in range(-3, 7)}
    why = [hit for name in ("refusal_reason", "alternative") for hit in _of(hits, name) if hit.turn in near]
    value = "refused_explained" if why else "refused_bare"
    return FactValue("outcome", value, 0.6, tuple(hit.turn for hit in (*refused, *why)))


def _name_known(transcript: Transcript, known: Known) -> FactValue:
    tagged = [
        i for i, turn in enumerate(transcript.turns) if turn.role is Role.CUSTOMER and PERSON in norm(turn.text).split()
    ]
    if known.beforehand:
        return FactValue("name_known", "yes", 1.0)
    if known.customer or known.learnt_at is not None:
        return FactValue("name_known", "yes", 0.9, () if known.learnt_at is None else (known.learnt_at,))
    return FactValue("name_known", "yes", 0.6, tuple(tagged)) if tagged else FactValue("name_known", "no", 0.8)
