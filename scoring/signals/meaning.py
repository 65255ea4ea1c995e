"""Behaviours found by meaning: the heads over sentence embeddings, joined with the phrase book."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from scoring.calls import Role, Transcript
from scoring.signals.encoder import Encoder, FloatArray
from scoring.signals.features import Piece, context_of, matrix, pieces
from scoring.signals.heads import AGENT_HEADS, CUSTOMER_HEADS, HEADS, Heads
from scoring.signals.phrases import make_hit
from scoring.signals.text import norm, tokenize
from scoring.signals.types import Hit
from scoring.signals.wordlists import word_set

FLOOR = 0.2  # hits under it are not kept
SAID_AGAIN = 0.82  # cosine of two turns of the customer that say the same
FEWEST_SHARED = 3  # words of weight that a thing said again has in common with the first time
_DATA = re.compile(r"\d|tag|(?<!\w)(?:zip|street|road|avenue|dot com|at sign|as in)(?!\w)")
_DID_NOT_HEAR = re.compile(
    r"(?:didnt|did not|cant|cannot|couldnt) (?:\w+ )?(?:hear|catch)|break(?:ing)? up|bad line|cut(?:ting)? out"
)
_LIGHT = word_set("light")


def find(transcript: Transcript, turns: FloatArray, encoder: Encoder, heads: Heads) -> list[Hit]:
    """Return what the heads find. `turns` holds the embeddings of the turns, of shape (n_turns, 384)."""
    items = pieces(transcript)
    probabilities = heads.probabilities(matrix(items, transcript, turns, encoder))
    hits = [
        _hit(transcript, item, HEADS[column], float(probabilities[row, column]))
        for row, item in enumerate(items)
        for column in _columns(transcript.turns[item.turn].role)
        if probabilities[row, column] >= FLOOR
    ]
    return hits + said_again(transcript, turns)


def _columns(role: Role) -> range:
    split = len(AGENT_HEADS)
    return {
        Role.AGENT: range(split),
        Role.CUSTOMER: range(split, split + len(CUSTOMER_HEADS)),
        Role.SYSTEM: range(0),
    }.get(role, range(len(HEADS)))


def _hit(transcript: Transcript, item: Piece, behaviour: str, probability: float) -> Hit:
    tokens = tokenize(transcript.turns[item.turn].text, item.turn)
    words = item.words.split()
    raw = [transcript.turns[item.turn].text[token.start : token.end] for token in tokens]
    first = next((i for i in range(len(raw)) if raw[i : i + len(words)] == words), 0)
    return make_hit(transcript.turns, tokens[first : first + len(words)] or tokens, behaviour, probability)


def said_again(transcript: Transcript, turns: FloatArray) -> list[Hit]:
    """Return where the customer says much the same a second time after the agent spoke; data and bad lines left out."""
    hits: list[Hit] = []
    earlier: list[int] = []
    before = context_of(transcript)
    for index, turn in enumerate(transcript.turns):
        if turn.role is not Role.CUSTOMER:
            continue
        agent = before[index]
        unheard = agent is not None and _DID_NOT_HEAR.search(norm(transcript.turns[agent].text))
        if not unheard and _DATA.search(norm(turn.text)) is None:
            first = _first_said(transcript, turns, index, [i for i in earlier if agent is not None and i < agent])
            if first is not None:
                hits.append(make_hit(transcript.turns, tokenize(turn.text, index), "listen_repeat_forced", 0.55))
        earlier.append(index)
    return hits


def _first_said(transcript: Transcript, turns: FloatArray, index: int, earlier: Sequence[int]) -> int | None:
    own = _weighty(transcript.turns[index].text)
    if len(own) < FEWEST_SHARED or not earlier:
        return None
    alike = np.asarray(turns[list(earlier)] @ turns[index])
    for place in np.argsort(-alike, kind="stable"):
        shared = own & _weighty(transcript.turns[earlier[int(place)]].text)
        if alike[place] >= SAID_AGAIN and len(shared) >= FEWEST_SHARED:
            return earlier[int(place)]
    return None


def _weighty(text: str) -> set[str]:
    return set(norm(text).split()) - _LIGHT
