"""Dynamic time warping against a naive oracle, and token times on attention whose answer is known."""

from __future__ import annotations

from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scoring.transcribe.alignment import FRAME_SECONDS, _smoothed, token_times, warp

Floats = NDArray[np.float32]


def naive_cost(cost: Floats) -> float:
    """The textbook's table, one cell after another."""
    rows, columns = cost.shape
    table = np.full((rows + 1, columns + 1), np.inf)
    table[0, 0] = 0
    for row in range(rows):
        for column in range(columns):
            way = min(table[row, column], table[row, column + 1], table[row + 1, column])
            table[row + 1, column + 1] = cost[row, column] + way
    return float(table[rows, columns])


@st.composite
def matrices(draw: st.DrawFn) -> Floats:
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 14)))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["any", "ties"]))
    values = generator.normal(size=shape) if kind == "any" else generator.integers(0, 3, shape)
    return values.astype(np.float32)


@settings(max_examples=300, deadline=None)
@given(matrices())
def test_the_path_is_as_cheap_as_the_textbooks(cost: Floats) -> None:
    rows, columns = warp(cost)
    assert float(cost[rows, columns].sum(dtype=np.float64)) == pytest.approx(naive_cost(cost), abs=1e-4)


@settings(max_examples=200, deadline=None)
@given(matrices())
def test_the_path_goes_from_corner_to_corner_by_single_steps(cost: Floats) -> None:
    rows, columns = warp(cost)
    assert (rows[0], columns[0]) == (0, 0)
    assert (rows[-1], columns[-1]) == (cost.shape[0] - 1, cost.shape[1] - 1)
    steps = np.stack((np.diff(rows), np.diff(columns)))
    assert ((steps == 0) | (steps == 1)).all()
    assert (steps.sum(axis=0) >= 1).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 60))
def test_the_running_median_is_the_median(seed: int, heads: int, frames: int) -> None:
    values = np.random.default_rng(seed).normal(size=(heads, frames)).astype(np.float32)
    smoothed = _smoothed(values.copy())
    if frames <= 3:
        np.testing.assert_array_equal(smoothed, values)
        return
    padded = np.pad(values, [(0, 0), (3, 3)], mode="reflect")
    for head in range(heads):
        expected = [median(padded[head, at : at + 7].tolist()) for at in range(frames)]
        np.testing.assert_allclose(smoothed[head], expected, rtol=1e-6)


def attention_on(starts: list[int], n_frames: int, n_heads: int = 2) -> Floats:
    """Every token looks at the frames from its start to the next token's."""
    scores = np.zeros((n_heads, len(starts), 1500), dtype=np.float32)
    for row, (start, end) in enumerate(zip(starts, [*starts[1:], n_frames], strict=True)):
        scores[:, row, start:end] = 8.0
    return scores


@pytest.mark.parametrize("starts", [[0, 20, 55, 90], [0, 10, 20, 30], [0, 200, 210, 700]])
def test_tokens_begin_where_their_attention_does(starts: list[int]) -> None:
    times = token_times(attention_on(starts, starts[-1] + 25), starts[-1] + 25)
    np.testing.assert_allclose(times.starts, np.array(starts) * FRAME_SECONDS, atol=3 * FRAME_SECONDS)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 120))
def test_times_never_fall_and_stay_inside_the_sound(seed: int, tokens: int, frames: int) -> None:
    scores = np.random.default_rng(seed).normal(size=(3, tokens, 150), scale=4).astype(np.float32)
    times = token_times(scores, frames)
    assert times.starts.shape == times.peaks.shape == (tokens,)
    assert (np.diff(times.starts) >= 0).all()
    assert (np.diff(times.peaks) >= 0).all()
    assert (times.peaks >= times.starts).all()
    assert times.starts[0] == 0
    assert times.peaks[-1] < max(frames, 1) * FRAME_SECONDS


def test_padding_after_the_sound_is_not_looked_at() -> None:
    scores = attention_on([0, 30, 60], 80)
    disturbed = scores.copy()
    disturbed[:, :, 80:] = np.random.default_rng(0).normal(size=disturbed[:, :, 80:].shape) * 20
    np.testing.assert_array_equal(token_times(scores, 80).starts, token_times(disturbed, 80).starts)


def test_a_head_that_sees_nothing_does_no_harm() -> None:
    scores = attention_on([0, 30, 60], 80)
    scores[1] = 0
    assert np.isfinite(token_times(scores, 80).starts).all()


def test_a_token_is_clearest_where_it_is_attended_to_most() -> None:
    scores = attention_on([0, 30, 60], 90)
    scores[:, 1, 48:55] = 14.0
    assert 48 <= token_times(scores, 90).peaks[1] / FRAME_SECONDS <= 55


def test_faster_whispers_path_gives_the_same_kind_of_times() -> None:
    from scoring.transcribe.fast_model import token_times as times_of

    path = [(0, 0), (0, 1), (0, 2), (1, 3), (2, 3), (2, 4), (2, 5), (3, 6)]
    found = times_of(path, 3)
    assert found.starts.tolist() == pytest.approx([0.0, 0.06, 0.06, 0.12])
    assert found.peaks.tolist() == pytest.approx([0.02, 0.06, 0.08, 0.12])
    ended_early = times_of(path[:4], 3)
    assert ended_early.starts.tolist() == pytest.approx([0.0, 0.06, 0.06, 0.06])
