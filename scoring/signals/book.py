"""Reads the phrase book: the words that show a behaviour, with how often they mean it.

Each file in `phrasebook/` has a heading `[behaviour]` and rows `0.95  pattern`, a row `unless pattern` taking back the
row before it when those words stand near. Patterns are regular expressions over words in lower case without
punctuation, apostrophes or fillers ("i'll" is "ill"), so they hold for recognised speech and typed text alike; plain
brackets group and never capture. Probabilities are our own estimates, checked against labelled calls, not learnt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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
    """Return the whole book, in the order of its files.

    Raises:
        ValueError: a row is faulty; the message begins with its file and line.
    """
    files = sorted(FOLDER.glob("*.txt"))
    return tuple(phrase for path in files for phrase in parse(path.read_text("utf-8"), path.name))


def parse(text: str, source: str = "phrase book") -> tuple[Phrase, ...]:
    """Return the phrases in the text of one file, called `source` in messages.

    Raises:
        ValueError: a row is out of place, names no behaviour, or has no probability or pattern.
    """
    rows: list[Phrase] = []
    behaviour = ""
    for number, line in _lines(text):
        try:
            if line.startswith("["):
                behaviour = _heading(line)
            elif not behaviour:
                raise ValueError(f"no behaviour to which {line!r} belongs")
            elif line.startswith("unless "):
                rows[-1:] = [_taken_back(rows[-1:], behaviour, line)]
            else:
                rows.append(_row(behaviour, line))
        except ValueError as error:
            raise ValueError(f"{source}:{number}: {error}") from None
    return tuple(rows)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    lines = enumerate(text.splitlines(), start=1)
    return ((number, line.strip()) for number, line in lines if line.strip() and not line.startswith("#"))


def _heading(line: str) -> str:
    behaviour = line.strip("[]")
    if behaviour not in BEHAVIOUR_BY_NAME:
        raise ValueError(f"{behaviour!r} is no behaviour")
    return behaviour


def _row(behaviour: str, line: str) -> Phrase:
    probability, _, pattern = line.partition("  ")
    if not 0.0 < float(probability) < 1.0:
        raise ValueError(f"{probability} is no probability between 0 and 1")
    if not pattern.strip():
        raise ValueError(f"no pattern after {probability}")
    return Phrase(behaviour, _pattern(pattern), float(probability))


def _taken_back(last: Sequence[Phrase], behaviour: str, line: str) -> Phrase:
    if not last or last[0].behaviour != behaviour:
        raise ValueError(f"no row to which {line!r} belongs")
    return replace(last[0], unless=_pattern(line.removeprefix("unless ")))


def _pattern(text: str) -> re.Pattern[str]:
    for name, fragment in FRAGMENTS.items():
        text = text.replace(name, fragment)
    grouped = re.sub(r"\((?!\?)", "(?:", text.strip())
    try:
        return re.compile(rf"(?<!\w)(?:{grouped})(?!\w)")
    except re.error as error:
        raise ValueError(f"{text!r}: {error}") from None
