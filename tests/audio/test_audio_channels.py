"""What the channels really are, for every way in which exports go wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import RATE, Sound, babble, noise, save, taking_turns, tone

from scoring.audio import ChannelLayout, read_recording
from scoring.audio.channels import ChannelTruth, find_truth
from scoring.errors import RecordingError

SECONDS = 24.0
AGENT, CALLER = taking_turns(SECONDS)
MIX = AGENT + CALLER
NOTHING = np.zeros_like(AGENT)


def truth(*channels: Sound) -> ChannelTruth:
    return find_truth([np.clip(channel, -1, 1).astype(np.float32) for channel in channels])


def hiss(decibels: float, seed: int = 0) -> Sound:
    return noise(SECONDS, decibels, seed=seed)


def late(sound: Sound, count: int) -> Sound:
    return np.concatenate([np.zeros(count), sound])[: len(sound)]


def a_word_of(sound: Sound) -> Sound:
    """The loudest half second, nothing else."""
    start = int(np.convolve(sound**2, np.ones(RATE // 2), mode="valid").argmax())
    word = np.zeros_like(sound)
    word[start : start + RATE // 2] = sound[start : start + RATE // 2]
    return word


def is_two_party(found: ChannelTruth) -> None:
    assert found == ChannelTruth(ChannelLayout.TWO_PARTY, (0, 1))


# ---- two parties


def test_two_parties() -> None:
    is_two_party(truth(AGENT, CALLER))


@pytest.mark.parametrize("floor", [-70.0, -50.0, -40.0])
def test_two_parties_on_noisy_lines(floor: float) -> None:
    is_two_party(truth(AGENT + hiss(floor), CALLER + hiss(floor, seed=1)))


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3])
@pytest.mark.parametrize("delay", [0, 1_600])
def test_two_parties_who_hear_each_other_on_the_line(share: float, delay: int) -> None:
    is_two_party(truth(AGENT + share * late(CALLER, delay), CALLER + share * late(AGENT, delay)))


def test_a_party_far_quieter_than_the_other() -> None:
    is_two_party(truth(AGENT, CALLER * 0.02))


@pytest.mark.parametrize("floor", [None, -70.0, -60.0])
def test_a_party_who_says_one_word_is_not_dead(floor: float | None) -> None:
    quiet = NOTHING if floor is None else hiss(floor)
    is_two_party(truth(MIX, a_word_of(CALLER) + quiet))


def test_a_party_who_says_one_word_over_an_echo_is_not_a_copy() -> None:
    is_two_party(truth(AGENT, a_word_of(CALLER) + AGENT * 0.1 + hiss(-70)))


@pytest.mark.parametrize(
    ("ending", "codec", "rate"), [("mp3", "libmp3lame", 8_000), ("m4a", "aac", 8_000), ("ogg", "libopus", 48_000)]
)
@pytest.mark.parametrize("kind", ["two_party", "same_signal", "dead_channel"])
def test_the_layout_survives_lossy_coding(tmp_path: Path, ending: str, codec: str, rate: int, kind: str) -> None:
    first, second = taking_turns(12, rate=rate)
    both = first + second
    pair = {
        "two_party": (first, second),
        "same_signal": (both + noise(12, -60, rate=rate), both * 0.5),
        "dead_channel": (both, noise(12, -55, rate=rate)),
    }[kind]
    recording = read_recording(save(tmp_path / f"call.{ending}", np.clip(np.stack(pair), -1, 1), rate, codec))
    assert recording.layout == kind
    assert len(recording.channels) == len(recording.channel_numbers) == (2 if kind == "two_party" else 1)


# ---- one sound twice


@given(st.floats(0.1, 1.0), st.sampled_from([1, -1]), st.integers(0, 3_000), st.floats(-90, -55))
@settings(max_examples=20, deadline=None)
def test_one_sound_twice_up_to_gain_sign_delay_and_noise(gain: float, sign: int, delay: int, floor: float) -> None:
    found = truth(MIX + hiss(-80), sign * gain * late(MIX, delay) + hiss(floor, seed=1))
    assert found.layout is ChannelLayout.SAME_SIGNAL
    assert len(found.kept) == 1
    assert found.notes == (f"channel {1 - found.kept[0]} holds the same sound as channel {found.kept[0]}",)


def test_of_equal_copies_the_first_is_kept_of_unequal_ones_the_clearer() -> None:
    assert truth(MIX, MIX).kept == (0,)
    assert truth(MIX + hiss(-35), MIX + hiss(-75)).kept == (1,)


def test_one_sound_with_other_colour_on_each_side_is_one_sound() -> None:
    dull = np.convolve(MIX, np.ones(4) / 4, mode="same")
    assert truth(MIX, dull).layout is ChannelLayout.SAME_SIGNAL


# ---- an empty line


@pytest.mark.parametrize(
    "empty",
    [
        NOTHING,
        hiss(-75),
        hiss(-45),
        noise(SECONDS, -50, slope=1.0),
        tone(50, SECONDS, level=0.05),
        NOTHING + 0.02,
        np.where(np.arange(len(NOTHING)) == 90_000, 0.9, 0.0),
        np.rint(hiss(-80) * 2**10) / 2**10,
    ],
    ids=["zeros", "faint hiss", "hiss", "pink", "hum", "offset", "click", "coarse idle noise"],
)
def test_an_empty_line_is_dead_on_either_side(empty: Sound) -> None:
    for pair, live in (((empty, MIX), 1), ((MIX, empty), 0)):
        found = truth(*pair)
        assert found == ChannelTruth(ChannelLayout.DEAD_CHANNEL, (live,), (f"channel {1 - live} holds no voice",))


def test_a_faint_leak_of_the_other_channel_is_no_party() -> None:
    found = truth(MIX * 0.01 + hiss(-62), MIX)
    assert found.kept == (1,)
    assert found.layout in (ChannelLayout.DEAD_CHANNEL, ChannelLayout.SAME_SIGNAL)


@pytest.mark.parametrize("pair", [(NOTHING, NOTHING), (hiss(-50), hiss(-50, seed=1)), (NOTHING, hiss(-60))])
def test_no_voice_anywhere_keeps_one_channel_and_says_so(pair: tuple[Sound, Sound]) -> None:
    found = truth(*pair)
    assert found.layout is ChannelLayout.DEAD_CHANNEL
    assert len(found.kept) == 1
    assert "nothing on any channel" in found.notes[0]


# ---- one channel, or many


def test_mono() -> None:
    assert truth(MIX) == ChannelTruth(ChannelLayout.MONO, (0,))
    assert "nothing in the recording" in truth(hiss(-50)).notes[0]


@pytest.mark.parametrize(
    ("channels", "layout", "kept"),
    [
        ([NOTHING, AGENT, NOTHING, CALLER, NOTHING, NOTHING], ChannelLayout.TWO_PARTY, (1, 3)),
        ([AGENT, CALLER, NOTHING, CALLER * 0.5, NOTHING, AGENT], ChannelLayout.TWO_PARTY, (0, 1)),
        ([NOTHING, hiss(-60), NOTHING, NOTHING, MIX, NOTHING], ChannelLayout.DEAD_CHANNEL, (4,)),
        ([MIX] * 6, ChannelLayout.SAME_SIGNAL, (0,)),
    ],
)
def test_six_channels_are_told_by_what_is_on_them(
    channels: list[Sound], layout: ChannelLayout, kept: tuple[int, ...]
) -> None:
    found = truth(*channels)
    assert (found.layout, found.kept) == (layout, kept)


def test_three_different_sounds_are_refused() -> None:
    with pytest.raises(RecordingError, match="3 channels hold different sounds") as caught:
        truth(AGENT, CALLER, babble(SECONDS, seed=9))
    assert "one party a channel" in caught.value.hint


def test_six_channels_in_a_file(tmp_path: Path) -> None:
    path = save(tmp_path / "call.wav", np.stack([NOTHING, NOTHING, AGENT, NOTHING, NOTHING, CALLER]), RATE)
    recording = read_recording(path)
    assert recording.source_channels == 6
    assert recording.channel_numbers == (2, 5)
    assert np.abs(recording.channels[0][:] - AGENT).max() < 1e-3
    assert np.abs(recording.channels[1][:] - CALLER).max() < 1e-3


def test_three_different_sounds_in_a_file_are_refused_by_name(tmp_path: Path) -> None:
    path = save(tmp_path / "call.wav", np.stack([AGENT, CALLER, babble(SECONDS, seed=9)]), RATE)
    with pytest.raises(RecordingError, match=r"call\.wav: 3 channels"):
        read_recording(path)


# ---- invariants


@given(st.integers(0, 50), st.floats(-30, 0))
@settings(max_examples=15, deadline=None)
def test_swapping_and_turning_down_change_nothing_but_the_numbers(seed: int, decibels: float) -> None:
    first, second = taking_turns(9, seed=seed)
    gain = 10 ** (decibels / 20)
    is_two_party(truth(first, second * gain))
    is_two_party(truth(second * gain, first))


@pytest.mark.parametrize("seconds", [0.1, 0.2, 0.5, 1.0])
def test_very_short_recordings_have_an_answer(seconds: float) -> None:
    short = babble(3)[RATE // 2 : RATE // 2 + round(seconds * RATE)]
    assert len(truth(short, short).kept) == 1
    assert 0 in truth(short, np.zeros_like(short)).kept
