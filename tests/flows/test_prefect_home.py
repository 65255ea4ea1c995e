"""Prefect's home: made where the state is, and refused at once where there is no room for it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import httpx
import pytest

from flows.prefect_home import LEAST_FREE, prefect_in_one_line, prepare_prefect
from scoring.errors import StoreError
from scoring.settings import Settings


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))


def test_the_home_lies_under_the_state_folder(tmp_path: Path) -> None:
    os.environ.pop("PREFECT_HOME", None)
    prepare_prefect(Settings(state_dir=tmp_path / "a" / "state"))
    assert os.environ["PREFECT_HOME"] == str((tmp_path / "a" / "state" / "prefect").resolve())
    assert (tmp_path / "a" / "state" / "prefect").is_dir()


@pytest.mark.parametrize(("free", "refused"), [(LEAST_FREE - 1, True), (LEAST_FREE, False)])
def test_a_full_disk_is_said_before_prefect_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, refused: bool
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    if not refused:
        prepare_prefect(Settings(state_dir=tmp_path))
        return
    with pytest.raises(StoreError, match="is full") as caught:
        prepare_prefect(Settings(state_dir=tmp_path))
    assert "state_dir" in caught.value.hint


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        prepare_prefect(Settings(state_dir=tmp_path / "file"))


def test_a_server_that_cannot_go_on_is_one_line() -> None:
    with pytest.raises(StoreError, match="what was finished is stored"), prefect_in_one_line(Settings()):
        raise httpx.ReadError("gone")
    with pytest.raises(StoreError, match=r"^ours$"), prefect_in_one_line(Settings()):
        raise StoreError("ours")
