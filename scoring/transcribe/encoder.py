"""Whisper's encoder for windows of sound. Imports torch: import it only where it is used.

The layers are those of openai-whisper; the arithmetic is `precision`'s.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from scoring.transcribe.precision import Linear, Precision

_ROWS = 250  # of attention worked out together: what they need stays in a core's cache


class Encoder:
    """Hears windows with the encoder of an openai-whisper model.

    Args:
        model: a `whisper.model.Whisper` in evaluation mode.
        precision: the arithmetic; the model's own dtype has to fit it.
    """

    def __init__(self, model: Any, precision: Precision) -> None:
        self._encoder = model.encoder
        self._n_heads = model.dims.n_audio_head
        self._short = precision.short
        self._blocks = [_Block(block, integers=precision.integers) for block in model.encoder.blocks]

    @torch.inference_mode()
    def __call__(self, mel: Tensor) -> Tensor:
        """Encode mel spectrograms (n_windows, n_mels, 3000); returns (n_windows, n_audio_ctx, n_state)."""
        x = functional.gelu(self._encoder.conv1(mel))
        x = functional.gelu(self._encoder.conv2(x)).transpose(1, 2).contiguous()
        x += self._encoder.positional_embedding.to(x.dtype)
        for block in self._blocks:  # in place: to fetch fresh memory costs as much as the sums
            x += block.out(self._attend(block.query_key_value(block.norm(x))))
            x += block.down(torch.ops.aten.gelu_(block.up(block.mlp_norm(x))))
        out: Tensor = self._encoder.ln_post(x)
        return out

    def _attend(self, mixed: Tensor) -> Tensor:
        """Self-attention of queries, keys and values side by side, (n, length, 3 n_state) to (n, length, n_state)."""
        query, key, value = mixed.view(*mixed.shape[:2], 3, self._n_heads, -1).permute(2, 0, 3, 1, 4)
        if self._short is mixed.dtype or self._short is torch.float32:
            return functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(start_dim=2)
        query, key, value = (part.to(self._short).contiguous() for part in (query, key, value))
        query *= query.shape[-1] ** -0.5
        heard = [(rows.contiguous() @ key.mT).softmax(dim=-1) @ value for rows in torch.split(query, _ROWS, dim=2)]
        return torch.cat(heard, dim=2).transpose(1, 2).flatten(start_dim=2).to(mixed.dtype)


class _Block:
    """One layer with its linear parts prepared."""

    def __init__(self, block: Any, *, integers: bool) -> None:
        attention = block.attn
        self.norm, self.mlp_norm = block.attn_ln, block.mlp_ln
        self.query_key_value = Linear((attention.query, attention.key, attention.value), integers=integers)
        self.out = Linear((attention.out,), integers=integers)
        self.up, self.down = Linear((block.mlp[0],), integers=integers), Linear((block.mlp[2],), integers=integers)
