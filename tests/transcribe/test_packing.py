"""Packing loses no sound, cuts no window too long, and knows the way back to the sample."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.audio import Region
from scoring.transcribe.packing import (
    GAP,
    LONGEST,
    WINDOW,
    Piece,
    Span,
    Window,
    cut,
    join,
    pack,
    quietest,
    spans_of,
)

SECOND = 16_000


def random_spans(longest: int) -> st.SearchStrategy[list[Span]]:
    """Spans in order that do not touch, as voice activity gives them."""

    def laid(lengths: list[tuple[int, int]]) -> list[Span]:
        spans, at = [], 0
        for pause, length in lengths:
            spans.append((at + pause, at + pause + length))
            at += pause + length
        return spans

    pairs = st.tuples(st.integers(1, 3 * SECOND), st.integers(1, longest))
    return st.lists(pairs, max_size=12).map(laid)


def silence(spans: list[Span]) -> np.ndarray:
    return np.zeros(spans[-1][1] if spans else 0, dtype=np.float32)


@settings(max_examples=80, deadline=None)
@given(random_spans(45 * SECOND))
def test_every_sample_of_speech_is_in_exactly_one_window(spans: list[Span]) -> None:
    count = silence(spans).astype(np.int64)
    for window in pack(silence(spans), spans):
        for piece in window.pieces:
            count[piece.start : piece.end] += 1
    for start, end in spans:
        assert (count[start:end] == 1).all()
    assert count.max(initial=0) <= 1


@settings(max_examples=80, deadline=None)
@given(random_spans(45 * SECOND))
def test_only_speech_and_short_pauses_are_packed(spans: list[Span]) -> None:
    speech = sum(end - start for start, end in spans)
    pauses = sum(min(GAP, later[0] - earlier[1]) for earlier, later in pairwise(spans))
    packed = sum(piece.end - piece.start for window in pack(silence(spans), spans) for piece in window.pieces)
    assert speech <= packed <= speech + pauses


@settings(max_examples=80, deadline=None)
@given(random_spans(45 * SECOND))
def test_no_window_is_too_long_and_time_only_goes_forward(spans: list[Span]) -> None:
    before = 0
    for window in pack(silence(spans), spans, channel=1):
        assert window.channel == 1
        assert 0 < window.length <= LONGEST < WINDOW
        at = 0
        for piece in window.pieces:
            assert piece.start >= before
            assert piece.at >= at
            before, at = piece.end, piece.until


@settings(max_examples=40, deadline=None)
@given(random_spans(8 * SECOND), st.integers(0, 2**32 - 1))
def test_a_window_holds_the_recordings_own_samples(spans: list[Span], seed: int) -> None:
    samples = np.random.default_rng(seed).uniform(-1, 1, len(silence(spans))).astype(np.float32)
    for window in pack(samples, spans):
        sound = window.audio(samples)
        assert sound.shape == (WINDOW,)
        packed = np.zeros(WINDOW, dtype=bool)
        for piece in window.pieces:
            np.testing.assert_array_equal(sound[piece.at : piece.until], samples[piece.start : piece.end])
            packed[piece.at : piece.until] = True
        assert not sound[~packed].any()


@settings(max_examples=60, deadline=None)
@given(random_spans(40 * SECOND), st.data())
def test_the_way_back_is_exact(spans: list[Span], data: st.DataObject) -> None:
    for window in pack(silence(spans), spans)[:3]:
        for piece in window.pieces[:3]:
            offset = data.draw(st.integers(0, piece.end - piece.start - 1))
            assert window.piece_of(piece.at + offset) == piece
            assert piece.clamp(piece.at + offset) == piece.start + offset


@given(st.integers(-WINDOW, 2 * WINDOW), st.integers(-WINDOW, 2 * WINDOW))
def test_the_clock_never_runs_backwards_and_never_leaves_the_piece(one: int, other: int) -> None:
    piece = Piece(5 * SECOND, 9 * SECOND, 2 * SECOND)
    first, second = sorted((one, other))
    assert piece.start <= piece.clamp(first) <= piece.clamp(second) <= piece.end


def test_between_pieces_the_nearer_one_counts() -> None:
    early, late = Piece(0, 10, 0), Piece(100, 120, 20)
    window = Window(0, (early, late))
    belongs = [window.piece_of(sample) is late for sample in range(-5, 60)]
    assert belongs == [sample > 14 for sample in range(-5, 60)]


def test_short_pauses_are_kept_as_they_are() -> None:
    near = [(0, SECOND), (SECOND + GAP, 3 * SECOND)]
    far = [(0, SECOND), (SECOND + GAP + 1, 3 * SECOND)]
    assert join(near) == ((0, 3 * SECOND),)
    assert join(far) == tuple(far)
    (window,) = pack(silence(far), far)
    assert [piece.at for piece in window.pieces] == [0, SECOND + GAP]


def test_joining_never_makes_a_piece_that_must_be_cut() -> None:
    spans = [(0, 20 * SECOND), (20 * SECOND + 10, 40 * SECOND)]
    assert join(spans) == tuple(spans)


def test_long_speech_is_cut_where_it_is_quiet() -> None:
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, 50 * SECOND).astype(np.float32)
    samples[22 * SECOND : 22 * SECOND + SECOND // 2] *= 0.01
    first, second = cut(samples, [(0, len(samples))])
    assert first[1] == second[0]
    assert 22 * SECOND <= first[1] <= 22.5 * SECOND


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200 * SECOND), st.integers(SECOND, 30 * SECOND))
def test_cuts_cover_the_span_and_are_short_enough(length: int, longest: int) -> None:
    pieces = cut(np.zeros(length, dtype=np.float32), [(0, length)], longest)
    assert pieces[0][0] == 0
    assert pieces[-1][1] == length
    assert all(earlier[1] == later[0] for earlier, later in pairwise(pieces))
    assert all(0 < end - start <= longest for start, end in pieces)


@pytest.mark.parametrize("length", [1, 100, 2000, 320 * 6])
def test_the_quietest_place_is_inside_even_when_there_is_little_room(length: int) -> None:
    assert 0 <= quietest(np.ones(length, dtype=np.float32), 0, length) <= length


def test_regions_become_spans_inside_the_recording() -> None:
    regions = [Region(2.0, 3.0), Region(-1.0, 0.5), Region(2.5, 99.0), Region(4.0, 4.0)]
    assert spans_of(regions, 5 * SECOND) == ((0, SECOND // 2), (2 * SECOND, 5 * SECOND))
    assert spans_of([Region(7.0, 8.0)], 5 * SECOND) == ()
    assert spans_of([], 0) == ()


def test_nothing_to_say_needs_no_window() -> None:
    assert pack(np.zeros(SECOND, dtype=np.float32), []) == ()
