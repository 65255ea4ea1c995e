"""Calls that people labelled by the codebook, as JSON lines. What was said and what people found are kept apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError
from pydantic_core import ErrorDetails

from scoring.calls import Role
from scoring.errors import InputError, nearest
from scoring.judge.items import ITEM_VALUES

SHAPE = (
    'Each line is one call: {"id": "a", "turns": [{"text": "Hello?", "role": "agent"}], '
    '"labels": {"greet_name": "n"}, "evidence": {"greet_name": []}}.'
)
MOST_FAULTS = 20  # shown of a file; the rest are counted
COUNTED = "name_count"  # the one item whose label is a range of counts

Milliseconds = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Spoken:
    """All that judging may see of a turn."""

    text: str
    start: float | None = None  # seconds
    end: float | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """What people found for one item."""

    value: str  # a value of the codebook; several types joined by "+"; of counts the lowest
    most: int | None = None  # of counts: the highest that a reader gave
    evidence: tuple[int, ...] = ()  # turns they named


@dataclass(frozen=True, slots=True)
class ReferenceCall:
    """One labelled call. `roles` and `labels` are for comparing alone: judging is given `spoken`."""

    id: str
    spoken: tuple[Spoken, ...]
    roles: tuple[Role | None, ...]  # None where people differed, or gave none
    labels: Mapping[str, Label]  # only the items on which there is a value


@dataclass(frozen=True, slots=True)
class Reference:
    """A file of labelled calls; `items` are those that at least one call has a value for, in the codebook's order."""

    name: str
    sha256: str
    calls: tuple[ReferenceCall, ...]

    @property
    def items(self) -> tuple[str, ...]:
        """The items that can be compared."""
        return tuple(name for name in ITEM_VALUES if any(name in call.labels for call in self.calls))


class _Turn(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    text: StrictStr
    role: Role | None = None
    start_ms: Milliseconds | None = None
    end_ms: Milliseconds | None = None


class _Line(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    id: Annotated[str, Field(strict=True, min_length=1)]
    turns: Annotated[tuple[_Turn, ...], Field(min_length=1)]
    labels: dict[str, Any]
    evidence: dict[str, tuple[StrictInt, ...] | None] = {}


def read_reference(path: Path) -> Reference:
    """Read a reference file: one JSON object a line, unknown fields are left alone.

    Raises:
        InputError: the file is missing, empty, holds no label, or has faulty lines; each fault with its line number.
    """
    raw = _bytes(path)
    try:
        lines = raw.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text.", hint=SHAPE) from None
    calls, faults = _calls([(number, line) for number, line in enumerate(lines, 1) if line.strip()])
    if faults:
        raise InputError(_told(path, faults), hint=SHAPE)
    if not calls:
        raise InputError(f"{path} is empty.", hint=SHAPE)
    made = Reference(path.name, hashlib.sha256(raw).hexdigest(), tuple(calls))
    if not made.items:
        raise InputError(f"{path} holds no label to compare with.", hint=SHAPE)
    return made


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", hint=SHAPE) from None


def _told(path: Path, faults: Sequence[str]) -> str:
    if len(faults) == 1:
        return f"{path}, {faults[0]}."
    more = [f"and {len(faults) - MOST_FAULTS} more"] if len(faults) > MOST_FAULTS else []
    return "\n  ".join([f"{path} has {len(faults)} faults:", *faults[:MOST_FAULTS], *more]) + "\n "


def _calls(lines: Sequence[tuple[int, str]]) -> tuple[list[ReferenceCall], list[str]]:
    calls: list[ReferenceCall] = []
    faults: list[str] = []
    seen: dict[str, int] = {}
    for number, line in lines:
        made = _call(line)
        if isinstance(made, ReferenceCall) and made.id in seen:
            made = [f"id: {made.id!r} is the call of line {seen[made.id]}"]
        if isinstance(made, ReferenceCall):
            seen[made.id] = number
            calls.append(made)
        else:
            faults += [f"line {number}: {fault}" for fault in made]
    return calls, faults


def _call(line: str) -> ReferenceCall | list[str]:
    """Return the call of one line, or its faults."""
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        return [f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]} at character {error.colno}"]
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, brackets without end
        return [f"this is not JSON that can be read: {error}"]
    if not isinstance(raw, dict):
        return ["this is not one call in braces"]
    try:
        read = _Line.model_validate(raw)
    except ValidationError as error:
        return [_fault(one) for one in error.errors()]
    return [*_turn_faults(read), *_label_faults(read)] or ReferenceCall(
        id=read.id,
        spoken=tuple(Spoken(turn.text, _seconds(turn.start_ms), _seconds(turn.end_ms)) for turn in read.turns),
        roles=tuple(None if turn.role is Role.UNKNOWN else turn.role for turn in read.turns),
        labels={name: label for name in ITEM_VALUES if (label := _label(name, read)) is not None},
    )


def _fault(error: ErrorDetails) -> str:
    where = ".".join(str(part) for part in error["loc"]) or "the whole line"
    return f"{where}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


def _turn_faults(read: _Line) -> Iterator[str]:
    for place, turn in enumerate(read.turns):
        if not _writable(turn.text):
            yield f"turns.{place}.text: this holds half of a character"
        if turn.start_ms is not None and turn.end_ms is not None and turn.end_ms < turn.start_ms:
            yield f"turns.{place}: it ends before it starts"


def _writable(text: str) -> bool:
    """JSON may escape one half of a surrogate pair, which no file can hold."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _label_faults(read: _Line) -> Iterator[str]:
    for name, value in read.labels.items():
        if name in ITEM_VALUES and value is not None and not _allowed(name, value):
            yield f"labels.{name}: {_short(value)} is not {_allowed_words(name, value)}"
    for name, turns in read.evidence.items():
        beyond = [turn for turn in turns or () if not 0 <= turn < len(read.turns)]
        if name in ITEM_VALUES and beyond:
            last = len(read.turns) - 1
            yield f"evidence.{name}: there is no turn {beyond[0]}; they are numbered 0 to {last}"


def _allowed(name: str, value: Any) -> bool:
    if name == COUNTED:
        ends = value if isinstance(value, list) and len(value) == 2 else [value, value]
        return all(type(end) is int and end >= 0 for end in ends) and ends[0] <= ends[1]
    if name == "type" and isinstance(value, list):
        return all(one in ITEM_VALUES["type"] for one in value)
    return isinstance(value, str) and value in ITEM_VALUES[name]


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]} …"


def _allowed_words(name: str, value: Any) -> str:
    if name == COUNTED:
        return "a count or a range of two, such as [2, 3]"
    words = f"one of {', '.join(ITEM_VALUES[name])}"
    near = nearest(value, ITEM_VALUES[name]) if isinstance(value, str) else ""
    return f"{words}; {near}" if near else words


def _label(name: str, read: _Line) -> Label | None:
    """The label of one item; None where people gave none, or no type that both gave."""
    value = read.labels.get(name)
    if value is None or value == []:
        return None
    evidence = tuple(sorted(set(read.evidence.get(name) or ())))
    if name == COUNTED:
        low, high = value if isinstance(value, list) else (value, value)
        return Label(str(low), high, evidence)
    if name == "type" and isinstance(value, list):
        value = "+".join(sorted(set(value), key=ITEM_VALUES["type"].index))
    return Label(value, None, evidence)
