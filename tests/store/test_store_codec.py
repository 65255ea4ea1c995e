"""Every value that can be made comes back equal, with the same hash."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from scoring.calls import CallInfo, Direction, Medium, Role, Transcript, Turn, Word, digest
from scoring.errors import StoreError
from scoring.results import CallScore, CriterionResult, Evidence, Outcome, Provenance, SectionResult
from scoring.signals.types import FactValue, Hit, Measure, Signals, Span
from scoring.store.codec import dumps, loads
from scoring.store.tables import UtcDateTime

texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False)
moments = st.datetimes(
    min_value=datetime(1970, 1, 2),
    max_value=datetime(2200, 1, 1),
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
maybe = st.none()


def tuples(element: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(element, max_size=3).map(tuple)


words = st.builds(Word, texts, numbers, numbers, numbers)
turns = st.builds(
    Turn,
    st.sampled_from(Role),
    texts,
    maybe | numbers,
    maybe | numbers,
    tuples(words),
    maybe | numbers,
    maybe | numbers,
    maybe | st.integers(0, 5),
    maybe | texts,
)
transcripts = st.builds(Transcript, tuples(turns), st.sampled_from(Medium), maybe | numbers, tuples(texts))
infos = st.builds(
    CallInfo,
    file=texts,
    agent_id=maybe | texts,
    started_at=maybe | moments,
    direction=st.sampled_from(Direction),
    agent_channel=maybe | st.integers(0, 1),
    csat=maybe | numbers,
    nps=maybe | st.integers(0, 10),
)
evidence = st.builds(Evidence, st.integers(0, 99), st.sampled_from(Role), texts, maybe | numbers, maybe | numbers)
criteria = st.builds(
    CriterionResult,
    id=texts,
    title=texts,
    section=texts,
    weight=numbers,
    outcome=st.sampled_from(Outcome),
    points=maybe | numbers,
    reason=texts,
    evidence=tuples(evidence),
)
scores = st.builds(
    CallScore,
    call_id=texts,
    rubric=texts,
    rubric_version=texts,
    score=maybe | numbers,
    low=maybe | numbers,
    high=maybe | numbers,
    criteria=tuples(criteria),
    sections=tuples(st.builds(SectionResult, texts, texts, maybe | numbers, st.booleans(), st.booleans())),
    provenance=st.builds(Provenance, texts, texts, texts, texts, maybe | texts, tuples(st.tuples(texts, texts))),
    failed=st.booleans(),
    conditions=tuples(texts),
)
signals = st.builds(
    Signals,
    tuples(st.builds(Hit, texts, st.integers(0, 99), st.sampled_from(Role), numbers, texts, maybe | numbers)),
    tuples(st.builds(FactValue, texts, texts, numbers, tuples(st.integers(0, 99)))),
    tuples(st.builds(Measure, texts, maybe | numbers, texts, tuples(st.builds(Span, numbers, numbers)))),
    tuples(st.tuples(texts, texts)),
)


@settings(max_examples=40, deadline=None)
@given(st.one_of(transcripts, infos, scores, signals))
def test_every_value_comes_back(value: object) -> None:
    text = dumps(type(value), value)
    back = loads(type(value), text)
    assert back == value
    assert type(back) is type(value)
    assert dumps(type(back), back) == text


@settings(max_examples=40, deadline=None)
@given(transcripts, signals)
def test_hashes_survive(transcript: Transcript, found: Signals) -> None:
    assert loads(Transcript, dumps(Transcript, transcript)).content_hash == transcript.content_hash
    assert loads(Signals, dumps(Signals, found)).content_hash == found.content_hash


@given(infos)
def test_the_offset_of_a_time_survives_not_only_its_moment(info: CallInfo) -> None:
    back = loads(CallInfo, dumps(CallInfo, info))
    assert digest(str(back.started_at)) == digest(str(info.started_at))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_and_never_turned_into_nothing(number: float) -> None:
    with pytest.raises(StoreError, match="cannot be stored"):
        dumps(Measure, Measure("duration", number, "s"))


def test_a_word_that_looks_like_no_number_is_only_a_word() -> None:
    said = Transcript((Turn(Role.CUSTOMER, "my NaN says Infinity"),))
    assert loads(Transcript, dumps(Transcript, said)) == said


@pytest.mark.parametrize("text", ["", "{", "[]", '{"turns": 5}', '{"turns": [], "medium": "smoke"}'])
def test_a_damaged_text_is_one_clear_line(text: str) -> None:
    with pytest.raises(StoreError, match="A stored Transcript is damaged"):
        loads(Transcript, text)


@given(moments)
def test_a_moment_is_kept_in_utc_on_every_database(moment: datetime) -> None:
    column = UtcDateTime()
    for dialect in (sqlite.dialect(), postgresql.dialect()):
        kept = column.process_bind_param(moment, dialect)
        assert kept is not None
        assert kept.tzinfo is (None if dialect.name == "sqlite" else UTC)
        back = column.process_result_value(kept, dialect)
        assert back == moment
        assert back is not None
        assert back.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        UtcDateTime().process_bind_param(datetime(2024, 1, 1), sqlite.dialect())
    assert UtcDateTime().process_bind_param(None, sqlite.dialect()) is None
    assert UtcDateTime().process_result_value(None, sqlite.dialect()) is None
