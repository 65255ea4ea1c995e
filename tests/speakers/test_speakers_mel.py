"""The mel spectrogram is the one the encoder was trained on."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.speakers import mel


@pytest.mark.parametrize("bands", [80, 128])
def test_filters_equal_those_that_whisper_ships(bands: int) -> None:
    spec = importlib.util.find_spec("whisper")
    assert spec is not None
    assert spec.origin is not None
    with np.load(Path(spec.origin).parent / "assets" / "mel_filters.npz") as published:
        np.testing.assert_allclose(mel.filter_bank(bands), published[f"mel_{bands}"], atol=1e-8)


@given(st.floats(1, 8000))
def test_the_scale_and_its_inverse_agree(hz: float) -> None:
    value = np.array([hz])
    assert mel.mel_to_hz(mel.hz_to_mel(value))[0] == pytest.approx(hz)


def test_the_scale_rises_without_a_jump_at_its_break() -> None:
    mels = mel.hz_to_mel(np.linspace(10, 8000, 5000))
    assert (np.diff(mels) > 0).all()
    assert np.diff(mels).max() < 0.05


def test_a_frame_equals_the_sum_it_is_defined_by() -> None:
    audio = np.random.default_rng(1).standard_normal(3200).astype(np.float32)
    at = 7
    centre = at * mel.HOP
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(mel.N_FFT) / mel.N_FFT)
    frame = audio[centre - 200 : centre + 200] * window
    turns = np.exp(-2j * np.pi * np.outer(np.arange(201), np.arange(400)) / 400)
    power = np.abs(turns @ frame) ** 2
    np.testing.assert_allclose(mel.mel_spectrogram(audio)[at], mel.filter_bank() @ power, rtol=1e-4)


@pytest.mark.parametrize("hz", [200, 700, 1500, 3500, 7000])
def test_a_tone_is_loudest_in_its_own_band(hz: float) -> None:
    time = np.arange(16_000) / 16_000
    found = mel.mel_spectrogram(np.sin(2 * np.pi * hz * time).astype(np.float32))[50]
    centres = np.linspace(0, mel.hz_to_mel(np.array([8000.0]))[0], 42)[1:-1]
    nearest = np.abs(centres - mel.hz_to_mel(np.array([hz]))).argmin()
    assert abs(int(found.argmax()) - int(nearest)) <= 1


@given(st.integers(0, 5000))
def test_there_is_a_frame_every_ten_milliseconds(samples: int) -> None:
    assert mel.mel_spectrogram(np.zeros(samples, dtype=np.float32)).shape == (1 + samples // 160, 40)


def test_long_audio_is_the_same_in_pieces() -> None:
    audio = np.random.default_rng(2).standard_normal(160 * 9000).astype(np.float32)
    whole = mel.mel_spectrogram(audio)
    piece = mel.mel_spectrogram(audio[160 * 4000 : 160 * 4500])
    np.testing.assert_allclose(whole[4010:4490], piece[10:490], rtol=1e-3)


def test_volume_is_raised_where_the_voice_is_and_never_lowered() -> None:
    voice = np.random.default_rng(3).standard_normal(16_000).astype(np.float32)
    quiet = np.concatenate([np.zeros(64_000, dtype=np.float32), 0.001 * voice])
    raised = mel.raise_volume(quiet)
    assert 20 * np.log10(np.sqrt(np.mean(raised[64_000:] ** 2))) == pytest.approx(mel.TARGET_DBFS, abs=0.5)
    np.testing.assert_array_equal(mel.raise_volume(voice), voice)


@pytest.mark.parametrize("samples", [0, 1, 100, 1600])
def test_silence_stays_silence(samples: int) -> None:
    silence = np.zeros(samples, dtype=np.float32)
    np.testing.assert_array_equal(mel.raise_volume(silence), silence)
