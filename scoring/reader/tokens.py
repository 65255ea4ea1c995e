"""From turns to what the model reads: sentences as numbers, several of them in one window."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Protocol

from scoring.calls import Role
from scoring.firstnames import is_only_name

LONGEST = 90  # word pieces of one sentence; more are not read
WINDOW = 256  # word pieces read at once, the length the sentence model was trained for
MOST_WORDS = 45  # of a sentence without a mark in it; longer ones are cut

# numbers of the model's word list that stand for no word; the adapter learns what they mean here
START, END = 6, 7  # of the conversation
MARKS = {Role.AGENT: 1, Role.CUSTOMER: 2, Role.SYSTEM: 3, Role.UNKNOWN: 4}
_TAGS = {
    "person": 10, "patient": 10, "name": 10, "organization": 11, "location": 12, "phone": 13, "number": 13,
    "email": 13, "account": 13, "credit": 13, "money": 14, "price": 14, "date": 15, "time": 15, "duration": 15,
    "age": 15,
}  # fmt: skip
_PERSON, _OTHER_TAG = _TAGS["person"], 16
FIRST_WORD = 24  # numbers under it have a meaning of their own
FIRST_OF_TEXT, UNREADABLE = 101, 1000  # BERT's [CLS], and a stand-in for no words at all

_TAG = re.compile(r"(\[[A-Za-z_ ]+\])")
_INSIDE_A_WORD = re.compile(r"(?<=\w)[.,:'’`´/&@+*-](?=\w)")
_MARK = re.compile(r"[^\w\s]|_")
_SENTENCE_END = re.compile(r"(?<=[.?!])(?<!\bmr\.)(?<!\bms\.)(?<!\bdr\.)(?<!\bst\.)(?<!\bmrs\.)\s+", re.IGNORECASE)


class Tokenizer(Protocol):
    """Turns a text into word pieces."""

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        """Return `input_ids`."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of a turn: which turn, and its characters [start, end)."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Window:
    """What is read at once: numbers, which piece each belongs to (-1: none), and the pieces by their index."""

    ids: tuple[int, ...]
    owners: tuple[int, ...]
    pieces: tuple[int, ...]


def pieces(texts: Sequence[str]) -> tuple[Piece, ...]:
    """Cut turns into sentences; a turn without words has none."""
    return tuple(
        Piece(turn, start, end)
        for turn, text in enumerate(texts)
        for first, last in _sentences(text)
        for start, end in _cut(text, first, last)
    )


def _sentences(text: str) -> list[tuple[int, int]]:
    borders = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return [(first, last) for first, last in pairwise(borders) if text[first:last].strip()]


def _cut(text: str, first: int, last: int) -> list[tuple[int, int]]:
    """A sentence as it is, or in equal parts where it is very long."""
    words = [match.span() for match in re.finditer(r"\S+", text[first:last])]
    parts = -(-len(words) // MOST_WORDS)
    size = -(-len(words) // parts)
    return [
        (first + words[at][0], first + words[min(at + size, len(words)) - 1][1]) for at in range(0, len(words), size)
    ]


def numbers(text: str, tokenizer: Tokenizer) -> tuple[int, ...]:
    """A sentence as word pieces, read without case and marks, which some recognisers do not write.

    A tag that stands for private words is one number, repeated ones are read once; so is a first name, so that nobody's
    origin is read from it.
    """
    found: list[int] = []
    last = 0
    for one in _signs_and_words(text):
        if isinstance(one, int):
            found += [one] if one != last else []
            last = one
        else:
            found += tokenizer(one, add_special_tokens=False)["input_ids"]
            last = 0
    return tuple(found[:LONGEST]) or (UNREADABLE,)


def _signs_and_words(text: str) -> Iterator[int | str]:
    """The number of each tag and each name, and the other words between them."""
    for part in _TAG.split(text):
        if _TAG.fullmatch(part):
            yield _tag(part)
        else:
            for named, words in groupby(_bare(part), is_only_name):
                yield _PERSON if named else " ".join(words)


def _bare(text: str) -> list[str]:
    """Words in lower case: "it's", "9:30" as one word each, anything else between marks as two."""
    return _MARK.sub(" ", _INSIDE_A_WORD.sub("", text.lower())).split()


def _tag(text: str) -> int:
    return next((number for word, number in _TAGS.items() if word in text.lower()), _OTHER_TAG)


def fill(read: Sequence[Sequence[int]], roles: Sequence[Role], first: int, size: int = WINDOW) -> Window:
    """One window from the piece `first` on, with as many whole pieces as fit, and at least one."""
    ids, owners = [FIRST_OF_TEXT], [-1]
    inside: list[int] = []
    if first == 0:
        ids, owners = [*ids, START], [*owners, -1]
    for at in range(first, len(read)):
        if inside and len(ids) + len(read[at]) + 2 > size:
            break
        ids += [MARKS[roles[at]], *read[at]]
        owners += [len(inside)] * (len(read[at]) + 1)
        inside.append(at)
    if inside and inside[-1] == len(read) - 1:
        ids, owners = [*ids, END], [*owners, -1]
    return Window(tuple(ids), tuple(owners), tuple(inside))


def windows(read: Sequence[Sequence[int]], roles: Sequence[Role]) -> tuple[Window, ...]:
    """Windows over the whole conversation, each beginning three quarters through the one before."""
    made: list[Window] = []
    first = 0
    while first < len(read):
        made.append(fill(read, roles, first))
        if made[-1].pieces[-1] == len(read) - 1:
            break
        first = max(first + 1, made[-1].pieces[3 * len(made[-1].pieces) // 4])
    return tuple(made)
