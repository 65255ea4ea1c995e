"""Agreement beyond chance from tables of counts, with bootstrap intervals over calls.

A table has people's values in its rows and the machine's in its columns, both in one order: shape (k, k), or
(resamples, k, k).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

RESAMPLES = 2000  # of the bootstrap; the ends of a 95 % interval then move by about 1 % of its width
LEVEL = 0.95
SEED = 20_251  # fixed, so that the same calls give the same bytes
_BATCH = 250  # resamples at a time, to bound the memory of large files


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; None where it is not defined, such as a kappa where all give one answer."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Chance:
    """How far two agree, and how far beyond chance."""

    agreement: Estimate
    kappa: Estimate
    ac1: Estimate


def tabulate(people: Sequence[str], machine: Sequence[str], values: Sequence[str]) -> Counts:
    """Count pairs: shape (k, k) for k values.

    Raises:
        ValueError: the two did not judge the same number of things, or gave a value that is not among `values`.
    """
    if len(people) != len(machine):
        raise ValueError(f"two raters must rate the same things: {len(people)} against {len(machine)}")
    k = len(values)
    cells = [values.index(one) * k + values.index(other) for one, other in zip(people, machine, strict=True)]
    return np.bincount(np.array(cells, dtype=np.int64), minlength=k * k).reshape(k, k).astype(np.int64)


def agreements(tables: Counts) -> Floats:
    """The share of equal values; NaN for an empty table. Shape (…, k, k) to (…)."""
    return _ratio(_diagonal(tables), tables.sum((-2, -1)))


def kappas(tables: Counts) -> Floats:
    """Cohen's kappa, (…, k, k) to (…); NaN where chance alone would give full agreement.

    Source: J. Cohen, A coefficient of agreement for nominal scales, Educ. Psychol. Meas. 20 (1960).
    """
    n = tables.sum((-2, -1))
    by_chance = (tables.sum(-1) * tables.sum(-2)).sum(-1)  # times n²: whole numbers, so that 1 is exactly 1
    return _ratio(n * _diagonal(tables) - by_chance, n * n - by_chance)


def ac1s(tables: Counts) -> Floats:
    """Gwet's AC1, (…, k, k) to (…); NaN for an empty table.

    A table of one value is taken as one of two of which the other never came.
    Source: K. L. Gwet, Computing inter-rater reliability and its variance in the presence of high agreement,
    Br. J. Math. Stat. Psychol. 61 (2008).
    """
    n = tables.sum((-2, -1))
    share = _ratio(tables.sum(-1) + tables.sum(-2), 2 * n[..., None])
    by_chance = (share * (1 - share)).sum(-1) / max(1, tables.shape[-1] - 1)
    observed = agreements(tables)
    return np.asarray((observed - by_chance) / (1 - by_chance), dtype=np.float64)


def chance_corrected(people: Sequence[str], machine: Sequence[str], values: Sequence[str]) -> Chance:
    """Agreement, kappa and AC1 with percentile bootstrap intervals; calls are drawn again, with replacement.

    Resamples in which a figure is not defined are left out of its interval. Fewer than two calls give none.
    """
    table = tabulate(people, machine, values)
    if not len(people):
        return Chance(Estimate(None), Estimate(None), Estimate(None))
    k = len(values)
    pairs = zip(people, machine, strict=True)
    # sorted: the order in which calls stand in a file changes no interval
    cells = np.sort([values.index(one) * k + values.index(other) for one, other in pairs])
    made = np.stack([agreements(table), kappas(table), ac1s(table)])

    def again(drawn: NDArray[np.intp]) -> Floats:
        tables = _tables(cells[drawn], k)
        return np.stack([agreements(tables), kappas(tables), ac1s(tables)])

    agreement, kappa, ac1 = estimates(made, len(cells), again)
    return Chance(agreement, kappa, ac1)


def estimates(values: Floats, n: int, again: Callable[[NDArray[np.intp]], Floats]) -> list[Estimate]:
    """Give each figure its interval.

    Args:
        values: the figures, shape (figures,).
        n: calls they rest on.
        again: the figures of drawn calls, (resamples, n) indexes to (figures, resamples).
    """
    if n < 2:
        return [Estimate(_number(value)) for value in values]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # of its own interval, which keeps what is NaN
        drawn = stats.bootstrap(
            (np.arange(n),),
            lambda index, axis: again(np.atleast_2d(index)),  # noqa: ARG005  scipy names it
            n_resamples=RESAMPLES,
            batch=_BATCH,
            vectorized=True,
            method="percentile",
            rng=np.random.default_rng(SEED),
        ).bootstrap_distribution
    return [_estimate(value, row[~np.isnan(row)]) for value, row in zip(values, drawn, strict=True)]


def _estimate(value: float, drawn: Floats) -> Estimate:
    if np.isnan(value) or not drawn.size:
        return Estimate(_number(value))
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(float(value), float(low), float(high))


def _tables(cells: NDArray[np.int64], k: int) -> Counts:
    """Cells of resamples, (resamples, n), to tables, (resamples, k, k)."""
    tables = np.zeros((len(cells), k * k), dtype=np.int64)
    for cell in np.unique(cells):
        tables[:, cell] = (cells == cell).sum(-1)
    return tables.reshape(-1, k, k)


def _diagonal(tables: Counts) -> Counts:
    return np.asarray(np.trace(tables, axis1=-2, axis2=-1))


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _ratio(above: NDArray[np.int64], below: NDArray[np.int64]) -> Floats:
    above, below = np.broadcast_arrays(above, below)
    made = np.full(above.shape, np.nan)
    np.divide(above, below, out=made, where=below != 0)
    return made
