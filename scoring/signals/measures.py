"""Numbers measured on a whole call: talk, silence, overlap, holds. Written conversations have none of these."""

from __future__ import annotations

from collections.abc import Sequence

from scoring.calls import CallInfo, Medium, Role, Transcript, Turn
from scoring.signals.clock import gaps, stretches, total, union, without
from scoring.signals.holds import MET, Hold
from scoring.signals.text import tokenize
from scoring.signals.types import Hit, Measure, Span
from scoring.signals.wordlists import word_set
from scoring.vocabulary import MEASURE_BY_NAME, MEASURES

LONG_SILENCE = 3.0  # seconds; shorter pauses are how people talk
TALK_OVER = 1.0  # seconds of speaking at once; shorter ones are turn-taking
FEWEST_SECONDS = 1.0  # of talk, under which a rate means nothing
BACK_CHANNEL_WORDS = 2
_BACK_CHANNELS = word_set("back_channels")
Found = tuple[float | None, tuple[Span, ...]]


def measure(transcript: Transcript, info: CallInfo, hits: Sequence[Hit], holds: Sequence[Hold]) -> tuple[Measure, ...]:
    """Return every measure of the vocabulary, in its order; None where it could not be measured."""
    found: dict[str, Found] = {
        "name_count": (float(_count(hits, "name_used")), ()),
        "acknowledgement_count": (float(_count(hits, "listen_acknowledge")), ()),
        "ring_seconds": (info.ring_seconds, ()),
        "queue_seconds": (info.queue_seconds, ()),
        "hold_count": (float(len(holds)), tuple(hold.span for hold in holds if hold.span)),
    }
    if transcript.medium is Medium.CALL and any(stretches(turn) for turn in transcript.turns):
        found |= {**_talk(transcript), **_silence(transcript, holds), **_talk_over(transcript)}
        found |= {**_begins(transcript, hits), **_holds(holds)}
    return tuple(
        Measure(kind.name, None if value is None else float(value), MEASURE_BY_NAME[kind.name].unit, spans)
        for kind in MEASURES
        for value, spans in (found.get(kind.name, (None, ())),)
    )


def _count(hits: Sequence[Hit], behaviour: str) -> int:
    return sum(hit.behaviour == behaviour and hit.probability >= MET for hit in hits)


def _speech(transcript: Transcript, *roles: Role) -> tuple[Span, ...]:
    return union(span for turn in transcript.turns if turn.role in roles for span in stretches(turn))


def _talk(transcript: Transcript) -> dict[str, Found]:
    agent = total(_speech(transcript, Role.AGENT))
    customer = total(_speech(transcript, Role.CUSTOMER))
    both = agent + customer
    return {
        "agent_talk_share": (agent / both if both > 0 else None, ()),
        "agent_speech_rate": (_rate(transcript, Role.AGENT, agent), ()),
        "customer_speech_rate": (_rate(transcript, Role.CUSTOMER, customer), ()),
    }


def _rate(transcript: Transcript, role: Role, seconds: float) -> float | None:
    words = sum(len(turn.text.split()) for turn in transcript.turns if turn.role is role and stretches(turn))
    return words / (seconds / 60.0) if seconds >= FEWEST_SECONDS else None


def _silence(transcript: Transcript, holds: Sequence[Hold]) -> dict[str, Found]:
    between = without(gaps(_speech(transcript, *Role)), [hold.span for hold in holds if hold.span])
    long = tuple(span for span in between if span.end - span.start > LONG_SILENCE)
    length = _duration(transcript)
    longest = max(between, key=lambda span: span.end - span.start, default=None)
    return {
        "silence_count": (float(len(long)), long),
        "longest_silence": (longest.end - longest.start, (longest,)) if longest else (0.0, ()),
        "silence_share": (min(total(long) / length, 1.0) if length else None, ()),
        "duration": (length, ()),
    }


def _duration(transcript: Transcript) -> float | None:
    if transcript.duration is not None:
        return transcript.duration
    return max((turn.end for turn in transcript.turns if turn.end is not None), default=None)


def _talk_over(transcript: Transcript) -> dict[str, Found]:
    customer = _speech(transcript, Role.CUSTOMER)
    over = [
        Span(span.start, min(span.end, other.end))
        for turn in transcript.turns
        if turn.role is Role.AGENT and not is_back_channel(turn)
        for span in stretches(turn)
        for other in customer
        if other.start < span.start < other.end and min(span.end, other.end) - span.start > TALK_OVER
    ]
    joined = union(over)
    return {"talk_over_count": (float(len(joined)), joined), "talk_over_seconds": (total(joined), ())}


def is_back_channel(turn: Turn) -> bool:
    """Return whether a turn only shows that one listens: one or two words such as "mhm", "okay", "right"."""
    words = [token.norm for token in tokenize(turn.text)]
    return len(words) <= BACK_CHANNEL_WORDS and all(word in _BACK_CHANNELS for word in words)


def _begins(transcript: Transcript, hits: Sequence[Hit]) -> dict[str, Found]:
    agent = (turn.start for turn in transcript.turns if turn.role is Role.AGENT and turn.start is not None)
    greeted = {hit.turn for hit in hits if hit.behaviour.startswith("greet_") and hit.probability >= MET}
    starts = (transcript.turns[index].start for index in sorted(greeted))
    return {
        "time_to_agent": (next(agent, None), ()),
        "time_to_greeting": (next((start for start in starts if start is not None), None), ()),
    }


def _holds(holds: Sequence[Hold]) -> dict[str, Found]:
    spans = tuple(hold.span for hold in holds if hold.span)
    longest = max(spans, key=lambda span: span.end - span.start, default=None)
    if longest is not None:
        return {"longest_hold": (longest.end - longest.start, (longest,))}
    return {"longest_hold": (None if holds else 0.0, ())}
