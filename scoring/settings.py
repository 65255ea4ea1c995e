"""Settings: `callscore.toml` in the working folder, overridden by `CALLSCORE_…` variables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from scoring.errors import SettingsError, nearest

SETTINGS_FILE = "callscore.toml"


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

    engine: Literal["whisper"] = "whisper"
    model: str = "base"  # base (multilingual), tiny.en, or any name openai-whisper knows
    weights: Path | None = None  # an openai-whisper checkpoint; None finds one
    download: bool = False  # let openai-whisper fetch weights it does not have
    device: Literal["auto", "cpu", "cuda"] = "auto"
    language: str = "en"
    name_prompt: bool = True  # tell the engine the names in the manifest
    voice_threshold: float = Field(default=0.2, ge=0, le=1)


class ScorecardSettings(_Section):
    """Calls to scorecards."""

    min_calls: int = Field(default=10, ge=1)  # below it: "too few calls to judge"
    period: Literal["month", "week", "all"] = "month"
    time_zone: str = "UTC"  # in which a call's day is counted


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
        known = [*Settings.model_fields, *TranscribeSettings.model_fields, *ScorecardSettings.model_fields]
        lines = []
        for fault in error.errors():
            where = ".".join(str(part) for part in fault["loc"])
            hint = nearest(str(fault["loc"][-1]), known) if fault["type"] == "extra_forbidden" else ""
            lines.append(f"{where}: {fault['msg']} {hint}".strip())
        raise SettingsError("The settings have faults: " + "; ".join(lines), hint=f"Mend {SETTINGS_FILE}.") from None
    except ValueError as error:
        raise SettingsError(f"{SETTINGS_FILE} cannot be read: {error}") from None
