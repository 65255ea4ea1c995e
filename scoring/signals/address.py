"""Who is called by name, who gives their own, and which company is named: the behaviours that rest on names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scoring.calls import CallInfo, Medium, Role, Transcript
from scoring.signals.names import (
    NOT_NAMES, TITLES, Known, NameMatch, could_be_name, introduced, is_cased, match,
)  # fmt: skip
from scoring.signals.phrases import make_hit, surest, word_indices
from scoring.signals.text import ORGANIZATION, PERSON, Token, Utterance
from scoring.signals.types import Hit
from scoring.signals.wordlists import word_set

CLEAR = 0.5  # confidence of a recognised word under which a name was badly heard
SAME_COMPANY = 88.0  # rapidfuzz ratio, 0..100, over which two spellings are one company
_GREETING = frozenset({"hi", "hello", "hey", "dear", "morning", "afternoon", "evening", "welcome"})
_LEAD = word_set("leads")
_FIRM_LEAD = frozenset({"thanks", "thank", "you", "sorry", "welcome", "bye", "goodbye", "much", "care", "please"})
_THIRD = word_set("third_person")
_READS = re.compile(
    r"(?:names?|names? is|last|first|spell(?:ed|ing)?|spelled|that|thats|that is|is it|was it|its|it is|got|have|had|"
    r"under|for|with|to|from|of|by|about|as in|called|named|see|put|ask|tell|told|speak to|account|mister or)$"
)
_CHECKS = re.compile(
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
            before = spoken[place - 1] if place else None
            hits += _own_name(transcript, utterance, known, info, cased=cased)
            hits += _company(transcript, utterance, known, cased=cased)
            hits += _addressed(transcript, utterance, before, known, cased=cased)
    if transcript.medium is not Medium.CALL:
        hits += list(_sign_offs(transcript, spoken, known, cased=cased))
    return surest(hits)


def _own_name(
    transcript: Transcript, utterance: Utterance, known: Known, info: CallInfo, *, cased: bool
) -> Iterator[Hit]:
    manifest = [word for word in (info.agent_name or "").lower().split() if word not in TITLES]
    for first, last in introduced(utterance, cased=cased):
        words = utterance.tokens[first:last]
        heard = [match(word.norm, manifest) for word in words]
        doubt = next((m.doubt for m in heard if m and m.doubt), "") if not any(m and not m.doubt for m in heard) else ""
        lead = " ".join(token.norm for token in utterance.tokens[max(0, first - 3) : first])
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
    if tagged and re.search(
        r"(?:how|what) (?:can|may)|may (?:i )?help", " ".join(t.norm for t in utterance.tokens[:14])
    ):
        yield make_hit(transcript.turns, tagged[:1], "greet_name", 0.6)


_COMPANY_FRAME = re.compile(
    r"(?<!\w)(?:(?:thank you|thanks)(?: so much| very much)? for (?:call(?:ing)?|choosing|contacting|reaching(?: out to)?)|"
    r"welcome to|you(?:ve| have) reached|great day at|calling (?:you )?from|calling on behalf of) "
)
_FROM = re.compile(r"(?<!\w)(?:from|with|at|of|here at|over at) (?:the )?")
_TRADE = word_set("trades")
_NO_COMPANY = NOT_NAMES - _TRADE | {"my", "me", "us", "you", "in", "back", "today", "again", "this"}
_ENDS_COMPANY = word_set("ends_company")


def _company(transcript: Transcript, utterance: Utterance, known: Known, *, cased: bool) -> Iterator[Hit]:
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

    size = len(name.split())
    for first in range(len(utterance.tokens) - size + 1):
        words = utterance.tokens[first : first + size]
        heard = " ".join(token.norm for token in words)
        score = 100.0 if heard.replace(" ", "") == name.replace(" ", "") else fuzz.ratio(heard, name)
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
    if known.company and ORGANIZATION not in heard and not _TRADE & set(heard.split()):
        doubt = "" if any(name in heard for name in known.company) else f"heard {heard.title()!r} as the company"
        probability = probability if not doubt else 0.6
    yield make_hit(transcript.turns, words, "greet_company", probability, doubt)


def _company_words(tokens: Sequence[Token], start: int, *, cased: bool) -> Iterator[Token]:
    for index in range(start, min(start + 5, len(tokens))):
        token = tokens[index]
        if token.norm == PERSON or (index > start and (token.norm in _ENDS_COMPANY or (token.opens and cased))):
            return
        if index == start and token.norm in _NO_COMPANY | {"the"} and token.norm != "the":
            return
        yield token


def _opening_company(transcript: Transcript, utterance: Utterance, known: Known, *, cased: bool) -> Iterator[Hit]:
    """A company or department among the words before "this is …" or "how can I help"."""
    head = re.search(r"(?<!\w)(?:this is|my name|how (?:can|may)|speaking)", utterance.norm)
    if head is None or head.start() > 90:
        return
    _, last = utterance.span(0, max(head.start() - 1, 0)) if head.start() else (0, 0)
    own = set(known.agent) | set(known.customer)
    words = [t for t in utterance.tokens[:last] if t.norm not in NOT_NAMES - _TRADE and t.norm not in own]
    words = [t for t in words if t.norm != PERSON]
    if any(t.norm in _TRADE or t.norm == ORGANIZATION for t in words):
        yield make_hit(transcript.turns, words, "greet_company", 0.85)
    elif words and (any(t.capital for t in words) or not cased):
        yield make_hit(transcript.turns, words, "greet_company", 0.6 if len(words) > 1 else 0.52)


def _addressed(
    transcript: Transcript, utterance: Utterance, before: Utterance | None, known: Known, *, cased: bool
) -> Iterator[Hit]:
    written = transcript.medium is not Medium.CALL
    for index, token in enumerate(utterance.tokens):
        found = _is_customer(utterance.tokens, index, known, cased=cased)
        if found is None or (index and _is_customer(utterance.tokens, index - 1, known, cased=cased)):
            continue  # a second word of the same name counts once
        probability = _as_address(utterance.tokens, index, before, known)
        if probability < 0.1:
            continue
        doubt = found.doubt or _badly_heard(transcript, token)
        hit = make_hit(transcript.turns, [token], "name_used", probability * (0.8 if doubt else 1.0), doubt)
        yield hit
        opening = token.turn <= 2 or utterance.turns[0] == token.turn
        if written and opening and _previous(utterance.tokens, index)[:1] and _greets(utterance.tokens, index):
            yield make_hit(transcript.turns, [token], "greet_by_name", probability * (0.8 if doubt else 1.0), doubt)


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
        return NameMatch(word, f"{word.title()!r} is not known as the customer's name" if known.customer else "")
    return None


def _previous(tokens: Sequence[Token], index: int) -> list[str]:
    """Return up to four words before a name, its title left out."""
    at = index
    while at > 0 and tokens[at - 1].norm in TITLES:
        at -= 1
    return [token.norm for token in tokens[max(0, at - 4) : at]]


def _as_address(tokens: Sequence[Token], index: int, before: Utterance | None, known: Known) -> float:
    """Return the probability that the name at `index` addresses the customer."""
    first = index
    while first > 0 and tokens[first - 1].norm in TITLES:
        first -= 1
    titled = first < index
    last = index + 1
    while last < len(tokens) and not tokens[last].opens and _same_kind(tokens[last].norm, known):
        last += 1
    back = " ".join(_previous(tokens, index))
    ahead = " ".join(token.norm for token in tokens[last : last + 4])
    listed = sum(token.norm == PERSON for token in tokens[max(0, index - 3) : index + 4]) > 1
    if _SELF.search(back) or _TO_ASK.search(back) or ahead.startswith(("speaking", "here with", "with the company")):
        return 0.0 if not titled else 0.05
    base = _place(tokens, first, last, back, ahead, before)
    if listed and not titled:
        base = min(base, 0.3)
    if tokens[index].norm == PERSON and not _known_by(tokens[index].turn, known):
        base = min(base, 0.3)
    return max(base, 0.75) if titled and base >= 0.3 else base


def _same_kind(word: str, known: Known) -> bool:
    return word in known.customer


def _known_by(turn: int, known: Known) -> bool:
    return known.beforehand or (known.learnt_at is not None and known.learnt_at <= turn)


def _place(tokens: Sequence[Token], first: int, last: int, back: str, ahead: str, before: Utterance | None) -> float:
    """Return how often a name in such a place is an address: by the words around it and where clauses begin."""
    previous = back.split()[-1] if back else ""
    opens = first == 0 or tokens[first].opens
    ends = last == len(tokens) or tokens[last].opens
    alone = opens and ends and (first == 0 or tokens[first - 1].turn != tokens[first].turn)
    just_given = before is not None and any(token.norm == tokens[last - 1].norm for token in before.tokens[-12:])
    if _CHECKS.match(ahead) or (alone and just_given):
        return 0.08
    if previous in _GREETING or (previous == "there" and "hi" in back):
        return 0.95
    if re.search(r"(?:thank you|thanks|thank you so much|bye|goodbye|sorry|welcome|take care|please)$", back):
        return 0.93
    if previous and not opens and _READS.search(back) and not (previous in _LEAD and ends):
        return 0.1
    return _by_lead(previous, ahead, opens=opens, ends=ends, alone=alone, just_given=just_given, start=first == 0)


def _by_lead(
    previous: str, ahead: str, *, opens: bool, ends: bool, alone: bool, just_given: bool, start: bool
) -> float:
    following = ahead.split()[0] if ahead else ""
    third = (
        following in _THIRD and not ends and not re.match(r"(?:can|will|would|and) (?:you|i|what|how|may|can)", ahead)
    )
    if third and (opens or previous in {"and", "so", "but"}):
        return 0.15
    if previous in _FIRM_LEAD:
        return 0.9
    if previous in _LEAD:
        return 0.6 if just_given and ends else 0.85
    if alone:
        return 0.45
    if opens or start:
        return 0.8
    if ends:
        return 0.8 if len(previous) > 0 else 0.45
    return 0.3


def _sign_offs(transcript: Transcript, spoken: Sequence[Utterance], known: Known, *, cased: bool) -> Iterator[Hit]:
    """Own name and department in the last words of a written message."""
    for utterance in spoken:
        if utterance.role is not Role.AGENT or not utterance.tokens:
            continue
        tail = utterance.tokens[-12:]
        closing = re.search(r"(?<!\w)(?:regards|sincerely|best|wishes|faithfully|truly|cheers|thanks|respectfully)(?!\w)",
                            " ".join(t.norm for t in tail[:-1]))  # fmt: skip
        words = tail[len(" ".join(t.norm for t in tail[:-1])[: closing.end()].split()) :] if closing else ()
        names = [t for t in words if match(t.norm, known.agent) or (could_be_name(t, cased=cased) and t.capital)]
        if names and names[0].norm not in _TRADE:
            yield make_hit(transcript.turns, names[:1], "sign_off", 0.9)
        place = [t for t in words if t.norm in _TRADE or any(t.norm in name.split() for name in known.company)]
        if place:
            yield make_hit(transcript.turns, place, "sign_off_department", 0.9)
