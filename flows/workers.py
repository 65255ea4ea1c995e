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
from types import TracebackType

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
    """A pool of processes that is made anew when one of them dies."""

    def __init__(
        self,
        settings: Settings,
        count: int,
        *,
        work: Callable[[Job], Scored | Failed] | None = None,
        start: Callable[[Settings], None] | None = None,
    ) -> None:
        self._settings, self._count = settings, count
        self._work, self._start = work or _score, start or _start_worker
        self._lock = threading.Lock()
        self._pool = self._new_pool()
        self._closed = False
        _open.append(self)

    def score(self, job: Job) -> Scored | Failed:
        """Score one call in a worker and wait for it.

        Raises:
            TransientError: the worker died, perhaps by another call's fault; try once more.
        """
        pool = self._pool
        try:
            return pool.submit(self._work, job).result()
        except BrokenProcessPool:
            self._replace(pool)
            raise TransientError(
                "A worker process died while this call was being scored.",
                hint="It may have run out of memory: set fewer workers in callscore.toml.",
            ) from None

    def stop(self) -> None:
        """End the processes now; calls in work are given up, whole calls stay stored."""
        with self._lock:
            self._closed = True
            if self in _open:
                _open.remove(self)
            processes = list((self._pool._processes or {}).values())
            self._pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._pool.shutdown()
            _open.remove(self)
        else:
            self.stop()

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is broken and not self._closed:
                self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        # spawn: forking a process that has threads and a running event loop can hang it
        return ProcessPoolExecutor(
            self._count,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=self._start,
            initargs=(self._settings,),
        )
