"""Text out of Whisper's decoder, greedily, for several windows at once. Imports torch: import it only where it is used.

Token probabilities and attention come out of the one pass, and windows that are done stop costing anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from scoring.transcribe.heard import Decoded
from scoring.transcribe.layers import Caches, TextLayers

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
    languages: tuple[int, ...] = ()  # of a model that knows several; the second of `start` is one of them

    def told(self, prompt: Sequence[int]) -> list[int]:
        """What stands before the text, a prompt first where there is one."""
        return [*([self.before_prompt, *prompt] if prompt else []), *self.start]


@dataclass(slots=True)
class _Row:
    """One window while it is decoded."""

    limit: int
    no_speech: float
    in_language: float
    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    attention: list[Tensor] = field(default_factory=list)
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
        self.attention.clear()  # hundreds of tokens of eight windows are 100 MB
        probabilities = np.exp(np.array(self.logprobs[: len(self.tokens)], dtype=np.float32))
        mean = sum(self.logprobs) / (len(self.tokens) + 1)
        return Decoded(
            tuple(self.tokens), probabilities, mean, self.no_speech, self.in_language, attention, self.finished
        )


@dataclass(frozen=True, slots=True)
class Begun:
    """Windows that have been told language, task and prompt, and have said nothing yet."""

    caches: Caches
    hidden: Tensor  # of the last token told, (n_windows, 1, n_state)
    attention: Tensor  # (n_windows, n_watched, 1, n_audio_ctx)
    no_speech: tuple[float, ...]  # one a window, 0..1
    in_language: tuple[float, ...]  # the same
    room: int  # for tokens


@torch.inference_mode()
def begin(layers: TextLayers, features: Tensor, vocabulary: Vocabulary, prompt: Sequence[int]) -> Begun:
    """Tell windows what they are to do.

    Args:
        layers: of the decoder.
        features: the encoder's output (n_windows, n_audio_ctx, n_state).
        vocabulary: tokens with a meaning.
        prompt: tokens put before the text; may be empty.
    """
    told = vocabulary.told(prompt)
    first = torch.tensor([told] * len(features), device=features.device)
    caches = layers.caches(features)
    hidden, seen = layers.step(first, caches)
    silent, fits = [0.0] * len(features), [1.0] * len(features)
    if vocabulary.no_speech is not None or vocabulary.languages:  # both are read where the transcript starts
        logits = layers.logits(hidden[:, len(told) - len(vocabulary.start)])
    if vocabulary.no_speech is not None:
        silent = logits.softmax(dim=-1)[:, vocabulary.no_speech].tolist()
    if vocabulary.languages:
        at = vocabulary.languages.index(vocabulary.start[1])
        fits = logits[:, list(vocabulary.languages)].softmax(dim=-1)[:, at].tolist()
    return Begun(caches, hidden[:, -1:], seen, tuple(silent), tuple(fits), layers.n_context - len(told) - 1)


@torch.inference_mode()
def decode_greedily(
    layers: TextLayers, features: Tensor, vocabulary: Vocabulary, prompt: Sequence[int], limits: Sequence[int]
) -> list[Decoded]:
    """Return the text of each window, always the likeliest next token.

    Args:
        layers: of the decoder.
        features: the encoder's output, shape (n_windows, n_audio_ctx, n_state).
        vocabulary: tokens with a meaning.
        prompt: tokens put before the text; may be empty.
        limits: most tokens for each window.
    """
    begun = begin(layers, features, vocabulary, prompt)
    rows = [
        _Row(min(limit, begun.room), silent, fits)
        for limit, silent, fits in zip(limits, begun.no_speech, begun.in_language, strict=True)
    ]
    forbidden = torch.tensor(vocabulary.never, device=features.device)
    banned = torch.tensor([*vocabulary.never, *vocabulary.not_first], device=features.device)
    active, hidden, seen, caches = list(rows), begun.hidden, begun.attention, begun.caches
    while True:
        logits = layers.logits(hidden[:, -1])
        logits[:, banned] = -torch.inf
        best, tokens = logits.log_softmax(dim=-1).max(dim=-1)
        for index, row in enumerate(active):
            if row.running:
                row.note(int(tokens[index]), float(best[index]), seen[index, :, 0].half().cpu(), vocabulary.end)
        banned = forbidden
        running = [index for index, row in enumerate(active) if row.running]
        if not running:
            return [row.result() for row in rows]
        if len(running) <= _COMPACT_BELOW * len(active):
            kept = torch.tensor(running, device=features.device)
            caches.keep(kept)
            active, tokens = [active[index] for index in running], tokens[kept]
        hidden, seen = layers.step(tokens[:, None], caches)
