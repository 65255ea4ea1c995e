"""The files the room reads: phrase book and word lists; and what is said of a broken one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.signals import book, fingerprint
from scoring.signals.text import norm
from scoring.signals.wordlists import word_set

# the phrase book


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A phrase book of our own."""
    monkeypatch.setattr(book, "FOLDER", tmp_path)
    book.phrases.cache_clear()
    yield tmp_path
    book.phrases.cache_clear()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[close_by]\n0.9  bye\n", 1),
        ("# a note\n\n0.9  bye\n", 3),
        ("[close_bye]\n0.9  bye\n\nninety  so long\n", 4),
        ("[close_bye]\nunless not bye\n", 2),
        ("[close_bye]\n0.9  bye\n0.8  (so long\n", 3),
        ("[close_bye]\n0.9  bye\nunless (not\n", 3),
        ("[close_bye]\n0.9 bye\n", 2),  # one space: no pattern
        ("[close_bye]\n0.9  \n", 2),  # an empty pattern would be found everywhere
        ("[close_bye]\n9.0  bye\n", 2),  # no probability
        ("[close_bye]\nnan  bye\n", 2),
        ("[close_bye]\n0.9  bye\n[courtesy]\nunless not bye\n", 4),  # there is no row of this behaviour yet
    ],
)
def test_a_broken_line_is_refused_with_its_file_and_number(folder: Path, text: str, line: int) -> None:
    (folder / "a.txt").write_text("[courtesy]\n0.9  cheers\n")
    (folder / "farewells.txt").write_text(text)
    with pytest.raises(ValueError, match=rf"^farewells\.txt:{line}: "):
        book.phrases()


def test_the_book_is_read_in_the_order_of_its_files(folder: Path) -> None:
    (folder / "b.txt").write_text("[close_bye]\n0.9  so long\n")
    (folder / "a.txt").write_text("[courtesy]\n0.8  cheers\nunless (three|two) cheers\n")
    (folder / "c.md").write_text("no book")
    first, second = book.phrases()
    assert (first.behaviour, first.probability, second.behaviour) == ("courtesy", 0.8, "close_bye")
    assert first.unless is not None
    assert first.unless.search("two cheers")
    assert second.unless is None


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("in {NUMBER} {UNIT}", "in twenty four hours", True),
        ("in {NUMBER} {UNIT}", "in 3 working days", True),
        ("in {NUMBER} {UNIT}", "in hours", False),
        ("on {WEEKDAY}", "on sunday", True),
        ("on {WEEKDAY}", "on sundays", False),
        ("{MINUTE}", "just a quick second", True),
        ("{MINUTE}", "a minuted meeting", False),
        ("^so long$", "so long", True),
        ("^so long$", "so long ago", False),
    ],
)
def test_fragments_stand_for_their_words(pattern: str, text: str, found: bool) -> None:
    (row,) = book.parse(f"[close_bye]\n0.9  {pattern}\n")
    assert (row.pattern.search(text) is not None) == found
    assert row.anchored == ("^" in pattern)


@given(st.floats(0.01, 0.99), st.sampled_from(["bye", "so (very )?long", "ta|cheerio", "see you {WEEKDAY}"]))
def test_a_row_written_is_the_row_read(probability: float, pattern: str) -> None:
    (row,) = book.parse(f"\n# note\n  [close_bye]  \n\n{probability!r}  {pattern}\n")
    assert row.probability == probability
    assert row.pattern.groups == 0


# word lists


LISTS = (
    "not_names", "leads", "third_person", "trades", "ends_company", "back_channels", "light", "after_calling",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_words_of_a_list_are_written_as_they_are_compared(name: str) -> None:
    words = word_set(name)
    assert words
    assert {word: norm(word) for word in words} == {word: word for word in words}


def test_there_is_no_list_but_these() -> None:
    with pytest.raises(KeyError):
        word_set("swear_words")
    assert not word_set("back_channels") & {"stop", "wait", "hold", "why"}  # these interrupt


# the fingerprint


def test_another_phrase_book_makes_other_signals(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[fingerprint.__module__], "PHRASE_BOOK", folder)
    prints = set()
    for text in ("[courtesy]\n0.9  cheers\n", "[courtesy]\n0.8  cheers\n"):
        (folder / "a.txt").write_text(text)
        prints.add(fingerprint.__wrapped__())
    (folder / "a.txt").rename(folder / "b.txt")
    prints.add(fingerprint.__wrapped__())
    assert len(prints) == 3
