"""How far a machine's probabilities can be trusted: what asking a person saves, and whether 0.8 means eight in ten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil, fsum

MOST_POINTS = 100  # of a curve; a longer one is thinned
BINS = 10  # of equal width over 0..1, as is usual for the expected calibration error


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the machine: the probability it gave, whether it asked for a person, whether it was right."""

    probability: float
    unsure: bool
    right: bool


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """The error that is left in the answers kept, when the least sure rest go to a person."""

    coverage: float  # share of answers kept, over 0 up to 1
    error: float  # share of wrong ones among them


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """The curve from few answers kept to all; `area` is the mean error over all coverages, 0 for a perfect order."""

    points: tuple[CoveragePoint, ...]
    area: float | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about one probability: what was promised and what came true."""

    low: float
    high: float
    n: int
    probability: float  # mean
    right: float  # share


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of the probability that the value given is right. Both figures are 0 at best."""

    brier: float | None  # mean squared distance of probability and truth
    ece: float | None  # expected calibration error: mean distance of the bins, weighed by their answers
    bins: tuple[Bin, ...]  # those that hold answers


def risk_coverage(answers: Sequence[Answer]) -> RiskCoverage:
    """Return the risk–coverage curve; those marked unsure go first, then by probability.

    Answers that are equally sure leave together: within them the error is the one expected of any order, so that the
    order of calls changes nothing.
    Source: R. El-Yaniv and Y. Wiener, On the foundations of noise-free selective classification, JMLR 11 (2010).
    """
    ranked = sorted(answers, key=_surest_first)
    errors: list[float] = []
    kept, wrong = 0, 0.0
    for _, group in groupby(ranked, key=_surest_first):
        tied = [not one.right for one in group]
        errors += [(wrong + step * sum(tied) / len(tied)) / (kept + step) for step in range(1, len(tied) + 1)]
        kept, wrong = kept + len(tied), wrong + sum(tied)
    places = [*dict.fromkeys(ceil(kept * step / MOST_POINTS) for step in range(1, MOST_POINTS + 1))] if kept else []
    points = tuple(CoveragePoint(place / kept, errors[place - 1]) for place in places)
    return RiskCoverage(points, fsum(errors) / kept if kept else None)


def calibration(answers: Sequence[Answer]) -> Calibration:
    """Return Brier score, expected calibration error and the bins of the reliability plot.

    Sources: G. W. Brier, Mon. Weather Rev. 78 (1950); C. Guo et al., On calibration of modern neural networks,
    ICML (2017).
    """
    n = len(answers)
    if not n:
        return Calibration(None, None, ())
    brier = fsum((one.probability - one.right) ** 2 for one in answers) / n
    inside: dict[int, list[Answer]] = {}
    for one in answers:
        inside.setdefault(min(BINS - 1, int(one.probability * BINS)), []).append(one)
    bins = tuple(_bin(place, inside[place]) for place in sorted(inside))
    return Calibration(brier, fsum(one.n * abs(one.probability - one.right) for one in bins) / n, bins)


def _surest_first(answer: Answer) -> tuple[bool, float]:
    return answer.unsure, -answer.probability


def _bin(place: int, answers: Sequence[Answer]) -> Bin:
    n = len(answers)
    probability = fsum(one.probability for one in answers) / n
    return Bin(place / BINS, (place + 1) / BINS, n, probability, sum(one.right for one in answers) / n)
