"""Speech packed into windows that fill Whisper's 30 s, with the way back to the recording's clock.

All positions are whole samples at 16 kHz, so that the map is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.audio.signal import SAMPLE_RATE, FloatArray, Samples, frame_levels
from scoring.audio.voice import Region

WINDOW = 30 * SAMPLE_RATE  # samples the encoder takes
LONGEST = 28 * SAMPLE_RATE  # of speech in one window: Whisper tends to lose words at the very end of 30 s
GAP = SAMPLE_RATE // 2  # silence put between pieces; pauses up to this are kept as they are
_FRAME = SAMPLE_RATE // 50  # 20 ms
_QUIET_SPAN = 5  # frames: a cut needs about 100 ms of quiet around it

Span = tuple[int, int]  # first sample, one past the last


@dataclass(frozen=True, slots=True)
class Piece:
    """An unbroken stretch of a channel: samples `start` to `end` of the recording lie from `at` in the window."""

    start: int
    end: int
    at: int

    @property
    def until(self) -> int:
        """One past the last sample in the window."""
        return self.at + self.end - self.start

    def clamp(self, sample: int) -> int:
        """The recording's sample for a sample of the window, the nearest one of this piece if it lies outside."""
        return self.start + min(max(sample - self.at, 0), self.end - self.start)


@dataclass(frozen=True, slots=True)
class Window:
    """What the engine hears at once: pieces of one channel, in order, with silence between them."""

    channel: int
    pieces: tuple[Piece, ...]

    @property
    def length(self) -> int:
        """Samples from the window's start to the end of its last piece."""
        return self.pieces[-1].until

    def audio(self, samples: Samples) -> FloatArray:
        """The window's sound, cut out of its channel, shape (480000,)."""
        sound = np.zeros(WINDOW, dtype=np.float32)
        for piece in self.pieces:
            sound[piece.at : piece.until] = samples[piece.start : piece.end]
        return sound

    def piece_of(self, sample: int) -> Piece:
        """The piece that holds a sample of the window; the nearest one, rather the earlier, when it falls between."""
        return min(self.pieces, key=lambda piece: (max(piece.at - sample, sample - piece.until + 1, 0), piece.at))


def spans_of(regions: Iterable[Region], n_samples: int) -> tuple[Span, ...]:
    """Regions in seconds as spans in samples, inside the recording and in order; overlapping ones become one."""
    spans: list[Span] = []
    for region in sorted(regions, key=lambda region: (region.start, region.end)):
        start = max(0, round(region.start * SAMPLE_RATE))
        end = min(n_samples, round(region.end * SAMPLE_RATE))
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        elif end > start:
            spans.append((start, end))
    return tuple(spans)


def pack(samples: Samples, spans: Sequence[Span], channel: int = 0) -> tuple[Window, ...]:
    """Fill windows with spans in order. Spans longer than a window are cut where the sound is quietest."""
    windows: list[Window] = []
    pieces: list[Piece] = []
    for start, end in cut(samples, join(spans)):
        at = pieces[-1].until + GAP if pieces else 0
        if at + end - start > LONGEST:
            windows.append(Window(channel, tuple(pieces)))
            pieces, at = [], 0
        pieces.append(Piece(start, end, at))
    if pieces:
        windows.append(Window(channel, tuple(pieces)))
    return tuple(windows)


def join(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Take spans together whose pause is no longer than the silence that would be put between them."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= GAP and end - joined[-1][0] <= LONGEST:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def cut(samples: Samples, spans: Iterable[Span], longest: int = LONGEST) -> tuple[Span, ...]:
    """Cut spans that are longer than `longest` samples, each time in the second half of what still fits."""
    cuts: list[Span] = []
    for first, end in spans:
        start = first
        while end - start > longest:
            middle = quietest(samples, start + longest // 2, start + longest)
            cuts.append((start, middle))
            start = middle
        cuts.append((start, end))
    return tuple(cuts)


def quietest(samples: Samples, first: int, end: int) -> int:
    """The sample between `first` and `end` around which about 100 ms are the quietest; the latest such."""
    levels = frame_levels(samples[first:end], _FRAME)
    if len(levels) <= _QUIET_SPAN:
        return (first + end) // 2
    around = np.convolve(levels, np.ones(_QUIET_SPAN) / _QUIET_SPAN, mode="valid")
    latest = len(around) - 1 - int(np.argmin(around[::-1]))
    return min(end, first + latest * _FRAME + _QUIET_SPAN * _FRAME // 2)
