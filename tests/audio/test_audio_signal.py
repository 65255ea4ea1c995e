"""Sound kept in 16 bits is the sound that was recorded, whichever part of it is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from scoring.audio.signal import Sound, Spilled, frame_levels, louder
from scoring.errors import TransientError

KEPT = np.random.default_rng(0).integers(-32_768, 32_767, 100_000).astype(np.int16)
EXACT = KEPT.astype(np.float32) / 32_768


@pytest.mark.parametrize("part", [slice(None), slice(10, 20), slice(99_990, 200_000), slice(-5, None), slice(7, 7)])
def test_a_slice_is_the_samples_as_floats(part: slice) -> None:
    found = Sound(KEPT)[part]
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, EXACT[part])


@pytest.mark.parametrize("part", [slice(None), slice(10, 20), slice(99_990, 200_000), slice(-5, None), slice(7, 7)])
def test_what_lies_in_a_file_is_the_same(part: slice) -> None:
    spilled = Spilled()
    for piece in np.array_split(KEPT, 7):
        spilled.append(piece)
    assert len(Sound(spilled)) == len(KEPT)
    np.testing.assert_array_equal(Sound(spilled)[part], EXACT[part])
    assert Sound(spilled).nbytes == 0


def test_a_full_disk_is_said_with_what_mends_it() -> None:
    spilled = Spilled()
    with Path("/dev/full").open("wb") as full:
        os.dup2(full.fileno(), spilled._file.fileno())
    with pytest.raises(TransientError, match="cannot be held in") as caught:
        spilled.append(KEPT)
    assert "TMPDIR" in caught.value.hint


def test_numpy_takes_it_whole() -> None:
    sound = Sound(KEPT)
    assert len(sound) == len(KEPT)
    np.testing.assert_array_equal(np.asarray(sound), EXACT)
    assert np.asarray(sound, dtype=np.float64).dtype == np.float64
    assert sound.nbytes == KEPT.nbytes


def test_louder_is_cut_off_at_full_scale_as_for_an_array() -> None:
    for gain in (0.5, 1.0, 3.0):
        np.testing.assert_allclose(louder(Sound(KEPT), gain)[:], louder(EXACT, gain), rtol=1e-6)
    twice = louder(louder(Sound(KEPT), 2.0), 2.0)
    np.testing.assert_allclose(twice[:], louder(EXACT, 4.0), rtol=1e-6)


def test_levels_are_those_of_the_array_in_every_part() -> None:
    for first, length in ((0, None), (0, 5_000), (333, 40_000), (99_000, 50_000), (100_000, 10)):
        end = None if length is None else first + length
        found = frame_levels(Sound(KEPT), 512, first, length)
        np.testing.assert_allclose(found, frame_levels(EXACT[first:end], 512), rtol=1e-6)
