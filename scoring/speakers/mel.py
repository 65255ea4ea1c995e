"""The mel spectrogram that the speaker encoder was trained on, in numpy.

Slaney's mel scale and area normalisation (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above; 25 ms
periodic Hann windows every 10 ms, power spectrum, 40 bands, no logarithm. Volume is raised to -30 dBFS, as in training.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scoring.audio.signal import SAMPLE_RATE, FloatArray, Samples, louder

N_FFT = 400  # samples, 25 ms
HOP = 160  # samples, 10 ms
N_MELS = 40
FRAMES_PER_SECOND = SAMPLE_RATE // HOP
TARGET_DBFS = -30.0  # volume of the encoder's training data

_AT_ONCE = 4096  # frames: hours of sound pass through in pieces
_HZ_PER_MEL = 200 / 3  # below the break
_BREAK_HZ = 1000.0
_BREAK_MEL = _BREAK_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27  # above the break


def hz_to_mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Slaney's mel scale, any shape."""
    above = _BREAK_MEL + np.log(np.maximum(hz, 1e-9) / _BREAK_HZ) / _LOG_STEP
    return np.where(hz < _BREAK_HZ, hz / _HZ_PER_MEL, above)


def mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse of `hz_to_mel`."""
    above = _BREAK_HZ * np.exp(_LOG_STEP * (mel - _BREAK_MEL))
    return np.where(mel < _BREAK_MEL, mel * _HZ_PER_MEL, above)


@lru_cache(maxsize=4)
def filter_bank(n_mels: int = N_MELS) -> FloatArray:
    """Triangles of equal area over the FFT's bins: (n_mels, N_FFT // 2 + 1) float32."""
    bins = np.linspace(0, SAMPLE_RATE / 2, N_FFT // 2 + 1)
    top = hz_to_mel(np.array([SAMPLE_RATE / 2]))[0]
    edges = mel_to_hz(np.linspace(0, top, n_mels + 2))
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


def raise_volume(audio: Samples) -> Samples:
    """Bring quiet audio, (n_samples,), up to `TARGET_DBFS` over its loud parts; loud audio stays as it is.

    Long pauses would make a level over everything too low, so the level is taken where the signal is.
    """
    whole = len(audio) // HOP * HOP
    blocks = (audio[at : min(at + _AT_ONCE * HOP, whole)].reshape(-1, HOP) for at in range(0, whole, _AT_ONCE * HOP))
    power = np.concatenate([np.zeros(0), *(np.mean(np.square(block, dtype=np.float64), axis=1) for block in blocks)])
    loud = power[power > 0.01 * power.max(initial=0.0)]
    if not loud.size:
        return audio
    gain = 10 ** (TARGET_DBFS / 20) / np.sqrt(loud.mean())
    return louder(audio, gain) if gain > 1 else audio


def mel_spectrogram(audio: Samples) -> FloatArray:
    """Mel power of 16 kHz audio (n_samples,): (1 + n_samples // HOP, N_MELS) float32, frame i centred on i × 10 ms."""
    count = 1 + len(audio) // HOP
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)).astype(np.float32)
    mels = np.empty((count, N_MELS), dtype=np.float32)
    for at in range(0, count, _AT_ONCE):
        n_frames = min(_AT_ONCE, count - at)
        mels[at : at + n_frames] = _mel_of(_frames(audio, at, n_frames) * window)
    return mels


def _frames(audio: Samples, at: int, n_frames: int) -> FloatArray:
    """Frames from number `at` on, (n_frames, N_FFT), silence before the start and after the end."""
    first = at * HOP - N_FFT // 2
    wanted = (n_frames - 1) * HOP + N_FFT
    piece = audio[max(0, first) : first + wanted]
    padded = np.pad(piece, (max(0, -first), wanted - max(0, -first) - len(piece)))
    return np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP]


def _mel_of(frames: FloatArray) -> FloatArray:
    spectrum = np.fft.rfft(frames, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    return power @ filter_bank().T
