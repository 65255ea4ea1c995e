"""What the heads see of a turn: its meaning, what was said before it, and a few plain signs in its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scoring.calls import Role, Transcript
from scoring.signals.encoder import DIMENSIONS, Encoder, FloatArray
from scoring.signals.text import norm, plain, tokenize

WINDOW = 22  # words the model reads at once; longer turns are read in overlapping windows
STRIDE = 12
SUBSTANTIVE = 3  # words a turn needs to serve as what was said before
FEWEST_WORDS = 2  # shorter turns carry no meaning for a head

_SIGNS: tuple[tuple[str, str], ...] = (
    ("asks", r"(what|when|where|why|how|which|who|whats|did|do|does|is|are|was|were|have|has|can|could|"
     r"would|will|any)"),
    ("asks_inside", r"(what|when|which|how (long|many|much|old|often|big|soon)|did (you|it|he|she|they)|"
     r"(are|is|was|were|"
     r"do|have) (you|it|there|they|that|this))"),
    ("asks_data", r"(names?|number|address|zip|e ?mail|birth|birthday|spell|account|phone|cell|code|digits|pin)"),
    ("sums_up", r"(so|okay so|alright so|you said|youre saying|if i understand|sounds like|you (want|"
     r"need|were|had|have))"),
    ("sorry", r"(sorry|apologi[sz]e|apologies)"),
    ("did_not_hear", r"(didnt|did not|cant|cannot) (\w+ )?(hear|catch|get|understand)|say that again|"
     r"breaking up|repeat"),
    ("promises", r"(ill|i will|well|we will|let me|im going to|im gonna|were going to)"),
    ("done", r"(ive|i have|weve|we have|has been|have been|all set)"),
    ("when", r"(monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|tonight|days?|hours?|week|"
     r"minutes|morning|afternoon|evening|noon|month)"),
    ("feeling", r"(upset|frustrat\w+|worr\w+|stress\w+|scar\w+|angry|mad|terrible|awful|horrible|hard|"
     r"furious|ridiculous)"),
    ("you", r"(you|your|youre|youve)"),
)  # fmt: skip
_COMPILED = tuple(re.compile(rf"\b{pattern.replace('(', '(?:')}\b") for _, pattern in _SIGNS)
_AT_START = frozenset({"asks", "sums_up"})  # looked for among the first words only
_LEADS = re.compile(r"^(?:(?:okay|ok|alright|all right|right|and|so|um|well|yeah|yes|got it|sure|oh|now|i see) )*")
SIGN_COUNT = len(_SIGNS) + 2
SIZE = 2 * DIMENSIONS + SIGN_COUNT


@dataclass(frozen=True, slots=True)
class Piece:
    """What a head judges at once: words of one turn, and the other party's words before."""

    turn: int
    words: str
    context: int | None  # index of the turn of the other party before; None when there is none


def signs(words: str, similarity: float) -> FloatArray:
    """Return the plain signs in `words` as float32 of shape (SIGN_COUNT,), each about 0..1."""
    compared = norm(words)
    begins = _LEADS.sub("", compared) if compared else ""
    found = []
    for (name, _), pattern in zip(_SIGNS, _COMPILED, strict=True):
        if name == "asks":
            found.append(float(pattern.match(begins) is not None))
        else:
            found.append(float(pattern.search(compared[:24] if name in _AT_START else compared) is not None))
    length = min(len(compared.split()), WINDOW) / WINDOW
    return np.array([*found, length, similarity], dtype=np.float32)


def vector(turn: FloatArray, context: FloatArray | None, words: str) -> FloatArray:
    """Return the features of one piece, float32 of shape (SIZE,). `turn` and `context` have shape (384,)."""
    before = np.zeros(DIMENSIONS, dtype=np.float32) if context is None else context
    return np.concatenate([turn, before, signs(words, float(turn @ before))]).astype(np.float32)


def windows(text: str) -> tuple[str, ...]:
    """Return `text` as the pieces a head reads: all of it, or overlapping windows when it is long."""
    words = [text[token.start : token.end] for token in tokenize(text)]
    if len(words) <= WINDOW:
        return (" ".join(words),)
    starts = range(0, len(words) - WINDOW + STRIDE, STRIDE)
    return tuple(" ".join(words[first : first + WINDOW]) for first in starts)


def context_of(transcript: Transcript) -> tuple[int | None, ...]:
    """Return for each turn the last turn of the other party that says something, or None."""
    last: dict[Role, int] = {}
    found: list[int | None] = []
    for index, turn in enumerate(transcript.turns):
        other = {Role.AGENT: Role.CUSTOMER, Role.CUSTOMER: Role.AGENT}.get(turn.role)
        found.append(last.get(other) if other else None)
        if turn.role not in last or len(tokenize(turn.text)) >= SUBSTANTIVE:
            last[turn.role] = index
    return tuple(found)


def pieces(transcript: Transcript) -> tuple[Piece, ...]:
    """Return what the heads judge, in the order of turns; the system's turns and bare words are left out."""
    return tuple(
        Piece(index, words, context)
        for index, context in enumerate(context_of(transcript))
        if transcript.turns[index].role is not Role.SYSTEM
        for words in windows(transcript.turns[index].text)
        if len(words.split()) >= FEWEST_WORDS
    )


def embed_turns(texts: Sequence[str], encoder: Encoder) -> FloatArray:
    """Return the embeddings of whole turns, float32 of shape (len(texts), 384)."""
    return encoder.embed([plain(text) for text in texts])


def matrix(items: Sequence[Piece], transcript: Transcript, turns: FloatArray, encoder: Encoder) -> FloatArray:
    """Return features of shape (len(items), SIZE); windows of long turns are encoded here, whole turns were before."""
    long = [item for item in items if not _whole(item, transcript)]
    extra = dict(zip(long, encoder.embed([plain(item.words) for item in long]), strict=True)) if long else {}
    rows = [
        vector(
            turns[item.turn] if _whole(item, transcript) else extra[item],
            None if item.context is None else turns[item.context],
            item.words,
        )
        for item in items
    ]
    return np.stack(rows) if rows else np.zeros((0, SIZE), dtype=np.float32)


def _whole(item: Piece, transcript: Transcript) -> bool:
    return len(tokenize(transcript.turns[item.turn].text)) <= WINDOW
