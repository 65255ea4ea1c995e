"""From one database to another, whatever either is, without loss."""

from __future__ import annotations

from pathlib import Path

import pytest
from store_samples import make_call, make_score

from scoring.errors import StoreError
from scoring.store import AsideEntry, Store

CALLS = range(1, 4)


@pytest.fixture
def full(tmp_path: Path) -> Store:
    store = Store.open(f"sqlite:///{tmp_path / 'full.db'}")
    for number in CALLS:
        store.save_call(make_call(number))
    first = make_call(1).call.id
    store.save_score(first, "k" * 64, make_score(first, version="2", points=40.0))
    store.set_aside(AsideEntry(file="bad.wav", file_hash=None, reason="Broken.", stage="read", transient=True, tries=3))
    return store


def assert_same(store: Store, other: Store) -> None:
    assert other.call_ids() == store.call_ids()
    for call_id in store.call_ids():
        assert other.load_call(call_id) == store.load_call(call_id)
        mine, theirs = store.load_call(call_id), other.load_call(call_id)
        assert mine is not None
        assert theirs is not None
        assert (mine.embeddings == theirs.embeddings).all()
    assert other.scored_calls("core") == store.scored_calls("core")
    assert other.scored_calls("core", "1") == store.scored_calls("core", "1")
    assert other.files_of_calls() == store.files_of_calls()
    assert other.aside() == store.aside()


def test_everything_arrives_and_can_be_worked_with(full: Store, store: Store, tmp_path: Path) -> None:
    told: list[tuple[str, int]] = []
    copied = full.copy_to(store, lambda table, rows: told.append((table, rows)))
    assert copied["calls"] == len(CALLS)
    assert copied["scores"] == len(CALLS) + 1
    assert dict(told) == {table: rows for table, rows in copied.items() if rows}
    assert_same(full, store)
    first = make_call(1).call.id
    for each in (full, store):  # a new row gets a number of its own
        each.save_score(first, "n" * 64, make_score(first, version="3", points=77.0))
        each.save_call(make_call(9))
    assert_same(full, store)
    with Store.open(f"sqlite:///{tmp_path / 'back.db'}") as back:
        store.copy_to(back)
        assert_same(full, back)


def test_a_database_with_calls_in_it_is_left_as_it_is(full: Store, store: Store) -> None:
    store.save_call(make_call(7))
    with pytest.raises(StoreError, match="not empty"):
        full.copy_to(store)
    assert store.call_ids() == [make_call(7).call.id]


def test_what_breaks_off_leaves_nothing(full: Store, store: Store) -> None:
    def stop(table: str, _rows: int) -> None:
        if table == "scores":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        full.copy_to(store, stop)
    assert store.call_ids() == []
    full.copy_to(store)
    assert_same(full, store)
