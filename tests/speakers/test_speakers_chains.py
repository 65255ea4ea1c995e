"""The best path and the posteriors agree with trying every path."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scoring.speakers.chains import best_path, posteriors, softmax

Chain = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
SCORES = st.floats(-8, 8)


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    n, k = draw(st.integers(1, 5)), draw(st.integers(1, 3))

    def table(*shape: int) -> NDArray[np.float64]:
        size = int(np.prod(shape))
        return np.array(draw(st.lists(SCORES, min_size=size, max_size=size)), dtype=np.float64).reshape(shape)

    return table(k), table(n - 1, k, k), table(n, k)


def total(chain: Chain, path: tuple[int, ...]) -> float:
    start, steps, seen = chain
    moves = sum(steps[at, path[at], path[at + 1]] for at in range(len(path) - 1))
    return float(start[path[0]] + moves + sum(seen[at, state] for at, state in enumerate(path)))


def every_path(chain: Chain) -> list[tuple[int, ...]]:
    n, k = chain[2].shape
    return list(product(range(k), repeat=n))


@given(chains())
def test_no_path_is_better_than_the_best(chain: Chain) -> None:
    found = tuple(int(state) for state in best_path(*chain))
    assert total(chain, found) == pytest.approx(max(total(chain, path) for path in every_path(chain)))


@given(chains())
def test_posteriors_are_those_of_all_paths_together(chain: Chain) -> None:
    paths = every_path(chain)
    scores = np.array([total(chain, path) for path in paths])
    likelihood = np.log(np.exp(scores - scores.max()).sum()) + scores.max()
    expected = np.zeros(chain[2].shape)
    for path, score in zip(paths, scores, strict=True):
        for at, state in enumerate(path):
            expected[at, state] += np.exp(score - likelihood)
    chances, found = posteriors(*chain)
    assert found == pytest.approx(likelihood)
    np.testing.assert_allclose(chances, expected, atol=1e-9)
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)


def test_nothing_seen_has_an_empty_path() -> None:
    empty = np.zeros((0, 2)), np.zeros((0, 2, 2))
    assert best_path(np.zeros(2), empty[1], empty[0]).shape == (0,)
    chances, likelihood = posteriors(np.zeros(2), empty[1], empty[0])
    assert chances.shape == (0, 2)
    assert likelihood == 0.0


def test_equal_paths_take_the_lower_state() -> None:
    assert best_path(np.zeros(3), np.zeros((3, 3, 3)), np.zeros((4, 3))).tolist() == [0, 0, 0, 0]


def test_a_cost_of_switching_smooths_a_blip() -> None:
    seen = np.log(np.array([[0.9, 0.1]] * 3 + [[0.4, 0.6]] + [[0.9, 0.1]] * 3))
    sticky = np.tile(-3.0 * (1 - np.eye(2)), (6, 1, 1))
    assert best_path(np.zeros(2), np.zeros((6, 2, 2)), seen).tolist() == [0, 0, 0, 1, 0, 0, 0]
    assert best_path(np.zeros(2), sticky, seen).tolist() == [0] * 7


@given(st.lists(st.floats(-500, 500), min_size=1, max_size=6))
def test_softmax_keeps_the_order_and_sums_to_one(scores: list[float]) -> None:
    chances = softmax(np.array(scores))
    assert chances.sum() == pytest.approx(1.0)
    assert chances[int(np.argmax(scores))] == chances.max()
