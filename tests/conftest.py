"""Every test has its own state, outputs and working folder; only the cache of model weights is shared."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from places import CACHE
from servers import PostgresServer

# machines are shared: an example that is slow today says nothing about the code
settings.register_profile("callscore", deadline=None, derandomize=True)
settings.load_profile("callscore")

os.environ["CALLSCORE_CACHE_DIR"] = str(CACHE)  # for fixtures that outlive one test


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read from, or left in, a home folder or the project's own state."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("CALLSCORE_CACHE_DIR", str(CACHE))
    monkeypatch.setenv("CALLSCORE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("CALLSCORE_OUTPUTS", str(tmp_path / "outputs"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server on loopback."""
    server = PostgresServer()
    yield server
    server.close()
