"""Words as they are compared: lower case, no punctuation, no fillers, with the way back to what was written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby

from scoring.calls import Role, Turn

_TOKEN = re.compile(
    r"\[[A-Za-z][A-Za-z_ ]*\]"  # a redaction or noise tag
    r"|(?:uh|mm|mhm|um)[- ]h(?:uh|m+)\b"  # uh-huh, mm-hmm
    r"|[^\W_]+(?:['’`][^\W_]+)*",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[.,!?;:–—\n]|\s-\s")
_SENTENCE = re.compile(r"[.!?\n]")
_ABBREVIATED = frozenset({"mr", "mrs", "ms", "dr"})
_NOISE = frozenset(
    {"noise", "laughter", "inaudible", "unintelligible", "crosstalk", "music", "silence", "unk", "cough"}
)
FILLERS = frozenset({"uh", "um", "er", "erm", "eh", "uhm", "umm", "hm", "hmm"})
PERSON = "tagpersonname"
ORGANIZATION = "tagorganization"


@dataclass(frozen=True, slots=True)
class Token:
    """One word: how it is compared, and where it stands in which turn's text."""

    norm: str
    turn: int
    start: int  # characters
    end: int
    opens: bool  # punctuation or the start of a turn stands before it
    begins: bool  # the end of a sentence or the start of a turn stands before it
    capital: bool


@dataclass(frozen=True)
class Utterance:
    """Consecutive turns of one role read as one; rules look across the cuts a recogniser makes."""

    role: Role
    turns: tuple[int, ...]
    tokens: tuple[Token, ...]

    @cached_property
    def norm(self) -> str:
        """All words as compared, one space apart."""
        return " ".join(token.norm for token in self.tokens)

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        starts, at = [], 0
        for token in self.tokens:
            starts.append(at)
            at += len(token.norm) + 1
        return tuple(starts)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the tokens (first, after last) that the characters [start, end) of `norm` touch."""
        inside = [i for i, at in enumerate(self._starts) if at < end and at + len(self.tokens[i].norm) > start]
        return (inside[0], inside[-1] + 1) if inside else (0, 0)


@lru_cache(maxsize=4096)  # of one call's turns; every rule asks for them
def tokenize(text: str, turn: int = 0) -> tuple[Token, ...]:
    """Return the words of `text`; fillers and noise tags are left out."""
    found: list[Token] = []
    last = 0
    opens = begins = True
    for match in _TOKEN.finditer(text):
        if not (found and found[-1].norm in _ABBREVIATED):
            opens = opens or _CLAUSE.search(text, last, match.start()) is not None
            begins = begins or _SENTENCE.search(text, last, match.start()) is not None
        last = match.end()
        norm = _normalise(match.group())
        if norm:
            found.append(Token(norm, turn, match.start(), match.end(), opens, begins, match.group()[0].isupper()))
            opens = begins = False
    return tuple(found)


def _normalise(word: str) -> str:
    if word.startswith("["):
        inner = word.strip("[]").lower()
        return "" if inner in _NOISE else "tag" + re.sub(r"[^a-z]", "", inner)
    norm = re.sub(r"['’`\- ]", "", word.lower())
    return "" if norm in FILLERS else norm


def norm(text: str) -> str:
    """Return `text` as rules compare it."""
    return " ".join(token.norm for token in tokenize(text))


def utterances(turns: Sequence[Turn]) -> tuple[Utterance, ...]:
    """Join consecutive turns of one role."""
    made = []
    for role, group in groupby(enumerate(turns), key=lambda pair: pair[1].role):
        members = tuple(group)
        tokens = tuple(token for index, turn in members for token in tokenize(turn.text, index))
        made.append(Utterance(role, tuple(index for index, _ in members), tokens))
    return tuple(made)


def quote(text: str, start: int, end: int, longest: int = 160) -> str:
    """Return the sentence of `text` around the characters [start, end), cut to about `longest` characters at words."""
    left = max((text.rfind(mark, 0, start) + 1 for mark in ".!?\n"), default=0)
    rights = [at + 1 for mark in ".!?\n" if (at := text.find(mark, max(end - 1, start))) >= 0]
    right = min(rights, default=len(text))
    if right - left > longest:
        room = max(longest - (end - start), 0) // 2
        left, right = max(left, _word_edge(text, start - room, -1)), min(right, _word_edge(text, end + room, 1))
    return text[left:right].strip()


def _word_edge(text: str, at: int, step: int) -> int:
    at = min(max(at, 0), len(text))
    while 0 < at < len(text) and not text[at - 1].isspace() and not text[at].isspace():
        at += step
    return at
