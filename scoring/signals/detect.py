"""From a transcript to its signals: every behaviour, fact and measure of the vocabulary."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import numpy.typing as npt

from scoring import firstnames
from scoring.calls import CallInfo, Role, Transcript, Turn
from scoring.errors import WeightsError
from scoring.reader import ConversationReader
from scoring.signals import address, again, course, forms, holds, names, phrases, shown, special
from scoring.signals.book import FOLDER as PHRASE_BOOK
from scoring.signals.facts import facts, stated_ends
from scoring.signals.measures import measure
from scoring.signals.text import utterances
from scoring.signals.types import Hit, Signals
from scoring.signals.wordlists import FILE as WORD_LISTS
from scoring.vocabulary import MEASURE_BY_NAME, UNDERSTOOD

FloatArray = npt.NDArray[np.float32]
DETECTORS_VERSION = "9"  # raised when rules in code change what is found


@dataclass(frozen=True, slots=True)
class Company:
    """The company as its agents say it, and other names and departments that count as it."""

    name: str | None = None
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the first one the company's own."""
        return (*((self.name,) if self.name else ()), *self.also)


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found, and the reader's vectors of the turns it was found with."""

    signals: Signals
    embeddings: FloatArray  # (n_turns, 384); (n_turns, 0) without a reader


@cache
def fingerprint() -> str:
    """sha256 over the version, the phrase book, the names and the weights: signals made under another are made again.

    Raises:
        WeightsError: one of these files is missing.
    """
    try:
        made = hashlib.sha256(f"{DETECTORS_VERSION} {firstnames.fingerprint()}".encode())
        for path in (*sorted(PHRASE_BOOK.glob("*.txt")), WORD_LISTS, shown.WEIGHTS, course.WEIGHTS):
            made.update(path.name.encode() + b"\0" + path.read_bytes())
    except OSError as error:
        raise WeightsError(f"{error.filename} cannot be read.", hint="Install callscore again.") from None
    return made.hexdigest()


def _roles_to_tell(turns: Sequence[Turn]) -> list[Role] | None:
    """The roles a reader is given: none where they were only told from the words, by the same reader.

    On 24 real calls it made no difference to agreement, and one reading then serves for roles and behaviours.
    """
    if all(turn.speaker is None and turn.role_confidence is not None for turn in turns):
        return None
    return [turn.role for turn in turns]


def rules_of(transcript: Transcript, info: CallInfo, company: Company) -> tuple[list[Hit], names.Known]:
    """What rules alone find: phrases, names, forms of sentences, repetitions, card numbers; and the names heard."""
    spoken = utterances(transcript.turns)
    known = names.learn(transcript, info, spoken, company.names)
    found = [
        *phrases.find(transcript, spoken),
        *address.find(transcript, info, spoken, known),
        *forms.find(transcript),
        *again.find(transcript),
        *special.card_numbers(transcript, spoken),
    ]
    return [*found, *stated_ends(transcript, found)], known


def detect(transcript: Transcript, info: CallInfo, company: Company, reader: ConversationReader | None) -> Detection:
    """Find everything in one call; without a `reader`, only what rules can tell; in another language, only measures.

    Raises:
        WeightsError: the weights that ship with callscore cannot be read.
    """
    if transcript.language not in UNDERSTOOD:
        return _measured(transcript, info)
    turns = transcript.turns
    reading = reader.read([turn.text for turn in turns], _roles_to_tell(turns)) if reader else None
    rules, known = rules_of(transcript, info, company)
    hits = shown.joined(transcript, rules, reading)
    hits = phrases.surest([*hits, *again.forced(transcript, hits)])
    found = holds.find(transcript, hits)
    hits = holds.refine(hits, found)
    made_by = [("detectors", fingerprint()), *([("reader", reader.fingerprint)] if reader else [])]
    signals = Signals(
        tuple(hits),
        facts(transcript, info, hits, known),
        measure(transcript, info, hits, found),
        tuple(made_by),
    )
    vectors = reading.vectors if reading else np.zeros((len(turns), 0), dtype=np.float32)
    return Detection(signals, vectors)


def _measured(transcript: Transcript, info: CallInfo) -> Detection:
    """What can be said of a call whose words are not understood."""
    known = (
        replace(each, value=None, spans=()) if MEASURE_BY_NAME[each.name].understood else each
        for each in measure(transcript, info, (), ())
    )
    signals = Signals((), (), tuple(known), (("detectors", fingerprint()),))
    return Detection(signals, np.zeros((len(transcript.turns), 0), dtype=np.float32))
