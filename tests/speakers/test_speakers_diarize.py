"""Who speaks when on one channel, with made-up voices and models that hear them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from speaking import RATE, HarmonicVoices, Plan, speech

from scoring.speakers import Voices, diarize, fingerprint

CALL: Plan = [
    (0, 1.0, 4.0),
    (1, 4.4, 8.0),
    (0, 8.2, 9.5),
    (1, 10.0, 16.0),
    (0, 16.5, 17.2),
    (1, 17.4, 20.0),
    (0, 20.2, 25),
]


def mapping(found: Voices, plan: Plan) -> dict[int, int]:
    """Which found voice stands for which planned one, by the time they share."""
    shared: dict[tuple[int, int], float] = {}
    for stretch in found.stretches:
        for number, start, end in plan:
            common = max(0.0, min(end, stretch.end) - max(start, stretch.start))
            shared[number, stretch.voice] = shared.get((number, stretch.voice), 0.0) + common
    numbers = sorted({number for number, _, _ in plan})
    return {number: max(range(found.count), key=lambda v: shared.get((number, v), 0.0)) for number in numbers}


def right(found: Voices, plan: Plan) -> float:
    """Share of the frames with one planned voice that have exactly the right one."""
    names = mapping(found, plan)
    good = total = 0
    for at in np.arange(0.005, max(end for _, _, end in plan), 0.01):
        planned = {names[number] for number, start, end in plan if start + 0.15 < at < end - 0.15}
        if len(planned) == 1:
            heard = {stretch.voice for stretch in found.stretches if stretch.start <= at < stretch.end}
            good += heard == planned
            total += 1
    return good / total


def test_two_voices_are_told_apart_to_the_frame() -> None:
    found = diarize(speech(CALL, 26), HarmonicVoices())
    assert found.count == 2
    assert found.closeness < 0.9
    assert len(set(mapping(found, CALL).values())) == 2
    assert right(found, CALL) > 0.99


def test_the_same_sound_gives_the_same_voices() -> None:
    audio = speech(CALL, 26)
    assert diarize(audio, HarmonicVoices()) == diarize(audio, HarmonicVoices())


@pytest.mark.parametrize("number", [0, 1, 2])
def test_one_speaker_is_not_split(number: int) -> None:
    plan = [(number, start, start + 2.5) for start in (0.5, 4.0, 9.0, 14.0, 18.0, 24.0)]
    found = diarize(speech(plan, 28), HarmonicVoices())
    assert found.count == 1
    assert found.closeness == 1.0
    assert right(found, plan) > 0.99


def test_voices_that_sound_alike_are_one() -> None:
    assert diarize(speech(CALL, 26), HarmonicVoices(blend=0.97)).count == 1


def test_at_most_as_many_voices_as_asked() -> None:
    three = [*CALL, (2, 25.5, 31.0), (1, 31.5, 33.0), (2, 33.2, 39.0)]
    audio = speech(three, 40)
    assert [diarize(audio, HarmonicVoices(), most=most).count for most in (1, 2, 3)] == [1, 2, 3]
    found = diarize(audio, HarmonicVoices(), most=3)
    assert len(set(mapping(found, three).values())) == 3
    assert right(found, three) > 0.98


def test_a_third_voice_is_not_made_up() -> None:
    assert diarize(speech(CALL, 26), HarmonicVoices(), most=3).count == 2


@pytest.mark.parametrize(("seconds", "count"), [(2.5, 2), (9.0, 3)])
def test_a_third_voice_must_speak_for_a_while(seconds: float, count: int) -> None:
    plan = [*CALL, (2, 25.5, 25.5 + seconds), (1, 26.0 + seconds, 29.0 + seconds)]
    assert diarize(speech(plan, 30 + seconds), HarmonicVoices()).count == count


@pytest.mark.parametrize("longest", [0, 1, 2])
def test_three_voices_are_found_whoever_speaks_most(longest: int) -> None:
    plan, at = [], 0.5
    for turn in range(12):
        number = turn % 3
        length = 4.0 if number == longest else 2.0
        plan.append((number, at, at + length))
        at += length + 0.4
    found = diarize(speech(plan, at + 1), HarmonicVoices())
    assert len(set(mapping(found, plan).values())) == found.count == 3
    assert right(found, plan) > 0.98


def test_the_fingerprint_tells_the_arithmetic(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = []
    for native in (True, False, True):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda native=native: {"avx512_bf16": native})
        made.append(fingerprint(tmp_path))
    assert made[0] == made[2] != made[1]


def test_overlapping_voices_are_both_heard() -> None:
    plan = [*CALL, (1, 21.5, 24.0)]
    found = diarize(speech(plan, 26), HarmonicVoices())
    heard = {stretch.voice for stretch in found.stretches if stretch.start <= 23.0 < stretch.end}
    assert heard == {0, 1}


def test_a_recorded_prompt_is_kept_out_of_the_groups() -> None:
    plan = [(2, 0.5, 9.0), *[(number, start + 10, end + 10) for number, start, end in CALL]]
    found = diarize(speech(plan, 36), HarmonicVoices(), not_people=[(0.0, 9.5)])
    people = mapping(found, plan)
    assert found.count == 2
    assert people[0] != people[1]


@pytest.mark.parametrize("seconds", [0, 0.0001, 0.05, 1, 9.99, 10.0, 10.01, 31])
def test_silence_of_any_length_has_no_voices(seconds: float) -> None:
    found = diarize(np.zeros(round(seconds * RATE), dtype=np.float32), HarmonicVoices())
    assert (found.count, found.stretches) == (0, ())


def test_a_call_within_one_view() -> None:
    plan = [(0, 0.3, 2.0), (1, 2.3, 4.0), (0, 4.2, 6.0)]
    found = diarize(speech(plan, 6.5), HarmonicVoices())
    assert found.count == 2
    assert right(found, plan) > 0.97


def test_short_answers_after_questions_are_kept() -> None:
    plan = [(0, 0.5, 5.0), (1, 5.2, 5.8), (0, 6.0, 11.0), (1, 11.3, 11.9), (0, 12.2, 17.0), (1, 17.2, 21.0)]
    assert right(diarize(speech(plan, 22), HarmonicVoices()), plan) > 0.97


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(st.floats(0.8, 4.0), st.floats(0.2, 1.5)), min_size=6, max_size=9))
def test_alternating_turns_of_any_length(lengths: list[tuple[float, float]]) -> None:
    plan, at = [], 0.5
    for number, (length, pause) in enumerate(lengths):
        plan.append((number % 2, at, at + length))
        at += length + pause
    found = diarize(speech(plan, at), HarmonicVoices())
    assert found.count == 2
    assert right(found, plan) > 0.95
    for stretch in found.stretches:
        assert 0 <= stretch.start < stretch.end <= at + 0.02


def test_windows_grow_with_the_speech_and_not_with_its_square() -> None:
    short, long = HarmonicVoices(), HarmonicVoices()
    diarize(speech(CALL, 26), short)
    diarize(np.tile(speech(CALL, 26), 4), long)
    assert long.windows < 5 * short.windows
