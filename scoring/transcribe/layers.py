"""The layers of Whisper's text decoder, with caches. Imports torch: import it only where it is used.

openai-whisper's own decoder keeps no attention, grows its caches by copying and gives every beam a copy of the sound;
here attention comes out of the one pass, caches grow by many tokens at once, and beams share their window's sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from scoring.transcribe.precision import Linear, Precision

_ROOM = 32  # tokens for which caches are made larger at once


@dataclass(slots=True)
class Caches:
    """Keys and values of every layer; own ones fill up, those of the sound are complete. Lists run over layers."""

    own_keys: list[Tensor]  # each (n_rows, room, n_state); rows are windows, or their beams one after the other
    own_values: list[Tensor]
    sound_keys: list[Tensor]  # each (n_windows, n_heads, n_audio_ctx, n_head_state)
    sound_values: list[Tensor]
    filled: int = 0

    def keep(self, windows: Tensor) -> None:
        """Forget every window but those; one row a window."""
        self.keep_sound(windows)
        self.take(windows)

    def keep_sound(self, windows: Tensor) -> None:
        """Forget the sound of every window but those; `take` must follow."""
        self.sound_keys = [tensor[windows] for tensor in self.sound_keys]
        self.sound_values = [tensor[windows] for tensor in self.sound_values]

    def again(self) -> Caches:
        """The same sound, one row a window, and nothing said."""
        shape = (len(self.sound_keys[0]), 0, self.own_keys[0].shape[-1])
        return Caches(
            [tensor.new_empty(shape) for tensor in self.own_keys],
            [tensor.new_empty(shape) for tensor in self.own_values],
            list(self.sound_keys),
            list(self.sound_values),
        )

    def take(self, rows: Tensor) -> None:
        """Go on with what those rows, some of them several times, have said."""
        self._move(rows, self.filled + _ROOM)

    def reserve(self, end: int) -> None:
        """Make room for tokens up to `end`."""
        if end > self.own_keys[0].shape[1]:
            self._move(slice(None), end + _ROOM)

    def _move(self, rows: Tensor | slice, room: int) -> None:
        for tensors in (self.own_keys, self.own_values):
            for at, tensor in enumerate(tensors):
                said = tensor[rows, : self.filled]
                tensors[at] = tensor.new_empty((len(said), room, tensor.shape[-1]))
                tensors[at][:, : self.filled] = said


class TextLayers:
    """Puts tokens through the decoder of an openai-whisper model.

    Args:
        model: a `whisper.model.Whisper` in evaluation mode.
        heads: (layer, head) pairs whose attention follows the sound.
        precision: the arithmetic; the model's own dtype has to fit it.
    """

    def __init__(self, model: Any, heads: Sequence[tuple[int, int]], precision: Precision) -> None:
        text = model.decoder
        self.n_context = int(model.dims.n_text_ctx)
        self._n_heads = model.dims.n_text_head
        self._words, self._places, self._norm = text.token_embedding, text.positional_embedding, text.ln
        self._short = precision.short
        integers = precision.integers
        self._layers = [
            _Layer(block, [head for layer, head in heads if layer == index], integers=integers)
            for index, block in enumerate(text.blocks)
        ]
        self._to_vocabulary = Linear.of(text.token_embedding.weight, integers=integers)

    def caches(self, features: Tensor) -> Caches:
        """Caches for the encoder's output (n_windows, n_audio_ctx, n_state), one row a window."""
        shape = (len(features), 0, features.shape[-1])
        made = Caches([], [], [], [])
        for layer in self._layers:
            keys, values = layer.sound_key_value(features).chunk(2, dim=-1)
            made.sound_keys.append(self._split(keys).to(self._short).contiguous())
            made.sound_values.append(self._split(values).to(self._short).contiguous())
            made.own_keys.append(features.new_empty(shape))
            made.own_values.append(features.new_empty(shape))
        return made

    def step(self, tokens: Tensor, caches: Caches, *, last_only: bool = True) -> tuple[Tensor, Tensor]:
        """Put tokens (n_rows, n) through.

        Returns:
            hidden states (n_rows, n, n_state), and the watched heads' attention before its softmax (n_rows, n_watched,
            n, n_audio_ctx), that of the last token alone where `last_only`.
        """
        begin, end = caches.filled, caches.filled + tokens.shape[1]
        caches.reserve(end)
        x = self._words(tokens) + self._places[begin:end]
        seen = []
        for index, layer in enumerate(self._layers):
            x = x + self._listen_to_self(layer, x, caches, index)
            heard, scores = self._listen(layer, x, caches, index)
            x = x + heard
            x = x + layer.down(functional.gelu(layer.up(layer.mlp_norm(x))))
            if layer.watched:
                seen.append(scores[:, layer.watched, -1:] if last_only else scores[:, layer.watched])
        caches.filled = end
        return x, torch.cat(seen, dim=1)

    def logits(self, hidden: Tensor) -> Tensor:
        """(…, n_state) to (…, n_vocab), float32."""
        return self._to_vocabulary(self._norm(hidden)).float()

    def _listen_to_self(self, layer: _Layer, x: Tensor, caches: Caches, index: int) -> Tensor:
        begin, end = caches.filled, caches.filled + x.shape[1]
        keys, values = caches.own_keys[index], caches.own_values[index]
        query, keys[:, begin:end], values[:, begin:end] = layer.query_key_value(layer.norm(x)).chunk(3, dim=-1)
        heard = functional.scaled_dot_product_attention(
            self._split(query), self._split(keys[:, :end]), self._split(values[:, :end]), is_causal=end - begin > 1
        )
        return layer.out(_merge(heard))

    def _listen(self, layer: _Layer, x: Tensor, caches: Caches, index: int) -> tuple[Tensor, Tensor]:
        """Attention to the sound, and its scores (n_rows, n_heads, n, n_audio_ctx); a window's beams go together."""
        keys, values = caches.sound_keys[index], caches.sound_values[index]
        rows, length = x.shape[:2]
        query = layer.query(layer.cross_norm(x)).view(len(keys), -1, x.shape[-1])
        query = self._split(query * (query.shape[-1] // self._n_heads) ** -0.5).to(keys.dtype)
        scores = query @ keys.mT
        heard = _merge(scores.softmax(dim=-1) @ values).view(rows, length, -1).to(x.dtype)
        apart = scores.view(len(keys), self._n_heads, rows // len(keys), length, -1).transpose(1, 2).flatten(0, 1)
        return layer.cross_out(heard), apart

    def _split(self, x: Tensor) -> Tensor:
        """(n, length, n_state) to (n, n_heads, length, n_head_state)."""
        return x.view(*x.shape[:2], self._n_heads, -1).transpose(1, 2)


class _Layer:
    """One layer with its linear parts prepared, and which of its heads follow the sound."""

    def __init__(self, block: Any, watched: Sequence[int], *, integers: bool) -> None:
        own, cross, mlp = block.attn, block.cross_attn, block.mlp
        self.watched = list(watched)
        self.norm, self.cross_norm, self.mlp_norm = block.attn_ln, block.cross_attn_ln, block.mlp_ln
        self.query_key_value = Linear((own.query, own.key, own.value), integers=integers)
        self.sound_key_value = Linear((cross.key, cross.value), integers=integers)
        self.query, self.out = Linear((cross.query,), integers=integers), Linear((own.out,), integers=integers)
        self.cross_out = Linear((cross.out,), integers=integers)
        self.up, self.down = Linear((mlp[0],), integers=integers), Linear((mlp[2],), integers=integers)


def _merge(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(start_dim=2)
