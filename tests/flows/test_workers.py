"""Worker processes: work is done, a death costs one call at most, stopping leaves no process behind."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import psutil
import pytest

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
    if job.path == "sleep":
        Path(job.info.file).write_text(str(os.getpid()))
        time.sleep(60)
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
