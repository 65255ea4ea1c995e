from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.errors import SettingsError
from scoring.scorecard.periods import ALL, NO_DATE, local, period_of, time_zone

KINDS = st.sampled_from(["month", "week"])
MOMENTS = st.datetimes(datetime(1995, 1, 1), datetime(2095, 1, 1), timezones=st.just(UTC))


def test_no_time_is_no_date_whatever_the_period() -> None:
    for kind in ("month", "week", "all"):
        assert period_of(None, kind, UTC) == NO_DATE  # type: ignore[arg-type]
    assert NO_DATE.first is None


def test_all_is_one_period() -> None:
    assert period_of(datetime(2001, 1, 1, tzinfo=UTC), "all", UTC) == ALL


@pytest.mark.parametrize(
    ("day", "key", "label", "first", "last"),
    [
        (date(2024, 2, 29), "2024-02", "February 2024", date(2024, 2, 1), date(2024, 2, 29)),
        (date(2026, 12, 31), "2026-12", "December 2026", date(2026, 12, 1), date(2026, 12, 31)),
        (date(2026, 1, 1), "2026-01", "January 2026", date(2026, 1, 1), date(2026, 1, 31)),
    ],
)
def test_months(day: date, key: str, label: str, first: date, last: date) -> None:
    period = period_of(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), "month", UTC)
    assert (period.key, period.label, period.first, period.last) == (key, label, first, last)


@pytest.mark.parametrize(
    ("day", "key", "first"),
    [
        (date(2027, 1, 3), "2026-W53", date(2026, 12, 28)),  # a Sunday of the long year 2026
        (date(2027, 1, 4), "2027-W01", date(2027, 1, 4)),
        (date(2024, 12, 30), "2025-W01", date(2024, 12, 30)),
    ],
)
def test_weeks_are_isos(day: date, key: str, first: date) -> None:
    period = period_of(datetime(day.year, day.month, day.day, tzinfo=UTC), "week", UTC)
    assert (period.key, period.first, period.last) == (key, first, first + timedelta(days=6))


@given(st.lists(MOMENTS, min_size=2, max_size=20), KINDS)
def test_keys_sort_as_time_does_and_periods_never_overlap(moments: list[datetime], kind: str) -> None:
    found = [period_of(moment, kind, UTC) for moment in sorted(moments)]  # type: ignore[arg-type]
    assert [period.key for period in found] == sorted(period.key for period in found)
    for earlier, later in pairwise(found):
        assert earlier.last is not None
        assert later.first is not None
        assert earlier == later or earlier.last < later.first


@given(MOMENTS, KINDS, st.sampled_from(["Asia/Kolkata", "America/St_Johns", "Pacific/Auckland"]))
def test_a_period_does_not_depend_on_the_zone_a_time_was_written_in(moment: datetime, kind: str, zone: str) -> None:
    here = time_zone("Europe/Paris")
    there = moment.astimezone(ZoneInfo(zone))
    assert period_of(there, kind, here) == period_of(moment, kind, here)  # type: ignore[arg-type]


def test_a_time_without_a_zone_is_in_the_scorecards_zone_and_not_in_this_machines() -> None:
    zone = time_zone("America/Lima")
    assert local(datetime(2026, 1, 31, 23), zone) == datetime(2026, 2, 1, 4, tzinfo=UTC)
    assert period_of(datetime(2026, 1, 31, 23), "month", zone).key == "2026-01"


def test_an_unknown_zone_says_what_one_looks_like() -> None:
    with pytest.raises(SettingsError) as caught:
        time_zone("Europe/Atlantis")
    assert "Europe/Berlin" in caught.value.hint
    assert time_zone("utc") is UTC
