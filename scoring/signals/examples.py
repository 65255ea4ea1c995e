"""Our own labelled sentences: read, given slots their words, and varied as speech varies. Only training uses this."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scoring.calls import Role
from scoring.signals.heads import AGENT_HEADS, CUSTOMER_HEADS, HEADS

FOLDER = Path(__file__).parent / "examples"
TRAINING = ("agent_1.txt", "agent_2.txt", "agent_3.txt", "customer.txt", "customer_2.txt")
HELD_OUT = ("held_out_agent.txt", "held_out_customer.txt")
SHORT = {
    "clarify": "listen_clarify", "para": "listen_paraphrase", "emp": "emp_expressed", "dismiss": "emp_dismissive",
    "next": "close_next", "own": "ownership", "reassure": "reassurance", "blame": "blame", "checked": "said_checked",
    "needed": "emp_needed", "complaint": "complaint",
}  # fmt: skip
SLOTS = {
    "{thing}": ("washing machine", "phone", "laptop", "heater", "vacuum cleaner", "watch", "tablet", "speaker"),
    "{day}": ("monday", "tuesday", "Wednesday", "thursday", "Friday", "saturday morning", "the fifth", "next week"),
}
_LEADS = ("okay", "alright", "uh", "yeah", "okay perfect", "got it", "well", "so um", "all right then", "I see")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with what was said before it, what it shows, and what it may not be used for."""

    role: Role
    before: str
    text: str
    shows: frozenset[str]
    left_out: frozenset[str]
    group: int  # examples made from one line share it, so that folds keep them together


def read(path: Path, first_group: int = 0) -> list[Example]:
    """Read the rows `labels | before | text` of one file.

    Raises:
        ValueError: a row has no three parts, or names no label.
    """
    rows: list[Example] = []
    for line in path.read_text("utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            labels, before, text = (part.strip() for part in line.split(" | "))
            rows.append(_example(labels.split(), before, text, first_group + len(rows)))
    return rows


def _example(labels: list[str], before: str, text: str, group: int) -> Example:
    unknown = [label for label in labels if label.strip("?-") not in {"", *SHORT}]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no label: {text}")
    shows = frozenset(SHORT[label] for label in labels if label in SHORT)
    left_out = frozenset(SHORT[label[1:]] for label in labels if label.startswith("?"))
    customer = bool((shows | left_out) & set(CUSTOMER_HEADS))
    return Example(Role.CUSTOMER if customer else Role.AGENT, before, text, shows, left_out, group)


def read_all(names: tuple[str, ...] = TRAINING, folder: Path = FOLDER) -> list[Example]:
    """Read the files called `names`; rows without a label belong to the party the file is named after."""
    rows: list[Example] = []
    for name in names:
        for row in read(folder / name, first_group=len(rows)) if (folder / name).exists() else []:
            role = Role.CUSTOMER if "customer" in name else row.role
            rows.append(Example(role, row.before, row.text, row.shows, row.left_out, row.group))
    return rows


def pick(*key: object, among: int) -> int:
    """Return a number under `among` that depends on `key` alone."""
    return int.from_bytes(hashlib.sha256(repr(key).encode()).digest()[:4], "big") % among


def filled(example: Example) -> Iterator[Example]:
    """Yield the example with its slots filled, in two ways where it has slots."""
    has = any(slot in example.text + example.before for slot in SLOTS)
    for turn in range(2 if has else 1):
        before, text = example.before, example.text
        for slot, words in SLOTS.items():
            word = words[(pick(example.group, slot, among=len(words)) + 3 * turn) % len(words)]
            before, text = before.replace(slot, word), text.replace(slot, word)
        yield Example(example.role, before, text, example.shows, example.left_out, example.group)


def varied(rows: list[Example]) -> list[Example]:
    """Return each example as it is, without context, with a lead-in, and joined to a neutral sentence."""
    made = [full for row in rows for full in filled(row)]
    out = list(made)
    for row in made:
        neutral = [other for other in made if other.role is row.role and not other.shows and not other.left_out]
        other = neutral[pick("join", row.text, among=len(neutral))]
        lead = _LEADS[pick("lead", row.text, among=len(_LEADS))]
        joined = f"{other.text} {row.text}" if pick("side", row.text, among=2) else f"{row.text} {other.text}"
        for before, text in (("", row.text), (row.before, f"{lead} {row.text}"), (row.before, joined)):
            out.append(Example(row.role, before, text, row.shows, row.left_out, row.group))
    return out


def applies(example: Example, behaviour: str) -> bool:
    """Return whether the example may train or test the head of `behaviour`."""
    by_agent = behaviour in AGENT_HEADS
    return (example.role is Role.AGENT) == by_agent and behaviour not in example.left_out and behaviour in HEADS
