"""The openai-whisper listener with a tiny model of random weights: what it says is nonsense, how it says it is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import whisper
from detectors import Everywhere

from scoring.errors import SettingsError
from scoring.settings import Settings, TranscribeSettings
from scoring.transcribe import MarkKind
from scoring.transcribe.heard import BATCH
from scoring.transcribe.model import WhisperModel
from scoring.transcribe.packing import Piece, Window
from scoring.transcribe.precision import Precision
from scoring.transcribe.whisper_engine import WhisperEngine

SECOND = 16_000
DIMS = {
    "n_mels": 80,
    "n_audio_ctx": 1500,
    "n_audio_state": 32,
    "n_audio_head": 2,
    "n_audio_layer": 1,
    "n_vocab": 51865,
    "n_text_ctx": 448,
    "n_text_state": 32,
    "n_text_head": 4,
    "n_text_layer": 2,
}


def saved(path: Path, heads: list[list[int]] | None) -> Path:
    torch.manual_seed(11)
    model = whisper.Whisper(whisper.ModelDimensions(**DIMS))
    for name, parameter in model.named_parameters():
        if "bias" not in name and "ln" not in name:
            torch.nn.init.normal_(parameter, std=0.3)
    state: dict[str, Any] = {"dims": DIMS, "model_state_dict": model.state_dict()}
    if heads is not None:
        state["alignment_heads"] = heads
    torch.save(state, path)
    return path


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return saved(tmp_path_factory.mktemp("model") / "tiny.pt", [[0, 0], [1, 2]])


@pytest.fixture(scope="module")
def listener(checkpoint: Path) -> WhisperModel:
    return WhisperModel(checkpoint, "own", Precision("cpu"))


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * SECOND)).astype(np.float32)


def windows(count: int, length: float = 1.0) -> list[Window]:
    size = round(length * SECOND)
    return [Window(0, (Piece(number * 2 * size, number * 2 * size + size, 0),)) for number in range(count)]


def test_every_window_is_answered_in_order(listener: WhisperModel) -> None:
    asked = windows(BATCH + 3)
    found = listener.hear(asked, [noise(30)], "en")
    assert [one.window for one in found] == asked


def test_words_lie_inside_their_windows_sound(listener: WhisperModel) -> None:
    for one in listener.hear(windows(3, 2.0), [noise(14)], "en"):
        piece = one.window.pieces[0]
        assert one.words
        for word in one.words:
            assert piece.start / SECOND <= word.start < word.end <= piece.end / SECOND + 0.021
            assert 0 < word.confidence <= 1


def test_the_number_of_tokens_is_bounded_by_the_length_of_the_sound(listener: WhisperModel) -> None:
    short, long = listener.hear([*windows(1, 1.0), *windows(1, 5.0)], [noise(12)], "en")
    assert len(short.decoded.tokens) <= 20
    assert len(short.decoded.tokens) < len(long.decoded.tokens) <= 68


def test_hours_of_windows_do_not_carry_their_attention(listener: WhisperModel) -> None:
    assert all(one.decoded.attention.size == 0 for one in listener.hear(windows(2), [noise(5)], "en"))


def test_the_same_windows_give_the_same_words(listener: WhisperModel) -> None:
    first, second = (listener.hear(windows(4), [noise(10)], "en", "Acme. Agent Maya.") for _ in range(2))
    assert [one.words for one in first] == [one.words for one in second]


def test_a_prompt_changes_what_is_heard_but_is_not_in_it(listener: WhisperModel) -> None:
    plain, prompted = (listener.hear(windows(1), [noise(3)], "en", prompt)[0] for prompt in ("", "Acme. Agent Maya."))
    assert plain.decoded.tokens != prompted.decoded.tokens
    assert "Agent Maya" not in prompted.text


def test_a_prompt_of_any_length_fits(listener: WhisperModel) -> None:
    (one,) = listener.hear(windows(1), [noise(3)], "en", "Maya and Tom and " * 200)
    assert one.decoded.tokens


def test_channels_are_listened_to_by_their_number(listener: WhisperModel) -> None:
    left, right = noise(3, seed=1), noise(3, seed=2)
    own = [Window(number, (Piece(0, 2 * SECOND, 0),)) for number in (0, 1)]
    apart = listener.hear(own, [left, right], "en")
    swapped = listener.hear(own, [right, left], "en")
    assert apart[0].text == swapped[1].text != apart[1].text == swapped[0].text


def test_a_language_is_always_found(listener: WhisperModel) -> None:
    found = listener.languages(windows(2), [noise(6)])
    assert all(set(each) <= set(whisper.tokenizer.LANGUAGES) for each in found)
    assert [sum(each.values()) for each in found] == pytest.approx([1.0, 1.0])
    assert listener.languages([], []) == []


def test_the_language_is_the_one_openai_whisper_finds(listener: WhisperModel, checkpoint: Path) -> None:
    saved_model = torch.load(checkpoint, weights_only=True)
    model = whisper.Whisper(whisper.ModelDimensions(**saved_model["dims"]))
    model.load_state_dict(saved_model["model_state_dict"])
    for seed in range(3):
        sound = noise(2, seed)
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(sound), model.dims.n_mels)
        _, chances = model.eval().detect_language(mel)
        (found,) = listener.languages([Window(0, (Piece(0, len(sound), 0),))], [sound])
        assert max(found, key=lambda code: found[code]) == max(chances, key=chances.get)


def test_a_window_knows_how_well_it_fits_the_language_it_is_heard_in(listener: WhisperModel) -> None:
    own = windows(3)
    for language in ("en", "de"):
        alone = [each[language] for each in listener.languages(own, [noise(9)])]
        fits = [one.decoded.in_language for one in listener.hear(own, [noise(9)], language)]
        assert fits == pytest.approx(alone, rel=1e-4)


@pytest.mark.parametrize(("language", "hint"), [("englisch", "english"), ("zzzzzz", "")])
def test_an_unknown_language_is_refused(listener: WhisperModel, language: str, hint: str) -> None:
    with pytest.raises(SettingsError, match=r"transcribe\.language") as caught:
        listener.hear(windows(1), [noise(3)], language)
    assert hint in caught.value.hint


@pytest.mark.parametrize("name", ["own", "base"])
def test_a_checkpoint_without_alignment_heads_takes_the_upper_layers_whatever_it_is_called(
    tmp_path: Path, name: str
) -> None:
    plain = WhisperModel(saved(tmp_path / "plain.pt", None), name, Precision("cpu"))
    (one,) = plain.hear(windows(1, 2.0), [noise(4)], "en")
    assert one.words


def test_nonsense_is_doubted_by_the_engine(checkpoint: Path, listener: WhisperModel) -> None:
    settings = Settings(transcribe=TranscribeSettings(weights=checkpoint))
    engine = WhisperEngine(settings, listener=listener, detector=Everywhere())
    (found,) = engine.transcribe([noise(12)])
    assert found.marks
    assert {mark.kind for mark in found.marks} <= {MarkKind.DOUBTFUL, MarkKind.UNHEARD}
    assert found.words == ()


def test_the_engine_loads_a_checkpoint_by_path(checkpoint: Path, tmp_path: Path) -> None:
    from hashlib import sha256

    settings = Settings(cache_dir=tmp_path, transcribe=TranscribeSettings(weights=checkpoint, device="cpu"))
    engine = WhisperEngine(settings, detector=Everywhere())
    assert dict(engine.fingerprint)["speech weights"] == sha256(checkpoint.read_bytes()).hexdigest()
    assert engine.transcribe([noise(2), noise(2, seed=5)])[1].language == "en"
