"""Who is called by name, who gives their own, and which company is named: the behaviours that rest on names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scoring.calls import CallInfo, Medium, Role, Transcript
from scoring.firstnames import is_first_name, is_only_name
from scoring.signals import company
from scoring.signals.names import (
    TITLES,
    Known,
    NameMatch,
    could_be_name,
    introduced,
    is_cased,
    match,
)  # fmt: skip
from scoring.signals.phrases import make_hit, surest, word_indices
from scoring.signals.text import PERSON, Token, Utterance
from scoring.signals.types import Hit
from scoring.signals.wordlists import word_set
from scoring.signals.written import sign_offs

CLEAR = 0.5  # confidence of a recognised word under which a name was badly heard
_GREETING = frozenset({"hi", "hello", "hey", "dear", "morning", "afternoon", "evening", "welcome"})
_LEAD = word_set("leads")
_DETERMINERS = frozenset({"your", "the", "a", "my", "our", "his", "her", "their", "this", "that", "another"})
_FIRM_LEAD = re.compile(r"(?:thank you|thanks|so much|very much|bye|goodbye|sorry|welcome|take care|please)$")
_JOINS = frozenset({"and", "so", "but"})
_ASKED = re.compile(
    r"(?:can|will|would|and|could|may|do|are|have) (?:you|i|we|what|how|may|can)|(?:what|how|when|where|i|if|you|let)\b"
)
_THIRD = word_set("third_person")
_READS = re.compile(
    r"(?:names?|names? is|last|first|spell(?:ed|ing)?|spelled|that|thats|that is|is it|was it|its|it is|got|have|had|"
    r"under|for|with|to|from|of|by|about|as in|called|named|see|put|ask|tell|told|speak to|account|mister or)$"
)
_OF_NAME = re.compile(r"(?:names?|names? is|last|first|spell(?:ed|ing)?)$")
_CHECKS = re.compile(
    r"^\w \w(?: |$)|"
    r"^(?:(?:is that |was that |is this |thats |that is )?(?:correct|right|spelled|with an? |as in )|is that)"
)
_SELF = re.compile(r"(?:this is|my names?|my name is|names|i am|im|speaking with|speaking to|its|it is|reached)$")
_TO_ASK = re.compile(r"(?:is this|am i speaking (?:to|with)|(?:speak|talk) (?:to|with)|looking for|reach)$")


def find(transcript: Transcript, info: CallInfo, spoken: Sequence[Utterance], known: Known) -> list[Hit]:
    """Return the hits of names: the agent's own, the company's, and the customer addressed."""
    cased = is_cased(transcript)
    hits: list[Hit] = []
    for place, utterance in enumerate(spoken):
        if utterance.role in (Role.AGENT, Role.UNKNOWN) and utterance.tokens:
            heard = any(other.role is Role.CUSTOMER for other in spoken[:place])
            before = spoken[place - 1] if heard else None
            hits += _own_name(transcript, utterance, info, cased=cased)
            hits += company.find(transcript, utterance, known, cased=cased)
            hits += _addressed(transcript, utterance, before, known, cased=cased)
    if transcript.medium is not Medium.CALL:
        hits += list(sign_offs(transcript, spoken, known, cased=cased))
    return surest(hits)


def _own_name(transcript: Transcript, utterance: Utterance, info: CallInfo, *, cased: bool) -> Iterator[Hit]:
    manifest = [word for word in (info.agent_name or "").lower().split() if word not in TITLES]
    for first, last in introduced(utterance, cased=cased):
        words = utterance.tokens[first:last]
        heard = [match(word.norm, manifest) for word in words]
        doubt = next((m.doubt for m in heard if m and m.doubt), "") if not any(m and not m.doubt for m in heard) else ""
        lead = " ".join(token.norm for token in utterance.tokens[max(0, first - 5) : first])
        if _TO_ASK.search(lead) and not any(heard):
            continue  # "is this …", "may I speak to …": the customer's name
        weak = lead.endswith((" im", " am", " its", " is", "im", "its")) and not re.search(r"name|this is", lead)
        yield make_hit(transcript.turns, words, "greet_name", 0.75 if weak else 0.93, doubt)
    yield from _bare_opening(transcript, utterance, manifest)


def _bare_opening(transcript: Transcript, utterance: Utterance, manifest: Sequence[str]) -> Iterator[Hit]:
    """The known agent's name among the first words, without a frame: "Northfield, Dana, how can I help"."""
    for token in utterance.tokens[:12]:
        heard = match(token.norm, manifest)
        if heard and utterance.turns[0] <= 4:
            yield make_hit(transcript.turns, [token], "greet_name", 0.7 if heard.doubt else 0.85, heard.doubt)
    tagged = [token for token in utterance.tokens[:8] if token.norm == PERSON]
    opening = " ".join(token.norm for token in utterance.tokens[:14])
    if tagged and re.search(r"(?:how|what) (?:can|may)|may (?:i )?help", opening):
        yield make_hit(transcript.turns, tagged[:1], "greet_name", 0.6)


def _addressed(
    transcript: Transcript, utterance: Utterance, before: Utterance | None, known: Known, *, cased: bool
) -> Iterator[Hit]:
    written = transcript.medium is not Medium.CALL
    for index, token in enumerate(utterance.tokens):
        found = _is_customer(utterance.tokens, index, known, cased=cased)
        if found is None or (index and _is_customer(utterance.tokens, index - 1, known, cased=cased)):
            continue  # a second word of the same name counts once
        probability = _as_address(utterance.tokens, index, before, known)
        if found.nobodys and not _surely_said_to(utterance.tokens, index, before, probability):
            probability = min(probability, 0.3)
        if probability < 0.1:
            continue
        doubt = found.doubt or _badly_heard(transcript, token)
        hit = make_hit(transcript.turns, [token], "name_used", probability * (0.8 if doubt else 1.0), doubt)
        yield hit
        opening = token.turn <= 2 or utterance.turns[0] == token.turn
        if written and opening and _previous(utterance.tokens, index)[:1] and _greets(utterance.tokens, index):
            yield make_hit(transcript.turns, [token], "greet_by_name", probability * (0.8 if doubt else 1.0), doubt)


def _surely_said_to(tokens: Sequence[Token], index: int, before: Utterance | None, probability: float) -> bool:
    """A name that nobody gave needs the place of an address; before anybody answers, a greeting."""
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    part_of_more = after is not None and after.capital and not after.opens  # a street, a whole name
    return probability >= (0.95 if before is None else 0.85) and not part_of_more


def _greets(tokens: Sequence[Token], index: int) -> bool:
    return any(word in _GREETING for word in _previous(tokens, index)[-3:])


def _badly_heard(transcript: Transcript, token: Token) -> str:
    turn = transcript.turns[token.turn]
    sure = [turn.words[i].confidence for i in word_indices(turn, token.start, token.end)]
    return "the name was not heard clearly" if sure and min(sure) < CLEAR else ""


def _is_customer(tokens: Sequence[Token], index: int, known: Known, *, cased: bool) -> NameMatch | None:
    word = tokens[index].norm
    titled = index > 0 and tokens[index - 1].norm in TITLES
    if titled and any(f"{tokens[index - 1].norm} {word}" in name for name in known.company):
        return None  # a brand such as "Mr. Fixit"
    if word == PERSON:
        return NameMatch(PERSON)
    customer = match(word, known.customer)
    own = match(word, known.agent)
    if customer and not (customer.doubt and own and not own.doubt):
        return customer
    if titled and could_be_name(tokens[index], cased=cased) and not own:
        return NameMatch(word, _unlike_theirs(word) if known.customer else "")
    return _named_otherwise(tokens[index], known, cased=cased) if not (own or titled) else None


def _named_otherwise(token: Token, known: Known, *, cased: bool) -> NameMatch | None:
    """A first name that nobody gave: read off a screen, or given before the recording began."""
    tells = cased and not token.begins  # a capital that no beginning asks for
    listed = is_first_name(token.norm) if tells else is_only_name(token.norm)
    if not listed or not could_be_name(token, cased=cased):
        return None
    if known.beforehand or any(is_only_name(name) for name in known.customer):
        return None  # the customer is called otherwise: somebody else is meant, or the name is wrong
    other = known.customer and PERSON not in known.customer
    return NameMatch(token.norm, _unlike_theirs(token.norm) if other else "", nobodys=True)


def _unlike_theirs(word: str) -> str:
    return f"{word.title()!r} is not known as the customer's name"


def _previous(tokens: Sequence[Token], index: int) -> list[str]:
    """Return up to four words of the same sentence before a name, its title left out."""
    at = index
    while at > 0 and tokens[at - 1].norm in TITLES:
        at -= 1
    first = at
    while first > max(0, at - 4) and not tokens[first].begins:
        first -= 1
    return [token.norm for token in tokens[first:at]]


def _as_address(tokens: Sequence[Token], index: int, before: Utterance | None, known: Known) -> float:
    """Return the probability that the name at `index` addresses the customer."""
    first = index
    while first > 0 and tokens[first - 1].norm in TITLES:
        first -= 1
    titled = first < index
    last = index + 1
    while last < len(tokens) and not tokens[last].opens and tokens[last].norm in known.customer:
        last += 1
    back = " ".join(_previous(tokens, index))
    ahead = " ".join(token.norm for token in tokens[last : last + 4])
    listed = sum(token.norm == PERSON for token in tokens[max(0, index - 3) : index + 4]) > 1
    if _SELF.search(back) or _TO_ASK.search(back) or ahead.startswith(("speaking", "here with", "with the company")):
        return 0.0 if not titled else 0.05
    base = _place(tokens[first:last], tokens[last : last + 1], back, ahead, before)
    if listed and not titled and base < 0.9:
        base = min(base, 0.3)
    if tokens[index].norm == PERSON and before is None and not known.beforehand:
        base = min(base, 0.3)  # nobody has said a name yet: more likely the agent's own
    return max(base, 0.75) if titled and base >= 0.45 else base


def _place(
    name: Sequence[Token], after: Sequence[Token], back: str, ahead: str, before: Utterance | None
) -> float:  # tokens of the name and the one after it; the words before and ahead
    """Return how often a name in such a place is an address: by the words around it and where clauses begin."""
    place = _Place(
        previous=back.rsplit(maxsplit=1)[-1] if back else "",
        opens=name[0].opens,
        begins=name[0].begins,
        ends=not after or after[0].opens,
        closes=not after or after[0].begins,
        just_given=before is not None and any(token.norm == name[-1].norm for token in before.tokens[-12:]),
        tagged=name[0].norm == PERSON,
    )
    if _CHECKS.match(ahead) or (place.previous in _DETERMINERS and not place.opens):
        return 0.08
    if place.previous in _GREETING or (place.previous == "there" and "hi" in back):
        return 0.95
    if _FIRM_LEAD.search(back):
        return 0.93
    if _OF_NAME.search(back) or (not place.opens and _READS.search(back) and not back.endswith("about that")):
        return 0.1
    if place.begins and place.closes:
        return 0.08 if place.just_given else 0.4  # a sentence of its own: repeated as often as called
    return _by_lead(place, ahead)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a name stands: the word before, and what begins or ends there."""

    previous: str
    opens: bool
    begins: bool
    ends: bool
    closes: bool
    just_given: bool
    tagged: bool


def _by_lead(place: _Place, ahead: str) -> float:
    following = ahead.partition(" ")[0]
    asked = _ASKED.match(ahead)
    if following in _THIRD and not place.ends and not asked and (place.begins or place.previous in _JOINS):
        return 0.15
    if place.previous in _LEAD:
        return 0.6 if place.just_given and place.ends else 0.85
    if place.begins:
        return 0.4 if place.tagged and not asked and not place.ends else 0.8
    if place.opens and place.ends:
        return 0.85  # "…, Maria."
    return 0.45 if place.ends else 0.3
