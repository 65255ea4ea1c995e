"""Who called whom, how the matter ended, who had to say it twice: told from signs, shown by turns."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import found, hits, talk

from scoring.calls import Role
from scoring.errors import WeightsError
from scoring.signals import course
from scoring.signals.again import forced
from scoring.signals.types import Hit

HELLO = ("A: Thank you for calling Oakfield Gas, how can I help?", "C: I need a part for my stove.")
BYE = ("C: Thanks, bye.", "A: Goodbye.")


def hit(behaviour: str, turn: int, role: Role = Role.AGENT, chance: float = 0.9) -> Hit:
    return Hit(behaviour, turn, role, chance, "words")


@pytest.mark.parametrize(
    ("lines", "outbound"),
    [
        (HELLO, False),
        (("A: Hi, I'm calling about your quote, is this a good time?", "C: Sure."), True),
        (("C: Hello?", "A: Hi, is this Ms. Keller? I'm following up on your visit.", "C: Yes."), True),
        (("A: Hi, it looks like you were connected to me to compare prices.", "C: Yeah."), True),
        (("S: Your call is important to us.", "A: Hi there.", "C: I'm calling about a bill."), False),
    ],
)
def test_who_called(lines: tuple[str, ...], outbound: bool) -> None:
    assert (course.outbound(talk(*lines)) > 0.5) is outbound


def test_every_outcome_told_has_a_chance_and_they_are_in_order() -> None:
    facts = [
        fact
        for fact in found(talk(*HELLO, "A: We'll call you back by Friday.", *BYE)).signals.facts
        if fact.name == "outcome"
    ]
    assert facts[0].value == "dated"
    assert all(a.probability >= b.probability for a, b in pairwise(facts))
    assert sum(fact.probability for fact in facts) <= 1.001


LINES = st.lists(
    st.sampled_from([*HELLO, *BYE, "A: It's all set.", "A: We can't do that.", "C: That worked."]), max_size=12
)
HITS = st.lists(
    st.tuples(
        st.sampled_from(["refusal", "refusal_reason", "close_next", "next_step_dated", "transfer"]), st.floats(0, 1)
    ),
    max_size=6,
)


@given(LINES, HITS)
def test_the_chances_sum_to_one_and_no_end_is_claimed_that_nothing_shows(
    lines: list[str], shown: list[tuple[str, float]]
) -> None:
    transcript = talk(*lines)
    count = len(lines)
    made = [hit(name, at % count, chance=chance) for at, (name, chance) in enumerate(shown)] if count else []
    chances = course.outcomes(transcript, made, ())
    assert np.isclose(chances.sum(), 1.0)
    for name, chance in zip(course.OUTCOMES, chances, strict=True):
        turns = course.evidence(transcript, made, name)
        assert all(0 <= turn < count for turn in turns)
        assert name == "none" or turns or chance == 0.0


def test_a_name_that_is_used_is_known() -> None:
    fact = found(talk("A: Hello, this is Dana.", "C: Hi.", "A: Thank you, Mrs. Okoro."), customer=None).signals.fact(
        "name_known"
    )
    assert fact is not None
    assert fact.value == "yes"


def test_where_the_agent_asks_again_the_answer_is_the_forced_repetition() -> None:
    transcript = talk("A: What town is that?", "C: Ashby.", "A: And what town?", "A: Sorry.", "C: Ashby, as I said.")
    (again,) = forced(transcript, [hit("asks_again", 2, chance=0.8)])
    assert (again.behaviour, again.turn, again.role, again.probability) == (
        "listen_repeat_forced",
        4,
        Role.CUSTOMER,
        0.8,
    )
    assert forced(transcript, [hit("asks_again", 4)]) == []
    assert forced(transcript, [hit("close_more", 2)]) == []


def test_the_same_question_twice_is_asking_again() -> None:
    twice = talk(
        "A: Which model of stove is it?",
        "C: The Hearthline.",
        "A: Okay.",
        "C: Yes.",
        "A: And which model of stove was it?",
    )
    assert [each.turn for each in hits(found(twice), "asks_again")] == [4]
    at_once = talk("A: Which model of stove is it?", "A: Which model of stove, I mean?", "C: The Hearthline.")
    assert not hits(found(at_once), "asks_again")
    offers = talk("A: Anything else I can do today?", "C: The meter.", "A: Anything else I can do today?", "C: No.")
    assert not hits(found(offers), "asks_again")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"direction": [[1.0]]}', "no json"])
def test_a_broken_file_of_weights_says_so(text: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "course.json"
    path.write_text(text)
    monkeypatch.setattr(course, "WEIGHTS", path)
    course._weights.cache_clear()
    with pytest.raises(WeightsError, match=r"course\.json"):
        course.outbound(talk(*HELLO))
    course._weights.cache_clear()
