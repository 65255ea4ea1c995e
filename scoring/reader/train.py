"""Makes the adapter: `python -m scoring.reader.train ENCODER_FOLDER [--public FOLDER]`.

It takes a quarter of an hour on two cores.

It learns from our own calls and sentences (see `examples.py`), and who speaks also from spoken public dialogues, whose
licence allows it: PriMock57 (CC BY 4.0), a file `primock57.jsonl.xz` of one JSON object an utterance (`dialogue_id`,
`speaker`, `text`).
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import torch

from scoring.calls import Role
from scoring.reader.adapt import adaptable, learnt, loss
from scoring.reader.disturb import disturbed
from scoring.reader.examples import Example, Sentence, read_calls, read_sentences
from scoring.reader.labels import LABELS, ROLES
from scoring.reader.network import Network, batch, load_encoder
from scoring.reader.reading import ADAPTER
from scoring.reader.tokens import WINDOW, Tokenizer, Window, fill, numbers

SEED = 20
EPOCHS = 10
RATE = 8e-4
BATCH = 4  # windows
WARM_UP = 50  # steps
PUBLIC_SHARE = 0.8  # of the public dialogues, others every epoch
ROLES_UNKNOWN, ROLES_KNOWN = 0.6, 0.3  # of the windows; in the rest some are known


@dataclass(frozen=True, slots=True)
class Lesson:
    """One window with what is true of its sentences."""

    window: Window
    count: int  # sentences in the whole conversation
    sentences: tuple[Sentence, ...]  # those in the window
    roles_told: tuple[bool, ...]  # whether the model was given the role


def main() -> None:
    """Train, and save the adapter."""
    from safetensors.torch import save_file
    from transformers import AutoTokenizer

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("encoder", type=Path, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--public", type=Path, help="folder with primock57.jsonl.xz")
    parser.add_argument("--out", type=Path, default=ADAPTER)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    tokenizer = AutoTokenizer.from_pretrained(str(options.encoder), local_files_only=True)
    own = [call for call in [*read_calls(), *read_sentences()] if call.part == "training"]
    public = read_public(options.public) if options.public else []
    network = train(adaptable(load_encoder(options.encoder), SEED), tokenizer, own, public, options.epochs)
    options.out.parent.mkdir(exist_ok=True)
    save_file(learnt(network), options.out)
    options.out.chmod(0o644)


def train(
    network: Network, tokenizer: Tokenizer, own: Sequence[Example], public: Sequence[Example], epochs: int
) -> Network:
    """Let the network learn; the order of everything follows from SEED."""
    draw = random.Random(SEED)
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=RATE, weight_decay=0.01)
    step, steps, began = 0, 0, time.monotonic()
    for epoch in range(epochs):
        network.train()
        picked = draw.sample(public, round(PUBLIC_SHARE * len(public)))
        batches = in_batches(lessons([*own, *picked], tokenizer, draw), draw)
        steps = steps or len(batches) * epochs
        total = 0.0
        for each in batches:
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1.0, step / WARM_UP) * max(0.03, 1 - step / steps)
            total += learn(network, each, optimiser, learning)
            step += 1
        print(f"epoch {epoch + 1}: loss {total / len(batches):.3f}, {time.monotonic() - began:.0f} s", flush=True)
    return network


def learn(
    network: Network,
    each: Sequence[Lesson],
    optimiser: torch.optim.Optimizer,
    learning: Sequence[torch.nn.Parameter],
) -> float:
    """One step; returns the loss."""
    tensors = [torch.cat(parts) for parts in zip(*_padded(each), strict=True)]
    with torch.autocast("cpu", torch.bfloat16):
        vectors, role, shows = network(*tensors)
    found = loss(role.float(), shows.float(), *targets(each, vectors.shape[1]))
    if not found.requires_grad:
        return 0.0
    optimiser.zero_grad()
    found.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(learning, 1.0)
    optimiser.step()
    return float(found.detach())


def _padded(each: Sequence[Lesson]) -> list[tuple[torch.Tensor, ...]]:
    """The windows of several conversations, as tensors of the same size."""
    made = [batch([lesson.window], lesson.count) for lesson in each]
    tokens, inside = max(one[0].shape[1] for one in made), max(one[2].shape[1] for one in made)
    pad = torch.nn.functional.pad
    return [
        (
            pad(ids, (0, tokens - ids.shape[1])),
            pad(mask, (0, tokens - mask.shape[1])),
            pad(means, (0, tokens - means.shape[2], 0, inside - means.shape[1])),
            pad(places, (0, 0, 0, inside - places.shape[1])),
        )
        for ids, mask, means, places in made
    ]


def targets(each: Sequence[Lesson], inside: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Who spoke, what is shown, and where that is known; see `adapt.loss`."""
    said_by = torch.full((len(each), inside), -1)
    shown, judged = torch.zeros(2, len(each), inside, len(LABELS))
    for row, lesson in enumerate(each):
        for at, (sentence, told) in enumerate(zip(lesson.sentences, lesson.roles_told, strict=True)):
            if not told:
                said_by[row, at] = ROLES.index(sentence.role)
            shown[row, at] = torch.tensor([float(label in sentence.shows) for label in LABELS])
            judged[row, at] = torch.tensor([float(label in sentence.judged) for label in LABELS])
    return said_by, shown, judged


def lessons(examples: Sequence[Example], tokenizer: Tokenizer, draw: random.Random) -> Iterator[Lesson]:
    """Cut every conversation into windows, each time a little otherwise."""
    for example in examples:
        said = list(example.sentences)
        said = disturbed(said, draw) if len(said) > 2 else said
        read = [numbers(one.text, tokenizer) for one in said]
        told = _told(len(said), draw) if len(said) > 2 else [True] * len(said)
        roles = [one.role if known else Role.UNKNOWN for one, known in zip(said, told, strict=True)]
        first = 0
        while first < len(said):
            size = WINDOW if first else draw.randint(WINDOW // 2, WINDOW)
            window = fill(read, roles, first, size)
            inside = window.pieces
            yield Lesson(window, len(said), tuple(said[at] for at in inside), tuple(told[at] for at in inside))
            first = inside[-1] + 1


def _told(count: int, draw: random.Random) -> list[bool]:
    kind = draw.random()
    if kind < ROLES_UNKNOWN:
        return [False] * count
    return [kind < ROLES_UNKNOWN + ROLES_KNOWN or draw.random() < 0.5 for _ in range(count)]


def in_batches(each: Iterator[Lesson], draw: random.Random) -> list[list[Lesson]]:
    """Windows of like length together, in any order."""
    mixed = list(each)
    draw.shuffle(mixed)
    mixed.sort(key=lambda lesson: len(lesson.window.ids) // 32)
    made = [mixed[at : at + BATCH] for at in range(0, len(mixed), BATCH)]
    draw.shuffle(made)
    return made


def read_public(folder: Path) -> list[Example]:
    """Public dialogues, for who speaks alone: nothing else is judged in them."""
    return [
        Example(f"{one.name} {at}", one.sentences[at : at + 60])
        for one in _dialogues(folder / "primock57.jsonl.xz")
        for at in range(0, len(one.sentences), 60)
    ]


def _dialogues(path: Path) -> list[Example]:
    roles = {"agent": Role.AGENT, "customer": Role.CUSTOMER}
    made = []
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        rows = (json.loads(line) for line in lines)
        for name, group in groupby(rows, key=lambda row: str(row["dialogue_id"])):
            said = [
                Sentence(roles[row["speaker"]], text, speaker=row["speaker"])
                for row in group
                if row["speaker"] in roles and (text := re.sub(r"<[^>]*>", "", row["text"]).strip())
            ]
            if len(said) > 2:
                made.append(Example(name, tuple(said)))
    return made


if __name__ == "__main__":
    main()
