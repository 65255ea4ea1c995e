"""What the model is given: sentences of turns as numbers, and windows over them."""

from __future__ import annotations

import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_reader import WordTokenizer

from scoring.calls import Role
from scoring.reader import tokens
from scoring.reader.tokens import (
    END,
    FIRST_OF_TEXT,
    FIRST_WORD,
    LONGEST,
    MARKS,
    MOST_WORDS,
    START,
    UNREADABLE,
    WINDOW,
    Piece,
    Window,
    fill,
    numbers,
    pieces,
    windows,
)

TOKENIZER = WordTokenizer()
SPACES = st.sampled_from([" ", "  ", "\n", "\t ", "\u00a0", "\u2003", "\x1f"])
WORD = st.sampled_from(["so", "Mr.", "dr.", "well?", "no!", "it's", "[name]", "…", "a.b", "?!", "42", "É.", "-"])
TEXTS = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.builds(lambda words, space: space.join(words), st.lists(WORD, max_size=200), SPACES),
    ),
    max_size=6,
)


def cut(text: str) -> list[str]:
    return [text[one.start : one.end] for one in pieces([text])]


# pieces


@given(TEXTS)
def test_pieces_hold_every_word_once_and_in_order_and_never_two_turns(texts: list[str]) -> None:
    found = pieces(texts)
    for turn, text in enumerate(texts):
        inside = [text[one.start : one.end] for one in found if one.turn == turn]
        assert [word for part in inside for word in part.split()] == text.split()
        assert all(part == part.strip() != "" for part in inside)
        assert all(len(part.split()) <= MOST_WORDS for part in inside)
    assert list(found) == sorted(found, key=lambda one: (one.turn, one.start))
    for one, after in pairwise(found):
        assert one.turn < after.turn or one.end < after.start


@given(st.integers(1, 400))
def test_a_sentence_without_marks_is_cut_into_like_parts(count: int) -> None:
    sizes = [len(part.split()) for part in cut(" ".join(f"w{at}" for at in range(count)))]
    assert len(sizes) == -(-count // MOST_WORDS)
    assert max(sizes) - min(sizes) < len(sizes)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("My boat sank. Can you help? Please!", ["My boat sank.", "Can you help?", "Please!"]),
        ("This is Mr. Brook. He is out.", ["This is Mr. Brook.", "He is out."]),
        ("MRS. Brook, Ms. Vale and Dr. Finn of St. Clair", ["MRS. Brook, Ms. Vale and Dr. Finn of St. Clair"]),
        ("It is the 4th. It is hers. So.", ["It is the 4th.", "It is hers.", "So."]),  # no titles
        ("I paid for the alarms. Twice.", ["I paid for the alarms.", "Twice."]),
        ("at 4.30 for 9.99", ["at 4.30 for 9.99"]),
        ("  hm  ", ["hm"]),
        ("...", ["..."]),
        (" \n ", []),
        ("", []),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert cut(text) == parts


def test_pieces_know_their_turn() -> None:
    assert pieces(["Yes. No.", "", "Oh"]) == (Piece(0, 0, 4), Piece(0, 5, 8), Piece(2, 0, 2))


# numbers


@given(st.text(string.ascii_letters + string.digits + " .,?'[]_-", max_size=80))
def test_case_never_matters(text: str) -> None:
    assert numbers(text, TOKENIZER) == numbers(text.upper(), TOKENIZER) == numbers(text.lower(), TOKENIZER)
    assert [(one.start, one.end) for one in pieces([text])] == [(one.start, one.end) for one in pieces([text.upper()])]


@given(st.text(max_size=200))
def test_there_is_always_something_to_read_and_never_too_much(text: str) -> None:
    read = numbers(text, TOKENIZER)
    assert 1 <= len(read) <= LONGEST
    own = {one for one in read if one < FIRST_WORD}
    assert own <= {*tokens._TAGS.values(), tokens._OTHER_TAG}  # so that no text can pretend to be a mark


@pytest.mark.parametrize("text", ["", " ", ". , .", "...", ",,"])
def test_no_words_at_all_are_one_number(text: str) -> None:
    assert numbers(text, TOKENIZER) == (UNREADABLE,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("[PERSON_NAME]", "[name]"),
        ("[PHONE_NUMBER]", "[ACCOUNT_NUMBER]"),
        ("[CREDIT_CARD]", "[phone]"),
        ("[DATE]", "[TIME]"),
        ("[MONEY_AMOUNT]", "[price]"),
        ("[SOMETHING]", "[unheard of]"),
    ],
)
def test_tags_of_one_kind_are_one_number(one: str, other: str) -> None:
    assert numbers(one, TOKENIZER) == numbers(other, TOKENIZER)
    (number,) = numbers(one, TOKENIZER)
    assert START < number < FIRST_WORD


def test_tags_of_other_kinds_are_other_numbers() -> None:
    kinds = ("[PERSON]", "[ORGANIZATION]", "[LOCATION]", "[PHONE]", "[MONEY]", "[DATE]", "[NOISE]")
    assert len({numbers(kind, TOKENIZER) for kind in kinds}) == len(kinds)


def test_a_tag_said_many_times_is_read_once_until_a_word_comes_between() -> None:
    (name,) = numbers("[NAME]", TOKENIZER)
    (word,) = numbers("and", TOKENIZER)
    assert numbers("[NAME] [NAME], [PERSON] . [NAME]", TOKENIZER) == (name,)
    assert numbers("[NAME] and [NAME]", TOKENIZER) == (name, word, name)
    assert numbers("[NAME] [DATE] [NAME]", TOKENIZER)[0::2] == (name, name)


def test_what_is_no_tag_is_read_as_words() -> None:
    assert min(numbers("a [b2] c", TOKENIZER)) >= FIRST_WORD
    assert min(numbers("a [b c", TOKENIZER)) >= FIRST_WORD


# windows


ROLES = st.sampled_from(list(Role))
READ = st.lists(st.tuples(st.integers(1, LONGEST), ROLES), max_size=40)


def talk(lengths: list[tuple[int, Role]]) -> tuple[list[list[int]], list[Role]]:
    """Sentences of made numbers, each its own, so that one can be told from another."""
    return [[2000 + at] * size for at, (size, _) in enumerate(lengths)], [role for _, role in lengths]


def check_layout(window: Window, read: list[list[int]], roles: list[Role]) -> None:
    """Every piece is its mark and its words; nothing else belongs to a piece."""
    assert len(window.ids) == len(window.owners)
    assert window.pieces == tuple(range(window.pieces[0], window.pieces[-1] + 1))
    assert window.ids[0] == FIRST_OF_TEXT
    for at, piece in enumerate(window.pieces):
        inside = [i for i, owner in enumerate(window.owners) if owner == at]
        assert inside == list(range(inside[0], inside[-1] + 1))
        assert [window.ids[i] for i in inside] == [MARKS[roles[piece]], *read[piece]]
    nobodys = [number for number, owner in zip(window.ids, window.owners, strict=True) if owner == -1]
    assert set(nobodys) <= {FIRST_OF_TEXT, START, END}
    assert (START in nobodys) == (window.pieces[0] == 0)
    assert (END in nobodys) == (window.pieces[-1] == len(read) - 1)


@given(READ)
def test_windows_hold_every_piece_fit_and_overlap(lengths: list[tuple[int, Role]]) -> None:
    read, roles = talk(lengths)
    laid = windows(read, roles)
    assert sorted({piece for window in laid for piece in window.pieces}) == list(range(len(read)))
    for window in laid:
        assert len(window.ids) <= WINDOW
        check_layout(window, read, roles)
    for one, after in pairwise(laid):
        assert one.pieces[0] < after.pieces[0] <= one.pieces[-1] <= after.pieces[-1]


@given(READ.filter(bool), st.integers(LONGEST + 5, WINDOW), st.data())
def test_a_window_is_as_full_as_it_can_be(lengths: list[tuple[int, Role]], size: int, data: st.DataObject) -> None:
    read, roles = talk(lengths)
    first = data.draw(st.integers(0, len(read) - 1))
    window = fill(read, roles, first, size)
    check_layout(window, read, roles)
    assert window.pieces[0] == first
    assert len(window.ids) <= size
    after = window.pieces[-1] + 1
    if after < len(read):
        assert len(window.ids) + len(read[after]) + 2 > size


def test_a_short_conversation_is_one_window() -> None:
    (window,) = windows([[2000], [2001, 2002]], [Role.AGENT, Role.UNKNOWN])
    agent, unknown = MARKS[Role.AGENT], MARKS[Role.UNKNOWN]
    assert window.ids == (FIRST_OF_TEXT, START, agent, 2000, unknown, 2001, 2002, END)
    assert window.owners == (-1, -1, 0, 0, 1, 1, 1, -1)


def test_no_conversation_is_no_window() -> None:
    assert windows([], []) == ()


def test_every_number_with_a_meaning_has_one_meaning() -> None:
    kinds = [START, END, *MARKS.values(), *{*tokens._TAGS.values(), tokens._OTHER_TAG}]
    assert len(kinds) == len(set(kinds))
    assert min(kinds) > 0
    assert max(kinds) < FIRST_WORD
    assert set(MARKS) == set(Role)


@given(TEXTS)
def test_case_and_marks_change_nothing_that_is_read(texts: list[str]) -> None:
    for text in texts:
        if not any(letter in text for letter in "[]"):
            marked = " ".join(f"{word.upper()}," for word in text.split())
            kept = numbers(text, TOKENIZER)
            assert numbers(text.swapcase(), TOKENIZER) == numbers(text.swapcase().lower(), TOKENIZER)
            assert len(kept) == len(numbers(marked, TOKENIZER))


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Oh, it's 9:30... isn't it?", "oh its 930 isnt it"),
        ("Well—I can't; the check-in's at 4.", "well i cant the checkins at 4"),
        ("Hi, [PERSON_NAME]! That's $5.00.", "hi [PERSON_NAME] thats 500"),
    ],
)
def test_words_are_read_without_marks(text: str, bare: str) -> None:
    assert numbers(text, TOKENIZER) == numbers(bare, TOKENIZER)


def test_whose_name_it_is_changes_nothing_that_is_read() -> None:
    said = "Hi, {} here, is {} in? Thanks, {}!"
    read = {numbers(said.format(name, name.lower(), name), TOKENIZER) for name in ("Ngozi", "Megan", "Minh", "[NAME]")}
    assert len(read) == 1
    assert numbers("Will you mark it, May?", TOKENIZER) != numbers("Ngozi you Ngozi it, Ngozi?", TOKENIZER)


def test_a_whole_name_is_read_once() -> None:
    assert numbers("Priya Megan [NAME]", TOKENIZER) == numbers("[NAME]", TOKENIZER)
