"""Calls, their files, and the transcripts, signals and scores made from them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _calls()
    _files()
    _parts()
    _scores()
    _current()


def _moment(name: str, *, default: bool = False) -> sa.Column[datetime]:
    if default:
        return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.func.current_timestamp(), nullable=False)
    return sa.Column(name, sa.DateTime(timezone=True))


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("medium", sa.String(16), nullable=False),
        sa.Column("duration", sa.Float),
        sa.Column("info", sa.Text, nullable=False),
        sa.Column("made_by", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("agent_id", sa.Text),
        sa.Column("team", sa.Text),
        _moment("started_at"),
        _moment("recorded_at", default=True),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.create_index("ix_calls_agent_id", "calls", ["agent_id"])


def _files() -> None:
    op.create_table(
        "file_hashes",
        sa.Column("file_hash", sa.String(64), nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("file_hash", name="pk_file_hashes"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_file_hashes_call_id_calls"),
    )
    op.create_index("ix_file_hashes_call_id", "file_hashes", ["call_id"])
    op.create_table(
        "paths",
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("file_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("path", name="pk_paths"),
        sa.ForeignKeyConstraint(["file_hash"], ["file_hashes.file_hash"], name="fk_paths_file_hash_file_hashes"),
    )
    op.create_index("ix_paths_file_hash", "paths", ["file_hash"])
    op.create_index("ix_paths_name", "paths", ["name"])


def _parts() -> None:
    op.create_table(
        "transcripts",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("call_id", "key", name="pk_transcripts"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_transcripts_call_id_calls"),
    )
    op.create_table(
        "signals",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("measures", sa.Text, nullable=False),
        sa.Column("embeddings", sa.LargeBinary),
        sa.Column("dimensions", sa.Integer),
        sa.PrimaryKeyConstraint("call_id", "key", name="pk_signals"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_signals_call_id_calls"),
    )


def _scores() -> None:
    op.create_table(
        "scores",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("rubric", sa.Text, nullable=False),
        sa.Column("rubric_version", sa.Text, nullable=False),
        sa.Column("rubric_hash", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        _moment("recorded_at", default=True),
        sa.PrimaryKeyConstraint("id", name="pk_scores"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_scores_call_id_calls"),
        sa.UniqueConstraint("call_id", "key", name="uq_scores_call_id_key"),
    )
    op.create_index("ix_scores_rubric", "scores", ["rubric"])


def _pointer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_call_id_{column}_{to}"
    return sa.ForeignKeyConstraint(["call_id", column], [f"{to}.call_id", f"{to}.key"], name=name)


def _current() -> None:
    op.create_table(
        "current",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("transcript_key", sa.String(64), nullable=False),
        sa.Column("signals_key", sa.String(64), nullable=False),
        sa.Column("score_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("call_id", name="pk_current"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_current_call_id_calls"),
        _pointer("current", "transcript_key", "transcripts"),
        _pointer("current", "signals_key", "signals"),
        _pointer("current", "score_key", "scores"),
    )
    op.create_table(
        "current_scores",
        sa.Column("call_id", sa.String(64), nullable=False),
        sa.Column("rubric", sa.Text, nullable=False),
        sa.Column("score_key", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("call_id", "rubric", name="pk_current_scores"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_current_scores_call_id_calls"),
        _pointer("current_scores", "score_key", "scores"),
    )
