"""Sounds made by arithmetic, and files made of them. Nothing here was ever spoken by anybody."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Sound = NDArray[np.float64]
RATE = 16_000
LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 6: "5.1"}


def save(path: Path, channels: Sound, rate: int, codec: str = "pcm_s16le", **options: int) -> Path:
    """Encode (n_channels, n_samples) or (n_samples,) with PyAV; the ending of `path` picks the container."""
    import av

    sound = np.ascontiguousarray(np.atleast_2d(channels), dtype=np.float32)
    layout = LAYOUTS[len(sound)]
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate, layout=layout, **options)
        frame = av.AudioFrame.from_ndarray(sound, format="fltp", layout=layout)
        frame.sample_rate = rate
        frame.pts = 0
        for packet in (*stream.encode(frame), *stream.encode(None)):
            file.mux(packet)
    return path


def tone(hertz: float, seconds: float, *, rate: int = RATE, level: float = 0.3) -> Sound:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def noise(seconds: float, decibels: float, *, rate: int = RATE, seed: int = 0, slope: float = 0.0) -> Sound:
    """Noise whose power falls with frequency: slope 0 white, 1 pink, 2 brown."""
    count = round(seconds * rate)
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=count))
    spectrum /= np.maximum(np.arange(len(spectrum)), 1) ** (slope / 2)
    return at_level(np.fft.irfft(spectrum, count), decibels)


def at_level(sound: Sound, decibels: float) -> Sound:
    return sound / np.sqrt(np.mean(sound**2)) * 10 ** (decibels / 20)


def syllable(seconds: float, pitch: float, formants: tuple[float, float], *, rate: int = RATE) -> Sound:
    """A buzz through two resonances that swells and dies away: the least that moves like a voice."""
    count = round(seconds * rate)
    phase = np.cumsum(pitch * (1 + 0.1 * np.sin(2 * np.pi * np.arange(count) / count)) / rate)
    sound = np.diff(np.floor(phase), prepend=0.0)
    for hertz in formants:
        radius = np.exp(-np.pi * 90 / rate)
        sound = lfilter([1.0], [1, -2 * radius * np.cos(2 * np.pi * hertz / rate), radius**2], sound)
    return np.asarray(sound * np.hanning(count))


def babble(seconds: float, *, seed: int = 0, decibels: float = -20.0, rate: int = RATE, pause: float = 0.8) -> Sound:
    """Groups of syllables with pauses of silence between them."""
    draw = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * rate))
    at = 0.2
    while at < seconds - 0.6:
        for _ in range(int(draw.integers(3, 8))):
            length = float(draw.uniform(0.15, 0.3))
            piece = syllable(
                length, draw.uniform(90, 220), (draw.uniform(300, 800), draw.uniform(1000, 2300)), rate=rate
            )
            start = round(at * rate)
            piece = piece[: len(sound) - start] * draw.uniform(0.4, 1.0)
            sound[start : start + len(piece)] += piece
            at += length
            if at >= seconds - 0.6:
                break
        at += pause * float(draw.uniform(0.7, 1.3))
    loud = sound[np.abs(sound) > 0.05 * np.abs(sound).max()]
    return sound / np.sqrt(np.mean(loud**2)) * 10 ** (decibels / 20)


def taking_turns(seconds: float, *, rate: int = RATE, seed: int = 0) -> tuple[Sound, Sound]:
    """Two parties of whom one is silent while the other speaks, in stretches of three seconds."""
    first, second = (babble(seconds, seed=2 * seed + number, rate=rate) for number in (0, 1))
    mine = (np.arange(len(first)) // (3 * rate)) % 2 == 0
    return first * mine, second * ~mine


def drum_loop(seconds: float, *, seed: int = 0) -> Sound:
    """A beat with a bass note under it."""
    draw = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE))
    hit = np.arange(round(0.15 * RATE)) / RATE
    for number, start in enumerate(range(0, len(sound) - RATE // 2, RATE // 4)):
        drum = draw.normal(size=len(hit)) * np.exp(-hit * 40) if number % 2 else np.sin(500 * hit) * np.exp(-hit * 20)
        sound[start : start + len(hit)] += drum
        sound[start : start + RATE // 4] += tone(55 * (1 + number % 3), 0.25, level=0.5) * np.hanning(RATE // 4)
    return sound


def strings(seconds: float) -> Sound:
    """Chords of trembling saw waves, as music on hold."""
    clock = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros(len(clock))
    for start, root in zip(np.arange(0, seconds, 2.0), (220.0, 174.6, 196.0, 164.8) * 100, strict=False):
        on = (clock >= start) & (clock < start + 2)
        for step in (1.0, 1.26, 1.5):
            phase = root * step * clock[on] + 0.05 * np.sin(2 * np.pi * 5.5 * clock[on])
            swell = np.minimum(1, (clock[on] - start) / 0.1)
            sound[on] += swell * sum(np.sin(2 * np.pi * k * phase) / k for k in range(1, 12))
    return sound
