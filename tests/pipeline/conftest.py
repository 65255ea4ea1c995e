"""A store and a workshop of scripted speech for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pipeline_calls import CountingEngine, SilentReader, write_call

from scoring.pipeline.stages import Tools
from scoring.settings import load_settings
from scoring.store import Store


@pytest.fixture
def engine() -> CountingEngine:
    return CountingEngine()


@pytest.fixture
def tools(engine: CountingEngine) -> Tools:
    return Tools(load_settings(), engine=engine, reader=SilentReader())


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(load_settings().database_url) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_call(tmp_path / "calls" / "one.wav")
    write_call(tmp_path / "calls" / "two.wav", 330.0)
    return tmp_path / "calls"
