"""What a speech engine is: sound of one recording in, words on its clock out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

from scoring.audio.signal import Samples
from scoring.audio.voice import Region
from scoring.calls import CallInfo, Word
from scoring.errors import SettingsError

Fingerprint = tuple[tuple[str, str], ...]


class MarkKind(StrEnum):
    """What a reader should know about a stretch of a transcript."""

    AGAIN = "decoded again"  # the first try was bad, the second is good
    DOUBTFUL = "doubtful"  # every try was bad; the best one is kept
    UNHEARD = "unheard"  # somebody seems to speak, but no words were found
    DROPPED = "dropped"  # words were found where nobody speaks, and left out


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked stretch of one channel, in seconds of the recording; `text` is what was left out, if anything."""

    kind: MarkKind
    start: float
    end: float
    text: str = ""

    def __str__(self) -> str:
        return f"{self.start:.1f}–{self.end:.1f} s {self.kind}" + (f": {self.text!r}" if self.text else "")


@dataclass(frozen=True, slots=True)
class ChannelText:
    """The words of one channel in the order they were spoken, and what is to be known about them."""

    words: tuple[Word, ...]
    language: str  # as Whisper names languages: "en"; "mul" for several, "" where nobody speaks
    marks: tuple[Mark, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """The marks as short sentences, for `Transcript.notes`."""
        return tuple(str(mark) for mark in self.marks)

    @property
    def unheard(self) -> tuple[Region, ...]:
        """Where somebody seems to speak and no words were found."""
        return tuple(Region(mark.start, mark.end) for mark in self.marks if mark.kind is MarkKind.UNHEARD)


class SpeechEngine(Protocol):
    """Turns speech into words. The same sound with the same fingerprint gives the same words, every time."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Whatever changes the words, by name: engine, version, weights, options, voice activity. Cheap to ask."""

    def transcribe(self, channels: Sequence[Samples], prompt: str = "") -> tuple[ChannelText, ...]:
        """Return the words of each channel of ONE recording.

        Args:
            channels: mono float32 at 16 kHz, shape (n_samples,), all on the recording's clock.
            prompt: names that may be spoken (see `name_prompt`); it biases spelling and is never itself a word.
        """


def engine_version(engine: str) -> str:
    """The engine with what runs it, such as "openai-whisper 20250625".

    Raises:
        SettingsError: it is not installed.
    """
    packages = ("openai-whisper",) if engine == "whisper" else ("faster-whisper", "ctranslate2")
    try:
        return ", ".join(f"{package} {version(package)}" for package in packages)
    except PackageNotFoundError as error:
        raise SettingsError(
            f"transcribe.engine is {engine!r}, and {error.name} is not installed.",
            hint=f"Run `pip install -c constraints.txt 'callscore[{'models' if engine == 'whisper' else 'fast'}]'`.",
        ) from None


def name_prompt(info: CallInfo, company: str | None) -> str:
    """Return the names of a call as a prompt for the engine; empty when none is known.

    The form is a note ("Company. Agent X, customer Y."): a prompt that reads like a greeting makes Whisper take the
    greeting for already written, and skip it.
    """
    people = [("agent", info.agent_name), ("customer", info.customer_name)]
    known = [f"{role} {' '.join(name.split())}" for role, name in people if name and name.strip()]
    parts = [" ".join(company.split())] if company and company.strip() else []
    if known:
        listed = ", ".join(known)
        parts.append(listed[0].upper() + listed[1:])
    return "".join(f"{part.rstrip('.')}. " for part in parts).strip()
