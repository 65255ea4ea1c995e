"""What recognisers, redaction and cutting make of clean speech, done to our own calls so that the reader expects it."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from scoring.reader.examples import Sentence
from scoring.reader.tokens import pieces

Said = list[Sentence]
SPLIT, QUIET, REDACTED, RUN_ON, CUT = 0.9, 0.85, 0.4, 0.4, 0.8  # of the conversations
JOINED, MISHEARD, GARBLED = 0.2, 0.5, 0.4
_RUN_ON_HERE, _CUT_HERE = 0.3, 0.5  # of the places where it can happen
_UNHEARD = (0.3, 0.6, 0.9)  # of one speaker's answers
_LOST, _TAKEN_FOR_ANOTHER, _GLUED, _CLIPPED = 0.03, 0.02, 0.02, 0.02  # of the words
_SHORT_ANSWER, _MISSED = 5, 14  # words
_KEPT_WHOLE = 0.85  # of the lines that show something
_LONGEST_TURN = 40  # words, of sentences joined
_FEWEST_TO_CUT = 5  # words
_NUMBER = re.compile(r"\$?\b\d[\d:,.\-]*\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+\b(?!')")
_NUMBER_TAGS = ("[PHONE_NUMBER]", "[TIME]", "[DATE]", "[MONEY]", "[DURATION]", "[LOCATION]")
_NAME_TAGS = ("[PERSON_NAME]", "[PERSON_NAME]", "[ORGANIZATION]", "[LOCATION]", "[DATE]")


def disturbed(said: Sequence[Sentence], draw: random.Random) -> Said:
    """A conversation as it might have come; the words of each party stay in order."""
    made = list(said)
    steps: tuple[tuple[float, Callable[[Said, random.Random], Said]], ...] = (
        (SPLIT, split),
        (REDACTED, redacted),
        (RUN_ON, run_on),
        (QUIET, quiet),
        (CUT, cut),
        (JOINED, joined),
        (MISHEARD, misheard),
        (GARBLED, garbled),
    )
    for chance, change in steps:
        if draw.random() < chance:
            made = change(made, draw)
    return made


def redacted(said: Said, draw: random.Random) -> Said:
    """Put tags for numbers and names, the same tag for the same name."""
    known: dict[str, str] = {}

    def tag(found: re.Match[str]) -> str:
        return known.setdefault(found.group(), draw.choice(_NAME_TAGS))

    def hidden(text: str) -> str:
        return _NAME.sub(tag, _NUMBER.sub(lambda _: draw.choice(_NUMBER_TAGS), text))

    return [replace(one, text=hidden(one.text)) for one in said]


def split(said: Said, draw: random.Random) -> Said:
    """Every sentence a line of its own, as they are read; which of several shows a thing is unknown, so not learnt."""
    made: Said = []
    for one in said:
        parts = [one.text[part.start : part.end] for part in pieces([one.text])]
        if len(parts) < 2 or (one.shows and draw.random() < _KEPT_WHOLE):
            made.append(one)
        else:
            judged = one.judged - one.shows
            made += [replace(one, text=part, shows=frozenset(), judged=judged) for part in parts]
    return made


def quiet(said: Said, draw: random.Random) -> Said:
    """Lose many short answers that show nothing, as recognisers of two voices on one line do."""
    shares = {speaker: draw.choice(_UNHEARD) for speaker in sorted({one.speaker for one in said})}
    made = [one for one in said if one.shows or len(one.text.split()) > _MISSED or draw.random() >= shares[one.speaker]]
    return made or said


def run_on(said: Said, draw: random.Random) -> Said:
    """Put some short answers into the line of the question before them, which keeps its speaker."""
    made: Said = []
    for one in said:
        last = made[-1] if made else None
        short = len(one.text.split()) <= _SHORT_ANSWER
        asked = last is not None and last.text.endswith("?") and last.role is not one.role
        if last is not None and short and asked and draw.random() < _RUN_ON_HERE:
            made[-1] = replace(last, text=f"{last.text} {one.text}")
        else:
            made.append(one)
    return made


def cut(said: Said, draw: random.Random) -> Said:
    """Cut some sentences in two; what they show can no longer be said of either half."""
    made: Said = []
    for one in said:
        words = one.text.split()
        spared = one.shows and draw.random() < _KEPT_WHOLE
        if len(words) >= _FEWEST_TO_CUT and not spared and draw.random() < _CUT_HERE:
            at = draw.randint(2, len(words) - 2)
            halves = (" ".join(words[:at]), " ".join(words[at:]))
            kept = one.judged if not one.shows else frozenset[str]()
            made += [replace(one, text=half, shows=frozenset(), judged=kept) for half in halves]
        else:
            made.append(one)
    return made


def joined(said: Said, draw: random.Random) -> Said:
    """Join neighbours of one speaker, as recognisers and chats put several sentences into one turn."""
    chance = draw.choice((0.3, 0.7, 1.0))
    made: Said = []
    for one in said:
        last = made[-1] if made else None
        short = last is not None and len(last.text.split()) + len(one.text.split()) < _LONGEST_TURN
        if last is not None and short and last.speaker == one.speaker and draw.random() < chance:
            shows, judged = last.shows | one.shows, last.judged & one.judged
            made[-1] = Sentence(one.role, f"{last.text} {one.text}", shows & judged, judged, one.speaker)
        else:
            made.append(one)
    return made


def misheard(said: Said, draw: random.Random) -> Said:
    """Lose some words, and put some others of the conversation in the place of theirs."""
    everything = [word for one in said for word in one.text.split()]

    def heard(text: str) -> str:
        kept = [
            draw.choice(everything) if draw.random() < _TAKEN_FOR_ANOTHER else word
            for word in text.split()
            if draw.random() >= _LOST
        ]
        return " ".join(kept) or text

    return [replace(one, text=heard(one.text)) for one in said]


def garbled(said: Said, draw: random.Random) -> Said:
    """Run some words together with the next, and take the first letter of some others."""

    def heard(text: str) -> str:
        made = ""
        for word in text.split():
            lot = draw.random()
            clipped = _GLUED < lot < _GLUED + _CLIPPED and word.isalpha() and len(word) > 2
            made += (word[1:] if clipped else word) + ("" if lot < _GLUED and word.isalpha() else " ")
        return made.strip()

    return [replace(one, text=heard(one.text)) for one in said]
