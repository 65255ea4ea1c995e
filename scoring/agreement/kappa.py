"""Agreement beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence


def cohen_kappa(one: Sequence[Hashable], other: Sequence[Hashable]) -> float | None:
    """Cohen's kappa of two raters over the same things, at most 1; 0 is what chance would give.

    None where it is not defined: nothing was rated, or both raters gave one and the same answer throughout.
    Source: J. Cohen, A coefficient of agreement for nominal scales, Educ. Psychol. Meas. 20 (1960).

    Raises:
        ValueError: the raters did not rate the same number of things.
    """
    if len(one) != len(other):
        raise ValueError(f"two raters must rate the same things: {len(one)} against {len(other)}")
    n = len(one)
    if n == 0:
        return None
    observed = sum(a == b for a, b in zip(one, other, strict=True)) / n
    first, second = Counter(one), Counter(other)
    expected = sum(first[answer] * second[answer] for answer in first) / n**2
    return None if expected == 1 else (observed - expected) / (1 - expected)
