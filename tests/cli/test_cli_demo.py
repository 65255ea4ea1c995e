"""The demo as a user runs it: the sample calls, by the real models, through Prefect, into scorecards.

One run serves all tests of this file; it takes minutes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from places import CACHE, SAMPLES

pytestmark = pytest.mark.models

LEAST_AGREEMENT = 0.9  # of criterion outcomes, against what a careful reader wrote before any machine ran


@dataclass(frozen=True)
class Demo:
    folder: Path
    score: dict[str, Any]
    code: int

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return _run(self.folder, *arguments)


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("CALLSCORE_", "PREFECT_"))}
    env |= {"HOME": str(home), "CALLSCORE_CACHE_DIR": str(CACHE), "COLUMNS": "200"}
    command = [sys.executable, "-m", "scoring.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=1500)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    done = _run(folder, "score", str(SAMPLES), "--json")
    assert done.stdout, done.stderr
    yield Demo(folder, json.loads(done.stdout), done.returncode)
    shutil.rmtree(folder)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_sample_call_is_scored(demo: Demo) -> None:
    listed = {json.loads(line)["file"] for line in (SAMPLES / "truth.jsonl").read_text().splitlines()}
    assert {one["file"] for one in demo.score["scored"]} == listed
    assert demo.score["aside"] == []
    assert demo.code == 0


def test_the_outcomes_agree_with_the_truth_file(demo: Demo) -> None:
    done = demo.run("compare", str(SAMPLES / "truth.jsonl"), "--json")
    result = json.loads(done.stdout)
    compared = sum(one["n"] for one in result["criteria"])
    agreed = sum(one["agreed"] for one in result["criteria"])
    listed = "\n".join(f"{d['file']} {d['criterion']}: {d['people']} / {d['machine']}" for d in result["differences"])
    assert compared == 105
    assert len(result["differences"]) == compared - agreed
    assert agreed / compared >= LEAST_AGREEMENT, f"{agreed} of {compared}\n{listed}"


def test_a_second_run_transcribes_and_judges_nothing(demo: Demo) -> None:
    done = demo.run("score", str(SAMPLES), "--json")
    assert done.returncode == 0, done.stderr
    again = json.loads(done.stdout)
    assert len(again["scored"]) == len(demo.score["scored"])
    assert not any(one["transcribed"] or one["judged"] for one in again["scored"])


def test_published_again_after_deleting_outputs_is_identical(demo: Demo) -> None:
    outputs = demo.folder / "outputs"
    assert demo.run("publish").returncode == 0
    first = tree(outputs)
    shutil.rmtree(outputs)
    assert demo.run("publish").returncode == 0
    assert tree(outputs) == first
    assert {"index.html", "scorecards.csv", "scorecards.xlsx", "scorecards.json"} <= set(first)
    agents = [name for name in first if name.startswith("agents/")]
    assert len(agents) >= 4


def test_every_point_shows_who_when_and_which_words(demo: Demo) -> None:
    met = 0
    for one in demo.score["scored"]:
        shown = json.loads(demo.run("show", one["call_id"], "--json").stdout) if met < 3 else None
        if shown is None:
            break
        turns = shown["call"]["transcript"]["turns"]
        for criterion in shown["score"]["criteria"]:
            assert criterion["reason"]
            if criterion["outcome"] == "met":
                met += 1
                assert criterion["evidence"]
            for evidence in criterion["evidence"]:
                turn = turns[evidence["turn"]]
                assert turn["start"] - 0.01 <= evidence["start"] <= evidence["end"] <= turn["end"] + 0.01
                assert evidence["role"] == turn["role"]
    assert met


def test_a_call_is_found_by_its_file_and_shown_to_people(demo: Demo) -> None:
    done = demo.run("show", demo.score["scored"][0]["file"])
    assert done.returncode == 0, done.stderr
    assert "of 100" in done.stdout
    listing = demo.run("show").stdout
    assert all(one["file"] in listing for one in demo.score["scored"])


def test_transcribe_prints_the_one_transcript(demo: Demo) -> None:
    done = demo.run("transcribe", str(SAMPLES / demo.score["scored"][4]["file"]), "--json")
    assert done.returncode == 0, done.stderr
    transcript = json.loads(done.stdout)
    assert transcript["turns"]
    for turn in transcript["turns"]:
        assert turn["role"] in {"agent", "customer", "system", "unknown"}
        assert 0 <= turn["start"] <= turn["end"] <= transcript["duration"] + 0.5
        assert turn["text"].strip()


def test_another_rubric_is_judged_from_what_is_stored(demo: Demo) -> None:
    done = demo.run("judge", "--rubric", "service_standard", "--json")
    assert json.loads(done.stdout)["judged"] == len(demo.score["scored"])
    done = demo.run("publish", "--rubric", "service_standard", "--out", "standard")
    assert done.returncode == 0, done.stderr
    assert (demo.folder / "standard" / "index.html").is_file()


def test_nothing_is_left_in_the_home_folder(demo: Demo) -> None:
    assert [path.name for path in (demo.folder / "home").iterdir()] == []
