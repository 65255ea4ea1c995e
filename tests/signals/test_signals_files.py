"""The files the room reads: phrase book, word lists, examples and heads; and what is said of a broken one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from scoring.errors import WeightsError
from scoring.signals import book, fingerprint
from scoring.signals import examples as ex
from scoring.signals import heads as heads_room
from scoring.signals.heads import CUSTOMER_HEADS, HEADS, Heads, load_heads, save_heads, sigmoid
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


# examples


@pytest.mark.parametrize(
    ("row", "shows", "left_out"),
    [
        ("emp own | My boat sank. | Oh no, I'll see to it.", {"emp_expressed", "ownership"}, set()),
        ("- | My boat sank. | Which one?", set(), set()),
        ("checked ?own | - | I have moored it.", {"said_checked"}, {"ownership"}),
    ],
)
def test_labels_of_a_row(row: str, shows: set[str], left_out: set[str], tmp_path: Path) -> None:
    (tmp_path / "agent_9.txt").write_text(f"# note\n\n{row}\n")
    (read,) = ex.read(tmp_path / "agent_9.txt", first_group=7)
    assert (read.shows, read.left_out, read.group) == (shows, left_out, 7)
    assert all(ex.applies(read, name) == (name not in left_out | set(CUSTOMER_HEADS)) for name in HEADS)


def test_a_file_of_the_customers_is_the_customers_without_labels(tmp_path: Path) -> None:
    (tmp_path / "customer_9.txt").write_text("- | Which boat? | The green one.\n")
    (tmp_path / "agent_9.txt").write_text("- | The green one. | At the quay?\n")
    rows = ex.read_all(("agent_9.txt", "gone.txt", "customer_9.txt"), tmp_path)
    assert [(row.role.value, row.group) for row in rows] == [("agent", 0), ("customer", 1)]


def test_slots_are_filled_alike_before_and_after(tmp_path: Path) -> None:
    (tmp_path / "agent_9.txt").write_text("para | My {thing} broke on {day}. | So the {thing} broke on {day}.\n")
    (row,) = ex.read_all(("agent_9.txt",), tmp_path)
    made = list(ex.filled(row))
    assert len({example.text for example in made}) == 2
    for example in made:
        assert example.before.removeprefix("My ") == example.text.removeprefix("So the ")
        assert "{" not in example.text


@given(st.lists(st.text(max_size=5), max_size=3), st.integers(1, 50))
def test_picks_depend_on_the_key_alone(key: list[str], among: int) -> None:
    assert ex.pick(*key, among=among) == ex.pick(*key, among=among) < among


# heads


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The place of heads of our own."""
    monkeypatch.setattr(heads_room, "WEIGHTS", tmp_path / "heads.safetensors")
    load_heads.cache_clear()
    yield tmp_path / "heads.safetensors"
    load_heads.cache_clear()


def _tensors() -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    heads = load_heads.__wrapped__()
    return {name: getattr(heads, name).astype(np.float32) for name in ("weights", "bias", "slope", "shift")}


SHIPPED = _tensors()


@pytest.mark.parametrize("damage", ["gone", "empty", "noise", "cut"])
def test_damaged_heads_are_said_to_be_so(weights: Path, damage: str) -> None:
    save_file(SHIPPED, weights)
    whole = weights.read_bytes()
    if damage == "gone":
        weights.unlink()
    else:
        weights.write_bytes({"empty": b"", "noise": b"\x07\xff" * 500, "cut": whole[: len(whole) // 2]}[damage])
    with pytest.raises(WeightsError) as caught:
        load_heads()
    assert "cannot be read" in str(caught.value)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_heads_that_lack_a_part_are_refused(weights: Path, name: str) -> None:
    save_file({key: value for key, value in SHIPPED.items() if key != name}, weights)
    with pytest.raises(WeightsError) as caught:
        load_heads()
    assert name in str(caught.value)


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_a_part_of_another_size_is_refused(weights: Path, name: str) -> None:
    save_file({**SHIPPED, name: SHIPPED[name][:-1].copy()}, weights)
    with pytest.raises(WeightsError, match="other features"):
        load_heads()


def test_heads_written_are_the_heads_read(weights: Path) -> None:
    heads = Heads(*(value.astype(np.float64) for value in SHIPPED.values()))
    save_heads(heads, {"note": "ours"}, weights.parent)
    again = load_heads()
    assert all(np.array_equal(getattr(again, name), value) for name, value in SHIPPED.items())
    assert (weights.parent / "card.json").read_text().endswith("}\n")


def test_other_heads_have_another_fingerprint(weights: Path) -> None:
    assert heads_room.heads_fingerprint() == "none"
    save_file(SHIPPED, weights)
    first = heads_room.heads_fingerprint()
    save_file({**SHIPPED, "bias": SHIPPED["bias"] + 1}, weights)
    assert len({"none", first, heads_room.heads_fingerprint()}) == 3


def test_another_phrase_book_makes_other_signals(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[fingerprint.__module__], "PHRASE_BOOK", folder)
    prints = set()
    for text in ("[courtesy]\n0.9  cheers\n", "[courtesy]\n0.8  cheers\n"):
        (folder / "a.txt").write_text(text)
        prints.add(fingerprint.__wrapped__())
    (folder / "a.txt").rename(folder / "b.txt")
    prints.add(fingerprint.__wrapped__())
    assert len(prints) == 3


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_probabilities_rise_with_the_evidence(values: list[float]) -> None:
    made = sigmoid(np.array(sorted(values)))
    assert np.all(np.diff(made) >= 0)
    assert np.all((made >= 0) & (made <= 1))
    assert np.allclose(made + sigmoid(-np.array(sorted(values))), 1.0)
