"""Words as they are compared, and the way back to what was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import ROLES

from scoring.calls import Turn
from scoring.signals.text import norm, quote, tokenize, utterances

WORDS = st.lists(
    st.sampled_from(["hello", "i'm", "well", "don't", "uh", "42", "Maria", "o'clock", "[name]"]), max_size=40
)
TEXT = st.text(alphabet="abz AB'’.,!?-[]_09 \n", max_size=80)


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("I'm, uh, sorry!", "im sorry"),
        ("It’s   DON'T", "its dont"),
        ("mm-hmm uh-huh", "mmhmm uhhuh"),
        ("[noise] hello [laughter]", "hello"),
        ("this is [PERSON_NAME].", "this is tagpersonname"),
        ("this is [person_name]", "this is tagpersonname"),
        ("twenty-four 555-0142", "twenty four 555 0142"),
        ("", ""),
        ("...", ""),
        ("café Łukasz", "café łukasz"),
    ],
)
def test_words_are_compared_without_case_punctuation_and_fillers(text: str, compared: str) -> None:
    assert norm(text) == compared


@given(TEXT)
def test_tokens_point_at_their_own_words_in_order(text: str) -> None:
    last = 0
    for token in tokenize(text):
        assert last <= token.start < token.end <= len(text)
        last = token.end
        if not token.norm.startswith("tag"):
            assert norm(text[token.start : token.end]) == token.norm


@given(TEXT)
def test_comparing_twice_changes_nothing(text: str) -> None:
    once = norm(text.replace("[", " ").replace("]", " "))
    assert norm(once) == once


def test_a_title_does_not_end_a_sentence() -> None:
    tokens = tokenize("Okay. Thanks, Mr. Brown. Bye")
    assert [(t.norm, t.opens, t.begins) for t in tokens] == [
        ("okay", True, True), ("thanks", True, True), ("mr", True, False), ("brown", False, False), ("bye", True, True),
    ]  # fmt: skip


def test_utterances_join_turns_of_one_role_and_know_which_turn_a_word_is_of() -> None:
    turns = [Turn(ROLES[r], t) for r, t in (("A", "thank you for"), ("A", "calling us"), ("C", "hi"), ("A", "hello"))]
    joined = utterances(turns)
    assert [u.turns for u in joined] == [(0, 1), (2,), (3,)]
    assert joined[0].norm == "thank you for calling us"
    first, last = joined[0].span(14, 21)
    assert [(t.norm, t.turn) for t in joined[0].tokens[first:last]] == [("calling", 1)]


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=12))
def test_utterances_hold_every_turn_once(roles: list[str]) -> None:
    turns = [Turn(list(ROLES.values())["abcd".index(role)], "one two") for role in roles]
    assert [i for u in utterances(turns) for i in u.turns] == list(range(len(turns)))


def test_a_quote_is_the_sentence_cut_at_words() -> None:
    text = "First one. I am so sorry to hear that. Bye."
    assert quote(text, 14, 25) == "I am so sorry to hear that."
    long = "word " * 100 + "sorry " + "word " * 100
    cut = quote(long, 500, 505)
    assert "sorry" in cut
    assert len(cut) < 180
    assert all(word in ("word", "sorry") for word in cut.split())


@given(TEXT.filter(bool), st.integers(0, 79), st.integers(1, 20))
def test_a_quote_is_part_of_the_text(text: str, start: int, size: int) -> None:
    start = min(start, len(text) - 1)
    assert quote(text, start, min(start + size, len(text))) in text
