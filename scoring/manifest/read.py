"""Reading `manifest.csv` or `manifest.jsonl`: every fault with its line, or the rows."""

from __future__ import annotations

import codecs
import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from io import StringIO
from pathlib import Path
from typing import Any

from scoring.calls import CallInfo
from scoring.errors import ManifestError
from scoring.manifest.columns import COLUMNS, DECIMALS, column_name, file_key, read_row, unknown_column

NAMES = ("manifest.csv", "manifest.jsonl")
_DELIMITERS = (",", ";", "\t")

Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a list says about each call. `rows` are in the order of the list, by the file's name in it."""

    path: Path
    rows: Mapping[str, CallInfo]

    def info_for(self, path: Path, folder: Path) -> CallInfo | None:
        """Return what is said of `path`, a file somewhere under `folder`; None when the list does not name it.

        A name in the list is relative to `folder`, or else to the manifest, or a whole path. `CallInfo.file` is then
        relative to `folder` where the file lies in it.
        """
        whole = path.absolute()
        inside = _relative(whole, folder)
        for name in (inside, _relative(whole, self.path.parent), file_key(str(whole))):
            if name is not None and name in self.rows:
                return replace(self.rows[name], file=inside or path.name)
        return None

    def missing_files(self, folder: Path) -> tuple[str, ...]:
        """Return the names in the list that no file bears, in the order of the list."""
        present = _Present()
        return tuple(
            name for name in self.rows if not (present.has(folder, name) or present.has(self.path.parent, name))
        )


class _Present:
    """Looks files up by name, forgiving composed and decomposed letters."""

    def __init__(self) -> None:
        self._names: dict[Path, set[str]] = {}

    def has(self, folder: Path, name: str) -> bool:
        path = folder / name  # an absolute name replaces the folder
        if path.parent not in self._names:
            beside = path.parent.iterdir() if path.parent.is_dir() else ()
            self._names[path.parent] = {
                file_key(found.name) for found in beside if found.is_file() or found.is_symlink()
            }
        return path.name in self._names[path.parent] or path.is_file()


def _relative(path: Path, folder: Path) -> str | None:
    whole = folder.absolute()
    return file_key(path.relative_to(whole).as_posix()) if path.is_relative_to(whole) else None


def find_manifest(folder: Path) -> Path | None:
    """Return the manifest that lies beside the calls, None when there is none.

    Raises:
        ManifestError: there are two, and nothing says which one holds.
    """
    found = [folder / name for name in NAMES if (folder / name).is_file()]
    if len(found) > 1:
        raise ManifestError(f"{folder} holds both {' and '.join(NAMES)}.", hint="Keep one of them, or name one.")
    return found[0] if found else None


def read_manifest(path: Path, zone: tzinfo = UTC) -> Manifest:
    """Read a manifest; a time without a zone is one of `zone`, and a missing time stays missing.

    Raises:
        ManifestError: it cannot be read, or has faults; every fault is listed with its line.
    """
    text = _text(path)
    faults: list[str] = []
    rows: dict[str, CallInfo] = {}
    lines: dict[str, int] = {}
    read: Callable[[str, list[str]], Iterator[tuple[int, Cells]]] = (
        _json_rows if path.suffix.lower() in (".jsonl", ".ndjson", ".json") else _csv_rows
    )
    for line, cells in read(text, faults):
        info, wrong = read_row(cells, zone)
        faults.extend(f"line {line}: {fault}" for fault in wrong)
        if info is None:
            continue
        if info.file in rows:
            faults.append(f"line {line}: {info.file} stands in line {lines[info.file]} already")
        rows[info.file], lines[info.file] = info, line
    if faults:
        raise ManifestError(_listed(path, faults))
    return Manifest(path, rows)


def _listed(path: Path, faults: list[str]) -> str:
    if len(faults) == 1:
        return f"{path.name}, {faults[0]}."
    return "\n".join([f"{path.name} has {len(faults)} faults:", *(f"  {fault}" for fault in faults)])


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ManifestError(f"{path} cannot be read: {error.strerror or error}.") from None
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ManifestError(f"{path.name}, line {line}: not UTF-8 text.", hint="Save it as CSV UTF-8.") from None
    if "\x00" in text:
        raise ManifestError(f"{path.name} is not a text file.", hint="A spreadsheet must be saved as CSV UTF-8.")
    if not text.strip():
        raise ManifestError(f"{path.name} is empty.", hint=f"Its first line names the columns: {', '.join(COLUMNS)}.")
    return text


def _csv_rows(text: str, faults: list[str]) -> Iterator[tuple[int, Cells]]:
    delimiter = _delimiter(text)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] | None = None
    line = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            faults.append(f"line {line + 1}: {error}")
            return
        first, line = line + 1, reader.line_num
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if names is None:
            names = [column_name(cell) for cell in cells]
            wrong = _heading_faults(names)
            faults.extend(f"line {first}: {fault}" for fault in wrong)
            if wrong:
                return
        elif any(cell.strip() for cell in cells[len(names) :]):
            faults.append(f"line {first}: {len(cells)} cells under {len(names)} columns")
        else:
            yield first, _numbers(dict(zip(names, cells, strict=False)), delimiter)


def _delimiter(text: str) -> str:
    heading = text.lstrip().splitlines()[0]
    return max(_DELIMITERS, key=heading.count)


def _heading_faults(names: list[str]) -> list[str]:
    while names and not names[-1]:
        names.pop()  # spreadsheets leave empty columns at the end
    faults = [unknown_column(name) for name in names if name not in COLUMNS]
    faults += [f"column {name!r} stands twice" for name in sorted(set(names)) if names.count(name) > 1]
    if "file" not in names:
        faults.append("the column 'file' is missing")
    return faults


def _numbers(cells: dict[str, str], delimiter: str) -> Cells:
    """Read a decimal comma where commas do not part the cells, as spreadsheets write in many countries."""
    if delimiter == ",":
        return cells
    return {name: cell.replace(",", ".", 1) if name in DECIMALS else cell for name, cell in cells.items()}


def _json_rows(text: str, faults: list[str]) -> Iterator[tuple[int, Cells]]:
    for line, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            value = json.loads(row, object_pairs_hook=_once)
        except ValueError as error:
            said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            faults.append(f"line {line}: not JSON: {said}")
            continue
        if isinstance(value, dict):
            yield line, value
        else:
            faults.append(f'line {line}: not a JSON object such as {{"file": "a.wav"}}')


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)} given twice")
    return dict(pairs)
