"""Own JSON, whisper's JSON, and CSV."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Sequence
from io import StringIO
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scoring.calls import Medium, Role, Transcript, Turn, Word
from scoring.errors import TextError, nearest
from scoring.texts.labels import at_line, check_times, clock, in_order, make_turn, role_of, tidy

_Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Finite = Annotated[float, Field(allow_inf_nan=False)]
_CODE = re.compile(r"^([a-z]{2,3})?$")  # ISO 639


class _Own(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _OwnWord(_Own):
    text: str
    start: _Seconds
    end: _Seconds
    confidence: _Share


class _OwnTurn(_Own):
    text: str
    role: str | None = None
    speaker: str | None = None
    start: _Seconds | None = None
    end: _Seconds | None = None
    words: tuple[_OwnWord, ...] = ()
    confidence: _Share | None = None
    role_confidence: _Share | None = None
    channel: int | None = None


class _OwnTranscript(_Own):
    """What `callscore transcribe --json` prints; the last three are read over."""

    turns: tuple[_OwnTurn, ...]
    medium: Medium = Medium.CALL
    duration: _Seconds | None = None
    notes: tuple[str, ...] = ()
    language: Annotated[str, Field(pattern=_CODE.pattern)] = ""
    file: str | None = None
    call_id: str | None = None
    made_by: dict[str, str] = {}


class _Foreign(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _WhisperWord(_Foreign):
    word: str
    start: _Seconds | None = None
    end: _Seconds | None = None
    probability: _Finite | None = None


class _WhisperSegment(_Foreign):
    text: str
    start: _Seconds
    end: _Seconds
    avg_logprob: float | None = None
    speaker: str | None = None  # not whisper's own, but written by programs around it
    words: tuple[_WhisperWord, ...] = ()


class _Whisper(_Foreign):
    segments: tuple[_WhisperSegment, ...]
    language: str | None = None


def read_json(text: str) -> Transcript:
    """Read our own JSON (`turns`) or whisper's (`segments`).

    Raises:
        TextError: it is no JSON, or neither of the two; every fault is listed with its path.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise at_line(error.lineno, f"not JSON: {error.msg}") from None
    except RecursionError:
        raise TextError("it is nested too deeply to be a conversation.") from None
    if not isinstance(value, dict) or not ("turns" in value or "segments" in value):
        raise TextError("there are neither 'turns' nor 'segments' in it.", hint='Write {"turns": [{"role": …}]}.')
    try:
        if "turns" in value:
            return _own(_OwnTranscript.model_validate(value))
        read = _Whisper.model_validate(value)
        return Transcript(in_order([_segment(each) for each in read.segments]), language=_code(read.language or ""))
    except ValidationError as error:
        raise TextError("; ".join(_fault(dict(fault)) for fault in error.errors()) + ".") from None


def _fault(fault: dict[str, Any]) -> str:
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    if fault["type"] == "extra_forbidden":
        known = [*_OwnTurn.model_fields, *_OwnTranscript.model_fields]
        return f"{where}: no such field; {nearest(str(fault['loc'][-1]), known)}".rstrip("; ")
    return f"{where}: {fault['msg'].removeprefix('Value error, ')}"


def _code(language: str) -> str:
    """A language's code as Whisper writes it; "" for what is none."""
    return language if _CODE.fullmatch(language) else ""


def _own(read: _OwnTranscript) -> Transcript:
    turns = []
    for number, each in enumerate(read.turns):
        try:
            turns.append(_own_turn(each))
        except ValueError as error:
            raise TextError(f"turns[{number}]: {error}.") from None
    notes = tuple(tidy(note) for note in read.notes)
    return Transcript(in_order([turn for turn in turns if turn.text]), read.medium, read.duration, notes, read.language)


def _own_turn(read: _OwnTurn) -> Turn:
    check_times(read.start, read.end)
    role, speaker = who(read.role, read.speaker)
    words = tuple(Word(tidy(word.text), word.start, word.end, word.confidence) for word in read.words)
    for word in words:
        check_times(word.start, word.end)
    return Turn(
        role,
        tidy(read.text, lines=True),
        read.start,
        read.end,
        words,
        read.confidence,
        read.role_confidence,
        read.channel,
        speaker,
    )


def who(role: str | None, speaker: str | None) -> tuple[Role, str | None]:
    """Return the role and the speaker's name, from a role (ours or another word for it) and a name."""
    role, speaker = tidy(role or ""), tidy(speaker or "") or None
    if role.casefold() in list(Role):
        found = Role(role.casefold())
    else:
        found = role_of(role)
        speaker = speaker or role or None
    if found is Role.UNKNOWN and speaker:
        found = role_of(speaker)
    return found, speaker


def _segment(read: _WhisperSegment) -> Turn:
    words = tuple(
        Word(tidy(word.word), word.start, word.end, word.probability)
        for word in read.words
        if word.start is not None and word.end is not None and word.probability is not None
    )
    try:
        return make_turn(
            read.speaker,
            tidy(read.text),
            read.start,
            read.end,
            words=words if len(words) == len(read.words) else (),
            confidence=_confidence(words, read.avg_logprob),
        )
    except ValueError as error:
        raise TextError(f"segment at {read.start:g} s: {error}.") from None


def _confidence(words: Sequence[Word], avg_logprob: float | None) -> float | None:
    """The mean of the words' probabilities, else that of whisper's tokens."""
    if words:
        return math.fsum(word.confidence for word in words) / len(words)
    if avg_logprob is None or not math.isfinite(avg_logprob):
        return None
    return min(1.0, math.exp(avg_logprob))


COLUMNS = {
    "text": ("text", "message", "utterance", "content", "body", "transcript"),
    "role": ("role", "party", "speaker_role", "sender_type"),
    "speaker": ("speaker", "speaker_name", "sender", "author", "name", "from"),
    "start": ("start", "start_time", "time", "offset", "begin"),
    "end": ("end", "end_time", "stop"),
    "confidence": ("confidence",),
}
_BY_NAME = {name: column for column, names in COLUMNS.items() for name in names}


def heading_of(line: str) -> tuple[str, list[str]]:
    """Return the delimiter of a CSV heading, and its names in lower case."""
    delimiter = max(",;\t", key=line.count)
    cells = next(csv.reader([line], delimiter=delimiter), [])
    return delimiter, [cell.strip().casefold().replace(" ", "_") for cell in cells]


def is_heading(line: str) -> bool:
    """Say whether a CSV with this first line holds a conversation."""
    columns = {_BY_NAME.get(name) for name in heading_of(line)[1]}
    return "text" in columns and bool(columns & {"role", "speaker"})


def read_csv(text: str) -> Transcript:
    """Read a CSV with `text`, `role` or `speaker`, and `start` and `end` (seconds or h:mm:ss) where they are known.

    Raises:
        TextError: columns are missing or unknown, or a line has a time that cannot be.
    """
    body = text.lstrip()
    skipped = text[: len(text) - len(body)].count("\n")
    delimiter, names = heading_of(body.splitlines()[0])
    columns = _columns(names, skipped + 1)
    reader = csv.reader(StringIO(body, newline=""), delimiter=delimiter, strict=True)
    turns = []
    line = skipped
    try:
        for cells in reader:
            first, line = line + 1, skipped + reader.line_num
            if reader.line_num > 1 and any(cell.strip() for cell in cells):
                turns.append(_row(dict(zip(columns, cells, strict=False)), first))
    except csv.Error as error:
        raise at_line(line + 1, error) from None
    return Transcript(in_order([turn for turn in turns if turn.text]))


def _columns(names: list[str], line: int) -> list[str]:
    for name in names:
        if name and name not in _BY_NAME:
            hint = nearest(name, list(_BY_NAME)) or f"there are {', '.join(COLUMNS)}"
            raise at_line(line, f"no such column {name!r}; {hint}")
    columns = [_BY_NAME.get(name, "") for name in names]
    for column in COLUMNS:
        if columns.count(column) > 1:
            raise at_line(line, f"two columns for {column!r}")
    if "text" not in columns or not {"role", "speaker"} & set(columns):
        raise at_line(line, "the columns 'text' and 'role' (or 'speaker') are needed")
    return columns


def _row(cells: dict[str, str], line: int) -> Turn:
    try:
        role, speaker = who(cells.get("role"), cells.get("speaker"))
        start, end, confidence = (
            clock(cells[name]) if cells.get(name, "").strip() else None for name in ("start", "end", "confidence")
        )
        check_times(start, end)
        if confidence is not None and confidence > 1:
            raise ValueError(f"confidence {confidence:g} is not between 0 and 1")
    except ValueError as error:
        raise at_line(line, error) from None
    return Turn(role, tidy(cells.get("text", "")), start, end, confidence=confidence, speaker=speaker)
