"""Made conversations, judged by rules alone."""

from __future__ import annotations

from scoring.calls import CallInfo, Direction, Medium, Role, Transcript, Turn, Word
from scoring.signals import Company, Detection, detect
from scoring.signals.types import Hit

ROLES = {"A": Role.AGENT, "C": Role.CUSTOMER, "S": Role.SYSTEM, "U": Role.UNKNOWN}


def talk(*lines: str, medium: Medium = Medium.CALL, seconds: float | None = None, gap: float = 0.3) -> Transcript:
    """Make a transcript of lines such as "A: hello"; with `seconds`, each turn lasts that long."""
    turns = []
    at = 0.0
    for line in lines:
        role, _, text = line.partition(": ")
        times = (at, at + seconds) if seconds else (None, None)
        turns.append(Turn(ROLES[role], text, *times))
        at += (seconds or 0.0) + gap
    return Transcript(tuple(turns), medium)


def timed(role: str, start: float, end: float, text: str = "some words are said here") -> Turn:
    """Make a turn that lasts from `start` to `end`."""
    return Turn(ROLES[role], text, start, end)


def worded(role: str, *words: tuple[str, float, float, float]) -> Turn:
    """Make a turn of words (text, start, end, confidence)."""
    made = tuple(Word(*word) for word in words)
    return Turn(ROLES[role], " ".join(word.text for word in made), made[0].start, made[-1].end, made)


def found(
    transcript: Transcript,
    *,
    company: Company | None = None,
    agent: str | None = None,
    customer: str | None = None,
    direction: Direction = Direction.UNKNOWN,
) -> Detection:
    """Detect without a reader: what rules can tell."""
    info = CallInfo("made.wav", agent_name=agent, customer_name=customer, direction=direction)
    return detect(transcript, info, company or Company(), None)


def hits(detection: Detection, behaviour: str, least: float = 0.5) -> list[Hit]:
    """Return the hits of one behaviour."""
    return [hit for hit in detection.signals.hits if hit.behaviour == behaviour and hit.probability >= least]


def bare(text: str) -> str:
    """Take case and punctuation away, as some recognisers do."""
    return " ".join("".join(c for c in text.lower() if c.isalnum() or c.isspace() or c in "[]_").split())
