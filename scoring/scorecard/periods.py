"""Which period a call belongs to, counted in the scorecard's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scoring.errors import SettingsError
from scoring.scorecard.types import Period

ALL = Period(key="all", label="All calls")
NO_DATE = Period(key="no-date", label="No date")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def time_zone(name: str) -> tzinfo:
    """Return the time zone called `name`.

    Raises:
        SettingsError: no such time zone is known here.
    """
    if name.upper() == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise SettingsError(
            f"scorecard.time_zone: no time zone is called {name!r}.", hint="Use a name like Europe/Berlin."
        ) from None


def local(moment: datetime, zone: tzinfo) -> datetime:
    """Return `moment` in `zone`; one without a zone is taken to be in it already, never in this machine's."""
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment.astimezone(zone)


def period_of(moment: datetime | None, kind: Literal["month", "week", "all"], zone: tzinfo) -> Period:
    """Return the period of a call that started at `moment`; a call without a time is in "no date", never in today's."""
    if moment is None:
        return NO_DATE
    day = local(moment, zone).date()
    if kind == "all":
        return ALL
    return _month(day) if kind == "month" else _week(day)


def _month(day: date) -> Period:
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Period(f"{first:%Y-%m}", f"{MONTHS[day.month - 1]} {day.year}", first, last)


def _week(day: date) -> Period:
    """Return the week after ISO 8601: it starts on a Monday and belongs to the year of its Thursday."""
    year, week, _ = day.isocalendar()
    first = date.fromisocalendar(year, week, 1)
    return Period(f"{year}-W{week:02d}", f"Week {week} of {year}", first, first + timedelta(days=6))
