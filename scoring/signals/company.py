"""Where the company, a brand or a department is named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scoring.calls import Transcript
from scoring.signals.names import NOT_NAMES, Known, introduced
from scoring.signals.phrases import make_hit
from scoring.signals.text import ORGANIZATION, PERSON, Token, Utterance
from scoring.signals.types import Hit
from scoring.signals.wordlists import word_set

SAME_COMPANY = 88.0  # rapidfuzz ratio, 0..100, over which two spellings are one company
_COMPANY_FRAME = re.compile(
    r"(?<!\w)(?:(?:thank you|thanks)(?: so much| very much)? for (?:call(?:ing)?|choosing|contacting|"
    r"reaching(?: out to)?)|"
    r"welcome to|you(?:ve| have) reached|calling (?:you )?from|calling on behalf of) "
)
_FROM = re.compile(r"(?<!\w)(?:from|with|at|of|here at|over at) (?:the )?")
TRADES = word_set("trades")
_ENDS_COMPANY = word_set("ends_company")
_NO_COMPANY = (_ENDS_COMPANY | word_set("after_calling")) - {"the"}


def find(transcript: Transcript, utterance: Utterance, known: Known, *, cased: bool) -> Iterator[Hit]:
    """Yield where an agent's utterance names the company: a known name, a name in its frame, or an opening with one."""
    for name in known.company:
        yield from _known_company(transcript, utterance, name)
    for frame in _COMPANY_FRAME.finditer(utterance.norm):
        yield from _framed(transcript, utterance, utterance.span(*frame.span())[1], known, 0.88, cased=cased)
    for _, last in introduced(utterance, cased=cased):
        for at in range(last, min(last + 2, len(utterance.tokens))):
            rest = " ".join(token.norm for token in utterance.tokens[at : at + 3]) + " "
            preposition = _FROM.match(rest)
            if preposition:
                start = at + len(preposition.group().split())
                yield from _framed(transcript, utterance, start, known, 0.88, cased=cased)
                break
    yield from _opening_company(transcript, utterance, known, cased=cased)


def _known_company(transcript: Transcript, utterance: Utterance, name: str) -> Iterator[Hit]:
    from rapidfuzz import fuzz

    own = len(name.split())
    for size in (own, own + 1, own - 1):  # a recogniser splits or joins the words of a name
        for first in range(len(utterance.tokens) - size + 1) if size else ():
            words = utterance.tokens[first : first + size]
            heard = " ".join(token.norm for token in words)
            same = heard.replace(" ", "") == name.replace(" ", "")
            score = 100.0 if same else fuzz.ratio(heard, name) if size == own else 0.0
            if score >= SAME_COMPANY:
                doubt = "" if score == 100.0 else f"heard {heard.title()!r} for {name.title()}"
                yield make_hit(transcript.turns, words, "greet_company", 0.97 if not doubt else 0.75, doubt)


def _framed(
    transcript: Transcript, utterance: Utterance, start: int, known: Known, probability: float, *, cased: bool
) -> Iterator[Hit]:
    words = list(_company_words(utterance.tokens, start, cased=cased))
    if not words:
        return
    heard = " ".join(token.norm for token in words)
    doubt = ""
    if known.company and ORGANIZATION not in heard and not TRADES & set(heard.split()):
        doubt = "" if any(name in heard for name in known.company) else f"heard {heard.title()!r} as the company"
        probability = probability if not doubt else 0.6
    yield make_hit(transcript.turns, words, "greet_company", probability, doubt)


def _company_words(tokens: Sequence[Token], start: int, *, cased: bool) -> Iterator[Token]:
    for index in range(start, min(start + 5, len(tokens))):
        token = tokens[index]
        if token.norm == PERSON or (
            index > start and (token.norm in _ENDS_COMPANY - {"the"} or (token.opens and cased))
        ):
            return
        if index == start and token.norm in _NO_COMPANY:
            return
        yield token


def _opening_company(transcript: Transcript, utterance: Utterance, known: Known, *, cased: bool) -> Iterator[Hit]:
    """A company or department among the words before "this is …" or "how can I help"."""
    head = re.search(r"(?<!\w)(?:this is|my name|how (?:can|may)|speaking)", utterance.norm)
    if head is None or head.start() > 90:
        return
    _, last = utterance.span(0, max(head.start() - 1, 0)) if head.start() else (0, 0)
    own = set(known.agent) | set(known.customer)
    words = [t for t in utterance.tokens[:last] if t.norm not in NOT_NAMES - TRADES and t.norm not in own]
    words = [t for t in words if t.norm != PERSON]
    if any(t.norm in TRADES or t.norm == ORGANIZATION for t in words):
        yield make_hit(transcript.turns, words, "greet_company", 0.85)
    elif words and (any(t.capital for t in words) or not cased):
        yield make_hit(transcript.turns, words, "greet_company", 0.6 if len(words) > 1 else 0.52)
