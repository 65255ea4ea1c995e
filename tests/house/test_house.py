"""The product as it is installed: what imports what, what the wheel holds, how fast help comes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY


def run(command: list[str], cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=300
    )


def python(code: str, cwd: Path) -> str:
    done = run([sys.executable, "-c", code], cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_prefect_server_imports_with_the_pinned_packages(tmp_path: Path) -> None:
    python("import prefect.server", tmp_path)


@pytest.mark.parametrize("room", ["calls", "results", "vocabulary", "rubric", "judge", "scorecard", "signals.types"])
def test_judging_rooms_import_without_heavy_packages(room: str, tmp_path: Path) -> None:
    heavy = "{'torch', 'whisper', 'transformers', 'prefect', 'sqlalchemy', 'starlette', 'fastapi', 'jinja2'}"
    code = f"import sys, scoring.{room}; print(sorted({heavy} & set(sys.modules)))"
    assert python(code, tmp_path).strip() == "[]"


def test_help_answers_in_under_a_second(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scoring.cli", "--help"]
    times = []
    for _ in range(3):
        began = time.process_time(), time.monotonic()
        done = run(command, tmp_path)
        times.append(time.monotonic() - began[1])
        assert done.returncode == 0, done.stderr
        assert "score" in done.stdout
    assert min(times) < 1.0


def test_every_command_has_help(tmp_path: Path) -> None:
    for command in ("score", "transcribe", "publish", "show", "judge", "compare", "doctor", "web", "rubric", "models"):
        done = run([sys.executable, "-m", "scoring.cli", command, "--help"], tmp_path)
        assert done.returncode == 0, done.stderr
        assert command in done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder), "."],
        REPOSITORY,
    )
    assert done.returncode == 0, done.stderr
    return next(folder.glob("callscore-*.whl"))


def test_the_wheel_carries_rubrics_and_migrations_and_nothing_private(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    shipped = {Path(name).name for name in names if name.startswith("scoring/_rubrics/")}
    assert {path.name for path in (REPOSITORY / "rubrics").glob("*.yaml")} <= shipped
    assert any(name.startswith("scoring/store/migrations/versions/") for name in names)
    assert any(name.endswith(".html") for name in names)
    roots = {name.split("/")[0] for name in names}
    assert {root for root in roots if not root.endswith(".dist-info")} == {"scoring", "flows"}


def test_the_installed_command_is_not_fooled_by_other_packages_of_its_names(wheel: Path, tmp_path: Path) -> None:
    """PyPI has unrelated packages called `scoring` and `flows`, and users have such folders."""
    target, here = tmp_path / "target", tmp_path / "here"
    done = run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), str(wheel)], tmp_path
    )
    assert done.returncode == 0, done.stderr
    for name in ("scoring", "flows"):
        (here / name).mkdir(parents=True)
        (here / name / "__init__.py").write_text("raise ImportError('a decoy was imported')\n")
    done = run([sys.executable, str(target / "bin" / "callscore"), "rubric", "list"], here, PYTHONPATH=str(target))
    assert done.returncode == 0, done.stderr
    assert "core" in done.stdout


def test_rubrics_are_plain_yaml_under_the_folder_that_was_ordered() -> None:
    for path in (REPOSITORY / "rubrics").glob("*.yaml"):
        assert yaml.safe_load(path.read_text())["name"]


def test_top_level_is_as_ordered() -> None:
    for name in ("pyproject.toml", "flows", "scoring", "rubrics", "audio_samples", "outputs", "tests", "README.md"):
        assert (REPOSITORY / name).exists(), name
