"""Worker processes: work is done, a death costs one call at most, stopping leaves no process behind."""

from __future__ import annotations

import os
import threading
import time
import wave
from pathlib import Path

import psutil
import pytest

from flows.deadline import LEAST_SECONDS, limited, note_of, seconds_for
from flows.workers import Failed, Workers
from scoring.calls import CallInfo
from scoring.errors import TransientError
from scoring.pipeline.batch import Job
from scoring.pipeline.stages import Scored
from scoring.settings import Settings, load_settings


def start_nothing(settings: Settings) -> None:
    """The processes of these tests need no models."""


def obey(job: Job) -> Scored | Failed:
    """Do what the job's name says; runs in a worker process."""
    if job.path == "die":
        os._exit(9)
    if job.path == "die-once" and not Path(job.info.file).exists():
        Path(job.info.file).write_text("died")
        os._exit(9)
    if job.path == "nap":
        Path(job.info.file).write_text("asleep")
        time.sleep(2)
    if job.path == "sleep":
        Path(job.info.file).write_text(str(os.getpid()))
        time.sleep(60)
    if job.path.startswith("hang"):
        while True:  # in Python, holding the lock that a thread of Python's would need
            pass
    return Scored(job.info.file, f"{job.path}-{os.getpid()}", transcribed=True, judged=True, audio_seconds=1.0)


def job(path: str, file: str = "a.wav") -> Job:
    return Job(path, CallInfo(file))


@pytest.fixture
def settings() -> Settings:
    return load_settings()


def test_a_process_serves_many_calls(settings: Settings) -> None:
    with Workers(settings, 1, work=obey, start=start_nothing) as workers:
        seen = {workers.score(job("work")).call_id for _ in range(3)}  # type: ignore[union-attr]
    assert len(seen) == 1
    assert seen != {f"work-{os.getpid()}"}


def test_a_dead_worker_is_replaced_and_its_call_may_be_tried_again(settings: Settings, tmp_path: Path) -> None:
    with Workers(settings, 1, work=obey, start=start_nothing) as workers:
        once = job("die-once", str(tmp_path / "mark"))
        with pytest.raises(TransientError, match="worker process died"):
            workers.score(once)
        assert isinstance(workers.score(once), Scored)


def test_a_call_that_always_kills_its_worker_does_not_stop_the_others(settings: Settings) -> None:
    with Workers(settings, 1, work=obey, start=start_nothing) as workers:
        for _ in range(2):
            with pytest.raises(TransientError):
                workers.score(job("die"))
            assert isinstance(workers.score(job("work")), Scored)


def test_stop_ends_the_processes_even_in_the_middle_of_a_call(settings: Settings, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    workers = Workers(settings, 1, work=obey, start=start_nothing)
    failures: list[BaseException] = []

    def hang() -> None:
        try:
            workers.score(job("sleep", str(mark)))
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=hang)
    thread.start()
    until = time.monotonic() + 30
    while not (mark.exists() and mark.read_text()) and time.monotonic() < until:
        time.sleep(0.05)
    workers.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert failures
    _, alive = psutil.wait_procs([p for p in psutil.Process().children() if p.pid == int(mark.read_text())], timeout=10)
    assert not alive


def test_a_call_that_hangs_is_set_aside_with_where_its_worker_stood(settings: Settings) -> None:
    with Workers(settings, 2, work=obey_in_a_second, start=start_nothing) as workers:
        failed = workers.score(job("hang"))
        assert isinstance(failed, Failed)
        assert "time limit" in failed.entry.reason
        assert not failed.entry.transient
        note = note_of(job("hang"), settings)
        assert str(note) in failed.entry.hint
        assert "in obey" in note.read_text()
        assert isinstance(workers.score(job("work")), Scored)
        assert not note_of(job("work"), settings).exists()


def obey_in_a_second(job: Job) -> Scored | Failed:
    with limited(1.0, note_of(job, load_settings())):
        return obey(job)


def test_a_death_costs_no_other_call(settings: Settings, tmp_path: Path) -> None:
    """Two calls at once in two workers: one dies, the other one ends as if nothing had happened."""
    mark, found = tmp_path / "pid", []
    with Workers(settings, 2, work=obey, start=start_nothing) as workers:
        thread = threading.Thread(target=lambda: found.append(workers.score(job("nap", str(mark)))))
        thread.start()
        until = time.monotonic() + 30
        while not mark.exists() and time.monotonic() < until:
            time.sleep(0.05)
        with pytest.raises(TransientError):
            workers.score(job("die"))
        thread.join(timeout=30)
    assert [isinstance(one, Scored) for one in found] == [True]


def test_a_worker_is_replaced_after_so_many_calls(settings: Settings) -> None:
    few = settings.model_copy(update={"calls_per_worker": 2})
    with Workers(few, 1, work=obey, start=start_nothing) as workers:
        seen = [workers.score(job("work")).call_id for _ in range(5)]  # type: ignore[union-attr]
    assert [seen.count(one) for one in dict.fromkeys(seen)] == [2, 2, 1]


def test_the_limit_grows_with_the_length_of_the_call(settings: Settings, tmp_path: Path) -> None:
    minute = tmp_path / "minute.wav"
    with wave.open(str(minute), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * 60))
    (tmp_path / "broken.wav").write_text("no sound")
    limits = [seconds_for(job(str(tmp_path / name)), settings) for name in ("minute.wav", "broken.wav", "chat.txt")]
    assert limits == [LEAST_SECONDS + settings.time_limit * 60, LEAST_SECONDS, LEAST_SECONDS]
