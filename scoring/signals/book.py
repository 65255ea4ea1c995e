"""Reads the phrase book: the words that show a behaviour, with how often they mean it.

Each file in `phrasebook/` has a heading `[behaviour]` and rows `0.95  pattern`, a row `unless pattern` taking back the
row before it when those words stand near. Patterns are regular expressions over words in lower case without
punctuation, apostrophes or fillers ("i'll" is "ill"), so they hold for recognised speech and typed text alike; plain
brackets group and never capture. Probabilities are our own estimates, checked against labelled calls, not learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from scoring.vocabulary import BEHAVIOUR_BY_NAME

FOLDER = Path(__file__).parent / "phrasebook"
FRAGMENTS = {
    "{NUMBER}": r"(\d+|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty|forty|"
    r"twenty four|forty eight|seventy two|couple of|a couple of|a few|few|tagduration)",
    "{UNIT}": r"(business |working |calendar )?(minutes?|hours?|days?|weeks?|months?)",
    "{WEEKDAY}": r"(monday|tuesday|wednesday|thursday|friday|saturday|sunday)",
    "{MINUTE}": r"(a|one|just a|just one|for a|for one|another|couple of?|a couple of?|a few|few|1|2|two) "
    r"(brief |quick |short |little |more )?(moments?|minutes?|mins?|seconds?|secs?|sec|bit|while|second)",
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that show a behaviour with a probability, unless others stand near."""

    behaviour: str
    pattern: re.Pattern[str]
    probability: float
    unless: re.Pattern[str] | None = None

    @property
    def anchored(self) -> bool:
        """Whether the words must begin or end a turn."""
        return "^" in self.pattern.pattern or "$" in self.pattern.pattern


@cache
def phrases() -> tuple[Phrase, ...]:
    """Return the whole book, in the order of its files."""
    return tuple(phrase for path in sorted(FOLDER.glob("*.txt")) for phrase in parse(path.read_text("utf-8")))


def parse(text: str) -> tuple[Phrase, ...]:
    """Return the phrases in the text of one file.

    Raises:
        ValueError: a row is out of place or names no behaviour.
    """
    rows: list[Phrase] = []
    behaviour = ""
    for line in _lines(text):
        if line.startswith("["):
            behaviour = line.strip("[]")
            if behaviour not in BEHAVIOUR_BY_NAME:
                raise ValueError(f"{behaviour!r} is no behaviour")
        elif not behaviour or (line.startswith("unless ") and not rows):
            raise ValueError(f"no row or behaviour to which {line!r} belongs")
        elif line.startswith("unless "):
            rows[-1] = replace(rows[-1], unless=_pattern(line.removeprefix("unless ")))
        else:
            probability, _, pattern = line.partition("  ")
            rows.append(Phrase(behaviour, _pattern(pattern), float(probability)))
    return tuple(rows)


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _pattern(text: str) -> re.Pattern[str]:
    for name, fragment in FRAGMENTS.items():
        text = text.replace(name, fragment)
    grouped = re.sub(r"\((?!\?)", "(?:", text.strip())
    try:
        return re.compile(rf"(?<!\w)(?:{grouped})(?!\w)")
    except re.error as error:
        raise ValueError(f"{text!r}: {error}") from None
