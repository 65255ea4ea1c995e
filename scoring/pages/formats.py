"""How numbers, times and names are written on the pages. English; one place to translate."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from pathlib import PurePath

from scoring.calls import Direction, Medium, Role
from scoring.results import Outcome
from scoring.scorecard.periods import MONTHS, local
from scoring.scorecard.types import Change, Interval, Period, Verdict

NOTHING = "–"
OUTCOMES = {
    Outcome.MET: "Met",
    Outcome.NOT_MET: "Not met",
    Outcome.NOT_APPLICABLE: "Not applicable",
    Outcome.UNSURE: "Unsure",
}
ROLES = {
    Role.AGENT: "Agent",
    Role.CUSTOMER: "Customer",
    Role.SYSTEM: "System",
    Role.UNKNOWN: "Speaker not sure",
}
DIRECTIONS = {Direction.INBOUND: "Inbound", Direction.OUTBOUND: "Outbound", Direction.UNKNOWN: ""}
MEDIA = {Medium.CALL: "Call", Medium.CHAT: "Chat", Medium.EMAIL: "E-mail"}


def score(value: float | None) -> str:
    """Return a score of 0..100 without decimals: calls are too few for more."""
    return NOTHING if value is None else f"{value:.0f}"


def between(interval: Interval | None, factor: float = 1.0) -> str:
    """Return `77–89`, or nothing where there is no interval."""
    return f"{factor * interval.low:.0f}–{factor * interval.high:.0f}" if interval else ""


def low_high(low: float | None, high: float | None) -> str:
    """Return `82–84`, or nothing where both read the same or are unknown."""
    if low is None or high is None or score(low) == score(high):
        return ""
    return f"{score(low)}–{score(high)}"


def percent(share: float | None) -> str:
    """Return a share of 0..1 in percent; only a whole is 100 % and only nothing is 0 %."""
    if share is None:
        return NOTHING
    if 0 < share <= 0.005:
        return "under 1\u00a0%"
    if 0.995 <= share < 1:
        return "over 99\u00a0%"
    return f"{100 * share:.0f}\u00a0%"


def signed(value: float) -> str:
    """Return `+9` or `−4`, with a true minus sign."""
    whole = f"{abs(value):.0f}"
    return whole if whole == "0" else f"{'+' if value > 0 else '−'}{whole}"


def count(number: int, one: str, many: str) -> str:
    """Return `1 call`, `2 calls`."""
    return f"{number:,}\u00a0{one if number == 1 else many}"


def calls(number: int) -> str:
    """Return `34 calls`."""
    return count(number, "call", "calls")


def clock(seconds: float | None) -> str:
    """Return a time in a recording, `1:05` or `1:02:05`; nothing where there is none."""
    if seconds is None:
        return ""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def moment(when: datetime | None, zone: tzinfo) -> str:
    """Return `2 Mar 2026, 09:30` in the scorecard's time zone; nothing where the time is not known."""
    if when is None:
        return ""
    here = local(when, zone)
    return f"{here.day} {_month(here)} {here.year}, {here:%H:%M}"


def days(period: Period) -> str:
    """Return `2–8 Mar 2026` for a period's days; nothing for "all" and "no date"."""
    if period.first is None or period.last is None:
        return ""
    same = period.first.month == period.last.month
    first = f"{period.first.day}–" if same else f"{period.first.day} {_month(period.first)} – "
    return f"{first}{period.last.day} {_month(period.last)} {period.last.year}"


def _month(day: date) -> str:
    """Return a month's short name; the system's locale would change it from one machine to the next."""
    return MONTHS[day.month - 1][:3]


def short(period: Period) -> str:
    """Return a label that fits under a chart: `Mar` or `W09`."""
    return period.key.rpartition("-")[2] if "W" in period.key else period.label[:3]


def quantity(value: float | None, unit: str) -> str:
    """Return a measure with its unit."""
    if value is None:
        return NOTHING
    if unit == "share":
        return percent(value)
    if unit == "count":
        return f"{value:.1f}".removesuffix(".0")
    return f"{value:.1f}\u00a0s" if unit == "s" else f"{value:.0f}\u00a0{unit}"


def name(identifier: str) -> str:
    """Return an identifier as words: `agent_talk_share` becomes `Agent talk share`."""
    return identifier.replace("_", " ").strip().capitalize()


def file_name(file: str) -> str:
    """Return a file's own name: the folders it lies in are nobody's business."""
    return PurePath(file.replace("\\", "/")).name or file


def chance(p_value: float) -> str:
    """Return a p value as it is usually written."""
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}" if p_value < 0.1 else f"p = {p_value:.2f}"


def change(found: Change) -> str:
    """Return what may be said of the latest period against the one before."""
    if found.difference is None or found.interval is None or found.p_value is None or found.adjusted is None:
        return "Too few calls in the latest two periods to speak of a change."
    among = f"; {chance(found.adjusted)} allowing for {found.compared} compared" if found.compared > 1 else ""
    figures = (
        f"{signed(found.difference)} points, 95 % interval {signed(found.interval.low)} to "
        f"{signed(found.interval.high)} (Welch’s t test, {chance(found.p_value)}{among})"
    )
    said = {
        Verdict.UP: f"{found.later} is higher than {found.earlier}",
        Verdict.DOWN: f"{found.later} is lower than {found.earlier}",
    }
    return f"{said.get(found.verdict, f'{found.later} against {found.earlier}: no change beyond chance')}: {figures}."
