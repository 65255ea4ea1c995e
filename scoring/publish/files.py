"""Files that appear whole or not at all, and a list of our own, so that nobody else's file is ever removed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from scoring.errors import CallscoreError

LIST = ".published.json"
# Every path that this room ever writes; a list that somebody changed cannot lead anywhere else.
_OURS = re.compile(r"(index\.html|(scorecards|criteria|calls)\.(csv|xlsx|json)|(agents|teams|calls)/[a-z0-9-]+\.html)")


class Tree:
    """The folder of published files.

    The list is written before the files, with the old ones in it: whatever is interrupted, the next run knows what
    is ours.
    """

    def __init__(self, root: Path, planned: Sequence[str]) -> None:
        strange = [path for path in planned if not _OURS.fullmatch(path)]
        if strange:
            raise ValueError(f"not a path of a published file: {strange[0]!r}")
        self.root = root
        self.planned = frozenset(planned)
        self._earlier = read_list(root)
        self._save_list(self.planned | self._earlier)

    def write(self, path: str, content: bytes) -> None:
        """Write one of the planned files; one that holds this already is left as it is.

        Raises:
            CallscoreError: the file cannot be written; what stood there before still does.
        """
        if path not in self.planned:
            raise ValueError(f"{path!r} was not planned")
        write_whole(self.root / path, content)

    def finish(self) -> tuple[Path, ...]:
        """Remove what an earlier run wrote and this one did not; return what was removed."""
        stale = [self.root / path for path in sorted(self._earlier - self.planned)]
        removed = [path for path in stale if path.is_file() or path.is_symlink()]
        for path in removed:
            with _one_line(path, "removed"):
                path.unlink()
        for folder in {path.parent for path in stale} - {self.root}:
            with suppress(OSError):  # somebody else's file is in it
                folder.rmdir()
        self._save_list(self.planned)
        return tuple(removed)

    def _save_list(self, paths: frozenset[str]) -> None:
        content = json.dumps({"version": 1, "files": sorted(paths)}, indent=1) + "\n"
        write_whole(self.root / LIST, content.encode())


def read_list(root: Path) -> frozenset[str]:
    """Return the paths an earlier run wrote, relative to `root`.

    Raises:
        CallscoreError: the list is not one that callscore wrote.
    """
    try:
        found = json.loads((root / LIST).read_text("utf-8"))
        return frozenset(path for path in found["files"] if _OURS.fullmatch(path))
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except (OSError, ValueError, TypeError, KeyError):
        raise CallscoreError(
            f"{root / LIST} cannot be read as a list of published files.",
            hint="Delete it; pages of an earlier run that no longer belong are then left for you to remove.",
        ) from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there in one step.

    Raises:
        CallscoreError: it cannot be written.
    """
    passing = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with _one_line(path, "written"):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.read_bytes() == content:
            return
        try:
            passing.write_bytes(content)
            passing.replace(path)
        except BaseException:
            with suppress(OSError):
                passing.unlink()
            raise


@contextmanager
def _one_line(path: Path, done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CallscoreError(
            f"{path} cannot be {done}: {error.strerror or error}.",
            hint="Make room or choose another folder for the outputs, then publish again; the stored calls are safe.",
        ) from error
