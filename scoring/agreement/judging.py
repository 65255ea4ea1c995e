"""Judging a labelled call from what was said alone: roles, then signals, then the items of the codebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from scoring.agreement.reference import Spoken
from scoring.calls import Call, CallInfo, Medium, Role, Transcript, Turn
from scoring.judge.items import ItemJudgement, codebook_items
from scoring.reader import ConversationReader
from scoring.signals import Company, detect
from scoring.speakers import assign_roles


@dataclass(frozen=True, slots=True)
class CallJudgement:
    """What a judge says of one call."""

    roles: tuple[Role, ...]  # one a turn
    items: dict[str, ItemJudgement]


class Judge(Protocol):
    """Judges a call from its words. It is never given what people found."""

    def __call__(self, spoken: Sequence[Spoken]) -> CallJudgement:
        """Return a role a turn, and every item of the codebook."""
        ...


class TextJudge:
    """The judge of the product: who spoke is told from the words, for nothing else is given.

    Without a reader it is the baseline: cues and rules alone.
    """

    def __init__(self, reader: ConversationReader | None, company: Company) -> None:
        self._reader = reader
        self._company = company

    def __call__(self, spoken: Sequence[Spoken]) -> CallJudgement:
        """Judge one call.

        Raises:
            WeightsError: the weights that ship with callscore cannot be read.
        """
        turns = tuple(Turn(Role.UNKNOWN, turn.text, turn.start, turn.end) for turn in spoken)
        info = CallInfo("")
        transcript = assign_roles(Transcript(turns), info, self._reader)
        call = Call(transcript.content_hash, info, Medium.CALL, transcript)
        signals = detect(transcript, info, self._company, self._reader).signals
        return CallJudgement(tuple(turn.role for turn in transcript.turns), codebook_items(call, signals))
