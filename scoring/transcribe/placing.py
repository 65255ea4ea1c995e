"""Words that attention put before the speech they belong to, moved into it.

At the start of a phrase attention likes the first sound it finds: a breath, a click or line noise seconds before the
voice. Seen on telephone calls: "My … checking account" with six seconds between, "Bye." in the noise before it. A word
that lies on a voice stays; a word on none stays too, where nothing better is near: a faint "yes" is a word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scoring.audio.signal import FloatArray, runs
from scoring.audio.voice import FRAME_SECONDS
from scoring.calls import Word

_VOICE = 0.5  # probability of a frame from which somebody speaks in it …
_CERTAIN = 0.9  # … and of the best frame of a stretch that may take a word
_LEAST_FRAMES = 3  # 96 ms; a shorter stretch is a click
_LONGEST_HEAD = 0.4  # seconds a word may last before its voice begins
_LEAD = 0.2  # seconds by which the detector may come too late
_APART = 0.5  # seconds between a word and the phrase that goes on without it
_FURTHEST = 3.0  # seconds to a stretch of speech without words that may take the word before it
_SENTENCE_ENDS = (".", "?", "!")


def onto_speech(words: Sequence[Word], chances: FloatArray) -> tuple[Word, ...]:
    """Move words without a voice to the voice that follows them; the order of the words stays.

    Args:
        words: of one channel, in the order they were spoken.
        chances: probability of speech in each frame of 32 ms of the channel.
    """
    stretches = [
        (first, end)
        for first, end in runs(chances >= _VOICE)
        if end - first >= _LEAST_FRAMES and chances[first:end].max() >= _CERTAIN
    ]
    placed: list[Word] = []  # from the last to the first
    for word in reversed(words):
        after = placed[-1] if placed else None
        moved = _behead(word, chances)
        if _voiced(moved, chances) < _LEAST_FRAMES:
            free = _next_free(moved, after, stretches)
            if free is not None:
                moved = free
            elif after is not None and _torn_off(moved, after):
                moved, placed[-1] = _shared(moved, after)
        placed.append(moved)
    return tuple(reversed(placed))


def _frames(word: Word, chances: FloatArray) -> FloatArray:
    return chances[int(word.start / FRAME_SECONDS) : int(word.end / FRAME_SECONDS) + 1]


def _voiced(word: Word, chances: FloatArray) -> int:
    return int((_frames(word, chances) >= _VOICE).sum())


def _behead(word: Word, chances: FloatArray) -> Word:
    """A word without the long silence or noise before its voice."""
    voiced = np.flatnonzero(_frames(word, chances) >= _VOICE)
    if len(voiced) < _LEAST_FRAMES or voiced[0] * FRAME_SECONDS <= _LONGEST_HEAD:
        return word
    begin = (int(word.start / FRAME_SECONDS) + int(voiced[0])) * FRAME_SECONDS - _LEAD
    return replace(word, start=max(word.start, begin))


def _next_free(word: Word, after: Word | None, stretches: Sequence[tuple[int, int]]) -> Word | None:
    """The word in the first stretch of speech between it and the word after it, if there is one near enough."""
    limit = after.start if after is not None else np.inf
    for first, end in stretches:
        begin, stop = first * FRAME_SECONDS, end * FRAME_SECONDS
        if word.end <= begin <= word.end + _FURTHEST and stop <= limit:
            return replace(word, start=max(word.end, begin - _LEAD), end=stop)
    return None


def _torn_off(word: Word, after: Word) -> bool:
    """True when a phrase goes on, long after, without this word of it."""
    return not word.text.rstrip().endswith(_SENTENCE_ENDS) and after.start - word.end > _APART


def _shared(word: Word, after: Word) -> tuple[Word, Word]:
    """Both words in the time of the later one, shared out by their letters."""
    part = len(word.text) / (len(word.text) + len(after.text))
    middle = after.start + part * (after.end - after.start)
    return replace(word, start=after.start, end=middle), replace(after, start=middle)
