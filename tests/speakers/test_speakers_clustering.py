"""Grouping voices: the same every time, independent of order and scale of weights, right when groups are plain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scoring.speakers.clustering import k_means

Floats = NDArray[np.float32]


def unit(points: NDArray[np.floating]) -> Floats:
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


def blobs(sizes: tuple[int, ...], spread: float, seed: int = 0) -> tuple[Floats, NDArray[np.intp]]:
    random = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(sizes)), sizes)
    return unit(np.eye(12)[truth] + spread * random.standard_normal((len(truth), 12))), truth


def agreement(labels: NDArray[np.intp], truth: NDArray[np.intp]) -> float:
    return float(np.mean((labels[:, None] == labels[None]) == (truth[:, None] == truth[None])))


@pytest.mark.parametrize("sizes", [(20, 20), (50, 4), (10, 20, 30)])
def test_plain_groups_are_found(sizes: tuple[int, ...]) -> None:
    points, truth = blobs(sizes, 0.1)
    found = k_means(points, np.ones(len(points)), len(sizes))
    assert agreement(found.labels, truth) == 1.0
    assert found.closeness < 0.3


@given(st.integers(0, 50), st.permutations(range(24)))
def test_the_order_of_the_points_does_not_matter(seed: int, order: list[int]) -> None:
    points, _ = blobs((12, 12), 0.15, seed)
    weights = np.linspace(0.2, 1.0, 24)
    found, again = k_means(points, weights, 2), k_means(points[order], weights[order], 2)
    assert agreement(again.labels, found.labels[order]) == 1.0


def test_the_same_points_give_the_same_bytes() -> None:
    points, _ = blobs((15, 9), 0.5)
    one, two = (k_means(points, np.ones(24), 2) for _ in range(2))
    assert one.centroids.tobytes() == two.centroids.tobytes()
    assert one.labels.tolist() == two.labels.tolist()


@given(st.integers(1, 3), st.integers(0, 20))
def test_centroids_are_unit_vectors_and_every_point_is_at_its_nearest(k: int, seed: int) -> None:
    points, _ = blobs((8, 8, 8), 0.6, seed)
    found = k_means(points, np.ones(24), k)
    np.testing.assert_allclose(np.linalg.norm(found.centroids, axis=1), 1.0, rtol=1e-5)
    assert (points @ found.centroids.T).argmax(axis=1).tolist() == found.labels.tolist()
    assert found.fit <= 24 + 1e-6


def test_more_groups_never_fit_worse() -> None:
    points, _ = blobs((10, 10), 0.4)
    fits = [k_means(points, np.ones(20), k).fit for k in (1, 2, 3)]
    assert fits == sorted(fits)


def test_heavy_points_pull_the_centroid() -> None:
    points = unit(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert k_means(points, np.array([9.0, 1.0]), 1).centroids[0, 0] > 0.9


def test_equal_points_are_one_group() -> None:
    points = np.tile(unit(np.ones((1, 4))), (6, 1))
    found = k_means(points, np.ones(6), 2)
    assert len(found.centroids) == 1
    assert found.closeness == 1.0
