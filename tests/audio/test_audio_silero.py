"""The network run in one go equals the network run frame by frame; the published weights know speech from noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from sounds import RATE, Sound, at_level, babble, drum_loop, noise, strings, tone
from torch.nn import functional

from scoring.audio import FloatArray, Region, VoiceDetector, find_speech, voice_chances
from scoring.audio.silero import SileroDetector
from scoring.errors import WeightsError

SHAPES = {
    "stft_conv.weight": (258, 1, 256),
    "conv1.weight": (128, 129, 3),
    "conv1.bias": (128,),
    "conv2.weight": (64, 128, 3),
    "conv2.bias": (64,),
    "conv3.weight": (64, 64, 3),
    "conv3.bias": (64,),
    "conv4.weight": (128, 64, 3),
    "conv4.bias": (128,),
    "lstm_cell.weight_ih": (512, 128),
    "lstm_cell.weight_hh": (512, 128),
    "lstm_cell.bias_ih": (512,),
    "lstm_cell.bias_hh": (512,),
    "final_conv.weight": (1, 128, 1),
    "final_conv.bias": (1,),
}


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of the right shapes that were never trained."""
    draw = torch.Generator().manual_seed(7)
    weights = {name: torch.randn(shape, generator=draw) * 0.1 for name, shape in SHAPES.items()}
    path = tmp_path_factory.mktemp("weights") / "invented.safetensors"
    save_file(weights, path)
    return path


def found(sound: Sound, detector: VoiceDetector) -> tuple[Region, ...]:
    samples = sound.astype(np.float32)
    return find_speech(samples, voice_chances(samples, detector))


def frame_by_frame(path: Path, samples: FloatArray) -> FloatArray:
    """The oracle: one 32 ms frame at a time through an LSTM cell, as the network is described."""
    weights = load_file(path)
    cell = torch.nn.LSTMCell(128, 128)
    cell.load_state_dict({name: weights[f"lstm_cell.{name}"] for name in cell.state_dict()})
    sound = torch.from_numpy(np.pad(samples, (64, -len(samples) % 512)))
    state = (torch.zeros(1, 128), torch.zeros(1, 128))
    found = []
    with torch.inference_mode():
        for start in range(0, len(sound) - 64, 512):
            frame = functional.pad(sound[start : start + 576].reshape(1, 1, -1), (0, 64), mode="reflect")
            spectrum = functional.conv1d(frame, weights["stft_conv.weight"], stride=128)
            x = torch.sqrt(spectrum[:, :129] ** 2 + spectrum[:, 129:] ** 2)
            for number, stride in ((1, 1), (2, 2), (3, 2), (4, 1)):
                bias = weights[f"conv{number}.bias"]
                x = torch.relu(functional.conv1d(x, weights[f"conv{number}.weight"], bias, stride=stride, padding=1))
            state = cell(x.squeeze(-1), state)
            out = functional.conv1d(
                state[0].unsqueeze(-1).relu(), weights["final_conv.weight"], weights["final_conv.bias"]
            )
            found.append(float(torch.sigmoid(out).squeeze()))
    return np.array(found, dtype=np.float32)


@given(st.integers(0, 10_000), st.integers(1, 20_000))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_go_equals_frame_by_frame(invented: Path, seed: int, count: int) -> None:
    samples = np.random.default_rng(seed).normal(0, 0.2, count).astype(np.float32)
    found = SileroDetector(invented).probabilities(samples)
    assert found.dtype == np.float32
    assert found.shape == (-(-count // 512),)
    assert np.abs(found - frame_by_frame(invented, samples)).max() < 1e-5


def test_pieces_join_without_a_seam(invented: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = noise(8, -20).astype(np.float32)
    whole = SileroDetector(invented).probabilities(samples)
    monkeypatch.setattr("scoring.audio.silero._FRAMES_AT_ONCE", 7)
    assert np.abs(SileroDetector(invented).probabilities(samples) - whole).max() < 1e-5


def test_a_detector_forgets_between_recordings(invented: Path) -> None:
    detector = SileroDetector(invented)
    samples = noise(2, -20).astype(np.float32)
    first = detector.probabilities(samples)
    detector.probabilities(noise(3, -10, seed=5).astype(np.float32))
    assert np.array_equal(detector.probabilities(samples), first)
    assert len(detector.probabilities(np.zeros(0, dtype=np.float32))) == 0


def test_the_fingerprint_is_that_of_the_weights(invented: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    weights = load_file(invented)
    weights["final_conv.bias"] += 0.5
    save_file(weights, other)
    one, two = SileroDetector(invented).fingerprint, SileroDetector(other).fingerprint
    assert one != two
    assert one.startswith("silero-vad:")
    assert one == SileroDetector(invented).fingerprint


@pytest.mark.parametrize("fault", ["missing", "text", "a part missing", "a wrong shape"])
def test_wrong_weights_are_refused_by_name(invented: Path, tmp_path: Path, fault: str) -> None:
    path = tmp_path / "weights.safetensors"
    weights = load_file(invented)
    if fault == "text":
        path.write_text("not weights")
    elif fault == "a part missing":
        save_file({name: weights[name] for name in weights if name != "conv3.weight"}, path)
    elif fault == "a wrong shape":
        save_file({**weights, "stft_conv.weight": torch.zeros(130, 1, 128)}, path)
    with pytest.raises(WeightsError, match=r"weights\.safetensors") as caught:
        SileroDetector(path)
    assert caught.value.hint


# ---- the published weights


@pytest.fixture
def published() -> VoiceDetector:
    from scoring.settings import load_settings
    from scoring.weights import locate

    return SileroDetector(locate("silero-vad", load_settings().cache_dir))


@pytest.mark.models
@pytest.mark.parametrize("decibels", [-55.0, -30.0, -12.0])
def test_noise_hum_and_music_are_not_speech(published: VoiceDetector, decibels: float) -> None:
    sounds = [
        noise(60, decibels),
        noise(60, decibels, slope=1.0),
        noise(60, decibels, slope=2.0),
        at_level(tone(50, 60) + 0.3 * tone(150, 60), decibels),
        at_level(strings(60), decibels),
        at_level(drum_loop(60), decibels),
    ]
    assert [found(sound, published) for sound in sounds] == [()] * len(sounds)


@pytest.mark.models
@pytest.mark.parametrize("floor", [-90.0, -50.0])
def test_syllables_are_speech(published: VoiceDetector, floor: float) -> None:
    sound = np.concatenate([np.zeros(15 * RATE), babble(15, seed=2), np.zeros(15 * RATE)]) + noise(45, floor)
    regions = found(sound, published)
    assert regions
    assert all(14.5 < region.start < region.end < 30.5 for region in regions)
    assert sum(region.end - region.start for region in regions) > 7
