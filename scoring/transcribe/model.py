"""An openai-whisper model with what the engine needs of it. Imports torch and whisper: import only where it is used."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
import whisper
from torch import Tensor
from whisper.audio import log_mel_spectrogram
from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE, get_tokenizer

from scoring.audio.signal import SAMPLE_RATE, FloatArray
from scoring.errors import SettingsError, WeightsError, nearest
from scoring.transcribe.alignment import token_times
from scoring.transcribe.decoder import GreedyDecoder, Vocabulary
from scoring.transcribe.heard import Decoded, Heard
from scoring.transcribe.packing import Window
from scoring.transcribe.wording import group, place

BATCH = 8  # windows decoded together; all of one recording, so that its words never depend on another
_MOST_TOKENS = 224  # of one window, and of a prompt: half of Whisper's context, as openai-whisper has it
_TOKENS_PER_SECOND = 12  # no one speaks so fast: more is a loop
_SAMPLES_PER_COLUMN = 320  # of the encoder's output


class WhisperModel:
    """A `Listener` with an openai-whisper model.

    Args:
        path: a checkpoint, see `scoring.weights.CheckpointInfo`.
        name: the model's name, for alignment heads that the checkpoint does not name.
        device: "cpu" or "cuda".

    Raises:
        WeightsError: the file does not hold a Whisper model.
    """

    def __init__(self, path: Path, name: str, device: str = "cpu") -> None:
        self._model, heads = _load(path, name)
        self._model = self._model.to(device).eval()
        self._device = device
        self._decoder = GreedyDecoder(self._model, heads)

    def hear(
        self, windows: Sequence[Window], channels: Sequence[FloatArray], language: str, prompt: str = ""
    ) -> list[Heard]:
        """Return what is said in each window."""
        heard: list[Heard] = []
        for first in range(0, len(windows), BATCH):
            heard += self._hear_batch(windows[first : first + BATCH], channels, language, prompt)
        return heard

    @torch.inference_mode()
    def language(self, windows: Sequence[Window], channels: Sequence[FloatArray]) -> str:
        """The language most likely spoken in the first windows; English for a model that knows no other."""
        if not windows or not self._model.is_multilingual:
            return "en"
        features = self._encode(windows[:BATCH], channels)
        _, chances = self._model.detect_language(features)
        codes: list[str] = sorted(chances[0])
        return max(codes, key=lambda code: sum(chance[code] for chance in chances))

    def _hear_batch(
        self, windows: Sequence[Window], channels: Sequence[FloatArray], language: str, prompt: str
    ) -> list[Heard]:
        tokenizer = self._tokenizer(language)
        asked = tokenizer.encode(" " + prompt)[: _MOST_TOKENS - 1] if prompt else []
        limits = [min(_MOST_TOKENS, 8 + window.length * _TOKENS_PER_SECOND // SAMPLE_RATE) for window in windows]
        features = self._encode(windows, channels)
        found = self._decoder.decode(features, self._vocabulary(language), asked, limits)
        return [_worded(window, decoded, tokenizer) for window, decoded in zip(windows, found, strict=True)]

    @torch.inference_mode()
    def _encode(self, windows: Sequence[Window], channels: Sequence[FloatArray]) -> Tensor:
        """The encoder's output, shape (n_windows, n_audio_ctx, n_state). One by one: a batch gains nothing on a CPU."""
        encoded = []
        for window in windows:
            sound = torch.from_numpy(window.audio(channels[window.channel])).to(self._device)
            mel = log_mel_spectrogram(sound, self._model.dims.n_mels)
            encoded.append(self._model.encoder(mel[None]))
        return torch.cat(encoded)

    @lru_cache(maxsize=8)  # noqa: B019 — the model lives as long as its process
    def _tokenizer(self, language: str) -> Any:
        many, count = self._model.is_multilingual, self._model.num_languages
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)  # whisper leaves its vocabulary's file open
                return get_tokenizer(many, num_languages=count, language=language, task="transcribe")
        except ValueError:
            hint = nearest(language, [*LANGUAGES, *TO_LANGUAGE_CODE])
            raise SettingsError(f"transcribe.language: Whisper does not know {language!r}.", hint=hint) from None

    @lru_cache(maxsize=8)  # noqa: B019
    def _vocabulary(self, language: str) -> Vocabulary:
        tokenizer = self._tokenizer(language)
        special = range(tokenizer.eot + 1, self._model.dims.n_vocab)
        return Vocabulary(
            start=tuple(tokenizer.sot_sequence_including_notimestamps),
            before_prompt=tokenizer.sot_prev,
            end=tokenizer.eot,
            no_speech=tokenizer.no_speech,
            never=(*tokenizer.non_speech_tokens, *special),
            not_first=(*tokenizer.encode(" "), tokenizer.eot),
        )


def _load(path: Path, name: str) -> tuple[Any, list[tuple[int, int]]]:
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        model = whisper.Whisper(whisper.ModelDimensions(**checkpoint["dims"]))
        model.load_state_dict(checkpoint["model_state_dict"])
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, EOFError, UnpicklingError):
        raise WeightsError(f"{path} does not hold an openai-whisper model.", hint="See `callscore doctor`.") from None
    heads = checkpoint.get("alignment_heads")
    if heads is None:
        with suppress(KeyError, RuntimeError):  # no model of that name, or a checkpoint of another size
            model.set_alignment_heads(whisper._ALIGNMENT_HEADS[name])
        heads = model.alignment_heads.indices().T.tolist()
    return model, [(int(layer), int(head)) for layer, head in heads]


def _worded(window: Window, decoded: Decoded, tokenizer: Any) -> Heard:
    text = tokenizer.decode(list(decoded.tokens)).strip()
    if not decoded.tokens:
        return Heard(window, decoded, text, ())
    columns = -(-window.length // _SAMPLES_PER_COLUMN)
    times = token_times(decoded.attention, columns)
    # 6 MB a window: not to be carried through a recording of hours
    lean = replace(decoded, attention=decoded.attention[:, :0].copy())
    return Heard(window, lean, text, place(group(decoded.tokens, tokenizer), times, decoded.probabilities, window))
