"""A Whisper model run by faster-whisper (CTranslate2). Import it only where it is used.

Windows, tokens and guards are those of `model`; the search and the word times are CTranslate2's. Where the processor
multiplies 8-bit integers by itself, the sound goes through our encoder with the same weights: CTranslate2's takes more
than twice as long there (0.68 against 0.28 s a window of base, AMD EPYC).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import whisper
from whisper.audio import log_mel_spectrogram

from scoring.audio.signal import FloatArray, Samples
from scoring.errors import WeightsError
from scoring.transcribe.alignment import FRAME_SECONDS, TokenTimes
from scoring.transcribe.beam import WIDTH
from scoring.transcribe.device import windows_at_once
from scoring.transcribe.encoder import Encoder
from scoring.transcribe.heard import Decoded, Heard, InBatches
from scoring.transcribe.packing import Window
from scoring.transcribe.precision import Precision
from scoring.transcribe.tokens import asked_tokens, most_tokens, never_said, tokenizer_of
from scoring.transcribe.wording import group, place
from scoring.weights.ctranslate import WhisperState, read_whisper

_SAMPLES_PER_FRAME = 160  # of the mel spectrogram
_TIMESTAMPS = 1501  # tokens, 0 to 30 s
_NO_ATTENTION = np.zeros((1, 0, 1), dtype=np.float16)


class FastWhisperModel(InBatches):
    """A `Listener` with faster-whisper; as many threads as torch may use.

    Args:
        folder: a Whisper model in CTranslate2's form, with its vocabulary and tokenizer.
        precision: device and arithmetic.

    Raises:
        WeightsError: the folder does not hold such a model.
    """

    def __init__(self, folder: Path, precision: Precision) -> None:
        from faster_whisper import WhisperModel

        try:
            loaded = WhisperModel(
                str(folder),
                device=precision.device,
                compute_type=compute_type(precision),
                cpu_threads=torch.get_num_threads(),
                local_files_only=True,
            )
        except (OSError, RuntimeError, ValueError) as error:
            raise WeightsError(
                f"{folder} does not hold a Whisper model for faster-whisper: {error}", hint="See `callscore doctor`."
            ) from None
        self._model = loaded.model
        state = read_whisper(folder)
        self._encoder = _own_encoder(state, precision) if precision.integers else None
        start, translate, last = (
            loaded.hf_tokenizer.token_to_id(f"<|{name}|>")
            for name in ("startoftranscript", "translate", "notimestamps")
        )
        self._languages = translate - start - 1 if self._model.is_multilingual else 0
        self._n_vocab = last + 1 + _TIMESTAMPS
        self.batch = windows_at_once(precision.device, state.dims.n_text_layer, state.dims.n_text_state)

    def _languages_of_batch(self, windows: Sequence[Window], channels: Sequence[Samples]) -> list[dict[str, float]]:
        return self._languages_in(self._encode(windows, channels))

    def _languages_in(self, encoded: FloatArray) -> list[dict[str, float]]:
        if not self._languages:
            return [{"en": 1.0} for _ in encoded]
        found = self._model.detect_language(_view(encoded))
        return [{token.strip("<|>"): chance for token, chance in each} for each in found]

    def _hear_batch(
        self, windows: Sequence[Window], channels: Sequence[Samples], language: str, prompt: str
    ) -> list[Heard]:
        tokenizer = tokenizer_of(language, languages=self._languages)
        asked = asked_tokens(prompt, tokenizer)
        told = [*([tokenizer.sot_prev, *asked] if asked else []), *tokenizer.sot_sequence_including_notimestamps]
        limits = [most_tokens(window) for window in windows]
        encoded = self._encode(windows, channels)
        found = self._generate(encoded, told, limits, tokenizer)
        spoken = [each.get(tokenizer.language or "en", 0.0) for each in self._languages_in(encoded)]
        found = [replace(one, in_language=fits) for one, fits in zip(found, spoken, strict=True)]
        frames = [-(-window.length // _SAMPLES_PER_FRAME) for window in windows]
        start = list(tokenizer.sot_sequence)
        aligned = self._model.align(_view(encoded), start, [list(one.tokens) for one in found], frames)
        return [_worded(*each, tokenizer) for each in zip(windows, found, aligned, strict=True)]

    def _generate(
        self, encoded: FloatArray, told: Sequence[int], limits: Sequence[int], tokenizer: Any
    ) -> list[Decoded]:
        results = self._model.generate(
            _view(encoded),
            [list(told)] * len(limits),
            beam_size=WIDTH,
            max_length=min(448, len(told) + max(limits)),
            suppress_tokens=list(never_said(tokenizer, self._n_vocab)),
            return_scores=True,
            return_no_speech_prob=True,
        )
        found = []
        for result, limit in zip(results, limits, strict=True):
            said = [token for token in result.sequences_ids[0] if token < tokenizer.eot]
            mean = result.scores[0] * len(said) / (len(said) + 1)  # CTranslate2 leaves the end of text out of the count
            kept, chances = tuple(said[:limit]), np.zeros(0, dtype=np.float32)
            found.append(Decoded(kept, chances, mean, result.no_speech_prob, 1.0, _NO_ATTENTION, len(said) < limit))
        return found

    def _encode(self, windows: Sequence[Window], channels: Sequence[Samples]) -> FloatArray:
        """The encoder's output, shape (n_windows, n_audio_ctx, n_state)."""
        sounds = [torch.from_numpy(window.audio(channels[window.channel])) for window in windows]
        mels = torch.stack([log_mel_spectrogram(sound, self._model.n_mels) for sound in sounds])
        if self._encoder is not None:
            return torch.cat([self._encoder(mel[None]) for mel in mels]).numpy()
        return np.array(self._model.encode(_view(mels.numpy()), to_cpu=True))


def compute_type(precision: Precision) -> str:
    """CTranslate2's name for an arithmetic; on a CPU without its own 8-bit products it still gains by them."""
    if precision.exact:
        return "float32"
    return "int8_float16" if precision.device == "cuda" else "int8"


def _own_encoder(state: WhisperState, precision: Precision) -> Encoder:
    model = whisper.Whisper(whisper.ModelDimensions(**state.dims_dict))
    model.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in state.tensors.items()})
    return Encoder(model.eval(), precision)


def _view(values: FloatArray) -> Any:
    """An array as CTranslate2 takes it."""
    import ctranslate2

    return ctranslate2.StorageView.from_array(np.ascontiguousarray(values))


def _worded(window: Window, found: Decoded, alignment: Any, tokenizer: Any) -> Heard:
    text = tokenizer.decode(list(found.tokens)).strip()
    if not found.tokens:
        return Heard(window, found, text, ())
    chances = np.asarray(alignment.text_token_probs, dtype=np.float32)
    decoded = replace(found, probabilities=chances[: len(found.tokens)])
    times = token_times(alignment.alignments, len(found.tokens))
    return Heard(window, decoded, text, place(group(found.tokens, tokenizer), times, decoded.probabilities, window))


def token_times(steps: Sequence[tuple[int, int]], n_tokens: int) -> TokenTimes:
    """Times of tokens out of CTranslate2's path of (token, frame) through the sound; the end of text is the last."""
    tokens, frames = np.array(steps, dtype=np.int64).T
    bounds = np.searchsorted(tokens, np.arange(n_tokens + 2))
    last = len(frames) - 1
    starts = np.array([frames[min(bound, last)] for bound in bounds[:-1]], dtype=np.float64)
    middles = np.array(
        [frames[min((first + end) // 2, last)] for first, end in pairwise(bounds)],
        dtype=np.float64,
    )
    return TokenTimes(starts * FRAME_SECONDS, middles * FRAME_SECONDS)
