"""Run by Alembic, inside the transaction that `scoring.store.schema.migrate` opened."""

from __future__ import annotations

from alembic import context

from scoring.store.schema import VERSION_TABLE
from scoring.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
