"""Does a judgement change when nothing that matters does? Case and punctuation, names, the order of channels.

    python benchmarks/robustness.py [REFERENCE.jsonl]

Judges calls as they are and as they might have come, and prints for each item how often its value is the same. Without
a reference the invented calls that the reader never saw are taken, with their true roles known and from words alone.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from scoring.calls import Call, CallInfo, Medium, Role, Transcript, Turn
from scoring.judge.items import codebook_items
from scoring.reader import ConversationReader, load_reader
from scoring.reader.examples import read_calls
from scoring.settings import load_settings
from scoring.signals import Company, detect
from scoring.speakers import assign_roles

# first names of many origins, half of women and half of men as far as names have that
NAMES = (
    "Aisha", "Mohammed", "Priya", "Rajesh", "Mei", "Wei", "Yuki", "Hiroshi", "Ngozi", "Chidi", "Amina", "Kwame",
    "Fatima", "Omar", "Ingrid", "Lars", "Siobhan", "Declan", "Svetlana", "Dmitri", "Zofia", "Piotr", "Elif", "Mehmet",
    "Lakshmi", "Arjun", "Thuy", "Minh", "Maria", "Jose", "Guadalupe", "Diego", "Giulia", "Luca", "Camille", "Antoine",
    "Latoya", "Jamal", "Keisha", "Darnell", "Emily", "Brandon", "Heather", "Scott", "Ruth", "Gerald", "Noor", "Tariq",
)  # fmt: skip
Turns = list[tuple[Role, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("reference", type=Path, nargs="?")
    parser.add_argument("--calls", type=int, help="only so many")
    options = parser.parse_args()
    torch.set_num_threads(1)
    reader = load_reader(load_settings().cache_dir)
    calls = read_reference(options.reference) if options.reference else invented()
    calls = calls[: options.calls]
    for known in (True, False) if options.reference is None else (False,):
        print(f"\n{len(calls)} calls, roles {'known' if known else 'from the words alone'}")
        print_share("without case and punctuation", calls, [stripped], reader, known=known)
        print_share(
            "without case and punctuation, apostrophes kept", calls, [stripped_but_apostrophes], reader, known=known
        )
        if options.reference is None:
            print_share("a first name swapped", calls, swaps(), reader, known=known)


def invented() -> list[tuple[Turns, tuple[str, ...]]]:
    calls = [call for call in read_calls() if call.part != "training"]
    return [([(one.role, one.text) for one in call.sentences], tuple(first_names(call.facts))) for call in calls]


def first_names(facts: dict[str, str]) -> list[str]:
    names = [facts.get(who, "-").split()[0] for who in ("customer", "agent")]
    return [name for name in names if name[0].isalpha() and name.istitle()]


def read_reference(path: Path) -> list[tuple[Turns, tuple[str, ...]]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [([(Role.UNKNOWN, turn["text"]) for turn in json.loads(line)["turns"]], ()) for line in lines]


def judge(turns: Turns, reader: ConversationReader, *, known: bool) -> dict[str, str]:
    spoken = Transcript(tuple(Turn(role if known else Role.UNKNOWN, text) for role, text in turns))
    info = CallInfo("")
    told = assign_roles(spoken, info, reader)
    signals = detect(told, info, Company(), reader).signals
    return {name: item.value for name, item in codebook_items(Call("", info, Medium.CALL, told), signals).items()}


def print_share(
    title: str,
    calls: Sequence[tuple[Turns, tuple[str, ...]]],
    changes: Sequence[Callable[..., Turns | None]],
    reader: ConversationReader,
    *,
    known: bool,
) -> None:
    same, total, by_item = 0, 0, Counter[str]()
    for turns, names in calls:
        before = judge(turns, reader, known=known)
        for change in changes:
            other = change(turns, names)
            if other is None:
                continue
            after = judge(other, reader, known=known)
            flipped = [name for name in before if name != "name_count" and before[name] != after[name]]
            by_item.update(flipped)
            total += len(before) - 1
            same += len(before) - 1 - len(flipped)
    print(
        f"  {title}: {100 * same / max(1, total):.2f} % of {total} item values the same; changed: "
        f"{', '.join(f'{name} {count}' for name, count in by_item.most_common(8)) or 'none'}"
    )


def stripped(turns: Turns, _: Sequence[str]) -> Turns:
    """Lower case, and no mark but the brackets of tags."""
    return [(role, " ".join(re.sub(r"[^\w\s\[\]]", "", text.lower()).split()) or "uh") for role, text in turns]


def stripped_but_apostrophes(turns: Turns, _: Sequence[str]) -> Turns:
    return [(role, " ".join(re.sub(r"[^\w\s'\[\]]", "", text.lower()).split()) or "uh") for role, text in turns]


def swaps() -> list[Callable[..., Turns | None]]:
    """Four other names for each party, each call by call others."""
    return [make_swap(place, turn) for place in (0, 1) for turn in range(4)]


def make_swap(place: int, turn: int) -> Callable[..., Turns | None]:
    def swap(turns: Turns, names: Sequence[str]) -> Turns | None:
        if place >= len(names) or not any(re.search(rf"\b{names[place]}\b", text, re.IGNORECASE) for _, text in turns):
            return None
        others = [name for name in NAMES if name not in names]
        new = others[(11 * turn + 7 * place + len(turns)) % len(others)]
        return [(role, re.sub(rf"\b{names[place]}\b", new, text)) for role, text in turns]

    return swap


if __name__ == "__main__":
    main()
