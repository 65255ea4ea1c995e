"""An openai-whisper model with what the engine needs of it. Imports torch and whisper: import only where it is used."""

from __future__ import annotations

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

from scoring.audio.signal import Samples
from scoring.errors import WeightsError
from scoring.transcribe.alignment import token_times
from scoring.transcribe.beam import decode_with_beam
from scoring.transcribe.decoder import Vocabulary, begin, decode_greedily
from scoring.transcribe.device import windows_at_once
from scoring.transcribe.encoder import Encoder
from scoring.transcribe.heard import Decoded, Heard, InBatches
from scoring.transcribe.layers import TextLayers
from scoring.transcribe.packing import Window
from scoring.transcribe.precision import Precision
from scoring.transcribe.tokens import UNSURE, asked_tokens, most_tokens, never_said, tokenizer_of
from scoring.transcribe.wording import group, place

_SAMPLES_PER_COLUMN = 320  # of the encoder's output


class WhisperModel(InBatches):
    """A `Listener` with an openai-whisper model.

    Args:
        path: a checkpoint, see `scoring.weights.CheckpointInfo`.
        name: the model's name, for alignment heads that the checkpoint does not name.
        precision: device and arithmetic.

    Raises:
        WeightsError: the file does not hold a Whisper model.
    """

    def __init__(self, path: Path, name: str, precision: Precision) -> None:
        self._model, heads = _load(path, name)
        self.batch = windows_at_once(precision.device, self._model.dims.n_text_layer, self._model.dims.n_text_state)
        self._together = self.batch if precision.device == "cuda" else 1  # windows in the encoder
        self._dtype = precision.short if precision.device == "cuda" else torch.float32
        self._device = precision.device
        self._model = self._model.to(self._device, self._dtype).eval()
        self._encoder = Encoder(self._model, precision)
        self._layers = TextLayers(self._model, heads, precision)
        self._model.encoder.blocks = self._model.decoder.blocks = torch.nn.ModuleList()  # prepared anew in the two
        for parameter in (*self._model.parameters(), *self._model.buffers()):
            parameter.data = parameter.data.clone()  # what is left no longer holds on to the whole file

    @torch.inference_mode()
    def _languages_of_batch(self, windows: Sequence[Window], channels: Sequence[Samples]) -> list[dict[str, float]]:
        if not self._model.is_multilingual:
            return [{"en": 1.0} for _ in windows]
        tokenizer = self._tokenizer("en")
        asked = replace(self._vocabulary("en"), start=(tokenizer.sot,), no_speech=None, languages=())
        logits = self._layers.logits(begin(self._layers, self._encode(windows, channels), asked, ()).hidden[:, -1])
        chances = logits[:, list(tokenizer.all_language_tokens)].softmax(dim=-1).tolist()
        return [dict(zip(tokenizer.all_language_codes, each, strict=True)) for each in chances]

    def _hear_batch(
        self, windows: Sequence[Window], channels: Sequence[Samples], language: str, prompt: str
    ) -> list[Heard]:
        tokenizer = self._tokenizer(language)
        asked = asked_tokens(prompt, tokenizer)
        limits = [most_tokens(window) for window in windows]
        features = self._encode(windows, channels)
        vocabulary = self._vocabulary(language)
        found = decode_greedily(self._layers, features, vocabulary, asked, limits)
        if unsure := [at for at, one in enumerate(found) if one.mean_logprob < UNSURE]:
            some = [limits[at] for at in unsure]
            others = decode_with_beam(self._layers, features[unsure], vocabulary, asked, some)
            for at, other in zip(unsure, others, strict=True):
                found[at] = max(found[at], other, key=lambda one: one.mean_logprob)
        return [_worded(window, decoded, tokenizer) for window, decoded in zip(windows, found, strict=True)]

    @torch.inference_mode()
    def _encode(self, windows: Sequence[Window], channels: Sequence[Samples]) -> Tensor:
        """The encoder's output, shape (n_windows, n_audio_ctx, n_state). A batch gains nothing there on a CPU."""
        encoded = []
        for first in range(0, len(windows), self._together):
            sounds = [
                torch.from_numpy(window.audio(channels[window.channel])).to(self._device)
                for window in windows[first : first + self._together]
            ]
            mel = torch.stack([log_mel_spectrogram(sound, self._model.dims.n_mels) for sound in sounds])
            encoded.append(self._encoder(mel.to(self._dtype)))
        return torch.cat(encoded)

    def _tokenizer(self, language: str) -> Any:
        return tokenizer_of(language, languages=self._model.num_languages if self._model.is_multilingual else 0)

    @lru_cache(maxsize=8)  # noqa: B019
    def _vocabulary(self, language: str) -> Vocabulary:
        tokenizer = self._tokenizer(language)
        return Vocabulary(
            start=tuple(tokenizer.sot_sequence_including_notimestamps),
            before_prompt=tokenizer.sot_prev,
            end=tokenizer.eot,
            no_speech=tokenizer.no_speech,
            never=never_said(tokenizer, self._model.dims.n_vocab),
            not_first=(*tokenizer.encode(" "), tokenizer.eot),
            languages=tokenizer.all_language_tokens if self._model.is_multilingual else (),
        )


def _load(path: Path, name: str) -> tuple[Any, list[tuple[int, int]]]:
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        model = whisper.Whisper(whisper.ModelDimensions(**checkpoint["dims"]))
        model.load_state_dict(checkpoint["model_state_dict"], assign=True)
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
