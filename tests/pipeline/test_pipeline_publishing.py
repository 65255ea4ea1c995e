"""From the store to the pages: what is shown, what is not, and nothing loaded before it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pipeline_calls import CHAT, EMAIL, write_call

from scoring.calls import CallInfo
from scoring.errors import InputError, RubricError
from scoring.pages.types import SetAside
from scoring.pipeline.batch import Job, plan_batch
from scoring.pipeline.publishing import KEPT_IN_MEMORY, StoredRecords, load_published, publish_all
from scoring.pipeline.stages import Tools, rescore, score_file
from scoring.rubric import load_rubric
from scoring.scorecard.types import ScoredCall
from scoring.settings import Settings, load_settings
from scoring.store import AsideEntry, Store, StoredCall


class WatchedStore(Store):
    """Knows which calls were loaded."""

    loaded: list[str]

    def load_call(self, call_id: str, rubric: str | None = None) -> StoredCall | None:
        self.loaded.append(call_id)
        return super().load_call(call_id, rubric)


@pytest.fixture
def watched() -> Iterator[WatchedStore]:
    with WatchedStore.open(load_settings().database_url) as opened:
        assert isinstance(opened, WatchedStore)
        opened.loaded = []
        yield opened
        del opened.loaded


def score_text(path: Path, text: str, store: Store, tools: Tools, **info: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return score_file(Job(str(path), CallInfo(path.name, **info)), store, tools).call_id  # type: ignore[arg-type]


def files_under(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def scored_by_id(store: Store, rubric: str = "core") -> dict[str, ScoredCall]:
    return {call.call_id: call for call in store.scored_calls(rubric)}


def test_calls_are_loaded_when_they_are_asked_for_and_then_kept(
    tmp_path: Path, watched: WatchedStore, tools: Tools
) -> None:
    ids = {score_text(tmp_path / f"{name}.txt", CHAT.replace("Dora", name), watched, tools) for name in ("Ann", "Ben")}
    scored = scored_by_id(watched)
    watched.loaded.clear()
    records = StoredRecords(watched, scored)
    assert (len(records), set(records)) == (2, ids)
    assert watched.loaded == []
    first = min(ids)
    assert records[first] is records[first]
    assert watched.loaded == [first]
    assert {record.scored.call_id for record in records.values()} == ids
    assert sorted(watched.loaded) == sorted(ids)


def test_a_record_is_the_call_that_was_stored(tmp_path: Path, store: Store, tools: Tools) -> None:
    call_id = score_text(tmp_path / "chat.txt", CHAT, store, tools)
    stored = store.load_call(call_id)
    assert stored is not None
    record = StoredRecords(store, scored_by_id(store))[call_id]
    assert record.transcript == stored.call.transcript
    assert record.signals == stored.signals
    assert record.scored.score == stored.score


def test_not_more_calls_than_the_limit_stay_in_memory(
    tmp_path: Path, watched: WatchedStore, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEPT_IN_MEMORY >= 2
    monkeypatch.setattr("scoring.pipeline.publishing.KEPT_IN_MEMORY", 1)
    ids = [score_text(tmp_path / f"{name}.txt", CHAT.replace("Dora", name), watched, tools) for name in ("Ann", "Ben")]
    records = StoredRecords(watched, scored_by_id(watched))
    watched.loaded.clear()
    for call_id in (ids[0], ids[1], ids[0]):
        assert records[call_id].scored.call_id == call_id
    assert watched.loaded == [ids[0], ids[1], ids[0]]


def test_a_call_outside_the_mapping_is_no_record_even_if_it_is_stored(
    tmp_path: Path, store: Store, tools: Tools
) -> None:
    call_id = score_text(tmp_path / "chat.txt", CHAT, store, tools)
    empty = StoredRecords(store, {})
    assert call_id not in empty
    with pytest.raises(KeyError, match=call_id):
        empty[call_id]


def test_a_call_that_the_store_has_lost_is_a_missing_key(tmp_path: Path, store: Store, tools: Tools) -> None:
    call_id = score_text(tmp_path / "chat.txt", CHAT, store, tools)
    with Store.open("sqlite:///other.db") as other, pytest.raises(KeyError, match=call_id):
        StoredRecords(other, scored_by_id(store))[call_id]


def test_calls_and_replies_are_shown_together_each_by_its_own_rubric(
    tmp_path: Path, store: Store, tools: Tools
) -> None:
    spoken = score_text(tmp_path / "chat.txt", CHAT, store, tools, agent_id="a1")
    written = score_text(tmp_path / "reply.eml", EMAIL, store, tools, agent_id="a2")
    site = load_published(tools.settings, store)
    assert {id_: call.score.rubric for id_, call in site.calls.items()} == {spoken: "core", written: "written_reply"}
    assert {id_: record.scored for id_, record in site.records.items()} == dict(site.calls)
    assert len(site.cards.agents) == 2
    assert set(load_published(tools.settings, store, "core").calls) == {spoken}
    assert set(load_published(tools.settings, store, "written_reply").calls) == {written}


def test_a_call_judged_by_two_rubrics_is_shown_by_the_one_that_was_asked_for(
    tmp_path: Path, store: Store, tools: Tools
) -> None:
    call_id = score_text(tmp_path / "chat.txt", CHAT, store, tools)
    rescore([call_id], load_rubric("service_standard"), store)
    for rubric in ("core", "service_standard"):
        site = load_published(tools.settings, store, rubric)
        assert site.calls[call_id].score.rubric == rubric
        assert site.records[call_id].scored.score.rubric == rubric
    by_settings = Settings(rubric="service_standard")
    assert load_published(by_settings, store).calls[call_id].score.rubric == "service_standard"


def test_one_rubric_for_everything_counts_no_call_twice(tmp_path: Path, store: Store, tools: Tools) -> None:
    score_text(tmp_path / "chat.txt", CHAT, store, tools)
    site = load_published(Settings(rubric="core", written_rubric="core"), store)
    assert [len(group.overall.calls) for group in site.cards.agents] == [1]


def test_nothing_judged_says_by_which_rubric_and_what_comes_first(tmp_path: Path, store: Store, tools: Tools) -> None:
    with pytest.raises(InputError, match="by core or written_reply yet") as caught:
        load_published(tools.settings, store)
    assert "callscore score" in caught.value.hint
    score_text(tmp_path / "chat.txt", CHAT, store, tools)
    with pytest.raises(InputError, match="by service_standard yet"):
        load_published(tools.settings, store, "service_standard")
    with pytest.raises(RubricError, match="no rubric 'cor'"):
        load_published(tools.settings, store, "cor")


def test_refusing_to_publish_nothing_leaves_what_was_published(tmp_path: Path, store: Store, tools: Tools) -> None:
    score_text(tmp_path / "chat.txt", CHAT, store, tools)
    publish_all(tools.settings, out=tmp_path / "out")
    before = files_under(tmp_path / "out")
    with pytest.raises(InputError):
        publish_all(tools.settings, rubric="service_standard", out=tmp_path / "out")
    assert files_under(tmp_path / "out") == before


def test_what_was_set_aside_is_shown_with_what_to_do(tmp_path: Path, store: Store, tools: Tools) -> None:
    score_text(tmp_path / "chat.txt", CHAT, store, tools)
    store.set_aside(
        AsideEntry(file="<bad>.wav", file_hash=None, reason="No sound.", stage="read", hint="Send it anew.")
    )
    store.set_aside(AsideEntry(file="odd.wav", file_hash=None, reason="Too long.", stage="read"))
    shown = load_published(tools.settings, store).set_aside
    assert set(shown) == {SetAside("<bad>.wav", "No sound. Send it anew."), SetAside("odd.wav", "Too long.")}
    page = publish_all(tools.settings).index.read_text()
    assert "No sound. Send it anew." in page
    assert "&lt;bad&gt;.wav" in page
    assert "<bad>" not in page


def test_publishing_twice_writes_the_same_bytes(folder: Path, store: Store, tools: Tools) -> None:
    for job in plan_batch([folder], tools.settings).jobs:
        score_file(job, store, tools)
    score_text(folder / "reply.eml", EMAIL, store, tools, agent_name="Dora Field")
    first = publish_all(tools.settings)
    before = files_under(tools.settings.outputs)
    again = publish_all(tools.settings)
    assert again == first
    assert (first.calls, first.agents) == (3, len(load_published(tools.settings, store).cards.agents))
    assert first.index == tools.settings.outputs / "index.html"
    assert len(before) >= first.files
    assert files_under(tools.settings.outputs) == before
    elsewhere = folder.parent / "elsewhere"
    publish_all(tools.settings, out=elsewhere)
    assert files_under(elsewhere) == before  # nothing on a page depends on where it was written


def test_a_recording_that_was_replaced_is_no_longer_published(
    tmp_path: Path, folder: Path, store: Store, tools: Tools
) -> None:
    job = Job(str(folder / "one.wav"), CallInfo("one.wav", agent_name="Dora Field"))
    old = score_file(job, store, tools).call_id
    publish_all(tools.settings)
    assert any(old[:8] in name for name in files_under(tools.settings.outputs))
    write_call(folder / "one.wav", 262.0)
    new = score_file(job, store, tools).call_id
    site = load_published(tools.settings, store)
    assert set(site.calls) == set(site.records) == set(site.recordings) == {new}
    assert publish_all(tools.settings).calls == 1
    assert not any(old[:8] in name for name in files_under(tools.settings.outputs))


def test_each_shown_call_can_be_played_from_one_of_its_files(folder: Path, store: Store, tools: Tools) -> None:
    copy = folder / "a_copy.wav"
    copy.write_bytes((folder / "one.wav").read_bytes())
    ids = {job.info.file: score_file(job, store, tools).call_id for job in plan_batch([folder], tools.settings).jobs}
    score_text(folder / "reply.eml", EMAIL, store, tools)
    site = load_published(tools.settings, store, "core")  # the reply is stored, but not of this site
    assert ids["a_copy.wav"] == ids["one.wav"]
    assert {id_: path.name for id_, path in site.recordings.items()} == {
        ids["one.wav"]: "a_copy.wav",
        ids["two.wav"]: "two.wav",
    }
    assert all(path.is_file() for path in site.recordings.values())


def test_a_reply_judged_by_the_rubric_for_calls_as_well_is_shown_once_by_its_own(
    tmp_path: Path, store: Store, tools: Tools
) -> None:
    call_id = score_text(tmp_path / "reply.eml", EMAIL, store, tools)
    rescore([call_id], load_rubric("core"), store)
    assert load_published(tools.settings, store).calls[call_id].score.rubric == "written_reply"
