"""A conversation read: roles as chances, sentences with what they show, vectors of turns."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from places import CACHE
from tiny_reader import WordTokenizer, tiny_network, tiny_reader

from scoring.calls import Role
from scoring.errors import WeightsError
from scoring.reader import LABELS, Reading, load_reader
from scoring.reader.network import DIMENSIONS, halve
from scoring.reader.reading import ADAPTER, READER_VERSION, MiniLmReader
from scoring.reader.tokens import numbers, windows

CALL = (
    "Good morning, Larkfield Tyres. How can I help you?",
    "My tyre is flat! I need it for work.",
    "",
    "…",
    "I'm sorry to hear that. Which size is it?",
)
LONG = tuple(f"This is sentence {at} of a long talk about boats. And {at} more." for at in range(60))
READER = tiny_reader()
TURNS = st.lists(st.one_of(st.sampled_from(CALL), st.text(max_size=30)), max_size=5)


def bare(text: str) -> str:
    return " ".join("".join(letter for letter in text.lower() if letter.isalnum() or letter == " ").split())


def same(one: Reading, other: Reading, atol: float = 2e-5) -> bool:
    return (
        np.allclose(one.roles, other.roles, atol=atol)
        and np.allclose(one.vectors, other.vectors, atol=atol)
        and len(one.shown) == len(other.shown)
        and all(
            (a.turn, a.start, a.end) == (b.turn, b.start, b.end) and np.allclose(a.logits, b.logits, atol=atol)
            for a, b in zip(one.shown, other.shown, strict=True)
        )
    )


def as_bytes(found: Reading) -> bytes:
    rows = [repr((one.turn, one.start, one.end)).encode() + one.logits.tobytes() for one in found.shown]
    return b"".join([found.roles.tobytes(), found.vectors.tobytes(), *rows])


def test_the_same_again_at_once_is_not_read_twice_and_never_differs() -> None:
    texts = ["Hello, how can I help?", "My lamp broke."]
    first = READER.read(texts)
    assert READER.read(list(texts)) is first
    told = READER.read(texts, [Role.AGENT, Role.CUSTOMER])
    assert told is not first
    again = READER.read(texts)
    assert again is not first
    assert as_bytes(again) == as_bytes(first)


@settings(max_examples=25)
@given(TURNS)
def test_whatever_is_said_the_reading_is_sound(texts: list[str]) -> None:
    found = READER.read(texts)
    assert found.roles.shape == (len(texts), 3)
    assert found.vectors.shape == (len(texts), DIMENSIONS)
    assert np.allclose(np.exp(found.roles).sum(axis=1), 1.0, atol=1e-5)
    assert np.isfinite(found.vectors).all()
    for one in found.shown:
        assert 0 <= one.start < one.end <= len(texts[one.turn])
        assert one.logits.shape == (len(LABELS),)
        assert np.isfinite(one.logits).all()
    places = [(one.turn, one.start) for one in found.shown]
    assert places == sorted(set(places))
    for turn, text in enumerate(texts):
        inside = [text[one.start : one.end] for one in found.shown if one.turn == turn]
        assert " ".join(inside).split() == text.split()
        assert bool(inside) == bool(found.vectors[turn].any())


def test_an_empty_conversation() -> None:
    found = READER.read([])
    assert found.roles.shape == (0, 3)
    assert found.vectors.shape == (0, DIMENSIONS)
    assert found.shown == ()


@pytest.mark.parametrize("texts", [[""], ["", " \n", ""]])
def test_turns_without_words_could_be_anybodys(texts: list[str]) -> None:
    found = READER.read(texts)
    assert np.allclose(found.roles, np.log(1 / 3))
    assert not found.vectors.any()
    assert found.shown == ()


def test_a_turn_without_words_changes_nothing_of_the_others() -> None:
    among, alone = READER.read(CALL), READER.read([CALL[0], CALL[1], CALL[3], CALL[4]])
    kept = [0, 1, 3, 4]
    assert np.array_equal(among.roles[kept], alone.roles)
    assert np.array_equal(among.vectors[kept], alone.vectors)


def test_a_very_long_turn_is_read_whole() -> None:
    words = " ".join(f"word{at}" for at in range(3000))
    found = READER.read(["Hello.", words, "Bye."])
    inside = [one for one in found.shown if one.turn == 1]
    assert " ".join(words[one.start : one.end] for one in inside) == words
    assert len(inside) > 60
    assert np.allclose(np.exp(found.roles).sum(axis=1), 1.0, atol=1e-4)


def test_the_same_conversation_gives_the_same_bytes() -> None:
    assert as_bytes(READER.read(LONG)) == as_bytes(READER.read(LONG)) == as_bytes(tiny_reader().read(list(LONG)))


def test_case_changes_nothing() -> None:
    assert as_bytes(READER.read([text.upper() for text in CALL])) == as_bytes(READER.read(CALL))


def test_marks_change_nothing_where_every_turn_is_a_sentence() -> None:
    marked = ["Hello, it's the harbour!", "So: is she in, or out?", "She's - well - in; berth 9.", "Thanks, bye..."]
    one, other = READER.read([bare(text) for text in marked]), READER.read(marked)
    assert np.array_equal(one.roles, other.roles)
    assert np.array_equal([each.logits for each in one.shown], [each.logits for each in other.shown])


def test_weights_kept_in_half_read_the_same() -> None:
    network = tiny_network()
    halve(network)
    kept = MiniLmReader(network, WordTokenizer(), "tiny", bfloat16=True)
    made = MiniLmReader(tiny_network(), WordTokenizer(), "tiny", bfloat16=True)
    assert as_bytes(kept.read(LONG)) == as_bytes(made.read(LONG))


def test_half_as_many_bits_say_nearly_the_same_and_are_told_apart() -> None:
    short = MiniLmReader(tiny_network(), WordTokenizer(), "tiny", bfloat16=True)
    assert same(short.read(LONG), READER.read(LONG), atol=0.1)
    again = MiniLmReader(tiny_network(), WordTokenizer(), "tiny", bfloat16=True)
    assert as_bytes(short.read(LONG)) == as_bytes(again.read(LONG))
    assert (short.fingerprint, READER.fingerprint) == ("tiny+bfloat16", "tiny+float32")


def test_a_role_that_is_known_is_read() -> None:
    unknown = READER.read(CALL)
    assert as_bytes(READER.read(CALL, [Role.UNKNOWN] * len(CALL))) == as_bytes(unknown)
    roles = [Role.AGENT, Role.CUSTOMER, Role.UNKNOWN, Role.UNKNOWN, Role.AGENT]
    assert not same(READER.read(CALL, roles), unknown, atol=1e-3)


def test_what_is_said_elsewhere_counts() -> None:
    one, other = READER.read(["Which boat?", "The red one."]), READER.read(["Which boat?", "My aunt's, I fear."])
    assert not np.allclose(one.shown[0].logits, other.shown[0].logits, atol=1e-4)


class Scripted:
    """In the place of the network: says of each piece in which window, and how many pieces it saw before it."""

    def __init__(self) -> None:
        self.windows = 0

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor, means: torch.Tensor, places: torch.Tensor) -> object:
        rows, inside = means.shape[:2]
        vectors = torch.zeros(rows, inside, DIMENSIONS)
        vectors[:, :, 0] = torch.arange(self.windows, self.windows + rows)[:, None]
        vectors[:, :, 1] = torch.arange(inside)
        self.windows += rows
        role = torch.tensor([0.0, 1.0, -1.0]).expand(rows, inside, 3)
        return vectors, role, torch.zeros(rows, inside, len(LABELS))


def test_each_sentence_is_taken_from_the_window_in_which_it_stands_most_inside() -> None:
    texts = [f"{'a ' * (3 + at % 17)}{at}" for at in range(80)]
    found = MiniLmReader(Scripted(), WordTokenizer(), "scripted").read(texts)  # type: ignore[arg-type]
    laid = windows([numbers(text, WordTokenizer()) for text in texts], [Role.UNKNOWN] * len(texts))
    assert len(laid) > 3

    def around(piece: int, number: int) -> int:
        inside = laid[number].pieces
        before = piece - inside[0] if inside[0] else len(texts)
        after = inside[-1] - piece if inside[-1] < len(texts) - 1 else len(texts)
        return min(before, after)

    for piece in range(len(texts)):
        taken = int(found.vectors[piece, 0])
        having = [number for number, window in enumerate(laid) if piece in window.pieces]
        assert around(piece, taken) == max(around(piece, number) for number in having)
        assert laid[taken].pieces[int(found.vectors[piece, 1])] == piece


def test_sentences_of_a_turn_speak_together_for_its_role() -> None:
    """Two sentences with the same odds make the odds squared."""
    found = MiniLmReader(Scripted(), WordTokenizer(), "scripted").read(["Yes.", "Yes. No."])  # type: ignore[arg-type]
    once = np.exp([0.0, 1.0, -1.0])
    assert np.allclose(np.exp(found.roles[0]), once / once.sum(), atol=1e-6)
    assert np.allclose(np.exp(found.roles[1]), once**2 / (once**2).sum(), atol=1e-6)
    assert np.allclose(found.vectors[1, :2], [0.0, 1.5])  # the mean of its two sentences


def test_the_room_opens_without_models() -> None:
    code = "import sys, scoring.reader\nassert not {'torch', 'transformers', 'safetensors'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_missing_weights_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import scoring.weights  # noqa: F401 - before nothing can be found any more

    monkeypatch.setattr("sys.path", [])
    with pytest.raises(WeightsError) as caught:
        load_reader(tmp_path)
    assert caught.value.hint


# the weights that ship


@pytest.fixture(scope="module")
def shipped() -> MiniLmReader:
    if not ADAPTER.exists():
        pytest.skip("the adapter is not there yet")
    made = load_reader(CACHE)
    assert isinstance(made, MiniLmReader)
    return made


TALK: Sequence[tuple[Role, str, str]] = (
    (Role.SYSTEM, "", "This call may be monitored or recorded for quality purposes."),
    (Role.AGENT, "greet_name", "Thanks for calling Larkfield Tyres, my name is Dora. How can I help you today?"),
    (Role.CUSTOMER, "emp_needed", "I'm stuck by the road with two kids, my tyre burst and it's getting dark."),
    (Role.AGENT, "emp_expressed", "Oh no, I'm so sorry, that must be frightening for you and the children."),
    (Role.AGENT, "listen_clarify", "Are you in a safe place, and which wheel is it?"),
    (Role.CUSTOMER, "", "Yes, we are behind the barrier. It is the left one at the back."),
    (Role.AGENT, "close_next", "I am sending a van, it will be with you by seven this evening."),
    (Role.CUSTOMER, "", "Thank you so much."),
    (Role.AGENT, "close_more", "Is there anything else I can do for you?"),
    (Role.CUSTOMER, "", "No, that's all."),
    (Role.AGENT, "close_bye", "Then take care and have a good evening. Goodbye!"),
)


@pytest.mark.models
def test_the_shipped_reader_knows_who_speaks_and_what_is_shown(shipped: MiniLmReader) -> None:
    found = shipped.read([text for _, _, text in TALK])
    told = [role for role, _, _ in TALK]
    best = [(Role.AGENT, Role.CUSTOMER, Role.SYSTEM)[at] for at in found.roles.argmax(axis=1)]
    assert sum(one is other for one, other in zip(best, told, strict=True)) >= len(TALK) - 1
    known = shipped.read([text for _, _, text in TALK], told)
    for turn, (_, label, _) in enumerate(TALK):
        if label:
            logits = [one.logits[LABELS.index(label)] for one in known.shown if one.turn == turn]
            others = [one.logits[LABELS.index(label)] for one in known.shown if one.turn != turn]
            assert max(logits) > max(others), label


@pytest.mark.models
def test_the_shipped_reader_says_what_it_is_made_of(shipped: MiniLmReader) -> None:
    version, base, adapter, kind = shipped.fingerprint.split("+")
    assert version == READER_VERSION
    assert len(base) == len(adapter) == 16
    assert kind in ("bfloat16", "float32")
    assert as_bytes(shipped.read(CALL)) == as_bytes(load_reader(CACHE).read(CALL))


@pytest.mark.models
def test_a_missing_adapter_is_said(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"gone\.safetensors cannot be read"):
        load_reader(CACHE, tmp_path / "gone.safetensors")
