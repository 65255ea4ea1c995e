"""Intervals at 95 %, each with the source of its formula."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, variance

from scoring.scorecard.types import Interval, Mean, Nps, Rate

Z_95 = 1.959963984540054  # the 0.975 quantile of the standard normal distribution
TOP_SCORE = 100.0
# The spread of scores that lie evenly over 0..100: what is assumed, with the weight of one call, before any is seen.
PRIOR_VARIANCE = TOP_SCORE**2 / 12


def wilson(met: int, judged: int) -> Rate:
    """Return a rate with Wilson's score interval.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", J. Am. Stat. Assoc.
    22 (1927) 209–212; recommended for small n by Brown, Cai and DasGupta, Statistical Science 16 (2001) 101–133.
    """
    if judged == 0:
        return Rate(met=0, judged=0, value=None, interval=None)
    share, z2 = met / judged, Z_95**2
    centre = (share + z2 / (2 * judged)) / (1 + z2 / judged)
    half = Z_95 * sqrt(share * (1 - share) / judged + z2 / (4 * judged**2)) / (1 + z2 / judged)
    low = 0.0 if met == 0 else max(0.0, centre - half)
    high = 1.0 if met == judged else min(1.0, centre + half)
    return Rate(met=met, judged=judged, value=share, interval=Interval(low, high))


def spread(scores: Sequence[float]) -> float:
    """Return the variance of scores in 0..100, never zero; it has `len(scores)` degrees of freedom.

    Normal model with a scaled inverse chi-squared prior of one degree of freedom (Gelman et al., Bayesian Data
    Analysis, 3rd ed., section 3.3). Two calls that happen to score alike do not make an interval of no width.
    """
    seen = variance(scores) if len(scores) > 1 else 0.0
    return (PRIOR_VARIANCE + (len(scores) - 1) * seen) / len(scores)


def mean_score(scores: Sequence[float]) -> Mean:
    """Return the mean of scores in 0..100 with a t interval clipped to 0..100; None for fewer than two scores.

    Source: as for `spread`; with more than a few calls it is Student's t interval.
    """
    count = len(scores)
    if count == 0:
        return Mean(n=0, value=None, interval=None)
    mean = fmean(scores)
    if count == 1:
        return Mean(n=1, value=mean, interval=None)
    half = t_quantile(count) * sqrt(spread(scores) / count)
    return Mean(n=count, value=mean, interval=Interval(max(0.0, mean - half), min(TOP_SCORE, mean + half)))


def mean_answer(answers: Sequence[float]) -> Mean:
    """Return the mean of customers' answers with Student's t interval; None where nothing can be said of the spread."""
    count = len(answers)
    if count == 0:
        return Mean(n=0, value=None, interval=None)
    mean = fmean(answers)
    deviation = sqrt(variance(answers)) if count > 1 else 0.0
    if deviation == 0:
        return Mean(n=count, value=mean, interval=None)
    half = t_quantile(count - 1) * deviation / sqrt(count)
    return Mean(n=count, value=mean, interval=Interval(mean - half, mean + half))


def promoter_score(answers: Sequence[int]) -> Nps:
    """Return the net promoter score of answers 0..10.

    Source: F. Reichheld, "The one number you need to grow", Harvard Business Review 81 (2003) 46–54.
    """
    promoters = sum(answer >= 9 for answer in answers)
    detractors = sum(answer <= 6 for answer in answers)
    value = 100 * (promoters - detractors) / len(answers) if answers else None
    return Nps(n=len(answers), promoters=promoters, detractors=detractors, value=value)


def welch(earlier: Sequence[float], later: Sequence[float]) -> tuple[Interval, float]:
    """Return the 95 % interval of `mean(later) − mean(earlier)` and the two-sided p value; each needs two scores.

    Source: B. L. Welch, Biometrika 34 (1947) 28–35, with the variances and degrees of freedom of `spread`.
    """
    from scipy.special import stdtr

    parts = [spread(scores) / len(scores) for scores in (earlier, later)]
    error = sqrt(sum(parts))
    freedom = sum(parts) ** 2 / sum(part**2 / len(scores) for part, scores in zip(parts, (earlier, later), strict=True))
    difference = fmean(later) - fmean(earlier)
    half = t_quantile(freedom) * error
    p_value = 2 * float(stdtr(freedom, -abs(difference) / error))
    return Interval(difference - half, difference + half), p_value


def t_quantile(freedom: float) -> float:
    """Return the 0.975 quantile of Student's t distribution."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.975))
