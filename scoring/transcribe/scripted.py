"""A speech engine that says what it was told to: for tests, and for trying the rest of callscore without weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from scoring.audio.signal import SAMPLE_RATE, FloatArray, Samples
from scoring.calls import Word
from scoring.transcribe.engine import ChannelText, Fingerprint

Script = Callable[[FloatArray], str]


class ScriptedEngine:
    """Gives each channel the words of a script, spread evenly over the sound in it. Silence gets no words.

    Args:
        script: a text for each channel by its number, or a function from a channel's sound to its text.
        name: told apart in the fingerprint.
    """

    def __init__(self, script: Sequence[str] | Script, name: str = "scripted") -> None:
        self._script = script
        self._name = name
        self.prompts: list[str] = []  # what was asked, in order

    @property
    def fingerprint(self) -> Fingerprint:
        """The engine's name."""
        return (("engine", self._name),)

    def transcribe(self, channels: Sequence[Samples], prompt: str = "") -> tuple[ChannelText, ...]:
        """Return the script's words, whatever was said."""
        self.prompts.append(prompt)
        return tuple(ChannelText(self._words(number, channel), "en") for number, channel in enumerate(channels))

    def _words(self, number: int, channel: Samples) -> tuple[Word, ...]:
        samples = channel[:]
        sounding = np.flatnonzero(samples)
        if not len(sounding):
            return ()
        if callable(self._script):
            texts = self._script(samples).split()
        else:
            texts = self._script[number].split() if number < len(self._script) else []
        first, end = sounding[0] / SAMPLE_RATE, (sounding[-1] + 1) / SAMPLE_RATE
        edges = np.linspace(first, end, len(texts) + 1)
        return tuple(
            Word(text, float(start), float(stop), 1.0)
            for text, start, stop in zip(texts, edges[:-1], edges[1:], strict=True)
        )
