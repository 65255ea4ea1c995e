"""Finds the phrases of the book in utterances, and makes hits of what was found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from scoring.calls import Role, Transcript, Turn
from scoring.signals.book import Phrase, phrases
from scoring.signals.text import Token, Utterance, quote
from scoring.signals.types import Hit
from scoring.vocabulary import BEHAVIOUR_BY_NAME

NEIGHBOURHOOD = 60  # characters on each side in which `unless` is looked for
UNKNOWN_ROLE_FACTOR = 0.6  # when nobody knows who spoke, what was said counts for less
UNSURE_ROLE = 0.6  # role confidence under which a hit carries a doubt
_ALSO_BY = {"recording_notice": (Role.AGENT,)}


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase found: which behaviour, how sure, and the words that show it."""

    behaviour: str
    probability: float
    tokens: tuple[Token, ...]


def search(utterance: Utterance, book: Iterable[Phrase] | None = None) -> Iterator[Match]:
    """Yield every phrase in `utterance`, whoever speaks it."""
    for phrase in phrases() if book is None else book:
        for part in _by_turn(utterance) if phrase.anchored else (utterance,):
            yield from _search(part, phrase)


def _by_turn(utterance: Utterance) -> Iterator[Utterance]:
    for turn, tokens in groupby(utterance.tokens, key=lambda token: token.turn):
        yield Utterance(utterance.role, (turn,), tuple(tokens))


def _search(utterance: Utterance, phrase: Phrase) -> Iterator[Match]:
    text = utterance.norm
    for found in phrase.pattern.finditer(text):
        around = text[max(0, found.start() - NEIGHBOURHOOD) : found.end() + NEIGHBOURHOOD]
        if phrase.unless is None or not phrase.unless.search(around):
            first, last = utterance.span(*found.span())
            yield Match(phrase.behaviour, phrase.probability, utterance.tokens[first:last])


def spoken_by(behaviour: str, role: Role) -> bool:
    """Return whether `role` can show `behaviour`; an unknown speaker can show any."""
    return role in (BEHAVIOUR_BY_NAME[behaviour].by, Role.UNKNOWN, *_ALSO_BY.get(behaviour, ()))


def find(transcript: Transcript, utterances: Sequence[Utterance]) -> list[Hit]:
    """Return the hits of all phrases by the party that can show them, the surest one a behaviour and turn."""
    hits = (
        make_hit(transcript.turns, match.tokens, match.behaviour, match.probability)
        for utterance in utterances
        for match in search(utterance, [row for row in phrases() if spoken_by(row.behaviour, utterance.role)])
    )
    return surest(hits)


def surest(hits: Iterable[Hit]) -> list[Hit]:
    """Keep the surest hit of each behaviour in each turn, in the order of turns."""
    best: dict[tuple[int, str], Hit] = {}
    for hit in hits:
        key = (hit.turn, hit.behaviour)
        if key not in best or hit.probability > best[key].probability:
            best[key] = hit
    return [best[key] for key in sorted(best)]


def make_hit(
    turns: Sequence[Turn], tokens: Sequence[Token], behaviour: str, probability: float, doubt: str = ""
) -> Hit:
    """Make the hit that `tokens` show; it belongs to the turn that holds most of them."""
    index = max(sorted({token.turn for token in tokens}), key=lambda turn: sum(t.turn == turn for t in tokens))
    turn = turns[index]
    own = [token for token in tokens if token.turn == index]
    start, end = timed(turn, own[0].start, own[-1].end)
    if turn.role is Role.UNKNOWN:
        probability, doubt = probability * UNKNOWN_ROLE_FACTOR, doubt or "it is not sure who spoke"
    elif turn.role_confidence is not None and turn.role_confidence < UNSURE_ROLE:
        doubt = doubt or "it is not sure who spoke"
    shown = quote(turn.text, own[0].start, own[-1].end)
    return Hit(behaviour, index, turn.role, round(probability, 4), shown, start, end, doubt)


def timed(turn: Turn, start: int, end: int) -> tuple[float | None, float | None]:
    """Return when the characters [start, end) of a turn were said; the turn's own times where words have none."""
    inside = word_indices(turn, start, end)
    if not inside:
        return turn.start, turn.end
    return turn.words[inside[0]].start, turn.words[inside[-1]].end


def word_indices(turn: Turn, start: int, end: int) -> list[int]:
    """Return which of `turn.words` hold the characters [start, end); none where words and text do not line up."""
    spoken = [match.span() for match in re.finditer(r"\S+", turn.text)]
    if len(spoken) != len(turn.words):
        return []
    return [i for i, (first, last) in enumerate(spoken) if first < end and last > start]
