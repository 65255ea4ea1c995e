from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calls import Role
from scoring.pages.charts import Bar, Gap, Pin, Point, icon, interval_bar, timeline, trend
from scoring.results import Outcome

PERCENT = st.floats(0, 100)


def parsed(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


def drawn(root: ElementTree.Element, class_: str) -> list[ElementTree.Element]:
    return [item for item in root.iter() if class_ in item.get("class", "").split()]


def share(text: str | None) -> float:
    assert text is not None
    assert text.endswith("%")
    return float(text[:-1])


@given(st.tuples(PERCENT, PERCENT, PERCENT).map(sorted))
def test_a_bar_shows_its_interval_where_it_is(values: list[float]) -> None:
    low, value, high = values
    root = parsed(interval_bar(value, low, high, "Score"))
    (band,) = drawn(root, "band")
    (dot,) = drawn(root, "dot")
    assert share(band.get("x")) == pytest.approx(low, abs=0.01)
    assert share(band.get("x")) + share(band.get("width")) == pytest.approx(high, abs=0.02)
    assert share(dot.get("cx")) == pytest.approx(min(98.5, max(1.5, value)), abs=0.01)
    assert root.get("aria-label") == "Score"


def test_a_bar_of_nothing_draws_neither_dot_nor_band() -> None:
    root = parsed(interval_bar(None, None, None, "nothing"))
    assert drawn(root, "dot") == drawn(root, "band") == []


def test_every_outcome_has_a_shape_of_its_own_and_a_name() -> None:
    shapes = set()
    for outcome in Outcome:
        root = parsed(icon(outcome, outcome.value))
        assert root.get("aria-label") == outcome.value
        shapes.add(tuple((item.tag, item.get("d"), item.get("class")) for item in root))
    assert len(shapes) == 4


def test_labels_are_escaped() -> None:
    hostile = '"><script>x</script>'
    assert parsed(icon(Outcome.MET, hostile)).get("aria-label") == hostile
    assert parsed(interval_bar(1, None, None, hostile)).get("aria-label") == hostile
    pin = Pin(1, hostile, Outcome.MET, 1.0, 2)
    assert "<script>" not in timeline(9.0, [Bar(Role.AGENT, 0, 1)], [], [pin], hostile)


@given(st.lists(st.tuples(st.one_of(st.none(), PERCENT), st.integers(0, 50)), min_size=1, max_size=60))
def test_a_trend_has_a_dot_for_each_period_with_a_score_and_every_label_has_its_count(
    periods: list[tuple[float | None, int]],
) -> None:
    points = [Point(f"P{n}", count, value, value, value, count > 9) for n, (value, count) in enumerate(periods)]
    root = parsed(trend(points, "Trend"))
    scored = [point for point in points if point.value is not None]
    assert len(drawn(root, "dot")) == len(scored)
    assert len(drawn(root, "hollow")) == sum(not point.solid for point in scored)
    assert len(drawn(root, "path")) == max(0, len(scored) - 1)
    counts = [item.text for item in root.iter() if (item.text or "").startswith("n ")]
    assert 1 <= len(counts) <= 6
    assert counts[0] == f"n {points[0].count}"
    for dot in drawn(root, "dot"):
        assert 12 <= float(dot.get("cy", "")) <= 172


TIMES = st.floats(0, 500).flatmap(lambda start: st.tuples(st.just(start), st.floats(start, 500)))


@given(st.lists(st.tuples(st.sampled_from(list(Role)), TIMES), min_size=1, max_size=20), st.lists(TIMES, max_size=8))
def test_a_timeline_stays_inside_its_width(
    bars: list[tuple[Role, tuple[float, float]]], pins: list[tuple[float, float]]
) -> None:
    marks = [Pin(n, str(n), Outcome.MET, start, n) for n, (start, _) in enumerate(pins)]
    root = parsed(timeline(500.0, [Bar(role, *times) for role, times in bars], [Gap("hold", 3, 9)], marks, "call"))
    height = float(root.get("height", ""))
    for item in root.iter("rect"):
        if "%" in item.get("x", "") and "%" in item.get("width", ""):
            assert share(item.get("x")) >= 10
            assert share(item.get("x")) + share(item.get("width")) <= 100.5
            assert 0 <= float(item.get("y", "")) < height
    assert len(root.findall("a")) == len(marks)


def test_pins_that_would_cover_each_other_stand_in_rows() -> None:
    pins = [Pin(n, str(n), Outcome.MET, 10.0, n) for n in range(3)] + [Pin(4, "far", Outcome.MET, 90.0, 9)]
    root = parsed(timeline(100.0, [Bar(Role.AGENT, 0, 1)], [], pins, "call"))
    places = [(item.get("cx"), item.get("cy")) for item in drawn(root, "pin")]
    assert len(set(places)) == 4
    assert len({y for _, y in places}) == 3


def test_pins_lead_to_their_turns_and_differ_by_shape() -> None:
    pins = [Pin(1, "one", Outcome.MET, 10.0, 3), Pin(2, "two", Outcome.NOT_MET, 50.0, 7)]
    root = parsed(timeline(100.0, [Bar(Role.AGENT, 0, 1)], [], pins, "call"))
    assert [item.get("href") for item in root.findall("a")] == ["#t3", "#t7"]
    assert [item.tag for item in drawn(root, "pin")] == ["circle", "rect"]


def test_a_lane_for_speakers_not_sure_is_there_only_when_needed() -> None:
    def lanes(*roles: Role) -> list[str | None]:
        return [
            item.text for item in drawn(parsed(timeline(9.0, [Bar(role, 0, 1) for role in roles], [], [], "")), "lane")
        ]

    assert lanes(Role.AGENT) == ["Agent", "Customer", "System"]
    assert lanes(Role.UNKNOWN) == ["Agent", "Customer", "System", "Not sure"]
