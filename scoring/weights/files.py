"""Files that are known by their sha256: hashing once, remembering, and putting in place atomically."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from scoring.errors import WeightsError

BLOCK = 1 << 20  # bytes read at a time


def sha256_of(path: Path) -> str:
    """sha256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Memory:
    """Remembers the sha256 of files by size and time of change, so that 150 MB are not hashed at every start.

    Kept as one small JSON file. Losing it, or an entry of it, costs a hash and nothing else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def sha256(self, path: Path) -> str:
        """sha256 of `path`, from memory while its size and time of change are the remembered ones."""
        stat = path.stat()
        seen = self._read().get(str(path.absolute()))
        if seen and seen[:2] == [stat.st_size, stat.st_mtime_ns]:
            return str(seen[2])
        found = sha256_of(path)
        self.remember(path, found)
        return found

    def remember(self, path: Path, sha256: str) -> None:
        """Note what `path` holds now. A cache that cannot be written is no reason to stop."""
        stat = path.stat()
        entries = {**self._read(), str(path.absolute()): [stat.st_size, stat.st_mtime_ns, sha256]}
        try:
            with replacing(self.path) as file:
                file.write(json.dumps(entries, indent=1, sort_keys=True).encode())
        except WeightsError:
            return

    def _read(self) -> dict[str, list[object]]:
        try:
            entries = json.loads(self.path.read_bytes())
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` when the block ends well, and leaves nothing when it does not.

    Two processes may do so at once: the last one wins, and no reader ever sees half a file.

    Raises:
        WeightsError: the file cannot be written (no space, no permission).
    """
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            yield file
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        raise WeightsError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Free some space, or set CALLSCORE_CACHE_DIR to a folder that can be written.",
        ) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
