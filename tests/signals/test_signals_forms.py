"""Questions and restatements told by their form, and outcomes told by what is said to be done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calls import CallInfo, Role, Transcript, Turn
from scoring.signals import facts as facts_room
from scoring.signals.forms import ASKED, GIVEN_BACK, explores, find, restates, stems
from scoring.signals.names import learn
from scoring.signals.phrases import find as find_phrases
from scoring.signals.text import norm, utterances


def call(*lines: str) -> Transcript:
    roles = {"A": Role.AGENT, "C": Role.CUSTOMER, "S": Role.SYSTEM}
    return Transcript(tuple(Turn(roles[line[0]], line[3:]) for line in lines))


@pytest.mark.parametrize(
    "question",
    [
        "And when did the heating stop?",
        "Okay, does it leak all the time, or only when it rains?",
        "What happened just before the screen went black?",
        "Of course, which of the two lamps flickers?",
        "How long has the parcel been at the depot?",
        "Have you tried another socket?",
        "Could you describe the noise it makes?",
    ],
)
def test_questions_about_the_need_explore_it(question: str) -> None:
    assert explores(norm(question), asked=True)


@pytest.mark.parametrize(
    "question",
    [
        "What is your account number?",
        "And what's the best email for you?",
        "How can I help you today?",
        "Is there anything else I can do?",
        "May I put you on hold for a moment?",
        "Is that all right with you?",
        "What day works for the engineer?",
        "And it is the corner house, is that correct?",
        "Who am I speaking to please?",
        "Would you like me to send the form?",
        "Since when?",
    ],
)
def test_routine_questions_do_not(question: str) -> None:
    assert not explores(norm(question), asked=True)


def test_only_a_question_explores() -> None:
    assert not explores(norm("What a lovely garden you have there"), asked=False)


TOLD = "C: My washing machine leaks water over the kitchen floor and the repairman never came."


@pytest.mark.parametrize(
    "said",
    [
        "So the machine is leaking on your kitchen floor.",
        "Okay, so the repairman didn't come and there's water everywhere.",
        "It sounds like the washing machine leaks badly.",
    ],
)
def test_what_the_customer_told_said_back_is_a_paraphrase(said: str) -> None:
    hits = find(call(TOLD, f"A: {said}"))
    assert [(hit.behaviour, hit.turn, hit.probability) for hit in hits] == [("listen_paraphrase", 1, GIVEN_BACK)]
    assert said.rstrip(".").endswith(hits[0].quote.rstrip(".")[-10:])


@pytest.mark.parametrize(
    "said",
    [
        "So I'll send the repairman to your kitchen.",  # what the agent will do
        "So the weather is awful today.",  # nothing the customer said
        "The washing machine leaks onto the kitchen floor.",  # no sign of giving it back
        "So it's 0 7 7 1 2 for the kitchen and the machine.",  # data
        "So what machine is it, and which floor of the kitchen?",
    ],
)
def test_other_sentences_are_no_paraphrase(said: str) -> None:
    assert not any(hit.behaviour == "listen_paraphrase" for hit in find(call(TOLD, f"A: {said}")))


def test_nothing_is_given_back_or_explored_before_the_customer_spoke() -> None:
    assert find(call("A: What happened to the washing machine, did it stop?", TOLD)) == []


def test_only_agents_listen_here() -> None:
    assert find(call(TOLD, "C: So the machine leaks on the kitchen floor. When did it stop working?")) == []


def test_an_exploring_question_has_its_probability_and_words() -> None:
    (hit,) = find(call(TOLD, "A: Oh dear. When did the leak begin?"))
    assert (hit.behaviour, hit.probability, hit.quote) == ("listen_clarify", ASKED, "When did the leak begin?")


@pytest.mark.parametrize(
    ("said", "explores_it"),
    [
        ("thank you for that when did the leak begin", True),
        ("all right and does it leak when it is switched off", True),
        ("i know what you mean it is a lovely machine", False),
        ("and what is your account number please", False),
    ],
)
def test_questions_are_known_by_the_order_of_words_where_marks_are_missing(said: str, explores_it: bool) -> None:
    hits = find(call(TOLD, f"A: {said}"))
    assert any(hit.behaviour == "listen_clarify" for hit in hits) == explores_it


@given(st.text(alphabet="abcdefghij ", max_size=60))
def test_a_text_shares_all_its_stems_with_itself(text: str) -> None:
    assert stems(text) == stems(text) & stems(text)
    assert stems(f"{text} {text}") == stems(text)


@given(st.lists(st.sampled_from(["leaking", "leaks", "leaked", "leak"]), min_size=1, max_size=4))
def test_words_that_only_bend_share_a_stem(words: list[str]) -> None:
    assert stems(" ".join(words)) == {"leak"}


@given(st.text(max_size=80))
def test_any_text_can_be_looked_at(text: str) -> None:
    find(Transcript((Turn(Role.CUSTOMER, text), Turn(Role.AGENT, text))))
    restates(norm(text), frozenset({"leak"}))


def stated(*lines: str) -> list[int]:
    transcript = call(*lines)
    spoken = utterances(transcript.turns)
    return [hit.turn for hit in facts_room.stated_ends(transcript, find_phrases(transcript, spoken))]


def test_what_is_done_or_dated_states_the_end() -> None:
    assert stated("C: Please book it.", "A: That's booked.", "A: The van comes on Friday at nine.") == [2, 1]
    assert stated("A: Have you got it fixed?", "C: It's fixed.") == []


def kinds(*lines: str) -> list[str]:
    transcript = call(*lines)
    spoken = utterances(transcript.turns)
    info = CallInfo("x")
    known = learn(transcript, info, spoken, ())
    found = facts_room.facts(transcript, info, find_phrases(transcript, spoken), known)
    return [fact.value for fact in found if fact.name == "type"]


OPENING = ("A: Good morning, Larkfield Tyres, how can I help you?", "C: Hello, my tyre is flat.", "A: I see.")


def test_a_line_that_breaks_is_cut_off() -> None:
    assert kinds(*OPENING, "A: Go to the back of the", "C: Hello? You're breaking up.") == ["dropped"]


def test_a_bad_line_that_still_ends_in_goodbye_is_not() -> None:
    assert kinds(*OPENING, "C: You're breaking up.", "A: I'll call you back. Goodbye!", "C: Bye.") == ["normal"]


def test_oh_dear_is_no_greeting() -> None:
    lines = ("A: And it was the left one, is that right?", "C: Yes, it snapped.", "A: Oh dear, how did it happen?")
    assert kinds(*lines, "C: It fell.", "A: We'll replace it. Thank you, goodbye.") == ["midstart"]
