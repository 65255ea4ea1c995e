"""Scorecards and calls to a folder of files that need nothing beside themselves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from scoring.pages.call_page import call_page
from scoring.pages.group_pages import agent_page, index_page, team_page
from scoring.pages.render import render
from scoring.pages.types import CallRecord, SetAside
from scoring.pages.urls import FOLDER_FILES, TOP_FILES, call_path, group_path
from scoring.publish.files import Tree
from scoring.publish.tables import as_csv, call_table, criterion_table, scorecard_table
from scoring.publish.workbook import as_xlsx
from scoring.scorecard.groups import in_order
from scoring.scorecard.periods import time_zone
from scoring.scorecard.types import Scorecards, ScoredCall

SCHEMA_VERSION = 1  # of scorecards.json; raised when a reader of the old form would be misled
INDEX = "index.html"
TABLES = ("scorecards.csv", "criteria.csv", "calls.csv", "scorecards.xlsx", "scorecards.json")


@dataclass(frozen=True, slots=True)
class Published:
    """The files that now stand in the folder, and those of an earlier run that were removed."""

    paths: tuple[Path, ...]
    removed: tuple[Path, ...]

    @property
    def index(self) -> Path:
        """The page to open first."""
        return next(path for path in self.paths if path.name == INDEX)


def publish(
    records: Iterable[CallRecord], cards: Scorecards, out: Path, set_aside: Sequence[SetAside] = ()
) -> Published:
    """Write the pages and tables into `out`; the same input gives the same bytes.

    `records` are the calls of `cards`, each once, in any order; they are read one at a time. Files in `out` that
    callscore did not write are left alone.

    Raises:
        CallscoreError: a file cannot be written or removed.
        ValueError: `records` and `cards` are not about the same calls.
    """
    wanted = {id_ for group in cards.agents for id_ in group.overall.calls}
    tree = Tree(out, _planned(cards, wanted))
    calls = _write_calls(tree, records, cards, wanted)
    _write_groups(tree, cards, calls)
    _write_tables(tree, cards, calls, set_aside)
    tree.write(INDEX, render(index_page(cards, TOP_FILES, set_aside, TABLES)).encode())
    return Published(tuple(out / path for path in sorted(tree.planned)), tree.finish())


def _planned(cards: Scorecards, call_ids: Iterable[str]) -> list[str]:
    groups = [f"{group_path(item.group)}.html" for item in (*cards.agents, *cards.teams)]
    return [INDEX, *TABLES, *groups, *(f"{call_path(id_)}.html" for id_ in call_ids)]


def _write_calls(
    tree: Tree, records: Iterable[CallRecord], cards: Scorecards, wanted: set[str]
) -> Mapping[str, ScoredCall]:
    calls: dict[str, ScoredCall] = {}
    for record in records:
        id_ = record.scored.call_id
        if id_ not in wanted or id_ in calls:
            raise ValueError(f"call {id_} is not on the scorecards, or comes twice")
        calls[id_] = record.scored
        tree.write(f"{call_path(id_)}.html", render(call_page(record, cards, FOLDER_FILES)).encode())
    missing = sorted(wanted - calls.keys())
    if missing:
        raise ValueError(f"call {missing[0]} is on the scorecards but not among the records")
    return calls


def _write_groups(tree: Tree, cards: Scorecards, calls: Mapping[str, ScoredCall]) -> None:
    for agent in cards.agents:
        page = agent_page(agent, cards, calls, FOLDER_FILES)
        tree.write(f"{group_path(agent.group)}.html", render(page).encode())
    for team in cards.teams:
        tree.write(f"{group_path(team.group)}.html", render(team_page(team, cards, FOLDER_FILES)).encode())


def _write_tables(
    tree: Tree, cards: Scorecards, calls: Mapping[str, ScoredCall], set_aside: Sequence[SetAside]
) -> None:
    ordered = in_order(calls.values(), time_zone(cards.time_zone))
    tables = (scorecard_table(cards), criterion_table(cards), call_table(ordered))
    for table in tables:
        tree.write(f"{table.name}.csv", as_csv(table))
    tree.write("scorecards.xlsx", as_xlsx(tables))
    tree.write("scorecards.json", as_json(cards, set_aside))


def as_json(cards: Scorecards, set_aside: Sequence[SetAside] = ()) -> bytes:
    """Return all scorecards as JSON, with the version of its form."""
    aside = sorted((asdict(item) for item in set_aside), key=lambda item: str(item["file"]))
    value = {"schema_version": SCHEMA_VERSION, **asdict(cards), "set_aside": aside}
    return (json.dumps(_plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _plain(value: Any) -> Any:
    """Return plain JSON values; numbers are cut where no reader could want more."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date | datetime):
        return value.isoformat()
    return round(value, 6) if isinstance(value, float) else value
