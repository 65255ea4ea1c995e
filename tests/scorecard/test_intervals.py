from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scoring.scorecard.intervals import mean_answer, mean_score, promoter_score, spread, welch, wilson

SCORES = st.lists(st.floats(0, 100), min_size=2, max_size=40)


@pytest.mark.parametrize(("met", "judged"), [(0, 1), (1, 1), (0, 10), (10, 10), (3, 7), (81, 263), (999, 1000)])
def test_wilson_is_scipys(met: int, judged: int) -> None:
    expected = stats.binomtest(met, judged).proportion_ci(method="wilson")
    interval = wilson(met, judged).interval
    assert interval is not None
    assert interval.low == pytest.approx(expected.low, abs=1e-9)
    assert interval.high == pytest.approx(expected.high, abs=1e-9)


def test_wilson_matches_the_published_example() -> None:
    """81 of 263 gives 0.2553 to 0.3662: R. G. Newcombe, Statistics in Medicine 17 (1998), table I."""
    interval = wilson(81, 263).interval
    assert interval is not None
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)


def test_no_calls_have_no_rate_and_no_interval() -> None:
    assert wilson(0, 0).value is None
    assert wilson(0, 0).interval is None
    assert mean_score([]).value is None
    assert mean_answer([]).value is None
    assert promoter_score([]).value is None


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_rate_lies_in_its_interval_and_the_interval_in_0_to_1(counts: tuple[int, int]) -> None:
    rate = wilson(*counts)
    assert rate.value is not None
    assert rate.interval is not None
    assert 0 <= rate.interval.low <= rate.value <= rate.interval.high <= 1
    assert rate.interval.low < rate.interval.high


@given(SCORES)
def test_a_mean_lies_in_its_interval_which_is_never_of_no_width(scores: list[float]) -> None:
    mean = mean_score(scores)
    assert mean.value is not None
    assert mean.interval is not None
    assert 0 <= mean.interval.low <= mean.value + 1e-9
    assert mean.value - 1e-9 <= mean.interval.high <= 100
    assert mean.interval.high - mean.interval.low > 0.5


def test_one_call_has_a_mean_but_no_interval() -> None:
    assert mean_score([80.0]).value == 80
    assert mean_score([80.0]).interval is None


def test_many_calls_give_students_interval() -> None:
    scores = list(np.random.default_rng(4).normal(60, 15, 400).clip(0, 100))
    low, high = stats.t.interval(0.95, len(scores) - 1, loc=np.mean(scores), scale=stats.sem(scores))
    interval = mean_score(scores).interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.02)


def test_spread_is_the_conjugate_posterior() -> None:
    """One prior degree of freedom at 100²/12, n − 1 seen at the sample's variance 200."""
    assert spread([60.0, 80.0]) == pytest.approx((10000 / 12 + 200) / 2)


def call_scores(chance: np.random.Generator, rate: float, count: int) -> np.ndarray:
    """Scores as the core rubric gives them: five weights, a quarter not applicable. Shape (count,)."""
    weights = np.array([15, 10, 30, 30, 15.0])
    applies = chance.random((count, 5)) > 0.25
    applies[:, 0] = True
    met = chance.random((count, 5)) < rate
    return 100 * ((met & applies) @ weights) / (applies @ weights)


@pytest.mark.parametrize("rate", [0.5, 0.8, 0.93])
@pytest.mark.parametrize("count", [5, 10, 20])
def test_the_interval_of_a_mean_covers_the_truth_as_often_as_it_says(rate: float, count: int) -> None:
    chance = np.random.default_rng(7)
    truth = 100 * rate
    runs = 600
    covered = 0
    for _ in range(runs):
        interval = mean_score(list(call_scores(chance, rate, count))).interval
        assert interval is not None
        covered += interval.low <= truth <= interval.high
    assert covered / runs > 0.92


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("count", [5, 20, 100])
def test_the_interval_of_a_rate_covers_the_truth_as_often_as_it_says(rate: float, count: int) -> None:
    """Summed over the binomial distribution: exact, no simulation."""
    shares = stats.binom.pmf(np.arange(count + 1), count, rate)
    covered = sum(
        share
        for met, share in enumerate(shares)
        if (interval := wilson(met, count).interval) and interval.low <= rate <= interval.high
    )
    assert covered > 0.915


def test_nps_is_promoters_less_detractors() -> None:
    nps = promoter_score([10, 9, 8, 7, 6, 0])
    assert (nps.n, nps.promoters, nps.detractors, nps.value) == (6, 2, 2, 0)
    assert promoter_score([9, 10]).value == 100
    assert promoter_score([6, 3, 8, 10]).value == -25


def test_answers_have_students_interval_and_none_without_spread() -> None:
    answers = [3.0, 4.0, 5.0, 5.0, 2.0]
    low, high = stats.t.interval(0.95, 4, loc=np.mean(answers), scale=stats.sem(answers))
    interval = mean_answer(answers).interval
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((low, high))
    assert mean_answer([4.0, 4.0]).interval is None


def test_welch_is_scipys_when_there_are_many_calls() -> None:
    chance = np.random.default_rng(2)
    earlier, later = list(chance.normal(60, 12, 300)), list(chance.normal(63, 20, 200))
    expected = stats.ttest_ind(later, earlier, equal_var=False)
    interval, p_value = welch(earlier, later)
    low, high = expected.confidence_interval()
    assert p_value == pytest.approx(expected.pvalue, abs=2e-3)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.05)


def test_chance_alone_seldom_makes_a_change() -> None:
    chance = np.random.default_rng(11)
    runs = 500
    found = sum(
        welch(list(call_scores(chance, 0.8, 12)), list(call_scores(chance, 0.8, 15)))[1] < 0.05 for _ in range(runs)
    )
    assert 0 < found / runs < 0.075


@given(SCORES, SCORES)
def test_a_change_and_its_reverse_mirror_each_other(earlier: list[float], later: list[float]) -> None:
    there, p_there = welch(earlier, later)
    back, p_back = welch(later, earlier)
    assert p_there == pytest.approx(p_back)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert 0 <= p_there <= 1
    assert -inf < there.low < there.high < inf
