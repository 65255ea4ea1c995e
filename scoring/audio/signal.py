"""What a sound is in callscore, and how loud it is over time."""

from __future__ import annotations

import os
import tempfile
import weakref
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from scoring.errors import TransientError

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

FULL_SCALE = 32_768  # of 16-bit samples
SAMPLE_RATE = 16_000  # samples per second of everything after decoding: what Whisper and Silero were trained on
SILENCE_DB = -90.3  # one step of 16-bit audio; nothing quieter is told apart


class Spilled:
    """Samples in an unnamed temporary file, which the system removes with the last of its users, however they end."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="callscore-")  # noqa: SIM115 — lives as long as this
        weakref.finalize(self, self._file.close)
        self._count = 0

    def append(self, samples: NDArray[np.int16]) -> None:
        """Put samples at the end.

        Raises:
            TransientError: there is no room for them.
        """
        try:
            self._file.write(samples.tobytes())
            self._file.flush()
        except OSError as error:
            raise TransientError(
                f"A long recording cannot be held in {tempfile.gettempdir()} ({error.strerror}).",
                hint="Free some space there, or set TMPDIR to another folder.",
            ) from None
        self._count += len(samples)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, part: slice) -> NDArray[np.int16]:
        first, end, _ = part.indices(self._count)
        wanted = max(0, end - first) * 2
        read = b""
        while len(read) < wanted:  # the system may give less than asked for at once
            read += os.pread(self._file.fileno(), wanted - len(read), first * 2 + len(read))
        return np.frombuffer(read, dtype=np.int16)


class Sound:
    """One channel of a recording, kept in 16 bits. A slice of it is float32 in [-1, 1].

    Args:
        kept: int16, shape (n_samples,), at `SAMPLE_RATE`; in memory, or out of a file.
        gain: by which slices are made louder; what would go beyond full scale is cut off.
    """

    def __init__(self, kept: NDArray[np.int16] | Spilled, gain: float = 1.0) -> None:
        self._kept, self._gain = kept, gain

    def __len__(self) -> int:
        return len(self._kept)

    def __getitem__(self, part: slice) -> FloatArray:
        values = self._kept[part].astype(np.float32)
        values *= np.float32(self._gain / FULL_SCALE)
        return values if self._gain <= 1 else np.clip(values, -1, 1, out=values)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """All of it at once, for numpy: four bytes a sample."""
        return self[:].astype(dtype or np.float32, copy=False)

    @property
    def nbytes(self) -> int:
        """Memory that it keeps, with the room of a buffer that it does not fill."""
        if isinstance(self._kept, Spilled):
            return 0
        whole = self._kept if self._kept.base is None else self._kept.base
        return int(whole.nbytes)

    def louder(self, gain: float) -> Sound:
        """The same sound, `gain` times as loud; nothing is copied."""
        return Sound(self._kept, self._gain * gain)


Samples = FloatArray | Sound  # mono at `SAMPLE_RATE`, shape (n_samples,); slices are float32 in [-1, 1]


def louder(samples: Samples, gain: float) -> Samples:
    """Bring sound up by a factor; what would go beyond full scale is cut off."""
    if isinstance(samples, Sound):
        return samples.louder(gain)
    raised = np.asarray(samples * np.float32(gain), dtype=np.float32)
    return np.clip(raised, -1, 1, out=raised)


def frame_levels(samples: Samples, size: int, first: int = 0, length: int | None = None) -> FloatArray:
    """Level of each frame of `size` samples in dBFS, its constant offset taken out, shape (ceil(n_samples / size),).

    Works through long recordings in blocks, so that three hours need no second copy of the audio.

    Args:
        samples: the sound.
        size: samples of a frame.
        first: sample from which on it is looked at.
        length: how many samples are; None: to the end.
    """
    end = len(samples) if length is None else min(len(samples), first + length)
    count = -(-max(0, end - first) // size)
    levels = np.full(count, SILENCE_DB, dtype=np.float32)
    step = max(1, 1_000_000 // size)
    for at in range(0, count, step):
        block = samples[first + at * size : min(end, first + (at + step) * size)]
        if not block.any():
            continue
        whole = np.pad(block, (0, -len(block) % size)).reshape(-1, size)
        levels[at : at + len(whole)] = decibels(np.var(whole, axis=1, dtype=np.float64))
    return levels


def decibels(power: NDArray[np.float64]) -> FloatArray:
    """Mean square (1.0 is full scale) as dBFS, never below `SILENCE_DB`."""
    return np.asarray(np.maximum(10 * np.log10(np.maximum(power, 1e-12)), SILENCE_DB), dtype=np.float32)


def runs(mask: BoolArray) -> list[tuple[int, int]]:
    """Return (first, end) of every stretch of True; `end` is one past the last."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).astype(np.int8)))
    return [(int(first), int(end)) for first, end in zip(edges[::2], edges[1::2], strict=True)]
