"""Values to rows of the tables, and rows back to values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Executable, Row, Table
from sqlalchemy.dialects import postgresql, sqlite

from scoring.calls import Call, CallInfo, Medium, Transcript
from scoring.errors import StoreError
from scoring.results import CallScore
from scoring.scorecard.types import ScoredCall
from scoring.signals.types import Measure, Signals
from scoring.store.codec import dumps, loads
from scoring.store.types import AsideEntry, StoredCall

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Values = Mapping[str, Any]
_FLOAT32 = "<f4"  # little endian whatever the machine, so that a database can be moved


@dataclass(frozen=True, slots=True)
class CallRows:
    """One call as rows, serialised before the write lock is taken."""

    call: Values
    transcript: Values
    signals: Values
    score: Values
    current: Values
    pointer: Values
    hashes: tuple[Values, ...]
    paths: tuple[Values, ...]


def rows_of(stored: StoredCall) -> CallRows:
    """Turn a call into rows.

    Raises:
        StoreError: its parts do not belong together, or hold what cannot be stored.
    """
    call, keys = stored.call, (stored.transcript_key, stored.signals_key, stored.score_key)
    score, pointer = score_rows(call.id, stored.score_key, stored.score)
    transcript = {"call_id": call.id, "key": keys[0], "body": dumps(Transcript, call.transcript)}
    current = dict(zip(("call_id", "transcript_key", "signals_key", "score_key"), (call.id, *keys), strict=True))
    return CallRows(
        call=_call_row(call),
        transcript=transcript,
        signals=_signals_row(stored),
        score=score,
        current=current,
        pointer=pointer,
        hashes=tuple({"file_hash": each, "call_id": call.id} for each in sorted({each for _, each in stored.files})),
        paths=tuple(
            {"path": path, "name": PurePath(path).name, "file_hash": file_hash} for path, file_hash in stored.files
        ),
    )


def score_rows(call_id: str, key: str, score: CallScore) -> tuple[Values, Values]:
    """Return a score's row, and the row that makes it the current one of its rubric.

    Raises:
        StoreError: it is another call's score.
    """
    if score.call_id != call_id:
        raise StoreError(f"A score of call {score.call_id} cannot be stored with call {call_id}.")
    row = {
        "call_id": call_id,
        "key": key,
        "rubric": score.rubric,
        "rubric_version": score.rubric_version,
        "rubric_hash": score.provenance.rubric,
        "body": dumps(CallScore, score),
    }
    return row, {"call_id": call_id, "rubric": score.rubric, "score_key": key}


def info_columns(info: CallInfo) -> Values:
    """Return who and when as columns of `calls`."""
    return {
        "info": dumps(CallInfo, info),
        "file": info.file,
        "agent_id": info.agent_id,
        "team": info.team,
        "started_at": info.started_at,
    }


def _call_row(call: Call) -> Values:
    return {
        "id": call.id,
        "medium": call.medium.value,
        "duration": call.transcript.duration,
        "made_by": dumps(dict[str, str], call.made_by),
        **info_columns(call.info),
    }


def _signals_row(stored: StoredCall) -> Values:
    array, turns = stored.embeddings, len(stored.call.transcript.turns)
    if array is not None and (array.ndim != 2 or array.shape[0] != turns):
        raise StoreError(f"Embeddings of shape {array.shape} cannot be stored for {turns} turns.")
    if array is not None and not array.shape[1]:
        array = None  # nothing was read, and no bytes would say for how many turns
    return {
        "call_id": stored.call.id,
        "key": stored.signals_key,
        "body": dumps(Signals, stored.signals),
        "measures": dumps(tuple[Measure, ...], stored.signals.measures),
        "embeddings": None if array is None else array.astype(_FLOAT32).tobytes(),
        "dimensions": None if array is None else array.shape[1],
    }


def upsert(connection: Connection, table: Table, rows: Sequence[Values], keys: Sequence[str]) -> None:
    """Insert rows, or overwrite those with the same keys."""
    if rows:
        statement = _upsert(connection.dialect.name, table, tuple(rows[0]), tuple(keys))
        connection.execute(statement, list(rows))


@cache
def _upsert(dialect: str, table: Table, names: tuple[str, ...], keys: tuple[str, ...]) -> Executable:
    statement = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)
    changed = {name: statement.excluded[name] for name in names if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


def array_of(raw: bytes | None, dimensions: int | None) -> NDArray[np.float32] | None:
    """Return stored embeddings: float32 of shape (n_turns, n_dimensions), None where nothing was read."""
    import numpy as np

    if raw is None or dimensions is None:
        return None
    rows = len(raw) // (4 * dimensions) if dimensions else 0
    return np.frombuffer(raw, dtype=_FLOAT32).reshape(rows, dimensions).astype(np.float32)


def call_of(row: Row[Any], files: tuple[tuple[str, str], ...]) -> StoredCall:
    """Put a call together from the row of `queries.whole_call`."""
    call = Call(
        id=row.id,
        info=loads(CallInfo, row.info),
        medium=Medium(row.medium),
        transcript=loads(Transcript, row.transcript),
        made_by=loads(dict[str, str], row.made_by),
    )
    return StoredCall(
        call=call,
        files=files,
        transcript_key=row.transcript_key,
        signals=loads(Signals, row.signals),
        signals_key=row.signals_key,
        score=loads(CallScore, row.score),
        score_key=row.score_key,
        embeddings=array_of(row.embeddings, row.dimensions),
    )


def scored_of(row: Row[Any]) -> ScoredCall:
    """Put a scored call together from a row of `queries.scored_calls`."""
    return ScoredCall(
        call_id=row.id,
        info=loads(CallInfo, row.info),
        medium=Medium(row.medium),
        duration=row.duration,
        score=loads(CallScore, row.body),
        measures=loads(tuple[Measure, ...], row.measures),
    )


def by_start(call: ScoredCall) -> tuple[bool, float, str]:
    """Sort key: start time, unknown last, then id."""
    moment = call.info.started_at
    return moment is None, moment.timestamp() if moment else 0.0, call.call_id


def aside_row(entry: AsideEntry) -> Values:
    """Return the entry as a row of `aside`."""
    return {name: getattr(entry, name) for name in AsideEntry.__dataclass_fields__}
