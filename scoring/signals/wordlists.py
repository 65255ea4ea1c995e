"""Lists of words that rules know, kept in `words.txt`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "words.txt"


@cache
def _lists() -> dict[str, frozenset[str]]:
    made: dict[str, frozenset[str]] = {}
    name = ""
    for line in FILE.read_text("utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            made[name] = frozenset()
        elif line.strip() and not line.startswith("#"):
            made[name] |= frozenset(line.split())
    return made


def word_set(name: str) -> frozenset[str]:
    """Return the list called `name`. Raises KeyError when there is none."""
    return _lists()[name]
