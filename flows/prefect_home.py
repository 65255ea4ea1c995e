"""Where Prefect keeps its own state when callscore is run by hand."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scoring.errors import StoreError
from scoring.settings import Settings

# Prefect's database takes some 6 MB at once, and on a full disk its server tries for two minutes without a word.
LEAST_FREE = 16 * 2**20  # bytes


def prepare_prefect(settings: Settings, *, verbose: bool = False) -> None:
    """Give Prefect a home of our own and a quiet log, unless the user has chosen otherwise.

    Must run before Prefect is imported: it reads its settings once.

    Raises:
        StoreError: the state folder cannot be made, or its disk is full.
    """
    home = (settings.state_dir / "prefect").resolve()
    _make_room(home)
    os.environ.setdefault("PREFECT_HOME", str(home))
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO" if verbose else "CRITICAL")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "WARNING" if verbose else "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "true" if "PREFECT_API_URL" in os.environ else "false")
    # On a busy machine the server of a run by hand takes longer than Prefect's own 20 s to answer.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")


@contextmanager
def prefect_in_one_line(settings: Settings) -> Iterator[None]:
    """Say in one line that Prefect's server could not go on, as when the disk fills during a batch.

    Raises:
        StoreError: instead of what Prefect's client raised.
    """
    import httpx

    try:
        yield
    except httpx.HTTPError as error:
        raise StoreError(
            f"Prefect could not keep its notes under {settings.state_dir}; what was finished is stored.",
            hint="Free some space there, then run the same command again; --verbose shows Prefect's own log.",
        ) from error


def _make_room(home: Path) -> None:
    hint = "Free some space, or set state_dir to a place that can be written."
    try:
        home.mkdir(parents=True, exist_ok=True)  # Prefect makes the last folder of its path, not those above it
        free = shutil.disk_usage(home).free
    except OSError as error:
        raise StoreError(f"The folder {home} cannot be made: {error.strerror or error}.", hint=hint) from None
    if free < LEAST_FREE:
        raise StoreError(f"The disk of {home.parent} is full: {free / 2**20:.0f} MB are free.", hint=hint)
