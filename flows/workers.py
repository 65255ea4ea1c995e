"""Worker processes that keep their models loaded. One thread of torch in each, one process a core."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType

from flows.deadline import LEAST_SECONDS, limited, note_of, seconds_for, was_stopped
from scoring.errors import TransientError
from scoring.pipeline.batch import Job
from scoring.pipeline.stages import Scored, StageError, Tools, aside_entry, score_file
from scoring.settings import Settings
from scoring.store import AsideEntry, Store

# Two threads gain 1.6x on an idle machine and collapse on a busy one; the same count on every run keeps sums equal.
THREADS_IN_A_WORKER = 1
# oneDNN keeps what it has compiled for every shape it meets, and torch keeps more of it: 400 MB in a few hundred calls,
# whose texts all differ in length. With few kept the same work takes as long.
SHAPES_KEPT = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "16", "LRU_CACHE_CAPACITY": "16"}


@dataclass(frozen=True, slots=True)
class Failed:
    """A call that could not be scored. `entry` is not stored yet: the flow decides when it has been tried enough."""

    entry: AsideEntry


_tools: Tools | None = None
_store: Store | None = None


def _start_worker(settings: Settings) -> None:
    """Prepare one process: the parent handles Ctrl-C, and models stay between calls."""
    global _tools, _store
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name, most in SHAPES_KEPT.items():
        os.environ.setdefault(name, most)  # read when torch is first used
    import torch

    torch.set_num_threads(THREADS_IN_A_WORKER)
    _tools, _store = Tools(settings), Store.open(settings.database_url)


def _score(job: Job) -> Scored | Failed:
    assert _tools is not None
    assert _store is not None
    try:
        return score_file(job, _store, _tools)
    except StageError as error:
        entry = aside_entry(job, error, _store)
        if entry.hint.startswith("This is a fault"):
            _keep_traceback(_tools.settings, entry)
        return Failed(entry)


def _keep_traceback(settings: Settings, entry: AsideEntry) -> None:
    """For whoever mends the fault: where it happened, and no word of what was said."""
    folder = settings.state_dir / "faults"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{(entry.file_hash or 'unread')[:16]}.txt").write_text(traceback.format_exc())


_open: list[Workers] = []


def stop_all() -> None:
    """End the processes of every pool of this process."""
    for workers in list(_open):
        workers.stop()


class Workers:
    """Processes that score calls, one call each at a time; one that dies or hangs takes only its own call with it."""

    def __init__(
        self,
        settings: Settings,
        count: int,
        *,
        work: Callable[[Job], Scored | Failed] | None = None,
        start: Callable[[Settings], None] | None = None,
    ) -> None:
        self._settings = settings
        self._work, self._start = work or _score, start or _start_worker
        self._lock = threading.Lock()
        self._pools = [self._new_pool() for _ in range(count)]
        self._idle: SimpleQueue[int] = SimpleQueue()
        for number in range(count):
            self._idle.put(number)
        self._closed = False
        _open.append(self)

    def score(self, job: Job) -> Scored | Failed:
        """Score one call in the next idle worker and wait for it.

        Raises:
            TransientError: the worker died; try once more.
        """
        number = self._idle.get()
        try:
            return self._pools[number].submit(_in_time, self._work, job, self._settings).result()
        except BrokenProcessPool:
            self._replace(number)
            note = note_of(job, self._settings)
            if was_stopped(note):
                return Failed(_hung(job, note))
            raise TransientError(
                "A worker process died while this call was being scored.",
                hint="It may have run out of memory: set fewer workers in callscore.toml.",
            ) from None
        finally:
            self._idle.put(number)

    def stop(self) -> None:
        """End the processes now; calls in work are given up, whole calls stay stored."""
        with self._lock:
            self._closed = True
            if self in _open:
                _open.remove(self)
            processes = [process for pool in self._pools for process in (pool._processes or {}).values()]
            for pool in self._pools:
                pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.stop()
            return
        for pool in self._pools:
            pool.shutdown()
        _open.remove(self)

    def _replace(self, number: int) -> None:
        with self._lock:
            if not self._closed:
                self._pools[number] = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        # spawn: forking a process that has threads and a running event loop can hang it
        return ProcessPoolExecutor(
            1,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=self._start,
            initargs=(self._settings,),
            max_tasks_per_child=self._settings.calls_per_worker,
        )


def _in_time(work: Callable[[Job], Scored | Failed], job: Job, settings: Settings) -> Scored | Failed:
    """Do the work in a worker process, which ends when it takes too long."""
    note = note_of(job, settings)
    with limited(LEAST_SECONDS, note):
        seconds = seconds_for(job, settings)
    with limited(seconds, note):
        return work(job)


def _hung(job: Job, note: Path) -> AsideEntry:
    return AsideEntry(
        file=job.info.file,
        file_hash=None,
        stage="score",
        reason="It took longer than its time limit, and its worker was stopped.",
        hint=f"Raise time_limit in callscore.toml if the machine is slow; {note} says where the worker stood.",
    )
