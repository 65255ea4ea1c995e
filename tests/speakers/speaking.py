"""Made-up speakers for tests: harmonic voices, models that hear them, and words on a clock."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scoring.audio import ChannelLayout, FloatArray, Recording
from scoring.calls import Word

RATE = 16_000
PITCHES = (110.0, 175.0, 260.0)  # Hz
Plan = Sequence[tuple[int, float, float]]  # voice, start, end in seconds


def voice(number: int, seconds: float) -> FloatArray:
    """A buzz with its own pitch and timbre, loud and soft in syllables, (n_samples,)."""
    time = np.arange(round(seconds * RATE)) / RATE
    harmonics = PITCHES[number] * np.arange(1, 28)
    formant = (600.0, 1500.0, 3000.0)[number]
    loudness = 0.2 + np.exp(-(((harmonics - formant) / 500) ** 2))
    buzz = sum(loud * np.sin(2 * np.pi * hz * time + hz) for loud, hz in zip(loudness, harmonics, strict=True))
    return (0.1 * buzz * (1 + 0.5 * np.sin(2 * np.pi * 4 * time))).astype(np.float32)


def speech(plan: Plan, seconds: float) -> FloatArray:
    """Voices that speak as planned, over faint noise."""
    audio = 1e-4 * np.random.default_rng(0).standard_normal(round(seconds * RATE)).astype(np.float32)
    for number, start, end in plan:
        at = round(start * RATE)
        piece = voice(number, end - start)[: len(audio) - at]
        audio[at : at + len(piece)] += piece
    return audio


class HarmonicVoices:
    """Models that know the pitches above, and nothing else. In each chunk voices are numbered as they come."""

    fingerprint = "harmonic"

    def __init__(self, blend: float = 0.0) -> None:
        self.blend = blend  # 0: voices sound as they are; 1: all sound the same
        self.windows = 0

    def embed(self, mels: FloatArray) -> FloatArray:
        self.windows += len(mels)
        sound = np.log(mels.mean(axis=1) + 1e-6)
        sound = sound - sound.mean(axis=1, keepdims=True)
        sound /= np.linalg.norm(sound, axis=1, keepdims=True)
        mixed = (1 - self.blend) * sound + self.blend * np.ones_like(sound) / np.sqrt(sound.shape[1])
        return (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)

    def local_voices(self, chunks: FloatArray) -> FloatArray:
        return np.stack([_numbered(_pitches(chunk)) for chunk in chunks])


def _pitches(chunk: FloatArray) -> FloatArray:
    """Whether each pitch sounds in each frame of 10 ms, (1000, 3); heard over 130 ms."""
    time = np.arange(len(chunk)) / RATE
    heard = []
    for pitch in PITCHES:
        wave = (chunk * np.exp(-2j * np.pi * pitch * time)).reshape(1000, 160).sum(axis=1)
        around = np.hanning(15)[1:-1]
        heard.append(np.abs(np.convolve(wave, around, mode="same")) / (160 * around.sum()) > 0.004)
    return np.stack(heard, axis=1).astype(np.float32)


def _numbered(heard: FloatArray) -> FloatArray:
    first = [int(np.argmax(column)) if column.any() else 10_000 + at for at, column in enumerate(heard.T)]
    return heard[:, np.argsort(first, kind="stable")]


def said(text: str, start: float, *, each: float = 0.3, gap: float = 0.05, confidence: float = 0.9) -> list[Word]:
    """The words of `text`, spoken one after the other from `start`."""
    step = each + gap
    return [Word(w, start + i * step, start + i * step + each, confidence) for i, w in enumerate(text.split())]


def recording(
    *channels: FloatArray, numbers: tuple[int, ...] | None = None, layout: ChannelLayout | None = None, source: int = 0
) -> Recording:
    """A decoded recording with these channels."""
    usual = ChannelLayout.MONO if len(channels) == 1 else ChannelLayout.TWO_PARTY
    return Recording(
        path=Path("call.wav"),
        channels=channels,
        channel_numbers=numbers or tuple(range(len(channels))),
        layout=layout or usual,
        audio_hash="0" * 64,
        duration=len(channels[0]) / RATE,
        source_rate=RATE,
        source_channels=source or len(channels),
        codec="pcm_s16le",
        notes=(),
    )


SILENCE = np.zeros(RATE * 40, dtype=np.float32)
