"""A manifest is read exactly, or refused with every fault and its line."""

from __future__ import annotations

import json
import time
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calls import CallInfo, Direction
from scoring.errors import ManifestError
from scoring.manifest import find_manifest, read_manifest
from scoring.manifest.columns import COLUMNS

FULL = {
    "file": "a.wav",
    "agent_id": "A1",
    "agent_name": "Mira Holt",
    "team": "North",
    "customer_name": "Ola Vance",
    "started_at": "2024-05-31T14:05:00+02:00",
    "direction": "outbound",
    "queue": "billing",
    "agent_channel": "1",
    "csat": "4.5",
    "nps": "9",
    "ces": "6",
    "ring_seconds": "7.25",
    "queue_seconds": "30",
}
EXPECTED = CallInfo(
    file="a.wav",
    agent_id="A1",
    agent_name="Mira Holt",
    team="North",
    customer_name="Ola Vance",
    started_at=datetime(2024, 5, 31, 12, 5, tzinfo=UTC),
    direction=Direction.OUTBOUND,
    queue="billing",
    agent_channel=1,
    csat=4.5,
    nps=9,
    ces=6.0,
    ring_seconds=7.25,
    queue_seconds=30.0,
)


def write(folder: Path, text: str, name: str = "manifest.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def only(path: Path, **options: object) -> CallInfo:
    (info,) = read_manifest(path, **options).rows.values()  # type: ignore[arg-type]
    return info


def faults(path: Path) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    return [line.strip() for line in str(caught.value).splitlines()]


def test_the_columns_are_the_fields_of_a_call() -> None:
    assert set(COLUMNS) == set(CallInfo.__dataclass_fields__)
    assert set(FULL) == set(COLUMNS)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv_in_any_common_dress(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = delimiter.join(FULL) + "\r\n" + delimiter.join(FULL.values()) + "\r\n"
    assert only(write(tmp_path, text, encoding=encoding)) == EXPECTED


def test_json_lines_with_numbers_or_text(tmp_path: Path) -> None:
    typed = {**FULL, "agent_channel": 1, "csat": 4.5, "nps": 9, "ring_seconds": 7.25}
    path = write(tmp_path, json.dumps(typed) + "\n\n" + json.dumps({**FULL, "file": "b.wav"}) + "\n", "m.jsonl")
    first, second = read_manifest(path).rows.values()
    assert first == EXPECTED
    assert second.csat == EXPECTED.csat
    assert second.file == "b.wav"


def test_a_numeric_agent_id_stays_what_it_says(tmp_path: Path) -> None:
    assert only(write(tmp_path, '{"file": "a.wav", "agent_id": 17}', "m.jsonl")).agent_id == "17"
    assert only(write(tmp_path, "file,agent_id\na.wav,0017\n")).agent_id == "0017"


def test_only_the_file_is_needed_and_nothing_is_guessed(tmp_path: Path) -> None:
    for text in ("file\na.wav\n", "file,agent_id,started_at,csat,direction\na.wav, ,,,\n", "file,team\na.wav\n"):
        assert only(write(tmp_path, text)) == CallInfo(file="a.wav")


def test_headings_as_people_write_them(tmp_path: Path) -> None:
    path = write(tmp_path, "File; Agent ID;Agent-Name;;\na.wav;A1;Mira;;\n;;;;\n")
    assert only(path) == CallInfo(file="a.wav", agent_id="A1", agent_name="Mira")


def test_a_decimal_comma_where_commas_do_not_part_cells(tmp_path: Path) -> None:
    assert only(write(tmp_path, "file;csat\na.wav;4,5\n")).csat == 4.5
    assert "csat" in faults(write(tmp_path, 'file,csat\na.wav,"4,5"\n'))[0]


def test_quoted_cells_keep_their_commas_and_lines_are_counted_through_them(tmp_path: Path) -> None:
    text = 'file,team\na.wav,"North,\nfirst"\nb.wav,x\nc.wav,x,y\n'
    assert faults(write(tmp_path, text)) == ["manifest.csv, line 5: 3 cells under 2 columns."]
    good = read_manifest(write(tmp_path, text.replace(",y", "")))
    assert good.rows["a.wav"].team == "North, first"


# --- times


def test_a_time_without_a_zone_is_of_the_given_one(tmp_path: Path) -> None:
    path = write(tmp_path, "file,started_at\nw.wav,2024-01-15T10:00\ns.wav,2024-07-15 10:00\nu.wav,2024-07-15T10:00Z\n")
    rows = read_manifest(path, zone=ZoneInfo("Europe/Oslo")).rows
    assert [rows[name].started_at for name in rows] == [
        datetime(2024, 1, 15, 9, tzinfo=UTC),
        datetime(2024, 7, 15, 8, tzinfo=UTC),
        datetime(2024, 7, 15, 10, tzinfo=UTC),
    ]
    assert read_manifest(path).rows["w.wav"].started_at == datetime(2024, 1, 15, 10, tzinfo=UTC)


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2199, 1, 1)),
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_any_iso_time_is_read_to_the_microsecond(moment: datetime, minutes: int) -> None:
    from datetime import timezone

    from scoring.manifest.columns import read_row

    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    info, wrong = read_row({"file": "a.wav", "started_at": aware.isoformat()}, UTC)
    assert wrong == []
    assert info is not None
    assert info.started_at == aware
    assert info.started_at is not None
    assert info.started_at.utcoffset() == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text",
    ["31.05.2024 14:05", "5/31/2024", "45443.5867", "1717156800", "yesterday", "2024-02-30", "2024-05-31T25:00",
     "0024-05-31T10:00", "2024-05-31x10:00", "2024-W22-5", "14:05"],
)  # fmt: skip
def test_other_forms_of_time_are_refused_and_never_guessed(tmp_path: Path, text: str) -> None:
    (line,) = faults(write(tmp_path, f"file;started_at\na.wav;{text}\n"))
    assert line.startswith("manifest.csv, line 2: started_at: ")
    assert text in line


def test_a_number_is_no_time(tmp_path: Path) -> None:
    assert "started_at" in faults(write(tmp_path, '{"file": "a.wav", "started_at": 1717156800}', "m.jsonl"))[0]


# --- faults


def test_every_fault_is_listed_with_its_line(tmp_path: Path) -> None:
    text = (
        "file,agent_channel,nps,ces,csat,ring_seconds,direction\n"
        "a.wav,2,,,,,\n"
        "b.wav,,11,8,many,-1,sideways\n"
        "c.wav,0,5,5,5,5,INBOUND\n"
        ",1,,,,,\n"
    )
    head, *rest = faults(write(tmp_path, text))
    assert head == "manifest.csv has 7 faults:"
    found = [tuple(line.split(": ")[:2]) for line in rest]
    assert found == [
        ("line 2", "agent_channel"),
        ("line 3", "direction"),
        ("line 3", "csat"),
        ("line 3", "nps"),
        ("line 3", "ces"),
        ("line 3", "ring_seconds"),
        ("line 5", "file"),
    ]
    assert "must be greater than or equal to 0, not '-1'" in rest[-2]
    assert rest[-1] == "line 5: file: is empty"


def test_an_unknown_column_suggests_its_neighbour(tmp_path: Path) -> None:
    (line,) = faults(write(tmp_path, "file,agnt_id\na.wav,A1\n"))
    assert "line 1" in line
    assert "did you mean 'agent_id'?" in line
    (line,) = faults(write(tmp_path, '{"file": "a.wav", "agnt_id": "A1"}', "m.jsonl"))
    assert "did you mean 'agent_id'?" in line
    assert "there are file, agent_id" in faults(write(tmp_path, "file,zzz\na.wav,A1\n"))[0]


def test_a_repeated_file_names_both_lines(tmp_path: Path) -> None:
    for other in ("a.wav", "./a.wav", "sub/../a.wav"):
        text = f"file\na.wav\nb.wav\n{other}\n"
        if ".." in other:
            assert len(read_manifest(write(tmp_path, text)).rows) == 3
        else:
            assert faults(write(tmp_path, text)) == ["manifest.csv, line 4: a.wav stands in line 2 already."]


def test_headings_are_checked(tmp_path: Path) -> None:
    assert "the column 'file' is missing" in faults(write(tmp_path, "agent_id,team\nA1,x\n"))[0]
    assert "stands twice" in faults(write(tmp_path, "file,team,Team\na.wav,x,y\n"))[0]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"file\na.wav\n\xff\xfe\n", "line 3: not UTF-8"),
        (b"PK\x03\x04\x00\x00", "not a text file"),
        (b'file,team\na.wav,"North\n', "line 2"),
    ],
)
def test_what_is_no_csv_gets_one_clear_line(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(raw)
    (line,) = faults(path)
    assert says in line


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("{", "line 1: not JSON"),
        ("[1]", "not a JSON object"),
        ('{"file": "a", "file": "b"}', "given twice"),
        ('{"file": "a.wav", "csat": NaN}', "csat"),
        ('{"file": "a.wav", "csat": true}', "csat"),
        ('{"file": ["a.wav"]}', "file"),
        ('{"agent_id": "A1"}', "file: is empty"),
    ],
)
def test_what_is_no_row_gets_one_clear_line(tmp_path: Path, row: str, says: str) -> None:
    (line,) = faults(write(tmp_path, row + "\n", "m.jsonl"))
    assert says in line


def test_an_absent_manifest_is_one_line(tmp_path: Path) -> None:
    assert "cannot be read" in faults(tmp_path / "none.csv")[0]


def test_half_characters_do_not_reach_the_store(tmp_path: Path) -> None:
    info = only(write(tmp_path, '{"file": "a.wav", "team": "N\\ud800\\u0000x"}', "m.jsonl"))
    assert info.team == "N\ufffdx"


plain = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=12)


@given(st.lists(plain.filter(lambda name: not name.startswith(".")), min_size=1, max_size=6, unique=True), plain)
def test_json_lines_keep_every_word(tmp_path_factory: pytest.TempPathFactory, teams: list[str], queue: str) -> None:
    path = tmp_path_factory.mktemp("m") / "m.jsonl"
    rows = [{"file": f"{number}.wav", "team": team, "queue": queue} for number, team in enumerate(teams)]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    read = read_manifest(path).rows
    assert [info.team for info in read.values()] == teams
    assert {info.queue for info in read.values()} == {queue}


# --- which call is meant


def test_names_are_relative_to_the_folder_or_the_manifest_or_whole(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    (calls / "may").mkdir(parents=True)
    rows = f"file,agent_id\nmay/a.wav,A1\ncalls/b.wav,A2\n{calls}/c.wav,A3\nmay\\d.wav,A4\n"
    manifest = read_manifest(write(tmp_path, rows))
    agents = [
        manifest.info_for(calls / name, calls)
        for name in ("may/a.wav", "b.wav", "c.wav", "may/d.wav", "a.wav", "may/b.wav")
    ]
    assert [info.agent_id if info else None for info in agents] == ["A1", "A2", "A3", "A4", None, None]
    assert [info.file if info else None for info in agents[:4]] == ["may/a.wav", "b.wav", "c.wav", "may/d.wav"]


def test_composed_and_decomposed_letters_name_one_file(tmp_path: Path) -> None:
    name = "Звонок й é.wav"
    decomposed, composed = unicodedata.normalize("NFD", name), unicodedata.normalize("NFC", name)
    assert decomposed != composed
    for listed, stored in ((decomposed, composed), (composed, decomposed)):
        folder = tmp_path / str(listed == composed)
        folder.mkdir()
        (folder / stored).write_bytes(b"x")
        manifest = read_manifest(write(folder, f"file,agent_id\n{listed},A1\n"))
        info = manifest.info_for(folder / stored, folder)
        assert info is not None
        assert info.agent_id == "A1"
        assert manifest.missing_files(folder) == ()


def test_files_that_are_not_there_are_named_and_the_others_stay(tmp_path: Path) -> None:
    (tmp_path / "my calls").mkdir()
    (tmp_path / "my calls" / "a b.wav").write_bytes(b"x")
    (tmp_path / "folder.wav").mkdir()
    manifest = read_manifest(write(tmp_path, "file\nz.wav\nmy calls/a b.wav\nnone/b.wav\nfolder.wav\n"))
    assert manifest.missing_files(tmp_path) == ("z.wav", "none/b.wav", "folder.wav")
    assert manifest.info_for(tmp_path / "my calls" / "a b.wav", tmp_path) is not None


def test_the_manifest_beside_the_calls_is_found(tmp_path: Path) -> None:
    assert find_manifest(tmp_path) is None
    assert find_manifest(tmp_path / "nowhere") is None
    path = write(tmp_path, "file\na.wav\n")
    assert find_manifest(tmp_path) == path
    write(tmp_path, '{"file": "a.wav"}', "manifest.jsonl")
    with pytest.raises(ManifestError, match="both"):
        find_manifest(tmp_path)


def test_reading_twice_gives_the_same_rows_in_order(tmp_path: Path) -> None:
    path = write(tmp_path, "file\n" + "".join(f"{number}.wav\n" for number in (3, 1, 2)))
    assert list(read_manifest(path).rows) == ["3.wav", "1.wav", "2.wav"]
    assert read_manifest(path) == read_manifest(path)


def test_ten_thousand_rows_take_seconds_at_most(tmp_path: Path) -> None:
    rows = [";".join(FULL), *(";".join({**FULL, "file": f"{number}.wav"}.values()) for number in range(10_000))]
    path = write(tmp_path, "\n".join(rows))
    before = time.process_time()
    assert len(read_manifest(path).rows) == 10_000
    assert len(read_manifest(path).missing_files(tmp_path)) == 10_000
    assert time.process_time() - before < 10
