"""What a reader reads: times, quotes, lists, and sentences without gaps."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import A, C, S, call, criterion, hit, rubric, signals, turn

from scoring.calls import Medium, Role
from scoring.judge import judge_call
from scoring.judge.wording import clock, listed, number, quoted, quotes, sentence, when
from scoring.results import Evidence
from scoring.rubric import PLACEHOLDERS, AllOf, BehaviourCheck, FactCheck, Not, Reasons


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (3.9, "0:03"), (59.99, "0:59"), (60, "1:00"), (754, "12:34"), (3600, "1:00:00"), (3661, "1:01:01")],
)
def test_times_are_minutes_and_seconds(seconds, text):
    assert clock(seconds) == text


@given(st.floats(0, 1e6))
def test_a_time_can_be_read_back_to_the_second(seconds):
    read = 0
    for part in clock(seconds).split(":"):
        read = read * 60 + int(part)
    assert read == int(seconds)


def test_where_there_are_no_times_messages_are_counted():
    piece = Evidence(2, A, "hello")
    assert when(piece, Medium.EMAIL) == "in message 3"
    assert when(piece, Medium.CALL) == "in turn 3"
    assert when(Evidence(2, A, "hello", 65.0), Medium.CALL) == "at 1:05"


def test_lists_are_joined_as_people_do():
    assert listed([]) == ""
    assert listed(["a", "", "a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed(["a", "b"], "or") == "a or b"


def test_numbers_carry_their_unit():
    assert number(0.4512, "share") == "45 %"
    assert number(12.04, "s") == "12 s"
    assert number(12.06, "s") == "12.1 s"
    assert number(3, "count") == "3"
    assert number(150, "words/min") == "150 words a minute"


def test_long_quotes_are_cut_at_a_word():
    text = quoted("word " * 100)
    assert len(text) < 170
    assert text.endswith("word …”")
    assert quoted(" two\n lines ") == "“two lines”"
    assert quoted("  ") == ""


def test_a_quote_inside_another_is_not_repeated():
    pieces = [Evidence(0, A, "this is Ann"), Evidence(0, A, "Hello, this is Ann"), Evidence(2, A, "bye")]
    assert quotes(pieces) == "“Hello, this is Ann” … “bye”"


@pytest.mark.parametrize(
    ("template", "words", "expected"),
    [
        ("{speaker} greeted {when}: {quote}", ("ann", "at 0:03", "“Hi.”"), "Ann greeted at 0:03: “Hi.”"),
        ("{speaker} greeted {when}: {quote}", ("ann", "at 0:03", "“Hi”"), "Ann greeted at 0:03: “Hi”."),
        ("{speaker} greeted {when}: {quote}", ("ann", "", ""), "Ann greeted."),
        ("{speaker} greeted {when}, {quote}.", ("ann", "", ""), "Ann greeted."),
        ("{quote}", ("", "", "“a  b , c”"), "“a  b , c”."),
        ("{quote} – {speaker}", ("x", "", "“{speaker}”"), "“{speaker}” – x."),
    ],
)
def test_sentences_have_no_gaps_and_keep_quotes_as_they_are(template, words, expected):
    assert sentence(template, dict(zip(("speaker", "when", "quote"), words, strict=True))) == expected


@given(st.fixed_dictionaries({name: st.sampled_from(["", "x", "“Hi!”"]) for name in PLACEHOLDERS}))
def test_no_template_that_ships_by_default_leaves_a_gap(words):
    for template in (Reasons().met, Reasons().not_met, Reasons().not_applicable, Reasons().unsure, Reasons().fault):
        text = sentence(template, words)
        assert not re.search(r"  | [.,:;]|[,:;]\.$|{|}", text)
        assert re.search(r"[.!?…]”?$", text)


GREETING = AllOf(
    all_of=(
        BehaviourCheck(behaviour="greet_salutation", label="a greeting word"),
        BehaviourCheck(behaviour="greet_name", label="own name"),
        BehaviourCheck(behaviour="greet_offer", label="an offer of help"),
    )
)
REASONS = Reasons(met="{speaker} greeted {when}: {quote}", not_met="{speaker} left out {missing}, {count} shown")


def judged(found, check=GREETING, spoken="acacacac", agent_name="Alice Moor", **more):
    made = criterion(check, reasons=more.pop("reasons", REASONS), **more)
    return judge_call(call(spoken, agent_name=agent_name), found, rubric(made)).criteria[0]


def test_a_reason_names_the_agent_the_time_and_the_words():
    whole = signals(
        hit("greet_salutation", 0, quote="Hello"), hit("greet_name", 0, quote="I am Alice"), hit("greet_offer", 2)
    )
    spoken = (turn(A, "Hello there, I am Alice", 0.0), turn(C, "hm", 4.0), turn(A, "words", 8.0))
    assert judged(whole, spoken=spoken).reason == "Alice Moor greeted at 0:00: “Hello” … “I am Alice”."
    assert judged(whole, agent_name=None).reason.startswith("The agent greeted at 0:00")
    assert judged(whole).remedy == ""


def test_a_reason_names_what_is_missing_and_the_remedy_says_it_again():
    made = judged(signals(hit("greet_salutation", 0)))
    assert made.reason == "Alice Moor left out own name and an offer of help, 1 shown."
    assert made.remedy == "Would have earned it: own name and an offer of help."


def test_partial_points_are_the_share_of_the_decided_parts():
    one, doubtful = hit("greet_salutation", 0), hit("greet_name", 0, 0.5)
    assert judged(signals(one)).points == 0
    assert judged(signals(one), partial=True).points == pytest.approx(10 / 3, abs=1e-5)
    assert judged(signals(one, doubtful), partial=True).points == pytest.approx(5)
    heavy = AllOf(all_of=(BehaviourCheck(behaviour="close_bye", worth=3), BehaviourCheck(behaviour="blame")))
    assert judged(signals(hit("close_bye", 0)), heavy, partial=True).points == pytest.approx(7.5)


def test_an_unsure_reason_says_why():
    made = judged(
        signals(hit("close_bye", 6, 0.5, "see you")), BehaviourCheck(behaviour="close_bye", label="a goodbye")
    )
    assert made.reason == "A person should decide: “see you” at 0:30 may or may not be a goodbye (50%)."
    named = judged(signals(sure=0.5), only_when=FactCheck(fact="type", is_="normal"))
    assert "(50%)" in named.reason


def test_a_reason_for_not_applying_says_which_rule():
    rule = FactCheck(fact="type", in_=("voicemail", "midstart"))
    made = judged(signals(facts={"type": "midstart"}), not_applicable_when=rule)
    assert made.reason == "Did not apply: the recording starts after the opening."
    gate = BehaviourCheck(behaviour="hold", label="a hold")
    assert judged(signals(), only_when=gate).reason == "Did not apply: nothing shows a hold."


def test_what_counts_against_is_quoted_before_what_was_shown():
    check = AllOf(all_of=(BehaviourCheck(behaviour="close_bye"), Not(not_=BehaviourCheck(behaviour="blame"))))
    made = judged(
        signals(hit("close_bye", 6, quote="bye"), hit("blame", 2, quote="your own fault")),
        check,
        reasons=Reasons(not_met="{quote} {when}"),
    )
    assert made.reason == "“your own fault” at 0:10."
    assert [item.behaviour for item in made.evidence] == ["blame", "close_bye"]


def test_a_fault_decides_with_its_own_words_and_no_points():
    made = judged(
        signals(hit("greet_salutation", 0), hit("emp_dismissive", 4, quote="not my job")),
        partial=True,
        fault_when=BehaviourCheck(behaviour="emp_dismissive", label="a dismissive remark"),
        only_when=BehaviourCheck(behaviour="emp_needed"),
        reasons=Reasons(fault="{speaker} {when}: {quote}, {why}"),
        fault_remedy="Leave it out",
    )
    assert made.points == 0
    assert made.reason == "Alice Moor at 0:20: “not my job”, a dismissive remark."
    assert made.remedy == "Leave it out."


def test_the_cue_is_quoted_beside_the_answer():
    made = judged(
        signals(hit("emp_needed", 1, quote="it is flooded"), hit("emp_expressed", 2, quote="oh no")),
        BehaviourCheck(behaviour="emp_expressed"),
        only_when=BehaviourCheck(behaviour="emp_needed"),
        reasons=Reasons(met="{cue_when} {cue}: {speaker} {when} {quote}"),
    )
    assert made.reason == "At 0:05 “it is flooded”: Alice Moor at 0:10 “oh no”."
    assert [(item.turn, item.role) for item in made.evidence] == [(1, Role.CUSTOMER), (2, Role.AGENT)]


@pytest.mark.parametrize(("role", "speaker"), [(C, "The customer"), (S, "The recording"), (A, "Alice Moor")])
def test_the_speaker_is_who_spoke(role, speaker):
    made = judge_call(
        call((turn(role, "this call is recorded", 1.0),)),
        signals(hit("recording_notice", 0)),
        rubric(criterion(BehaviourCheck(behaviour="recording_notice", by="anyone"), reasons=REASONS)),
    ).criteria[0]
    assert made.reason.startswith(f"{speaker} greeted at 0:01")
