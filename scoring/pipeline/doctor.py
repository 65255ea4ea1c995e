"""What would be used, and what is missing, with the command that mends it."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from packaging.version import Version

from scoring import __version__
from scoring.errors import CallscoreError, RubricError
from scoring.rubric import load_rubric
from scoring.settings import Settings
from scoring.store import Store
from scoring.transcribe import engine_version
from scoring.weights import speech_weights, status

# (package, first version that is known to work, first version that is known not to): with a newer FastAPI
# `import prefect.server` fails, with SQLAlchemy 2.1 schedules never fire and only the server's log says so.
PINNED = (
    ("prefect", "3.8", "3.10"),
    ("fastapi", "0.139", "0.151"),
    ("sqlalchemy", "2.0.30", "2.1"),
    ("torch", "2.13", "3"),
    ("openai-whisper", "20250625", "20250626"),
    ("transformers", "5", "6"),
    ("av", "14", "99"),
)
INSTALL = "pip install -c constraints.txt 'callscore[models]'"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `mend` is the command that puts it right; empty when it is right."""

    name: str
    ok: bool
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks; `ok` when nothing that is needed is missing."""

    ok: bool
    checks: tuple[Check, ...]


def examine(settings: Settings) -> Diagnosis:
    """Look at versions, device, weights, rubric and database. Changes nothing but an absent database's first tables."""
    checks = (
        Check("callscore", True, f"{__version__} on Python {platform.python_version()}"),
        *_packages(),
        _device(settings),
        _engine(settings),
        *_weights(settings),
        *(_rubric(name) for name in dict.fromkeys((settings.rubric, settings.written_rubric))),
        _database(settings),
    )
    return Diagnosis(all(check.ok for check in checks), checks)


def _packages() -> Iterator[Check]:
    for name, first, too_new in PINNED:
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Check(name, False, "not installed", INSTALL)
            continue
        fits = Version(first) <= Version(found.split("+")[0]) < Version(too_new)
        yield Check(name, fits, found, "" if fits else f"pip install '{name}>={first},<{too_new}'")


def _device(settings: Settings) -> Check:
    import torch

    wanted = settings.transcribe.device
    has_gpu = torch.cuda.is_available()
    if wanted == "cuda" and not has_gpu:
        return Check("device", False, "CUDA is asked for, but there is none", 'set transcribe.device = "auto"')
    used = "cuda" if has_gpu and wanted != "cpu" else "cpu"
    return Check("device", True, f"{used}, {settings.worker_count} workers of one thread each")


def _engine(settings: Settings) -> Check:
    name = f"speech engine {settings.transcribe.engine}, {settings.transcribe.model}"
    try:
        engine = engine_version(settings.transcribe.engine)
        found = speech_weights(settings)
    except CallscoreError as error:
        return Check(name, False, error.message, error.hint)
    return Check(name, True, f"{engine}; {found.source}: {found.path} (sha256 {found.sha256[:12]})")


def _weights(settings: Settings) -> Iterator[Check]:
    # Whisper's own weights may come from elsewhere; the engine's check speaks for them.
    for one in status(settings.cache_dir):
        if not one.key.startswith("whisper-"):
            yield Check(f"weights {one.key}", not one.mend, one.where or one.state, one.mend)


def _rubric(name: str) -> Check:
    try:
        rubric = load_rubric(name)
    except CallscoreError as error:
        listed = isinstance(error, RubricError) and error.faults  # too many for a table
        mend = "callscore rubric validate FILE" if listed else error.hint
        return Check(f"rubric {name}", False, error.message, mend)
    return Check(f"rubric {name}", True, f"{rubric.version}, {len(rubric.criteria)} criteria")


def _database(settings: Settings) -> Check:
    try:
        with Store.open(settings.database_url) as store:
            return Check("database", True, f"{store.name}, {len(store.call_ids())} calls")
    except CallscoreError as error:
        return Check("database", False, error.message, error.hint)
