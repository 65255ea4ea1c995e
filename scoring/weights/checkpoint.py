"""Finding the speech model: as set, else the engine's own, else made from published weights."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scoring.errors import WeightsError, nearest
from scoring.settings import Settings
from scoring.weights.cache import locate, memory
from scoring.weights.ctranslate import read_whisper
from scoring.weights.files import replacing
from scoring.weights.table import PUBLISHED, published

_CONVERTED = "openai-whisper.pt"


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """The weights of a Whisper model, in the form the engine takes.

    For openai-whisper a file that `torch.load(..., weights_only=True)` reads: `dims`, `model_state_dict`, perhaps
    `alignment_heads`. For faster-whisper a folder. `sha256` is that of the weights as published, so that a conversion
    done again changes no provenance.
    """

    path: Path
    sha256: str
    source: Literal["settings", "whisper", "hub", "packages"]


def whisper_key(model: str) -> str | None:
    """Return the table's key for a Whisper model; None where no package carries it."""
    key = f"whisper-{model}"
    return key if any(entry.key == key for entry in PUBLISHED) else None


def speech_weights(settings: Settings) -> CheckpointInfo:
    """Return the weights for the engine and the model in the settings.

    Raises:
        WeightsError: there are none, or they are damaged; the hint says what mends it.
    """
    choose = whisper_checkpoint if settings.transcribe.engine == "whisper" else _fast_folder
    return choose(settings.transcribe.model, settings)


def _fast_folder(model: str, settings: Settings) -> CheckpointInfo:
    """Return a folder in CTranslate2's form: as set, else our packages, else the hub where that is allowed."""
    wanted, key = settings.transcribe, whisper_key(model)
    if wanted.weights is not None:
        file = wanted.weights / "model.bin"
        if not file.is_file():
            raise WeightsError(
                f"transcribe.weights names {wanted.weights}, which holds no model.bin for faster-whisper.",
                hint="Give the folder of a model in CTranslate2's form, or leave the setting out.",
            )
        return CheckpointInfo(wanted.weights, memory(settings.cache_dir).sha256(file), "settings")
    if key is not None:
        return CheckpointInfo(locate(key, settings.cache_dir), published(key).files[0].sha256, "packages")
    if not wanted.download:
        raise _unknown(model)
    folder = _from_hub(model)
    return CheckpointInfo(folder, memory(settings.cache_dir).sha256(folder / "model.bin"), "hub")


def _from_hub(model: str) -> Path:
    """Let faster-whisper fetch a model that it does not have yet."""
    from faster_whisper import download_model  # heavy, and only needed here

    try:
        return Path(download_model(model))
    except Exception as error:  # the hub's library raises what its transport does
        raise WeightsError(
            f"faster-whisper could not get {model!r}: {error}.",
            hint="Set transcribe.download to false to use the weights in callscore[models].",
        ) from error


def whisper_checkpoint(model: str, settings: Settings) -> CheckpointInfo:
    """Return the checkpoint to use: `transcribe.weights`, else whisper's cache or download, else our packages.

    Raises:
        WeightsError: there is none, or it is damaged; the hint says what mends it.
    """
    if settings.transcribe.weights is not None:
        return _from_settings(settings.transcribe.weights, settings.cache_dir)
    if settings.transcribe.download or _whisper_cache().is_dir():
        found = _from_whisper(model, settings)
        if found is not None:
            return found
    key = whisper_key(model)
    if key is None:
        raise _unknown(model)
    return _from_packages(key, settings.cache_dir)


def _from_settings(path: Path, cache_dir: Path) -> CheckpointInfo:
    if not path.is_file():
        raise WeightsError(
            f"transcribe.weights names {path}, which is not a file.",
            hint="Give the path of an openai-whisper checkpoint (.pt), or leave the setting out.",
        )
    return CheckpointInfo(path, memory(cache_dir).sha256(path), "settings")


def _whisper_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whisper"


def _from_whisper(model: str, settings: Settings) -> CheckpointInfo | None:
    """Return what openai-whisper itself keeps, fetched if that is allowed; a file with another sha256 is passed by."""
    import whisper  # heavy, and only needed here

    url = whisper._MODELS.get(model)
    if url is None:
        return None
    expected, path = url.split("/")[-2], _whisper_cache() / url.split("/")[-1]
    if path.is_file() and memory(settings.cache_dir).sha256(path) == expected:
        return CheckpointInfo(path, expected, "whisper")
    if not settings.transcribe.download:
        return None
    try:
        whisper._download(url, str(path.parent), False)
    except (OSError, RuntimeError) as error:
        raise WeightsError(
            f"openai-whisper could not download {model!r}: {error}.",
            hint="Set transcribe.download to false to use the weights in callscore[models].",
        ) from error
    return CheckpointInfo(path, expected, "whisper")


def _from_packages(key: str, cache_dir: Path) -> CheckpointInfo:
    folder = locate(key, cache_dir)
    source = published(key).files[0].sha256
    # outside the folder, which holds published files only; named after the source, so that a new version is made anew
    path = cache_dir / "weights" / "converted" / f"{key}-{source[:12]}-{_CONVERTED}"
    record = path.with_suffix(".sha256")
    try:
        good = memory(cache_dir).sha256(path) == record.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        good = False
    if not good:
        _convert(folder, path, record, cache_dir)
    return CheckpointInfo(path, source, "packages")


def _convert(folder: Path, path: Path, record: Path, cache_dir: Path) -> None:
    import torch  # heavy, and only needed here

    state = read_whisper(folder)
    # cloned: tensors may not share the read-only mapping
    tensors = {name: torch.from_numpy(array.copy()) for name, array in state.tensors.items()}
    with replacing(path) as file:
        torch.save(
            {
                "dims": state.dims_dict,
                "model_state_dict": tensors,
                "alignment_heads": [list(pair) for pair in state.alignment_heads],
            },
            file,
        )
    with replacing(record) as file:
        file.write(memory(cache_dir).sha256(path).encode())


def _unknown(model: str) -> WeightsError:
    import whisper  # heavy, and only needed here

    if model in whisper.available_models():
        carried = ", ".join(
            entry.key.removeprefix("whisper-") for entry in PUBLISHED if entry.key.startswith("whisper-")
        )
        hint = f"Set transcribe.download = true, give a checkpoint in transcribe.weights, or use one of: {carried}."
        return WeightsError(f"No package carries the weights of Whisper {model!r}.", hint=hint)
    return WeightsError(f"There is no Whisper model {model!r}.", hint=nearest(model, whisper.available_models()))
