"""`callscore evaluate`: what it prints and writes, and how it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import labelled
import pytest
from click.testing import Result
from pipeline_calls import SilentReader
from places import CACHE
from typer.testing import CliRunner

import scoring.reader
from scoring.agreement.evaluation import evaluate
from scoring.agreement.evaluation_json import as_json
from scoring.agreement.judging import TextJudge
from scoring.agreement.reference import read_reference
from scoring.calls import Role
from scoring.cli.main import app
from scoring.cli.output import console
from scoring.errors import CallscoreError, InputError, WeightsError
from scoring.judge.items import ITEM_VALUES
from scoring.reader import Reading
from scoring.signals import Company

Ask = Callable[..., Result]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """The command in this process, with a reader that needs no weights."""
    monkeypatch.setattr(console, "_width", 250)  # read once, when the console is made
    monkeypatch.setattr(scoring.reader, "load_reader", lambda _: SilentReader())

    def run(*arguments: str | Path, code: int = 0) -> Result:
        done = CliRunner().invoke(app, ["evaluate", *(str(one) for one in arguments)])
        if isinstance(done.exception, CallscoreError):
            raise done.exception
        assert done.exit_code == code, (done.output, done.exception)
        return done

    return run


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return labelled.write(tmp_path / "reference.jsonl", labelled.lines())


def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scoring.cli", "evaluate", *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_it_prints_every_item_the_roles_and_where_the_report_is(ask: Ask, reference: Path, tmp_path: Path) -> None:
    done = ask(reference)
    head, columns, *rows = done.stdout.splitlines()
    assert head == f"Against {reference}: 4 calls, judged from their words alone."
    assert columns.split()[:4] == ["item", "n", "agreed", "kappa"]
    assert [row.split()[0] for row in rows[: len(ITEM_VALUES)]] == list(ITEM_VALUES)
    assert any(row.startswith("Roles: ") and "% of 24 turns" in row for row in rows)
    page = tmp_path / "outputs" / "evaluation.html"
    assert rows[-1] == f"→ {page}"
    assert "<h1>Agreement with people</h1>" in page.read_text()
    assert "Judging 4 calls" in done.stderr


def test_the_table_the_json_and_the_report_tell_the_same(ask: Ask, reference: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "new folder" / "out.json", tmp_path / "else" / "report.html"
    said = ask(reference, "--json", out, "--report", page).stdout
    data = json.loads(out.read_text())
    assert said.splitlines()[-2:] == [f"→ {page}", f"→ {out}"]
    rows = {row.split()[0]: row.split() for row in said.splitlines()[2 : 2 + len(ITEM_VALUES)]}
    text = page.read_text()
    for name, found in data["items"].items():
        assert rows[name][1] == str(found["n"])
        assert rows[name][2] == f"{100 * found['agreement']:.1f}"
        assert rows[name][4] == ("–" if found["kappa"] is None else f"{found['kappa']:.2f}")
        assert rows[name][-2] == str(found["unsure_n"])
        kappa = found["baseline"]["kappa"]
        assert rows[name][-1] == ("–" if kappa is None else f"{kappa:.2f}")
        assert f'id="item-{name}"' in text
    assert not (tmp_path / "outputs").exists()
    assert files(tmp_path) == {"reference.jsonl", "new folder/out.json", "else/report.html"}


def test_rules_alone_are_the_baseline(ask: Ask, reference: Path, tmp_path: Path) -> None:
    done = ask(reference, "--json", tmp_path / "out.json")
    assert done.stdout.splitlines()[1].split()[-2:] == ["baseline", "kappa"]
    calls, alone = read_reference(reference), TextJudge(None, Company())
    direct = json.loads(as_json(evaluate(calls, [alone(call.spoken) for call in calls.calls])))["items"]
    for name, found in json.loads((tmp_path / "out.json").read_text())["items"].items():
        assert found["baseline"]
        assert found["baseline"] == {key: direct[name][key] for key in found["baseline"]}


def test_it_says_what_made_the_judgements(ask: Ask, reference: Path, tmp_path: Path) -> None:
    (tmp_path / "callscore.toml").write_text('company = "Larkfield Tyres"\n')
    ask(reference, "--json", tmp_path / "out.json")
    made_by = json.loads((tmp_path / "out.json").read_text())["made_by"]
    assert made_by["company"] == "Larkfield Tyres"
    assert made_by["reader"] == "silent-reader"
    assert {"callscore", "detectors", "roles", "numpy", "scipy", "torch"} <= made_by.keys()


def test_the_same_file_gives_the_same_bytes_wherever_it_lies(ask: Ask, reference: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere" / reference.name
    other.parent.mkdir()
    other.write_bytes(reference.read_bytes())
    written = []
    for place in (reference, other):
        ask(place, "--json", tmp_path / "out.json", "--report", tmp_path / "out.html")
        written.append(((tmp_path / "out.json").read_bytes(), (tmp_path / "out.html").read_bytes()))
    assert written[0] == written[1]


def machine(path: Path) -> list[Any]:
    """All that the machine said, call by call."""
    return [
        (
            call["roles"]["ours"],
            {
                name: [one[key] for key in ("ours", "probability", "unsure", "evidence")]
                for name, one in call["items"].items()
            },
        )
        for call in json.loads(path.read_text())["calls"]
    ]


def test_roles_in_the_file_are_never_read_before_judging(ask: Ask, reference: Path, tmp_path: Path) -> None:
    turned = {"agent": "customer", "customer": "system", "system": "agent", None: "agent"}
    rows = labelled.lines()
    for row in rows:
        row["turns"] = [turn | {"role": turned[turn["role"]]} for turn in row["turns"]]
    other = labelled.write(tmp_path / "turned.jsonl", rows)
    ask(reference, "--json", tmp_path / "one.json")
    ask(other, "--json", tmp_path / "two.json")
    assert machine(tmp_path / "one.json") == machine(tmp_path / "two.json")
    one, two = (json.loads((tmp_path / name).read_text())["roles"]["turns"] for name in ("one.json", "two.json"))
    assert one > two + 0.3  # the comparison read them


def test_fields_and_items_nobody_knows_are_left_alone(ask: Ask, tmp_path: Path) -> None:
    row = labelled.line("bill") | {"language": "en", "labels": {"hold": "y", "mood": 7}, "evidence": {"mood": [99]}}
    ask(labelled.write(tmp_path / "r.jsonl", [row]), "--json", tmp_path / "out.json")
    assert list(json.loads((tmp_path / "out.json").read_text())["items"]) == ["hold"]


def test_outputs_that_cannot_be_written_are_said_before_anything_is_judged(
    ask: Ask, reference: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="is a folder"):
        ask(reference, "--json", tmp_path)
    with pytest.raises(InputError, match="named twice"):
        ask(reference, "--json", tmp_path / "x", "--report", tmp_path / "x")
    before = reference.read_bytes()
    with pytest.raises(InputError, match="named twice"):
        ask(reference, "--json", reference)
    assert reference.read_bytes() == before
    assert files(tmp_path) == {"reference.jsonl"}


def test_ctrl_c_while_judging_leaves_nothing_half_written(
    ask: Ask, reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(SilentReader):
        asked = 0

        def read(self, texts: Sequence[str], roles: Sequence[Role] | None = None) -> Reading:
            self.asked += 1
            if self.asked > 3:
                raise KeyboardInterrupt
            return super().read(texts, roles)

    reader = Interrupted()
    monkeypatch.setattr(scoring.reader, "load_reader", lambda _: reader)
    ask(reference, "--json", tmp_path / "out.json", code=130)
    assert files(tmp_path) == {"reference.jsonl"}


def test_missing_weights_are_said_as_by_the_other_commands(
    ask: Ask, reference: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(_: Path) -> SilentReader:
        raise WeightsError("The sentence model is missing.", hint="Run `callscore models fetch`.")

    monkeypatch.setattr(scoring.reader, "load_reader", missing)
    with pytest.raises(WeightsError):
        ask(reference)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "reference.jsonl cannot be read: No such file or directory."),
        ("", "reference.jsonl is empty."),
        ("not json\n", "reference.jsonl, line 1: this is not JSON"),
        ('{"id": "a", "turns": [{"text": "Hello."}]}\n', "reference.jsonl, line 1: labels: field required."),
        ('{"id": "a", "turns": [{"text": "Hello."}], "labels": {}}\n', "reference.jsonl holds no label to compare"),
        ('{"id": "a", "turns": [{"text": "Hi"}], "labels": {"hold": "yes"}}\n', 'labels.hold: "yes" is not one of y'),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_and_code_two(tmp_path: Path, content: str | None, says: str) -> None:
    if content is not None:
        (tmp_path / "reference.jsonl").write_text(content)
    done = run("reference.jsonl")
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("callscore: reference.jsonl")
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "outputs").exists()


def test_several_faults_have_a_line_each(tmp_path: Path) -> None:
    (tmp_path / "reference.jsonl").write_text("{\n\n[]\n")
    done = run("reference.jsonl")
    assert done.returncode == 2
    assert [line.strip().split(":")[0] for line in done.stderr.splitlines()[1:3]] == ["line 1", "line 3"]


def test_ctrl_c_from_the_keyboard_is_code_130(tmp_path: Path, reference: Path) -> None:
    slow = tmp_path / "sitecustomize.py"  # a file that takes as long to read as it takes to press the keys
    slow.write_text(
        "import pathlib, signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # tests may run where Ctrl-C is ignored
        "real = pathlib.Path.read_bytes\n"
        "def waiting(path):\n"
        "    if path.name == 'reference.jsonl':\n"
        "        print('begun', flush=True)\n"
        "        time.sleep(60)\n"
        "    return real(path)\n"
        "pathlib.Path.read_bytes = waiting\n"
    )
    done = subprocess.Popen(
        [sys.executable, "-m", "scoring.cli", "evaluate", "reference.jsonl"],
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


def test_the_command_has_help() -> None:
    done = run("--help")
    assert done.returncode == 0
    for word in ("evaluate", "--json", "--report", "from their words alone"):
        assert word in " ".join(done.stdout.split())


@pytest.mark.models
def test_with_the_real_models_two_runs_give_the_same_bytes(tmp_path: Path, reference: Path) -> None:
    written = []
    for _ in range(2):
        done = run("reference.jsonl", "--json", "out.json", CALLSCORE_CACHE_DIR=str(CACHE))
        assert done.returncode == 0, done.stderr
        written.append((tmp_path / "out.json").read_bytes())
    assert written[0] == written[1]
    items = json.loads(written[0])["items"]
    assert items["close_bye"]["agreement"] >= 0.75
    assert items["close_more"]["evidence"] == 1.0
