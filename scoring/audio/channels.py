"""What the channels of a recording really are, whatever its header says.

A stereo file may hold two parties, one sound twice, or one party beside an empty line. Each is judged by listening:
a channel is live when something in it rises from its background and stays up as long as a syllable; two live channels
are the same sound when no stretch of either is louder than the other explains.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scoring.audio.signal import SILENCE_DB, BoolArray, FloatArray, Samples, frame_levels, runs
from scoring.errors import RecordingError

_FRAME = 1024  # samples: 64 ms
_AUDIBLE_DB = -70.0  # dBFS; idle noise of 8-bit telephone coding lies below
_SOUNDING_DB = -80.0  # dBFS; below it a line is switched off, not quiet
_GATED_SHARE = 0.5
_RISE_DB = 8.0  # over the background; steady noise swings by 1 to 2 dB in frames of this length
_LEAST_RUN = 3  # frames: a syllable
_LOUDER_DB = 10.0  # than the other channel explains; echoes and colouring of one sound stay below it
_LAG_WINDOW = 131_072  # samples: 8 s
_MOST_LAG = 4_000  # samples: 0.25 s
_LAG_TRUST = 0.5  # correlation from which a lag is believed


class ChannelLayout(StrEnum):
    """What the channels really are."""

    MONO = "mono"
    TWO_PARTY = "two_party"
    SAME_SIGNAL = "same_signal"
    DEAD_CHANNEL = "dead_channel"


@dataclass(frozen=True, slots=True)
class ChannelTruth:
    """The layout, the numbers of the channels worth keeping, and what a reader should know."""

    layout: ChannelLayout
    kept: tuple[int, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Profile:
    """One channel over time, in frames of 64 ms."""

    number: int
    samples: Samples
    levels: FloatArray  # dBFS
    threshold: float  # dBFS from which a frame is voice-like
    clarity: float  # dB from the background to the loud parts

    @property
    def active(self) -> BoolArray:
        return self.levels > self.threshold

    @property
    def live(self) -> bool:
        return any(end - first >= _LEAST_RUN for first, end in runs(self.active))


def find_truth(channels: Sequence[Samples]) -> ChannelTruth:
    """Decide what `channels`, each (n_samples,) at 16 kHz, really are.

    Raises:
        RecordingError: more than two of them hold different sounds.
    """
    profiles = [_profile(number, samples) for number, samples in enumerate(channels)]
    if len(profiles) == 1:
        quiet = () if profiles[0].live else ("nothing in the recording is as loud and lively as a voice",)
        return ChannelTruth(ChannelLayout.MONO, (0,), quiet)
    live = [profile for profile in profiles if profile.live]
    dead = [profile.number for profile in profiles if not profile.live]
    if not live:
        return _nobody(profiles)
    groups = _groups(live)
    if len(groups) > 2:
        raise RecordingError(
            f"{len(groups)} channels hold different sounds; a call has two parties.",
            hint="Export each call with one party a channel, or mixed to one channel.",
        )
    kept = tuple(sorted(_clearest(group).number for group in groups))
    copies = sorted({profile.number for profile in live} - set(kept))
    return ChannelTruth(_layout(len(groups), bool(copies)), kept, _notes(kept, copies, dead))


def _profile(number: int, samples: Samples) -> _Profile:
    levels = frame_levels(samples, _FRAME)
    sounding = levels[levels > _SOUNDING_DB]
    # on a line that is switched off between utterances, what sounds is the voice and not its background
    gated = len(sounding) < _GATED_SHARE * len(levels)
    background = SILENCE_DB if gated else float(np.percentile(sounding, 20))
    threshold = max(_AUDIBLE_DB, background + _RISE_DB)
    active = levels[levels > threshold]
    loud = float(np.percentile(active, 95)) if len(active) else threshold
    return _Profile(number, samples, levels, threshold, loud - float(np.percentile(levels, 5)))


def _groups(live: Sequence[_Profile]) -> list[list[_Profile]]:
    groups: list[list[_Profile]] = []
    for profile in live:
        home = next((group for group in groups if _same(group[0], profile)), None)
        if home is None:
            groups.append([profile])
        else:
            home.append(profile)
    return groups


def _clearest(group: Sequence[_Profile]) -> _Profile:
    """The first channel, unless another stands out of its background by 3 dB more."""
    return max(group, key=lambda profile: (profile.clarity // 3, -profile.number))


def _same(one: _Profile, other: _Profile) -> bool:
    """True when no syllable of either is louder than the other channel explains, at one fixed gain between them."""
    lag = _lag(one, other)
    starts = max(0, lag), max(0, -lag)
    length = min(len(one.samples) - starts[0], len(other.samples) - starts[1]) // _FRAME * _FRAME
    levels = (
        frame_levels(one.samples, _FRAME, starts[0], length),
        frame_levels(other.samples, _FRAME, starts[1], length),
    )
    active = (levels[0] > one.threshold) | (levels[1] > other.threshold)
    if not active.any():
        return True
    gain = float(np.median((levels[0] - levels[1])[active]))
    own = _louder(levels[0], levels[1], one, other, gain) | _louder(levels[1], levels[0], other, one, -gain)
    return not any(end - first >= _LEAST_RUN for first, end in runs(own))


def _louder(mine: FloatArray, theirs: FloatArray, me: _Profile, them: _Profile, gain: float) -> BoolArray:
    """Voice-like frames of `mine` that `theirs`, brought up by `gain` dB, does not account for.

    Where the other channel is under its own threshold its level says nothing, so the threshold stands in for it.
    """
    return (mine > me.threshold) & (mine - np.maximum(theirs, them.threshold) - gain > _LOUDER_DB)


def _lag(one: _Profile, other: _Profile) -> int:
    """Samples by which `one` is later than `other`, found where both are loudest; 0 when they do not agree."""
    both = np.convolve(one.levels + other.levels, np.ones(_LAG_WINDOW // _FRAME), mode="valid")
    begin = int(both.argmax()) * _FRAME if len(one.levels) > _LAG_WINDOW // _FRAME else 0
    a, b = (profile.samples[begin : begin + _LAG_WINDOW].astype(np.float64) for profile in (one, other))
    size = 2 * _LAG_WINDOW
    cross = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    near = np.abs(np.concatenate((cross[-_MOST_LAG:], cross[: _MOST_LAG + 1])))
    best = int(near.argmax())
    power = float(np.sqrt((a @ a) * (b @ b)))
    return best - _MOST_LAG if near[best] > _LAG_TRUST * power else 0


def _layout(groups: int, copies: bool) -> ChannelLayout:
    if groups == 2:
        return ChannelLayout.TWO_PARTY
    return ChannelLayout.SAME_SIGNAL if copies else ChannelLayout.DEAD_CHANNEL


def _nobody(profiles: Sequence[_Profile]) -> ChannelTruth:
    kept = max(profiles, key=lambda profile: (float(profile.levels.max()), -profile.number)).number
    note = "nothing on any channel is as loud and lively as a voice"
    return ChannelTruth(ChannelLayout.DEAD_CHANNEL, (kept,), (note,))


def _notes(kept: Sequence[int], copies: Sequence[int], dead: Sequence[int]) -> tuple[str, ...]:
    used = f"channel {kept[0]}" if len(kept) == 1 else f"channels {kept[0]} and {kept[1]}"
    notes = [f"channel {number} holds the same sound as {used}" for number in copies]
    return (*notes, *(f"channel {number} holds no voice" for number in dead))
