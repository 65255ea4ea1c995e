"""Where Prefect keeps its own state when callscore is run by hand."""

from __future__ import annotations

import os

from scoring.settings import Settings


def prepare_prefect(settings: Settings, *, verbose: bool = False) -> None:
    """Give Prefect a home of our own and a quiet log, unless the user has chosen otherwise.

    Must run before Prefect is imported: it reads its settings once.

    Raises:
        OSError: the state folder cannot be made.
    """
    home = (settings.state_dir / "prefect").resolve()
    home.mkdir(parents=True, exist_ok=True)  # Prefect makes the last folder of its path, not those above it
    os.environ.setdefault("PREFECT_HOME", str(home))
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO" if verbose else "CRITICAL")
    os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "true" if "PREFECT_API_URL" in os.environ else "false")
    # On a busy machine the server of a run by hand takes longer than Prefect's own 20 s to answer.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
