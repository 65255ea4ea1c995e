"""Tell a short spoken word from a click, a beep or a thump, by its sound alone."""

from __future__ import annotations

import numpy as np

from scoring.audio.signal import SAMPLE_RATE, FloatArray, decibels

_HOP = 128  # samples: 8 ms
_WINDOW = 512  # samples: 32 ms, two periods of a low voice
_PITCH = (SAMPLE_RATE // 400, SAMPLE_RATE // 70)  # samples in one period of a high and a low voice
_PERIODIC = 0.6  # correlation with itself one period later
_LEAST_VOICED = 0.3  # share of windows
_LEAST_SWING_DB = 6.0  # between loud and soft parts inside the burst; beeps hold their level
_EDGE = 3  # hops at both ends, where every sound swings


def moves_like_voice(burst: FloatArray) -> bool:
    """True when a burst, shape (n_samples,) at 16 kHz, is periodic like a voice and changes its level like one."""
    if len(burst) < _WINDOW + 2 * _EDGE * _HOP:
        return False
    return swing(burst) >= _LEAST_SWING_DB and voiced_share(burst) >= _LEAST_VOICED


def swing(burst: FloatArray) -> float:
    """Spread of the level inside the burst in dB, its attack and its end left out."""
    hops = burst[: len(burst) // _HOP * _HOP].reshape(-1, _HOP).astype(np.float64)
    levels = decibels(np.mean(hops**2, axis=1))[_EDGE:-_EDGE]
    return float(np.percentile(levels, 90) - np.percentile(levels, 10))


def voiced_share(burst: FloatArray) -> float:
    """Share of 32 ms windows that repeat themselves at the period of a voice (70 to 400 Hz)."""
    windows = np.lib.stride_tricks.sliding_window_view(burst, _WINDOW)[::_HOP].astype(np.float64)
    windows = windows - windows.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(windows, 2 * _WINDOW, axis=1)
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : _PITCH[1] + 1]
    overlap = 1 - np.arange(_PITCH[1] + 1) / _WINDOW
    norm = np.maximum(correlation[:, :1], 1e-12)
    return float(((correlation / norm / overlap)[:, _PITCH[0] :].max(axis=1) > _PERIODIC).mean())
