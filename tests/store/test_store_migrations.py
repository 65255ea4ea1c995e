"""The tables grow from blank and from any older shape to what the code expects."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateIndex, CreateTable
from store_samples import make_call

from scoring.store import AsideEntry, Store, schema, tables
from scoring.store.engine import make_engine
from scoring.store.rows import rows_of

HERE = Path(schema.__file__).parent / "migrations"


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    return ScriptDirectory.from_config(config)


def at_revision(path: Path, revision: str) -> None:
    engine = make_engine(make_url(f"sqlite:///{path}"), foreign_keys=False)
    schema.migrate(engine, revision)
    engine.dispose()


def test_the_list_of_revisions_is_the_folder_of_migrations() -> None:
    found = [script.revision for script in scripts().walk_revisions()][::-1]
    assert tuple(found) == schema.REVISIONS
    assert scripts().get_heads() == [schema.HEAD]
    assert len(found) == len(list((HERE / "versions").glob("v*.py")))


@pytest.mark.parametrize("older", [None, *schema.REVISIONS[:-1]])
def test_from_blank_and_from_each_older_shape_to_the_tables_of_the_code(tmp_path: Path, older: str | None) -> None:
    path = tmp_path / "calls.db"
    if older is not None:
        at_revision(path, older)
    with Store.open(f"sqlite:///{path}") as store, store._engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_object": lambda _object, name, kind, *_: (
                    not (kind == "table" and name == schema.VERSION_TABLE)
                ),
            },
        )
        assert compare_metadata(context, tables.metadata) == []
        assert schema.revision_of(connection) == schema.HEAD


def test_calls_stored_in_the_first_shape_are_all_there_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    at_revision(path, "0001")
    stored = make_call(1)
    write_as_first(path, stored)
    with Store.open(f"sqlite:///{path}") as store:
        assert store.load_call(stored.call.id) == stored
        assert store.aside() == []
        store.set_aside(AsideEntry(file="b.wav", file_hash=None, reason="reason", stage="read"))
        store.save_call(make_call(2))
        assert len(store.scored_calls("core")) == 2


def write_as_first(path: Path, stored: object) -> None:
    rows = rows_of(stored)  # type: ignore[arg-type]
    engine = make_engine(make_url(f"sqlite:///{path}"))
    with engine.begin() as connection:
        for table, row in (
            (tables.calls, rows.call),
            (tables.transcripts, rows.transcript),
            (tables.signals, rows.signals),
            (tables.scores, rows.score),
            (tables.current, rows.current),
            (tables.current_scores, rows.pointer),
        ):
            connection.execute(table.insert(), [dict(row)])
        connection.execute(tables.file_hashes.insert(), [dict(row) for row in rows.hashes])
        connection.execute(tables.paths.insert(), [dict(row) for row in rows.paths])
    engine.dispose()


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    Store.open(f"sqlite:///{path}").close()
    before = path.read_bytes()
    Store.open(f"sqlite:///{path}").close()
    assert path.read_bytes() == before


def test_a_failed_migration_leaves_the_older_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "calls.db"
    at_revision(path, "0001")
    monkeypatch.setattr(Operations, "create_index", property(lambda _self: 1 / 0))
    engine = make_engine(make_url(f"sqlite:///{path}"), foreign_keys=False)
    with pytest.raises(ZeroDivisionError):
        schema.migrate(engine)
    engine.dispose()
    monkeypatch.undo()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT version_num FROM callscore_version").fetchall() == [("0001",)]
    assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'aside'").fetchall() == []
    connection.close()
    Store.open(f"sqlite:///{path}").close()


def test_rows_that_point_nowhere_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    Store.open(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA foreign_keys = ON")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("INSERT INTO transcripts (call_id, key, body) VALUES ('nobody', 'k', '{}')")
    connection.close()


# --- PostgreSQL: the statements, without a server


def test_the_tables_are_spelt_for_postgresql() -> None:
    dialect = postgresql.dialect()
    for table in tables.metadata.sorted_tables:
        said = str(CreateTable(table).compile(dialect=dialect))
        assert f"CREATE TABLE {table.name}" in said
        for index in table.indexes:
            assert index.name in str(CreateIndex(index).compile(dialect=dialect))
    assert "TIMESTAMP WITH TIME ZONE" in str(CreateTable(tables.calls).compile(dialect=dialect))
    assert "BYTEA" in str(CreateTable(tables.signals).compile(dialect=dialect))


def test_the_migrations_are_spelt_for_postgresql() -> None:
    written = io.StringIO()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True, "output_buffer": written})
    with Operations.context(context):
        for script in list(scripts().walk_revisions())[::-1]:
            script.module.upgrade()
    for table in tables.metadata.tables:
        assert f"CREATE TABLE {table} " in written.getvalue()


def test_every_constraint_has_a_name_that_fits_postgresql() -> None:
    for table in tables.metadata.tables.values():
        for constraint in table.constraints:
            assert constraint.name
            assert len(str(constraint.name)) <= 63


def test_questions_are_spelt_for_postgresql() -> None:
    from scoring.store import queries

    dialect = postgresql.dialect()
    for query in (
        queries.whole_call("c", None),
        queries.whole_call("c", "core"),
        queries.scored_calls("core", None),
        queries.scored_calls("core", "1"),
    ):
        assert "SELECT" in str(query.compile(dialect=dialect))
