"""Full disks, killed processes, two writers, strangers' files: one clear line, and nothing half stored."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import event, text
from store_samples import make_call

from scoring.errors import StoreError, StoreVersionError, TransientError
from scoring.store import Store, tables

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


def counts(store: Store) -> dict[str, int]:
    with store._engine.connect() as connection:
        query = "SELECT count(*) FROM {}".format
        return {name: connection.execute(text(query(name))).scalar_one() for name in tables.metadata.tables}


def start(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(HERE / "store_worker.py"), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def one_line(error: BaseException) -> str:
    shown = str(error)
    assert "\n" not in shown
    assert "Traceback" not in shown
    return shown


# --- nothing half stored


def limit_pages(store: Store, pages: int) -> None:
    """Let the database grow no further, as on a full disk."""

    @event.listens_for(store._engine, "checkout")
    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_full_disk_is_one_line_and_nothing_is_half_stored(tmp_path: Path) -> None:
    url = url_of(tmp_path / "calls.db")
    with Store.open(url) as store:
        store.save_call(make_call(1))
        before = counts(store)
        with store._engine.connect() as connection:
            pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    for spare in (0, 3, 12, 20):  # the room ends in different statements
        with Store.open(url) as store:
            limit_pages(store, pages + spare)
            with pytest.raises(StoreError, match="has no room left; nothing of this was stored") as caught:
                store.save_call(make_call(2))
            assert not isinstance(caught.value, TransientError)
            assert "Free some disk space" in one_line(caught.value)
            assert counts(store) == before
            assert store.load_call(make_call(1).call.id) == make_call(1)
    with Store.open(url) as store:
        store.save_call(make_call(2))
        assert store.load_call(make_call(2).call.id) == make_call(2)


@pytest.mark.parametrize("statement", [2, 7, 10])
def test_a_killed_process_leaves_nothing_half_stored(url: str, statement: int) -> None:
    with Store.open(url) as store:
        store.save_call(make_call(1))
        before = counts(store)
        killed = start("die", url, 2, statement)
        output, errors = killed.communicate(timeout=60)
        assert killed.returncode == -signal.SIGKILL, (output, errors)
        assert counts(store) == before
        assert store.load_call(make_call(2).call.id) is None
        store.save_call(make_call(2))
        assert store.load_call(make_call(2).call.id) == make_call(2)
        if url.startswith("sqlite"):
            with store._engine.connect() as connection:
                assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


def test_the_killing_stands_inside_the_transaction(url: str) -> None:
    """The numbers above mean something only while a save takes more statements than that."""
    survivor = start("die", url, 2, 10_000)
    output, errors = survivor.communicate(timeout=60)
    assert survivor.returncode == 0, errors
    assert int(output) == (11 if url.startswith("sqlite") else 10)  # SQLite is told to begin, as the first of them


def test_an_interrupted_save_is_undone(store: Store) -> None:
    store.save_call(make_call(1))
    before = counts(store)

    def interrupt(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "INTO current_scores" in statement:
            raise KeyboardInterrupt

    event.listen(store._engine, "before_cursor_execute", interrupt)
    with pytest.raises(KeyboardInterrupt):
        store.save_call(make_call(2))
    event.remove(store._engine, "before_cursor_execute", interrupt)
    assert counts(store) == before
    store.save_call(make_call(2))


# --- several at once


def test_two_processes_make_and_fill_one_database(url: str) -> None:
    workers = [start("write", url, 0, 30), start("write", url, 20, 50)]  # ten calls are written by both
    for worker in workers:
        _, errors = worker.communicate(timeout=120)
        assert worker.returncode == 0, errors
    with Store.open(url) as store:
        assert len(store.call_ids()) == 50
        assert all(store.load_call(make_call(number).call.id) == make_call(number) for number in (0, 19, 25, 49))
        assert counts(store)["scores"] == 50


def test_readers_are_not_kept_waiting_by_a_writer(url: str) -> None:
    with Store.open(url) as writer, Store.open(url, busy_seconds=0.1) as reader:
        writer.save_call(make_call(1))
        with writer._engine.begin() as connection:
            connection.execute(text("DELETE FROM current"))
            assert reader.load_call(make_call(1).call.id) == make_call(1)
            connection.rollback()


def test_a_database_that_stays_busy_is_worth_another_try(tmp_path: Path) -> None:
    url = url_of(tmp_path / "calls.db")
    with Store.open(url) as writer, Store.open(url, busy_seconds=0.2) as other:
        with writer._engine.begin():
            begun = time.monotonic()
            with pytest.raises(TransientError, match="busy"):
                other.save_call(make_call(1))
            assert 0.2 <= time.monotonic() - begun < 5
        other.save_call(make_call(1))
        assert other.load_call(make_call(1).call.id) == make_call(1)


def test_the_settings_of_the_database_hold_on_every_connection(tmp_path: Path) -> None:
    reading = {"callscore_reading": True}  # two at once can only be open while they do not write
    with (
        Store.open(url_of(tmp_path / "calls.db")) as store,
        store._engine.connect().execution_options(**reading) as first,
        store._engine.connect().execution_options(**reading) as second,
    ):
        for connection in (first, second):
            found = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "busy_timeout", "foreign_keys")
            ]
            assert found == ["wal", 30_000, 1]


# --- what is no database of ours


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"this is a list of calls, not a database, and it is long enough to be looked at " * 20, "is not a database"),
        (b"SQLite format 3\x00" + b"\xff" * 4000, "is not a database"),
    ],
)
def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "calls.db"
    path.write_bytes(raw)
    with pytest.raises(StoreError, match=says) as caught:
        Store.open(url_of(path))
    assert str(path) in one_line(caught.value)
    assert path.read_bytes() == raw


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
    connection.close()
    with pytest.raises(StoreError, match="belongs to another program: it holds 'invoices'"):
        Store.open(url_of(path))
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("invoices",)]
    connection.close()


def test_a_database_from_a_newer_version_says_so(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    with Store.open(url_of(path)) as store:
        store.save_call(make_call(1))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE callscore_version SET version_num = '9999'")
    connection.commit()
    with pytest.raises(StoreVersionError, match=r"newer callscore \(revision 9999\)") as caught:
        Store.open(url_of(path))
    assert "pip install --upgrade callscore" in one_line(caught.value)
    assert connection.execute("SELECT count(*) FROM calls").fetchone() == (1,)
    connection.close()


def test_a_damaged_database_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    with Store.open(url_of(path)) as store:
        for number in range(5):
            store.save_call(make_call(number))
    raw = bytearray(path.read_bytes())
    raw[4096 * 3 :] = b"\x55" * (len(raw) - 4096 * 3)
    path.write_bytes(bytes(raw))
    with pytest.raises(StoreError) as caught:  # noqa: PT012, SIM117  # where the damage is met is SQLite's affair
        with Store.open(url_of(path)) as store:
            store.save_call(make_call(9))
            store.scored_calls("core")
    assert str(path) in one_line(caught.value)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"The folder .* cannot be made") as caught:
        Store.open(url_of(tmp_path / "file" / "deep" / "calls.db"))
    one_line(caught.value)


def test_a_folder_in_the_databases_place_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(url_of(tmp_path))


def test_a_read_only_database_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "calls.db"
    Store.open(url_of(path)).close()
    with (
        Store.open(f"sqlite:///file:{path}?mode=ro&uri=true") as store,
        pytest.raises(StoreError, match="may not be written") as caught,
    ):
        store.save_call(make_call(1))
    one_line(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="the root user may write everywhere")
def test_a_read_only_folder_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(StoreError, match="cannot be opened"):
            Store.open(url_of(tmp_path / "calls.db"))
    finally:
        tmp_path.chmod(0o755)


@pytest.mark.parametrize(
    ("url", "says"),
    [("calls.db", "not an SQLAlchemy URL"), ("mysql://host/calls", "does not work with mysql"), ("", "not an SQLAlc")],
)
def test_a_wrong_url_is_one_line_with_an_example(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        Store.open(url)
    assert "sqlite:///" in one_line(caught.value)


def test_a_path_with_spaces_and_other_letters(tmp_path: Path) -> None:
    path = tmp_path / "мои звонки 100%" / "call score.db"
    with Store.open(url_of(path)) as store:
        store.save_call(make_call(1))
    assert path.is_file()
    with Store.open(url_of(path)) as store:
        assert store.call_ids() == [make_call(1).call.id]


def test_a_database_in_memory_serves_quick_trials() -> None:
    with Store.open("sqlite://") as store:
        store.save_call(make_call(1))
        assert store.load_call(make_call(1).call.id) == make_call(1)


def test_passwords_are_never_shown() -> None:
    from sqlalchemy.engine import make_url

    from scoring.store.faults import shown, translated

    url = make_url("postgresql+psycopg://qa:secret@host/calls")
    assert "secret" not in shown(url)
    assert "secret" not in str(translated(ValueError("x"), url))
