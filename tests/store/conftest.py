"""The same tests on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import PostgresServer

from scoring.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new, empty database."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.new_url()
    return f"sqlite:///{tmp_path / 'deep' / 'er' / 'callscore.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open store, empty."""
    with Store.open(url) as opened:
        yield opened
