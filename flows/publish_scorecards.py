"""Publish the scorecards of every stored call."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from scoring.pipeline.publishing import PublishReport, publish_all
from scoring.settings import load_settings


@task(name="write-scorecards", cache_policy=NO_CACHE, persist_result=False)
def write_scorecards(rubric: str | None, out: Path | None) -> PublishReport:
    """Write all files of one rubric."""
    return publish_all(load_settings(), rubric=rubric, out=out)


@flow(name="publish-scorecards", persist_result=False)
def publish_scorecards(rubric: str | None = None, out: Path | None = None) -> PublishReport:
    """Write scorecards as HTML, CSV, XLSX and JSON into the outputs folder.

    Raises:
        InputError: no call has been scored by this rubric yet.
    """
    report: PublishReport = write_scorecards(rubric, out)
    get_run_logger().info("%d calls, %d agents", report.calls, report.agents)
    return report
