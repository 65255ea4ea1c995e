"""A small workshop: scripted speech, an encoder without weights, calls made of tones."""

from __future__ import annotations

import hashlib
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scoring.signals.encoder import DIMENSIONS, FloatArray
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


class HashEncoder:
    """Equal texts get equal vectors; nothing is learnt, nothing is loaded."""

    fingerprint = "hash-encoder"

    def embed(self, texts: Sequence[str]) -> FloatArray:
        rows = [np.frombuffer(hashlib.shake_256(text.encode()).digest(DIMENSIONS), dtype=np.uint8) for text in texts]
        made = np.array(rows, dtype=np.float32).reshape(len(texts), DIMENSIONS) - 127.5
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


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
