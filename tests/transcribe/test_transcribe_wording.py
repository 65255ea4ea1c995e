"""Tokens become words, words get times, and their edges follow the sound."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.calls import Word
from scoring.transcribe.alignment import TokenTimes
from scoring.transcribe.edges import audible, tighten
from scoring.transcribe.packing import Piece, Window
from scoring.transcribe.wording import Grouped, group, place

SECOND = 16_000


class Spelled:
    """A splitter whose tokens are numbers into a list of words; each word is one token."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def split_to_word_tokens(self, tokens: list[int]) -> tuple[list[str], list[list[int]]]:
        return [self.words[token] for token in tokens], [[token] for token in tokens]


def grouped(*words: str) -> list[str]:
    return [one.text for one in group(range(len(words)), Spelled(*words))]


@pytest.mark.parametrize(
    ("pieces", "words"),
    [
        ((" Hello", ",", " this"), ["Hello,", "this"]),
        ((" (", "well", ")", " yes", "."), ["(well)", "yes."]),
        ((" he", " said", ' "', "no", '"', "."), ["he", "said", '"no".']),
        ((" $135", " please"), ["$135", "please"]),
        ((" twenty", " %"), ["twenty%"]),
        (("-", "-", " what"), ["what"]),
        ((".", " Oh"), ["Oh"]),
        ((" ", " I"), ["I"]),
        ((), []),
    ],
)
def test_punctuation_goes_to_its_word(pieces: tuple[str, ...], words: list[str]) -> None:
    assert grouped(*pieces) == words


def test_a_words_core_leaves_its_punctuation_out() -> None:
    (only,) = group([0, 1, 2], Spelled(" (", "ok", ")"))
    assert only == Grouped("(ok)", 0, 3, (1, 2))


def window_of(*pieces: tuple[float, float, float]) -> Window:
    return Window(0, tuple(Piece(*(round(value * SECOND) for value in piece)) for piece in pieces))


def test_words_are_put_on_the_recordings_clock() -> None:
    window = window_of((10, 12, 0), (50, 53, 2.5))
    groups = [Grouped("one", 0, 1, (0, 1)), Grouped("two", 1, 3, (1, 3)), Grouped("three", 3, 4, (3, 4))]
    times = TokenTimes(np.array([0.2, 1.0, 1.5, 2.6, 3.4]), np.array([0.3, 1.1, 1.6, 2.8, 3.4]))
    words = place(groups, times, np.array([0.5, 0.8, 0.4, 0.9], np.float32), window)
    assert [(word.text, word.start, word.end) for word in words] == [
        ("one", 10.2, 11.0),
        ("two", 11.0, 12.0),  # the attention reached into the next piece; the word does not
        ("three", 50.1, 50.9),
    ]
    assert [word.confidence for word in words] == pytest.approx([0.5, 0.6, 0.9])


def test_the_first_word_after_a_pause_leaves_the_noise_before_it() -> None:
    window = window_of((10, 11, 0), (20, 22, 1.5))
    times = TokenTimes(np.array([0.0, 1.9, 2.3]), np.array([0.1, 2.0, 2.3]))
    groups = [Grouped("hello", 0, 1, (0, 1)), Grouped("there", 1, 2, (1, 2))]
    first, second = place(groups, times, np.array([0.9, 0.9], np.float32), window)
    assert (first.start, first.end) == (20.0, 20.4), "the attention began in the noise, at the start of the window"
    assert (second.start, second.end) == (20.4, 20.8)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(0, 28), min_size=2, max_size=20), st.data())
def test_times_are_in_order_inside_pieces_and_never_empty(times: list[float], data: st.DataObject) -> None:
    lengths = data.draw(st.lists(st.floats(0.1, 6), min_size=1, max_size=5))
    pieces, at, clock = [], 0.0, 3.0
    for length in lengths:
        pieces.append((clock, clock + length, at))
        at, clock = at + length + 0.5, clock + length + 7
    window = window_of(*pieces)
    count = len(times) - 1
    groups = [Grouped(f"w{index}", index, index + 1, (index, index + 1)) for index in range(count)]
    starts_in_window = np.array(sorted(times))
    peaks = (starts_in_window + np.append(starts_in_window[1:], starts_in_window[-1])) / 2
    words = place(groups, TokenTimes(starts_in_window, peaks), np.full(count, 0.5, np.float32), window)
    assert len(words) == count
    starts = [word.start for word in words]
    assert starts == sorted(starts)
    for word in words:
        assert word.end > word.start
        assert any(start - 0.001 <= word.start <= end + 0.001 for start, end, _ in pieces)


def tone(*sounding: tuple[float, float], seconds: float, noise: float = 0.0) -> np.ndarray:
    samples = np.random.default_rng(0).normal(0, noise or 1e-12, round(seconds * SECOND))
    for start, end in sounding:
        clock = np.arange(round(start * SECOND), round(end * SECOND))
        samples[clock] += 0.3 * np.sin(clock * 0.1)
    return samples.astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_edges_move_to_the_sound(noise: float) -> None:
    samples = tone((1.0, 1.5), (3.0, 3.4), seconds=5, noise=noise)
    early = [Word("yes", 0.7, 1.3, 1.0), Word("no", 2.6, 3.2, 1.0)]
    first, second = tighten(early, samples)
    assert (first.start, first.end) == pytest.approx((1.0, 1.5), abs=0.02)
    assert (second.start, second.end) == pytest.approx((3.0, 3.4), abs=0.02)


def test_a_late_end_comes_back_over_a_pause() -> None:
    samples = tone((1.0, 1.4), (3.0, 3.4), seconds=5)
    first, second = tighten([Word("yes", 0.9, 2.9, 1.0), Word("no", 2.9, 3.4, 1.0)], samples)
    assert first.end == pytest.approx(1.4, abs=0.02)
    assert second.start == pytest.approx(3.0, abs=0.02)


def test_a_word_begins_after_the_pause_that_the_word_before_it_sounds_into() -> None:
    samples = tone((1.0, 1.5), (1.9, 2.2), seconds=4, noise=0.001)
    first, second = tighten([Word("month", 1.0, 1.42, 1.0), Word("and", 1.42, 2.2, 1.0)], samples)
    assert first.end == pytest.approx(1.5, abs=0.02)
    assert second.start == pytest.approx(1.9, abs=0.02)
    closed = tone((1.0, 1.5), (1.6, 2.2), seconds=4, noise=0.001)  # a "t" inside the word
    _, second = tighten([Word("for", 1.0, 1.42, 1.0), Word("ten", 1.42, 2.2, 1.0)], closed)
    assert second.start == pytest.approx(1.42, abs=0.02)


def test_words_in_one_breath_keep_their_border() -> None:
    samples = tone((1.0, 3.0), seconds=5)
    first, second = tighten([Word("so", 1.0, 2.0, 1.0), Word("then", 2.0, 3.0, 1.0)], samples)
    assert first.end == pytest.approx(2.0, abs=0.02)
    assert second.start == pytest.approx(2.0, abs=0.02)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(0, 5), min_size=2, max_size=16), st.floats(0.0001, 0.2), st.integers(0, 1000))
def test_tightening_keeps_words_in_order_and_apart(times: list[float], noise: float, seed: int) -> None:
    samples = np.random.default_rng(seed).normal(0, noise, 5 * SECOND).astype(np.float32)
    edges = sorted(round(time, 3) for time in times)
    words = [Word(str(index), start, max(end, start + 0.02), 1.0) for index, (start, end) in enumerate(pairwise(edges))]
    tight = tighten(words, samples)
    assert [word.text for word in tight] == [word.text for word in words]
    for before, after in zip(words, tight, strict=True):
        assert before.start - 0.001 <= after.start < after.end
        assert after.start <= before.end + 0.02
    assert [word.start for word in tight] == sorted(word.start for word in tight)


def test_words_without_sound_are_told_apart() -> None:
    samples = tone((1.0, 2.0), seconds=5)
    heard, unheard = Word("yes", 1.2, 1.6, 0.9), Word("you", 3.5, 4.0, 0.9)
    assert audible([heard, unheard], samples) == ((heard,), (unheard,))


def test_a_word_beside_sound_is_heard() -> None:
    samples = tone((1.0, 2.0), seconds=5)
    beside = Word("yes", 2.05, 2.1, 0.9)
    assert audible([beside], samples) == ((beside,), ())


def test_no_words_need_no_sound() -> None:
    assert tighten([], np.zeros(0, np.float32)) == ()
    assert audible([], np.zeros(0, np.float32)) == ((), ())
