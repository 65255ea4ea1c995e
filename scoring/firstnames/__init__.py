"""First names from all over the world, as the lists of Faker have them, and which of them are ordinary words too."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

ALSO_WORDS = Path(__file__).parent / "also_words.txt"
_LETTERS = re.compile(r"[a-z]{2,}")


def is_first_name(word: str) -> bool:
    """Return whether a word, in lower case, is a first name somewhere, whatever else it may mean."""
    return word in _first_names()


def is_only_name(word: str) -> bool:
    """Return whether a word, in lower case, is a first name and hardly ever another word ("grace", "mark")."""
    return word in _only_names()


def fingerprint() -> str:
    """What the answers depend on: Faker's version and the list of ordinary words, by sha256."""
    return f"faker {version('faker')} {hashlib.sha256(ALSO_WORDS.read_bytes()).hexdigest()[:16]}"


@cache
def _first_names() -> frozenset[str]:
    """Names of every language of Faker's that are written in Latin letters, without accents, a double one in parts."""
    return frozenset(part for name in _listed() for part in _LETTERS.findall(_plain(name)))


@cache
def _only_names() -> frozenset[str]:
    lines = ALSO_WORDS.read_text("utf-8").splitlines()
    return _first_names() - {word for line in lines if not line.startswith("#") for word in line.split()}


def _listed() -> Iterator[str]:
    from faker.providers import person

    for module in pkgutil.iter_modules(person.__path__):
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            names = getattr(provider, attribute) if attribute.startswith("first_") else None
            if isinstance(names, tuple | list | dict):  # a dict tells how common each is
                yield from (name for name in names if isinstance(name, str))


def _plain(name: str) -> str:
    """A name in lower case without accents; nothing of one in other letters than Latin ones."""
    letters = unicodedata.normalize("NFKD", name.lower())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return bare if bare.isascii() else ""
