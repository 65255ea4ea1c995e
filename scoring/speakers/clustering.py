"""Points on the unit sphere into k groups, the same way every time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.audio.signal import FloatArray

_RESTARTS = 8
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Clusters:
    """Groups of points: a label for each point (n,), a unit centroid for each group (k, d)."""

    labels: NDArray[np.intp]
    centroids: FloatArray
    fit: float  # weighted sum of cosines between points and their centroids

    @property
    def closeness(self) -> float:
        """Cosine between the two nearest centroids; 1.0 when there is only one."""
        cosines = self.centroids @ self.centroids.T
        others = cosines[~np.eye(len(cosines), dtype=bool)]
        return float(others.max()) if others.size else 1.0


def k_means(points: FloatArray, weights: NDArray[np.float64], k: int) -> Clusters:
    """Spherical k-means with weights; starts from the points farthest apart, then from seeded random ones.

    Args:
        points: unit vectors (n, d), n >= k >= 1.
        weights: how much each point counts, (n,).
        k: number of groups; fewer come back when points coincide.
    """
    random = np.random.default_rng(0)
    starts = [_far_apart(points, weights, k)]
    starts += [random.choice(len(points), k, replace=False) for _ in range(_RESTARTS if k > 1 else 0)]
    found = [_settle(points, weights, points[start]) for start in starts]
    return max(found, key=lambda clusters: round(clusters.fit, 6))


def _far_apart(points: FloatArray, weights: NDArray[np.float64], k: int) -> NDArray[np.intp]:
    """The farthest pair, then again and again the point farthest from all chosen; light points only at need."""
    cosines = (points @ points.T).astype(np.float64)
    light = weights < np.median(weights)
    cosines = cosines + 2.0 * np.logical_or(light[:, None], light[None, :])
    first, second = np.unravel_index(cosines.argmin(), cosines.shape)
    chosen = [int(first), int(second)][:k]
    while len(chosen) < k:
        nearest = cosines[chosen].max(axis=0)
        nearest[chosen] = np.inf
        chosen.append(int(nearest.argmin()))
    return np.array(chosen, dtype=np.intp)


def _settle(points: FloatArray, weights: NDArray[np.float64], centroids: FloatArray) -> Clusters:
    labels = np.full(len(points), -1, dtype=np.intp)
    for _ in range(_ROUNDS):
        new = (points @ centroids.T).argmax(axis=1)
        if np.array_equal(new, labels):
            break
        labels = new
        centroids = _centroids(points, weights, labels)
        labels = np.unique(labels, return_inverse=True)[1]
    fit = float((weights * np.einsum("nd,nd->n", points, centroids[labels])).sum())
    return Clusters(labels, centroids, fit)


def _centroids(points: FloatArray, weights: NDArray[np.float64], labels: NDArray[np.intp]) -> FloatArray:
    heavy = points * weights[:, None]
    sums = np.stack([heavy[labels == label].sum(axis=0) for label in np.unique(labels)])
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12), dtype=np.float32)
