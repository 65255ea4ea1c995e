"""A recording as the rest of callscore sees it: its channels, its identity, and what they really are."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from scoring.audio.channels import ChannelLayout, find_truth
from scoring.audio.decode import decode, reading_error
from scoring.audio.signal import Samples
from scoring.errors import RecordingError, TransientError

_ENDINGS = frozenset(
    f".{ending}"
    for ending in (
        *("wav", "wave", "w64", "aif", "aiff", "au", "caf", "flac", "gsm", "amr", "3gp"),
        *("mp3", "m4a", "mp4", "aac", "ogg", "oga", "opus", "wma", "webm", "mka"),
    )
)


@dataclass(frozen=True, slots=True)
class Recording:
    """A decoded call."""

    path: Path
    channels: tuple[Samples, ...]  # each (n_samples,), mono, 16 kHz; only those worth hearing
    channel_numbers: tuple[int, ...]  # index in the file of each kept channel
    layout: ChannelLayout
    audio_hash: str  # sha256 of the decoded sound: the call's identity
    duration: float  # seconds
    source_rate: int  # Hz
    source_channels: int
    codec: str
    notes: tuple[str, ...]


def read_recording(path: Path, *, longest_hours: float = 4.0) -> Recording:
    """Decode a recording and find out what its channels are.

    Raises:
        RecordingError: it cannot be decoded or used; the message says why.
        TransientError: it could not be read to its end (a lost share).
    """
    try:
        sound = decode(path, longest_seconds=longest_hours * 3600)
        truth = find_truth(sound.channels)
    except (RecordingError, TransientError) as error:
        raise type(error)(f"{path}: {error.message}", hint=error.hint) from None
    return Recording(
        path=path,
        channels=tuple(sound.channels[number] for number in truth.kept),
        channel_numbers=truth.kept,
        layout=truth.layout,
        audio_hash=sound.audio_hash,
        duration=sound.duration,
        source_rate=sound.rate,
        source_channels=len(sound.channels),
        codec=sound.codec,
        notes=(*sound.notes, *truth.notes),
    )


def is_recording(path: Path) -> bool:
    """True when the ending of the file name is one that recordings have."""
    return path.suffix.lower() in _ENDINGS


def file_hash(path: Path) -> str:
    """sha256 of the file's bytes.

    Raises:
        RecordingError: it is missing or may not be read.
        TransientError: it could not be read to its end.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        ours = reading_error(error)
        raise type(ours)(f"{path}: {ours.message}", hint=ours.hint) from None
