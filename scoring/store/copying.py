"""Everything of one database into another, as when SQLite has become too small."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from scoring.errors import StoreError
from scoring.store.engine import READING
from scoring.store.faults import shown, translated
from scoring.store.tables import metadata, scores

_AT_ONCE = 500  # rows


def copy_rows(source: Engine, target: Engine, tell: Callable[[str, int], None]) -> dict[str, int]:
    """Copy all rows in one transaction; returns how many each table has.

    Args:
        source: read as it is when copying begins.
        target: of the same shape, and empty.
        tell: called with a table's name and how many of its rows are copied.

    Raises:
        StoreError: the target is not empty, or refuses; it is left as it was.
    """
    try:
        with (
            source.connect().execution_options(**{READING: True}) as reading,
            reading.begin(),
            target.begin() as writing,
        ):
            return _copy(reading, writing, tell)
    except SQLAlchemyError as error:
        raise translated(error, target.url) from None


def _copy(reading: Connection, writing: Connection, tell: Callable[[str, int], None]) -> dict[str, int]:
    copied = {}
    for table in metadata.sorted_tables:  # those that others point to come first
        if writing.execute(select(func.count()).select_from(table)).scalar():
            raise StoreError(
                f"The database {shown(writing.engine.url)} is not empty.", hint="Copy into a new database."
            )
    for table in metadata.sorted_tables:
        copied[table.name] = 0
        for rows in reading.execute(select(table).execution_options(yield_per=_AT_ONCE)).mappings().partitions():
            writing.execute(table.insert(), [dict(row) for row in rows])
            copied[table.name] += len(rows)
            tell(table.name, copied[table.name])
    if writing.dialect.name == "postgresql":  # rows that come with their number do not move its counter on
        last = writing.execute(select(func.max(scores.c.id))).scalar()
        if last:
            writing.execute(text("SELECT setval(pg_get_serial_sequence('scores', 'id'), :last)"), {"last": last})
    return copied
