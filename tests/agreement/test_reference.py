"""Reading calls that people labelled: what is kept, what is left out, and how every fault is named."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import labelled
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.agreement.reference import MOST_FAULTS, read_reference
from scoring.calls import Role
from scoring.errors import InputError
from scoring.judge.items import ITEM_VALUES


def read(tmp_path: Path, *rows: Any) -> Any:
    return read_reference(labelled.write(tmp_path / "reference.jsonl", rows))


def refused(tmp_path: Path, *rows: Any) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, *rows)
    assert "Each line is one call" in caught.value.hint
    return caught.value.message


def with_label(item: str, value: Any) -> dict[str, Any]:
    return {"id": "a", "turns": [{"text": "Hello."}], "labels": {"greet_name": "y", item: value}}


def test_words_and_labels_are_kept_apart(tmp_path: Path) -> None:
    found = read(tmp_path, *labelled.lines())
    assert [call.id for call in found.calls] == list(labelled.TALKS)
    tyres = found.calls[0]
    assert [turn.text for turn in tyres.spoken] == [text for _, text in labelled.TYRES]
    assert tyres.roles[:3] == (Role.SYSTEM, Role.AGENT, Role.CUSTOMER)
    assert found.calls[2].roles[3] is None
    fields = {name for turn in tyres.spoken for name in turn.__slots__}
    assert fields == {"text", "start", "end"}


def test_times_are_seconds_or_none(tmp_path: Path) -> None:
    without, timed, *_ = read(tmp_path, *labelled.lines()).calls
    assert {(turn.start, turn.end) for turn in without.spoken} == {(None, None)}
    assert [(turn.start, turn.end) for turn in timed.spoken[:2]] == [(0.0, 4.0), (4.0, 8.0)]


def test_items_on_which_readers_differ_have_no_label_and_evidence_is_theirs(tmp_path: Path) -> None:
    labels = read(tmp_path, *labelled.lines()).calls[0].labels
    assert "close_next" not in labels
    assert "overall" not in labels
    assert labels["name_used"].evidence == (3,)
    assert labels["listen_clarify"].evidence == ()


def test_counts_are_ranges_and_types_are_joined_in_one_order(tmp_path: Path) -> None:
    rows = [with_label("name_count", [2, 3]), with_label("name_count", 4)]
    rows += [with_label("type", ["dropped", "midstart"]), with_label("type", ["midstart", "dropped"])]
    calls = read(tmp_path, *({**row, "id": str(place)} for place, row in enumerate(rows))).calls
    assert [(call.labels["name_count"].value, call.labels["name_count"].most) for call in calls[:2]] == [
        ("2", 3),
        ("4", 4),
    ]
    assert [call.labels["type"].value for call in calls[2:]] == ["midstart+dropped", "midstart+dropped"]


def test_types_of_which_readers_share_none_are_not_counted(tmp_path: Path) -> None:
    assert "type" not in read(tmp_path, with_label("type", [])).calls[0].labels


def test_only_items_that_somebody_labelled_are_compared(tmp_path: Path) -> None:
    assert read(tmp_path, with_label("hold", "n"), {**with_label("type", None), "id": "b"}).items == (
        "greet_name",
        "hold",
    )


@pytest.mark.parametrize(
    ("item", "value", "says"),
    [
        ("greet_offer", "maybe", 'labels.greet_offer: "maybe" is not one of y, n, na'),
        ("greet_offer", 1, "labels.greet_offer: 1 is not one of"),
        ("name_known", "na", 'labels.name_known: "na" is not one of y, n'),
        ("direction", "inbond", "did you mean 'inbound'?"),
        ("type", ["normal", "odd"], 'labels.type: ["normal", "odd"] is not one of normal, no_agent'),
        ("name_count", [3, 2], "labels.name_count: [3, 2] is not a count"),
        ("name_count", [1, 2, 3], "is not a count or a range of two"),
        ("name_count", True, "labels.name_count: true is not a count"),
        ("name_count", -1, "labels.name_count: -1 is not a count"),
        ("outcome", ["x" * 99], "… is not one of resolved"),
    ],
)
def test_a_value_outside_the_codebook_is_named(tmp_path: Path, item: str, value: Any, says: str) -> None:
    said = refused(tmp_path, with_label(item, value))
    assert "line 1: " in said
    assert says in said


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('{"id": }', "line 1: this is not JSON: expecting value at character 8"),
        ("9" * 5000, "line 1: this is not JSON that can be read"),
        ("[" * 100_000, "line 1: this is not JSON"),
        ("[1]", "line 1: this is not one call in braces"),
        ({"turns": [{"text": "a"}], "labels": {}}, "line 1: id: field required"),
        ({"id": "a", "turns": [{"text": "a"}]}, "line 1: labels: field required"),
        ({"id": "a", "turns": [], "labels": {}}, "line 1: turns: "),
        ({"id": "a", "turns": [{"text": 3}], "labels": {}}, "line 1: turns.0.text: "),
        ({"id": "a", "turns": [{"text": "a", "role": "boss"}], "labels": {}}, "line 1: turns.0.role: "),
        ({"id": "a", "turns": [{"text": "a", "start_ms": -1}], "labels": {}}, "line 1: turns.0.start_ms: "),
        ({"id": "a", "turns": [{"text": "a", "start_ms": 9, "end_ms": 8}], "labels": {}}, "ends before it starts"),
        ('{"id": "a", "turns": [{"text": "\\ud800"}], "labels": {}}', "turns.0.text: this holds half of a character"),
        ('{"id": "\\ud800", "turns": [{"text": "a"}], "labels": {}}', "line 1: id: input should be a valid string"),
        (
            {**with_label("hold", "y"), "evidence": {"hold": [1]}},
            "evidence.hold: there is no turn 1; they are numbered",
        ),
        ({**with_label("hold", "y"), "evidence": {"hold": 0}}, "line 1: evidence.hold: "),
    ],
)
def test_a_faulty_line_is_named(tmp_path: Path, row: Any, says: str) -> None:
    assert says in refused(tmp_path, row)


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    good = labelled.line("bill")
    said = refused(tmp_path, good, "{", "", with_label("hold", "x"), good)
    assert "has 3 faults" in said
    assert [fault.split(":")[0].strip() for fault in said.splitlines()[1:4]] == ["line 2", "line 4", "line 5"]
    assert "'bill' is the call of line 1" in said


def test_of_very_many_faults_the_first_are_told(tmp_path: Path) -> None:
    said = refused(tmp_path, *["{"] * (MOST_FAULTS + 5))
    assert said.count("not JSON") == MOST_FAULTS
    assert "and 5 more" in said


def test_files_that_hold_nothing_to_compare(tmp_path: Path) -> None:
    assert "is empty" in refused(tmp_path, "", " ")
    assert "no label to compare with" in refused(tmp_path, {**labelled.line("bill"), "labels": {"overall": [1, 2]}})
    with pytest.raises(InputError, match="cannot be read: No such file or directory"):
        read_reference(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_reference(tmp_path)
    (tmp_path / "sound.wav").write_bytes(b"RIFF\xff\xfe")
    with pytest.raises(InputError, match="is not UTF-8 text"):
        read_reference(tmp_path / "sound.wav")


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(tmp_path: Path) -> None:
    path = labelled.write(tmp_path / "r.jsonl", [labelled.line("bill")])
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert [call.id for call in read_reference(path).calls] == ["bill"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*ITEM_VALUES, "text"]), inner),
    max_leaves=8,
)


@given(labels=json_values, evidence=json_values, turns=json_values)
def test_whatever_json_stands_there_it_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, labels: Any, evidence: Any, turns: Any
) -> None:
    path = tmp_path_factory.mktemp("any") / "r.jsonl"
    good = [{"text": "Hello.", "role": "agent"}]
    for row in ({"turns": good, "labels": labels, "evidence": evidence}, {"turns": turns, "labels": {"hold": "n"}}):
        with suppress(InputError):
            assert read_reference(labelled.write(path, [{"id": "a", **row}])).items
