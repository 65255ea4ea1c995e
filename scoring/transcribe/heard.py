"""What a speech model makes of one window, before anybody asks whether to believe it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from scoring.audio.signal import Samples
from scoring.calls import Word
from scoring.transcribe.packing import Window

_log = logging.getLogger("callscore")

BATCH = 8  # windows decoded together on a CPU, all of one recording

T = TypeVar("T")


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

    batch: int = BATCH

    def hear(
        self, windows: Sequence[Window], channels: Sequence[Samples], language: str, prompt: str = ""
    ) -> list[Heard]:
        """Return what is said in each window."""
        return self._in_batches(windows, lambda some: self._hear_batch(some, channels, language, prompt))

    def languages(self, windows: Sequence[Window], channels: Sequence[Samples]) -> list[dict[str, float]]:
        """Return for each window how likely languages are, by their codes, 0..1; English for a model of English."""
        return self._in_batches(windows, lambda some: self._languages_of_batch(some, channels))

    def _in_batches(self, windows: Sequence[Window], work: Callable[[Sequence[Window]], list[T]]) -> list[T]:
        found: list[T] = []
        while len(found) < len(windows):
            try:
                found += work(windows[len(found) : len(found) + self.batch])
            except RuntimeError as error:
                self.batch = _half_as_many(self.batch, error)
        return found

    @abstractmethod
    def _hear_batch(
        self, windows: Sequence[Window], channels: Sequence[Samples], language: str, prompt: str
    ) -> list[Heard]:
        """Return what is said in each of at most `batch` windows."""

    @abstractmethod
    def _languages_of_batch(self, windows: Sequence[Window], channels: Sequence[Samples]) -> list[dict[str, float]]:
        """Return how likely languages are in each of at most `batch` windows."""


def _half_as_many(batch: int, error: RuntimeError) -> int:
    """Return the batch to go on with after the GPU's memory was full, and say so.

    Raises:
        RuntimeError: it is another error, or a single window is too much.
    """
    if batch < 2 or "out of memory" not in str(error):
        raise error
    _log.warning("The GPU's memory is full: windows are decoded %d at a time instead of %d.", batch // 2, batch)
    return batch // 2
