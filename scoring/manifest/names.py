"""What a file's own name says, by a pattern in the settings."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from pathlib import Path

from scoring.calls import CallInfo
from scoring.errors import ManifestError, SettingsError, nearest
from scoring.manifest.columns import COLUMNS, read_row, read_time

_SETTING = "recordings.filename_pattern"
# as phone systems write them, since a file's name can hold no colon: 20240531-140500, 2024-05-31_14-05
_STAMP = re.compile(r"(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?:[-_. T]?(\d\d)[-_.]?(\d\d)(?:[-_.]?(\d\d))?)?", re.ASCII)


def info_from_name(path: Path, pattern: str, zone: tzinfo = UTC) -> CallInfo:
    """Read the call's columns out of its file's name.

    `pattern` is a regular expression for the whole name, with or without the ending, whose named groups are columns of
    the manifest. A name of another shape says nothing: only `file` is known then.

    Raises:
        SettingsError: the pattern is no regular expression, or names no column.
        ManifestError: the name fits, but holds a value that cannot be.
    """
    shape = _compiled(pattern)
    found = shape.fullmatch(path.stem) or shape.fullmatch(path.name)
    cells: dict[str, object] = {"file": path.name}
    try:
        for name, value in (found.groupdict() if found else {}).items():
            cells[name] = _stamp(value) if name == "started_at" and value else value
    except ValueError as error:
        raise ManifestError(f"{path.name}: started_at: {error}.", hint=f"See {_SETTING} in the settings.") from None
    info, faults = read_row(cells, zone)
    if info is None:
        raise ManifestError(f"{path.name}: {'; '.join(faults)}.", hint=f"See {_SETTING} in the settings.")
    return info


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        shape = re.compile(pattern)
    except re.error as error:
        raise SettingsError(f"{_SETTING} is no regular expression: {error}.") from None
    columns = [name for name in COLUMNS if name != "file"]
    for name in shape.groupindex:
        if name not in columns:
            hint = nearest(name, columns) or f"Groups are {', '.join(columns)}."
            raise SettingsError(f"{_SETTING} has a group {name!r} that is no column.", hint=hint)
    if not shape.groupindex:
        raise SettingsError(f"{_SETTING} has no named group.", hint="Write one such as (?P<agent_id>[A-Z]+).")
    return shape


def _stamp(text: str) -> datetime:
    found = None if ":" in text else _STAMP.fullmatch(text)
    if found is None:
        return read_time(text)
    numbers = [int(part) for part in found.groups() if part is not None]
    try:
        moment = datetime(*numbers)  # type: ignore[arg-type]  # three to six numbers; the zone is given later
    except ValueError as error:
        raise ValueError(f"{text!r} is no time: {error}") from None
    return read_time(moment.isoformat())
