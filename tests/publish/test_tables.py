import csv
import io
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from invented import MET, NA, NOT_MET, UNSURE, sample_records, scored

from scoring.calls import CallInfo
from scoring.publish.tables import Table, as_csv, call_table, criterion_table, each_card, scorecard_table
from scoring.scorecard import make_scorecards
from scoring.settings import ScorecardSettings

CALLS = [item.scored for item in sample_records()[::5]]
CARDS = make_scorecards(CALLS, ScorecardSettings(min_calls=3))
CELLS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12))


def back(table: Table) -> list[list[str]]:
    return list(csv.reader(io.StringIO(as_csv(table).decode(), newline="")))


@hypothesis_settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_a_csv_can_be_read_back_and_never_runs(rows: list[tuple[object, object]]) -> None:
    table = Table("t", ("a", "b"), tuple(rows))  # type: ignore[arg-type]
    header, *found = back(table)
    assert header == ["a", "b"]
    assert len(found) == len(rows)
    for cells, written in zip(rows, found, strict=True):
        for cell, text in zip(cells, written, strict=True):
            if isinstance(cell, str):
                assert text.removeprefix("'") == cell.removeprefix("'") or text == cell
                assert not text.startswith(("=", "+", "-", "@", "\t", "\r"))
            elif isinstance(cell, bool):
                assert text == ("yes" if cell else "no")
            elif cell is None:
                assert text == ""
            else:
                assert float(text) == float(cell)  # type: ignore[arg-type]


def test_every_row_is_as_long_as_its_header_and_headers_have_no_name_twice() -> None:
    for table in (scorecard_table(CARDS), criterion_table(CARDS), call_table(CALLS)):
        assert len(set(table.header)) == len(table.header)
        assert {len(row) for row in table.rows} == {len(table.header)}


def test_each_card_is_a_row_once() -> None:
    rows = scorecard_table(CARDS).rows
    assert len(rows) == sum(1 + len(group.periods) for group in (*CARDS.agents, *CARDS.teams))
    keys = Counter(row[:4] for row in rows)
    assert set(keys.values()) == {1}
    assert len(list(each_card(CARDS))) == len(rows)


def test_periods_of_a_group_add_up_to_all() -> None:
    table = scorecard_table(CARDS)
    column = {name: index for index, name in enumerate(table.header)}
    for group in (*CARDS.agents, *CARDS.teams):
        own = [row for row in table.rows if row[:2] == (group.group.kind.value, group.group.key)]
        for name in ("calls", "judged", "failed_calls", "csat_answers", "nps_answers"):
            everything, *parts = (row[column[name]] for row in own)
            assert everything == sum(part for part in parts if isinstance(part, int))


def test_the_unknown_agent_has_no_key_but_a_name() -> None:
    rows = [row for row in scorecard_table(CARDS).rows if row[0] == "agent" and row[1] is None]
    assert {row[2] for row in rows} == {"Unknown agent"}


def test_a_calls_row_says_what_the_call_says() -> None:
    when = datetime(2026, 5, 4, 9, 5, tzinfo=UTC)
    info = CallInfo(file="in/a.wav", agent_id="7", agent_name="Ann", team="A", started_at=when, nps=3, csat=4.5)
    call = scored("ab" * 32, {"greeting": MET, "name_use": UNSURE, "empathy": NA, "farewell": NOT_MET}, info)
    table = call_table([call])
    row = dict(zip(table.header, table.rows[0], strict=True))
    assert row["page"] == f"calls/{'ab' * 32}.html"
    assert row["started_at"] == "2026-05-04T09:05:00+00:00"
    assert (row["score"], row["if_unsure_not_met"], row["if_unsure_met"]) == (50.0, 37.5, 62.5)
    outcomes = {name: row[f"core.{name}"] for name in ("greeting", "name_use", "empathy", "farewell")}
    assert outcomes == {"greeting": "met", "name_use": "unsure", "empathy": "not_applicable", "farewell": "not_met"}
    assert (row["nps"], row["csat"], row["ces"]) == (3, 4.5, None)


def test_calls_by_two_rubrics_have_columns_of_their_own() -> None:
    call = scored("c1", {"greeting": MET})
    other = scored("c2", {"greeting": NOT_MET})
    other = replace(other, score=replace(other.score, rubric="written_reply"))
    table = call_table([call, other])
    assert table.header[-2:] == ("core.greeting", "written_reply.greeting")
    assert [row[-2:] for row in table.rows] == [("met", None), (None, "not_met")]


def test_tables_of_nothing_are_their_headers() -> None:
    empty = make_scorecards([], ScorecardSettings())
    for table in (scorecard_table(empty), criterion_table(empty), call_table([])):
        assert table.rows == ()
        assert back(table) == [list(table.header)]
