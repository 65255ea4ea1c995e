"""Telling "Mira: hello" from "Mind you: hello"."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from scoring.calls import Role
from scoring.texts.labels import LABEL_WORDS, role_of

_LABEL = re.compile(r"([^\W_](?:[^:\n\[\]]{0,58}[^\s:\[\]])?)\s*:(?:\s+|$)(.*)", re.DOTALL)
# headings of notes and letters; nobody is called that
_NEVER_WORDS = (
    "agenda attachment bcc call case cc chat conversation date direction duration ended file from id language length"
    " medium note notes order p.s ps queue re recording reference status subject started summary ticket time title to"
    " topic transcript update warning"
)
_NEVER = frozenset(_NEVER_WORDS.split())


def label_of(line: str) -> tuple[str, str] | None:
    """Split "label: text"; None when the line does not begin with what could name a speaker."""
    found = _LABEL.fullmatch(line.strip())
    if found is None:
        return None
    label, text = found[1].strip(), found[2].strip()
    words = label.split()
    if len(words) > LABEL_WORDS or words[0].casefold().strip(".") in _NEVER:
        return None
    if role_of(label) is Role.UNKNOWN and not _like_a_name(words):
        return None
    return label, text


def _like_a_name(words: list[str]) -> bool:
    """Capital letters or numbers throughout, or one word that may be a chat name."""
    return len(words) == 1 or all(not word[:1].isalpha() or not word[:1].islower() for word in words)


def speakers_among(labels: Sequence[str], *, whole: bool, certain: Sequence[str] = ()) -> frozenset[str]:
    """Return which of the labels found in a text, one for each place, are speakers.

    A label that says its role is one, so is one that comes back, so are `certain` ones. All are when every line has one
    (`whole`), or when otherwise nobody would be left to talk to.
    """
    counted = Counter(labels)
    sure = {label for label, count in counted.items() if count > 1 or role_of(label) is not Role.UNKNOWN}
    sure.update(certain)
    return frozenset(counted) | sure if whole or len(sure) < 2 else frozenset(sure)
