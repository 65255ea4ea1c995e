"""Whisper's decoder, greedily, for several windows at once. Imports torch: import it only where it is used.

openai-whisper's own loop keeps neither token probabilities nor attention and grows its caches by copying; here both
come out of the one pass, caches have their room from the start, and windows that are done stop costing anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from scoring.transcribe.heard import Decoded

_COMPACT_BELOW = 0.75  # share of windows still running under which the caches are made smaller


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tokens the loop has to know."""

    start: tuple[int, ...]  # start of transcript, language, task, no timestamps
    before_prompt: int
    end: int
    no_speech: int | None
    never: tuple[int, ...]  # never said: symbols, special tokens, timestamps
    not_first: tuple[int, ...]  # not as the first token: blank, end of text


@dataclass(slots=True)
class _Caches:
    """Keys and values of every layer; own ones fill up, those of the sound are complete. Lists run over layers."""

    own_keys: list[Tensor]  # each (n_windows, n_text_ctx, n_state)
    own_values: list[Tensor]
    sound_keys: list[Tensor]  # each (n_windows, n_heads, n_audio_ctx, n_head_state)
    sound_values: list[Tensor]
    filled: int = 0

    def keep(self, rows: Tensor) -> None:
        """Forget every window but `rows`."""
        for name in ("own_keys", "own_values", "sound_keys", "sound_values"):
            setattr(self, name, [tensor[rows] for tensor in getattr(self, name)])


@dataclass(slots=True)
class _Row:
    """One window while it is decoded."""

    limit: int
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    attention: list[Tensor] = field(default_factory=list)
    no_speech: float = 0.0
    finished: bool = False
    running: bool = True

    def note(self, token: int, logprob: float, attention: Tensor, end: int) -> None:
        """Take one more token; the one after the last allowed is looked at, for its attention, but not kept."""
        self.logprobs.append(logprob)
        self.attention.append(attention)
        self.finished = token == end
        self.running = not self.finished and len(self.tokens) < self.limit
        if self.running:
            self.tokens.append(token)

    def result(self) -> Decoded:
        attention = torch.stack(self.attention, dim=1).numpy()
        probabilities = np.exp(np.array(self.logprobs[: len(self.tokens)], dtype=np.float32))
        mean = sum(self.logprobs) / (len(self.tokens) + 1)
        return Decoded(tuple(self.tokens), probabilities, mean, self.no_speech, attention, self.finished)


class GreedyDecoder:
    """Decodes windows with an openai-whisper model, temperature 0.

    Args:
        model: a `whisper.model.Whisper` in evaluation mode.
        heads: (layer, head) pairs whose attention follows the sound.
    """

    def __init__(self, model: Any, heads: Sequence[tuple[int, int]]) -> None:
        self._model, self._text = model, model.decoder
        self._n_heads = model.dims.n_text_head
        self._watched = [[head for layer, head in heads if layer == index] for index in range(model.dims.n_text_layer)]

    @torch.inference_mode()
    def decode(
        self, features: Tensor, vocabulary: Vocabulary, prompt: Sequence[int], limits: Sequence[int]
    ) -> list[Decoded]:
        """Return the text of each window.

        Args:
            features: the encoder's output, shape (n_windows, n_audio_ctx, n_state).
            vocabulary: tokens with a meaning.
            prompt: tokens put before the text; may be empty.
            limits: most tokens for each window.
        """
        before = [vocabulary.before_prompt, *prompt] if prompt else []
        room = self._model.dims.n_text_ctx - len(before) - len(vocabulary.start) - 1
        rows = [_Row(min(limit, room)) for limit in limits]
        caches = self._caches(features)
        first = torch.tensor([[*before, *vocabulary.start]] * len(rows), device=features.device)
        hidden, seen = self._step(first, caches)
        if vocabulary.no_speech is not None:
            said = self._logits(hidden[:, len(before)]).softmax(dim=-1)[:, vocabulary.no_speech]
            for row, probability in zip(rows, said.tolist(), strict=True):
                row.no_speech = probability
        self._loop(rows, caches, hidden, seen, vocabulary)
        return [row.result() for row in rows]

    def _loop(self, rows: list[_Row], caches: _Caches, hidden: Tensor, seen: Tensor, vocabulary: Vocabulary) -> None:
        forbidden = torch.tensor(vocabulary.never, device=hidden.device)
        not_first = torch.tensor([*vocabulary.never, *vocabulary.not_first], device=hidden.device)
        active, banned = list(rows), not_first
        while True:
            logits = self._logits(hidden[:, -1])
            logits[:, banned] = -torch.inf
            best, tokens = logits.log_softmax(dim=-1).max(dim=-1)
            for index, row in enumerate(active):
                if row.running:
                    row.note(int(tokens[index]), float(best[index]), seen[index, :, 0].float().cpu(), vocabulary.end)
            banned = forbidden
            running = [index for index, row in enumerate(active) if row.running]
            if not running:
                return
            if len(running) <= _COMPACT_BELOW * len(active):
                kept = torch.tensor(running, device=hidden.device)
                caches.keep(kept)
                active, tokens = [active[index] for index in running], tokens[kept]
            hidden, seen = self._step(tokens[:, None], caches)

    def _caches(self, features: Tensor) -> _Caches:
        blocks, n_windows = self._text.blocks, len(features)
        shape = (n_windows, self._model.dims.n_text_ctx, self._model.dims.n_text_state)
        return _Caches(
            own_keys=[features.new_empty(shape) for _ in blocks],
            own_values=[features.new_empty(shape) for _ in blocks],
            sound_keys=[self._split(block.cross_attn.key(features)).contiguous() for block in blocks],
            sound_values=[self._split(block.cross_attn.value(features)).contiguous() for block in blocks],
        )

    def _step(self, tokens: Tensor, caches: _Caches) -> tuple[Tensor, Tensor]:
        """Put tokens (n_windows, n) through; return hidden states and the watched heads' attention for the last token.

        The attention has the shape (n_windows, n_watched, 1, n_audio_ctx).
        """
        begin, end = caches.filled, caches.filled + tokens.shape[1]
        x = self._text.token_embedding(tokens) + self._text.positional_embedding[begin:end]
        x = x.to(caches.sound_keys[0].dtype)
        seen = []
        for layer, block in enumerate(self._text.blocks):
            x = x + self._listen_to_self(block.attn, block.attn_ln(x), caches, layer)
            query = self._split(block.cross_attn.query(block.cross_attn_ln(x)))
            heard = functional.scaled_dot_product_attention(query, caches.sound_keys[layer], caches.sound_values[layer])
            x = x + block.cross_attn.out(_merge(heard))
            x = x + block.mlp(block.mlp_ln(x))
            if watched := self._watched[layer]:
                scores = query[:, watched, -1:] @ caches.sound_keys[layer][:, watched].transpose(-1, -2)
                seen.append(scores * query.shape[-1] ** -0.5)
        caches.filled = end
        return x, torch.cat(seen, dim=1)

    def _listen_to_self(self, attention: Any, x: Tensor, caches: _Caches, layer: int) -> Tensor:
        begin, end = caches.filled, caches.filled + x.shape[1]
        keys, values = caches.own_keys[layer], caches.own_values[layer]
        keys[:, begin:end], values[:, begin:end] = attention.key(x), attention.value(x)
        heard = functional.scaled_dot_product_attention(
            self._split(attention.query(x)),
            self._split(keys[:, :end]),
            self._split(values[:, :end]),
            is_causal=end - begin > 1,
        )
        out: Tensor = attention.out(_merge(heard))
        return out

    def _split(self, x: Tensor) -> Tensor:
        """(n, length, n_state) to (n, n_heads, length, n_head_state)."""
        return x.view(*x.shape[:2], self._n_heads, -1).transpose(1, 2)

    def _logits(self, hidden: Tensor) -> Tensor:
        """(n_windows, n_state) to (n_windows, n_vocab)."""
        return functional.linear(self._text.ln(hidden), self._text.token_embedding.weight).float()


def _merge(x: Tensor) -> Tensor:
    return x.transpose(1, 2).flatten(start_dim=2)
