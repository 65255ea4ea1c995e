"""Word edges set to where the sound begins and ends.

Attention finds the middle of a word well and its edges badly: after a pause it begins too early, before one it ends too
early. Measured against human turn times on four telephone calls, the level brings the median error from 0.19 s
(starts) and 0.15 s (ends) to 0.03 s and 0.02 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np

from scoring.audio.signal import SAMPLE_RATE, FloatArray, Samples, frame_levels, runs
from scoring.audio.voice import HEARD_DB
from scoring.calls import Word

_FRAME = SAMPLE_RATE // 100  # 10 ms
_PER_SECOND = SAMPLE_RATE // _FRAME
_AROUND = 1.0  # seconds on both sides in which the background is looked for
_FALL_DB = 30.0  # under a word's peak its sound is over …
_RISE = 0.25  # … or when it is so near the background, as a share of the way from there to the peak
_REACH = 0.4  # seconds an end may move later
_DIP = 0.08  # seconds of quiet inside a word, as before a "t" or "k"
_TAIL = 0.15  # seconds of sound before a pause inside a word that may be the end of the word before …
_PAUSE = 0.15  # … when the pause is at least so long: no closure of a "t" or "k" is
_LEAST = 0.02  # seconds, the shortest word


def audible(words: Sequence[Word], samples: Samples) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
    """Part words into those with sound in or next to them, and those in silence."""
    levels = frame_levels(samples, _FRAME)
    around = _PER_SECOND // 10
    kept: list[Word] = []
    dropped: list[Word] = []
    for word in words:
        first, end = _frames(word, len(levels))
        heard = levels[max(0, first - around) : end + around]
        (kept if len(heard) and heard.max() > HEARD_DB else dropped).append(word)
    return tuple(kept), tuple(dropped)


def tighten(words: Sequence[Word], samples: Samples) -> tuple[Word, ...]:
    """Move the edges of words, in the order they were spoken, to the edges of their sound; never over another word."""
    if not words:
        return ()
    levels = frame_levels(samples, _FRAME)
    floors = [_floor(word, levels) for word in words]
    starts = list(accumulate((_start(*each, levels) for each in zip(words, floors, strict=True)), max))
    limits = [*starts[1:], len(samples) / SAMPLE_RATE]
    tightened: list[Word] = []
    for word, floor, start, limit in zip(words, floors, starts, limits, strict=True):
        end = max(_end(word, levels, floor, limit), start + _LEAST)
        tightened.append(replace(word, start=round(start, 3), end=round(end, 3)))
    return tuple(tightened)


def _frames(word: Word, n_frames: int) -> tuple[int, int]:
    first = min(int(word.start * _PER_SECOND), n_frames - 1)
    return first, max(first + 1, min(int(np.ceil(word.end * _PER_SECOND)), n_frames))


def _floor(word: Word, levels: FloatArray) -> float:
    """The level in dBFS above which a word sounds."""
    first, end = _frames(word, len(levels))
    around = int(_AROUND * _PER_SECOND)
    peak = float(levels[first:end].max())
    background = float(np.percentile(levels[max(0, first - around) : end + around], 10))
    return max(peak - _FALL_DB, background + _RISE * (peak - background))


def _start(word: Word, floor: float, levels: FloatArray) -> float:
    """The first sound inside the word; after the pause, where the word before sounds on before a pause."""
    first, end = _frames(word, len(levels))
    sounding = runs(levels[first:end] >= floor)
    begin = sounding[0][0] if sounding else 0
    if len(sounding) > 1:
        tail, after = sounding[0], sounding[1]
        short = (tail[1] - tail[0]) <= _TAIL * _PER_SECOND and tail[0] <= 1
        if short and after[0] - tail[1] >= _PAUSE * _PER_SECOND:
            begin = after[0]
    return max(word.start, (first + begin) / _PER_SECOND)


def _end(word: Word, levels: FloatArray, floor: float, limit: float) -> float:
    """The end of the sound that goes on from inside the word, before the next word's start."""
    first, end = _frames(word, len(levels))
    latest = min(end + int(_REACH * _PER_SECOND), int(limit * _PER_SECOND), len(levels))
    sounding = np.flatnonzero(levels[first : max(latest, end)] >= floor)
    inside = sounding[sounding < end - first]
    last = int(inside[-1]) if len(inside) else 0
    for frame in sounding[sounding > last]:
        if frame - last > _DIP * _PER_SECOND:
            break
        last = int(frame)
    return min((first + last + 1) / _PER_SECOND, max(limit, word.start + _LEAST))
