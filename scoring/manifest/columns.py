"""The columns of a manifest, and how a cell of text becomes a value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from scoring.calls import CallInfo, Direction
from scoring.errors import nearest

# ISO 8601-1:2019, calendar dates with an optional time and zone; Python alone would take any separator
_ISO = re.compile(
    r"\d{4}-?\d{2}-?\d{2}([T ]\d{2}:?\d{2}(:?\d{2}([.,]\d{1,6})?)?\s?(Z|[+-]\d{2}(:?\d{2})?)?)?",
    re.ASCII | re.IGNORECASE,
)
_YEARS = range(1970, 2200)  # outside it a time is a slip of the pen, and some zones cannot be counted in


def read_time(text: str) -> datetime:
    """Read an ISO 8601 date and time; without a zone the result has none.

    Raises:
        ValueError: the text has another form, or the year cannot be that of a recorded call.
    """
    if not _ISO.fullmatch(text):
        raise ValueError(f"{text!r} is not an ISO 8601 time such as 2024-05-31T14:05 or 2024-05-31T14:05:00+02:00")
    try:
        moment = datetime.fromisoformat(text.upper().replace(",", ".").replace(" +", "+").replace(" Z", "Z"))
    except ValueError as error:
        raise ValueError(f"{text!r} is no time: {error}") from None
    if moment.year not in _YEARS:
        raise ValueError(f"{text!r} lies outside the years {_YEARS.start} to {_YEARS.stop - 1}")
    return moment


def at_offset(moment: datetime, zone: tzinfo) -> datetime:
    """Give a time its zone (`zone` where it has none) as a fixed offset from UTC, which every store keeps."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return aware.astimezone(timezone(aware.utcoffset() or timedelta(0)))


def _time(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not an ISO 8601 time in quotes")
    return read_time(value)


def _direction(value: Any) -> Direction:
    word = str(value).strip().casefold()
    known = [str(direction) for direction in Direction]
    if word in known:
        return Direction(word)
    raise ValueError(f"{value!r} is not one of {', '.join(known)}; {nearest(word, known)}".rstrip("; "))


class Columns(BaseModel):
    """One row of a manifest as people write it: the fields of `CallInfo`, no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, allow_inf_nan=False)

    file: str
    agent_id: str | None = None
    agent_name: str | None = None
    team: str | None = None
    customer_name: str | None = None
    started_at: Annotated[datetime, BeforeValidator(_time)] | None = None
    direction: Annotated[Direction, BeforeValidator(_direction)] = Direction.UNKNOWN
    queue: str | None = None
    agent_channel: Annotated[int, Field(ge=0, le=1)] | None = None
    csat: float | None = None
    nps: Annotated[int, Field(ge=0, le=10)] | None = None
    ces: Annotated[float, Field(ge=1, le=7)] | None = None
    ring_seconds: Annotated[float, Field(ge=0)] | None = None
    queue_seconds: Annotated[float, Field(ge=0)] | None = None


COLUMNS = tuple(Columns.model_fields)
DECIMALS = ("csat", "ces", "ring_seconds", "queue_seconds")


def column_name(text: str) -> str:
    """Return a heading as the name of a column: "Agent ID" is `agent_id`."""
    return re.sub(r"[\s\-]+", "_", text.strip().casefold())


def file_key(text: str) -> str:
    """Return one spelling for the many of a file's name: slashes, `./`, composed letters."""
    parts = [part for part in unicodedata.normalize("NFC", text).replace("\\", "/").split("/") if part != "."]
    return re.sub(r"(?<=.)/{2,}", "/", "/".join(parts))


def read_row(cells: Mapping[str, Any], zone: tzinfo) -> tuple[CallInfo | None, list[str]]:
    """Return the row as a `CallInfo`, or its faults, each as `column: what is wrong`. Empty cells are None."""
    given = {name: _tidy(value) for name, value in cells.items()}
    given = {name: value for name, value in given.items() if value not in (None, "")}
    switches = [f"{name}: must not be true or false" for name, value in given.items() if isinstance(value, bool)]
    if switches:
        return None, switches
    try:
        row = Columns.model_validate(given)
    except ValidationError as error:
        return None, [_fault(dict(fault)) for fault in error.errors()]
    moment = at_offset(row.started_at, zone) if row.started_at else None
    return CallInfo(**{**dict(row), "file": file_key(row.file), "started_at": moment}), []


def unknown_column(name: str) -> str:
    """Say that there is no such column, and which was probably meant."""
    return f"no such column {name!r}; {nearest(name, COLUMNS) or 'there are ' + ', '.join(COLUMNS)}"


def _tidy(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    plain = re.sub(r"[\ud800-\udfff]", "\ufffd", value)  # half a character, which no database can keep
    return re.sub(r"\s+", " ", re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", plain)).strip()


def _fault(fault: dict[str, Any]) -> str:
    name = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return unknown_column(name)
    if fault["type"] == "missing":
        return f"{name}: is empty"
    said = str(fault["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    shown = "" if said.startswith(("'", '"')) or "ISO 8601" in said else f", not {fault['input']!r}"
    return f"{name}: {said}{shown}"
