"""What is done to clean speech before it is learnt from: words, parties and labels stay what they were."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_reader import call_of

from scoring.calls import Role
from scoring.reader.disturb import cut, disturbed, garbled, joined, misheard, quiet, redacted, run_on, split
from scoring.reader.examples import Sentence

CALL = list(
    call_of(
        "boats",
        "S: Press 1 for boats.",
        "A greet_name,greet_offer: Harbour office, Ines speaking, how can I help?",
        "C: Hi.",
        "C emp_needed: My boat, the Marigold, broke loose at 4:30 this morning and nobody's there!",
        "A emp_expressed: Oh no, how dreadful.",
        "A listen_clarify: Which berth was she at?",
        "C: Berth nine.",
        "A2: I can see her from here, Ines, she's by the old pier.",
        "A ownership,close_next: I will send Tomas out with the launch right now, it costs $45.",
        "C: Is Tomas quick?",
        "A: Yes. He is.",
    ).sentences
)
SEEDS = st.integers(0, 10**6)
CALLS = st.lists(st.sampled_from(CALL), max_size=12)
STEPS: tuple[Callable[[list[Sentence], random.Random], list[Sentence]], ...] = (
    split, quiet, redacted, run_on, cut, joined, misheard, garbled,
)  # fmt: skip


def words(said: Sequence[Sentence]) -> list[str]:
    return [word for one in said for word in one.text.split()]


def tried(step: Callable[[list[Sentence], random.Random], list[Sentence]], times: int = 60) -> list[list[Sentence]]:
    return [step(CALL, random.Random(seed)) for seed in range(times)]


@pytest.mark.parametrize("step", [*STEPS, disturbed])
def test_the_same_seed_gives_the_same_and_others_differ(
    step: Callable[[list[Sentence], random.Random], list[Sentence]],
) -> None:
    assert tried(step) == tried(step)
    before = list(CALL)
    assert any(one != CALL for one in tried(step))
    assert before == CALL  # what is given is not changed
    assert step([], random.Random(0)) == []


@given(CALLS, SEEDS, st.sampled_from([*STEPS, disturbed]))
def test_what_is_shown_is_judged_and_was_shown_before(
    said: list[Sentence], seed: int, step: Callable[[list[Sentence], random.Random], list[Sentence]]
) -> None:
    """No label is invented, none is taken for absent that was there, and no line loses its speaker."""
    made = step(said, random.Random(seed))
    shown = {(one.speaker, label) for one in said for label in one.shows}
    for one in made:
        assert one.shows <= one.judged
        assert {(one.speaker, label) for label in one.shows} <= shown
        assert one.role is {"A": Role.AGENT, "C": Role.CUSTOMER, "S": Role.SYSTEM}[one.speaker[0]]
    assert {one.speaker for one in made} <= {one.speaker for one in said}


@given(CALLS, SEEDS, st.sampled_from([split, run_on, cut, joined]))
def test_words_stay_in_order_where_lines_are_cut_or_joined(
    said: list[Sentence], seed: int, step: Callable[[list[Sentence], random.Random], list[Sentence]]
) -> None:
    assert words(step(said, random.Random(seed))) == words(said)


@given(CALLS, SEEDS, st.sampled_from([redacted, misheard, garbled]))
def test_lines_and_labels_stay_where_words_change(
    said: list[Sentence], seed: int, step: Callable[[list[Sentence], random.Random], list[Sentence]]
) -> None:
    made = step(said, random.Random(seed))
    assert [(one.speaker, one.shows, one.judged) for one in made] == [
        (one.speaker, one.shows, one.judged) for one in said
    ]


def test_names_and_numbers_are_hidden_and_the_same_name_alike() -> None:
    for made in tried(redacted):
        assert not any(letter.isdigit() for one in made for letter in one.text)
        assert not any(name in one.text for one in made for name in ("Marigold", "Tomas"))
        sent, asked = made[8].text.split(), made[9].text.split()
        assert sent[3].startswith("[")
        assert sent[3] == asked[1]
        assert made[0].text.startswith("Press [")
        assert made[4] == CALL[4]


def test_a_short_answer_runs_on_into_its_question() -> None:
    joined_up = {one.text for made in tried(run_on) for one in made if one not in CALL}
    assert joined_up == {
        "Harbour office, Ines speaking, how can I help? Hi.",
        "Which berth was she at? Berth nine.",
        "Is Tomas quick? Yes. He is.",
    }


def test_neither_half_of_a_sentence_is_judged_by_what_the_whole_shows() -> None:
    halves = [one for made in tried(cut) for one in made if one not in CALL]
    assert halves
    for half in halves:
        whole = next(one for one in CALL if half.text in one.text and one.speaker == half.speaker)
        assert half.shows == frozenset()
        assert half.judged == (frozenset() if whole.shows else whole.judged)
        assert len(half.text.split()) >= 2


@given(CALLS, SEEDS)
def test_joined_lines_are_of_one_speaker_and_show_what_all_show(said: list[Sentence], seed: int) -> None:
    rest = list(said)
    for one in joined(said, random.Random(seed)):
        parts = [rest.pop(0)]
        while " ".join(part.text for part in parts) != one.text:
            parts.append(rest.pop(0))
        assert {(part.role, part.speaker) for part in parts} == {(one.role, one.speaker)}
        assert one.shows == frozenset().union(*(part.shows for part in parts))
        assert one.judged == frozenset.intersection(*(part.judged for part in parts))
        assert len(parts) == 1 or len(one.text.split()) < 40
    assert not rest


def test_a_label_that_one_half_was_not_judged_by_is_not_judged() -> None:
    one = Sentence(Role.AGENT, "Yes.", frozenset({"hold"}), frozenset({"hold", "blame"}), "A")
    other = Sentence(Role.AGENT, "No.", frozenset(), frozenset({"blame"}), "A")
    whole = Sentence(Role.AGENT, "Yes. No.", frozenset(), frozenset({"blame"}), "A")
    assert whole in [joined([one, other], random.Random(seed))[0] for seed in range(20)]


def test_few_words_are_misheard_and_never_all() -> None:
    lost = changed = total = 0
    for made in tried(misheard, 200):
        for one, before in zip(made, CALL, strict=True):
            assert one.text.split()
            total += len(before.text.split())
            lost += len(before.text.split()) - len(one.text.split())
            changed += sum(word not in before.text.split() for word in one.text.split())
        assert set(words(made)) <= set(words(CALL))
    assert 0.02 < lost / total < 0.04
    assert 0.01 < changed / total < 0.03


def test_few_words_run_together_or_lose_a_letter() -> None:
    glued = clipped = total = 0
    for made in tried(garbled, 200):
        for one, before in zip(made, CALL, strict=True):
            total += len(before.text.split())
            glued += len(before.text.split()) - len(one.text.split())
            clipped += len(before.text.replace(" ", "")) - len(one.text.replace(" ", ""))
    assert 0.005 < glued / total < 0.025
    assert 0.005 < clipped / total < 0.025


def test_tags_and_numbers_are_never_garbled() -> None:
    said = [Sentence(Role.AGENT, "[PERSON_NAME] 42 [DATE]")]
    assert all(garbled(said, random.Random(seed))[0].text == said[0].text for seed in range(50))


def test_a_line_of_several_sentences_becomes_several_lines() -> None:
    assert [one.text for one in split(CALL, random.Random(0))][-2:] == ["Yes.", "He is."]
    one = Sentence(
        Role.AGENT, "Oh no. I am sorry.", frozenset({"emp_expressed"}), frozenset({"emp_expressed", "hold"}), "A"
    )
    made = {
        tuple((part.text, part.shows, part.judged) for part in split([one], random.Random(seed))) for seed in range(20)
    }
    nothing = frozenset[str]()
    assert made == {
        ((one.text, one.shows, one.judged),),
        (("Oh no.", nothing, frozenset({"hold"})), ("I am sorry.", nothing, frozenset({"hold"}))),
    }


def test_short_answers_go_unheard_and_nothing_that_is_shown() -> None:
    gone = {one.text for made in tried(quiet) for one in CALL if one not in made}
    old = "I can see her from here, Ines, she's by the old pier."
    assert gone == {"Press 1 for boats.", "Hi.", "Berth nine.", old, "Is Tomas quick?", "Yes. He is."}
    for made in tried(quiet):
        assert made == [one for one in CALL if one in made]
    assert quiet([CALL[2]], random.Random(0))  # never all of it
