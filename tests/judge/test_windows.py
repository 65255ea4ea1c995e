"""Which turns an opening, a closing and the other windows hold."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import A, C, U, call, hit, signals, turn, turns

from scoring.calls import Medium
from scoring.judge.scene import CLOSING_TURNS, OPENING_TURNS, Scene, closing, ending, opening
from scoring.rubric import Window


def held(window: Window, spoken="acacacacac", *hits, **more) -> list[int] | None:
    found = Scene(call(spoken, **more), signals(*hits), (0.35, 0.65)).turns_in(window)
    return None if found is None else sorted(found)


def test_the_opening_is_the_agents_first_turns_after_the_recording():
    far = turns("ssacacacacaca", every=30.0)
    assert sorted(opening(far)) == [2, 3, 4, 5, 6, 7, 8]
    assert sum(far[index].role is A for index in opening(far)) == OPENING_TURNS


def test_quick_turns_reach_to_the_fifteenth_second():
    quick = turns("aaaaaaaaaaaa", every=2.0)
    assert sorted(opening(quick)) == list(range(8))


def test_written_turns_have_an_opening_and_a_closing_too():
    chat = turns("cacacacacacacacacaca", every=None)
    assert sorted(opening(chat)) == list(range(1, 8))
    assert sorted(closing(chat)) == list(range(5, 20))


def test_the_closing_is_the_last_agents_last_turns():
    long = turns("ac" * 20, every=30.0)
    assert sorted(closing(long)) == list(range(24, 40))
    assert sum(long[index].role is A for index in closing(long)) == CLOSING_TURNS
    quick = turns("a" * 40, every=3.0)
    assert min(closing(quick)) == 25  # it ends at 79 s, the one before at 76, and the call at 121


def test_the_ending_is_the_last_two_fifths_and_never_less_than_the_closing():
    assert sorted(ending(turns("ac" * 50, every=30.0))) == list(range(60, 100))
    short = turns("ac" * 5, every=30.0)
    assert ending(short) >= closing(short)
    assert ending(()) == set()
    assert held(Window(part="ending"), "ac" * 50) == list(range(60, 100))


def test_two_agents_the_first_opens_and_the_last_closes():
    one = [replace(item, speaker="one") for item in turns("acac", every=30.0)]
    two = [
        replace(item, speaker="two", start=200.0 + item.start, end=200.0 + item.end)
        for item in turns("acac", every=30.0)
    ]
    both = (*one, *two)
    named = [item if item.role is A else replace(item, speaker="caller") for item in both]
    assert {named[index].speaker for index in opening(named) if named[index].role is A} == {"one"}
    assert {named[index].speaker for index in closing(named) if named[index].role is A} == {"two"}


def test_unknown_speakers_before_the_agent_may_be_the_greeting():
    assert 1 in opening(turns("suacac", every=30.0))
    assert opening(turns("uuuuuu", every=30.0)) == {0, 1, 2, 3}
    assert opening(turns("scs")) == set()
    assert closing(turns("scs")) == set()
    assert opening(()) == closing(()) == set()


@given(st.text(alphabet="acsu", max_size=30), st.sampled_from([None, 0.5, 5.0, 40.0]))
def test_both_ends_hold_the_agents_first_and_last_word(roles, every):
    spoken = turns(roles, every)
    mine = [index for index, item in enumerate(spoken) if item.role is A]
    if mine:
        assert mine[0] in opening(spoken)
        assert mine[-1] in closing(spoken)
    if mine[:OPENING_TURNS] == mine:
        assert set(mine) <= opening(spoken) & closing(spoken)
    assert opening(spoken) <= set(range(len(spoken)))
    assert closing(spoken) <= set(range(len(spoken)))


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window(), list(range(10))),
        (Window(first_turns=3), [0, 1, 2]),
        (Window(last_turns=2), [8, 9]),
        (Window(first_turns=99, last_turns=99), list(range(10))),
        (Window(first_seconds=12.0), [0, 1, 2]),
        (Window(first_seconds=10.0), [0, 1]),
        (Window(last_seconds=20.0), [8, 9]),  # turn 7 ends at 39 of 60, turn 8 at 44
        (Window(first_turns=5, last_turns=7), [3, 4]),
        (Window(before="hold"), [0, 1, 2, 3, 4]),
        (Window(after="hold"), [4, 5, 6, 7, 8, 9]),
        (Window(after="hold", within_turns=2), [4, 5, 6, 8, 9]),
        (Window(before="refusal"), list(range(10))),
        (Window(after="refusal"), []),
        (Window(before="hold", last_turns=7), [3, 4]),
    ],
)
def test_limits_hold_what_they_say_and_narrow_each_other(window, expected):
    assert held(window, "acacacacac", hit("hold", 4), hit("hold", 8), hit("hold", 0, 0.4)) == expected


def test_seconds_need_times():
    untimed = turns("acac", every=None)
    assert held(Window(first_seconds=5.0), untimed, medium=Medium.CHAT) is None
    assert held(Window(last_seconds=5.0), untimed, medium=Medium.CHAT) is None
    assert held(Window(first_turns=2), untimed, medium=Medium.CHAT) == [0, 1]


def test_the_last_seconds_count_from_the_end_of_the_recording_or_of_the_talk():
    spoken = turns("aaaa", every=10.0)
    assert held(Window(last_seconds=15.0), spoken, duration=100.0) == []
    assert held(Window(last_seconds=15.0), spoken, duration=None) == [2, 3]


def test_an_anchor_must_be_the_right_persons():
    spoken = (turn(C, start=0.0), turn(A, start=5.0), turn(U, start=10.0), turn(A, start=15.0))
    assert held(Window(after="hold"), spoken, hit("hold", 0)) == []
    assert held(Window(after="hold"), spoken, hit("hold", 2)) == [2, 3]


@settings(deadline=None)
@given(
    st.builds(
        Window,
        part=st.sampled_from(["whole", "opening", "closing"]),
        first_turns=st.none() | st.integers(1, 12),
        last_turns=st.none() | st.integers(1, 12),
        first_seconds=st.none() | st.floats(0.1, 80),
        before=st.none() | st.just("hold"),
    )
)
def test_a_narrower_window_never_holds_more(window):
    inside = set(held(window, "sacacacaca", hit("hold", 5)))
    for name, wide in (("part", "whole"), ("first_turns", None), ("first_seconds", None), ("before", None)):
        assert inside <= set(held(replace(window, **{name: wide}), "sacacacaca", hit("hold", 5)))
