"""Where somebody speaks: a neural detector on a levelled signal, joined with what energy alone can tell.

The neural detector decides. Energy never makes speech out of a lasting sound, because hold music and line noise are
lasting sounds; it only widens what the detector found to the edges of the sound, and adds single short bursts that
move like a voice ("yes" on a quiet line), which the detector is known to miss.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from scoring.audio.bursts import moves_like_voice
from scoring.audio.signal import SAMPLE_RATE, BoolArray, FloatArray, Samples, frame_levels, louder, runs
from scoring.audio.silero import FRAME, SileroDetector

__all__ = ["Region", "SileroDetector", "VoiceDetector", "energetic", "find_speech", "levelled", "voice_chances"]

FRAME_SECONDS = FRAME / SAMPLE_RATE
_SECOND = round(1 / FRAME_SECONDS)  # frames
HEARD_DB = -65.0  # dBFS of one frame on a channel of usual level; 8-bit lines idle below it
_LEAST_HEARD_DB = -85.0  # on the quietest channel; 16-bit rounding lies below it
_TARGET_DB = -15.0  # level of the loudest second after levelling
_MOST_GAIN_DB = 40.0
_LOUDEST_FRAMES = 30  # about one second: longer than a click, shorter than one answer
_RISE_DB = 10.0  # over the local floor: sound rather than background
_BURST_DB = 15.0  # over the local floor: sound enough to be a word by itself
_FLOOR_SECONDS = 20  # over which the background is taken as one
_LET_GO = 0.5  # of the threshold: where speech once found ends
_LEAST_FRAMES = 3  # 96 ms over the threshold; shorter is a click
_WIDEN_SECONDS = 0.5
_PAD_SECONDS = 0.2
_JOIN_SECONDS = 0.4
_BURST_SECONDS = (0.12, 1.5)
_CROWD_SECONDS = 5.0  # on both sides of a burst or a faint find
_CROWD_SHARE = 0.25  # of unexplained sound around it, above which it belongs to music or noise
_CROWD_RANGE_DB = 15.0  # under it: sounds that count as others
_CERTAIN = 0.9  # probability from which a find needs no look around


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of time in which somebody speaks, in seconds from the start of the recording."""

    start: float
    end: float


class VoiceDetector(Protocol):
    """Says how likely each frame is to hold speech."""

    @property
    def fingerprint(self) -> str:
        """Name and hash of the weights."""
        ...

    def probabilities(self, samples: Samples) -> FloatArray:
        """Probability for each 32 ms frame, shape (ceil(n_samples / 512),); `samples` is mono at 16 kHz."""
        ...


def voice_chances(samples: Samples, detector: VoiceDetector) -> FloatArray:
    """Probability of speech in each frame of 32 ms of one channel; zeros, without a look, where nothing is audible."""
    levels = frame_levels(samples, FRAME)
    if not (levels > _LEAST_HEARD_DB).any():
        return np.zeros(len(levels), dtype=np.float32)
    return detector.probabilities(levelled(samples, levels))


def find_speech(samples: Samples, chances: FloatArray | None, *, threshold: float = 0.2) -> tuple[Region, ...]:
    """Find speech in one channel, shape (n_samples,) at 16 kHz.

    The low threshold is deliberate: at 0.5 a sister model lost half of one caller's words in a measured call.

    Args:
        samples: mono at 16 kHz.
        chances: of speech, as `voice_chances` gives them; without them every audible change counts.
        threshold: probability from which a frame holds speech.
    """
    levels = frame_levels(samples, FRAME)
    if not (levels > _LEAST_HEARD_DB).any():
        return ()
    rise = _rise(levels)
    found = rise > _RISE_DB if chances is None else _with_energy(samples, levels, chances, rise, threshold)
    return _regions(found, len(samples) / SAMPLE_RATE)


def levelled(samples: Samples, levels: FloatArray | None = None) -> Samples:
    """Bring the loudest second of a channel to -15 dBFS, so that a quiet party is heard as well as a loud one."""
    return louder(samples, 10 ** (_gain(frame_levels(samples, FRAME) if levels is None else levels) / 20))


def energetic(samples: Samples, region: Region) -> float:
    """Seconds within `region` whose level stands out of the background around it: sound that ought to have words."""
    around = 2 * _FLOOR_SECONDS
    first = max(0, int((region.start - around) / FRAME_SECONDS))
    last = int(np.ceil((region.end + around) / FRAME_SECONDS))
    loud = _rise(frame_levels(samples[first * FRAME : last * FRAME], FRAME)) > _BURST_DB
    begin, end = round(region.start / FRAME_SECONDS) - first, round(region.end / FRAME_SECONDS) - first
    return float(loud[begin:end].sum() * FRAME_SECONDS)


def _gain(levels: FloatArray) -> float:
    """Decibels that bring the loudest second to the target."""
    if not len(levels):
        return 0.0
    loud = np.partition(levels, -min(_LOUDEST_FRAMES, len(levels)))[-min(_LOUDEST_FRAMES, len(levels))]
    return min(_TARGET_DB - float(loud), _MOST_GAIN_DB)


def _rise(levels: FloatArray) -> FloatArray:
    """How far each frame stands over the background of its neighbourhood, in dB; negative where it is not audible."""
    whole = np.pad(levels, (0, -len(levels) % _SECOND), mode="edge").reshape(-1, _SECOND)
    quiet = np.pad(np.percentile(whole, 10, axis=1), _FLOOR_SECONDS // 2, mode="edge")
    background = np.percentile(np.lib.stride_tricks.sliding_window_view(quiet, _FLOOR_SECONDS + 1), 10, axis=1)
    heard = max(HEARD_DB - max(0.0, _gain(levels)), _LEAST_HEARD_DB)
    floor = np.maximum(np.repeat(background, _SECOND)[: len(levels)], heard - _RISE_DB)
    return np.asarray(levels - floor, dtype=np.float32)


def _with_energy(
    samples: Samples, levels: FloatArray, chance: FloatArray, rise: FloatArray, threshold: float
) -> BoolArray:
    """Frames that hold speech, by the detector first and by energy where that is safe."""
    sound = rise > _RISE_DB
    unexplained = sound & (chance < threshold * _LET_GO)
    found = np.zeros(len(chance), dtype=np.bool_)
    for first, end in runs(chance >= threshold * _LET_GO):
        heard = int((chance[first:end] >= threshold).sum())
        sure = chance[first:end].max() >= _CERTAIN
        if heard >= _LEAST_FRAMES and (sure or not _crowded(levels, unexplained, first, end)):
            found[first:end] = True
    found = _widened(found, sound)
    for first, end in runs((rise > _BURST_DB) & ~found):
        short = _BURST_SECONDS[0] <= (end - first) * FRAME_SECONDS <= _BURST_SECONDS[1]
        if short and not _crowded(levels, unexplained, first, end):
            found[first:end] = moves_like_voice(samples[first * FRAME : end * FRAME])
    return found


def _crowded(levels: FloatArray, unexplained: BoolArray, first: int, end: int) -> bool:
    """True when the seconds around a short sound are full of others as loud that are not speech: music, noise."""
    side = round(_CROWD_SECONDS / FRAME_SECONDS)
    around = np.r_[max(0, first - side) : first, end : min(len(levels), end + side)]
    if not len(around):
        return False
    others = unexplained[around] & (levels[around] > levels[first:end].max() - _CROWD_RANGE_DB)
    return bool(others.mean() > _CROWD_SHARE)


def _widened(found: BoolArray, sound: BoolArray) -> BoolArray:
    """Carry every find on to the edges of the sound it lies in, at most half a second."""
    wide = found.copy()
    steps = round(_WIDEN_SECONDS / FRAME_SECONDS)
    for first, end in runs(found):
        before, after = sound[max(0, first - steps) : first][::-1], sound[end : end + steps]
        wide[first - _leading(before) : end + _leading(after)] = True
    return wide


def _leading(mask: BoolArray) -> int:
    """How many True stand at the front."""
    return len(mask) if mask.all() else int(mask.argmin())


def _regions(found: BoolArray, duration: float) -> tuple[Region, ...]:
    joined: list[Region] = []
    for first, end in runs(found):
        start = max(0.0, first * FRAME_SECONDS - _PAD_SECONDS)
        stop = min(duration, end * FRAME_SECONDS + _PAD_SECONDS)
        if joined and start - joined[-1].end < _JOIN_SECONDS:
            start = joined.pop().start
        joined.append(Region(round(start, 3), round(stop, 3)))
    return tuple(joined)
