"""The flow as it runs by itself: faults are set aside and said, Ctrl-C stops cleanly, the next run goes on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from places import SAMPLES
from servers import PostgresServer

pytestmark = pytest.mark.models

COMMAND = [sys.executable, "-m", "scoring.cli"]
CHATS = {
    "parcel.txt": "Agent: Hello, you are through to Dora. How can I help?\nCustomer: Where is my parcel?\n"
    "Agent: It left our depot this morning and comes tomorrow before noon.\n",
    "tyre.txt": "Agent: Good morning, Larkfield Tyres, Dora speaking. What can I do for you?\n"
    "Customer: I am so worried, my tyre burst on the motorway.\nAgent: Oh no, that must have been a fright.\n",
}


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "calls"
    folder.mkdir()
    for name, text in CHATS.items():
        (folder / name).write_text(text)
    return folder


def stored(tmp_path: Path) -> int:
    path = tmp_path / "state" / "callscore.db"
    if not path.exists():
        return 0
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        try:
            return int(database.execute("select count(*) from calls").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
        finally:
            database.rollback()


def test_bad_calls_are_set_aside_and_the_others_scored(calls: Path, tmp_path: Path) -> None:
    (calls / "noise.wav").write_text("this is no sound")
    (calls / "empty.mp3").write_bytes(b"")
    (calls / "lost.wav").symlink_to("/nowhere/lost.wav")
    (calls / "звонок с пробелом.wav").write_bytes((SAMPLES / "05_water_voicemail.wav").read_bytes())
    (calls / "manifest.csv").write_text("file,agent_id,team\nparcel.txt,a1,North\ngone.wav,a2,North\n")
    done = subprocess.run(
        [*COMMAND, "score", "calls", "--json"], capture_output=True, text=True, check=False, timeout=300
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 1
    report = json.loads(done.stdout)
    assert {one["file"] for one in report["scored"]} == {"parcel.txt", "tyre.txt", "звонок с пробелом.wav"}
    reasons = {one["file"]: one for one in report["aside"]}
    assert set(reasons) == {"noise.wav", "empty.mp3", "gone.wav", "lost.wav"}
    assert {name: one["stage"] for name, one in reasons.items() if "not there" in one["reason"]} == {
        "gone.wav": "find",
        "lost.wav": "read",
    }
    assert all(one["reason"] and one["hint"] and one["stage"] for one in reasons.values())
    assert not any(one["transient"] for one in reasons.values())

    said = subprocess.run([*COMMAND, "score", "calls"], capture_output=True, text=True, check=False, timeout=300)
    assert said.returncode == 1
    assert "4 set aside" in said.stdout
    assert "0 transcribed" in said.stdout
    assert "gone.wav" in said.stdout

    # mended, they are scored, and nothing is left aside
    (calls / "noise.wav").unlink()
    (calls / "empty.mp3").unlink()
    (calls / "lost.wav").unlink()
    (calls / "manifest.csv").write_text("file,agent_id,team\nparcel.txt,a1,North\n")
    again = subprocess.run([*COMMAND, "score", "calls"], capture_output=True, text=True, check=False, timeout=300)
    assert again.returncode == 0, again.stdout + again.stderr


def test_ctrl_c_stops_cleanly_and_the_next_run_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    folder.mkdir()
    for name in ("02_bill_angry_calmed.mp3", "05_water_voicemail.wav", "13_parcel_refused.wav", "18_keys_dropped.mp3"):
        shutil.copy(SAMPLES / name, folder / name)
    env = {**os.environ, "CALLSCORE_WORKERS": "1", "CALLSCORE_TRANSCRIBE__MODEL": "tiny.en"}
    run = subprocess.Popen(
        [*COMMAND, "score", "calls"], env=env, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    until = time.monotonic() + 200
    while stored(tmp_path) < 1 and time.monotonic() < until and run.poll() is None:
        time.sleep(0.1)
    children = psutil.Process(run.pid).children(recursive=True)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal sends it: to every process of the group
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130, said
    assert "run the same command again" in said
    assert "Traceback" not in said
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive, alive
    before = stored(tmp_path)
    assert 1 <= before < 4

    done = subprocess.run([*COMMAND, "score", "calls", "--json"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert len(report["scored"]) == 4
    assert sum(one["transcribed"] for one in report["scored"]) == 4 - before


def test_the_same_call_under_two_names_is_one_call(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    folder.mkdir()
    for name in ("b.txt", "a.txt"):
        (folder / name).write_text(CHATS["tyre.txt"])
    done = subprocess.run(
        [*COMMAND, "score", "calls", "--json"], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert len({one["call_id"] for one in report["scored"]}) == 1
    assert [(one["file"], one["same_as"]) for one in report["scored"]] == [("a.txt", None), ("b.txt", "a.txt")]
    shown = json.loads(subprocess.run([*COMMAND, "show", "a.txt", "--json"], capture_output=True, check=True).stdout)
    assert shown["call"]["info"]["file"] == "a.txt"
    assert [Path(path).name for path, _ in shown["files"]] == ["a.txt", "b.txt"]


def test_a_move_to_postgresql_loses_nothing_and_the_work_goes_on_there(
    calls: Path, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str) -> str:
        done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def published() -> dict[str, bytes]:
        run("publish")
        folder = tmp_path / "outputs"
        return {path.name: path.read_bytes() for path in sorted(folder.rglob("*.json"))}

    run("score", "calls")
    before, url = published(), postgres.new_url()
    assert "2 calls copied" in run("db", "copy", url)
    monkeypatch.setenv("CALLSCORE_DATABASE", url)
    again = json.loads(run("score", "calls", "--json"))
    assert [(one["transcribed"], one["judged"]) for one in again["scored"]] == [(False, False)] * 2
    assert published() == before
    (calls / "third.txt").write_text("Agent: Larkfield Tyres, this is Dora.\nCustomer: Thank you for the van.\n")
    more = json.loads(run("score", "calls", "--json"))
    assert {one["file"]: one["judged"] for one in more["scored"]} == {
        "parcel.txt": False,
        "third.txt": True,
        "tyre.txt": False,
    }
    refused = subprocess.run([*COMMAND, "db", "copy", url], capture_output=True, text=True, check=False, timeout=60)
    assert refused.returncode == 1
    assert "not empty" in refused.stderr
    assert "Traceback" not in refused.stderr
