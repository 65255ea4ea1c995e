"""Questions to the database that need more than one line."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, delete, or_, select

from scoring.errors import StoreError, TransientError
from scoring.store import tables as t
from scoring.store.rows import CallRows, upsert


def whole_call(call_id: str, rubric: str | None) -> Select[Any]:
    """A call with its current parts; its last score, or the current one of `rubric`."""
    query = (
        select(
            t.calls.c.id,
            t.calls.c.medium,
            t.calls.c.info,
            t.calls.c.made_by,
            t.current.c.transcript_key,
            t.current.c.signals_key,
            t.transcripts.c.body.label("transcript"),
            t.signals.c.body.label("signals"),
            t.signals.c.embeddings,
            t.signals.c.dimensions,
            t.scores.c.key.label("score_key"),
            t.scores.c.body.label("score"),
        )
        .where(t.calls.c.id == call_id)
        .join(t.current, t.current.c.call_id == t.calls.c.id)
        .join(t.transcripts, _under(t.transcripts, t.current.c.transcript_key))
        .join(t.signals, _under(t.signals, t.current.c.signals_key))
    )
    if rubric is None:
        return query.join(t.scores, _under(t.scores, t.current.c.score_key))
    pointer = and_(t.current_scores.c.call_id == t.calls.c.id, t.current_scores.c.rubric == rubric)
    return query.join(t.current_scores, pointer).join(t.scores, _under(t.scores, t.current_scores.c.score_key))


def _under(table: Table, key: ColumnElement[str]) -> ColumnElement[bool]:
    return and_(table.c.call_id == t.calls.c.id, table.c.key == key)


def scored_calls(rubric: str, version: str | None) -> Select[Any]:
    """Scores by `rubric` with their calls; where a call comes more than once, the row to take is its last."""
    is_current = and_(
        t.current_scores.c.call_id == t.scores.c.call_id,
        t.current_scores.c.rubric == t.scores.c.rubric,
        t.current_scores.c.score_key == t.scores.c.key,
    )
    query = (
        select(
            t.calls.c.id,
            t.calls.c.info,
            t.calls.c.medium,
            t.calls.c.duration,
            t.scores.c.body,
            t.signals.c.measures,
        )
        .join(t.scores, t.scores.c.call_id == t.calls.c.id)
        .join(t.current, t.current.c.call_id == t.calls.c.id)
        .join(t.signals, _under(t.signals, t.current.c.signals_key))
        .where(t.scores.c.rubric == rubric, _has_a_file())
    )
    if version is None:
        return query.join(t.current_scores, is_current)
    same = or_(t.scores.c.rubric_version == version, t.scores.c.rubric_hash == version)
    return (
        query.outerjoin(t.current_scores, is_current)
        .where(same)
        .order_by(t.current_scores.c.score_key.is_not(None), t.scores.c.id)
    )


def calls_called(text: str) -> ColumnElement[bool]:
    """Calls whose id begins with `text`, or that have a file of this path or name."""
    by_path = (
        select(t.file_hashes.c.call_id)
        .join(t.paths, t.paths.c.file_hash == t.file_hashes.c.file_hash)
        .where(or_(t.paths.c.path == text, t.paths.c.name == text))
    )
    by_id = t.calls.c.id.startswith(text.lower(), autoescape=True)
    by_file = and_(t.calls.c.file == text, _has_a_file())
    return or_(by_id, by_file, t.calls.c.id.in_(by_path))


def _has_a_file() -> ColumnElement[bool]:
    """False for a call whose every file has since been replaced by another recording of the same name."""
    held = (
        select(t.paths.c.path)
        .join(t.file_hashes, t.file_hashes.c.file_hash == t.paths.c.file_hash)
        .where(t.file_hashes.c.call_id == t.calls.c.id)
    )
    return held.exists()


def files_of(connection: Connection, call_id: str) -> tuple[tuple[str, str], ...]:
    """Return (path, hash) of each file that holds the call, by path."""
    query = (
        select(t.paths.c.path, t.paths.c.file_hash)
        .join(t.file_hashes, t.file_hashes.c.file_hash == t.paths.c.file_hash)
        .where(t.file_hashes.c.call_id == call_id)
    )
    return tuple(sorted((path, file_hash) for path, file_hash in connection.execute(query)))


def files_of_all(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Return the paths of the files that hold each call, by path."""
    query = (
        select(t.file_hashes.c.call_id, t.paths.c.path)
        .join(t.file_hashes, t.file_hashes.c.file_hash == t.paths.c.file_hash)
        .order_by(t.file_hashes.c.call_id, t.paths.c.path)
    )
    rows = connection.execute(query).all()
    return {call_id: tuple(row.path for row in group) for call_id, group in groupby(rows, key=lambda row: row.call_id)}


def write_call(connection: Connection, rows: CallRows) -> None:
    """Write all of a call, parts before the pointers to them."""
    upsert(connection, t.calls, [rows.call], ["id"])
    upsert(connection, t.transcripts, [rows.transcript], ["call_id", "key"])
    upsert(connection, t.signals, [rows.signals], ["call_id", "key"])
    upsert(connection, t.scores, [rows.score], ["call_id", "key"])
    upsert(connection, t.current, [rows.current], ["call_id"])
    upsert(connection, t.current_scores, [rows.pointer], ["call_id", "rubric"])
    upsert(connection, t.file_hashes, rows.hashes, ["file_hash"])
    held = select(t.file_hashes.c.file_hash).where(t.file_hashes.c.call_id == rows.call["id"])
    connection.execute(delete(t.paths).where(t.paths.c.file_hash.in_(held)))
    upsert(connection, t.paths, rows.paths, ["path"])
    done = {rows.call["file"], *(row["path"] for row in rows.paths)}
    same = {row["file_hash"] for row in rows.hashes}
    connection.execute(delete(t.aside).where(or_(t.aside.c.file.in_(done), t.aside.c.file_hash.in_(same))))


def must_be_as_seen(connection: Connection, call_id: str, files: tuple[tuple[str, str], ...]) -> None:
    """Raise TransientError when the call's files are not those that were seen before the work began."""
    if files_of(connection, call_id) != files:
        raise TransientError(
            "Another worker stored the same call under another name meanwhile.", hint="Trying again is enough."
        )


def must_know(connection: Connection, call_id: str) -> None:
    """Raise StoreError when there is no such call."""
    if connection.execute(select(t.calls.c.id).where(t.calls.c.id == call_id)).first() is None:
        raise StoreError(f"There is no call {call_id}.", hint="`callscore show` lists the calls.")
