"""Words into utterances, and utterances into turns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoring.calls import Turn, Word
from scoring.speakers.chains import best_path
from scoring.speakers.cues import plain
from scoring.speakers.diarize import Voices
from scoring.speakers.roles import Judged

PAUSE = 0.8  # seconds; after a whole sentence a longer pause ends a turn
LONG_PAUSE = 2.0  # seconds; a pause in mid-sentence that still ends a turn
_GRACE = 0.2  # seconds by which word times of two channels may be off

_CLOCK = 100  # frames a second when words are given to voices
_REACH = 0.05  # seconds around a word that count as heard with it
_DOUBT = 0.05  # share of a word's time that every voice is given
_SWITCH_IN_SENTENCE = 1.5  # nats against a new voice between two words
_SWITCH_AFTER_PAUSE = 0.5
_SENTENCE_END = re.compile(r"[.!?…][\"')\]]*$")
_BACK_CHANNELS = re.compile(
    r"m+|mm ?hmm|mhm|uh ?huh|hmm|(yeah ?)+|yep|yes|(oh )?(okay|ok)( okay)?|right|alright|all right|sure|i see|oh( no)?|"
    r"ah|got it|wow|great|perfect"
)


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words of one speaker without a long pause or the end of a sentence inside."""

    speaker: str
    channel: int | None
    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        """Seconds."""
        return self.words[0].start

    @property
    def end(self) -> float:
        """Seconds."""
        return self.words[-1].end

    @property
    def text(self) -> str:
        """The words, one space between."""
        return text_of(self.words)

    @property
    def closed(self) -> bool:
        """True when it ends as a sentence does."""
        return ends_sentence(self.words[-1])


def text_of(words: Sequence[Word]) -> str:
    """The words with one space between."""
    return " ".join(word.text.strip() for word in words if word.text.strip())


def ends_sentence(word: Word) -> bool:
    """True when the engine put a full stop, a question or an exclamation mark after the word."""
    return bool(_SENTENCE_END.search(word.text.strip()))


def utterances(words: Sequence[Word], speaker: str, channel: int | None) -> list[Utterance]:
    """Cut one speaker's words after sentences and at pauses."""
    found: list[list[Word]] = []
    spoken = sorted((word for word in words if word.text.strip()), key=lambda word: (word.start, word.end))
    for word in spoken:
        last = found[-1][-1] if found else None
        if last is None or ends_sentence(last) or word.start - last.end > PAUSE:
            found.append([])
        found[-1].append(word)
    return [Utterance(speaker, channel, tuple(part)) for part in found]


def in_order(said: Sequence[Utterance]) -> list[Utterance]:
    """Everybody's utterances by the time they begin."""
    return sorted(said, key=lambda one: (one.start, one.end, one.speaker))


def by_voice(words: Sequence[Word], voices: Voices) -> list[list[Word]]:
    """Give each word to a voice: one list of words for each, in the order the voices are first heard in.

    A voice is kept through a sentence unless the sound says otherwise plainly.
    """
    spoken = sorted((word for word in words if word.text.strip()), key=lambda word: (word.start, word.end))
    count = max(1, voices.count)
    if not spoken:
        return []
    heard = np.stack([_share(word, voices, count) for word in spoken])
    steps = np.array([_switch_cost(*pair) * (np.eye(count) - 1) for pair in pairwise(spoken)]).reshape(-1, count, count)
    path = best_path(np.zeros(count), steps, np.log(heard + _DOUBT))
    return [
        [word for word, voice in zip(spoken, path, strict=True) if voice == wanted] for wanted in dict.fromkeys(path)
    ]


def _share(word: Word, voices: Voices, count: int) -> NDArray[np.float64]:
    """The share of the word's time in which each voice speaks, (count,)."""
    start, end = word.start - _REACH, max(word.end, word.start) + _REACH
    shares = np.zeros(count)
    for stretch in voices.stretches:
        common = min(end, stretch.end) - max(start, stretch.start)
        if common > 0:
            shares[stretch.voice] += common / (end - start)
    return np.minimum(shares, 1.0)


def _switch_cost(before: Word, after: Word) -> float:
    if ends_sentence(before):
        return 0.0
    return _SWITCH_AFTER_PAUSE if after.start - before.end > PAUSE / 2 else _SWITCH_IN_SENTENCE


def join(said: Sequence[Utterance], judged: Sequence[Judged]) -> tuple[Turn, ...]:
    """Join each speaker's utterances into turns; a turn ends at a pause, a new role, or when somebody takes the floor.

    Args:
        said: in the order of their start.
        judged: the role of each.
    """
    turns: list[list[int]] = []
    latest: dict[str, int] = {}
    for at, one in enumerate(said):
        place = latest.get(one.speaker)
        if place is not None and _goes_on(turns[place][-1], at, said, judged):
            turns[place].append(at)
        else:
            latest[one.speaker] = len(turns)
            turns.append([at])
    return tuple(_turn([said[at] for at in turn], [judged[at] for at in turn]) for turn in turns)


def _goes_on(last: int, at: int, said: Sequence[Utterance], judged: Sequence[Judged]) -> bool:
    before, after = said[last], said[at]
    pause = after.start - before.end
    if judged[last].role is not judged[at].role or pause > (PAUSE if before.closed else LONG_PAUSE):
        return False
    between = said[last + 1 : at]
    return not any(one.start >= before.end - _GRACE and not _is_back_channel(one, before) for one in between)


def _is_back_channel(one: Utterance, to: Utterance) -> bool:
    """A short sign of listening; after a question it is an answer."""
    return _BACK_CHANNELS.fullmatch(plain(one.text)) is not None and not to.text.endswith("?")


def _turn(parts: Sequence[Utterance], judged: Sequence[Judged]) -> Turn:
    words = tuple(word for part in parts for word in part.words)
    sizes = np.array([len(part.words) for part in parts])
    sure = np.array([each.probability for each in judged])
    return Turn(
        role=judged[0].role,
        text=text_of(words),
        start=words[0].start,
        end=max(word.end for word in words),
        words=words,
        confidence=round(float(np.mean([word.confidence for word in words])), 4),
        role_confidence=round(float((sizes * sure).sum() / sizes.sum()), 4),
        channel=parts[0].channel,
        speaker=parts[0].speaker,
    )
