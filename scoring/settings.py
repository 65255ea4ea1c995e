"""Settings: `callscore.toml` in the working folder, overridden by `CALLSCORE_…` variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from scoring.errors import SettingsError, nearest

SETTINGS_FILE = "callscore.toml"
_MEND = f"Mend {SETTINGS_FILE}, or the CALLSCORE_ variable."


def user_cache() -> Path:
    """The folder for weights and other things that can be made again (XDG base directory specification)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "callscore"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RecordingSettings(_Section):
    """How recordings are found and read."""

    filename_pattern: str | None = None  # regular expression with named groups of the manifest's columns
    longest_hours: float = Field(default=4.0, gt=0)  # longer recordings are set aside, not judged


class TranscribeSettings(_Section):
    """Speech to text."""

    engine: Literal["whisper", "faster-whisper"] = "whisper"
    model: str = "base"  # base (multilingual), tiny.en, or any name openai-whisper knows
    weights: Path | None = None  # an openai-whisper checkpoint, a folder for faster-whisper; None finds one
    download: bool = False  # let the engine fetch weights it does not have
    device: Literal["auto", "cpu", "cuda"] = "auto"
    precision: Literal["auto", "float32"] = "auto"  # auto: the cheapest that this machine computes natively
    language: str = "en"  # what callers are expected to speak, or "auto"
    detect_language: bool = True  # notice calls in another language, and do not judge them
    name_prompt: bool = True  # tell the engine the names in the manifest
    voice_threshold: float = Field(default=0.2, ge=0, le=1)


class ScorecardSettings(_Section):
    """Calls to scorecards."""

    min_calls: int = Field(default=10, ge=1)  # below it: "too few calls to judge"
    period: Literal["month", "week", "all"] = "month"
    time_zone: str = "UTC"  # in which a call's day is counted

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, LookupError):
            raise ValueError(f"no time zone is called {name!r}; Europe/Berlin is one") from None
        return name


class Settings(BaseSettings):
    """All settings. Unknown keys are refused."""

    model_config = SettingsConfigDict(
        env_prefix="CALLSCORE_", env_nested_delimiter="__", toml_file=SETTINGS_FILE, extra="forbid", frozen=True
    )

    company: str | None = None  # as the agents say it
    company_also: tuple[str, ...] = ()  # other names and departments that count as the company
    rubric: str = "core"  # for calls
    written_rubric: str = "written_reply"  # for chats and e-mails
    state_dir: Path = Path(".callscore")
    database: str | None = None  # SQLAlchemy URL; None is SQLite under state_dir
    outputs: Path = Path("outputs")
    cache_dir: Path = Field(default_factory=user_cache)
    workers: int = Field(default=0, ge=0)  # 0: one for each core
    calls_per_worker: int = Field(default=1000, ge=1)  # then a fresh process takes its place
    time_limit: float = Field(default=10.0, gt=0)  # a call may take so many times its length, beside five minutes
    recordings: RecordingSettings = RecordingSettings()
    transcribe: TranscribeSettings = TranscribeSettings()
    scorecard: ScorecardSettings = ScorecardSettings()

    @property
    def database_url(self) -> str:
        """The database, as an SQLAlchemy URL."""
        return self.database or f"sqlite:///{self.state_dir / 'callscore.db'}"

    @property
    def worker_count(self) -> int:
        """Worker processes: as set, else the cores this process may use."""
        return self.workers or len(os.sched_getaffinity(0))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  pydantic-settings names them
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over variables, variables over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings() -> Settings:
    """Read the settings of the working folder.

    Raises:
        SettingsError: a key is unknown or a value is out of range; every fault is listed.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError(
            f"The settings have faults: {'; '.join(_fault(one) for one in error.errors())}.", hint=_MEND
        ) from None
    except ValueError as error:
        raise SettingsError(f"The settings cannot be read: {error}.", hint=_MEND) from None


def _fault(error: ErrorDetails) -> str:
    """One fault, such as `transcribe.modl: there is no such setting, did you mean 'model'`."""
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] != "extra_forbidden":
        return f"{where}: {error['msg'].removeprefix('Value error, ').removeprefix('Input ')}"
    sections = (RecordingSettings, TranscribeSettings, ScorecardSettings)
    known = [*Settings.model_fields, *(name for section in sections for name in section.model_fields)]
    neighbour = nearest(where.split(".")[-1], known).removesuffix("?")
    return f"{where}: there is no such setting{f', {neighbour}' if neighbour else ''}"
