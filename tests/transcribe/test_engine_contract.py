"""Every speech engine keeps the same promises. The real one is tried on the sample calls."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scoring.audio import read_recording
from scoring.calls import Word
from scoring.errors import SettingsError, WeightsError
from scoring.settings import Settings, TranscribeSettings
from scoring.transcribe import ScriptedEngine, SpeechEngine, load_engine
from scoring.transcribe.whisper_engine import WhisperEngine

SAMPLES = Path(__file__).parents[2] / "audio_samples"
SPOKEN = SAMPLES / "09_moving_silence.ogg"
SECOND = 16_000


def real_engine(model: str = "base", **options: Any) -> SpeechEngine:
    import torch

    torch.set_num_threads(1)
    return load_engine(Settings(transcribe=TranscribeSettings(model=model, **options)))


ENGINES = ["scripted", *(pytest.param(name, marks=pytest.mark.models) for name in ("whisper", "faster-whisper"))]


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> SpeechEngine:
    name: str = request.param
    if name == "scripted":
        return ScriptedEngine(["hello there", "hi, it is me"])
    return real_engine("tiny.en", engine=name)


@pytest.fixture(scope="module")
def spoken() -> tuple[np.ndarray, ...]:
    if not SPOKEN.exists():
        pytest.skip("audio_samples/ has not been made yet")
    channels = read_recording(SPOKEN, longest_hours=1).channels
    return tuple(channel[: 30 * SECOND] for channel in channels)


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
class TestContract:
    def test_one_text_for_each_channel_in_order(self, engine: SpeechEngine, spoken: tuple[np.ndarray, ...]) -> None:
        found = engine.transcribe(spoken)
        assert len(found) == len(spoken)
        assert any(one.words for one in found)

    def test_words_are_in_order_and_inside_the_recording(
        self, engine: SpeechEngine, spoken: tuple[np.ndarray, ...]
    ) -> None:
        for samples, text in zip(spoken, engine.transcribe(spoken), strict=True):
            starts = [word.start for word in text.words]
            assert starts == sorted(starts)
            for word in text.words:
                assert 0 <= word.start < word.end <= len(samples) / SECOND + 0.02
                assert 0 <= word.confidence <= 1
                assert word.text == word.text.strip() != ""

    def test_the_same_sound_gives_the_same_words(self, engine: SpeechEngine, spoken: tuple[np.ndarray, ...]) -> None:
        assert engine.transcribe(spoken) == engine.transcribe(spoken)

    def test_silence_has_no_words(self, engine: SpeechEngine) -> None:
        found = engine.transcribe([np.zeros(40 * SECOND, np.float32), np.zeros(1, np.float32)], "Acme. Agent Maya.")
        assert [one.words for one in found] == [(), ()]

    def test_the_fingerprint_is_plain_and_stable(self, engine: SpeechEngine) -> None:
        assert engine.fingerprint == engine.fingerprint
        assert json.loads(json.dumps(engine.fingerprint)) == [list(pair) for pair in engine.fingerprint]
        assert dict(engine.fingerprint)["engine"]


def test_the_scripted_engine_says_its_script_over_the_sound() -> None:
    samples = np.zeros(4 * SECOND, np.float32)
    samples[SECOND : 3 * SECOND] = 0.1
    engine = ScriptedEngine(["good morning all"])
    (found,) = engine.transcribe([samples], "Acme.")
    assert [(word.text, word.start, word.end) for word in found.words] == [
        ("good", 1.0, pytest.approx(5 / 3)),
        ("morning", pytest.approx(5 / 3), pytest.approx(7 / 3)),
        ("all", pytest.approx(7 / 3), 3.0),
    ]
    assert engine.prompts == ["Acme."]


def test_a_script_may_depend_on_the_sound() -> None:
    engine = ScriptedEngine(lambda samples: "loud" if samples.max() > 0.5 else "quiet")
    quiet, loud = (np.full(SECOND, level, np.float32) for level in (0.1, 0.9))
    assert [text.words[0].text for text in engine.transcribe([quiet, loud])] == ["quiet", "loud"]


def test_options_that_change_words_change_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    from scoring.transcribe import whisper_engine
    from scoring.weights import CheckpointInfo

    def weights(settings: Settings) -> CheckpointInfo:
        return CheckpointInfo(Path("x"), f"hash of {settings.transcribe.model}", "packages")

    monkeypatch.setattr(whisper_engine, "speech_weights", weights)
    variants = [
        TranscribeSettings(),
        TranscribeSettings(model="tiny.en"),
        TranscribeSettings(language="de"),
        TranscribeSettings(voice_threshold=0.4),
        TranscribeSettings(engine="faster-whisper"),
        TranscribeSettings(engine="faster-whisper", precision="float32"),
    ]
    prints = {WhisperEngine(Settings(transcribe=options)).fingerprint for options in variants}
    assert len(prints) == len(variants)


def test_missing_weights_are_said_before_anything_is_heard(tmp_path: Path) -> None:
    engine = load_engine(Settings(cache_dir=tmp_path, transcribe=TranscribeSettings(weights=tmp_path / "no.pt")))
    with pytest.raises(WeightsError, match="not a file"):
        engine.fingerprint  # noqa: B018 — asking is what raises


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    from scoring.transcribe.model import WhisperModel
    from scoring.transcribe.precision import Precision

    (tmp_path / "bad.pt").write_bytes(b"no checkpoint")
    with pytest.raises(WeightsError, match="does not hold an openai-whisper model"):
        WhisperModel(tmp_path / "bad.pt", "base", Precision("cpu"))


@pytest.fixture(scope="module")
def truth() -> dict[str, Any]:
    if not (SAMPLES / "truth.jsonl").exists():
        pytest.skip("audio_samples/ has not been made yet")
    lines = (SAMPLES / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {call["file"]: call for call in map(json.loads, lines)}


def spoken_words(call: dict[str, Any], end: float) -> Iterator[str]:
    from whisper.normalizers import EnglishTextNormalizer

    for turn in sorted(call["turns"], key=lambda turn: turn["start"]):
        if turn["end"] < end:
            yield from EnglishTextNormalizer()(turn["text"]).split()


@pytest.mark.models
@pytest.mark.parametrize("name", ["whisper", "faster-whisper"])
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # whisper's normaliser leaves its file open
def test_base_understands_a_sample_call_and_invents_nothing(truth: dict[str, Any], name: str) -> None:
    import jiwer
    from whisper.normalizers import EnglishTextNormalizer

    call = truth[SPOKEN.name]
    channels = read_recording(SPOKEN, longest_hours=1).channels
    found = real_engine(engine=name).transcribe(channels)
    words = sorted((word for text in found for word in text.words), key=lambda word: word.start)
    said = EnglishTextNormalizer()(" ".join(word.text for word in words))
    assert jiwer.wer(" ".join(spoken_words(call, 1e9)), said) < 0.2
    for word in words:
        middle = (word.start + word.end) / 2
        assert any(turn["start"] - 0.5 <= middle <= turn["end"] + 0.5 for turn in call["turns"]), word


@pytest.mark.models
@pytest.mark.parametrize("name", ["whisper", "faster-whisper"])
def test_a_prompt_is_never_heard_as_words(spoken: tuple[np.ndarray, ...], name: str) -> None:
    prompt = "Zanzibar Holdings. Agent Wilhelmina Quartermaine, customer Bartholomew Featherstone."
    found = real_engine("tiny.en", engine=name).transcribe(spoken, prompt)
    said = " ".join(word.text for text in found for word in text.words).lower()
    assert not any(name in said for name in ("zanzibar", "wilhelmina", "quartermaine", "bartholomew", "featherstone"))


@pytest.mark.models
@pytest.mark.parametrize("name", ["whisper", "faster-whisper"])
def test_noise_and_tones_have_no_words(name: str) -> None:
    generator = np.random.default_rng(3)
    clock = np.arange(40 * SECOND) / SECOND
    hiss = generator.normal(0, 0.01, len(clock)).astype(np.float32)
    ring = (0.2 * np.sin(2 * np.pi * 425 * clock) * (clock % 5 < 1)).astype(np.float32)
    found = real_engine("tiny.en", engine=name).transcribe([hiss, ring])
    assert [[word.text for word in one.words] for one in found] == [[], []]


@pytest.mark.models
def test_an_unknown_language_is_refused_with_its_neighbour(spoken: tuple[np.ndarray, ...]) -> None:
    with pytest.raises(SettingsError) as caught:
        real_engine("base", language="englisch").transcribe(spoken)
    assert "english" in caught.value.hint


@pytest.mark.models
@pytest.mark.parametrize("name", ["whisper", "faster-whisper"])
def test_the_language_is_heard(spoken: tuple[np.ndarray, ...], name: str) -> None:
    assert {text.language for text in real_engine("base", engine=name, language="auto").transcribe(spoken)} == {"en"}


@pytest.mark.models
def test_both_engines_place_words_alike(spoken: tuple[np.ndarray, ...]) -> None:
    found = [real_engine("base", engine=name).transcribe(spoken) for name in ("whisper", "faster-whisper")]
    starts = [once(text.words) for texts in zip(*found, strict=True) for text in texts]
    apart = [
        abs(one[text] - other[text])
        for one, other in zip(starts[::2], starts[1::2], strict=True)
        for text in one.keys() & other.keys()
    ]
    assert len(apart) > 20
    assert np.median(apart) < 0.05
    assert max(apart) < 0.3


def once(words: Sequence[Word]) -> dict[str, float]:
    """Where words start that are said once."""
    count = Counter(word.text for word in words)
    return {word.text: word.start for word in words if count[word.text] == 1}
