"""Connections: how SQLite and PostgreSQL are set up, and when a transaction takes the write lock."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from scoring.errors import StoreError

READING = "callscore_reading"  # execution option: this transaction writes nothing, so it takes no write lock
BUSY_SECONDS = 30.0
_KNOWN = ("sqlite", "postgresql")


def parse_url(text: str) -> URL:
    """Read the database's URL; PostgreSQL is spoken to with psycopg 3.

    Raises:
        StoreError: it is no URL, or of another database.
    """
    hint = "Use sqlite:///callscore.db or postgresql://user@host/name."
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise StoreError("The setting 'database' is not an SQLAlchemy URL.", hint=hint) from None
    if url.get_backend_name() not in _KNOWN:
        raise StoreError(f"callscore does not work with {url.get_backend_name()}.", hint=hint)
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    return url


def make_engine(url: URL, *, busy_seconds: float = BUSY_SECONDS, foreign_keys: bool = True) -> Engine:
    """Return an engine whose transactions are whole or not at all, also for SQLite's table changes.

    Raises:
        StoreError: the driver is not installed, or the folder of an SQLite file cannot be made.
    """
    if url.get_backend_name() == "sqlite":
        _make_folder(url)
        engine = create_engine(url, connect_args={"timeout": busy_seconds})
        _set_up_sqlite(engine, foreign_keys=foreign_keys)
        return engine
    try:
        return create_engine(url, pool_pre_ping=True)
    except (ImportError, NoSuchModuleError):
        raise StoreError("PostgreSQL needs its driver.", hint="Run: pip install 'callscore[postgres]'") from None


def _make_folder(url: URL) -> None:
    if not url.database or url.database.startswith((":memory:", "file:")):
        return
    folder = Path(url.database).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} for the database cannot be made: {error.strerror or error}.",
            hint="Set state_dir or database to a place that can be written.",
        ) from None


def _set_up_sqlite(engine: Engine, *, foreign_keys: bool) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        # Python's own transaction handling begins late and not at all before table changes
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        _use_wal(cursor)
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get(READING, False)
        # a reader that turns writer later cannot wait for another writer; so writers say so at once
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _use_wal(cursor: Any) -> None:
    """Readers and one writer at once (https://www.sqlite.org/wal.html); asked for only when it is not set yet."""
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        return
    cursor.execute("PRAGMA journal_mode = WAL")
