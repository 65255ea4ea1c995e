"""Each kind of check: what it counts, what it leaves out, and when it is not sure."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import A, C, S, U, call, criterion, hit, rubric, signals, turn

from scoring.calls import Direction, Medium
from scoring.judge import judge_call
from scoring.judge.looking import LOOKS, Finding, look, looks_for
from scoring.judge.scene import Scene
from scoring.judge.truth import Truth
from scoring.results import Outcome
from scoring.rubric import (
    KINDS,
    AllOf,
    BehaviourCheck,
    Check,
    FactCheck,
    MeasureCheck,
    Not,
    PhraseCheck,
    Range,
    Window,
    find_faults,
    kind,
    load_rubric,
)
from scoring.signals.types import FactValue, Signals, Span

YES, NO, UNSURE, OUT = Truth.YES, Truth.NO, Truth.UNSURE, Truth.OUT


def seen(check: Check, found: Signals | None = None, spoken="acacacac", **more) -> Finding:
    return look(check, Scene(call(spoken, **more), found or signals(), (0.35, 0.65)))


# -- behaviours


@pytest.mark.parametrize(
    ("chances", "least", "most", "expected"),
    [
        ([], None, None, NO),
        ([0.9], None, None, YES),
        ([0.5], None, None, UNSURE),
        ([0.2, 0.3], None, None, NO),
        ([0.9, 0.9], 3, None, NO),
        ([0.9, 0.9, 0.5], 3, None, UNSURE),
        ([0.9, 0.9, 0.9], 3, None, YES),
        ([], None, 0, YES),
        ([0.5], None, 0, UNSURE),
        ([0.9], None, 0, NO),
        ([0.9, 0.9], 1, 2, YES),
        ([0.9, 0.9, 0.5], 1, 2, UNSURE),
        ([0.9, 0.9, 0.9], 1, 2, NO),
        ([], 1, 2, NO),
        ([0.5, 0.5], 1, 1, UNSURE),
    ],
)
def test_a_behaviour_is_counted_by_turns(chances, least, most, expected):
    found = signals(*(hit("close_bye", 2 * index, chance) for index, chance in enumerate(chances)))
    assert seen(BehaviourCheck(behaviour="close_bye", at_least=least, at_most=most), found).truth is expected


def test_two_hits_in_one_turn_count_once():
    found = signals(hit("name_used", 2, 0.9, "Mr Lane"), hit("name_used", 2, 0.8, "Lane"))
    made = seen(BehaviourCheck(behaviour="name_used", at_least=2), found)
    assert (made.truth, made.count, [item.quote for item in made.shown]) == (NO, 1, ["Mr Lane"])


def test_too_often_is_shown_against():
    found = signals(hit("hold", 0), hit("hold", 2))
    made = seen(BehaviourCheck(behaviour="hold", at_most=1), found)
    assert (made.truth, made.shown, [item.turn for item in made.against]) == (NO, (), [0, 2])


def test_a_doubtful_name_is_unsure_until_a_clear_one_comes():
    doubtful = hit("name_used", 2, 0.95, "Alys", doubt="heard 'Alys' for Alice")
    made = seen(BehaviourCheck(behaviour="name_used"), signals(doubtful))
    assert (made.truth, made.doubts) == (UNSURE, ("heard 'Alys' for Alice",))
    both = seen(BehaviourCheck(behaviour="name_used"), signals(doubtful, hit("name_used", 4, 0.9)))
    assert (both.truth, both.doubts) == (YES, ())
    unlikely = seen(BehaviourCheck(behaviour="name_used"), signals(replace(doubtful, probability=0.1)))
    assert unlikely.truth is NO


@pytest.mark.parametrize(
    ("role", "confidence", "expected"),
    [
        (A, None, YES),
        (A, 0.9, YES),
        (A, 0.6, YES),
        (A, 0.59, UNSURE),
        (U, None, UNSURE),
        (U, 0.9, UNSURE),
        (C, None, NO),
        (C, 0.9, NO),
        (C, 0.5, UNSURE),
        (S, None, NO),
    ],
)
def test_who_spoke_must_be_known(role, confidence, expected):
    spoken = (turn(role, "bye", 42.0, role_confidence=confidence),)
    made = seen(BehaviourCheck(behaviour="close_bye"), signals(hit("close_bye", 0)), spoken)
    assert made.truth is expected
    if expected is UNSURE:
        assert made.doubts == ("it is not certain who spoke at 0:42",)
    assert seen(BehaviourCheck(behaviour="close_bye", by="anyone"), signals(hit("close_bye", 0)), spoken).truth is YES


def test_a_doubtful_speaker_turns_a_clean_record_unsure_not_bad():
    spoken = (turn(U, "whatever", 1.0),)
    check = Not(not_=BehaviourCheck(behaviour="emp_dismissive"))
    assert seen(check, signals(hit("emp_dismissive", 0)), spoken).truth is UNSURE


def test_a_hit_outside_the_window_does_not_count():
    check = BehaviourCheck(behaviour="greet_salutation", window=Window(part="opening"))
    assert seen(check, signals(hit("greet_salutation", 14)), "ac" * 8).truth is NO
    assert seen(check, signals(hit("greet_salutation", 2)), "ac" * 8).truth is YES
    timed = BehaviourCheck(behaviour="greet_salutation", window=Window(first_seconds=9))
    assert seen(timed, signals(hit("greet_salutation", 0)), (turn(A),), medium=Medium.CHAT).truth is OUT


def test_evidence_says_who_what_and_when():
    found = signals(replace(hit("close_bye", 6, 0.8, "bye now"), start=31.5, end=32.0), hit("close_bye", 2, 0.9, "bye"))
    made = seen(BehaviourCheck(behaviour="close_bye"), found)
    assert [(e.turn, e.role, e.quote, e.start, e.end, e.behaviour, e.probability) for e in made.shown] == [
        (2, A, "bye", 10.0, 14.0, "close_bye", 0.9),
        (6, A, "bye now", 31.5, 32.0, "close_bye", 0.8),
    ]


# -- phrases


@pytest.mark.parametrize(
    ("phrase", "text", "heard"),
    [
        ("anything else", "Is there ANYTHING ELSE?", "ANYTHING ELSE"),
        ("anything else", "anything, else", "anything, else"),
        ("any thing", "anything", None),
        ("art", "start of the artist", None),
        ("that's all", "Thats all!", "Thats all"),
        ("thats all", "So that’s all.", "that’s all"),
        ("Grüße", "viele GRÜSSE aus", "GRÜSSE"),
        ("straße", "Die STRASSE dort", "STRASSE"),
        ("a.c", "abc", None),
        (".*", None, None),
        ("é", "caf e\u0301 now", "é"),
        ("bye bye", "bye bye bye", "bye bye"),
        ("bye", "", None),
    ],
)
def test_phrases_are_literal_words(phrase, text, heard):
    if text is None:
        with pytest.raises(ValueError, match="needs at least one word"):
            PhraseCheck(phrase=(phrase,))
        return
    made = seen(PhraseCheck(phrase=(phrase,)), spoken=(turn(A, text, 1.0),))
    assert made.truth is (NO if heard is None else YES)
    assert [item.quote for item in made.shown] == ([] if heard is None else [heard])


@given(st.text(min_size=1, max_size=30))
def test_a_text_with_a_word_contains_itself(text):
    if any(letter.isalnum() for letter in text):
        loud = seen(PhraseCheck(phrase=(text,)), spoken=(turn(A, f"well, {text}!", 1.0),))
        assert loud.truth is YES


def test_phrases_by_whom_where_and_how_often():
    spoken = (turn(C, "no problem", 0.0), turn(A, "no problem", 5.0), turn(A, "No problem.", 10.0))
    assert seen(PhraseCheck(phrase=("no problem",), by="system"), spoken=spoken).truth is NO
    assert seen(PhraseCheck(phrase=("no problem",), at_least=2), spoken=spoken).truth is YES
    assert seen(PhraseCheck(phrase=("no problem",), at_least=3), spoken=spoken).truth is NO
    assert seen(PhraseCheck(phrase=("no problem",), by="anyone", at_least=3), spoken=spoken).truth is YES
    assert seen(PhraseCheck(phrase=("no problem",), window=Window(first_turns=1)), spoken=spoken).truth is NO


def test_a_forbidden_phrase_is_met_when_it_is_never_said():
    check = PhraseCheck(phrase=("calm down", "whatever"), forbidden=True)
    assert seen(check, spoken=(turn(A, "of course", 0.0),)).truth is YES
    made = seen(check, spoken=(turn(A, "Whatever you say", 3.0),))
    assert (made.truth, made.shown, [item.quote for item in made.against]) == (NO, (), ["Whatever"])
    assert made.missing == ("leaving out “calm down” or “whatever”",)


def test_badly_heard_words_are_unsure():
    spoken = (turn(A, "bye", 0.0, confidence=0.3),)
    made = seen(PhraseCheck(phrase=("bye",)), spoken=spoken)
    assert (made.truth, made.doubts) == (UNSURE, ("“bye” was not heard clearly",))


# -- measures and facts


@pytest.mark.parametrize(
    ("value", "truth", "earned"),
    [(0, YES, 1), (10, YES, 1), (10.1, NO, 0.5), (20, NO, 0.5), (20.1, NO, 0), (None, OUT, 0)],
)
def test_bands_earn_all_a_share_or_nothing(value, truth, earned):
    check = MeasureCheck(measure="longest_silence", good=Range(at_most=10), acceptable=Range(at_most=20, share=0.5))
    made = seen(check, signals(measures={"longest_silence": value}))
    assert (made.truth, made.earned) == (truth, earned)


def test_a_measure_that_was_not_taken_leaves_the_sum():
    silence = MeasureCheck(measure="longest_silence", good=Range(at_most=10))
    parts = AllOf(all_of=(silence, BehaviourCheck(behaviour="close_bye")))
    assert seen(silence).truth is OUT
    assert seen(parts, signals(hit("close_bye", 0))).truth is YES
    made = judge_call(call(), signals(), rubric(criterion(silence))).criteria[0]
    assert (made.outcome, made.points) == (Outcome.NOT_APPLICABLE, None)
    assert "could not be measured" in made.reason


def test_a_bad_measure_shows_its_longest_stretches():
    found = signals(measures={"longest_silence": 30.0}, spans=(Span(4.0, 9.0), Span(14.0, 44.0)))
    made = seen(MeasureCheck(measure="longest_silence", good=Range(at_most=10)), found)
    assert [(item.turn, item.start, item.end) for item in made.against] == [(2, 14.0, 44.0), (0, 4.0, 9.0)]
    assert made.value == "30 s"


@pytest.mark.parametrize(
    ("known", "check", "expected"),
    [
        ([("type", "normal", 0.9)], FactCheck(fact="type", is_="normal"), YES),
        ([("type", "normal", 0.9)], FactCheck(fact="type", in_=("voicemail", "dropped")), NO),
        ([("type", "normal", 0.6)], FactCheck(fact="type", is_="normal"), UNSURE),
        ([("type", "normal", 0.9), ("type", "dropped", 0.8)], FactCheck(fact="type", is_="dropped"), YES),
        ([("type", "normal", 0.6), ("type", "dropped", 0.4)], FactCheck(fact="type", is_="dropped"), UNSURE),
        ([("name_known", "yes", 0.9)], FactCheck(fact="name_known", is_="no"), NO),
        ([("name_known", "yes", 0.1)], FactCheck(fact="name_known", is_="no"), YES),
        ([("name_known", "yes", 0.5)], FactCheck(fact="name_known", is_="yes"), UNSURE),
        ([], FactCheck(fact="name_known", is_="yes"), UNSURE),
        ([], FactCheck(fact="medium", is_="call"), YES),
        ([], FactCheck(fact="direction", is_="outbound"), YES),
        ([("direction", "inbound", 0.9)], FactCheck(fact="direction", is_="outbound"), NO),
    ],
)
def test_facts_may_be_several_and_may_be_unknown(known, check, expected):
    found = Signals((), tuple(FactValue(*item) for item in known), ())
    made = seen(check, found, direction=Direction.OUTBOUND)
    assert made.truth is expected
    assert bool(made.doubts) == (expected is UNSURE)


# -- a new kind


def test_a_new_kind_is_one_value_and_one_function(tmp_path):
    """Registered like the ones that ship, a kind can be written in a rubric, is validated, and is judged."""

    @kind("turns_of")
    @dataclass(frozen=True, slots=True, kw_only=True)
    class TurnsOf(Check):
        turns_of: str
        good: Range

    @looks_for(TurnsOf)
    def _turns_of(check: TurnsOf, scene: Scene) -> Finding:
        count = sum(item.role.value == check.turns_of for item in scene.turns)
        truth = YES if check.good.holds(count) else NO
        return Finding(truth=truth, probability=float(truth is YES), label="enough turns", missing=("enough turns",))

    text = (
        "name: x\nversion: 1.0.0\ntitle: X\nsections: [{id: a, title: A}]\ncriteria:\n"
        "  - {id: c, section: a, title: C, weight: 1, check: {turns_of: agent, good: {at_least: 4}}}\n"
    )
    path = tmp_path / "x.yaml"
    path.write_text(text)
    try:
        standard = load_rubric(path)
        outcomes = [
            judge_call(call(spoken), signals(), standard).criteria[0].outcome for spoken in ("acacacac", "acac")
        ]
        assert outcomes == [Outcome.MET, Outcome.NOT_MET]
        path.write_text(text.replace("at_least", "at_lest"))
        assert find_faults(path) == ("criteria[0].check.good.at_lest: unknown key, did you mean 'at_least'?",)
    finally:
        del KINDS["turns_of"], LOOKS[TurnsOf]


@pytest.mark.parametrize(
    ("chance", "expected"), [(0.9, Truth.YES), (0.8, Truth.UNSURE), (0.5, Truth.UNSURE), (0.2, Truth.NO)]
)
def test_a_check_may_want_more_proof_than_the_others(chance, expected):
    strict = BehaviourCheck(behaviour="emp_dismissive", unsure_band=(0.35, 0.85))
    plain = BehaviourCheck(behaviour="emp_dismissive")
    found = signals(hit("emp_dismissive", 0, chance))
    assert seen(strict, found).truth is expected
    assert seen(plain, found).truth is (Truth.YES if chance >= 0.65 else expected)
