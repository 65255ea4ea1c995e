"""What is done is known by content: nothing is done twice, nothing is stored by halves."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from pipeline_calls import CHAT, CountingEngine, SilentReader, write_call

from scoring.audio import FloatArray
from scoring.calls import CallInfo, Medium
from scoring.errors import RubricError, TransientError
from scoring.judge import NOT_JUDGED
from scoring.pipeline.batch import Job, plan_batch
from scoring.pipeline.stages import Scored, StageError, Tools, aside_entry, read_transcript, rescore, score_file
from scoring.results import CallScore
from scoring.rubric import load_rubric
from scoring.settings import Settings, load_settings
from scoring.store import Store
from scoring.transcribe import ChannelText


def score_all(folder: Path, store: Store, tools: Tools) -> list[Scored]:
    return [score_file(job, store, tools) for job in plan_batch([folder], tools.settings).jobs]


def as_text(score: CallScore) -> str:
    return json.dumps(dataclasses.asdict(score), default=str)


def test_a_call_is_transcribed_judged_and_stored_whole(folder: Path, store: Store, tools: Tools) -> None:
    done = score_file(Job(str(folder / "one.wav"), CallInfo("one.wav", agent_name="Dora Field")), store, tools)
    stored = store.load_call(done.call_id)
    assert stored is not None
    assert (done.transcribed, done.judged) == (True, True)
    assert stored.call.info.agent_name == "Dora Field"
    assert "Larkfield" in " ".join(turn.text for turn in stored.call.transcript.turns)
    assert stored.score.call_id == done.call_id
    assert stored.score.provenance.audio == done.call_id
    assert {name for name, _ in stored.score.provenance.models} >= {"engine", "reader", "detectors"}
    assert stored.embeddings is not None
    assert len(stored.embeddings) == len(stored.call.transcript.turns)


def test_a_second_run_does_nothing_again(folder: Path, store: Store, tools: Tools, engine: CountingEngine) -> None:
    first = score_all(folder, store, tools)
    again = score_all(folder, store, tools)
    assert engine.asked == 2
    assert [one.call_id for one in again] == [one.call_id for one in first]
    assert not any(one.transcribed or one.judged for one in again)


def test_the_same_call_scored_in_another_store_is_equal_byte_for_byte(folder: Path, store: Store, tools: Tools) -> None:
    first = score_all(folder, store, tools)
    with Store.open("sqlite:///other.db") as other:
        second = score_all(folder, other, Tools(load_settings(), engine=CountingEngine(), reader=SilentReader()))
        for one, two in zip(first, second, strict=True):
            here, there = store.load_call(one.call_id), other.load_call(two.call_id)
            assert here is not None
            assert there is not None
            assert as_text(here.score) == as_text(there.score)


def test_another_engine_or_another_name_is_heard_anew(folder: Path, store: Store, engine: CountingEngine) -> None:
    job = Job(str(folder / "one.wav"), CallInfo("one.wav"))
    score_file(job, store, Tools(load_settings(), engine=engine, reader=SilentReader()))
    better = CountingEngine("better")
    assert score_file(job, store, Tools(load_settings(), engine=better, reader=SilentReader())).transcribed
    named = Job(job.path, CallInfo("one.wav", customer_name="Peter Moss"))
    assert score_file(named, store, Tools(load_settings(), engine=engine, reader=SilentReader())).transcribed
    assert engine.prompts == ["", "Customer Peter Moss."]


def test_a_team_added_to_the_manifest_costs_no_transcription(
    folder: Path, store: Store, tools: Tools, engine: CountingEngine
) -> None:
    path = str(folder / "one.wav")
    first = score_file(Job(path, CallInfo("one.wav")), store, tools)
    again = score_file(Job(path, CallInfo("one.wav", team="Night")), store, tools)
    stored = store.load_call(first.call_id)
    assert stored is not None
    assert (engine.asked, again.judged, stored.call.info.team) == (1, False, "Night")


def test_a_changed_rubric_judges_anew_without_hearing_anew(
    folder: Path, store: Store, tools: Tools, engine: CountingEngine
) -> None:
    first = score_all(folder, store, tools)
    other = Tools(Settings(rubric="service_standard"), engine=engine, reader=SilentReader())
    again = score_all(folder, store, other)
    assert engine.asked == 2
    assert all(one.judged and not one.transcribed for one in again)
    assert store.load_call(first[0].call_id, "core") is not None
    assert store.load_call(first[0].call_id, "service_standard") is not None


def test_stored_calls_can_be_judged_when_their_recordings_are_gone(folder: Path, store: Store, tools: Tools) -> None:
    score_all(folder, store, tools)
    shutil.rmtree(folder)
    rubric = load_rubric("service_standard")
    assert rescore(store.call_ids(), rubric, store) == 2
    assert rescore(store.call_ids(), rubric, store) == 0
    assert len(store.scored_calls("service_standard")) == 2


def test_judging_stored_calls_gives_the_score_that_scoring_gives(folder: Path, store: Store, tools: Tools) -> None:
    score_all(folder, store, tools)
    rescore(store.call_ids(), load_rubric("service_standard"), store)
    later = [as_text(call.score) for call in store.scored_calls("service_standard")]
    with Store.open("sqlite:///other.db") as other:
        direct = Tools(Settings(rubric="service_standard"), engine=CountingEngine(), reader=SilentReader())
        score_all(folder, other, direct)
        assert [as_text(call.score) for call in other.scored_calls("service_standard")] == later


def test_a_changed_recording_is_a_new_call(folder: Path, store: Store, tools: Tools) -> None:
    first = score_file(Job(str(folder / "one.wav"), CallInfo("one.wav")), store, tools)
    write_call(folder / "one.wav", 262.0)
    second = score_file(Job(str(folder / "one.wav"), CallInfo("one.wav")), store, tools)
    assert first.call_id != second.call_id
    assert second.transcribed
    assert store.load_call(first.call_id) is not None
    assert [call.call_id for call in store.scored_calls("core")] == [second.call_id]


@pytest.mark.parametrize("order", [("a.wav", "b.wav"), ("b.wav", "a.wav")])
def test_the_same_call_under_two_names_is_one_call_in_any_order(
    order: tuple[str, str], folder: Path, store: Store, tools: Tools, engine: CountingEngine
) -> None:
    for name in order:
        shutil.copy(folder / "one.wav", folder / name)
    done = [score_file(Job(str(folder / name), CallInfo(name)), store, tools) for name in order]
    assert done[0].call_id == done[1].call_id
    assert engine.asked == 1
    stored = store.load_call(done[0].call_id)
    assert stored is not None
    assert stored.call.info.file == "a.wav"
    assert [Path(path).name for path, _ in stored.files] == ["a.wav", "b.wav"]
    assert len(store.scored_calls("core")) == 1


def test_a_written_conversation_is_judged_by_its_own_rubric(folder: Path, store: Store, tools: Tools) -> None:
    (folder / "chat.txt").write_text(CHAT)
    done = score_file(Job(str(folder / "chat.txt"), CallInfo("chat.txt")), store, tools)
    stored = store.load_call(done.call_id)
    assert stored is not None
    assert stored.call.medium is not Medium.CALL or stored.score.rubric == "core"
    assert stored.score.rubric == tools.rubric_for(stored.call.medium).name
    again = score_file(Job(str(folder / "chat.txt"), CallInfo("chat.txt")), store, tools)
    assert not again.transcribed
    assert not again.judged


def test_a_bad_recording_says_its_stage_and_leaves_nothing(folder: Path, store: Store, tools: Tools) -> None:
    (folder / "bad.wav").write_text("this is no sound")
    job = Job(str(folder / "bad.wav"), CallInfo("bad.wav"))
    with pytest.raises(StageError) as failure:
        score_file(job, store, tools)
    entry = aside_entry(job, failure.value, store)
    assert (entry.file, entry.transient, entry.tries) == ("bad.wav", False, 1)
    assert entry.hint
    assert "Traceback" not in entry.reason
    assert store.call_ids() == []


def test_trying_again_is_counted_and_success_clears_the_note(folder: Path, store: Store, tools: Tools) -> None:
    path = folder / "late.wav"
    job = Job(str(path), CallInfo("late.wav"))
    for tries in (1, 2):
        with pytest.raises(StageError) as failure:
            score_file(job, store, tools)
        entry = aside_entry(job, failure.value, store)
        assert entry.tries == tries
        store.set_aside(entry)
    write_call(path)
    score_file(job, store, tools)
    assert store.aside() == []


def test_a_lost_share_is_worth_another_try(folder: Path, store: Store) -> None:
    class Lost(CountingEngine):
        def transcribe(self, channels: Sequence[FloatArray], prompt: str = "") -> NoReturn:
            raise TransientError("The share is gone.", hint="It may come back.")

    job = Job(str(folder / "one.wav"), CallInfo("one.wav"))
    with pytest.raises(StageError) as failure:
        score_file(job, store, Tools(load_settings(), engine=Lost(), reader=SilentReader()))
    entry = aside_entry(job, failure.value, store)
    assert (entry.stage, entry.transient, entry.hint) == ("transcribe", True, "It may come back.")


def test_a_fault_of_ours_is_called_one(folder: Path, store: Store) -> None:
    class Broken(CountingEngine):
        def transcribe(self, channels: Sequence[FloatArray], prompt: str = "") -> NoReturn:
            raise IndexError("list index out of range")

    job = Job(str(folder / "one.wav"), CallInfo("one.wav"))
    with pytest.raises(StageError) as failure:
        score_file(job, store, Tools(load_settings(), engine=Broken(), reader=SilentReader()))
    entry = aside_entry(job, failure.value, store)
    assert not entry.transient
    assert "fault in callscore" in entry.hint


def test_a_rubric_for_letters_does_not_judge_calls(folder: Path, store: Store, engine: CountingEngine) -> None:
    tools = Tools(Settings(rubric="written_reply"), engine=engine, reader=SilentReader())
    with pytest.raises(StageError) as failure:
        score_file(Job(str(folder / "one.wav"), CallInfo("one.wav")), store, tools)
    assert isinstance(failure.value.cause, RubricError)


def test_a_transcript_can_be_read_without_a_store(folder: Path, tools: Tools) -> None:
    call = read_transcript(folder / "one.wav", CallInfo("one.wav"), tools)
    assert call.transcript.turns
    assert not (Path(tools.settings.state_dir)).exists()


def test_two_workers_with_the_same_call_do_not_overwrite_each_other(folder: Path, store: Store, tools: Tools) -> None:
    """The second finds that the call was stored meanwhile, writes nothing, and is tried again."""
    for name in ("a.wav", "b.wav"):
        shutil.copy(folder / "one.wav", folder / name)

    class Slow(CountingEngine):
        def transcribe(self, channels: Sequence[FloatArray], prompt: str = "") -> tuple[ChannelText, ...]:
            if not self.asked:  # meanwhile another worker is quicker
                score_file(Job(str(folder / "b.wav"), CallInfo("b.wav")), store, tools)
            return super().transcribe(channels, prompt)

    slow = Tools(tools.settings, engine=Slow(), reader=SilentReader())
    job = Job(str(folder / "a.wav"), CallInfo("a.wav"))
    with pytest.raises(StageError) as failure:
        score_file(job, store, slow)
    assert aside_entry(job, failure.value, store).transient
    done = score_file(job, store, slow)
    stored = store.load_call(done.call_id)
    assert stored is not None
    assert stored.call.info.file == "a.wav"
    assert [Path(path).name for path, _ in stored.files] == ["a.wav", "b.wav"]


def test_a_call_in_another_language_is_stored_with_its_words_and_not_judged(folder: Path, store: Store) -> None:
    class Spanish(CountingEngine):
        def transcribe(self, channels: Sequence[FloatArray], prompt: str = "") -> tuple[ChannelText, ...]:
            return tuple(dataclasses.replace(text, language="es") for text in super().transcribe(channels, prompt))

    tools = Tools(load_settings(), engine=Spanish(), reader=SilentReader())
    done = score_file(Job(str(folder / "one.wav"), CallInfo("one.wav")), store, tools)
    stored = store.load_call(done.call_id)
    assert stored is not None
    assert stored.call.transcript.language == "es"
    assert "spoken in Spanish, not in English" in stored.call.transcript.notes
    assert stored.call.transcript.turns
    assert stored.score.score is None
    assert stored.score.conditions == (NOT_JUDGED,)
    again = score_file(Job(str(folder / "one.wav"), CallInfo("one.wav")), store, tools)
    assert (again.transcribed, again.judged) == (False, False)
