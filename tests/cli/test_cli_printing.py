"""What the command prints: tables for people, JSON for machines, and text from outside as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from hypothesis import given
from hypothesis import strategies as st
from pipeline_calls import CHAT, EMAIL, CountingEngine, SilentReader
from places import REPOSITORY
from typer.testing import CliRunner

from scoring.calls import CallInfo
from scoring.cli.main import app
from scoring.cli.output import clock, console, number
from scoring.errors import InputError, RubricError
from scoring.pipeline.batch import Job
from scoring.pipeline.stages import Tools, score_file
from scoring.settings import load_settings
from scoring.store import Store

AGENT = "[bold]Dora[/bold]"
FILE = "night [red] shift :car:.txt"
SAID = "My tyre is flat :smile: [/nope] [link=x]here[/link]."

Ask = Callable[..., Result]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    monkeypatch.setattr(console, "_width", 250)  # read once, when the console is made

    def run(*arguments: str | Path, code: int = 0) -> Result:
        done = CliRunner().invoke(app, [str(one) for one in arguments])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done

    return run


@pytest.fixture
def ids(tmp_path: Path) -> dict[str, str]:
    """A chat that is judged as a call, and a written reply, in the store; ids by file."""
    texts = {FILE: CHAT.replace("My tyre is flat.", SAID), "reply.eml": EMAIL}
    settings = load_settings()
    tools = Tools(settings, engine=CountingEngine(), reader=SilentReader())
    made = {}
    with Store.open(settings.database_url) as store:
        for name, text in texts.items():
            (tmp_path / name).write_text(text)
            job = Job(str(tmp_path / name), CallInfo(name, agent_name=AGENT))
            made[name] = score_file(job, store, tools).call_id
    return made


def outcomes(call_id: str, rubric: str = "core") -> dict[str, str]:
    with Store.open(load_settings().database_url) as store:
        stored = store.load_call(call_id, rubric)
    assert stored is not None
    return {one.id: one.outcome.value for one in stored.score.criteria}


def write_truth(path: Path, file: str, criteria: dict[str, str]) -> Path:
    path.write_text(json.dumps({"file": file, "criteria": criteria}) + "\n")
    return path


def test_the_list_shows_each_call_once_with_names_as_they_are(ask: Ask, ids: dict[str, str]) -> None:
    head, *rows = ask("show").stdout.splitlines()
    assert head.split() == ["call", "file", "agent", "score"]
    assert len(rows) == 2
    for row, (file, call_id) in zip(rows, ids.items(), strict=True):
        assert row.startswith(call_id[:12])
        assert file in row
        assert AGENT in row


def test_a_reply_that_was_also_judged_as_a_call_is_listed_once(ask: Ask, ids: dict[str, str]) -> None:
    ask("judge")
    listed = json.loads(ask("show", "--json").stdout)
    assert sorted(one["call_id"] for one in listed) == sorted(ids.values())
    shown = json.loads(ask("show", "reply.eml", "--json").stdout)
    assert shown["score"]["rubric"] == "written_reply"
    assert {one["call_id"]: one["score"] for one in listed}[ids["reply.eml"]] == shown["score"]["score"]


def test_the_list_as_json_is_json_and_nothing_else(ask: Ask, ids: dict[str, str]) -> None:
    done = ask("show", "--json")
    listed = json.loads(done.stdout)
    assert done.stderr == ""
    assert {one["info"]["file"]: one["call_id"] for one in listed} == ids
    assert all(one["info"]["agent_name"] == AGENT for one in listed)
    assert all(one["score"] is None or 0 <= one["score"] <= 100 for one in listed)


@pytest.mark.parametrize("how", ["id", "beginning", "capitals", "name", "path"])
def test_one_call_is_found_by_id_and_by_file(ask: Ask, ids: dict[str, str], tmp_path: Path, how: str) -> None:
    call_id = ids[FILE]
    asked = {
        "id": call_id,
        "beginning": call_id[:7],
        "capitals": call_id[:7].upper(),
        "name": FILE,
        "path": str(tmp_path / FILE),
    }[how]
    assert json.loads(ask("show", asked, "--json").stdout)["call"]["id"] == call_id


def test_a_name_that_several_calls_have_is_refused(ask: Ask, ids: dict[str, str], tmp_path: Path) -> None:
    other = tmp_path / "other" / "reply.eml"
    other.parent.mkdir()
    other.write_text(EMAIL.replace("tomorrow", "today"))
    settings = load_settings()
    with Store.open(settings.database_url) as store:
        tools = Tools(settings, engine=CountingEngine(), reader=SilentReader())
        score_file(Job(str(other), CallInfo("other/reply.eml")), store, tools)
    with pytest.raises(InputError, match=r"2 calls of that name: 'reply\.eml'"):
        ask("show", "reply.eml")
    assert json.loads(ask("show", "other/reply.eml", "--json").stdout)["call"]["info"]["file"] == "other/reply.eml"
    with pytest.raises(InputError, match="No call of that name: ''"):
        ask("show", "")


def test_one_call_is_shown_with_its_score_reasons_and_words_as_they_were_said(ask: Ask, ids: dict[str, str]) -> None:
    shown = ask("show", FILE).stdout
    first = shown.splitlines()[0]
    assert first == f"{FILE} · {AGENT} · {ids[FILE][:12]}"
    assert SAID in shown
    flat = " ".join(shown.split())
    data = json.loads(ask("show", FILE, "--json").stdout)
    for one in data["score"]["criteria"]:
        assert one["title"] in flat
        assert one["outcome"].replace("_", " ") in flat
    assert f"{data['score']['score']:.0f} of 100" in flat


def test_one_call_as_json_holds_all_that_is_stored(ask: Ask, ids: dict[str, str], tmp_path: Path) -> None:
    data = json.loads(ask("show", "reply.eml", "--json").stdout)
    assert set(data) == {"call", "signals", "score", "files"}
    assert data["call"]["medium"] == "email"
    assert {one["id"]: one["outcome"] for one in data["score"]["criteria"]} == outcomes(
        ids["reply.eml"], "written_reply"
    )
    assert [path for path, _ in data["files"]] == [str(tmp_path / "reply.eml")]
    assert data["score"]["provenance"]["rubric"]


def test_publishing_says_where_the_first_page_is(ask: Ask, ids: dict[str, str], tmp_path: Path) -> None:
    report = json.loads(ask("publish", "--json").stdout)
    assert report == {
        "index": str(tmp_path / "outputs" / "index.html"),
        "files": report["files"],
        "calls": 2,
        "agents": 1,
    }
    assert Path(report["index"]).is_file()
    said = ask("publish", "--out", "else where", "--rubric", "core").stdout
    assert said == f"Scorecards of 1 agents over 1 calls: {Path('else where') / 'index.html'}\n"


def test_a_path_is_printed_on_one_line_however_narrow_the_terminal(
    ask: Ask, ids: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "_width", 40)
    out = tmp_path / "a folder with a rather long name" / "of scorecards"
    assert str(out / "index.html") in ask("publish", "--out", out).stdout


def test_judging_says_how_many_were_judged_anew(ask: Ask, ids: dict[str, str]) -> None:
    assert json.loads(ask("judge", "-r", "core", "--json").stdout) == {
        "rubric": "core",
        "version": "1.0.0",
        "calls": 2,
        "judged": 1,  # the reply; the call has just been judged by it
    }
    assert ask("judge").stdout == "0 of 2 calls judged anew by core 1.0.0.\n"


def test_judging_by_a_rubric_passes_by_what_it_is_not_for(ask: Ask, ids: dict[str, str]) -> None:
    assert "1 of 2 calls judged anew by service_standard" in ask("judge", "-r", "service_standard").stdout
    listed = json.loads(ask("show", "-r", "service_standard", "--json").stdout)
    assert [one["call_id"] for one in listed] == [ids[FILE]]


def test_judging_by_a_rubric_that_is_for_none_of_the_calls_is_refused(
    ask: Ask, ids: dict[str, str], tmp_path: Path
) -> None:
    text = (REPOSITORY / "rubrics" / "core.yaml").read_text()
    (tmp_path / "chats.yaml").write_text(text.replace("applies_to: [call, chat, email]", "applies_to: [chat]", 1))
    with pytest.raises(RubricError, match="is for chat"):
        ask("judge", "-r", tmp_path / "chats.yaml")


def test_people_who_agree_are_a_hundred_percent(ask: Ask, ids: dict[str, str], tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth.jsonl", FILE, outcomes(ids[FILE]))
    said = ask("compare", truth, "--at-least", "1").stdout
    n = len(outcomes(ids[FILE]))
    assert f"{n} of {n} outcomes agree (100.0 %)" in said
    assert "Where they differ" not in said


def test_each_difference_is_shown_and_can_fail_a_check(ask: Ask, ids: dict[str, str], tmp_path: Path) -> None:
    people = outcomes(ids[FILE])
    machine = people["greeting"]
    people["greeting"] = "met" if machine != "met" else "not_met"
    truth = write_truth(tmp_path / "truth.jsonl", FILE, people)
    said = ask("compare", truth).stdout  # without a bound a difference is no failure
    table = said.split("Where they differ")[1]
    assert FILE in table
    assert AGENT in " ".join(table.split())  # the machine's reason, with the name as it is
    share = (len(people) - 1) / len(people)
    data = json.loads(ask("compare", truth, "--json", "--at-least", str(share)).stdout)
    assert [(one["criterion"], one["people"], one["machine"]) for one in data["differences"]] == [
        ("greeting", people["greeting"], machine)
    ]
    ask("compare", truth, "--at-least", str(share + 0.01), code=1)


def test_a_call_without_a_score_fails_the_comparison(ask: Ask, ids: dict[str, str], tmp_path: Path) -> None:
    truth = write_truth(tmp_path / "truth.jsonl", "[b]gone[/b].wav", {"greeting": "met"})
    done = ask("compare", truth, code=1)
    assert "[b]gone[/b].wav has no score" in done.stdout
    assert "0 of 0 outcomes agree (–)" in done.stdout


@given(st.floats(0, 1e6))
def test_a_clock_tells_whole_seconds(seconds: float) -> None:
    minutes, rest = clock(seconds).split(":")
    assert len(rest) == 2
    assert int(minutes) * 60 + int(rest) == int(seconds)


def test_no_time_and_no_number_are_said_and_not_guessed() -> None:
    assert (clock(None), clock(0.0), clock(59.99), clock(3600)) == ("", "0:00", "0:59", "60:00")
    assert (number(None), number(None, 2), number(66.6), number(-0.5, 2)) == ("–", "–", "67", "-0.50")
