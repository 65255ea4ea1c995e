"""What a call is: who, when, and the turns that were spoken or written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

SEVERAL_LANGUAGES = "mul"  # ISO 639-2 for multiple languages


class Role(StrEnum):
    """Who speaks. `UNKNOWN` is said openly rather than guessed."""

    AGENT = "agent"
    CUSTOMER = "customer"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Medium(StrEnum):
    """How the conversation was held."""

    CALL = "call"
    CHAT = "chat"
    EMAIL = "email"


class Direction(StrEnum):
    """Who started the conversation; `UNKNOWN` when neither the manifest nor the words say."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word on the clock of the recording."""

    text: str
    start: float  # seconds from the start of the recording
    end: float
    confidence: float  # 0..1, the engine's own probability


@dataclass(frozen=True, slots=True)
class Turn:
    """An uninterrupted stretch of one speaker.

    `start` and `end` are seconds from the start of the recording; None in written conversations without times.
    `role_confidence` and `confidence` are 0..1; None where nothing was measured.
    """

    role: Role
    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[Word, ...] = ()
    confidence: float | None = None
    role_confidence: float | None = None
    channel: int | None = None
    speaker: str | None = None  # a label that tells speakers of one role apart: "ch0", "speaker1", a chat name


@dataclass(frozen=True, slots=True)
class Transcript:
    """All turns of one conversation, in the order of their start."""

    turns: tuple[Turn, ...]
    medium: Medium = Medium.CALL
    duration: float | None = None  # seconds; None where there is no recording
    notes: tuple[str, ...] = ()  # what a reader should know: "channel 1 is silent", "12.0–14.5 s decoded twice"
    language: str = ""  # ISO 639 code of what was spoken, or SEVERAL_LANGUAGES; "" where nobody asked

    @property
    def content_hash(self) -> str:
        """sha256 of everything a judgement can rest on."""
        return digest(asdict(self))


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What is known about a call beside its sound. Nothing here is ever guessed: missing is None."""

    file: str
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    customer_name: str | None = None
    started_at: datetime | None = None  # with a time zone; None when it is not known, never "now"
    direction: Direction = Direction.UNKNOWN
    queue: str | None = None
    agent_channel: int | None = None  # 0 or 1
    csat: float | None = None  # customer satisfaction, on the company's own scale
    nps: int | None = None  # 0..10, the customer's answer
    ces: float | None = None  # customer effort, 1..7
    ring_seconds: float | None = None
    queue_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One conversation with its identity: the hash of the decoded audio, or of the imported text."""

    id: str
    info: CallInfo
    medium: Medium
    transcript: Transcript
    made_by: dict[str, str] = field(default_factory=dict)  # engine, weights and versions that made the transcript


def digest(value: Any) -> str:
    """sha256 over the canonical JSON of plain values: dataclass dicts, sequences, strings, numbers, dates.

    Raises:
        TypeError: a value is none of these, such as a number of numpy's: its text could change between versions.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be hashed: {value!r}")
