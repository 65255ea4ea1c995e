"""Score a batch of calls: one task a call; what fails is set aside and never stops the others."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.futures import PrefectFuture, as_completed
from prefect.logging import get_run_logger
from prefect.states import Completed
from prefect.task_runners import ThreadPoolTaskRunner
from prefect.tasks import Task, exponential_backoff

from flows.progress import BatchProgress
from flows.workers import Failed, Workers
from scoring.errors import TransientError
from scoring.pipeline.batch import Batch, Job, plan_batch
from scoring.pipeline.stages import Scored
from scoring.settings import Settings, load_settings
from scoring.store import AsideEntry, Store

RETRIES = 2  # a transient cause gets three tries, 2 and 4 seconds apart; then the call is set aside


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of each call of a batch."""

    scored: tuple[Scored, ...]
    aside: tuple[AsideEntry, ...]
    seconds: float  # wall time of the batch

    @property
    def transcribed(self) -> int:
        """How many calls were transcribed anew."""
        return sum(one.transcribed for one in self.scored)

    @property
    def judged(self) -> int:
        """How many calls were judged anew."""
        return sum(one.judged for one in self.scored)


class _TransientError(Exception):
    """A call failed by a cause outside itself; Prefect tries again."""

    def __init__(self, entry: AsideEntry) -> None:
        super().__init__(entry.reason)
        self.entry = entry


_workers: dict[str, Workers] = {}  # by batch key: Prefect copies what it passes to a task, and a pool cannot be copied


def _is_transient(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    try:
        state.result()
    except (_TransientError, TransientError):
        return True
    except Exception:
        return False
    return False


@task(
    name="score-call",
    task_run_name="{file}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=RETRIES,
    retry_delay_seconds=exponential_backoff(backoff_factor=2),
    retry_condition_fn=_is_transient,
)
def score_call(file: str, job: Job, batch: str) -> Scored | AsideEntry:  # noqa: ARG001  the file names the run
    """Score one call in a worker process and return its ids, or why it was set aside."""
    result = _workers[batch].score(job)
    if isinstance(result, Failed):
        if result.entry.transient:
            raise _TransientError(result.entry)
        return result.entry
    return result


@flow(name="score-calls", flow_run_name="score-{rubric}", persist_result=False, validate_parameters=True)
def score_calls(
    sources: list[Path], rubric: str | None = None, manifest: Path | None = None, quiet: bool = False
) -> State[BatchReport]:
    """Score every call under `sources`. The flow's state says how many were set aside.

    Raises:
        InputError: nothing to score, a bad manifest or a bad setting; nothing was begun.
    """
    settings = load_settings()
    if rubric:
        settings = settings.model_copy(update={"rubric": rubric, "written_rubric": rubric})
    report = run_batch(plan_batch(sources, settings, manifest), settings, quiet=quiet)
    get_run_logger().info("%d scored, %d set aside", len(report.scored), len(report.aside))
    name = "With calls set aside" if report.aside else "Completed"
    return Completed(name=name, message=f"{len(report.scored)} scored, {len(report.aside)} set aside", data=report)


def run_batch(batch: Batch, settings: Settings, *, quiet: bool = False) -> BatchReport:
    """Hand each call to a worker and collect what became of it. Runs inside a flow."""
    began = time.monotonic()
    key = f"{os.getpid()}-{id(batch)}"
    aside = [_missing(name) for name in batch.missing]
    scored: list[Scored] = []
    count = max(1, min(settings.worker_count, len(batch.jobs)))
    with Store.open(settings.database_url) as store, Workers(settings, count) as workers:
        _workers[key] = workers
        try:
            with _runner(count) as runner, BatchProgress(len(batch.jobs), quiet=quiet) as bar:
                # the longest first: a long call begun last would keep one worker busy while the others idle
                jobs = sorted(batch.jobs, key=lambda job: (-_size(job.path), job.path))
                futures: dict[PrefectFuture[Scored | AsideEntry], Job] = {
                    runner.submit(score_call, {"file": job.info.file, "job": job, "batch": key}): job for job in jobs
                }
                for future in as_completed(list(futures)):
                    _collect(future, futures[future], scored, aside)
                    bar.step("scoring calls")
        except BaseException:
            workers.stop()
            raise
        finally:
            del _workers[key]
        for entry in aside:
            store.set_aside(entry)
    aside.sort(key=lambda entry: entry.file)
    return BatchReport(tuple(_named_once(scored)), tuple(aside), time.monotonic() - began)


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:  # a link that leads nowhere, or a file that went away: its worker says so
        return 0


def _runner(count: int) -> ThreadPoolTaskRunner[Scored | AsideEntry]:
    return ThreadPoolTaskRunner(max_workers=count)


def _collect(
    future: PrefectFuture[Scored | AsideEntry], job: Job, scored: list[Scored], aside: list[AsideEntry]
) -> None:
    try:
        result = future.result()
    except _TransientError as error:
        result = error.entry
    except Exception as error:  # the worker died thrice, or Prefect itself failed: the call waits for a person
        hint = getattr(error, "hint", "") or "Score it again; if it fails again, please report it."
        result = AsideEntry(
            file=job.info.file,
            file_hash=None,
            stage="score",
            reason=str(getattr(error, "message", error)),
            hint=hint,
            transient=True,
            tries=RETRIES + 1,
        )
    if isinstance(result, AsideEntry):
        aside.append(result)
    else:
        scored.append(result)


def _named_once(scored: list[Scored]) -> list[Scored]:
    """In order of their names; a second name of the same call points to the first."""
    ordered = sorted(scored, key=lambda one: one.file)
    first = {one.call_id: one.file for one in reversed(ordered)}
    return [
        one if one.same_as or first[one.call_id] == one.file else replace(one, same_as=first[one.call_id])
        for one in ordered
    ]


def _missing(name: str) -> AsideEntry:
    return AsideEntry(
        file=name,
        file_hash=None,
        stage="find",
        reason="The manifest names it, but it is not there.",
        hint="Mend the manifest or add the file.",
    )
