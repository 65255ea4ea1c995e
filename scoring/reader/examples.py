"""Our own labelled calls and sentences, which the reader learns from. Only training and its tests use this.

A file under `calls/` holds several invented calls. A call begins with `== its name`, then come facts (`type: normal`,
`direction: inbound`, …), then one line a sentence: role (A, A2 for a second agent, C, C2, S for recorded prompts),
what it shows, a colon and the words. A file under `sentences/` holds rows `labels | what was said before | words`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scoring.calls import Role
from scoring.reader.labels import AGENT_SHOWS, CUSTOMER_SHOWS

CALLS = Path(__file__).parent / "calls"
SENTENCES = Path(__file__).parent / "sentences"
PARTS = 12  # of which one is kept for the test and one for calibration
FACTS = ("type", "direction", "outcome", "name_known", "customer", "agent", "company")
_ROLES = {"A": Role.AGENT, "C": Role.CUSTOMER, "S": Role.SYSTEM}
_CAN_SHOW = {
    Role.AGENT: frozenset(AGENT_SHOWS),
    Role.CUSTOMER: frozenset((*CUSTOMER_SHOWS, "listen_acknowledge", "readback", "third_person")),
}
_LINE = re.compile(r"(A2|A|C2|C|S)( [a-z_,]+)?: ?(.*)$")
_FACT = re.compile(r"([a-z_]+): (.*)$")
_SHORT = {
    "clarify": "listen_clarify", "para": "listen_paraphrase", "emp": "emp_expressed", "dismiss": "emp_dismissive",
    "next": "close_next", "own": "ownership", "reassure": "reassurance", "blame": "blame", "checked": "said_checked",
    "needed": "emp_needed", "complaint": "complaint",
}  # fmt: skip
_SLOTS = {
    "{thing}": ("washing machine", "phone", "laptop", "heater", "vacuum cleaner", "watch", "tablet", "speaker"),
    "{day}": ("monday", "tuesday", "Wednesday", "thursday", "Friday", "saturday morning", "the fifth", "next week"),
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, who says it and what it shows; `judged` are the labels it may be trained and tested on."""

    role: Role
    text: str
    shows: frozenset[str] = frozenset()
    judged: frozenset[str] = frozenset()
    speaker: str = ""  # A, A2, C, C2 or S


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation, or a sentence with the one before it."""

    name: str
    sentences: tuple[Sentence, ...]
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def part(self) -> str:
        """What it is used for: "test", "calibration" or "training"; it depends on the name alone."""
        return {0: "test", 1: "calibration"}.get(pick(self.name, among=PARTS), "training")


def pick(*key: object, among: int) -> int:
    """Return a number under `among` that depends on `key` alone."""
    return int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:4], "big") % among


def read_calls(folder: Path = CALLS) -> list[Example]:
    """Read the invented calls.

    Raises:
        ValueError: a line is neither fact nor sentence, or a label is none of that party's; it names file and line.
    """
    return [call for path in sorted(folder.glob("*.txt")) for call in _calls_of(path)]


def _calls_of(path: Path) -> Iterator[Example]:
    name, facts, said = "", dict[str, str](), list[Sentence]()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if line.startswith("== ") and line[3:].strip():
            if name:
                yield Example(name, tuple(said), facts)
            name, facts, said = line[3:].strip(), {}, []
        elif line.strip() and not name:
            raise ValueError(f"{path.name}:{number}: no call has begun here: {line[:60]!r}")
        elif found := _LINE.match(line):
            said.append(_sentence(*found.groups(), where=f"{path.name}:{number}"))
        elif (found := _FACT.match(line)) and found[1] in FACTS:
            facts[found[1]] = found[2].strip()
        elif line.strip():
            raise ValueError(f"{path.name}:{number}: neither a fact nor a sentence: {line[:60]!r}")
    if name:
        yield Example(name, tuple(said), facts)


def _sentence(speaker: str, labels: str | None, text: str, *, where: str) -> Sentence:
    role = _ROLES[speaker[0]]
    shows = frozenset((labels or "").strip().split(",")) - {""}
    if role is Role.AGENT and "listen_repeat_forced" in shows:  # a forced repetition has two sides
        shows = shows - {"listen_repeat_forced"} | {"asks_again"}
    wrong = shows - _CAN_SHOW.get(role, frozenset())
    if wrong or not text.strip():
        raise ValueError(f"{where}: {min(wrong)!r} is nothing a {role} shows" if wrong else f"{where}: no words")
    judged = {Role.AGENT: frozenset(AGENT_SHOWS) - {"said_checked"}, Role.CUSTOMER: frozenset(CUSTOMER_SHOWS)}
    may = judged.get(role, frozenset[str]())
    return Sentence(role, text.strip(), shows & may, may, speaker)


def read_sentences(folder: Path = SENTENCES) -> list[Example]:
    """Read the labelled sentences; a row is judged only by the labels such rows can have.

    Raises:
        ValueError: a row has no three parts, or a label is none of that party's; it names file and line.
    """
    made = []
    for path in sorted(folder.glob("*.txt")):
        role = Role.CUSTOMER if "customer" in path.name else Role.AGENT
        lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
        rows = [(at, line) for at, line in lines if line.strip() and not line.startswith("#")]
        for number, (at, line) in enumerate(rows):
            parts = [part.strip() for part in line.split(" | ")]
            if len(parts) != 3 or not parts[2]:
                raise ValueError(f"{path.name}:{at}: not `labels | before | words`: {line[:60]!r}")
            made.append(_row(f"{path.stem} {number}", role, parts, where=f"{path.name}:{at}"))
    return made


def _row(name: str, role: Role, parts: list[str], *, where: str) -> Example:
    labels, before, text = parts[0].split(), *parts[1:]
    own = AGENT_SHOWS if role is Role.AGENT else CUSTOMER_SHOWS
    wrong = [label for label in labels if label != "-" and _SHORT.get(label.removeprefix("?")) not in own]
    if wrong:
        raise ValueError(f"{where}: {wrong[0]!r} is nothing a {role} shows")
    left_out = {_SHORT[label[1:]] for label in labels if label.startswith("?")}
    judged = frozenset(each for each in _SHORT.values() if each in own) - left_out
    shows = frozenset(_SHORT[label] for label in labels if label in _SHORT) & judged
    for slot, words in _SLOTS.items():
        word = words[pick(name, slot, among=len(words))]
        before, text = before.replace(slot, word), text.replace(slot, word)
    other = Role.CUSTOMER if role is Role.AGENT else Role.AGENT
    first = (Sentence(other, before),) if before else ()
    return Example(name, (*first, Sentence(role, text, shows, judged)))
