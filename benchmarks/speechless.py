"""Sounds without speech: silence with the hiss of a line, hold music, noise. Always the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

RATE = 16_000
Sound = NDArray[np.float32]

_CHORDS = ((220.0, 261.6, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (164.8, 207.7, 246.9))
_SCALE = (440.0, 493.9, 523.3, 587.3, 659.3, 784.0)


def silence(seconds: int) -> Sound:
    """Stretches of digital silence and of line noise at -62 dBFS with mains hum."""
    draw = np.random.default_rng(1)
    clock = np.arange(seconds * RATE) / RATE
    hum = 0.0004 * np.sin(2 * np.pi * 50 * clock) + 0.0002 * np.sin(2 * np.pi * 150 * clock)
    line = _telephone(draw.normal(0, 0.0008, len(clock))) + hum
    return np.asarray(line * (clock % 60 < 45), dtype=np.float32)


def music(seconds: int) -> Sound:
    """Chords and a melody of plucked and held notes, as while waiting; a beep every half minute."""
    draw = np.random.default_rng(2)
    made = np.zeros(seconds * RATE)
    for beat in range(seconds * 2):
        if beat % 4 == 0:
            for tone in _CHORDS[beat // 4 % len(_CHORDS)]:
                _add(made, beat / 2, _note(tone, 2.0, 0.06, fall=0.8))
        if draw.random() < 0.75:
            _add(made, beat / 2, _note(float(draw.choice(_SCALE)), 0.45 * int(draw.integers(1, 4)), 0.12, fall=4.0))
        if beat % 60 == 59:
            _add(made, beat / 2, _note(1000.0, 0.3, 0.2, fall=0.0))
    return np.asarray(_telephone(made), dtype=np.float32)


def noise(seconds: int) -> Sound:
    """Hiss that swells, bursts as of keys and doors, clicks: up to -26 dBFS."""
    draw = np.random.default_rng(3)
    clock = np.arange(seconds * RATE) / RATE
    made = draw.normal(0, 0.02, len(clock)) * (1 + np.sin(2 * np.pi * clock / 13))
    for _ in range(seconds * 2):
        length = int(draw.integers(60, 3000))
        burst = draw.normal(0, float(draw.uniform(0.02, 0.2)), length) * np.exp(-np.arange(length) / (length / 4))
        _add(made, float(draw.uniform(0, seconds - 1)), burst)
    return np.asarray(_telephone(made), dtype=np.float32)


SOUNDS: dict[str, Callable[[int], Sound]] = {"silence": silence, "hold music": music, "noise": noise}


def _note(tone: float, seconds: float, loudness: float, *, fall: float) -> NDArray[np.float64]:
    clock = np.arange(round(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * tone * part * clock) / part**1.5 for part in range(1, 6))
    shape = np.minimum(1, clock / 0.01) * np.minimum(1, (seconds - clock) / 0.05) * np.exp(-fall * clock)
    return np.asarray(loudness * wave * shape, dtype=np.float64)


def _add(made: NDArray[np.float64], start: float, sound: NDArray[np.float64]) -> None:
    first = round(start * RATE)
    room = made[first : first + len(sound)]
    room += sound[: len(room)]


def _telephone(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """The band of a telephone, 300 to 3400 Hz."""
    return np.asarray(sosfilt(butter(4, (300, 3400), "band", fs=RATE, output="sos"), sound), dtype=np.float64)
