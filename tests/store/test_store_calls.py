"""What is stored comes back exactly; older parts stay; a call is whole or not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import func, select
from store_samples import make_call, make_score

from scoring.calls import CallInfo, Role, Transcript, Turn
from scoring.errors import StoreError
from scoring.store import AsideEntry, Store, StoredCall, tables


def rows(store: Store, table: str) -> int:
    query = select(func.count()).select_from(tables.metadata.tables[table])
    with store._engine.connect() as connection:
        return int(connection.execute(query).scalar_one())


def loaded(store: Store, call_id: str, rubric: str | None = None) -> StoredCall:
    found = store.load_call(call_id, rubric)
    assert found is not None
    return found


def test_a_call_comes_back_exactly(store: Store) -> None:
    stored = make_call(1)
    store.save_call(stored)
    back = loaded(store, stored.call.id)
    assert back == stored
    assert back.call.transcript.content_hash == stored.call.transcript.content_hash
    assert back.signals.content_hash == stored.signals.content_hash
    assert str(back.call.info.started_at) == str(stored.call.info.started_at)
    assert back.embeddings is not None
    assert back.embeddings.dtype == np.float32
    np.testing.assert_array_equal(back.embeddings, stored.embeddings)


def test_each_part_is_found_under_its_key_only(store: Store) -> None:
    stored, other = make_call(1), make_call(2)
    store.save_call(stored)
    store.save_call(other)
    call_id = stored.call.id
    assert store.transcript(call_id, stored.transcript_key) == stored.call.transcript
    assert store.signals(call_id, stored.signals_key) == stored.signals
    assert store.score(call_id, stored.score_key) == stored.score
    np.testing.assert_array_equal(store.embeddings(call_id, stored.signals_key), stored.embeddings)
    for part, key in (
        (store.transcript, other.transcript_key),
        (store.signals, other.signals_key),
        (store.score, other.score_key),
        (store.embeddings, other.signals_key),
    ):
        assert part(call_id, key) is None
        assert part("nobody", key) is None
    assert store.load_call("nobody") is None


def test_storing_twice_changes_nothing(store: Store) -> None:
    stored = make_call(1)
    store.save_call(stored)
    before = {name: rows(store, name) for name in tables.metadata.tables}
    store.save_call(stored)
    assert {name: rows(store, name) for name in tables.metadata.tables} == before
    assert loaded(store, stored.call.id) == stored


def test_a_call_without_embeddings_and_without_turns(store: Store) -> None:
    empty = make_call(1, turns=0)
    store.save_call(replace(empty, embeddings=None))
    assert loaded(store, empty.call.id).embeddings is None
    store.save_call(empty)
    back = loaded(store, empty.call.id).embeddings
    assert back is not None
    assert back.shape == (0, 384)


# --- history


def test_new_parts_become_current_and_older_ones_stay(store: Store) -> None:
    first = make_call(1)
    heard = Transcript((Turn(Role.AGENT, "Heard better.", 0.0, 1.0),))
    second = replace(
        first,
        call=replace(first.call, transcript=heard),
        transcript_key="t2",
        signals_key="g2",
        score=make_score(first.call.id, points=99.0),
        score_key="s2",
        embeddings=None,
    )
    store.save_call(first)
    store.save_call(second)
    assert loaded(store, first.call.id) == second
    assert store.transcript(first.call.id, first.transcript_key) == first.call.transcript
    assert store.score(first.call.id, first.score_key) == first.score
    assert store.embeddings(first.call.id, first.signals_key) is not None
    assert [call.score for call in store.scored_calls("core")] == [second.score]
    store.save_call(first)  # as when a setting is changed back
    assert loaded(store, first.call.id) == first
    assert [call.score for call in store.scored_calls("core")] == [first.score]
    assert rows(store, "scores") == 2


def test_another_rubric_adds_a_score_and_takes_none_away(store: Store) -> None:
    stored = make_call(1)
    store.save_call(stored)
    other = make_score(stored.call.id, rubric="service", points=40.0)
    store.save_score(stored.call.id, "k2", other)
    assert store.score(stored.call.id, "k2") == other
    assert loaded(store, stored.call.id).score == other
    assert loaded(store, stored.call.id, "core").score == stored.score
    assert loaded(store, stored.call.id, "service").score_key == "k2"
    assert store.load_call(stored.call.id, "none") is None
    assert [call.score for call in store.scored_calls("core")] == [stored.score]
    assert [call.score for call in store.scored_calls("service")] == [other]
    assert store.scored_calls("none") == []


def test_an_older_version_of_a_rubric_is_read_from_history(store: Store) -> None:
    stored = make_call(1)
    store.save_call(stored)
    newer = make_score(stored.call.id, version="2", points=10.0)
    again = make_score(stored.call.id, version="1", points=20.0)
    store.save_score(stored.call.id, "k2", newer)
    assert [call.score for call in store.scored_calls("core")] == [newer]
    assert [call.score for call in store.scored_calls("core", "1")] == [stored.score]
    assert [call.score for call in store.scored_calls("core", newer.provenance.rubric)] == [newer]
    assert store.scored_calls("core", "3") == []
    store.save_score(stored.call.id, "k3", again)
    assert [call.score for call in store.scored_calls("core", "1")] == [again]
    store.save_score(stored.call.id, stored.score_key, stored.score)
    assert [call.score for call in store.scored_calls("core", "1")] == [stored.score]


def test_a_score_needs_its_call(store: Store) -> None:
    stored = make_call(1)
    with pytest.raises(StoreError, match="There is no call"):
        store.save_score("nobody", "k", make_score("nobody"))
    with pytest.raises(StoreError, match="cannot be stored with call"):
        store.save_score(stored.call.id, "k", make_score("another"))


# --- who and when


def test_a_changed_manifest_relabels_and_touches_nothing_else(store: Store) -> None:
    stored = make_call(1)
    store.save_call(stored)
    info = replace(stored.call.info, agent_name="Nia Berg", agent_id="A9", started_at=None, csat=4.5)
    store.save_call(replace(stored, call=replace(stored.call, info=info)))
    back = loaded(store, stored.call.id)
    assert back.call.info == info
    assert back == replace(stored, call=replace(stored.call, info=info))
    assert store.scored_calls("core")[0].info == info


def test_scored_calls_are_ordered_by_start_then_id_and_unknown_last(store: Store) -> None:
    numbers = [5, 1, 4, 2, 3, 6, 7]
    for number in numbers:
        info = {"started_at": None} if number > 5 else {"started_at": datetime(2024, 1, 1 + number // 3, tzinfo=UTC)}
        store.save_call(make_call(number, turns=1, **info))
    found = store.scored_calls("core")
    keys = [(call.info.started_at is None, call.info.started_at, call.call_id) for call in found]
    assert keys == sorted(keys, key=lambda key: (key[0], key[1].timestamp() if key[1] else 0, key[2]))
    assert [key[0] for key in keys] == [False] * 5 + [True] * 2
    example = next(call for call in found if call.info.file == "3.wav")
    stored = make_call(3, turns=1)
    assert (example.duration, example.medium, example.measures, example.score) == (
        stored.call.transcript.duration,
        stored.call.medium,
        stored.signals.measures,
        stored.score,
    )


# --- files


def test_a_file_is_known_by_its_bytes_and_its_name(store: Store) -> None:
    stored = make_call(1)
    twin = replace(stored, files=(*stored.files, ("/calls/copy of 1.wav", "f" * 64)))
    store.save_call(stored)
    assert store.call_of_file(stored.files[0][1]) == stored.call.id
    assert store.call_of_file("f" * 64) is None
    store.save_call(twin)
    assert store.call_of_file("f" * 64) == stored.call.id
    assert sorted(loaded(store, stored.call.id).files) == sorted(twin.files)
    store.save_call(stored)
    assert loaded(store, stored.call.id).files == stored.files
    assert store.call_of_file("f" * 64) == stored.call.id  # those bytes still hold that call


def test_a_path_holds_one_file_at_a_time(store: Store) -> None:
    first, second = make_call(1), make_call(2)
    store.save_call(first)
    store.save_call(replace(second, files=((first.files[0][0], second.files[0][1]),)))
    assert loaded(store, first.call.id).files == ()
    assert loaded(store, second.call.id).files == ((first.files[0][0], second.files[0][1]),)
    assert store.call_of_file(first.files[0][1]) == first.call.id


def test_calls_are_found_by_the_start_of_their_id_or_by_file(store: Store) -> None:
    ids = sorted(make_call(number).call.id for number in range(1, 6))
    for number in range(1, 6):
        store.save_call(make_call(number, turns=1))
    assert store.call_ids() == ids
    for call_id in ids:
        assert store.find_call(call_id[:12]) == [call_id]
        assert store.find_call(call_id.upper()) == [call_id]
    assert store.find_call("/calls/2.wav") == store.find_call("2.wav") == [make_call(2).call.id]
    for nothing in ("", "%", "_", "zzz", "3.wa", "'; drop table calls; --"):
        assert store.find_call(nothing) == []


# --- set aside


def test_files_set_aside_stay_so_until_they_are_scored(store: Store) -> None:
    broken = AsideEntry(
        file="b.wav", file_hash="b" * 64, reason="It ends after 3 s.", stage="read", hint="Export it again."
    )
    lost = AsideEntry(file="a.wav", file_hash=None, reason="It cannot be read.", stage="read", transient=True, tries=2)
    store.set_aside(broken)
    store.set_aside(lost)
    assert store.aside() == [lost, broken]
    store.set_aside(replace(broken, tries=2))
    assert store.aside() == [lost, replace(broken, tries=2)]
    store.clear_aside()
    store.clear_aside("c" * 64)
    assert len(store.aside()) == 2
    store.clear_aside("b" * 64)
    assert store.aside() == [lost]
    store.clear_aside(file="a.wav")
    assert store.aside() == []


def test_a_stored_call_is_no_longer_set_aside(store: Store) -> None:
    stored = make_call(1)
    path, file_hash = stored.files[0]
    for file, known in (("1.wav", None), (path, None), ("copy.wav", file_hash), ("other.wav", "e" * 64)):
        store.set_aside(AsideEntry(file=file, file_hash=known, reason="r", stage="read"))
    store.save_call(stored)
    assert [entry.file for entry in store.aside()] == ["other.wav"]


# --- what cannot be stored


@pytest.mark.parametrize(
    "spoil",
    [
        lambda call: replace(call, score=make_score("another")),
        lambda call: replace(call, score=replace(call.score, score=float("nan"))),
        lambda call: replace(call, embeddings=np.zeros((3, 384), np.float32)),
        lambda call: replace(call, embeddings=np.zeros(40, np.float32)),
        lambda call: replace(call, call=replace(call.call, transcript=Transcript((Turn("agent", "x"),)))),
        lambda call: replace(call, call=replace(call.call, made_by={"engine": "\ud800"})),
        lambda call: replace(call, call=replace(call.call, info=CallInfo('1.wav', started_at=datetime(2024, 1, 1)))),
    ],
)  # fmt: skip
def test_what_cannot_come_back_exactly_is_refused_whole(store: Store, spoil: object) -> None:
    good = make_call(2)
    store.save_call(good)
    before = {name: rows(store, name) for name in tables.metadata.tables}
    with pytest.raises(StoreError) as caught:
        store.save_call(spoil(make_call(1)))  # type: ignore[operator]
    assert "\n" not in str(caught.value)
    assert {name: rows(store, name) for name in tables.metadata.tables} == before
    assert loaded(store, good.call.id) == good


def test_audio_is_never_copied_into_the_store() -> None:
    kinds = {column.name for table in tables.metadata.tables.values() for column in table.columns}
    assert not kinds & {"audio", "samples", "content", "data"}
    binary = [
        f"{table.name}.{column.name}"
        for table in tables.metadata.tables.values()
        for column in table.columns
        if column.type.__class__.__name__ == "LargeBinary"
    ]
    assert binary == ["signals.embeddings"]
