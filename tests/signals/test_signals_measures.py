"""Times: stretches of speech, silences, talk-over, holds, against oracles on made turns."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import ROLES, found, hits, talk, timed, worded

from scoring.calls import CallInfo, Medium, Role, Transcript, Turn
from scoring.signals.clock import PAUSE, gaps, stretches, total, union, without
from scoring.signals.holds import Hold
from scoring.signals.measures import is_back_channel, measure
from scoring.signals.types import Hit, Measure, Span
from scoring.vocabulary import MEASURES

SPANS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda p: Span(float(p[0]), float(p[0] + p[1]))), max_size=12
)


def _of(*turns: Turn, holds: tuple[Hold, ...] = (), hits: tuple[Hit, ...] = ()) -> dict[str, Measure]:
    ordered = tuple(sorted(turns, key=lambda turn: turn.start or 0.0))
    made = measure(Transcript(ordered), CallInfo("x", ring_seconds=4.0), hits, holds)
    return {m.name: m for m in made}


def _seconds(spans: list[Span]) -> set[int]:
    return {second for span in spans for second in range(int(span.start), int(span.end))}


@given(SPANS)
def test_union_covers_the_same_seconds_once(spans: list[Span]) -> None:
    joined = union(spans)
    assert _seconds(list(joined)) == _seconds(spans)
    assert total(joined) == len(_seconds(spans))
    assert all(a.end < b.start for a, b in pairwise(joined))


@given(SPANS, SPANS)
def test_without_cuts_out_exactly_the_removed_seconds(spans: list[Span], removed: list[Span]) -> None:
    left = without(union(spans), removed)
    assert _seconds(list(left)) == _seconds(spans) - _seconds(removed)


@given(SPANS)
def test_gaps_and_spans_fill_the_whole_time(spans: list[Span]) -> None:
    joined = union(spans)
    if joined:
        assert total(joined) + total(gaps(joined)) == joined[-1].end - joined[0].start


def test_words_far_apart_are_two_stretches() -> None:
    turn = worded("A", ("one", 0.0, 0.4, 1.0), ("two", 0.4 + PAUSE, 1.5, 1.0), ("three", 4.0, 4.5, 1.0))
    assert stretches(turn) == (Span(0.0, 1.5), Span(4.0, 4.5))
    assert stretches(Turn(Role.AGENT, "no times")) == ()


TURNS = st.lists(st.tuples(st.sampled_from("AC"), st.integers(0, 80), st.integers(1, 15)), min_size=1, max_size=10).map(
    lambda rows: [timed(role, float(start), float(start + size)) for role, start, size in rows]
)


@given(TURNS)
def test_silences_against_a_count_of_seconds(turns: list[Turn]) -> None:
    spoken = {s for t in turns for s in range(int(t.start or 0), int(t.end or 0))}
    quiet = [s for s in range(min(spoken), max(spoken)) if s not in spoken]
    runs = [1 if i == 0 or quiet[i - 1] != s - 1 else 0 for i, s in enumerate(quiet)]
    lengths: list[int] = []
    for new in runs:
        if new:
            lengths.append(0)
        lengths[-1] += 1
    found_ = _of(*turns)
    assert found_["silence_count"].value == sum(length > 3 for length in lengths)
    assert found_["longest_silence"].value == max(lengths, default=0)


@given(TURNS)
def test_talk_share_against_a_count_of_seconds(turns: list[Turn]) -> None:
    def seconds(role: Role) -> int:
        return len({s for t in turns if t.role is role for s in range(int(t.start or 0), int(t.end or 0))})

    agent, customer = seconds(Role.AGENT), seconds(Role.CUSTOMER)
    assert _of(*turns)["agent_talk_share"].value == pytest.approx(agent / (agent + customer))


@given(TURNS, st.floats(0.0, 500.0))
def test_measures_do_not_depend_on_when_the_recording_began(turns: list[Turn], shift: float) -> None:
    moved = [Turn(t.role, t.text, (t.start or 0) + shift, (t.end or 0) + shift) for t in turns]
    before, after = _of(*turns), _of(*moved)
    for name in ("agent_talk_share", "agent_speech_rate", "longest_silence", "talk_over_seconds"):
        assert after[name].value == pytest.approx(before[name].value)


@given(TURNS)
def test_shares_stay_shares_and_nothing_is_negative(turns: list[Turn]) -> None:
    for made in _of(*turns).values():
        assert made.value is None or made.value >= 0
        assert made.unit != "share" or made.value is None or made.value <= 1
        assert all(span.end > span.start for span in made.spans)


def test_talk_over_counts_the_agent_starting_while_the_customer_speaks() -> None:
    made = _of(timed("C", 0, 10), timed("A", 6, 14))
    assert (made["talk_over_count"].value, made["talk_over_seconds"].value) == (1, 4)
    assert made["talk_over_count"].spans == (Span(6, 10),)


@pytest.mark.parametrize(
    "turns",
    [
        (timed("A", 0, 10), timed("C", 6, 14)),  # the customer starts
        (timed("C", 0, 10), timed("A", 9.5, 14)),  # the usual overlap at a change of turns
        (timed("C", 0, 10), timed("A", 6, 8, "mhm")),  # listening
        (timed("C", 0, 10), timed("A", 6, 8, "okay, right")),
        (timed("C", 0, 10), timed("A", 10, 14)),
        (timed("C", 0, 10), timed("S", 5, 14)),
    ],
)
def test_this_is_no_talk_over(turns: tuple[Turn, ...]) -> None:
    assert _of(*turns)["talk_over_count"].value == 0


def test_a_back_channel_is_two_words_at_most() -> None:
    assert is_back_channel(timed("A", 0, 1, "Uh-huh."))
    assert is_back_channel(timed("A", 0, 1, "okay right"))
    assert not is_back_channel(timed("A", 0, 1, "okay right sure"))
    assert not is_back_channel(timed("A", 0, 1, "stop that"))


def test_agent_between_two_words_of_the_customer_talks_over_nobody() -> None:
    customer = worded("C", ("so", 0.0, 0.5, 1.0), ("anyway", 6.0, 6.5, 1.0))
    assert _of(customer, timed("A", 1.0, 5.0))["talk_over_count"].value == 0


def test_a_hold_is_no_silence() -> None:
    turns = (timed("A", 0, 5), timed("C", 6, 7), timed("A", 60, 65))
    assert _of(*turns)["silence_count"].value == 1
    held = _of(*turns, holds=(Hold(0, 2, Span(5.0, 60.0), 0.9),))
    assert held["silence_count"].value == 0
    assert held["hold_count"].value == 1
    assert held["longest_hold"].value == 55


def test_rates_count_words_in_minutes_of_talk() -> None:
    made = _of(timed("A", 0, 30, "word " * 60), timed("C", 30, 31, "yes I do"))
    assert made["agent_speech_rate"].value == pytest.approx(120)
    assert made["customer_speech_rate"].value == pytest.approx(180)
    assert _of(timed("A", 0, 30))["customer_speech_rate"].value is None


def test_time_to_the_agent_and_to_the_greeting() -> None:
    turns = [timed("S", 0, 5), timed("A", 8, 9), timed("C", 9, 10), timed("A", 11, 12)]
    hit = Hit("greet_offer", 3, Role.AGENT, 0.9, "x")
    made = _of(*turns, hits=(hit,))
    assert made["time_to_agent"].value == 8
    assert made["time_to_greeting"].value == 11
    assert _of(*turns)["time_to_greeting"].value is None
    assert made["duration"].value == 12
    assert made["ring_seconds"].value == 4


def test_written_conversations_have_no_times() -> None:
    made = {m.name: m.value for m in found(talk("C: hi", "A: Hello!", medium=Medium.CHAT)).signals.measures}
    timeless = {"name_count", "acknowledgement_count", "hold_count"}
    assert all(value is None for name, value in made.items() if name not in timeless)
    assert made["name_count"] == 0


def test_every_measure_of_the_vocabulary_is_taken_in_its_order() -> None:
    for transcript in (talk("A: hi"), talk("A: hi", "C: ho", seconds=2.0), Transcript(())):
        made = found(transcript).signals.measures
        assert [(m.name, m.unit) for m in made] == [(kind.name, kind.unit) for kind in MEASURES]


HELD = ("A: Could I place you on a brief hold while I check?", "C: Sure.")


def _call(back: str, pause: float) -> Transcript:
    start = talk(*HELD, seconds=3.0).turns
    end = talk(back, "C: No problem.", seconds=2.0).turns
    shift = 6.6 + pause
    return Transcript((*start, *(Turn(t.role, t.text, (t.start or 0) + shift, (t.end or 0) + shift) for t in end)))


def test_a_hold_runs_from_the_announcement_to_the_return() -> None:
    detection = found(_call("A: Thank you for holding.", 40.0))
    (hold,) = hits(detection, "hold")
    assert hold.turn == 0
    assert hits(detection, "hold_announced")
    assert hits(detection, "hold_reason")
    assert [hit.turn for hit in hits(detection, "hold_return")] == [2]
    measures = {m.name: m for m in detection.signals.measures}
    assert measures["hold_count"].value == 1
    assert measures["longest_hold"].value == pytest.approx(43.6)
    assert measures["silence_count"].value == 0


def test_a_silence_after_the_announcement_is_a_hold_without_thanks() -> None:
    detection = found(_call("A: Okay, the order is on its way to you now.", 30.0))
    assert hits(detection, "hold")
    assert not hits(detection, "hold_return")


def test_one_moment_is_no_hold() -> None:
    lines = ("A: One moment please.", "C: Sure.", "A: Okay, I have it here in front of me now.")
    assert not hits(found(talk(*lines, seconds=2.0)), "hold")
    assert not hits(found(talk(*lines)), "hold")


def test_waiting_in_the_queue_is_no_hold() -> None:
    turns = (
        *talk("S: please hold for the next agent", seconds=5.0).turns,
        Turn(ROLES["A"], "Thanks for holding, this is Dana.", 90, 93),
    )
    measures = {m.name: m.value for m in found(Transcript(turns)).signals.measures}
    assert measures["hold_count"] == 0


def test_a_system_message_after_the_announcement_makes_a_hold_of_text_too() -> None:
    detection = found(talk(*HELD, "S: Please stay on the line.", "A: I'm back, it is in stock."))
    assert hits(detection, "hold")


def test_nobody_announced_the_hold() -> None:
    turns = (
        *talk("A: hello there", "C: I need a part.", seconds=2.0).turns,
        Turn(ROLES["A"], "Thanks for holding.", 60, 62),
    )
    detection = found(Transcript(turns))
    assert hits(detection, "hold")
    assert not hits(detection, "hold_announced")
