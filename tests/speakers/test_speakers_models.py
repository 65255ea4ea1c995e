"""The published weights: they load without running code, and they hear."""

from __future__ import annotations

import os
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from speaking import speech

from scoring.audio import ChannelLayout, FloatArray, read_recording
from scoring.errors import WeightsError
from scoring.speakers import VoiceModels, diarize, fingerprint, load_voices
from scoring.speakers.voices import CHUNK_FRAMES, EMBED_FRAMES, LOCAL_VOICES

SAMPLES = Path(__file__).parents[2] / "audio_samples"
pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def voices() -> VoiceModels:
    torch.set_num_threads(1)
    return load_voices(Path(os.environ["CALLSCORE_CACHE_DIR"]))


def two_party_samples() -> list[tuple[FloatArray, FloatArray]]:
    """Stereo samples with both parties, without those in which ringing or recorded prompts are mixed in."""
    plain = ("03_", "09_", "11_", "19_", "20_")
    found = [read_recording(path) for path in sorted(SAMPLES.iterdir()) if path.name.startswith(plain)]
    return [
        (one.channels[0][:], one.channels[1][:])
        for one in found
        if one.layout is ChannelLayout.TWO_PARTY
    ]  # fmt: skip


def loud(channel: FloatArray) -> np.ndarray:
    frames = channel[: len(channel) // 160 * 160].reshape(-1, 160)
    level = 10 * np.log10(np.mean(np.square(frames, dtype=np.float64), axis=1) + 1e-10)
    return np.convolve(level, np.ones(5) / 5, mode="same") > np.percentile(level, 95) - 25


def test_the_fingerprint_is_that_of_the_weights(voices: VoiceModels) -> None:
    assert voices.fingerprint == fingerprint(Path("anywhere"))


def test_missing_weights_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(WeightsError):
        load_voices(tmp_path)


MELS = np.abs(np.random.default_rng(0).standard_normal((70, EMBED_FRAMES, 40))).astype(np.float32)


def test_short_arithmetic_hears_the_same_voices(voices: VoiceModels, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    exact = load_voices(Path(os.environ["CALLSCORE_CACHE_DIR"]))
    assert np.einsum("nd,nd->n", voices.embed(MELS), exact.embed(MELS)).min() > 0.99
    np.testing.assert_allclose(np.linalg.norm(voices.embed(MELS), axis=1), 1.0, atol=1e-5)


def test_embeddings_are_unit_vectors_and_do_not_depend_on_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    voices, mels = load_voices(Path(os.environ["CALLSCORE_CACHE_DIR"])), MELS
    found = voices.embed(mels)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, rtol=1e-5)
    np.testing.assert_allclose(voices.embed(mels[66:67])[0], found[66], atol=1e-5)


def test_local_voices_are_probabilities_and_silence_has_none(voices: VoiceModels) -> None:
    chunk = speech([(0, 2.0, 8.0)], 10)
    found = voices.local_voices(np.stack([chunk, np.zeros_like(chunk)]))
    assert found.shape == (2, CHUNK_FRAMES, LOCAL_VOICES)
    assert found.min() >= -1e-6
    assert found.max() <= 1 + 1e-5
    assert found[1].max() < 0.5


def test_sample_calls_mixed_to_one_channel_are_told_apart(voices: VoiceModels) -> None:
    shares = []
    for left, right in two_party_samples():
        found = diarize((left + right) / 2, voices)
        assert found.count == 2
        alone = np.stack([loud(left) & ~loud(right), loud(right) & ~loud(left)])
        heard = np.zeros((2, alone.shape[1]), dtype=bool)
        for stretch in found.stretches:
            heard[stretch.voice, round(stretch.start * 100) : round(stretch.end * 100)] = True
        one = heard[0] ^ heard[1]
        same = float(np.mean(heard[0][one & alone.any(axis=0)] == alone[0][one & alone.any(axis=0)]))
        shares.append(max(same, 1 - same))
    assert len(shares) >= 3
    assert float(np.mean(shares)) > 0.96
    assert min(shares) > 0.93


def test_each_channel_of_the_samples_has_one_voice(voices: VoiceModels) -> None:
    counts = [diarize(channel, voices).count for pair in two_party_samples()[:3] for channel in pair]
    assert counts.count(1) >= len(counts) - 1


def test_a_minute_costs_less_than_five_seconds(voices: VoiceModels) -> None:
    left, right = two_party_samples()[0]
    audio = np.resize((left + right) / 2, 60 * 16_000)
    before = time.process_time()
    found = diarize(audio, voices)
    assert time.process_time() - before < 5.0
    assert all(a.start <= b.start for a, b in pairwise(found.stretches))
