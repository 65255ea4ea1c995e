"""The customer has to say something again: it was said before, and the agent did not take it up."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoring.calls import Role, Transcript, Turn
from scoring.signals.phrases import make_hit
from scoring.signals.text import norm, tokenize
from scoring.signals.types import Hit
from scoring.signals.wordlists import word_set

SAID_AGAIN = 0.55  # probability that much the same words twice were forced
ASKED_AGAIN = 0.5  # that much the same question twice was answered the first time
FEWEST_ASKED, ASKED_ALIKE = 2, 0.75  # words of weight in such a question, and the share they have in common
FEWEST_SHARED = 3  # words of weight that a thing said again has in common with the first time
ALIKE = 0.6  # of the words of weight of both together
SUBSTANTIVE = 3  # words an agent's turn needs to count as an answer
_DATA = re.compile(r"\d|tag|(?<!\w)(?:zip|street|road|avenue|dot com|at sign|as in)(?!\w)")
_OFFER = re.compile(r"anything else|(?:can|may) (?:i|we) (?:help|do)")  # may be said twice
_DID_NOT_HEAR = re.compile(
    r"(?:didnt|did not|cant|cannot|couldnt) (?:\w+ )?(?:hear|catch)|break(?:ing)? up|bad line|cut(?:ting)? out"
)


def find(transcript: Transcript) -> list[Hit]:
    """Return where the customer says, or is asked, much the same a second time.

    What the customer repeats counts after the agent spoke; data and bad lines are left out.
    """
    hits: list[Hit] = []
    earlier: list[tuple[int, frozenset[str]]] = []
    asked: list[tuple[int, frozenset[str]]] = []
    agent: int | None = None
    answered = 0
    for index, turn in enumerate(transcript.turns):
        if turn.role is Role.AGENT and len(tokenize(turn.text)) >= SUBSTANTIVE:
            agent = index
            own = _weighty(turn.text)
            offers = _OFFER.search(norm(turn.text)) is not None
            if (
                "?" in turn.text
                and not offers
                and any(_same_question(own, words) for at, words in asked if at < answered)
            ):
                hits.append(make_hit(transcript.turns, tokenize(turn.text, index), "asks_again", ASKED_AGAIN))
            if "?" in turn.text:
                asked.append((index, own))
        if turn.role is not Role.CUSTOMER:
            continue
        answered = index
        own = _weighty(turn.text)
        before = [words for at, words in earlier if agent is not None and at < agent]
        if _could_be_forced(turn, agent, transcript.turns) and any(_alike(own, words) for words in before):
            hits.append(make_hit(transcript.turns, tokenize(turn.text, index), "listen_repeat_forced", SAID_AGAIN))
        earlier.append((index, own))
    return hits


def forced(transcript: Transcript, hits: Sequence[Hit]) -> list[Hit]:
    """Return the repetition that follows where the agent asks again: the customer's next words, within three turns."""
    found = []
    for hit in hits:
        after = transcript.turns[hit.turn + 1 : hit.turn + 4]
        place = next((at for at, turn in enumerate(after, hit.turn + 1) if turn.role is Role.CUSTOMER), None)
        tokens = tokenize(transcript.turns[place].text, place) if place is not None else ()
        if hit.behaviour == "asks_again" and tokens:
            found.append(make_hit(transcript.turns, tokens, "listen_repeat_forced", hit.probability))
    return found


def _could_be_forced(turn: Turn, agent: int | None, turns: Sequence[Turn]) -> bool:
    unheard = agent is not None and _DID_NOT_HEAR.search(norm(turns[agent].text)) is not None
    return not unheard and _DATA.search(norm(turn.text)) is None


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    shared = len(one & other)
    return shared >= FEWEST_SHARED and shared >= ALIKE * len(one | other)


def _same_question(one: frozenset[str], other: frozenset[str]) -> bool:
    least = min(len(one), len(other))
    return least >= FEWEST_ASKED and len(one & other) >= ASKED_ALIKE * least


def _weighty(text: str) -> frozenset[str]:
    words = frozenset(norm(text).split()) - word_set("light")
    return frozenset(word for word in words if not word.startswith("tag"))
