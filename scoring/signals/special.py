"""Behaviours that need more than a phrase: card numbers, and dates that are no next step."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scoring.calls import Role, Transcript
from scoring.signals.phrases import make_hit
from scoring.signals.text import Token, Utterance
from scoring.signals.types import Hit

SHORTEST_CARD, LONGEST_CARD = 13, 19  # digits, ISO/IEC 7812
_DIGITS = {
    "zero": "0", "oh": "0", "o": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_CARD_WORDS = re.compile(
    r"(?<!\w)(?:card|visa|mastercard|master card|amex|credit|debit|expir\w+|cvv|security code)(?!\w)"
)


def card_numbers(transcript: Transcript, spoken: Sequence[Utterance]) -> list[Hit]:
    """Return where a full card number is read out: 13 to 19 digits in a row, surer with a right check digit."""
    hits = []
    talked_of_card = False
    for utterance in spoken:
        talked_of_card = talked_of_card or _CARD_WORDS.search(utterance.norm) is not None
        if utterance.role in (Role.CUSTOMER, Role.UNKNOWN):
            for tokens, digits in _runs(utterance.tokens):
                if SHORTEST_CARD <= len(digits) <= LONGEST_CARD:
                    sure = 0.95 if luhn(digits) else 0.75 if talked_of_card else 0.3
                    hits.append(make_hit(transcript.turns, tokens, "card_data", sure))
            tagged = [
                t for t in utterance.tokens if t.norm in ("tagcreditcard", "tagcreditcardnumber", "tagcardnumber")
            ]
            if tagged:
                hits.append(make_hit(transcript.turns, tagged[:1], "card_data", 0.9))
    return hits


def _runs(tokens: Sequence[Token]) -> list[tuple[list[Token], str]]:
    runs: list[tuple[list[Token], str]] = [([], "")]
    for token in tokens:
        digits = token.norm if token.norm.isdecimal() else _DIGITS.get(token.norm, "")
        if digits:
            runs[-1] = ([*runs[-1][0], token], runs[-1][1] + digits)
        elif runs[-1][0]:
            runs.append(([], ""))
    return [run for run in runs if run[0]]


def luhn(digits: str) -> bool:
    """Return whether the check digit is right (ISO/IEC 7812-1, Luhn's formula)."""
    doubled = [int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
