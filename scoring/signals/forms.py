"""Listening told by its form: a question that is no routine, and the customer's own words given back.

Sentence models know such sentences by what they are about; these rules know them by how they are built, whatever the
trade. Both count, the surer one wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from scoring.calls import Role, Transcript, Turn
from scoring.signals.phrases import make_hit
from scoring.signals.text import Token, tokenize
from scoring.signals.types import Hit
from scoring.signals.wordlists import word_set

ASKED = 0.72  # probability that a question of this form explores the need: likelier than not, and no more
GIVEN_BACK = 0.8
SHARED = 2  # words of weight that a restatement has in common with what the customer said
LOOK_BACK = 6  # turns before it in which the customer said them
_SHORTEST = 4  # words; "Name?" and "Since when?" are too short to tell by form

_FILLER = (
    r"(?:(?:and|so|okay|ok|oh|well|now|but|right|alright|all right|dear|thanks|thank you|perfect|great|sure|of course|"
    r"certainly|absolutely|no problem|lovely|wonderful|good) )*"
)
_INTERROGATIVE = re.compile(
    rf"^{_FILLER}(?:what|whats|when|which|who|why|how|hows|did|do|does|is|are|was|were|has|have|had|any|"
    r"(?:can|could) you (?:tell me (?:more|what|a bit|a little|how)|describe|explain))(?!\w)"
)
_ROUTINE = re.compile(
    r"(?:^|(?<!\w))(?:name|names|number|numbers|address|zip|postcode|post code|email|phone|spell\w*|birth|birthday|"
    r"account|policy|reference|card|digits|security|password|pin|verify|confirm|registration|regis\w*|"
    r"anything else|something else|anything more|anything further|else (?:can|may|could)|"
    r"(?:can|may|could|shall|should|do|did|would|if) i|(?:can|may|could|shall|should) we|"
    r"would you (?:like|mind|prefer|rather)|do you want|"
    r"(?:is|are) (?:that|this|you) (?:ok|okay|fine|alright|all right|right|correct|ready|there|able|happy|"
    r"still)|does that|"
    r"hear me|speaking (?:to|with)|am i|hold|"
    r"(?:what|which) (?:day|time|date)|when would|how are you|hows your|how (?:can|may|might|could)|"
    r"(?:where|whereabouts) (?:are|do) you|questions?)(?!\w)"
)
# the order of words that only questions have, for recognised speech without marks
_INVERTED = re.compile(
    r"(?<!\w)(?:(?:what|when|which|why|how|how (?:long|often|old|far|many|much)|since when) (?:\w+ )?"
    r"(?:do|does|did|is|are|was|were|has|have|happened)|(?:did|does|have|has|was|is) (?:you|it|they|the|he|she))(?!\w)"
)
_TAG_END = re.compile(r"(?:right|correct|okay|ok|yes|yeah|alright)$")
_RESTATES = re.compile(
    r"^(?:(?:okay|ok|right|alright|oh|i see|yeah|and|well|got it|sure) )*"
    r"(?:so|sounds like|it sounds like|in other words) "
    r"(?!i (?:will|can|could|would|just|have|need|do)|we (?:will|can|have|do|need)|ill|id|im|ive|let|can|could|may|"
    r"would|what|when|how|who|which|why|do|did|is|are|was|if|please|well|for)\w+"
)
_DATA = re.compile(r"\d.*\d.*\d|tag(?:phonenumber|date|time)|dot com|at sign|as in")


@dataclass(frozen=True, slots=True)
class _Sentence:
    """The words of one sentence, and whether it ends in a question mark."""

    tokens: tuple[Token, ...]
    asked: bool

    @property
    def norm(self) -> str:
        return " ".join(token.norm for token in self.tokens)


def find(transcript: Transcript) -> list[Hit]:
    """Return `listen_clarify` and `listen_paraphrase` as told by the form of the agent's sentences."""
    hits: list[Hit] = []
    for index, turn in enumerate(transcript.turns):
        if turn.role is not Role.AGENT:
            continue
        told = _told(transcript.turns, index)
        for sentence in _sentences(turn, index):
            if told and explores(sentence.norm, asked=sentence.asked):
                hits.append(make_hit(transcript.turns, sentence.tokens, "listen_clarify", ASKED))
            if restates(sentence.norm, told):
                hits.append(make_hit(transcript.turns, sentence.tokens, "listen_paraphrase", GIVEN_BACK))
    return hits


def explores(sentence: str, *, asked: bool) -> bool:
    """Tell whether a question, in normal form, is about the need: no data, no offer, no asking for leave."""
    return (
        asked
        and len(sentence.split()) >= _SHORTEST
        and _INTERROGATIVE.search(sentence) is not None
        and _ROUTINE.search(sentence) is None
        and _TAG_END.search(sentence) is None
    )


def restates(sentence: str, told: frozenset[str]) -> bool:
    """Tell whether a sentence, in normal form, gives back what was `told` (stems): "so …" with words of the other's."""
    return (
        _RESTATES.search(sentence) is not None
        and _DATA.search(sentence) is None
        and len(stems(sentence) & told) >= SHARED
    )


def stems(text: str) -> frozenset[str]:
    """Return the words of weight of a text in normal form, cut to the part that bends least."""
    return frozenset(_stem(word) for word in text.split() if word not in word_set("light") and len(word) > 2)


def _stem(word: str) -> str:
    return re.sub(r"(?:ing|ed|es|s|e|y)$", "", word) if len(word) > 4 else word


def _told(turns: Sequence[Turn], index: int) -> frozenset[str]:
    before = turns[max(0, index - LOOK_BACK) : index]
    words = (token.norm for turn in before if turn.role is Role.CUSTOMER for token in tokenize(turn.text))
    return stems(" ".join(words))


def _sentences(turn: Turn, index: int) -> Iterator[_Sentence]:
    tokens = tokenize(turn.text, index)
    if not re.search(r"[.?!,]", turn.text):
        yield from _unmarked(tokens)
        return
    starts = [*(i for i, token in enumerate(tokens) if token.begins), len(tokens)]
    for first, after in pairwise(starts):
        end = tokens[after].start if after < len(tokens) else len(turn.text)
        yield _Sentence(tokens[first:after], "?" in turn.text[tokens[after - 1].end : end])


def _unmarked(tokens: tuple[Token, ...]) -> Iterator[_Sentence]:
    """Without marks the whole is one sentence, and a question begins where the order of words says so."""
    if not tokens:
        return
    yield _Sentence(tokens, asked=False)
    words = " ".join(token.norm for token in tokens)
    for match in _INVERTED.finditer(words):
        yield _Sentence(tokens[words[: match.start()].count(" ") :], asked=True)
