"""Which shape the database has, and bringing it to the one this version needs."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from scoring.errors import StoreError, StoreVersionError
from scoring.store.faults import shown

VERSION_TABLE = "callscore_version"
REVISIONS = ("0001", "0002")  # all there ever were, in order; a database with another is from a newer callscore
HEAD = REVISIONS[-1]
_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x63616C6C  # "call": PostgreSQL's advisory lock, so that two processes do not change tables at once


def revision_of(connection: Connection) -> str | None:
    """Return the revision the database is at, None for an empty one.

    Raises:
        StoreVersionError: it is at a revision that this version does not know.
        StoreError: it belongs to another program.
    """
    tables = inspect(connection).get_table_names()
    if VERSION_TABLE not in tables:
        if tables:
            raise StoreError(
                f"The database {shown(connection.engine.url)} belongs to another program: it holds {tables[0]!r}.",
                hint="Give callscore a database of its own.",
            )
        return None
    revision = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    if revision is not None and revision not in REVISIONS:
        raise StoreVersionError(
            f"The database {shown(connection.engine.url)} was written by a newer callscore (revision {revision}).",
            hint="Update callscore: pip install --upgrade callscore",
        )
    return revision


def migrate(engine: Engine, target: str = HEAD) -> None:
    """Bring the database to `target` in one transaction. `engine` must not enforce foreign keys.

    Raises:
        StoreError: rows would point nowhere afterwards; nothing was changed.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    with engine.begin() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if revision_of(connection) == target:
            return  # another process was quicker
        config.attributes["connection"] = connection
        command.upgrade(config, target)
        if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise StoreError(f"The database {shown(engine.url)} is damaged: rows point nowhere.")
