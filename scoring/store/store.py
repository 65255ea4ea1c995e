"""The store: calls by identity, and everything made from them by content hash."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import EllipsisType, TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from sqlalchemy import Connection, Engine, Table, delete, or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from scoring.calls import Transcript
from scoring.results import CallScore
from scoring.scorecard.types import ScoredCall
from scoring.signals.types import Signals
from scoring.store import queries
from scoring.store import tables as t
from scoring.store.codec import loads
from scoring.store.copying import copy_rows
from scoring.store.engine import BUSY_SECONDS, READING, make_engine, parse_url
from scoring.store.faults import is_busy, shown, translated
from scoring.store.rows import (
    array_of,
    aside_row,
    by_start,
    call_of,
    rows_of,
    score_rows,
    scored_of,
    upsert,
)
from scoring.store.schema import HEAD, migrate, revision_of
from scoring.store.types import AsideEntry, StoredCall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

T = TypeVar("T")
_PAUSE = 0.05  # seconds before trying again, doubled each time


class Store:
    """Calls and what was made from them, in one database. Each process opens its own."""

    def __init__(self, engine: Engine, busy_seconds: float) -> None:
        self._engine = engine
        self._busy_seconds = busy_seconds

    @classmethod
    def open(cls, url: str, *, busy_seconds: float = BUSY_SECONDS) -> Store:
        """Open the database, making it or bringing it up to date first.

        Raises:
            StoreVersionError: it was written by a newer callscore.
            StoreError: it cannot be opened, or belongs to another program.
            TransientError: another process kept it busy for `busy_seconds`.
        """
        store = cls(make_engine(parse_url(url), busy_seconds=busy_seconds), busy_seconds)
        try:
            if store._read(revision_of) != HEAD:
                store._migrate()
        except BaseException:
            store.close()
            raise
        return store

    @property
    def name(self) -> str:
        """The database's name for messages, never with its password."""
        return shown(self._engine.url)

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def save_call(self, stored: StoredCall, *, after: StoredCall | EllipsisType | None = ...) -> None:
        """Store a call whole or not at all, and make its parts the current ones; older parts stay under their keys.

        `files` are all the files that hold this call; they stop being set aside. `after` is what the caller saw under
        this id before it began (None: nothing): when another worker has stored the same call under another name
        meanwhile, nothing is written.

        Raises:
            StoreError: the database refused, or the parts do not belong together; nothing was stored.
            TransientError: another process kept the database busy, or stored the call meanwhile; nothing was stored.
        """
        rows = rows_of(stored)

        def work(connection: Connection) -> None:
            if not isinstance(after, EllipsisType):
                queries.must_be_as_seen(connection, stored.call.id, after.files if after else ())
            queries.write_call(connection, rows)

        self._write(work)

    def save_score(self, call_id: str, score_key: str, score: CallScore) -> None:
        """Add a score to a stored call and make it the current one of its rubric.

        Raises:
            StoreError: there is no such call, or the score is another call's.
        """
        row, pointer = score_rows(call_id, score_key, score)

        def work(connection: Connection) -> None:
            queries.must_know(connection, call_id)
            upsert(connection, t.scores, [row], ["call_id", "key"])
            upsert(connection, t.current_scores, [pointer], ["call_id", "rubric"])
            connection.execute(update(t.current).where(t.current.c.call_id == call_id).values(score_key=score_key))

        self._write(work)

    def set_aside(self, entry: AsideEntry) -> None:
        """Note that a file could not be scored; an earlier note on the same file is replaced."""
        self._write(lambda connection: upsert(connection, t.aside, [aside_row(entry)], ["file"]))

    def clear_aside(self, file_hash: str | None = None, *, file: str | None = None) -> None:
        """Forget the notes on a file, found by the hash of its bytes or by its name."""
        same = or_(
            t.aside.c.file_hash.in_([] if file_hash is None else [file_hash]),
            t.aside.c.file.in_([] if file is None else [file]),
        )
        self._write(lambda connection: connection.execute(delete(t.aside).where(same)))

    def aside(self) -> list[AsideEntry]:
        """Return all files that are set aside, by name."""
        rows = self._read(lambda connection: connection.execute(select(t.aside)).mappings().all())
        return sorted((AsideEntry(**row) for row in rows), key=lambda entry: entry.file)

    def call_of_file(self, file_hash: str) -> str | None:
        """Return the call that a file with these bytes holds, None when it was never stored."""
        query = select(t.file_hashes.c.call_id).where(t.file_hashes.c.file_hash == file_hash)
        return self._read(lambda connection: connection.execute(query).scalar())

    def find_call(self, text: str) -> list[str]:
        """Return the ids of calls whose id begins with `text`, or that have a file of this path or name; sorted."""
        query = select(t.calls.c.id).where(queries.calls_called(text))
        return sorted(self._read(lambda connection: connection.execute(query).scalars().all())) if text else []

    def files_of_calls(self) -> dict[str, tuple[str, ...]]:
        """Return the paths of the files that hold each call, by call id."""
        return self._read(queries.files_of_all)

    def call_ids(self) -> list[str]:
        """Return the ids of all calls, sorted."""
        return sorted(self._read(lambda connection: connection.execute(select(t.calls.c.id)).scalars().all()))

    def load_call(self, call_id: str, rubric: str | None = None) -> StoredCall | None:
        """Return a call with its current parts; the score is the last one, or the current one of `rubric`.

        None when there is no such call, or no score by that rubric.
        """
        query = queries.whole_call(call_id, rubric)
        row, files = self._read(
            lambda connection: (connection.execute(query).first(), queries.files_of(connection, call_id))
        )
        return None if row is None else call_of(row, files)

    def transcript(self, call_id: str, key: str) -> Transcript | None:
        """Return the transcript stored under `key`, None when there is none."""
        return self._part(t.transcripts, call_id, key, Transcript)

    def signals(self, call_id: str, key: str) -> Signals | None:
        """Return the signals stored under `key`, None when there are none."""
        return self._part(t.signals, call_id, key, Signals)

    def score(self, call_id: str, key: str) -> CallScore | None:
        """Return the score stored under `key`, current or not; None when there is none."""
        return self._part(t.scores, call_id, key, CallScore)

    def embeddings(self, call_id: str, key: str) -> NDArray[np.float32] | None:
        """Return the sentence embeddings stored with the signals `key`: float32 (n_turns, n_dimensions), or None."""
        columns = t.signals.c
        query = select(columns.embeddings, columns.dimensions).where(columns.call_id == call_id, columns.key == key)
        row = self._read(lambda connection: connection.execute(query).first())
        return array_of(row.embeddings, row.dimensions) if row else None

    def scored_calls(self, rubric: str, version: str | None = None) -> list[ScoredCall]:
        """Return each call's current score by `rubric`, by start time (unknown last), then id.

        A call whose recording was replaced by another of the same name stays stored but is not among them: the new
        one counts. With `version`, a version or a hash of the rubric, the latest score by that one, from history if
        need be.
        """
        query = queries.scored_calls(rubric, version)
        rows = self._read(lambda connection: connection.execute(query).all())
        return sorted((scored_of(row) for row in {row.id: row for row in rows}.values()), key=by_start)

    def copy_to(self, other: Store, tell: Callable[[str, int], None] = lambda _table, _rows: None) -> dict[str, int]:
        """Copy everything into another, empty store, whole or not at all; returns the rows of each table.

        `tell` is called with a table's name and how many of its rows are copied so far.

        Raises:
            StoreError: the other one is not empty or refuses; nothing was copied.
        """
        return copy_rows(self._engine, other._engine, tell)

    def _part(self, table: Table, call_id: str, key: str, kind: type[T]) -> T | None:
        query = select(table.c.body).where(table.c.call_id == call_id, table.c.key == key)
        body = self._read(lambda connection: connection.execute(query).scalar())
        return None if body is None else loads(kind, body)

    def _read(self, work: Callable[[Connection], T]) -> T:
        return self._retried(lambda: self._in_transaction(work, reading=True))

    def _write(self, work: Callable[[Connection], object]) -> None:
        self._retried(lambda: self._in_transaction(work, reading=False))

    def _in_transaction(self, work: Callable[[Connection], T], *, reading: bool) -> T:
        with self._engine.connect().execution_options(**{READING: reading}) as connection, connection.begin():
            return work(connection)

    def _retried(self, work: Callable[[], T]) -> T:
        """Do `work`, again while the database is busy: SQLite does not wait for every kind of lock by itself."""
        until, pause = time.monotonic() + self._busy_seconds, _PAUSE
        while True:
            try:
                return work()
            except (SQLAlchemyError, UnicodeEncodeError) as error:
                if not is_busy(error) or time.monotonic() > until:
                    raise translated(error, self._engine.url) from None
            time.sleep(pause)
            pause *= 2

    def _migrate(self) -> None:
        url = self._engine.url
        if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
            self._retried(lambda: migrate(self._engine))
            return
        # SQLite changes a table by making it anew, which must not touch the rows that point to it
        engine = make_engine(url, busy_seconds=self._busy_seconds, foreign_keys=False)
        try:
            self._retried(lambda: migrate(engine))
        finally:
            engine.dispose()
