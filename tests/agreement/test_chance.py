"""Agreement beyond chance: tables worked by hand, an independent kappa, exact intervals, and properties."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scoring.agreement import cohen_kappa
from scoring.agreement.chance import (
    Estimate,
    ac1s,
    agreements,
    chance_corrected,
    kappas,
    tabulate,
)

VALUES = ("y", "n", "na")
pairs = st.lists(st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES)), min_size=1, max_size=40)
few = settings(max_examples=25)  # each draws two thousand resamples


def spread(table: list[list[int]], values: str = "yn") -> tuple[list[str], list[str]]:
    """The pairs that a table counts."""
    said = [(values[i], values[j]) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(n)]
    return [one for one, _ in said], [other for _, other in said]


@pytest.mark.parametrize(
    ("table", "agreed", "kappa", "ac1"),
    [
        # agreed .7; by chance .5, and 2 × .55 × .45 = .495 for AC1
        ([[20, 5], [10, 15]], 0.7, 0.4, (0.7 - 0.495) / (1 - 0.495)),
        # nearly all "y": kappa under 0 although 118 of 125 agree; by chance .94528 and 2 × .972 × .028 = .054432
        ([[118, 5], [2, 0]], 0.944, (0.944 - 0.94528) / (1 - 0.94528), (0.944 - 0.054432) / (1 - 0.054432)),
        # three values: agreed .75; by chance .4·.3 + .35·.4 + .25·.3 = .335; shares .35 .375 .275
        (
            [[6, 1, 1], [0, 6, 1], [0, 1, 4]],
            0.8,
            (0.8 - (0.4 * 0.3 + 0.35 * 0.4 + 0.25 * 0.3)) / (1 - (0.4 * 0.3 + 0.35 * 0.4 + 0.25 * 0.3)),
            (0.8 - (0.35 * 0.65 + 0.375 * 0.625 + 0.275 * 0.725) / 2)
            / (1 - (0.35 * 0.65 + 0.375 * 0.625 + 0.275 * 0.725) / 2),
        ),
        ([[0, 4], [4, 0]], 0.0, -1.0, -1.0),
        ([[5, 5], [5, 5]], 0.5, 0.0, 0.0),
    ],
)
def test_tables_worked_by_hand(table: list[list[int]], agreed: float, kappa: float, ac1: float) -> None:
    counts = np.array(table)
    assert float(agreements(counts)) == pytest.approx(agreed)
    assert float(kappas(counts)) == pytest.approx(kappa)
    assert float(ac1s(counts)) == pytest.approx(ac1)


@given(pairs)
def test_kappa_is_that_of_an_independent_reckoning(said: list[tuple[str, str]]) -> None:
    people, machine = [one for one, _ in said], [other for _, other in said]
    found = float(kappas(tabulate(people, machine, VALUES)))
    expected = cohen_kappa(people, machine)
    assert np.isnan(found) if expected is None else found == pytest.approx(expected)


@given(pairs)
def test_it_does_not_matter_who_is_first_nor_what_values_are_called(said: list[tuple[str, str]]) -> None:
    table = tabulate([one for one, _ in said], [other for _, other in said], VALUES)
    for figure in (agreements, kappas, ac1s):
        value = float(figure(table))
        assert float(figure(table.T)) == pytest.approx(value, nan_ok=True)
        assert float(figure(table[::-1, ::-1])) == pytest.approx(value, nan_ok=True)
        assert np.isnan(value) or -1.0 <= value <= 1.0 + 1e-12


@given(st.lists(st.sampled_from(VALUES), min_size=2, max_size=30))
@few
def test_full_agreement_is_one(said: list[str]) -> None:
    values = sorted(set(said))
    found = chance_corrected(said, said, values)
    assert found.agreement == found.ac1 == Estimate(1.0, 1.0, 1.0)
    assert found.kappa == (Estimate(1.0, 1.0, 1.0) if len(values) > 1 else Estimate(None))


@given(pairs, st.randoms(use_true_random=False))
@few
def test_the_order_of_calls_changes_nothing_not_even_the_intervals(
    said: list[tuple[str, str]], chance: random.Random
) -> None:
    first = chance_corrected([one for one, _ in said], [other for _, other in said], VALUES)
    chance.shuffle(said)
    assert chance_corrected([one for one, _ in said], [other for _, other in said], VALUES) == first


@given(pairs)
@few
def test_an_interval_holds_what_calls_can_give(said: list[tuple[str, str]]) -> None:
    found = chance_corrected([one for one, _ in said], [other for _, other in said], VALUES)
    for estimate in (found.agreement, found.kappa, found.ac1):
        if estimate.low is not None and estimate.high is not None:
            assert -1.0 <= estimate.low <= estimate.high <= 1.0 + 1e-12
    assert (found.agreement.low is None) == (len(said) < 2)


def test_the_interval_of_agreement_is_that_of_the_binomial() -> None:
    people, machine = spread([[40, 12], [8, 40]])  # 80 of 100 agree
    found = chance_corrected(people, machine, ("y", "n")).agreement
    low, high = stats.binom.ppf([0.025, 0.975], 100, 0.8) / 100
    assert found.value == 0.8
    assert found.low == pytest.approx(low, abs=0.011)
    assert found.high == pytest.approx(high, abs=0.011)


def test_the_interval_of_kappa_is_that_of_every_resample_there_is() -> None:
    people, machine = spread([[3, 1], [0, 2]])
    cells = list(zip(people, machine, strict=True))
    every = [cohen_kappa([a for a, _ in drawn], [b for _, b in drawn]) for drawn in product(cells, repeat=len(cells))]
    defined = [kappa for kappa in every if kappa is not None]
    assert len(defined) < len(every)  # a draw of equal answers has no kappa, and is left out
    found = chance_corrected(people, machine, ("y", "n")).kappa
    low, high = np.quantile(defined, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=0.06)
    assert found.high == pytest.approx(high, abs=0.06)


def test_the_interval_narrows_as_calls_come() -> None:
    widths = []
    for times in (1, 4, 16):
        found = chance_corrected(*spread([[8 * times, times], [2 * times, 9 * times]]), ("y", "n")).kappa
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert widths[0] / widths[1] == pytest.approx(2, rel=0.25)
    assert widths[1] / widths[2] == pytest.approx(2, rel=0.25)


def test_about_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    # people and machine are right about each call with .9 each: kappa is (.82 - .5) / .5 = .64
    chance = np.random.default_rng(7)
    held = 0
    for _ in range(60):
        truth = chance.random(80) < 0.5
        one, other = (np.where(truth ^ (chance.random(80) > 0.9), "y", "n").tolist() for _ in range(2))
        kappa = chance_corrected(one, other, ("y", "n")).kappa
        held += kappa.low is not None and kappa.high is not None and kappa.low <= 0.64 <= kappa.high
    assert 51 <= held <= 60


def test_nothing_and_one_call_have_no_interval_and_no_warning() -> None:
    assert chance_corrected([], [], ()).agreement == Estimate(None)
    assert chance_corrected(["y"], ["n"], ("y", "n")).agreement == Estimate(0.0)
    assert chance_corrected(["y"], ["n"], ("y", "n")).kappa == Estimate(0.0)


def test_lists_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="2 against 1"):
        chance_corrected(["y", "n"], ["y"], ("y", "n"))
    with pytest.raises(ValueError, match="not in"):
        tabulate(["maybe"], ["y"], ("y", "n"))
