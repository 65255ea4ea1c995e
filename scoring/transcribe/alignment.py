"""When each token was spoken, out of the decoder's cross-attention.

The idea is that of the Whisper paper's word times (arXiv:2212.04356; openai-whisper `timing.py`): a few attention heads
follow the sound as the text goes on, and dynamic time warping draws the line through them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FRAME_SECONDS = 0.02  # one column of the encoder's output
_MEDIAN = 7  # frames, as in openai-whisper
_DIAGONAL, _UP, _LEFT = 0, 1, 2


@dataclass(frozen=True, slots=True)
class TokenTimes:
    """Times in seconds from the start of the window, both of shape (n_tokens,) and never falling."""

    starts: NDArray[np.float64]
    peaks: NDArray[np.float64]  # where the token was attended to most: surely inside it, also after a pause


def token_times(scores: Floats | NDArray[np.float16], n_frames: int) -> TokenTimes:
    """Return when each token begins and when it is at its clearest.

    Args:
        scores: cross-attention before its softmax, shape (n_heads, n_tokens, n_audio_ctx); row i was seen when token i
            was predicted. The last row belongs to the end of the text, so its time is where the last word ends.
        n_frames: columns that hold sound; the rest is padding.
    """
    matrix: Floats = _sharpened(scores[:, :, : max(1, n_frames)].astype(np.float32))
    rows, columns = warp(-matrix)
    firsts = np.flatnonzero(np.concatenate(([True], np.diff(rows) > 0)))
    best = [
        columns[first + np.argmax(matrix[rows[first:end], columns[first:end]])]
        for first, end in zip(firsts, [*firsts[1:], len(rows)], strict=True)
    ]
    return TokenTimes(columns[firsts].astype(np.float64) * FRAME_SECONDS, np.array(best, np.float64) * FRAME_SECONDS)


def _sharpened(scores: Floats) -> Floats:
    """Attention, each frame standardised over tokens, smoothed, mean over heads; shape (n_tokens, n_frames)."""
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    spread = weights.std(axis=-2, keepdims=True)
    weights = (weights - weights.mean(axis=-2, keepdims=True)) / np.maximum(spread, 1e-9)
    mean: Floats = _smoothed(weights).mean(axis=0)
    return mean


def _smoothed(values: Floats) -> Floats:
    """Running median over the last axis, mirrored at the ends."""
    half = _MEDIAN // 2
    if values.shape[-1] <= half:
        return values
    padded = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(half, half)], mode="reflect")
    shifted = [padded[..., shift : shift + values.shape[-1]].copy() for shift in range(_MEDIAN)]
    return _middle(shifted)


def _middle(values: list[Floats]) -> Floats:
    """Elementwise median of an odd number of arrays; they are used up. A few bubbles are cheaper than a sort."""
    for settled in range(len(values) // 2 + 1):
        for index in range(len(values) - 1 - settled):
            low = np.minimum(values[index], values[index + 1])
            np.maximum(values[index], values[index + 1], out=values[index + 1])
            values[index] = low
    return values[len(values) // 2]


def warp(cost: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Dynamic time warping: the cheapest path from the first to the last cell by steps right, down or both.

    Worked out one anti-diagonal at a time, so that numpy does all cells of it at once.

    Args:
        cost: shape (n_rows, n_columns), both at least 1.

    Returns:
        Rows and columns of the path's cells, in order.
    """
    n_rows, n_columns = cost.shape
    steps = np.zeros((n_rows + n_columns - 1, n_rows), dtype=np.int8)  # by anti-diagonal and row
    before = np.full(n_rows + 1, np.inf)  # two diagonals back, shifted: index r + 1 is row r
    last = np.full(n_rows + 1, np.inf)
    before[0] = 0.0  # the way into the first cell
    for diagonal in range(n_rows + n_columns - 1):
        first, end = max(0, diagonal - n_columns + 1), min(diagonal + 1, n_rows)
        rows = np.arange(first, end)
        ways = np.stack((before[rows], last[rows], last[rows + 1]))  # from diagonal, from above, from the left
        best = np.argmin(ways, axis=0)
        now = np.full(n_rows + 1, np.inf)
        now[rows + 1] = ways[best, rows - first] + cost[rows, diagonal - rows]
        steps[diagonal, rows] = best
        before, last = last, now
    return _walk_back(steps, n_rows, n_columns)


def _walk_back(steps: NDArray[np.int8], n_rows: int, n_columns: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    row, column = n_rows - 1, n_columns - 1
    path = [(row, column)]
    while row or column:
        step = steps[row + column, row]
        row -= step != _LEFT
        column -= step != _UP
        path.append((row, column))
    rows, columns = np.array(path[::-1], dtype=np.int64).T
    return rows, columns
