"""A reader small enough for tests: two layers of chance weights, and a word list that is computed."""

from __future__ import annotations

import re
import zlib
from typing import Any

import torch

from scoring.calls import Role
from scoring.reader.examples import Example, Sentence
from scoring.reader.labels import AGENT_SHOWS, CUSTOMER_SHOWS
from scoring.reader.network import DIMENSIONS, Network
from scoring.reader.reading import MiniLmReader

torch.set_num_threads(1)  # sums over more threads are not the same on every run
WORDS_KNOWN = 2000


class WordTokenizer:
    """One number a word or mark, the same for the same letters; case is kept apart, for it must never arrive here."""

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        assert not add_special_tokens
        words = re.findall(r"\w+|[^\w\s]", text)
        return {"input_ids": [1001 + zlib.crc32(word.encode()) % (WORDS_KNOWN - 1001) for word in words]}


def tiny_encoder(layers: int = 2, seed: int = 5) -> Any:
    """A BERT of chance weights, as wide as the real one so that everything else fits."""
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=WORDS_KNOWN,
        hidden_size=DIMENSIONS,
        num_hidden_layers=layers,
        num_attention_heads=12,
        intermediate_size=64,
    )
    return BertModel(config).eval()


def tiny_network(seed: int = 5) -> Network:
    """A network in use, none of whose layers is zero."""
    network = Network(tiny_encoder(seed=seed)).eval()
    with torch.no_grad():
        network.marks.copy_(torch.randn(network.marks.shape) * 0.1)
    return network


def tiny_reader(seed: int = 5) -> MiniLmReader:
    return MiniLmReader(tiny_network(seed), WordTokenizer(), "tiny")


def call_of(name: str, *lines: str) -> Example:
    """Make a call of lines such as "A hold,transfer: one moment"; everything is judged that the party can show."""
    said = []
    for line in lines:
        head, _, text = line.partition(": ")
        speaker, _, labels = head.partition(" ")
        role = {"A": Role.AGENT, "C": Role.CUSTOMER, "S": Role.SYSTEM}[speaker[0]]
        judged = {Role.AGENT: frozenset(AGENT_SHOWS), Role.CUSTOMER: frozenset(CUSTOMER_SHOWS)}.get(role, frozenset())
        said.append(Sentence(role, text, frozenset(labels.split(",")) - {""}, judged, speaker))
    return Example(name, tuple(said))
