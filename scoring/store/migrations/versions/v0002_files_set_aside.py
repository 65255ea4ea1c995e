"""Files that could not be scored, with the reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "aside",
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("file_hash", sa.String(64)),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("transient", sa.Boolean, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("file", name="pk_aside"),
    )
    op.create_index("ix_aside_file_hash", "aside", ["file_hash"])
