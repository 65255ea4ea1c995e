"""First names of all origins are known, ordinary words are told from them."""

from __future__ import annotations

import pytest

from scoring.firstnames import ALSO_WORDS, fingerprint, is_first_name, is_only_name

WORLD = (
    "agnieszka aisha deshawn fatima giulia hiroshi ignacio jamal latoya mehmet minh mohammed ngozi priya rahul siobhan "
    "svetlana wei yuki zofia"
)


@pytest.mark.parametrize("name", WORLD.split())
def test_names_of_all_origins_are_known(name: str) -> None:
    assert is_first_name(name)
    assert is_only_name(name)


@pytest.mark.parametrize("name", ["jose", "francois", "soren", "zoe"])
def test_accents_are_left_out_as_recognisers_do(name: str) -> None:
    assert is_first_name(name)


@pytest.mark.parametrize("name", ["anne", "marie", "jean", "pierre"])
def test_the_parts_of_a_double_name_are_names(name: str) -> None:
    assert is_first_name(name)


@pytest.mark.parametrize("name", ["grace", "hope", "mark", "will", "may", "april", "summer"])
def test_a_name_that_is_a_word_is_not_only_a_name(name: str) -> None:
    assert is_first_name(name)
    assert not is_only_name(name)


@pytest.mark.parametrize("word", ["invoice", "okay", "the", "window", "Priya", "", "x", "42"])
def test_other_words_and_other_spellings_are_none(word: str) -> None:
    assert not is_first_name(word)


def test_the_list_of_words_is_in_order_and_none_of_them_is_only_a_name() -> None:
    lines = ALSO_WORDS.read_text("utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    assert words == sorted(set(words))
    assert not any(is_only_name(word) for word in words)


def test_what_the_answers_depend_on_is_told() -> None:
    assert fingerprint().startswith("faker ")
    assert len(fingerprint().split()) == 3
