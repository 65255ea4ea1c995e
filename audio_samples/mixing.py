"""The telephone line of the sample calls: band, level, noise, tones, hold music, and the recorder's file formats.

Samples are float32 in [-1, 1], shape (n,), at 8 kHz unless a docstring says otherwise; times are seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfiltfilt

RATE = 8_000  # Hz, a telephone line
BAND = (300.0, 3_400.0)  # Hz, ITU-T G.712
MU = 255.0  # ITU-T G.711
RING = ((0.4, True), (0.2, False), (0.4, True), (1.0, False))  # British ringing tone: 400 + 450 Hz
MELODY = (0, 4, 7, 12, 7, 4, 2, 5, 9, 14, 9, 5, -1, 2, 7, 11, 7, 2, 0, 4, 7, 12, 7, 4)  # semitones over middle C
NOTE_SECONDS = 0.36

Samples = NDArray[np.float32]

# recorder format -> (FFmpeg codec, sample rate in Hz, bits a second for a channel or None)
CODECS: dict[str, tuple[str, int, int | None]] = {
    "mulaw": ("pcm_mulaw", 8_000, None),
    "pcm16": ("pcm_s16le", 8_000, None),
    "flac": ("flac", 8_000, None),
    "mp3": ("libmp3lame", 16_000, 24_000),
    "opus": ("libopus", 16_000, 16_000),
    "aac": ("aac", 16_000, 24_000),
}


def gain(decibels: float) -> float:
    """Return the factor for a level in dB."""
    return float(10 ** (decibels / 20))


def at_level(samples: Samples, dbfs: float) -> Samples:
    """Scale speech so that the RMS of its loud half is at `dbfs`; pauses inside do not count."""
    squares = np.sort(samples.astype(np.float64) ** 2)
    return (samples * (gain(dbfs) / np.sqrt(squares[len(squares) // 2 :].mean()))).astype(np.float32)


def telephone(samples: Samples, rate: int) -> Samples:
    """Bring samples at `rate` Hz down to a telephone line: 8 kHz, 300–3400 Hz."""
    low = resample_poly(samples.astype(np.float64), RATE, rate)
    return sosfiltfilt(butter(3, BAND, "bandpass", fs=RATE, output="sos"), low).astype(np.float32)


def line_noise(count: int, dbfs: float, dice: np.random.Generator) -> Samples:
    """Return hiss with a little more weight at low pitch, in the telephone band, RMS at `dbfs`."""
    spectrum = np.fft.rfft(dice.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum *= np.where((hertz > BAND[0] / 2) & (hertz < BAND[1] * 1.1), 1 / np.sqrt(np.maximum(hertz, 100)), 0)
    hiss = np.fft.irfft(spectrum, count)
    return (hiss * gain(dbfs) / np.sqrt((hiss**2).mean())).astype(np.float32)


def companded(samples: Samples) -> Samples:
    """Send samples through 8-bit mu-law and back, as every telephone line does."""
    clipped = np.clip(samples, -1, 1).astype(np.float64)
    curve = np.sign(clipped) * np.log1p(MU * np.abs(clipped)) / np.log1p(MU)
    steps = np.round(curve * 127) / 127
    return (np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(MU)) / MU).astype(np.float32)


def _sines(seconds: float, *hertz: float) -> Samples:
    clock = np.arange(round(seconds * RATE)) / RATE
    return np.mean([np.sin(2 * np.pi * pitch * clock) for pitch in hertz], axis=0).astype(np.float32)


def tone(kind: str) -> Samples:
    """Return a ringing tone, a pressed key or a mailbox's beep."""
    if kind == "ring":
        return np.concatenate([_sines(seconds, 400, 450) * on for seconds, on in RING]).astype(np.float32)
    return _sines(0.18, 697, 1209) if kind == "key" else _sines(0.5, 1000)


def music(seconds: float) -> Samples:
    """Return hold music: a plain tune of plucked notes, made here."""
    note = np.arange(round(NOTE_SECONDS * RATE * 2)) / RATE
    song = np.zeros(round(seconds * RATE) + len(note), dtype=np.float32)
    for step in range(int(seconds / NOTE_SECONDS)):
        pitch = 261.63 * 2 ** (MELODY[step % len(MELODY)] / 12)
        pluck = sum(np.sin(2 * np.pi * pitch * k * note) / k**1.5 for k in (1, 2, 3)) * np.exp(-3.5 * note)
        begin = round(step * NOTE_SECONDS * RATE)
        song[begin : begin + len(note)] += pluck.astype(np.float32)
    return song[: round(seconds * RATE)]


def write(channels: list[Samples], codec: str, path: Path) -> None:
    """Write one or two channels as the recorder would; the container follows the file's ending."""
    import av

    name, rate, bits = CODECS[codec]
    planes = np.stack([resample_poly(c, rate, RATE) if rate != RATE else c for c in channels])
    values = np.round(np.clip(planes, -1, 1) * 32767).astype(np.int16)
    layout = "stereo" if len(channels) == 2 else "mono"
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream(name, rate=rate, layout=layout, options={"flags": "+bitexact"})
        if bits:
            stream.bit_rate = bits * len(channels)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(values.T.reshape(1, -1)), format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        for packet in [*_encoded(stream, frame), *stream.encode(None)]:
            file.mux(packet)


def _encoded(stream: Any, frame: Any) -> Iterator[Any]:
    """Encode one long frame in the pieces and the sample format that the codec takes."""
    import av

    pieces = stream.frame_size or 1024
    resampler = av.AudioResampler(stream.codec_context.format, frame.layout, frame.sample_rate, pieces)
    for piece in [*resampler.resample(frame), *resampler.resample(None)]:
        yield from stream.encode(piece)
