"""A timeline puts everything at its share of the call, and charts stay inside their scale."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from invented import MET, NA, NOT_MET, UNSURE, record, scored

from scoring.calls import CallInfo, Medium, Role, Transcript, Turn
from scoring.pages import formats
from scoring.pages.call_page import call_page
from scoring.pages.charts import Bar, Gap, Pin, Point, interval_bar, timeline, trend
from scoring.pages.contexts import CallPage
from scoring.pages.group_pages import agent_page
from scoring.pages.types import CallRecord
from scoring.pages.urls import FOLDER_FILES
from scoring.results import Outcome
from scoring.scorecard import make_scorecards
from scoring.settings import ScorecardSettings

EVERY_WAY = {"greeting": MET, "name_use": UNSURE, "listening": NOT_MET, "empathy": NA, "farewell": MET}
LENGTHS = st.floats(0.5, 20_000)
SHARES = st.floats(0, 1)
SPANS = st.tuples(SHARES, SHARES).map(sorted)
LANE, WIDTH = 10.0, 90.0  # percent: where the clock begins, and how wide it is


def drawn(markup: str, class_: str) -> list[ElementTree.Element]:
    return [item for item in ElementTree.fromstring(markup).iter() if class_ in item.get("class", "").split()]


def percent(item: ElementTree.Element, name: str) -> float:
    text = item.get(name, "")
    assert text.endswith("%"), text
    return float(text[:-1])


def page_of(item: CallRecord) -> CallPage:
    return call_page(item, make_scorecards([item.scored], ScorecardSettings()), FOLDER_FILES)


# --- where things stand on the clock


@settings(deadline=None)
@given(LENGTHS, st.sampled_from([Role.AGENT, Role.CUSTOMER, Role.SYSTEM, Role.UNKNOWN]), SPANS)
def test_a_turn_covers_its_share_of_the_call(length: float, role: Role, span: list[float]) -> None:
    (bar,) = drawn(timeline(length, [Bar(role, span[0] * length, span[1] * length)], [], [], ""), role.value)
    assert percent(bar, "x") == pytest.approx(LANE + WIDTH * span[0], abs=0.011)
    assert percent(bar, "width") == pytest.approx(max(0.3, WIDTH * (span[1] - span[0])), abs=0.011)


@settings(deadline=None)
@given(LENGTHS, st.sampled_from(["silence", "hold", "over"]), SPANS)
def test_a_silence_a_hold_and_a_talk_over_cover_their_share(length: float, kind: str, span: list[float]) -> None:
    gap = Gap(kind, span[0] * length, span[1] * length)
    (found,) = drawn(timeline(length, [], [gap], [], ""), kind)
    assert percent(found, "x") == pytest.approx(LANE + WIDTH * span[0], abs=0.011)
    assert percent(found, "width") == pytest.approx(WIDTH * (span[1] - span[0]), abs=0.011)
    (title,) = found
    name = {"silence": "Silence", "hold": "Hold", "over": "Talk-over"}[kind]
    assert title.text == f"{name}, {gap.end - gap.start:.1f} s"  # said in words, not by a hatch alone


@settings(deadline=None)
@given(LENGTHS, st.lists(SHARES, min_size=2, max_size=8))
def test_marks_stand_in_the_order_of_their_time(length: float, shares: list[float]) -> None:
    pins = [Pin(number, str(number), Outcome.MET, share * length, number) for number, share in enumerate(shares)]
    marks = drawn(timeline(length, [], [], pins, ""), "pin")
    places = [percent(mark, "cx") for mark in marks]
    assert places == sorted(places)
    assert places == pytest.approx([LANE + WIDTH * share for share in sorted(shares)], abs=0.011)
    by_row: dict[str, list[float]] = {}
    for mark in marks:
        by_row.setdefault(mark.get("cy", ""), []).append(percent(mark, "cx"))
    for row in by_row.values():
        assert all(after - before >= 3.97 for before, after in pairwise(row))


@settings(deadline=None)
@given(LENGTHS)
def test_the_clock_below_is_written_as_everywhere_else(length: float) -> None:
    markup = timeline(length, [Bar(Role.AGENT, 0, length)], [], [], "")
    ticks = [(percent(item, "x"), item.text or "") for item in drawn(markup, "faint")]
    assert 1 <= len(ticks) <= 9
    places = [place for place, _ in ticks]
    assert places == sorted(set(places))
    for place, written in ticks:
        seconds = sum(int(part) * 60**power for power, part in enumerate(reversed(written.split(":"))))
        assert written == formats.clock(float(seconds))
        assert place == pytest.approx(LANE + WIDTH * seconds / length, abs=0.011)


def test_the_clock_of_a_call_beyond_an_hour_counts_hours() -> None:
    ticks = [item.text for item in drawn(timeline(5400.0, [Bar(Role.AGENT, 0, 5400)], [], [], ""), "faint")]
    assert ticks == ["0:00", "30:00", "1:00:00", "1:30:00"]


# --- scales of bars and trends


@settings(deadline=None)
@given(st.floats(0, 100), st.floats(0, 100))
def test_a_higher_score_never_stands_further_left_or_lower(one: float, other: float) -> None:
    assume(one < other)
    dots = [drawn(interval_bar(value, None, None, ""), "dot")[0] for value in (one, other)]
    assert percent(dots[0], "cx") <= percent(dots[1], "cx")
    points = [Point(label, 1, value, None, None, True) for label, value in (("a", one), ("b", other))]
    first, second = drawn(trend(points, ""), "dot")
    assert percent(first, "cx") < percent(second, "cx")
    assert float(first.get("cy", "")) >= float(second.get("cy", ""))


@settings(deadline=None)
@given(st.lists(st.sampled_from([MET, NOT_MET, NA, UNSURE]), min_size=1, max_size=6))
def test_no_interval_of_a_page_leaves_its_scale(outcomes: list[Outcome]) -> None:
    calls = [scored(f"c{n}", {"greeting": outcome, "farewell": MET}) for n, outcome in enumerate(outcomes)]
    cards = make_scorecards(calls, ScorecardSettings(min_calls=2))
    page = agent_page(cards.agents[0], cards, {call.call_id: call for call in calls}, FOLDER_FILES)
    bars = [page.card.score.bar, *(row.bar for row in page.card.criteria)]
    for band in (band for bar in bars for band in drawn(bar, "band")):
        assert percent(band, "x") >= 0
        assert percent(band, "width") >= 0
        assert percent(band, "x") + percent(band, "width") <= 100.01


def test_a_period_without_a_score_leaves_a_gap_and_keeps_its_place() -> None:
    values = [40.0, None, 60.0]
    points = [Point(str(n), 12, value, value, value, True) for n, value in enumerate(values)]
    whole = trend([replace(point, value=50.0) for point in points], "")
    places = [percent(dot, "cx") for dot in drawn(whole, "dot")]
    assert [percent(dot, "cx") for dot in drawn(trend(points, ""), "dot")] == [places[0], places[2]]


def test_a_trend_of_one_period_has_a_dot_and_no_path() -> None:
    markup = trend([Point("Mar", 1, 0.0, None, None, False)], "")
    (dot,) = drawn(markup, "dot")
    assert dot.get("class") == "dot hollow"
    assert dot.get("cy") == "172"
    assert [child.text for child in dot] == ["Mar: 0, n 1"]
    assert drawn(markup, "path") == drawn(markup, "band") == []


# --- from a call to its timeline


def test_every_turn_gap_and_mark_of_a_call_is_on_its_timeline() -> None:
    item = record(CallInfo(file="a.wav"), EVERY_WAY)
    length = item.transcript.duration or 0.0
    markup = page_of(item).timeline
    for role in (Role.AGENT, Role.CUSTOMER, Role.SYSTEM):
        turns = [turn for turn in item.transcript.turns if turn.role is role]
        starts = [LANE + WIDTH * (turn.start or 0.0) / length for turn in turns]
        assert [percent(bar, "x") for bar in drawn(markup, role.value)] == pytest.approx(starts, abs=0.011)
    turns = item.transcript.turns
    for kind, after in (("silence", 6), ("hold", 9)):  # one of each, though a silence is in two measures
        (gap,) = drawn(markup, kind)
        assert percent(gap, "x") == pytest.approx(LANE + WIDTH * (turns[after].end or 0.0) / length, abs=0.011)
    links = [link.get("href") for link in ElementTree.fromstring(markup).findall("a")]
    assert links == ["#t1", "#t3", "#t11"]
    said = [link.get("aria-label") for link in ElementTree.fromstring(markup).findall("a")]
    assert said == ["1. Greeting: met", "2. Uses the customer's name: unsure", "5. Farewell: met"]


def test_a_call_of_one_turn_fills_its_lane() -> None:
    item = record(CallInfo(file="a.wav"), {"greeting": NOT_MET})
    call = replace(item.scored, duration=4.0, measures=())
    page = page_of(
        replace(item, scored=call, transcript=Transcript((Turn(Role.AGENT, "Hello?", 0.0, 4.0),), duration=4.0))
    )
    (bar,) = drawn(page.timeline, "agent")
    assert (percent(bar, "x"), percent(bar, "width")) == (LANE, WIDTH)
    assert drawn(page.timeline, "customer") == drawn(page.timeline, "pin") == []
    assert len(page.turns) == 1


@pytest.mark.parametrize("duration", [None, 0.0])
def test_a_call_of_no_length_has_no_timeline_and_still_a_page(duration: float | None) -> None:
    item = record(CallInfo(file="a.wav"), {"greeting": NOT_MET})
    call = replace(item.scored, duration=duration, measures=())
    page = page_of(replace(item, scored=call, transcript=Transcript((Turn(Role.AGENT, "Hello?", 0.0, 0.0),))))
    assert page.timeline == ""
    assert [(turn.time, str(turn.text)) for turn in page.turns] == [("0:00", "Hello?")]


def test_turns_beyond_the_recorded_length_stay_on_the_timeline() -> None:
    item = record(CallInfo(file="a.wav"), EVERY_WAY)
    page = page_of(replace(item, scored=replace(item.scored, duration=1.0)))
    assert page.timeline
    for role in ("agent", "customer", "system"):
        for bar in drawn(page.timeline, role):
            assert percent(bar, "x") + percent(bar, "width") <= 100.01


def test_turns_without_times_are_left_off_the_timeline_only() -> None:
    item = record(CallInfo(file="a.wav"), EVERY_WAY)
    turns = tuple(
        replace(turn, start=None, end=None) if n % 2 else turn for n, turn in enumerate(item.transcript.turns)
    )
    page = page_of(replace(item, transcript=replace(item.transcript, turns=turns, medium=Medium.CALL)))
    bars = sum(len(drawn(page.timeline, role)) for role in ("agent", "customer", "system"))
    assert bars == sum(turn.start is not None for turn in turns)
    assert len(page.turns) == len(turns)
    assert [bool(turn.time) for turn in page.turns] == [n % 2 == 0 for n in range(len(turns))]
