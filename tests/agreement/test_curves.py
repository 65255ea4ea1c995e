"""Whether doubt can be trusted: error against coverage, and calibration."""

from __future__ import annotations

import random
from itertools import permutations
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.agreement.curves import MOST_POINTS, Answer, Bin, CoveragePoint, calibration, risk_coverage

answers = st.builds(Answer, st.sampled_from([0.5, 0.6, 0.75, 0.9, 1.0]), st.booleans(), st.booleans())
lists = st.lists(answers, min_size=1, max_size=40)


def test_the_least_sure_leave_first() -> None:
    found = risk_coverage([Answer(0.9, False, True), Answer(0.6, False, False), Answer(0.8, False, True)])
    assert found.points == (CoveragePoint(1 / 3, 0.0), CoveragePoint(2 / 3, 0.0), CoveragePoint(1.0, 1 / 3))
    assert found.area == pytest.approx(1 / 9)


def test_what_is_marked_unsure_leaves_before_what_is_merely_improbable() -> None:
    found = risk_coverage([Answer(0.99, True, False), Answer(0.5, False, True)])
    assert [point.error for point in found.points] == [0.0, 0.5]


def test_of_equally_sure_answers_the_expected_error_is_shown() -> None:
    tied = [Answer(0.7, False, right) for right in (True, False, False, True, True)]
    orders = list(permutations([not one.right for one in tied]))
    expected = [mean(sum(order[:kept]) / kept for order in orders) for kept in range(1, 6)]
    assert [point.error for point in risk_coverage(tied).points] == pytest.approx(expected)


@given(lists, st.randoms(use_true_random=False))
def test_the_curve_ends_at_the_whole_error_and_knows_no_order(said: list[Answer], chance: random.Random) -> None:
    found = risk_coverage(said)
    assert found.points[-1].coverage == 1.0
    assert found.points[-1].error == pytest.approx(mean(not one.right for one in said))
    assert all(0 <= point.error <= 1 for point in found.points)
    chance.shuffle(said)
    assert risk_coverage(said) == found


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_no_order_is_better_than_wrong_answers_first_to_leave(right: list[bool], chance: random.Random) -> None:
    levels = [(place + 1) / 64 for place in range(len(right))]
    best = risk_coverage([Answer(p, False, one) for p, one in zip(levels, sorted(right), strict=True)])
    worst = risk_coverage([Answer(p, False, one) for p, one in zip(levels, sorted(right, reverse=True), strict=True)])
    chance.shuffle(right)
    other = risk_coverage([Answer(p, False, one) for p, one in zip(levels, right, strict=True)])
    assert best.area is not None
    assert other.area is not None
    assert worst.area is not None
    assert best.area - 1e-12 <= other.area <= worst.area + 1e-12


def test_a_long_curve_is_thinned_but_its_area_is_of_all() -> None:
    said = [Answer(1 - place / 4000, False, place % 3 > 0) for place in range(2000)]
    found = risk_coverage(said)
    assert len(found.points) == MOST_POINTS
    assert found.points[0].coverage == pytest.approx(1 / MOST_POINTS)
    assert found.area == pytest.approx(1 / 3, abs=0.01)


def test_nothing_has_neither_curve_nor_calibration() -> None:
    assert risk_coverage([]).area is None
    assert risk_coverage([]).points == ()
    assert calibration([]).brier is None
    assert calibration([]).ece is None


def test_calibration_worked_by_hand() -> None:
    found = calibration(
        [Answer(p, False, right) for p, right in ((0.9, True), (0.94, False), (0.6, True), (0.6, True))]
    )
    assert found.brier == pytest.approx((0.01 + 0.8836 + 0.16 + 0.16) / 4)
    assert found.ece == pytest.approx(0.5 * abs(0.92 - 0.5) + 0.5 * 0.4)
    assert [(one.low, one.n, one.right) for one in found.bins] == [(0.6, 2, 1.0), (0.9, 2, 0.5)]


def test_full_certainty_has_a_bin() -> None:
    assert calibration([Answer(1.0, False, True)]).bins == (Bin(0.9, 1.0, 1, 1.0, 1.0),)


@given(lists)
def test_calibration_has_its_bounds(said: list[Answer]) -> None:
    found = calibration(said)
    assert found.brier is not None
    assert found.ece is not None
    assert 0 <= found.ece <= found.brier**0.5 + 1e-9  # the mean distance is at most the root of the mean square
    assert sum(one.n for one in found.bins) == len(said)
    assert all(one.low - 1e-9 <= one.probability <= one.high + 1e-9 for one in found.bins)
