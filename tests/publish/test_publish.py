"""The published folder as a whole."""

import csv
import io
import json
import random
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urldefrag
from zipfile import ZipFile

import pytest
from invented import MET, NA, NOT_MET, UNSURE, record, sample_records
from openpyxl import load_workbook
from pagecheck import assert_harmless, read

from scoring.calls import CallInfo
from scoring.errors import CallscoreError
from scoring.pages import CallRecord, SetAside
from scoring.publish import Published, publish
from scoring.publish.files import LIST
from scoring.scorecard import make_scorecards
from scoring.settings import ScorecardSettings

ASIDE = (SetAside("b.mp3", "It ends in the middle."), SetAside("a.wav", "It is empty."))
RECORDS = sample_records()[::4]


def publish_all(records: list[CallRecord], out: Path, aside: tuple[SetAside, ...] = ASIDE) -> Published:
    cards = make_scorecards([item.scored for item in records], ScorecardSettings(min_calls=5))
    return publish(records, cards, out, aside)


def tree(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    publish_all(RECORDS, out)
    return out


def rows(site: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((site / name).read_bytes().decode(), newline="")))


def test_everything_that_was_promised_is_there(site: Path) -> None:
    found = tree(site)
    tops = {"index.html", "scorecards.csv", "criteria.csv", "calls.csv", "scorecards.xlsx", "scorecards.json", LIST}
    assert tops <= found.keys()
    assert sum(name.startswith("calls/") for name in found) == len(RECORDS)
    assert sum(name.startswith("agents/") for name in found) == 6
    assert sum(name.startswith("teams/") for name in found) == 3


def test_published_again_in_any_order_the_bytes_are_the_same(site: Path, tmp_path: Path) -> None:
    shuffled = list(RECORDS)
    random.Random(3).shuffle(shuffled)
    published = publish_all(shuffled, tmp_path / "again", ASIDE[::-1])
    assert tree(tmp_path / "again") == tree(site)
    assert published.index == tmp_path / "again" / "index.html"
    assert len(published.paths) == len(tree(site)) - 1
    assert published.removed == ()


def test_deleted_and_published_again_the_bytes_are_the_same(tmp_path: Path) -> None:
    publish_all(RECORDS[:6], tmp_path / "out")
    before = tree(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    publish_all(RECORDS[:6], tmp_path / "out")
    assert tree(tmp_path / "out") == before


def test_no_page_needs_anything_beside_the_folder(site: Path) -> None:
    for path in site.rglob("*.html"):
        assert_harmless(read(path.read_text("utf-8")))
        assert "://" not in path.read_text("utf-8")


def test_every_link_of_every_page_leads_somewhere(site: Path) -> None:
    pages = {path.resolve(): read(path.read_text("utf-8")) for path in site.rglob("*.html")}
    reached = set()
    for path, page in pages.items():
        for link in page.all("a"):
            target, anchor = urldefrag(link.attributes["href"])
            found = (path.parent / target).resolve() if target else path
            assert found.is_file(), f"{path.name}: {target}"
            reached.add(found)
            if anchor:
                assert len(pages[found].all(f"#{anchor}")) == 1, f"{path.name}: {target}#{anchor}"
    assert pages.keys() <= reached


def test_a_later_run_removes_pages_that_no_longer_belong_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("kept")
    publish_all(RECORDS, tmp_path)
    fewer = [item for item in RECORDS if item.scored.info.team == "Billing"]
    published = publish_all(fewer, tmp_path)
    assert (tmp_path / "README.md").read_text() == "kept"
    assert {path.name for path in (tmp_path / "calls").iterdir()} == {f"{item.scored.call_id}.html" for item in fewer}
    assert len(list((tmp_path / "teams").iterdir())) == 1
    gone = {item.scored.call_id for item in RECORDS} - {item.scored.call_id for item in fewer}
    assert {path.stem for path in published.removed if path.parent.name == "calls"} == gone


def test_records_and_scorecards_must_be_about_the_same_calls(tmp_path: Path) -> None:
    cards = make_scorecards([item.scored for item in RECORDS[:3]], ScorecardSettings())
    for wrong in (RECORDS[:2], RECORDS[:4], [*RECORDS[:3], RECORDS[0]]):
        with pytest.raises(ValueError, match="call"):
            publish(wrong, cards, tmp_path)


def test_nothing_to_publish_is_an_honest_empty_page(tmp_path: Path) -> None:
    publish_all([], tmp_path)
    page = read((tmp_path / "index.html").read_text())
    assert "No call has been judged yet." in page.text
    assert "a.wav" in page.text
    assert rows(tmp_path, "calls.csv") == []


def test_the_tables_agree_with_the_calls(site: Path) -> None:
    calls = rows(site, "calls.csv")
    assert len(calls) == len(RECORDS)
    criteria = [row for row in rows(site, "criteria.csv") if row["kind"] == "agent" and row["period"] == "all"]
    for name in ("greeting", "empathy", "name_use"):
        own = [row for row in criteria if row["criterion"] == name]
        outcomes = [row[f"core.{name}"] for row in calls]
        assert sum(int(row["met"]) for row in own) == outcomes.count("met")
        assert sum(int(row["judged"]) for row in own) == outcomes.count("met") + outcomes.count("not_met")
        assert sum(int(row["not_applicable"]) for row in own) == outcomes.count("not_applicable")
        assert sum(int(row["unsure"]) for row in own) == outcomes.count("unsure")
    for row in criteria:
        if row["rate"]:
            assert float(row["rate"]) == pytest.approx(int(row["met"]) / int(row["judged"]), abs=1e-4)
            assert float(row["rate_low95"]) <= float(row["rate"]) <= float(row["rate_high95"])


def test_a_number_that_is_missing_is_an_empty_cell_not_zero(tmp_path: Path) -> None:
    publish_all([record(CallInfo(file="x.wav"), {"greeting": NA})], tmp_path)
    row = rows(tmp_path, "scorecards.csv")[0]
    assert (row["judged"], row["score"], row["score_low95"], row["csat"]) == ("0", "", "", "")
    assert row["enough"] == "no"
    assert rows(tmp_path, "calls.csv")[0]["started_at"] == ""
    assert rows(tmp_path, "criteria.csv")[0]["rate"] == ""


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")


@pytest.mark.parametrize("words", FORMULAS)
def test_no_cell_can_run_as_a_formula(words: str, tmp_path: Path) -> None:
    info = CallInfo(file=words, agent_id=words, agent_name=words, team=words, queue=words, nps=0)
    publish_all([record(info, {"greeting": MET}, conditions=(words,))], tmp_path)
    for name in ("scorecards.csv", "criteria.csv", "calls.csv"):
        for row in csv.reader(io.StringIO((tmp_path / name).read_bytes().decode(), newline="")):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r"))
                assert not cell.startswith("-") or float(cell) == -100  # the net promoter score is a number
    book = load_workbook(tmp_path / "scorecards.xlsx")
    for sheet in book.worksheets:
        for cells in sheet.iter_rows():
            assert all(cell.data_type != "f" for cell in cells)
    assert rows(tmp_path, "calls.csv")[0]["file"] == f"'{words}"


def as_text(cell: object) -> str:
    """A cell of either file; a spreadsheet makes no difference between 100 and 100.0."""
    try:
        return f"{float(str(cell)):.4f}"
    except ValueError:
        return "" if cell is None else str(cell)


def test_the_workbook_holds_the_same_numbers(site: Path) -> None:
    book = load_workbook(site / "scorecards.xlsx")
    assert book.sheetnames == ["Scorecards", "Criteria", "Calls", "How to read"]
    for sheet, name in zip(book.worksheets, ("scorecards", "criteria", "calls"), strict=False):
        expected = rows(site, f"{name}.csv")
        header, *cells = sheet.iter_rows(values_only=True)
        assert list(header) == list(expected[0])
        assert [[as_text(cell) for cell in row] for row in cells] == [
            [as_text(value) for value in row.values()] for row in expected
        ]
        assert len(cells) == len(expected)
        assert sheet.freeze_panes == "A2"


def test_the_workbook_knows_no_time(site: Path) -> None:
    with ZipFile(site / "scorecards.xlsx") as book:
        assert book.testzip() is None
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = book.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4}-[^<]*)<", core)) == {"2000-01-01T00:00:00Z"}


def test_control_characters_and_endless_names_do_not_break_the_workbook(tmp_path: Path) -> None:
    publish_all([record(CallInfo(file="a\x00b\x07.wav", agent_name="x" * 40_000), {"greeting": UNSURE})], tmp_path)
    book = load_workbook(tmp_path / "scorecards.xlsx")
    assert book["Calls"]["C2"].value == "a\ufffdb\ufffd.wav"
    assert len(book["Calls"]["E2"].value) == 32_767


def test_json_says_its_version_and_holds_every_count(site: Path) -> None:
    found = json.loads((site / "scorecards.json").read_text("utf-8"))
    assert found["schema_version"] == 1
    assert [item["file"] for item in found["set_aside"]] == ["a.wav", "b.mp3"]
    assert sum(len(agent["overall"]["calls"]) for agent in found["agents"]) == len(RECORDS)
    first = found["agents"][0]["overall"]["criteria"][0]
    assert {"met", "judged", "value", "interval"} == first["rate"].keys()


def test_hostile_names_make_pages_inside_the_folder_only(tmp_path: Path) -> None:
    names = ("../../../evil", "/etc/passwd", "..", "a\\..\\b", "nul", "Ж" * 300, "", " ", "<script>", "A", "a")
    records = [
        record(
            CallInfo(file=f"{n}.wav", agent_id=name or None, agent_name=name, team=name), {"greeting": NOT_MET}, seed=n
        )
        for n, name in enumerate(names)
    ]
    out = tmp_path / "deep" / "out"
    publish_all(records, out)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and out not in path.parents]
    assert outside == []
    pages = [path.name for path in (out / "agents").iterdir()]
    assert len(pages) == len(names)
    assert len({name.lower() for name in pages}) == len(names)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "calls").write_text("a file where a folder should be")
    with pytest.raises(CallscoreError, match="cannot be written") as caught:
        publish_all(RECORDS[:1], tmp_path)
    assert caught.value.hint
    assert (tmp_path / "calls").read_text() == "a file where a folder should be"


def test_changing_one_call_changes_only_what_it_is_in(site: Path, tmp_path: Path) -> None:
    changed = list(RECORDS)
    info = replace(changed[0].scored.info, started_at=datetime(2026, 6, 1, tzinfo=UTC))
    changed[0] = replace(changed[0], scored=replace(changed[0].scored, info=info))
    publish_all(changed, tmp_path)
    before, after = tree(site), tree(tmp_path)
    different = {name for name in before if before[name] != after[name]}
    assert {name for name in different if name.startswith("calls/")} == {f"calls/{changed[0].scored.call_id}.html"}
    assert not [name for name in different if "moving-house" in name or "noor" in name]
