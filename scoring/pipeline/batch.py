"""Which calls a batch holds, and who is in them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from scoring.audio import is_recording
from scoring.calls import CallInfo
from scoring.errors import InputError
from scoring.manifest import Manifest, find_manifest, info_from_name, read_manifest
from scoring.settings import Settings
from scoring.texts import is_conversation


@dataclass(frozen=True, slots=True)
class Job:
    """One file to score. `path` is where it lies, `info.file` is how people name it."""

    path: str
    info: CallInfo


@dataclass(frozen=True, slots=True)
class Batch:
    """The files to score, and the files that a manifest names but nobody can find."""

    jobs: tuple[Job, ...]
    missing: tuple[str, ...] = ()


def plan_batch(sources: Sequence[Path], settings: Settings, manifest: Path | None = None) -> Batch:
    """List the calls under `sources` (files or folders) with what is known about each.

    A manifest beside the calls (`manifest.csv` or `manifest.jsonl`) is found by itself.

    Raises:
        InputError: a source is not there or neither file nor folder, or none of them holds a call.
        ManifestError: the manifest has faults.
        SettingsError: the file-name pattern is not a regular expression.
    """
    jobs: dict[str, Job] = {}
    missing: list[str] = []
    for source in sources:
        if not source.exists():
            raise InputError(f"{source} is not there.", hint="Give a folder of calls, or a recording.")
        if not source.is_dir() and not source.is_file():  # a pipe or a device may have no end
            raise InputError(f"{source} is not a file.", hint="Save the recording first, then give its path.")
        folder = source if source.is_dir() else source.parent
        listed = _manifest_of(source, manifest, settings)
        files = _calls_in(source, listed) if source.is_dir() else [source]
        for path in files:
            jobs.setdefault(os.path.realpath(path), Job(str(path), _info(path, folder, listed, settings)))
        if listed is not None and source.is_dir():
            missing.extend(name for name in listed.missing_files(folder) if name not in missing)
    if not jobs and not missing:
        raise InputError(
            f"No calls in {', '.join(str(source) for source in sources)}.",
            hint="Recordings (.wav .mp3 .m4a .ogg .flac .amr) and conversations (.json .vtt .srt .eml .txt) count.",
        )
    return Batch(tuple(jobs[key] for key in sorted(jobs)), tuple(missing))


def _manifest_of(source: Path, given: Path | None, settings: Settings) -> Manifest | None:
    path = given or find_manifest(source if source.is_dir() else source.parent)
    if path is None:
        return None
    return read_manifest(path, zone=ZoneInfo(settings.scorecard.time_zone))


def _info(path: Path, folder: Path, listed: Manifest | None, settings: Settings) -> CallInfo:
    known = listed.info_for(path, folder) if listed else None
    if known is not None:
        return known
    if settings.recordings.filename_pattern:
        return info_from_name(path, settings.recordings.filename_pattern)
    return CallInfo(file=_name(path, folder))


def _name(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
    return os.fsencode(name).decode(errors="replace")  # a name in another encoding must still be sayable


def _calls_in(folder: Path, listed: Manifest | None) -> list[Path]:
    """Recordings, and written conversations that are not notes about a recording of the same name."""
    files = sorted(_visible(folder))
    recordings = [path for path in files if is_recording(path)]
    stems = {path.with_suffix("") for path in recordings}
    texts = [
        path
        for path in files
        if path not in recordings
        and path.with_suffix("") not in stems
        and (is_conversation(path) or (listed is not None and listed.info_for(path, folder) is not None))
    ]
    return sorted([*recordings, *texts])


def _visible(folder: Path) -> Iterator[Path]:
    """Files, and links that lead nowhere: a call that cannot be reached is set aside, not passed over."""
    paths: Iterable[Path] = folder.rglob("*")
    for path in paths:
        inside = path.relative_to(folder).parts
        to_say = path.is_file() or (path.is_symlink() and not path.exists())
        if to_say and not any(part.startswith(".") for part in inside):
            yield path
