"""Finding calls again: by a name that several have, after a recording was replaced, whatever was stored before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_samples import make_call, make_score

from scoring.calls import CallInfo, Direction, Medium, Role, Transcript, Turn, Word, digest
from scoring.store import Store, StoredCall, tables

IDS = {number: make_call(number, turns=0).call.id for number in range(1, 7)}


@contextmanager
def emptied(url: str) -> Iterator[Store]:
    """The store, with nothing in it: an example must not find what the last one left."""
    with Store.open(url) as opened:
        with opened._engine.begin() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(table.delete())
        yield opened


def held(number: int, *paths: str, **info: object) -> StoredCall:
    """Call `number` in files of these paths, each with the same bytes."""
    stored = make_call(number, turns=1, **info)
    return replace(stored, files=tuple((path, digest(["bytes", number])) for path in paths))


# --- one name, several calls


def test_a_name_that_two_folders_share_gives_both_calls_and_a_path_one(store: Store) -> None:
    store.save_call(held(1, "/north/a.wav", file="north/a.wav"))
    store.save_call(held(2, "/south/a.wav", file="south/a.wav"))
    assert store.find_call("a.wav") == sorted([IDS[1], IDS[2]])
    assert store.find_call("/south/a.wav") == store.find_call("south/a.wav") == [IDS[2]]


def test_the_start_of_an_id_that_several_share_gives_them_all(store: Store) -> None:
    for number in IDS:
        store.save_call(held(number, f"/{number}.wav", file=f"{number}.wav"))
    for length in range(1, 64):
        for call_id in IDS.values():
            start = call_id[:length]
            assert store.find_call(start) == sorted(other for other in IDS.values() if other.startswith(start))


def test_a_file_named_like_the_start_of_anothers_id_gives_both(store: Store) -> None:
    name = IDS[1][:8]
    store.save_call(held(1, "/a.wav", file="a.wav"))
    store.save_call(held(2, f"/calls/{name}", file=name))
    assert store.find_call(name) == sorted([IDS[1], IDS[2]])


def test_a_call_in_two_files_is_found_once_by_either(store: Store) -> None:
    store.save_call(held(1, "/calls/a.wav", "/copies/a.wav", "/copies/b.wav", file="a.wav"))
    assert store.find_call("a.wav") == store.find_call("b.wav") == store.find_call("/copies/b.wav") == [IDS[1]]


@pytest.mark.parametrize("name", ["100%.wav", "a_b.wav", "it's.wav", "Łódź 電話.wav", "a\\b.wav", 'say "x".wav'])
def test_signs_with_a_meaning_to_databases_are_letters_of_a_name(store: Store, name: str) -> None:
    store.save_call(held(1, f"/calls/{name}", file=name))
    store.save_call(held(2, "/calls/100x.wav", file="axb.wav"))
    assert store.find_call(name) == [IDS[1]]


# --- a recording that took another's place


def test_the_name_of_a_replaced_recording_means_the_new_one(store: Store) -> None:
    older = held(1, "/calls/a.wav", file="a.wav")
    store.save_call(older)
    store.save_call(held(2, "/calls/a.wav", file="a.wav"))
    assert store.find_call("a.wav") == store.find_call("/calls/a.wav") == [IDS[2]]
    assert store.find_call(IDS[1][:16]) == [IDS[1]]  # by its id it can still be seen
    assert [call.call_id for call in store.scored_calls("core")] == [IDS[2]]
    assert [call.call_id for call in store.scored_calls("core", "1")] == [IDS[2]]
    assert store.files_of_calls() == {IDS[2]: ("/calls/a.wav",)}
    store.save_call(older)
    assert store.find_call("a.wav") == [IDS[1]]
    assert [call.call_id for call in store.scored_calls("core")] == [IDS[1]]


def test_a_call_with_a_copy_left_is_not_replaced(store: Store) -> None:
    store.save_call(held(1, "/calls/a.wav", "/copies/a.wav", file="a.wav"))
    store.save_call(held(2, "/calls/a.wav", file="a.wav"))
    assert {call.call_id for call in store.scored_calls("core")} == {IDS[1], IDS[2]}
    assert store.files_of_calls() == {IDS[1]: ("/copies/a.wav",), IDS[2]: ("/calls/a.wav",)}


PATHS = tuple(f"/calls/{letter}.wav" for letter in "abc")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(list(IDS)), st.sets(st.sampled_from(PATHS), min_size=1)), max_size=8))
def test_whatever_is_stored_in_whatever_order_each_path_leads_to_the_last_that_took_it(
    url: str, saves: list[tuple[int, set[str]]]
) -> None:
    holder: dict[str, int] = {}
    with emptied(url) as store:
        for number, paths in saves:
            store.save_call(held(number, *sorted(paths), started_at=_start(number)))
            holder = {path: other for path, other in holder.items() if other != number}
            holder.update(dict.fromkeys(paths, number))
        files = {IDS[number]: tuple(path for path in PATHS if holder.get(path) == number) for number in holder.values()}
        assert store.files_of_calls() == files
        assert store.call_ids() == sorted({IDS[number] for number, _ in saves})
        for path in PATHS:
            assert store.find_call(path) == ([IDS[holder[path]]] if path in holder else [])
        shown = [call.call_id for call in store.scored_calls("core")]
        assert shown == [
            IDS[number] for number in sorted(set(holder.values()), key=lambda one: (_start(one), IDS[one]))
        ]


def _start(number: int) -> datetime:
    """Two calls each begin at one moment, so that their ids decide."""
    return datetime(2026, 1, 9, tzinfo=UTC) - timedelta(hours=number // 2)


# --- what goes in comes out

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TURNS = st.builds(
    Turn,
    st.sampled_from(Role),
    TEXT,
    st.none() | NUMBERS,
    st.none() | NUMBERS,
    st.lists(st.builds(Word, TEXT, NUMBERS, NUMBERS, NUMBERS), max_size=2).map(tuple),
    speaker=st.none() | TEXT,
)
INFOS = st.builds(
    CallInfo,
    file=TEXT,
    agent_id=st.none() | TEXT,
    agent_name=st.none() | TEXT,
    team=st.none() | TEXT,
    started_at=st.none() | st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    direction=st.sampled_from(Direction),
    csat=st.none() | NUMBERS,
    nps=st.none() | st.integers(0, 10),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    info=INFOS,
    turns=st.lists(TURNS, max_size=4),
    medium=st.sampled_from(Medium),
    duration=st.none() | st.floats(0, 1e6),
    points=st.floats(0, 100),
)
def test_any_call_comes_back_from_the_database_as_it_went_in(
    *, url: str, info: CallInfo, turns: list[Turn], medium: Medium, duration: float | None, points: float
) -> None:
    base = make_call(1, turns=0)
    transcript = Transcript(tuple(turns), medium, duration)
    call = replace(base.call, info=info, medium=medium, transcript=transcript)
    stored = replace(base, call=call, score=make_score(call.id, points=points), embeddings=None)
    with emptied(url) as store:
        store.save_call(stored)
        found = store.load_call(call.id)
        assert found == stored
        assert found is not None
        assert found.call.transcript.content_hash == transcript.content_hash
        (scored,) = store.scored_calls("core")
        assert (scored.info, scored.medium, scored.duration, scored.score) == (info, medium, duration, stored.score)
