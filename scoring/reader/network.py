"""The network: MiniLM with low-rank adapters over whole windows, and two linear layers on the mean of each piece.

Adapters as in Hu et al. 2021 (LoRA): W + (k / r) B A for every linear layer. In use they are added to the weights, so
that they cost nothing; training (`train.py`) keeps them apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from scoring.errors import WeightsError
from scoring.reader.labels import LABELS, ROLES
from scoring.reader.tokens import FIRST_WORD, Window

DIMENSIONS = 384  # all-MiniLM-L6-v2
LAYERS = 4  # the first of its six; the other two bring nothing on real calls and cost a third of the time
RANK, STRENGTH = 16, 32.0
PLACES = 8  # numbers that tell where in the conversation a piece stands
ADAPTED = (
    "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
    "intermediate.dense", "output.dense",
)  # fmt: skip
OWN = ("marks", "role.weight", "role.bias", "shows.weight", "shows.bias")  # learnt whole


class Network(nn.Module):
    """Reads windows; `encoder` is a MiniLM of transformers."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.marks = nn.Parameter(torch.zeros(FIRST_WORD, DIMENSIONS))
        self.role = nn.Linear(DIMENSIONS + PLACES, len(ROLES))
        self.shows = nn.Linear(DIMENSIONS + PLACES, len(LABELS))

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor | None, means: torch.Tensor, places: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Read a batch.

        Args:
            ids: word pieces, (batch, tokens).
            mask: 1 where there is one, (batch, tokens); None where there is one everywhere.
            means: what share a token has in the mean of a piece, (batch, pieces, tokens).
            places: where the pieces stand, (batch, pieces, PLACES).

        Returns:
            vectors (batch, pieces, 384), logits of roles (batch, pieces, 3) and of labels (batch, pieces, n_labels).
        """
        embedded = self.encoder.embeddings.word_embeddings(ids)
        own = (ids < FIRST_WORD).unsqueeze(-1)
        embedded = embedded + self.marks[ids.clamp(max=FIRST_WORD - 1)] * own
        hidden = self.encoder(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        vectors = means @ hidden
        placed = torch.cat([vectors, places], dim=-1)
        return vectors, self.role(placed), self.shows(placed)


def place(index: int, count: int) -> list[float]:
    """Where a piece stands among `count`: its share of the way, nearness to both ends, and the length of the whole."""
    after = count - 1 - index
    near = [float(distance < limit) for distance in (index, after) for limit in (3, 8, 16)]
    return [index / max(1, count - 1), *near, min(count, 120) / 120]


def batch(windows: Sequence[Window], count: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """What `Network` takes for windows of a conversation of `count` pieces."""
    tokens, inside = max(len(w.ids) for w in windows), max(len(w.pieces) for w in windows)
    ids = torch.zeros(len(windows), tokens, dtype=torch.long)
    mask = torch.zeros(len(windows), tokens)
    means = torch.zeros(len(windows), inside, tokens)
    places = torch.zeros(len(windows), inside, PLACES)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        mask[row, : len(window.ids)] = 1
        owners = torch.tensor(window.owners)
        for at, piece in enumerate(window.pieces):
            mine = owners == at
            means[row, at, : len(owners)] = mine / mine.sum()
            places[row, at] = torch.tensor(place(piece, count))
    return ids, mask, means, places


def load_network(encoder_folder: Path, adapter: Path) -> Network:
    """Load MiniLM, add the adapter to its weights, and return the network ready for use.

    Raises:
        WeightsError: either cannot be read, or the adapter was made for another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    network = Network(load_encoder(encoder_folder))
    try:
        tensors = {name: tensor.float() for name, tensor in load_file(adapter).items()}
    except (OSError, ValueError, SafetensorError) as error:
        raise WeightsError(f"{adapter} cannot be read: {error}", hint="Install callscore again.") from None
    try:
        merge(network, tensors)
    except ValueError:
        raise WeightsError(
            f"{adapter} was made for another network.", hint="Run `python -m scoring.reader.train`."
        ) from None
    return network.eval()


def halve(network: Network) -> None:
    """Keep the weights of linear layers in bfloat16, as autocast makes them at every call: the same results, sooner."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            module.to(torch.bfloat16)


def load_encoder(folder: Path) -> Any:
    """Load the first LAYERS of MiniLM from a folder.

    Raises:
        WeightsError: it cannot be read.
    """
    from safetensors import SafetensorError
    from transformers import AutoModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        encoder = AutoModel.from_pretrained(str(folder), local_files_only=True).float()
    except (OSError, ValueError, SafetensorError) as error:
        raise WeightsError(
            f"The sentence model in {folder} cannot be loaded: {error}", hint="Run `callscore doctor`."
        ) from None
    encoder.encoder.layer = encoder.encoder.layer[:LAYERS]
    return encoder


def merge(network: Network, tensors: dict[str, torch.Tensor]) -> None:
    """Add an adapter's tensors to the network: A and B of each adapted layer, the layers of its own, the norms.

    Raises:
        ValueError: a tensor is missing, is none of this network's, or has another shape.
    """
    if {name: tensor.shape for name, tensor in tensors.items()} != _shapes(network):
        raise ValueError("tensors of another network")  # torch would stretch some of them to fit
    with torch.no_grad():
        for number, layer in enumerate(network.encoder.encoder.layer):
            for name in ADAPTED:
                linear = layer.get_submodule(name)
                down, up = tensors[f"{number}.{name}.a"], tensors[f"{number}.{name}.b"]
                linear.weight += STRENGTH / RANK * up @ down
            for name, parameter in layer.named_parameters():
                if "LayerNorm" in name:
                    parameter.copy_(tensors[f"{number}.{name}"])
    network.load_state_dict({name: tensors[name] for name in OWN}, strict=False)


def _shapes(network: Network) -> dict[str, torch.Size]:
    """What an adapter of this network holds."""
    found = {name: network.get_parameter(name).shape for name in OWN}
    for number, layer in enumerate(network.encoder.encoder.layer):
        for name in ADAPTED:
            outputs, inputs = layer.get_submodule(name).weight.shape
            found[f"{number}.{name}.a"], found[f"{number}.{name}.b"] = (
                torch.Size([RANK, inputs]),
                torch.Size([outputs, RANK]),
            )
        found |= {f"{number}.{name}": kept.shape for name, kept in layer.named_parameters() if "LayerNorm" in name}
    return found


def adapter_fingerprint(adapter: Path) -> str:
    """sha256 of an adapter's file."""
    return hashlib.sha256(adapter.read_bytes()).hexdigest() if adapter.exists() else "none"
