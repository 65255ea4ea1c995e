"""How results reach the terminal: tables for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]

console = Console(highlight=False, emoji=False)
notes = Console(stderr=True, highlight=False, emoji=False)


def print_json(value: Any) -> None:
    """Print a value as JSON, with stable key order."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows of text; markup in them is shown, not obeyed, for names and quotes come from outside."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def clock(seconds: float | None) -> str:
    """Seconds as m:ss; empty when there is no time."""
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def number(value: float | None, digits: int = 0) -> str:
    """A number for people; a dash when there is none."""
    return "–" if value is None else f"{value:.{digits}f}"
