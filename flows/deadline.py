"""A time limit for what may hang: the process ends itself, and leaves a note of where it stood."""

from __future__ import annotations

import faulthandler
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoring.audio import is_recording
from scoring.audio.decode import declared_seconds
from scoring.errors import CallscoreError
from scoring.pipeline.batch import Job
from scoring.settings import Settings

LEAST_SECONDS = 300.0  # for any call: a busy machine takes minutes to load the models


def seconds_for(job: Job, settings: Settings) -> float:
    """How long a call may take: by its length, or that of the longest one where its header does not say."""
    path, longest = Path(job.path), settings.recordings.longest_hours * 3600
    length = 0.0
    if is_recording(path):
        try:
            length = min(declared_seconds(path) or longest, longest)
        except CallscoreError:
            length = 0.0  # whoever reads it next says what is wrong with it
    return LEAST_SECONDS + settings.time_limit * length


def note_of(job: Job, settings: Settings) -> Path:
    """Where a worker that was stopped over this call leaves its note."""
    return settings.state_dir / "faults" / f"hung-{hashlib.sha256(job.path.encode()).hexdigest()[:16]}.txt"


@contextmanager
def limited(seconds: float, note: Path) -> Iterator[None]:
    """End this process, whatever it does, when the time is over; `note` then says where it stood, no word of a call."""
    note.parent.mkdir(parents=True, exist_ok=True)
    with note.open("w") as file:
        faulthandler.dump_traceback_later(seconds, exit=True, file=file)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            note.unlink(missing_ok=True)


def was_stopped(note: Path) -> bool:
    """True when a worker left this note; an empty one, of a worker that died otherwise, is removed."""
    try:
        if note.stat().st_size:
            return True
        note.unlink()
    except OSError:
        pass
    return False
