"""Words put before the speech they belong to are moved into it; all others stay where they are."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.audio import FloatArray
from scoring.audio.voice import FRAME_SECONDS
from scoring.calls import Word
from scoring.transcribe.placing import onto_speech


def voiced(*stretches: tuple[float, float], seconds: float = 20, chance: float = 0.98) -> FloatArray:
    clock = np.arange(round(seconds / FRAME_SECONDS)) * FRAME_SECONDS
    chances = np.full(len(clock), 0.02, dtype=np.float32)
    for start, end in stretches:
        chances[(clock >= start) & (clock < end)] = chance
    return chances


def test_the_first_word_of_a_phrase_comes_out_of_the_noise_before_it() -> None:
    words = [Word("My", 3.0, 3.6, 0.9), Word("savings", 8.0, 8.7, 0.9), Word("account.", 8.7, 9.2, 0.9)]
    first, second, third = onto_speech(words, voiced((8.05, 9.2)))
    assert 8.0 <= first.start < first.end == pytest.approx(second.start)
    assert second.end == 8.7
    assert third == words[2]


def test_several_torn_off_words_follow_one_another() -> None:
    words = [Word("Thank", 3.0, 3.6, 0.9), Word("you", 3.6, 7.3, 0.9), Word("for", 7.3, 7.5, 0.9)]
    first, second, third = onto_speech(words, voiced((7.0, 9.0)))
    assert 6.8 <= first.start < first.end == pytest.approx(second.start)
    assert second.end == 7.3
    assert third == words[2]


def test_a_lone_word_goes_to_the_speech_without_words_after_it() -> None:
    (bye,) = onto_speech([Word("Bye.", 12.8, 13.9, 0.8)], voiced((14.4, 14.8)))
    assert 14.2 <= bye.start <= 14.4
    assert bye.end == pytest.approx(14.8, abs=2 * FRAME_SECONDS)


def test_a_long_silence_is_cut_off_the_front_of_a_word() -> None:
    (word,) = onto_speech([Word("so", 3.0, 6.0, 0.9)], voiced((5.7, 8.0)))
    assert word.start == pytest.approx(5.5, abs=2 * FRAME_SECONDS)
    assert word.end == 6.0


@pytest.mark.parametrize(
    ("words", "chances"),
    [
        (
            [Word("Monday.", 3.0, 3.4, 0.9), Word("And", 8.0, 8.3, 0.9)],
            voiced((8.0, 9.0)),
        ),  # faint, a sentence by itself
        ([Word("yes", 3.0, 3.4, 0.9)], voiced()),  # nothing better anywhere
        ([Word("yes", 3.0, 3.4, 0.9)], voiced((9.0, 9.5))),  # speech, but far away
        ([Word("yes", 3.0, 3.4, 0.9)], voiced((3.6, 3.66))),  # a click
        ([Word("yes", 3.0, 3.4, 0.9)], voiced((3.6, 4.2), chance=0.7)),  # hardly a voice
        ([Word("not", 3.0, 3.4, 0.9), Word("now", 3.4, 3.8, 0.9)], voiced((3.4, 3.8))),  # in one breath
    ],
)
def test_a_word_stays_where_nothing_speaks_against_it(words: list[Word], chances: FloatArray) -> None:
    assert onto_speech(words, chances) == tuple(words)


def test_speech_that_has_its_own_word_takes_no_other() -> None:
    words = [Word("Okay.", 3.0, 3.4, 0.9), Word("Bye.", 4.0, 4.5, 0.9)]
    assert onto_speech(words, voiced((4.0, 4.5))) == tuple(words)


def test_no_words_and_no_sound() -> None:
    assert onto_speech([], voiced()) == ()
    assert onto_speech([Word("yes", 0.0, 0.4, 1.0)], np.zeros(0, dtype=np.float32)) == (Word("yes", 0.0, 0.4, 1.0),)


times = st.lists(st.floats(0, 20), min_size=2, max_size=16)


@settings(max_examples=200, deadline=None)
@given(times, times, st.sampled_from(["", "."]))
def test_order_length_and_text_are_kept_and_nothing_moves_back(
    spoken: list[float], sounding: list[float], ending: str
) -> None:
    edges = sorted(spoken)
    words = [Word(f"w{n}{ending}", start, end + 0.02, 1.0) for n, (start, end) in enumerate(pairwise(edges))]
    chances = voiced(*list(pairwise(sorted(sounding)))[::2])
    placed = onto_speech(words, chances)
    assert [word.text for word in placed] == [word.text for word in words]
    assert [word.start for word in placed] == sorted(word.start for word in placed)
    for before, after in zip(words, placed, strict=True):
        assert after.end > after.start >= before.start


@settings(max_examples=100, deadline=None)
@given(times)
def test_words_on_voices_never_move(spoken: list[float]) -> None:
    edges = sorted(spoken)
    words = [Word("so", start, end + 0.1, 1.0) for start, end in pairwise(edges)]
    assert onto_speech(words, voiced((0, 21), seconds=21)) == tuple(words)
