"""What looks invented or lost is heard again, alone and unprompted, and says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from scoring.calls import Word
from scoring.settings import Settings, TranscribeSettings
from scoring.transcribe import MarkKind
from scoring.transcribe.engine import ChannelText
from scoring.transcribe.heard import Decoded, Heard
from scoring.transcribe.packing import Piece, Window
from scoring.transcribe.second import Doubt, believe, look_again
from scoring.transcribe.whisper_engine import WhisperEngine

SECOND = 16_000
SPEECH = ((1.0, 3.0), (6.0, 8.0), (12.0, 14.0))


def decoded(
    *,
    tokens: int = 3,
    logprob: float = -0.2,
    no_speech: float = 0.0,
    finished: bool = True,
    in_language: float = 1.0,
) -> Decoded:
    attention = np.zeros((1, tokens + 1, 10), np.float32)
    chances = np.full(tokens, 0.9, np.float32)
    return Decoded(tuple(range(tokens)), chances, logprob, no_speech, in_language, attention, finished)


def heard(window: Window, text: str, at: Sequence[float] = (), **how: float | bool) -> Heard:
    said = text.split()
    times = at or [piece.start / SECOND + 0.3 for piece in window.pieces]
    words = tuple(Word(one, start, start + 0.4, 0.9) for one, start in zip(said, times, strict=False))
    return Heard(window, decoded(tokens=max(1, len(said)), **how), text, words)  # type: ignore[arg-type]


def sound(seconds: float = 16.0) -> np.ndarray:
    """Silence with a swinging tone where somebody is to speak."""
    clock = np.arange(round(seconds * SECOND)) / SECOND
    samples = 0.2 * np.sin(2 * np.pi * 150 * clock) * (0.6 + 0.4 * np.sin(2 * np.pi * 4 * clock))
    speaking = np.zeros(len(clock), dtype=bool)
    for start, end in SPEECH:
        speaking |= (clock >= start) & (clock < end)
    return np.where(speaking, samples, 0).astype(np.float32)


def window(*spans: tuple[float, float], channel: int = 0) -> Window:
    pieces, at = [], 0
    for start, end in spans:
        pieces.append(Piece(round(start * SECOND), round(end * SECOND), at))
        at = pieces[-1].until + SECOND // 2
    return Window(channel, tuple(pieces))


def test_a_good_window_is_heard_once() -> None:
    first = [heard(window(*SPEECH), "one two three")]
    assert look_again(first, [sound()], "") == []


@pytest.mark.parametrize(
    "how",
    [{"logprob": -1.2}, {"finished": False}],
)
def test_a_bad_window_is_heard_again_piece_by_piece(how: dict[str, float | bool]) -> None:
    doubts = look_again([heard(window(*SPEECH), "one two three", **how)], [sound()], "")
    assert [(doubt.region.start, doubt.region.end) for doubt in doubts] == list(SPEECH)
    assert not any(doubt.hole for doubt in doubts)


def test_repetition_and_the_prompts_words_make_a_window_bad() -> None:
    again = heard(window(*SPEECH), "thank you " * 40)
    prompted = heard(window(*SPEECH), "agent Maya hello")
    assert len(look_again([again], [sound()], "")) == 3
    assert len(look_again([prompted], [sound()], "Acme. Agent Maya.")) == 3
    assert look_again([prompted], [sound()], "") == []


def test_sound_without_words_is_heard_again() -> None:
    (doubt,) = look_again([heard(window(*SPEECH), "one three", at=(1.5, 12.5))], [sound()], "")
    assert doubt.hole
    assert (doubt.region.start, doubt.region.end) == SPEECH[1]


def test_silence_without_words_is_left_alone() -> None:
    quiet = heard(window((1, 3), (9, 11)), "one", at=(1.5,))
    assert look_again([quiet], [sound()], "") == []


def settle(doubt_of: Heard, second: Heard, *, hole: bool) -> tuple[list[str], list[MarkKind]]:
    believed = believe([doubt_of], [Doubt(second.window, 0, hole)], [second], 1)
    words = sorted(believed.words[0], key=lambda word: word.start)
    return [word.text for word in words], [mark.kind for mark in believed.marks[0]]


PART = window(SPEECH[1])


@pytest.mark.parametrize(
    ("second", "words", "mark"),
    [
        (heard(PART, "two"), ["two"], MarkKind.AGAIN),
        (heard(PART, "two", logprob=-1.5), ["two"], MarkKind.DOUBTFUL),
        (heard(PART, "two", logprob=-1.5, no_speech=0.9), [], MarkKind.UNHEARD),
        (heard(PART, "two", finished=False), [], MarkKind.UNHEARD),
        (heard(PART, ""), [], MarkKind.UNHEARD),
    ],
)
def test_how_a_bad_window_ends(second: Heard, words: list[str], mark: MarkKind) -> None:
    assert settle(heard(window(*SPEECH), "made up words"), second, hole=False) == (words, [mark])


@pytest.mark.parametrize(
    ("second", "words", "mark"),
    [
        (heard(PART, "two"), ["one", "two", "three"], MarkKind.AGAIN),
        (heard(PART, "two", logprob=-1.5), ["one", "three"], MarkKind.UNHEARD),
        (heard(PART, "two", no_speech=0.7), ["one", "three"], MarkKind.UNHEARD),
        (heard(PART, ""), ["one", "three"], MarkKind.UNHEARD),
    ],
)
def test_how_a_hole_ends(second: Heard, words: list[str], mark: MarkKind) -> None:
    first = heard(window(*SPEECH), "one three", at=(1.5, 12.5))
    assert settle(first, second, hole=True) == (words, [mark])


def test_a_word_found_before_its_pause_is_not_said_twice() -> None:
    first = heard(window(*SPEECH), "one Two. three", at=(1.5, 12.1, 12.6))
    words, _ = settle(first, heard(PART, "two"), hole=True)
    assert words == ["one", "two", "three"]


def test_channels_are_kept_apart() -> None:
    left, right = (heard(window(SPEECH[0], channel=number), name) for number, name in enumerate(("left", "right")))
    believed = believe([left, right], [], [], 2)
    assert [[word.text for word in words] for words in believed.words] == [["left"], ["right"]]


class Scripted:
    """A listener that gives every window's words from a list, first tries and second ones alike."""

    def __init__(self, first: str, second: str = "", **how: float | bool) -> None:
        self.first, self.second, self.how = first, second, how
        self.asked: list[tuple[int, str]] = []

    def hear(
        self, windows: Sequence[Window], channels: Sequence[np.ndarray], language: str, prompt: str = ""
    ) -> list[Heard]:
        self.asked.append((len(windows), prompt))
        if len(self.asked) % 2:
            return [heard(one, self.first, **self.how) for one in windows]
        return [heard(one, self.second) for one in windows]

    def languages(self, windows: Sequence[Window], channels: Sequence[np.ndarray]) -> list[dict[str, float]]:
        return [{"de": 0.9, "en": 0.1} for _ in windows]


class Everywhere:
    """A detector that hears a voice wherever there is sound."""

    fingerprint = "everywhere"

    def probabilities(self, samples: np.ndarray) -> np.ndarray:
        frames = np.pad(samples, (0, -len(samples) % 512)).reshape(-1, 512)
        return (np.abs(frames).max(axis=1) > 0.01).astype(np.float32)


def engine(listener: Scripted, language: str = "en") -> WhisperEngine:
    settings = Settings(transcribe=TranscribeSettings(language=language))
    return WhisperEngine(settings, listener=listener, detector=Everywhere())


def texts(found: ChannelText) -> list[str]:
    return [word.text for word in found.words]


def test_the_engine_asks_once_when_all_is_well() -> None:
    listener = Scripted("one two three")
    (found,) = engine(listener).transcribe([sound()], "Acme.")
    assert texts(found) == ["one", "two", "three"]
    assert found.marks == ()
    assert listener.asked == [(1, "Acme.")]


def test_the_engine_asks_again_without_the_prompt() -> None:
    listener = Scripted("made up text", "word", logprob=-2.0)
    (found,) = engine(listener).transcribe([sound()], "Acme.")
    assert texts(found) == ["word"] * 3
    assert {mark.kind for mark in found.marks} == {MarkKind.AGAIN}
    assert listener.asked == [(1, "Acme."), (3, "")]


def test_silence_is_never_heard_at_all() -> None:
    listener = Scripted("thank you")
    silent = np.zeros(20 * SECOND, np.float32)
    found = engine(listener).transcribe([silent, silent])
    assert [texts(one) for one in found] == [[], []]
    assert listener.asked == []


def test_a_silent_channel_beside_a_speaking_one_stays_silent() -> None:
    listener = Scripted("one two three")
    silent = np.zeros(16 * SECOND, np.float32)
    left, right = engine(listener).transcribe([silent, sound()])
    assert (texts(left), texts(right)) == ([], ["one", "two", "three"])


def test_words_in_silence_are_dropped_and_marked() -> None:
    class Astray(Scripted):
        def hear(self, windows: Sequence[Window], *_: object, **__: object) -> list[Heard]:  # type: ignore[override]
            return [heard(one, "one two three ghost", at=(1.5, 6.5, 12.5, 15.5)) for one in windows]

    (found,) = engine(Astray("")).transcribe([sound()])
    assert texts(found) == ["one", "two", "three"]
    assert found.notes == ("15.5–15.9 s dropped: 'ghost'",)


def test_the_language_is_found_when_asked_for() -> None:
    (found,) = engine(Scripted("eins zwei drei"), language="auto").transcribe([sound()])
    assert found.language == "de"


def test_unheard_speech_is_named() -> None:
    (found,) = engine(Scripted("one", "", logprob=-2.0)).transcribe([sound()])
    assert found.words == ()
    assert len(found.unheard) == 3
    for region, (start, end) in zip(found.unheard, SPEECH, strict=True):
        assert region.start <= start < end <= region.end
    assert all("unheard" in note for note in found.notes)


class Skipping(Scripted):
    """With a prompt it takes the prompt for the text and passes over what was said; without one it hears all."""

    def hear(
        self, windows: Sequence[Window], channels: Sequence[np.ndarray], language: str, prompt: str = ""
    ) -> list[Heard]:
        self.asked.append((len(windows), prompt))
        return [heard(one, self.first if prompt else self.second) for one in windows]


def test_a_prompt_that_makes_words_be_skipped_is_left_out() -> None:
    (found,) = engine(Skipping("Acme", "name address yes")).transcribe([sound()], "Acme.")
    assert texts(found) == ["name", "address", "yes"]
    assert found.marks == ()


def test_the_prompted_hearing_stays_when_the_other_is_no_fuller() -> None:
    (found,) = engine(Skipping("Meyer Maier", "Mayer mire")).transcribe([sound()], "Customer Meyer.")
    assert texts(found)[:2] == ["Meyer", "Maier"]


@pytest.mark.parametrize(
    ("voice", "confidence", "words"),
    [(0.4, 0.38, []), (1.0, 0.38, ["bye"]), (0.4, 0.9, ["bye"])],
)
def test_a_word_out_of_a_hole_needs_a_voice_or_belief(voice: float, confidence: float, words: list[str]) -> None:
    hole = window((6.0, 6.4))
    found = heard(hole, "bye")
    found = replace(found, words=tuple(replace(word, confidence=confidence) for word in found.words))
    believed = believe([heard(window(*SPEECH), "one", at=(1.5,))], [Doubt(hole, 0, hole=True)], [found], 1, [voice])
    assert [word.text for word in believed.words[0] if word.text != "one"] == words
