from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from detectors import Everywhere

from scoring.calls import SEVERAL_LANGUAGES, Word
from scoring.errors import SettingsError
from scoring.settings import Settings, TranscribeSettings
from scoring.transcribe import ChannelText, language_of
from scoring.transcribe.heard import Decoded, Heard
from scoring.transcribe.languages import is_doubted, likeliest, of_all, settle
from scoring.transcribe.packing import Piece, Window
from scoring.transcribe.tokens import language_code, language_name
from scoring.transcribe.whisper_engine import WhisperEngine

SECOND = 16_000
SPANISH, ENGLISH = {"es": 0.97, "en": 0.02}, {"en": 0.95, "cy": 0.03}


def heard(seconds: float, in_language: float = 1.0, *, tokens: int = 5, no_speech: float = 0.0) -> Heard:
    window = Window(0, (Piece(0, int(seconds * SECOND), 0),))
    said, chances, nothing = tuple(range(tokens)), np.ones(tokens, np.float32), np.zeros((1, 0, 1), np.float16)
    return Heard(window, Decoded(said, chances, -0.1, no_speech, in_language, nothing, True), "said", ())


def test_a_call_that_fits_is_not_asked_about_again() -> None:
    assert not is_doubted([heard(20, 0.9), heard(20, 0.6)])
    assert not is_doubted([])


@pytest.mark.parametrize(
    "voting_not",
    [heard(2, 0.0), heard(20, 0.0, tokens=0), heard(20, 0.0, no_speech=0.9)],
    ids=["an okay may be in any language", "no words", "nobody speaks"],
)
def test_what_may_be_no_speech_raises_no_doubt(voting_not: Heard) -> None:
    assert not is_doubted([voting_not])
    assert not is_doubted([heard(10, 0.9), voting_not])


def test_a_fifth_of_the_speech_is_a_doubt() -> None:
    assert not is_doubted([heard(25, 0.9), heard(6, 0.1)])
    assert is_doubted([heard(24, 0.9), heard(6, 0.1)])


def test_the_expected_language_stays_while_it_is_not_unlikely() -> None:
    first = [heard(20), heard(20)]
    assert settle(first, [{"cy": 0.6, "en": 0.4}, ENGLISH], "en") == ("en", "en")


def test_a_call_in_another_language_is_heard_in_it_whole() -> None:
    first = [heard(20), heard(20), heard(1)]
    assert settle(first, [SPANISH, SPANISH, ENGLISH], "en") == ("es", "es", "es")


def test_neighbouring_languages_do_not_hide_each_other() -> None:
    first = [heard(20), heard(25)]
    assert settle(first, [{"no": 0.5, "nn": 0.45, "en": 0.01}, {"nn": 0.6, "no": 0.39}], "en") == ("nn", "nn")


def test_a_call_in_two_languages_is_heard_in_both() -> None:
    first = [heard(20), heard(20), heard(20)]
    assert settle(first, [ENGLISH, SPANISH, ENGLISH], "en") == ("en", "es", "en")


def test_the_longest_speech_decides() -> None:
    windows = [heard(seconds).window for seconds in (5, 30)]
    assert likeliest([{"de": 0.9}, {"nl": 0.8}], windows) == "nl"
    assert likeliest([{"nl": 0.5}, {"de": 0.5}], [windows[0]] * 2) == "de"


def test_several_languages_have_a_word() -> None:
    assert of_all(["en", "en"]) == "en"
    assert of_all(["en", "es"]) == SEVERAL_LANGUAGES
    assert of_all([]) == ""


@pytest.mark.parametrize(
    ("spoken", "expected", "language", "note"),
    [
        (("en", "en"), "en", "en", ()),
        (("en", ""), "English", "en", ()),
        (("es", "es"), "en", "es", ("spoken in Spanish, not in English",)),
        (("en", "es"), "en", "mul", ("spoken in several languages, not in English",)),
        (("es", ""), "auto", "es", ()),
        (("", ""), "en", "", ()),
    ],
)
def test_a_recording_has_one_language_and_says_when_it_is_another(
    spoken: tuple[str, ...], expected: str, language: str, note: tuple[str, ...]
) -> None:
    assert language_of([ChannelText((), each) for each in spoken], expected) == (language, note)


def test_a_language_goes_by_its_code_or_its_name() -> None:
    assert language_code("Spanish") == language_code("es") == "es"
    assert language_name("es") == "Spanish"
    with pytest.raises(SettingsError, match=r"transcribe\.language"):
        language_code("spanisch")


class Bilingual:
    """Hears what it is asked to, says how well that fits, and remembers what it was asked."""

    def __init__(self, *spoken: str) -> None:
        self.spoken = spoken  # by channel
        self.asked: list[tuple[str, int]] = []

    def hear(
        self, windows: Sequence[Window], channels: Sequence[np.ndarray], language: str, prompt: str = ""
    ) -> list[Heard]:
        self.asked.append((language, len(windows)))
        return [self._heard(window, language) for window in windows]

    def _heard(self, window: Window, language: str) -> Heard:
        one = heard(window.length / SECOND, 1.0 if self.spoken[window.channel] == language else 0.01)
        word = Word(f"{language}-word", window.pieces[0].start / SECOND + 0.1, window.pieces[0].end / SECOND, 0.9)
        return Heard(window, one.decoded, word.text, (word,))

    def languages(self, windows: Sequence[Window], channels: Sequence[np.ndarray]) -> list[dict[str, float]]:
        return [{self.spoken[window.channel]: 0.95, "xx": 0.05} for window in windows]


def hear(listener: Bilingual, **options: object) -> tuple[ChannelText, ...]:
    settings = Settings(transcribe=TranscribeSettings.model_validate(options))
    sound = np.random.default_rng(0).normal(0, 0.1, 10 * SECOND).astype(np.float32)
    engine = WhisperEngine(settings, listener=listener, detector=Everywhere())
    return engine.transcribe([sound for _ in listener.spoken], "Acme.")


def said(found: Sequence[ChannelText]) -> list[list[str]]:
    return [[word.text for word in text.words] for text in found]


def test_the_engine_hears_a_call_once_in_the_expected_language() -> None:
    listener = Bilingual("en", "en")
    assert [text.language for text in hear(listener)] == ["en", "en"]
    assert [asked for asked in listener.asked if asked[1]] == [("en", 2)]


def test_the_engine_hears_a_foreign_call_in_its_own_language() -> None:
    found = hear(Bilingual("es", "es"))
    assert [text.language for text in found] == ["es", "es"]
    assert said(found) == [["es-word"], ["es-word"]]


def test_the_engine_hears_each_party_in_its_language() -> None:
    found = hear(Bilingual("en", "es"))
    assert [text.language for text in found] == ["en", "es"]
    assert said(found) == [["en-word"], ["es-word"]]


def test_detection_can_be_left_out() -> None:
    assert [text.language for text in hear(Bilingual("es"), detect_language=False)] == ["en"]


def test_without_an_expected_language_the_call_says_it() -> None:
    listener = Bilingual("it")
    assert [text.language for text in hear(listener, language="auto")] == ["it"]
    assert [asked for asked in listener.asked if asked[1]] == [("it", 1)]
