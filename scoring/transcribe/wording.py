"""Tokens of a window made into words on the recording's clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.audio.signal import SAMPLE_RATE
from scoring.calls import Word
from scoring.transcribe.alignment import TokenTimes
from scoring.transcribe.packing import Window

_OPENING = frozenset("\"'“¿([{-")  # punctuation that belongs to the word after it
_FRAME = SAMPLE_RATE // 50
_LEAST_SECONDS = 0.02  # of one word: one frame of the alignment


class Splitter(Protocol):
    """The part of whisper's tokenizer that knows where words end."""

    def split_to_word_tokens(self, tokens: list[int]) -> tuple[list[str], list[list[int]]]:
        """Return words as text, with a space before where there was one, and their tokens."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """One word with its tokens `first` to `end`; `core` are the ones that are not punctuation."""

    text: str
    first: int
    end: int
    core: tuple[int, int]


def group(tokens: Sequence[int], splitter: Splitter) -> tuple[Grouped, ...]:
    """Take tokens together to words, punctuation put to the word it belongs to; lone punctuation is left out."""
    words: list[Grouped] = []
    opening: tuple[str, int] | None = None
    at = 0
    for text, parts in zip(*splitter.split_to_word_tokens(list(tokens)), strict=True):
        first, at = at, at + len(parts)
        bare = text.strip()
        if any(letter.isalnum() for letter in bare):
            before, begin = opening or ("", first)
            words.append(Grouped(before + bare, begin, at, (first, at)))
            opening = None
        elif text.startswith(" ") and bare in _OPENING:
            opening = (bare, first)
        elif words and bare:
            last = words[-1]
            words[-1] = Grouped(last.text + bare, last.first, at, last.core)
    return tuple(words)


def place(
    groups: Sequence[Grouped], times: TokenTimes, probabilities: NDArray[np.float32], window: Window
) -> tuple[Word, ...]:
    """Give words their time in the recording and their mean probability.

    Args:
        groups: the words.
        times: of each token, and of the end of the text, in the window.
        probabilities: of each token, shape (n_tokens,).
        window: where the sound came from.
    """
    words: list[Word] = []
    earliest = 0.0
    last = None
    for one in groups:
        first, end = (round(float(times.starts[index]) * SAMPLE_RATE) for index in one.core)
        piece = window.piece_of(max(first, end - _FRAME))
        if words and last is window.piece_of(first):
            piece = window.piece_of(round(float(np.median(times.peaks[slice(*one.core)])) * SAMPLE_RATE))
        last = piece
        start = max(earliest, piece.clamp(first) / SAMPLE_RATE)
        stop = max(start + _LEAST_SECONDS, piece.clamp(end) / SAMPLE_RATE)
        confidence = float(np.mean(probabilities[slice(*one.core)]))
        words.append(Word(one.text, round(start, 3), round(stop, 3), round(confidence, 4)))
        earliest = start
    return tuple(words)
