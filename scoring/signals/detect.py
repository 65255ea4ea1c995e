"""From a transcript to its signals: every behaviour, fact and measure of the vocabulary."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

import numpy as np

from scoring.calls import CallInfo, Transcript
from scoring.signals import address, forms, holds, meaning, names, phrases, special
from scoring.signals.book import FOLDER as PHRASE_BOOK
from scoring.signals.encoder import Encoder, FloatArray
from scoring.signals.facts import facts, stated_ends
from scoring.signals.features import embed_turns
from scoring.signals.heads import heads_fingerprint, load_heads
from scoring.signals.measures import measure
from scoring.signals.text import utterances
from scoring.signals.types import Signals
from scoring.signals.wordlists import FILE as WORD_LISTS

DETECTORS_VERSION = "4"  # raised when rules in code change what is found


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
    """What was found, and the embeddings of the turns it was found with."""

    signals: Signals
    embeddings: FloatArray  # (n_turns, 384)


@cache
def fingerprint() -> str:
    """sha256 over the version, the phrase book and the heads: signals made under another one must be made again."""
    made = hashlib.sha256(DETECTORS_VERSION.encode())
    for path in (*sorted(PHRASE_BOOK.glob("*.txt")), WORD_LISTS):
        made.update(path.name.encode() + b"\0" + path.read_bytes())
    made.update(heads_fingerprint().encode())
    return made.hexdigest()


def detect(
    transcript: Transcript,
    info: CallInfo,
    company: Company,
    encoder: Encoder,
    embeddings: FloatArray | None = None,
) -> Detection:
    """Find everything in one call. `embeddings` of shape (n_turns, 384), stored from before, spare the encoder work.

    Raises:
        WeightsError: the heads that ship with callscore cannot be read.
    """
    stored = embeddings is not None and len(embeddings) == len(transcript.turns)
    turns = embeddings if stored else embed_turns([turn.text for turn in transcript.turns], encoder)
    turns = np.asarray(turns, dtype=np.float32)
    spoken = utterances(transcript.turns)
    known = names.learn(transcript, info, spoken, company.names)
    hits = [
        *phrases.find(transcript, spoken),
        *address.find(transcript, info, spoken, known),
        *meaning.find(transcript, turns, encoder, load_heads()),
        *forms.find(transcript),
        *special.card_numbers(transcript, spoken),
    ]
    hits += stated_ends(transcript, hits)
    hits = [hit for hit in phrases.surest(hits) if hit.probability >= meaning.FLOOR]
    found = holds.find(transcript, hits)
    hits = holds.refine(hits, found)
    made_by = (("detectors", fingerprint()), ("sentence-encoder", encoder.fingerprint))
    signals = Signals(
        tuple(hits), facts(transcript, info, hits, known), measure(transcript, info, hits, found), made_by
    )
    return Detection(signals, turns)
