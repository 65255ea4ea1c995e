"""Arithmetic that is cheaper than float32 where that is free: 8-bit integers for linear layers, bfloat16 for attention.

Activations are quantised row by row and weights channel by channel (the scheme of LLM.int8, arXiv:2208.07339, without
its outliers), so that a row's result depends on that row alone: neither on the batch nor on what else is decoded.
Imports torch: import it only where it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from scoring.weights import is_native

Wanted = Literal["auto", "float32"]

_MOST, _ZERO = 127.0, 128  # activations are 1..255 around 128: oneDNN multiplies unsigned with signed integers fast
_AT_ONCE = 4096  # rows of weights that are quantised together: a vocabulary of floats is 100 MB
_LEAST_ROW = 1e-8  # the largest value of a row is taken for at least this


@dataclass(frozen=True, slots=True)
class Precision:
    """How a model is run on a device."""

    device: str  # "cpu" or "cuda"
    integers: bool = False  # linear layers in 8-bit integers
    short: torch.dtype = torch.float32  # of attention on a CPU, of everything on a GPU
    exact: bool = False  # float32 was asked for, whatever the machine can do

    @property
    def name(self) -> str:
        """For the fingerprint, such as "cpu int8 bfloat16"."""
        return " ".join([self.device, *(["int8"] if self.integers else []), str(self.short).removeprefix("torch.")])


def precision_for(device: str, wanted: Wanted = "auto") -> Precision:
    """The cheapest arithmetic that this machine does natively; float32 where it has none or it is asked for."""
    if wanted == "float32":
        return Precision(device, exact=True)
    if device == "cuda":
        return Precision(device, short=torch.float16)
    return Precision(device, is_native("int8"), torch.bfloat16 if is_native("bfloat16") else torch.float32)


class Linear:
    """y = x W' + b for several layers with the same input at once; in 8-bit integers where `integers`.

    Args:
        layers: their outputs are put side by side.
        integers: False leaves the weights as they are.
    """

    def __init__(self, layers: Sequence[nn.Linear], *, integers: bool) -> None:
        weights = [layer.weight.detach() for layer in layers]
        biases = [
            weight.new_zeros(len(weight)) if layer.bias is None else layer.bias.detach()
            for layer, weight in zip(layers, weights, strict=True)
        ]
        self._prepare(torch.cat(weights), torch.cat(biases), integers=integers)

    @classmethod
    def of(cls, weight: Tensor, *, integers: bool) -> Linear:
        """One layer without a bias; `weight` (n_out, n_in) is not copied where it stays as it is."""
        made = cls.__new__(cls)
        made._prepare(weight.detach(), None, integers=integers)
        return made

    def _prepare(self, weight: Tensor, bias: Tensor | None, *, integers: bool) -> None:
        self._bias, self._weight = bias, weight
        self._packed: Tensor | None = None
        if integers:
            self._scale = weight.abs().amax(dim=1).clamp_min(_LEAST_ROW) / _MOST
            parts = zip(torch.split(weight, _AT_ONCE), torch.split(self._scale, _AT_ONCE), strict=True)
            whole = torch.cat([(rows / scale[:, None]).round().to(torch.int8) for rows, scale in parts])
            self._zeros = torch.zeros(len(weight), dtype=torch.int32)
            self._packed = torch.ops.onednn.qlinear_prepack(whole, None)
            self._weight = weight[:0]

    def __call__(self, x: Tensor) -> Tensor:
        """Apply to x (…, n_in); returns (…, n_out)."""
        if self._packed is None:
            return functional.linear(x, self._weight, self._bias)
        rows = x.reshape(-1, x.shape[-1])
        low, high = rows.amin(dim=1, keepdim=True), rows.amax(dim=1, keepdim=True)
        top = torch.maximum(-low, high).clamp_min_(_LEAST_ROW)
        whole = torch.mul(rows, _MOST / top).add_(_ZERO + 0.5).to(torch.uint8)  # cutting off after + 0.5 is rounding
        y = torch.ops.onednn.qlinear_pointwise(
            whole, 1 / _MOST, _ZERO, self._packed, self._scale, self._zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        out: Tensor = y.mul_(top) if self._bias is None else torch.addcmul(self._bias, y, top, out=y)
        return out.view(*x.shape[:-1], -1)
