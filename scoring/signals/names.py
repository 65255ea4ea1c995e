"""Names that are known in a call, and whether a word is one of them, misheard or not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from scoring.calls import CallInfo, Role, Transcript
from scoring.firstnames import is_first_name, is_only_name
from scoring.signals.text import PERSON, Token, Utterance, norm, tokenize
from scoring.signals.wordlists import word_set

ALIKE = 0.80  # share of letters two spellings of one heard name must have in common (Jaro-Winkler, 0..1)
TITLES = frozenset({"mr", "mrs", "ms", "miss", "mister", "missus", "dr", "doctor", "mx", "madam", "professor"})
# words that stand where a name could stand and are none
NOT_NAMES = word_set("not_names")
_PAUSES = {"agent", "customer", "caller", "client", "system", "user", "bot", "speaker", "ch", "unknown", "support"}
_WORD = re.compile(r"[^\W\d_]{2,}")  # a single letter is an initial, or stands for a party


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A word taken for a known name. `doubt` says why it may not be; `nobodys` that nobody gave it in the call."""

    known: str
    doubt: str = ""
    nobodys: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """Names of one call, each word in lower case: the customer's, the agents', the company's."""

    customer: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()
    company: tuple[str, ...] = ()  # whole names, as compared
    learnt_at: int | None = (
        None  # the turn in which the customer's name was first said; None: known beforehand or never
    )
    beforehand: bool = False  # the customer's name stands in the manifest or beside the chat


@cache
def _sound(word: str) -> str:
    import jellyfish

    return str(jellyfish.metaphone(word))


@cache
def _likeness(a: str, b: str) -> float:
    from rapidfuzz.distance import JaroWinkler

    return float(JaroWinkler.similarity(a, b))


def match(word: str, known: Iterable[str]) -> NameMatch | None:
    """Return the known name that `word` is or was misheard from; both in lower case."""
    names = tuple(known)
    if word in names:
        return NameMatch(word)
    if word in NOT_NAMES or word in TITLES or len(word) < 3:
        return None
    if word.endswith("s") and word[:-1] in names:
        return None  # a possessive, not an address
    alike = [(_likeness(word, name), name) for name in names if len(name) >= 3 and _misheard(word, name)]
    return NameMatch(max(alike)[1], f"heard {word.title()!r} for {max(alike)[1].title()}") if alike else None


def _misheard(word: str, name: str) -> bool:
    likeness = _likeness(word, name)
    if _sound(word) == _sound(name):
        return likeness >= ALIKE - 0.1
    return word[0] == name[0] and likeness >= ALIKE + 0.1 and abs(len(word) - len(name)) <= 2


def could_be_name(token: Token, *, cased: bool) -> bool:
    """Return whether a word may be somebody's name; where text has capitals, a name has one."""
    if token.norm == PERSON:
        return True
    if token.norm.startswith("tag") or token.norm in NOT_NAMES or token.norm in TITLES or not token.norm.isalpha():
        return False
    return len(token.norm) >= 2 and (token.capital or not cased)


def is_cased(transcript: Transcript) -> bool:
    """Return whether capitals mean something in this text."""
    text = " ".join(turn.text for turn in transcript.turns)
    return any(a.islower() for a in text) and len(re.findall(r"\b[A-Z]", text)) >= 2


_INTRO = re.compile(
    r"(?<!\w)(?:my (?:full |first |last )?names?(?: is)?|names|the name is|this is|it is|its|i am|im|call me|"
    r"speaking (?:to|with)|youre (?:speaking|talking|chatting) (?:to|with)|you are (?:speaking|talking|"
    r"chatting) (?:to|with)|"
    r"you(?:ve| have) reached|last name(?: is)?|first name(?: is)?|full name(?: is)?)(?: mr| mrs| ms|"
    r" miss| dr| doctor)? "
)
_STRONG_INTRO = re.compile(r"name|call me")
_ASKS_NAME = re.compile(
    r"(?:your|the|first|last|full|a) (?:(?:first|last|full|and) )*name|who (?:am i|im i|do i have) |"
    r"(?:spell|have|get|your) (?:that|it|your) name|whom am i"
)  # fmt: skip
_ASKS_FOR = re.compile(
    r"(?<!\w)(?:am i speaking (?:to|with)|is this|(?:may|can|could) i (?:please )?(?:speak|talk) (?:to|with)|"
    r"(?:trying to reach|looking for|calling for)|speaking (?:to|with))(?: mr| mrs| ms| miss| dr)? "
)


def introduced(utterance: Utterance, *, cased: bool) -> list[tuple[int, int]]:
    """Return the words [first, last) where the speaker may give their own name ("this is …", "… speaking")."""
    return _after(utterance, _INTRO, cased=cased) + _before_speaking(utterance, cased=cased)


def _after(utterance: Utterance, pattern: re.Pattern[str], *, cased: bool) -> list[tuple[int, int]]:
    found = []
    for frame in pattern.finditer(utterance.norm):
        _, first = utterance.span(*frame.span())
        last = _name_end(utterance.tokens, first, cased=cased)
        firm = _STRONG_INTRO.search(frame.group()) or frame.group().startswith(("this is", "you"))
        weak = frame.group().strip() in {"im", "i am", "its", "it is"}
        if last > first and (firm or not weak or _weak_ok(utterance.tokens, first, last, cased=cased)):
            found.append((first, last))
    return found


def _weak_ok(tokens: Sequence[Token], first: int, last: int, *, cased: bool) -> bool:
    after = tokens[last].norm if last < len(tokens) else ""
    tagged = tokens[first].norm == PERSON
    return cased or tagged or after in {"from", "with", "at", "and", "here", "speaking", "calling"}


def _name_end(tokens: Sequence[Token], first: int, *, cased: bool) -> int:
    last = first
    while last < len(tokens) and last < first + 3 and could_be_name(tokens[last], cased=cased):
        if last > first and tokens[last].opens:
            break
        last += 1
    return last if cased or last - first < 3 else first + 2


def _before_speaking(utterance: Utterance, *, cased: bool) -> list[tuple[int, int]]:
    tokens = utterance.tokens
    return [
        (i - 1, i)
        for i in range(1, len(tokens))
        if tokens[i].norm in {"speaking", "here"} and not tokens[i].opens and could_be_name(tokens[i - 1], cased=cased)
        and not (i >= 2 and tokens[i - 2].norm in {"is", "was", "not"} and tokens[i].norm == "here")
    ]  # fmt: skip


def learn(transcript: Transcript, info: CallInfo, spoken: Sequence[Utterance], company: Sequence[str]) -> Known:
    """Collect the names of a call: from the manifest, from chat names, and from what is said."""
    cased = is_cased(transcript)
    listed = _words(info.customer_name)
    for turn in transcript.turns:
        if turn.role is Role.CUSTOMER and not (_PAUSES & set(re.findall(r"[a-z]+", (turn.speaker or "").lower()))):
            listed += [word for word in _words(turn.speaker) if word not in listed]
    said, at = _said_by_customer(spoken, cased=cased)
    agents = _words(info.agent_name) + [
        utterance.tokens[i].norm
        for utterance in spoken
        if utterance.role is Role.AGENT
        for first, last in introduced(utterance, cased=cased)
        for i in range(first, last)
    ]
    said = [word for word in said if word not in listed]
    return Known(
        tuple(dict.fromkeys(listed + said)), tuple(dict.fromkeys(agents)), tuple(filter(None, map(norm, company))),
        at, bool(listed),
    )  # fmt: skip


def _words(name: str | None) -> list[str]:
    return [token.norm for token in tokenize(name or "") if token.norm not in TITLES and _WORD.fullmatch(token.norm)]


def _said_by_customer(spoken: Sequence[Utterance], *, cased: bool) -> tuple[list[str], int | None]:
    names: list[str] = []
    at: int | None = None
    asked = False
    for utterance in spoken:
        found: list[tuple[int, int]] = []
        if utterance.role is Role.AGENT:
            found = _after(utterance, _ASKS_FOR, cased=cased)
        elif utterance.role is Role.CUSTOMER:
            found = introduced(utterance, cased=cased) + _alone(utterance, cased=cased)
            found += _answer(utterance, cased=cased) if asked else []
        for first, last in found:
            names += [token.norm for token in utterance.tokens[first:last]]
            at = utterance.tokens[first].turn if at is None else at
        if utterance.role is Role.AGENT:
            asked = _ASKS_NAME.search(utterance.norm) is not None
            if asked and at is None and any(token.norm == PERSON for token in utterance.tokens):
                at = utterance.turns[-1]
    return names, at


def _alone(utterance: Utterance, *, cased: bool) -> list[tuple[int, int]]:
    """Sentences that are nothing but a first name and perhaps a last one: the question before them went unheard."""
    tokens = utterance.tokens
    begins = [*(i for i, token in enumerate(tokens) if token.begins), len(tokens)]
    return [
        (first, last)
        for first, last in pairwise(begins)
        if last - first <= 3
        and is_only_name(tokens[first].norm)
        and all(could_be_name(token, cased=cased) for token in tokens[first:last])
    ]


def _answer(utterance: Utterance, *, cased: bool) -> list[tuple[int, int]]:
    tokens = utterance.tokens
    first = 0
    while first < len(tokens) and first < 6 and not could_be_name(tokens[first], cased=cased):
        first += 1
    last = _name_end(tokens, first, cased=cased)
    listed = len(tokens) <= 8 and any(is_first_name(token.norm) for token in tokens[first:last])
    tagged = any(token.norm == PERSON for token in tokens[first:last])
    return [(first, last)] if last > first and (cased or tagged or listed or len(tokens) <= 3) else []
