"""What a sound is in callscore, and how loud it is over time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

SAMPLE_RATE = 16_000  # samples per second of everything after decoding: what Whisper and Silero were trained on
SILENCE_DB = -90.3  # one step of 16-bit audio; nothing quieter is told apart


def frame_levels(samples: FloatArray, size: int) -> FloatArray:
    """Level of each frame of `size` samples in dBFS, its constant offset taken out, shape (ceil(n_samples / size),).

    Works through long recordings in blocks, so that three hours need no second copy of the audio.
    """
    count = -(-len(samples) // size)
    levels = np.full(count, SILENCE_DB, dtype=np.float32)
    step = max(1, 1_000_000 // size)
    for first in range(0, count, step):
        block = samples[first * size : (first + step) * size]
        if not block.any():
            continue
        whole = np.pad(block, (0, -len(block) % size)).reshape(-1, size)
        levels[first : first + len(whole)] = decibels(np.var(whole, axis=1, dtype=np.float64))
    return levels


def decibels(power: NDArray[np.float64]) -> FloatArray:
    """Mean square (1.0 is full scale) as dBFS, never below `SILENCE_DB`."""
    return np.asarray(np.maximum(10 * np.log10(np.maximum(power, 1e-12)), SILENCE_DB), dtype=np.float32)


def runs(mask: BoolArray) -> list[tuple[int, int]]:
    """Return (first, end) of every stretch of True; `end` is one past the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]
