"""Who a label names, and the small things all formats share: tidy text, clock times, checked turns."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from scoring.calls import Role, Turn, Word
from scoring.errors import TextError

# tried in this order: "customer service bot" is a machine, "customer service" is no customer
_ROLES: tuple[tuple[Role, re.Pattern[str]], ...] = tuple(
    (role, re.compile(rf"\b(?:{words})\b"))
    for role, words in (
        (
            Role.SYSTEM,
            r"system|ivr|(?:chat)?bot|voice ?mail|automated|auto ?attendant|auto ?reply|answering machine|recorded"
            r"|virtual (?:agent|assistant)|menu|prompt",
        ),
        (Role.AGENT, r"(?:customer|client|user) (?:service|services|support|care|success|relations|help)"),
        (
            Role.CUSTOMER,
            r"customer|client|caller|user|visitor|guest|consumer|subscriber|buyer|shopper|patient|passenger",
        ),
        (
            Role.AGENT,
            r"agent|rep|representative|advis[eo]r|operator|support|helpdesk|help desk|service desk|call cent(?:er|re)"
            r"|csr|tsr|associate|consultant|specialist|dispatcher|receptionist|technician|staff|employee",
        ),
    )
)
# "Customer ID: 17" says something about a customer and does not speak for one
_ABOUT_WORDS = (
    "id ids name names number numbers no nr email e-mail mail phone address hours code type count ref reference"
    " status reply request date time details info information rating score satisfaction"
)
_ABOUT = frozenset(_ABOUT_WORDS.split())
LABEL_WORDS = 5  # a longer one is a sentence that happens to hold a colon
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def role_of(label: str) -> Role:
    """Return the role that a label says, such as "Agent 2", "Mira (support)" or "CALLER"; else `UNKNOWN`."""
    words = re.sub(r"[\W_]+", " ", label.casefold()).split()
    if not words or len(words) > LABEL_WORDS or words[-1] in _ABOUT:
        return Role.UNKNOWN
    plain = " ".join(words)
    for role, pattern in _ROLES:
        if pattern.search(plain):
            return role
    return Role.UNKNOWN


def tidy(text: str, *, lines: bool = False) -> str:
    """Return text without control characters and needless space; with `lines`, line breaks stay."""
    text = re.sub(r"[\ud800-\udfff]", "\ufffd", text)  # half a character, which no database can keep
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))
    if not lines:
        return " ".join(text.split())
    kept = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d{1,3}):)?(\d+(?:[.,]\d+)?)", re.ASCII)


def clock(text: str) -> float:
    """Return seconds from "75.2", "1:15.2" or "0:01:15,2".

    Raises:
        ValueError: it is no such time.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text.strip()!r} is not a time such as 75.2 or 0:01:15.2")
    hours, minutes, seconds = found.groups()
    rest = float(seconds.replace(",", "."))
    if minutes is not None and (rest >= 60 or (hours is not None and int(minutes) >= 60)):
        raise ValueError(f"{text.strip()!r} has more than 59 minutes or seconds")
    return round(int(hours or 0) * 3600.0 + int(minutes) * 60.0 + rest, 6) if minutes else rest


def make_turn(
    label: str | None,
    text: str,
    start: float | None = None,
    end: float | None = None,
    *,
    words: tuple[Word, ...] = (),
    confidence: float | None = None,
) -> Turn:
    """Return a turn of the speaker `label`, with the role that it says.

    Raises:
        ValueError: the times run backwards, or lie before the beginning.
    """
    check_times(start, end)
    role = role_of(label) if label else Role.UNKNOWN
    return Turn(role, text, start, end, words, confidence, speaker=label or None)


def check_times(start: float | None, end: float | None) -> None:
    """Raise ValueError for times that cannot be."""
    for time in (start, end):
        if time is not None and (not math.isfinite(time) or time < 0):
            raise ValueError(f"the time {time:g} s lies outside the recording")
    if start is not None and end is not None and end < start:
        raise ValueError(f"it ends at {end:g} s, before it begins at {start:g} s")


def in_order(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Return turns by their start where each has one, else as they stand."""
    if any(turn.start is None for turn in turns):
        return tuple(turns)
    return tuple(sorted(turns, key=lambda turn: turn.start or 0.0))


def joined(before: Turn, after: Turn) -> Turn:
    """Return two turns of one speaker as one."""
    return replace(before, text=f"{before.text} {after.text}", end=after.end)


def at_line(line: int, what: object) -> TextError:
    """Return the error for a fault in one line; the reader adds the file's name."""
    return TextError(f"line {line}: {what}.")
