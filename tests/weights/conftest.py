"""Fixtures around the invented weights of `tiny_weights`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tiny_weights import ONE_FILE, TWO_PARTS, Packages

from scoring.weights import Published, cache, table


@pytest.fixture
def tiny_table(monkeypatch: pytest.MonkeyPatch) -> tuple[Published, ...]:
    entries = (TWO_PARTS, ONE_FILE)
    monkeypatch.setattr(table, "PUBLISHED", entries)
    monkeypatch.setattr(cache, "PUBLISHED", entries)
    return entries


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_table: tuple[Published, ...]) -> Packages:
    """An empty place for installed packages, and an index of wheels that pip takes instead of the network."""
    made = Packages(tmp_path / "site", tmp_path / "wheels")
    made.site.mkdir()
    made.wheels.mkdir()
    monkeypatch.syspath_prepend(made.site)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(made.wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return made


@pytest.fixture
def said() -> tuple[list[str], Callable[[str], None]]:
    lines: list[str] = []
    return lines, lines.append
