"""Text out of Whisper's decoder with a beam, for windows whose first text is in doubt. Imports torch.

The search is Whisper's (openai-whisper `BeamSearchDecoder`, patience 1): as many finished texts as the beam is wide
are collected, and the one with the highest mean log-probability a token is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from scoring.transcribe.decoder import Begun, Vocabulary, begin
from scoring.transcribe.heard import Decoded
from scoring.transcribe.layers import Caches, TextLayers

WIDTH = 5

Likeliest = Sequence[tuple[int, float]]  # tokens that may come next, with their log-probabilities


@dataclass(frozen=True, slots=True)
class _Text:
    """A text on its way."""

    tokens: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    total: float = 0.0

    def and_then(self, token: int, logprob: float) -> _Text:
        return _Text((*self.tokens, token), (*self.logprobs, logprob), self.total + logprob)


@dataclass(slots=True)
class _Beam:
    """The texts of one window."""

    limit: int
    width: int
    end: int
    alive: list[_Text] = field(default_factory=lambda: [_Text()])
    ended: list[_Text] = field(default_factory=list)

    @property
    def running(self) -> bool:
        return len(self.ended) < self.width and len(self.alive[0].tokens) < self.limit

    def grow(self, likeliest: Sequence[Likeliest]) -> list[int]:
        """Take what may follow each text; returns for each text that goes on the place of the one it comes from."""
        ways = [
            (text.and_then(token, logprob), at)
            for at, (text, following) in enumerate(zip(self.alive, likeliest, strict=True))
            for token, logprob in following
        ]
        grown: list[tuple[_Text, int]] = []
        for text, at in sorted(ways, key=lambda way: -way[0].total):
            if text.tokens[-1] == self.end:
                self.ended.append(text)
            else:
                grown.append((text, at))
            if len(grown) == self.width:
                break
        self.alive = [text for text, _ in grown]
        return [at for _, at in grown]

    def best(self) -> _Text:
        """The text with the highest mean log-probability a token; one that has ended where there is one."""
        return max(
            self.ended or self.alive,
            key=lambda text: text.total / max(1, len(text.tokens) - (text.tokens[-1] == self.end)),
        )


@torch.inference_mode()
def decode_with_beam(
    layers: TextLayers,
    features: Tensor,
    vocabulary: Vocabulary,
    prompt: Sequence[int],
    limits: Sequence[int],
    *,
    width: int = WIDTH,
) -> list[Decoded]:
    """Return the likeliest text found for each window; arguments as in `decoder.decode_greedily`."""
    begun = begin(layers, features, vocabulary, prompt)
    sound = begun.caches.again()
    beams = [_Beam(min(limit, begun.room), width, vocabulary.end) for limit in limits]
    _search(layers, begun, beams, vocabulary)
    texts = [beam.best() for beam in beams]
    seen = _attention(layers, sound, vocabulary.told(prompt), texts, vocabulary.end)
    return [
        _decoded(*each, vocabulary.end) for each in zip(texts, begun.no_speech, begun.in_language, seen, strict=True)
    ]


def _search(layers: TextLayers, begun: Begun, beams: Sequence[_Beam], vocabulary: Vocabulary) -> None:
    """Let all beams grow until they are done."""
    caches, hidden, active = begun.caches, begun.hidden, list(beams)
    device = hidden.device
    forbidden = torch.tensor(vocabulary.never, device=device)
    banned = torch.tensor([*vocabulary.never, *vocabulary.not_first], device=device)
    while True:
        logits = layers.logits(hidden[:, -1])
        logits[:, banned] = -torch.inf
        banned = forbidden
        values, tokens = logits.log_softmax(dim=-1).topk(beams[0].width + 1)
        following = [list(zip(*one, strict=True)) for one in zip(tokens.tolist(), values.tolist(), strict=True)]
        each = len(following) // len(active)  # texts a window: one at first, then as many as the beam is wide
        origins = [beam.grow(following[at * each : (at + 1) * each]) for at, beam in enumerate(active)]
        running = [at for at, beam in enumerate(active) if beam.running]
        if not running:
            return
        if len(running) < len(active):
            caches.keep_sound(torch.tensor(running, device=device))
        caches.take(torch.tensor([at * each + origin for at in running for origin in origins[at]], device=device))
        active = [active[at] for at in running]
        last = torch.tensor([[text.tokens[-1]] for beam in active for text in beam.alive], device=device)
        hidden, _ = layers.step(last, caches)


def _attention(
    layers: TextLayers, sound: Caches, told: Sequence[int], texts: Sequence[_Text], end: int
) -> list[Tensor]:
    """What each chosen text attends to, one (n_watched, n_tokens, n_audio_ctx) a window; all texts in one pass."""
    longest = max(len(text.tokens) for text in texts)
    rows = [[*told, *text.tokens, *[end] * (longest - len(text.tokens))] for text in texts]
    _, seen = layers.step(torch.tensor(rows, device=sound.own_keys[0].device), sound, last_only=False)
    first = len(told) - 1  # a row was seen when the token after it was chosen
    return [
        attention[:, first : first + len(text.tokens) + (text.tokens[-1] != end)].half().cpu()
        for text, attention in zip(texts, seen, strict=True)
    ]


def _decoded(text: _Text, no_speech: float, in_language: float, attention: Tensor, end: int) -> Decoded:
    finished = text.tokens[-1] == end
    tokens = text.tokens[:-1] if finished else text.tokens
    probabilities = np.exp(np.array(text.logprobs[: len(tokens)], dtype=np.float32))
    mean = text.total / (len(tokens) + 1)
    return Decoded(tokens, probabilities, mean, no_speech, in_language, attention.numpy(), finished)
