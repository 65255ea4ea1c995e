from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.pages import formats
from scoring.scorecard.types import Change, Interval, Period, Verdict


@given(st.floats(0, 1))
def test_only_a_whole_is_100_percent_and_only_nothing_is_0(share: float) -> None:
    written = formats.percent(share)
    assert (written == "100\u00a0%") == (share == 1)
    assert (written == "0\u00a0%") == (share == 0)


def test_nothing_is_never_written_as_a_number() -> None:
    assert formats.score(None) == "–"
    assert formats.percent(None) == "–"
    assert formats.quantity(None, "s") == "–"
    assert formats.clock(None) == ""
    assert formats.between(None) == ""
    assert formats.low_high(None, None) == ""
    assert formats.moment(None, UTC) == ""


@given(st.integers(0, 100_000))
def test_a_clock_can_be_read_back(seconds: int) -> None:
    parts = [int(part) for part in formats.clock(float(seconds)).split(":")]
    assert sum(part * 60**place for place, part in enumerate(reversed(parts))) == seconds
    assert all(part < 60 for part in parts[1:])


@pytest.mark.parametrize(("seconds", "written"), [(0.0, "0:00"), (59.99, "0:59"), (65.0, "1:05"), (3725.0, "1:02:05")])
def test_clock(seconds: float, written: str) -> None:
    assert formats.clock(seconds) == written


def test_times_are_written_in_the_scorecards_zone() -> None:
    moment = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
    assert formats.moment(moment, UTC) == "31 Mar 2026, 23:30"
    assert formats.moment(moment, ZoneInfo("Europe/Madrid")) == "1 Apr 2026, 01:30"
    assert formats.moment(moment.replace(tzinfo=None), ZoneInfo("Europe/Madrid")) == "31 Mar 2026, 23:30"


def test_days_of_a_period() -> None:
    assert formats.days(Period("2026-03", "March 2026", date(2026, 3, 1), date(2026, 3, 31))) == "1–31 Mar 2026"
    week = Period("2026-W14", "Week 14 of 2026", date(2026, 3, 30), date(2026, 4, 5))
    assert formats.days(week) == "30 Mar – 5 Apr 2026"
    assert formats.short(week) == "W14"
    assert formats.days(Period("no-date", "No date")) == ""


def test_signs_and_counts() -> None:
    assert [formats.signed(value) for value in (9.4, -4.2, 0.3, -0.3)] == ["+9", "−4", "0", "0"]
    assert [formats.calls(number) for number in (0, 1, 1200)] == ["0\u00a0calls", "1\u00a0call", "1,200\u00a0calls"]
    assert formats.low_high(60, 70) == "60–70"
    assert formats.low_high(60, 60.0) == ""


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [(0.52, "share", "52\u00a0%"), (3.0, "count", "3"), (2.5, "count", "2.5"), (4.21, "s", "4.2\u00a0s")],
)
def test_measures_have_their_units(value: float, unit: str, written: str) -> None:
    assert formats.quantity(value, unit) == written


def test_a_rise_is_only_spoken_of_when_it_is_beyond_chance() -> None:
    rise = Change(Verdict.UP, "May 2026", "June 2026", 9.0, Interval(2.2, 15.8), 0.012, 0.012, 1)
    assert formats.change(rise) == (
        "June 2026 is higher than May 2026: +9 points, 95 % interval +2 to +16 (Welch’s t test, p = 0.012)."
    )
    noise = Change(Verdict.WITHIN_CHANCE, "May 2026", "June 2026", 3.0, Interval(-4, 10), 0.4, 1.0, 5)
    assert "no change beyond chance" in formats.change(noise)
    assert "higher" not in formats.change(noise)
    assert "p = 0.40; p = 1.00 allowing for 5 compared" in formats.change(noise)
    assert "Too few" in formats.change(Change(Verdict.TOO_FEW))
    assert formats.chance(0.0000001) == "p < 0.001"
