"""What a speech model makes of one window, before anybody asks whether to believe it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from scoring.audio.signal import Samples
from scoring.calls import Word
from scoring.transcribe.packing import Window

BATCH = 8  # windows decoded together, all of one recording


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of one window, as tokens."""

    tokens: tuple[int, ...]  # without the end of text
    probabilities: NDArray[np.float32]  # of each token, shape (n_tokens,)
    mean_logprob: float  # over tokens and the end of text, as Whisper reckons it
    no_speech: float  # 0..1, Whisper's own idea that nobody speaks
    in_language: float  # 0..1, Whisper's own idea that it is in the language asked for
    # alignment heads before softmax, shape (n_heads, n_tokens + 1, n_audio_ctx); empty once the words have their times
    attention: NDArray[np.float16]
    finished: bool  # False when the token limit came before the end of text


@dataclass(frozen=True, slots=True)
class Heard:
    """One window with its text and its words on the recording's clock."""

    window: Window
    decoded: Decoded
    text: str
    words: tuple[Word, ...]


class Listener(Protocol):
    """Windows of sound in, words out; no opinion on whether they are right. `WhisperModel` is one."""

    def hear(
        self, windows: Sequence[Window], channels: Sequence[Samples], language: str, prompt: str = ""
    ) -> list[Heard]:
        """Return what is said in each window."""

    def languages(self, windows: Sequence[Window], channels: Sequence[Samples]) -> list[dict[str, float]]:
        """Return for each window how likely languages are, by their codes, 0..1."""


class InBatches(ABC):
    """The half of a `Listener` that hears any number of windows, a batch at a time."""

    def hear(
        self, windows: Sequence[Window], channels: Sequence[Samples], language: str, prompt: str = ""
    ) -> list[Heard]:
        """Return what is said in each window."""
        heard: list[Heard] = []
        for first in range(0, len(windows), BATCH):
            heard += self._hear_batch(windows[first : first + BATCH], channels, language, prompt)
        return heard

    def languages(self, windows: Sequence[Window], channels: Sequence[Samples]) -> list[dict[str, float]]:
        """Return for each window how likely languages are, by their codes, 0..1; English for a model of English."""
        found: list[dict[str, float]] = []
        for first in range(0, len(windows), BATCH):
            found += self._languages_of_batch(windows[first : first + BATCH], channels)
        return found

    @abstractmethod
    def _hear_batch(
        self, windows: Sequence[Window], channels: Sequence[Samples], language: str, prompt: str
    ) -> list[Heard]:
        """Return what is said in each of at most `BATCH` windows."""

    @abstractmethod
    def _languages_of_batch(self, windows: Sequence[Window], channels: Sequence[Samples]) -> list[dict[str, float]]:
        """Return how likely languages are in each of at most `BATCH` windows."""
