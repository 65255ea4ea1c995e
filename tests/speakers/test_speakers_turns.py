"""Words become turns: nothing lost, nothing doubled, cut where a speaker stops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from speaking import said

from scoring.calls import Role, Word
from scoring.speakers.diarize import Stretch, Voices
from scoring.speakers.roles import Judged
from scoring.speakers.turns import Utterance, by_voice, in_order, join, utterances

A, C = Judged(Role.AGENT, 0.9), Judged(Role.CUSTOMER, 0.8)
TEXTS = st.sampled_from(["yes", "no.", "well", "right?", "three", "mhm", "okay,", " padded ", "Ms."])


@st.composite
def words(draw: st.DrawFn) -> list[Word]:
    found, at = [], 0.0
    for text in draw(st.lists(TEXTS, max_size=25)):
        at += draw(st.floats(0, 3))
        found.append(Word(text, at, at + draw(st.floats(0, 0.6)), 0.9))
    return found


def conversation(*parts: tuple[str, str, float]) -> list[Utterance]:
    lanes: dict[str, list[Word]] = {}
    for speaker, text, start in parts:
        lanes.setdefault(speaker, []).extend(said(text, start))
    return in_order([one for name, spoken in lanes.items() for one in utterances(spoken, name, None)])


def turns_of(*parts: tuple[str, str, float]) -> list[tuple[str | None, str]]:
    spoken = conversation(*parts)
    judged = [A if one.speaker == "a" else C for one in spoken]
    return [(turn.speaker, turn.text) for turn in join(spoken, judged)]


@given(words(), words())
def test_every_word_is_in_exactly_one_turn_in_its_order(left: list[Word], right: list[Word]) -> None:
    spoken = in_order([*utterances(left, "a", 0), *utterances(right, "b", 1)])
    turns = join(spoken, [A if one.speaker == "a" else C for one in spoken])
    for name, given_words in (("a", left), ("b", right)):
        kept = [word for turn in turns if turn.speaker == name for word in turn.words]
        assert sorted(kept, key=lambda word: (word.start, word.end)) == sorted(
            given_words, key=lambda word: (word.start, word.end)
        )
    assert [turn.start for turn in turns] == sorted(turn.start or 0.0 for turn in turns)
    for turn in turns:
        assert turn.start == turn.words[0].start
        assert turn.end == max(word.end for word in turn.words)
        assert turn.text == " ".join(word.text.strip() for word in turn.words)


@given(words())
def test_no_utterance_holds_a_long_pause(spoken: list[Word]) -> None:
    for one in utterances(spoken, "a", 0):
        assert all(after.start - before.end <= 0.8 for before, after in zip(one.words, one.words[1:], strict=False))


def test_a_pause_after_a_sentence_ends_a_turn_and_a_shorter_one_does_not() -> None:
    assert turns_of(("a", "All done.", 0.0), ("a", "Next one.", 1.3)) == [("a", "All done. Next one.")]
    assert len(turns_of(("a", "All done.", 0.0), ("a", "Next one.", 2.0))) == 2


def test_somebody_searching_for_words_is_not_cut() -> None:
    assert turns_of(("a", "my", 0.0), ("a", "window frame", 1.6)) == [("a", "my window frame")]
    assert len(turns_of(("a", "my", 0.0), ("a", "window frame", 2.6))) == 2


def test_a_back_channel_does_not_take_the_floor() -> None:
    found = turns_of(("a", "The bill for March", 0.0), ("b", "Mhm.", 1.45), ("a", "was sent twice.", 1.9))
    assert found == [("a", "The bill for March was sent twice."), ("b", "Mhm.")]


def test_an_answer_takes_the_floor() -> None:
    found = turns_of(("a", "Is it blue?", 0.0), ("b", "Yes.", 1.1), ("a", "Good.", 1.5))
    assert found == [("a", "Is it blue?"), ("b", "Yes."), ("a", "Good.")]


def test_real_words_take_the_floor() -> None:
    found = turns_of(("a", "The bill for March", 0.0), ("b", "I paid that one.", 1.4), ("a", "was sent twice.", 2.9))
    assert [speaker for speaker, _ in found] == ["a", "b", "a"]


def test_talking_over_does_not_cut_the_one_who_goes_on() -> None:
    found = turns_of(("a", "one two three four five six seven eight", 0.0), ("b", "But I never ordered", 0.9))
    assert found == [("a", "one two three four five six seven eight"), ("b", "But I never ordered")]


def test_a_turn_never_mixes_roles() -> None:
    spoken = conversation(("a", "Please hold.", 0.0), ("a", "Hello there.", 0.9))
    turns = join(spoken, [Judged(Role.SYSTEM, 0.95), A])
    assert [turn.role for turn in turns] == [Role.SYSTEM, Role.AGENT]


def test_confidence_is_that_of_words_and_roles() -> None:
    spoken = utterances([*said("one two", 0.0, confidence=0.5), *said("three four.", 0.8, confidence=1.0)], "a", 1)
    (turn,) = join(spoken, [A] * len(spoken))
    assert turn.confidence == pytest.approx(0.75)
    assert turn.role_confidence == pytest.approx(0.9)
    assert (turn.channel, turn.speaker) == (1, "a")


def voices(*stretches: tuple[float, float, int]) -> Voices:
    return Voices(tuple(Stretch(*each) for each in stretches), 2, 0.5)


def texts(parts: list[list[Word]]) -> list[str]:
    return [" ".join(word.text for word in part) for part in parts]


def test_words_go_to_the_voice_that_speaks_then() -> None:
    spoken = [*said("how are you?", 0.0), *said("fine thanks.", 1.2), *said("good.", 2.2)]
    found = by_voice(spoken, voices((0.0, 1.1, 1), (1.2, 1.9, 0), (2.2, 2.6, 1)))
    assert texts(found) == ["how are you? good.", "fine thanks."]


def test_a_word_at_the_edge_stays_in_its_sentence() -> None:
    spoken = said("We sold the boat", 0.0)
    assert texts(by_voice(spoken, voices((0.0, 1.05, 0), (1.15, 3.0, 1)))) == ["We sold the boat"]


def test_a_word_nobody_was_heard_in_goes_with_its_neighbours() -> None:
    spoken = said("so what is it?", 0.0)
    assert texts(by_voice(spoken, voices((0.0, 0.65, 1), (1.05, 1.4, 1)))) == ["so what is it?"]


def test_a_change_of_speaker_within_unpunctuated_words() -> None:
    spoken = [*said("what colour was it painted", 0.0), *said("my window frame", 2.4)]
    assert texts(by_voice(spoken, voices((0.0, 1.8, 0), (2.3, 3.5, 1)))) == [
        "what colour was it painted",
        "my window frame",
    ]


@given(words(), st.lists(st.tuples(st.floats(0, 20), st.floats(0.1, 5), st.integers(0, 1)), max_size=6))
def test_voices_share_out_all_words(spoken: list[Word], plan: list[tuple[float, float, int]]) -> None:
    found = by_voice(spoken, voices(*((start, start + length, voice) for start, length, voice in plan)))
    assert sorted(word.start for part in found for word in part) == sorted(word.start for word in spoken)
    assert all(part for part in found)
    assert len(found) <= 2


def test_no_words_no_voices() -> None:
    assert by_voice([], voices((0.0, 1.0, 0))) == []
    assert utterances([Word("  ", 0.0, 0.1, 0.5)], "a", 0) == []
    assert join([], []) == ()
