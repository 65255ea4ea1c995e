"""The tables as they are now. What they were before is in `migrations/versions`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.types import TypeDecorator

# constraints need names that Alembic can find again on every database
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite drops time zones without a word; this puts UTC back and refuses a time without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn a moment into UTC, without its zone where the database knows none."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value} has no time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give the moment its zone back."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _recorded_at() -> Column[datetime]:
    """When the row was first written: for people who look into the database; nothing published depends on it."""
    return Column("recorded_at", UtcDateTime, server_default=func.current_timestamp(), nullable=False)


def _part(name: str, *columns: Column[Any]) -> Table:
    """A table of things made from a call: one for each key, none ever deleted."""
    return Table(
        name,
        metadata,
        Column("call_id", String(64), ForeignKey("calls.id"), primary_key=True),
        Column("key", String(64), primary_key=True),
        Column("body", Text, nullable=False),
        *columns,
    )


calls = Table(
    "calls",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("medium", String(16), nullable=False),
    Column("duration", Float),
    Column("info", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    # the next four repeat `info`, for searching
    Column("file", Text, nullable=False),
    Column("agent_id", Text),
    Column("team", Text),
    Column("started_at", UtcDateTime),
    _recorded_at(),
    Index(None, "started_at"),
    Index(None, "agent_id"),
)

file_hashes = Table(
    "file_hashes",
    metadata,
    Column("file_hash", String(64), primary_key=True),
    Column("call_id", String(64), ForeignKey("calls.id"), nullable=False),
    Index(None, "call_id"),
)

# a path holds one file at a time: the last one seen there
paths = Table(
    "paths",
    metadata,
    Column("path", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("file_hash", String(64), ForeignKey("file_hashes.file_hash"), nullable=False),
    Index(None, "file_hash"),
    Index(None, "name"),
)

transcripts = _part("transcripts")

signals = _part(
    "signals",
    Column("measures", Text, nullable=False),  # a part of `body` by itself, so that scorecards need not read it all
    Column("embeddings", LargeBinary),  # float32, little endian, row by row
    Column("dimensions", Integer),
)

scores = Table(
    "scores",
    metadata,
    Column("id", Integer, primary_key=True),  # in the order of judging
    Column("call_id", String(64), ForeignKey("calls.id"), nullable=False),
    Column("key", String(64), nullable=False),
    Column("rubric", Text, nullable=False),
    Column("rubric_version", Text, nullable=False),
    Column("rubric_hash", Text, nullable=False),
    Column("body", Text, nullable=False),
    _recorded_at(),
    UniqueConstraint("call_id", "key"),
    Index(None, "rubric"),
)

current = Table(
    "current",
    metadata,
    Column("call_id", String(64), ForeignKey("calls.id"), primary_key=True),
    Column("transcript_key", String(64), nullable=False),
    Column("signals_key", String(64), nullable=False),
    Column("score_key", String(64), nullable=False),
    ForeignKeyConstraint(["call_id", "transcript_key"], ["transcripts.call_id", "transcripts.key"]),
    ForeignKeyConstraint(["call_id", "signals_key"], ["signals.call_id", "signals.key"]),
    ForeignKeyConstraint(["call_id", "score_key"], ["scores.call_id", "scores.key"]),
)

current_scores = Table(
    "current_scores",
    metadata,
    Column("call_id", String(64), ForeignKey("calls.id"), primary_key=True),
    Column("rubric", Text, primary_key=True),
    Column("score_key", String(64), nullable=False),
    ForeignKeyConstraint(["call_id", "score_key"], ["scores.call_id", "scores.key"]),
)

aside = Table(
    "aside",
    metadata,
    Column("file", Text, primary_key=True),
    Column("file_hash", String(64)),
    Column("reason", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("transient", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    Index(None, "file_hash"),
)
