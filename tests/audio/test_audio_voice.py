"""Speech is kept to the last word; silence, noise and music are not made into it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import RATE, Sound, at_level, babble, drum_loop, noise, strings, syllable, tone

from scoring.audio import FloatArray, Region, VoiceDetector, energetic, find_speech, voice_chances
from scoring.audio.bursts import moves_like_voice, swing, voiced_share
from scoring.audio.signal import SILENCE_DB, frame_levels, runs
from scoring.audio.voice import FRAME_SECONDS, levelled

FRAME = 512


class Scripted:
    """A detector that says what it is told, and remembers what it was given."""

    fingerprint = "scripted"

    def __init__(self, *spoken: tuple[float, float], chance: float = 1.0, elsewhere: float = 0.0) -> None:
        self.spoken = spoken
        self.chance = chance
        self.elsewhere = elsewhere
        self.heard: FloatArray | None = None

    def probabilities(self, samples: FloatArray) -> FloatArray:
        self.heard = samples
        clock = np.arange(-(-len(samples) // FRAME)) * FRAME_SECONDS
        found = np.full(len(clock), self.elsewhere, dtype=np.float32)
        for start, end in self.spoken:
            found[(clock >= start) & (clock < end)] = self.chance
        return found


def find(sound: Sound, detector: VoiceDetector | None = None, **options: float) -> tuple[Region, ...]:
    samples = np.clip(sound, -1, 1).astype(np.float32)
    return find_speech(samples, voice_chances(samples, detector) if detector else None, **options)


def covered(regions: tuple[Region, ...], start: float, end: float) -> bool:
    return any(region.start <= start and end <= region.end for region in regions)


def word(at: float, seconds: float, *, decibels: float = -20.0, length: float = 0.35) -> Sound:
    """One syllable at `at`, in silence."""
    sound = np.zeros(round(seconds * RATE))
    piece = at_level(syllable(length, 120, (600, 1500)), decibels)
    sound[round(at * RATE) : round(at * RATE) + len(piece)] = piece
    return sound


# ---- what the detector finds


def test_what_the_detector_hears_is_kept_with_a_margin() -> None:
    sound = noise(20, -40)
    (region,) = find(sound, Scripted((5, 8)))
    assert region.start == pytest.approx(4.8, abs=0.04)
    assert region.end == pytest.approx(8.2, abs=0.04)


@pytest.mark.parametrize(("length", "start", "end"), [(0.9, 8.0, 8.9), (6.0, 9.5, 11.5)])
def test_a_find_is_carried_to_the_edges_of_its_sound_but_not_far(length: float, start: float, end: float) -> None:
    lasting = np.concatenate(
        [np.zeros(8 * RATE), at_level(strings(length), -20), np.zeros(round((14 - length) * RATE))]
    )
    spoken = (8.4, 8.6) if length < 1 else (10.0, 11.0)
    (region,) = find(lasting + noise(22, -70), Scripted(spoken))
    assert region.start == pytest.approx(start - 0.2, abs=0.05)
    assert region.end == pytest.approx(end + 0.2, abs=0.05)


@given(st.lists(st.tuples(st.floats(0, 28), st.floats(0.15, 4)), max_size=6), st.floats(0.25, 1.0))
@settings(max_examples=40, deadline=None)
def test_regions_are_ordered_apart_within_the_sound_and_miss_nothing(
    starts: list[tuple[float, float]], chance: float
) -> None:
    spoken = [(start, min(30.0, start + length)) for start, length in starts]
    regions = find(noise(30, -40), Scripted(*spoken, chance=chance))
    assert all(0 <= region.start < region.end <= 30 for region in regions)
    assert all(one.end + 0.4 <= other.start + 0.001 for one, other in itertools.pairwise(regions))
    assert all(covered(regions, start + FRAME_SECONDS, end - FRAME_SECONDS) for start, end in spoken)
    allowed = sum(end - start + 1.0 for start, end in spoken)
    assert sum(region.end - region.start for region in regions) <= allowed


@given(st.floats(0.06, 0.9))
@settings(max_examples=20, deadline=None)
def test_the_threshold_is_the_threshold(threshold: float) -> None:
    sound = noise(10, -40)
    assert find(sound, Scripted((3, 6), chance=threshold + 0.02), threshold=threshold)
    assert not find(sound, Scripted((3, 6), chance=threshold - 0.02), threshold=threshold)


def test_a_find_shorter_than_a_click_is_none() -> None:
    assert not find(noise(10, -40), Scripted((3.0, 3.05)))


def test_a_faint_find_inside_music_is_not_believed_and_a_sure_one_is() -> None:
    music = at_level(drum_loop(30), -20)
    assert not find(music, Scripted((12, 12.2), chance=0.4))
    assert find(music, Scripted((12, 12.2), chance=0.95))
    assert find(noise(30, -60) + word(12, 30), Scripted((12, 12.3), chance=0.4))


# ---- what the detector is given


@given(st.floats(-45, -3), st.integers(0, 20))
@settings(max_examples=20, deadline=None)
def test_every_party_is_brought_to_one_level(decibels: float, seed: int) -> None:
    detector = Scripted()
    find(babble(12, seed=seed, decibels=decibels), detector)
    assert detector.heard is not None
    levels = np.sort(frame_levels(detector.heard, FRAME))
    assert levels[-30] == pytest.approx(-15, abs=1.0)
    assert np.abs(detector.heard).max() <= 1


def test_a_click_does_not_hide_a_quiet_party() -> None:
    quiet = babble(12, decibels=-45).astype(np.float32)
    clicked = quiet.copy()
    clicked[90_000:90_020] = 1.0
    assert np.allclose(levelled(clicked)[:80_000], levelled(quiet)[:80_000], rtol=0.1)


def test_the_same_speech_is_found_at_every_level() -> None:
    sound = babble(20, seed=4) + noise(20, -70)
    spoken = Scripted((2, 3), (9, 12))
    expected = find(sound, spoken)
    for gain in (0.03, 0.2, 2.0):
        assert len(find(sound * gain, spoken)) == len(expected)


# ---- silence, noise and music


def test_silence_never_reaches_the_detector() -> None:
    detector = Scripted((0, 100))
    assert find(np.zeros(RATE * 100), detector) == ()
    assert detector.heard is None
    assert find(np.zeros(0), detector) == ()


UNSPOKEN = {
    "white": noise(30, -30),
    "pink": noise(30, -30, slope=1.0),
    "faint": noise(30, -62),
    "hum": tone(50, 30, level=0.1) + noise(30, -60),
    "strings": at_level(strings(30), -20),
    "drums": at_level(drum_loop(30), -20),
    "ringing": (tone(440, 30) + tone(480, 30)) * (np.arange(30 * RATE) % (6 * RATE) < 2 * RATE),
    "keypad": (tone(770, 30) + tone(1336, 30)) * (np.arange(30 * RATE) % (RATE // 2) < RATE // 8),
    "clicks": noise(30, -60) + (np.arange(30 * RATE) % 23_456 == 0) * 0.8,
    "switched noise": noise(30, -35) * (np.arange(30 * RATE) % (3 * RATE) < RATE),
}


@pytest.mark.parametrize("kind", UNSPOKEN)
def test_energy_alone_makes_no_speech_where_the_detector_hears_none(kind: str) -> None:
    assert find(UNSPOKEN[kind], Scripted(elsewhere=0.02)) == ()


@pytest.mark.parametrize("kind", ["white", "pink", "faint", "hum"])
def test_steady_sounds_are_silence_even_without_a_detector(kind: str) -> None:
    assert find(UNSPOKEN[kind]) == ()


def test_without_a_detector_every_utterance_is_found() -> None:
    sound = word(2, 20) + word(9, 20, decibels=-35) + word(15, 20) + noise(20, -65)
    regions = find(sound)
    assert len(regions) == 3
    assert all(covered(regions, at + 0.1, at + 0.25) for at in (2, 9, 15))


# ---- single words the detector misses


@given(st.floats(0.5, 18.5), st.floats(-35, -10))
@settings(max_examples=20, deadline=None)
def test_a_lone_word_is_kept_though_the_detector_misses_it(at: float, decibels: float) -> None:
    regions = find(word(at, 20, decibels=decibels) + noise(20, -75), Scripted())
    assert len(regions) == 1
    assert covered(regions, at + 0.1, at + 0.25)


def test_a_lone_word_on_a_line_switched_off_is_kept() -> None:
    assert len(find(word(10, 20), Scripted())) == 1


def test_a_word_among_many_sounds_is_not_told_from_them() -> None:
    sound = sum((word(at, 30) for at in np.arange(1, 29, 0.6)), np.zeros(30 * RATE))
    assert find(sound, Scripted()) == ()


def test_bursts() -> None:
    spoken = syllable(0.35, 120, (600, 1500)).astype(np.float32)
    assert moves_like_voice(spoken)
    assert voiced_share(spoken) > 0.8
    beep = tone(440, 0.35).astype(np.float32)
    assert not moves_like_voice(beep)
    assert swing(beep) < 1
    breath = (noise(0.35, -20)[: len(spoken)] * np.hanning(len(spoken))).astype(np.float32)
    assert not moves_like_voice(breath)
    assert voiced_share(breath) < 0.1
    assert not moves_like_voice(np.zeros(100, dtype=np.float32))
    assert not moves_like_voice(np.zeros(8_000, dtype=np.float32))


# ---- sound that ought to have words


def test_energetic_counts_the_seconds_that_stand_out() -> None:
    sound = (noise(60, -65) + np.concatenate([np.zeros(20 * RATE), babble(10, pause=0.0), np.zeros(30 * RATE)])).astype(
        np.float32
    )
    assert energetic(sound, Region(20, 30)) > 5
    assert energetic(sound, Region(40, 55)) == 0
    assert energetic(sound, Region(0, 60)) == pytest.approx(energetic(sound, Region(20, 30)), abs=0.3)


@pytest.mark.parametrize("kind", ["white", "pink", "faint", "hum"])
def test_steady_sounds_are_not_energetic(kind: str) -> None:
    assert energetic(UNSPOKEN[kind].astype(np.float32), Region(3, 27)) < 0.2


@given(st.floats(-5, 40), st.floats(0.01, 20))
@settings(max_examples=20, deadline=None)
def test_energetic_never_exceeds_its_region(start: float, length: float) -> None:
    sound = babble(20).astype(np.float32)
    assert 0 <= energetic(sound, Region(max(0.0, start), max(0.0, start) + length)) <= length + FRAME_SECONDS


# ---- levels


@given(st.floats(-60, 0), st.integers(100, 3_000))
@settings(max_examples=20, deadline=None)
def test_frame_levels_are_decibels(decibels: float, size: int) -> None:
    sound = at_level(noise(2, 0), decibels).astype(np.float32)
    levels = frame_levels(sound, size)
    assert levels.shape == (-(-len(sound) // size),)
    assert np.median(levels) == pytest.approx(decibels, abs=1.0)


def test_long_recordings_are_levelled_in_pieces_without_a_seam() -> None:
    sound = noise(150, -30).astype(np.float32)
    levels = frame_levels(sound, FRAME)
    assert levels[:-1].min() > -33  # the last frame is not full
    assert levels.max() < -27
    part = frame_levels(sound[: 40_000 * 16], FRAME)
    assert np.array_equal(part[:-1], levels[: len(part) - 1])


def test_silence_and_offset_have_the_lowest_level() -> None:
    assert np.all(frame_levels(np.zeros(5_000, dtype=np.float32), FRAME) == np.float32(SILENCE_DB))
    assert np.all(frame_levels(np.full(FRAME * 4, 0.3, dtype=np.float32), FRAME) < -85)
    assert len(frame_levels(np.zeros(0, dtype=np.float32), FRAME)) == 0


@given(st.lists(st.booleans(), max_size=40))
def test_runs_are_the_stretches_of_true(values: list[bool]) -> None:
    mask = np.array(values, dtype=np.bool_)
    rebuilt = np.zeros(len(mask), dtype=np.bool_)
    found = runs(mask)
    for first, end in found:
        assert first < end
        rebuilt[first:end] = True
    assert np.array_equal(rebuilt, mask)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))
