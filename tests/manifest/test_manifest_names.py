"""A file's name says what the settings' pattern finds in it, and nothing more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calls import CallInfo, Direction
from scoring.errors import ManifestError, SettingsError
from scoring.manifest import info_from_name

PATTERN = r"(?P<agent_id>[A-Z]+\d+)_(?P<started_at>[\dTZ.+-]+(?:_[\d-]+)?)(?:_(?P<direction>inbound|outbound))?"


def test_named_groups_are_columns() -> None:
    info = info_from_name(Path("calls/QA7_20240531-140500_outbound.wav"), PATTERN)
    assert info == CallInfo(
        file="QA7_20240531-140500_outbound.wav",
        agent_id="QA7",
        started_at=datetime(2024, 5, 31, 14, 5, tzinfo=UTC),
        direction=Direction.OUTBOUND,
    )


@pytest.mark.parametrize(
    "stamp",
    ["20240531140500", "20240531-140500", "20240531T140500", "2024-05-31_14-05-00", "2024-05-31T14-05",
     "20240531T140500Z", "2024.05.31-14.05.00", "20240531-1405"],
)  # fmt: skip
def test_stamps_as_phone_systems_write_them(stamp: str) -> None:
    info = info_from_name(Path(f"QA7_{stamp}.wav"), PATTERN)
    assert info.started_at == datetime(2024, 5, 31, 14, 5, tzinfo=UTC)


def test_a_zone_in_the_name_wins_over_the_given_zone() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    assert info_from_name(Path("A1_20240531-140500.wav"), PATTERN, oslo).started_at == datetime(
        2024, 5, 31, 12, 5, tzinfo=UTC
    )
    east = info_from_name(Path("A1_20240531T140500+0500.wav"), PATTERN, oslo).started_at
    assert east == datetime(2024, 5, 31, 14, 5, tzinfo=timezone(timedelta(hours=5)))


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(2199, 1, 1)))
def test_any_second_is_read_back(moment: datetime) -> None:
    name = f"A1_{moment:%Y%m%d}-{moment:%H%M%S}.wav" if moment.year >= 1000 else ""
    assert info_from_name(Path(name), PATTERN).started_at == moment.replace(microsecond=0, tzinfo=UTC)


@pytest.mark.parametrize("name", ["voicemail.wav", "QA7.wav", "xQA7_20240531.wav", "QA7_20240531_extra.wav"])
def test_a_name_of_another_shape_says_nothing(name: str) -> None:
    assert info_from_name(Path(name), PATTERN) == CallInfo(file=name)


def test_the_pattern_may_hold_the_ending_and_optional_groups_stay_missing() -> None:
    info = info_from_name(Path("A1.wav"), r"(?P<agent_id>A\d)(-(?P<team>\w+))?\.wav")
    assert (info.agent_id, info.team, info.started_at) == ("A1", None, None)


def test_a_value_that_cannot_be_is_told_with_the_file() -> None:
    with pytest.raises(ManifestError, match=r"A1_20241331\.wav: started_at: .*20241331"):
        info_from_name(Path("A1_20241331.wav"), PATTERN)
    with pytest.raises(ManifestError, match=r"5\.wav: agent_channel"):
        info_from_name(Path("5.wav"), r"(?P<agent_channel>\d)")


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("(?P<agent_id>", "no regular expression"),
        ("(?P<agnt_id>x)", "did you mean 'agent_id'"),
        ("(?P<file>x)", "'file'"),
        (".*", "no named group"),
    ],
)
def test_a_bad_pattern_is_a_fault_of_the_settings(pattern: str, says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        info_from_name(Path("a.wav"), pattern)
    assert says in str(caught.value)
    assert "recordings.filename_pattern" in str(caught.value)
