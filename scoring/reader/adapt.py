"""The network while it learns: adapters kept apart from the frozen weights, losses, and what is saved of it."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from scoring.reader.network import ADAPTED, OWN, RANK, STRENGTH, Network

SHOWS_WEIGHT = 8.0  # of the mean loss of labels, which are mostly 0, against that of roles
SMOOTHING = 0.02  # of roles: a sentence alone seldom proves who speaks


class Adapter(nn.Module):
    """A linear layer, frozen, with a low-rank addition that learns."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.a = nn.Parameter(torch.randn(RANK, linear.in_features) / math.sqrt(linear.in_features))
        self.b = nn.Parameter(torch.zeros(linear.out_features, RANK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Apply both."""
        added: torch.Tensor = (x @ self.a.T) @ self.b.T * (STRENGTH / RANK)
        return torch.add(self.linear(x), added)


def adaptable(encoder: Any, seed: int) -> Network:
    """A network that learns: adapters, norms and its own layers; all else is frozen."""
    torch.manual_seed(seed)
    network = Network(encoder)
    network.encoder.requires_grad_(False)
    for layer in network.encoder.encoder.layer:
        for name in ADAPTED:
            parent, _, last = name.rpartition(".")
            holder = layer.get_submodule(parent) if parent else layer
            setattr(holder, last, Adapter(getattr(holder, last)))
        for name, parameter in layer.named_parameters():
            if "LayerNorm" in name:
                parameter.requires_grad_(True)
    nn.init.normal_(network.marks, std=0.02)
    nn.init.constant_(network.shows.bias, -3.5)  # nearly nothing is shown in most sentences
    return network


def learnt(network: Network) -> dict[str, torch.Tensor]:
    """The tensors that `network.merge` takes, as float16."""
    kept: dict[str, torch.Tensor] = {}
    for number, layer in enumerate(network.encoder.encoder.layer):
        for name in ADAPTED:
            adapter = layer.get_submodule(name)
            kept[f"{number}.{name}.a"], kept[f"{number}.{name}.b"] = adapter.a, adapter.b
        for name, parameter in layer.named_parameters():
            if "LayerNorm" in name:
                kept[f"{number}.{name}"] = parameter
    kept |= {name: network.get_parameter(name) for name in OWN}
    return {name: tensor.detach().to(torch.float16).contiguous() for name, tensor in kept.items()}


def loss(
    role: torch.Tensor, shows: torch.Tensor, said_by: torch.Tensor, shown: torch.Tensor, judged: torch.Tensor
) -> torch.Tensor:
    """What is to become small.

    Args:
        role: logits (batch, pieces, 3).
        shows: logits (batch, pieces, n_labels).
        said_by: who spoke, (batch, pieces); -1 where it is not to be learnt.
        shown: 1 where a label holds, (batch, pieces, n_labels).
        judged: 1 where that is known, (batch, pieces, n_labels).
    """
    total = role.new_zeros(())
    if (said_by >= 0).any():
        told = said_by >= 0
        total = total + functional.cross_entropy(role[told], said_by[told], label_smoothing=SMOOTHING)
    if judged.sum() > 0:
        each = functional.binary_cross_entropy_with_logits(shows, shown, reduction="none")
        total = total + SHOWS_WEIGHT * (each * judged).sum() / judged.sum()
    return total
