"""A small workshop: scripted speech, a reader that says nothing, calls made of tones."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scoring.calls import Role
from scoring.reader import Reading
from scoring.transcribe import ScriptedEngine

AGENT = "Good morning thank you for calling Larkfield Tyres this is Dora speaking how can I help you today"
CHAT = (
    "Agent: Hello, you are writing with Dora. How can I help?\nCustomer: My tyre is flat.\nAgent: I will send a van.\n"
)
EMAIL = (
    "From: Dora <dora@larkfield.example>\nTo: Sam <sam@mail.example>\nSubject: Your tyre\n"
    "Date: Mon, 02 Mar 2026 10:00:00 +0000\n\nDear Sam, your tyre comes tomorrow. Kind regards, Dora\n"
)
CUSTOMER = "Hello my name is Peter Moss I have a flat tyre and I would like a new one please"


class SilentReader:
    """Has nothing to say of any conversation, so that rules alone decide; nothing is loaded."""

    fingerprint = "silent-reader"

    def read(self, texts: Sequence[str], roles: Sequence[Role] | None = None) -> Reading:
        even = np.full((len(texts), 3), np.log(1 / 3), dtype=np.float32)
        return Reading(even, (), np.ones((len(texts), 384), dtype=np.float32))


def write_call(path: Path, pitch: float = 220.0, seconds: float = 6.0) -> Path:
    """Write a stereo call: the parties sound by turns, in syllables; `pitch` makes it this call and no other."""
    rate = 8000
    time = np.arange(int(seconds * rate)) / rate
    half = len(time) // 2
    syllables = np.clip(np.sin(2 * np.pi * 4 * time), 0, None) ** 2
    channels = np.zeros((len(time), 2))
    for number, part in enumerate((slice(0, half), slice(half, None))):
        voice = sum(np.sin(2 * np.pi * pitch * (number + 1.3) * k * time[part]) / k for k in range(1, 8))
        channels[part, number] = 0.2 * voice * syllables[part]
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((channels * 32767).astype("<i2").tobytes())
    return path


class CountingEngine(ScriptedEngine):
    """Says the same call each time and knows how often it was asked."""

    def __init__(self, name: str = "scripted") -> None:
        super().__init__([AGENT, CUSTOMER], name)

    @property
    def asked(self) -> int:
        return len(self.prompts)
