"""Sequences of hidden states: the best path, and each state's probability. All scores are natural logarithms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]


def best_path(start: Scores, steps: Scores, seen: Scores) -> NDArray[np.intp]:
    """Viterbi: the states (n,) with the highest sum of scores; the lower state where two are equal.

    Args:
        start: score of each first state, (k,).
        steps: score of going from one state to the next, (n - 1, k, k) as [step, from, to].
        seen: score of what was seen at each place, (n, k).
    """
    count = len(seen)
    if not count:
        return np.zeros(0, dtype=np.intp)
    score = start + seen[0]
    came_from = np.zeros(seen.shape, dtype=np.intp)
    for at in range(1, count):
        ways = score[:, None] + steps[at - 1]
        came_from[at] = ways.argmax(axis=0)
        score = ways.max(axis=0) + seen[at]
    path = np.zeros(count, dtype=np.intp)
    path[-1] = score.argmax()
    for at in range(count - 1, 0, -1):
        path[at - 1] = came_from[at, path[at]]
    return path


def posteriors(start: Scores, steps: Scores, seen: Scores) -> tuple[Scores, float]:
    """Forward and backward: probability of each state at each place (n, k), and the log-likelihood of all of it.

    Args are those of `best_path`.
    """
    count = len(seen)
    if not count:
        return np.zeros((0, len(start))), 0.0
    forward, backward = np.zeros(seen.shape), np.zeros(seen.shape)
    forward[0] = start + seen[0]
    for at in range(1, count):
        forward[at] = _log_sum(forward[at - 1][:, None] + steps[at - 1], 0) + seen[at]
    for at in range(count - 2, -1, -1):
        backward[at] = _log_sum(steps[at] + (seen[at + 1] + backward[at + 1])[None, :], 1)
    total = float(_log_sum(forward[-1], 0))
    return np.exp(forward + backward - total), total


def softmax(scores: Scores) -> Scores:
    """Scores (k,) as probabilities (k,)."""
    weights = np.exp(scores - scores.max())
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _log_sum(scores: Scores, axis: int) -> Scores:
    top = scores.max(axis=axis, keepdims=True)
    total = np.log(np.exp(scores - top).sum(axis=axis)) + top.squeeze(axis)
    return np.asarray(total, dtype=np.float64)
