"""Times as people and programs write them beside a line: offsets into a call, or the time of day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scoring.texts.labels import clock

_TIME = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?"
_DATE = r"\d{4}-\d{2}-\d{2}|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"
_STAMP = re.compile(
    rf"[\[(]?\s*(?:(?P<date>{_DATE})(?:,\s*|\s+|T))?(?P<first>{_TIME})(?:\s?(?P<half>[ap]\.?m\b\.?))?"
    rf"(?:\s*(?:-->|[-–—]|to)\s*(?P<last>{_TIME}))?(?:\s*[\])])?(?P<after>\s*[-–—|]\s+|\s*)",
    re.ASCII | re.IGNORECASE,
)
_SPENT = re.compile(r"\(\s*(?:(\d+)\s?h\s*)?(?:(\d+)\s?m\s*)?(\d+)\s?s\s*\)\s*", re.ASCII)
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time beside a line. `start` and `end` are seconds as written, from midnight where it is a time of day."""

    start: float
    end: float | None = None
    date: str = ""
    half: bool = False  # written with am or pm
    parts: int = 2  # 2 for 10:02, 3 for 10:02:33, 0 for a span of time in words


def leading_stamp(text: str) -> tuple[Stamp | None, str]:
    """Take a time off the beginning of a line.

    Raises:
        ValueError: it looks like a time and cannot be one.
    """
    spent = _SPENT.match(text)
    if spent:
        hours, minutes, seconds = (int(part or 0) for part in spent.groups())
        return Stamp(hours * 3600.0 + minutes * 60.0 + seconds, parts=0), text[spent.end() :]
    found = _STAMP.match(text)
    if found is None:
        return None, text
    rest = text[found.end() :]
    glued = rest and not found["after"] and found[0][-1:] not in "])"
    if glued or rest.startswith(":"):
        return None, text
    return _stamp(found), rest


def without_stamp(text: str) -> str:
    """Return the line after what looks like a time."""
    found = _STAMP.match(text)
    return text[found.end() :] if found else text


def _stamp(found: re.Match[str]) -> Stamp:
    start, half = _seconds(found["first"], found["date"] or found["half"]), (found["half"] or "").lower()
    if half:
        start = start % 43_200.0 + (43_200.0 if half.startswith("p") else 0.0)
    return Stamp(
        start,
        clock(found["last"]) if found["last"] else None,
        found["date"] or "",
        bool(half),
        found["first"].count(":") + 1,
    )


def _seconds(text: str, of_day: str | None) -> float:
    if of_day and text.count(":") == 1:
        text += ":00"
    seconds = clock(text)
    if of_day and seconds >= _DAY:
        raise ValueError(f"{text!r} is not a time of day")
    return seconds


def is_time_of_day(stamp: Stamp) -> bool:
    """Say whether the stamp can only be a time of day, as in a chat."""
    return bool(stamp.date) or stamp.half


def offsets(stamps: Sequence[Stamp | None], *, chat: bool) -> list[tuple[float | None, float | None]]:
    """Return (start, end) in seconds from the beginning, for each stamp; None where nobody can tell.

    Times of day count from the first of them. A clock that does not begin near nought is a time of day: three parts
    from one hour on, in a chat two parts from one minute on.
    """
    given = [stamp for stamp in stamps if stamp]
    if not given:
        return [(None, None)] * len(stamps)
    first = given[0]
    minutes = chat and first.parts == 2 and first.start >= 60 and not any(map(is_time_of_day, given))
    if not (any(map(is_time_of_day, given)) or minutes or (first.parts == 3 and first.start >= 3600)):
        return [(stamp.start, stamp.end) if stamp else (None, None) for stamp in stamps]
    counted = iter(_from_first(given, 60.0 if minutes else 1.0))
    return [next(counted) if stamp else (None, None) for stamp in stamps]


def _from_first(stamps: Sequence[Stamp], scale: float) -> list[tuple[float | None, float | None]]:
    days = _days([stamp.date for stamp in stamps])
    if days is None:
        return [(None, None)] * len(stamps)
    times: list[tuple[float | None, float | None]] = []
    first = before = stamps[0].start * scale
    midnights = 0.0
    for stamp, day in zip(stamps, days, strict=True):
        now = stamp.start * scale + midnights
        if not stamp.date and now < before:  # past midnight
            midnights += _DAY
            now += _DAY
        before = now
        start = now + day * _DAY - first
        length = (stamp.end - stamp.start) * scale if stamp.end is not None else None
        times.append((start, start + length if length is not None and length >= 0 else None))
    return times if all(start is not None and start >= 0 for start, _ in times) else [(None, None)] * len(stamps)


def _days(dates: Sequence[str]) -> list[int] | None:
    """Whole days since the first date; None where dates differ and their order of day and month is not known."""
    if len(set(dates)) == 1:
        return [0] * len(dates)
    try:
        read = [date.fromisoformat(each) for each in dates]
    except ValueError:
        return None
    return [(each - read[0]) // timedelta(days=1) for each in read]
