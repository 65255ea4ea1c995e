"""Silero's voice activity network (v6, 16 kHz, MIT), run from its published weights with plain torch.

The package's own TorchScript file gives the same numbers but walks frame by frame; here the convolutions run on
thousands of frames at once and the recurrence as one sequence, which is about ten times cheaper.
Layout of the network: `tinygrad_model.py` of silero-vad 6.2.3.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scoring.audio.signal import FloatArray, Samples
from scoring.errors import WeightsError

if TYPE_CHECKING:
    import torch

FRAME = 512  # samples at 16 kHz: 32 ms
_CONTEXT = 64  # samples of the frame before, put in front
_PAD = 64  # samples mirrored at the end
_BINS = 129  # 256-point spectrum
_HOP = 128
_STRIDES = (1, 2, 2, 1)  # of the four convolutions
_HIDDEN = 128
_FRAMES_AT_ONCE = 4096  # 131 s: about 30 MB of activations
_SHAPES = {
    "stft_conv.weight": (2 * _BINS, 1, 256),
    "conv1.weight": (128, _BINS, 3),
    "conv2.weight": (64, 128, 3),
    "conv3.weight": (64, 64, 3),
    "conv4.weight": (_HIDDEN, 64, 3),
    "lstm_cell.weight_ih": (4 * _HIDDEN, _HIDDEN),
    "final_conv.weight": (1, _HIDDEN, 1),
}


class SileroDetector:
    """A `VoiceDetector` with the weights of silero-vad (`data/silero_vad_16k.safetensors`).

    Raises:
        WeightsError: the file is missing or does not hold this network.
    """

    def __init__(self, weights: Path) -> None:
        self._weights = _load(weights)
        self._lstm = _recurrence(self._weights)
        self.fingerprint = f"silero-vad:{hashlib.sha256(weights.read_bytes()).hexdigest()}"

    def probabilities(self, samples: Samples) -> FloatArray:
        """Probability of speech in each 32 ms frame, shape (ceil(n_samples / 512),); `samples` is mono at 16 kHz."""
        import torch

        count = -(-len(samples) // FRAME)
        found = np.empty(count, dtype=np.float32)
        state: tuple[torch.Tensor, torch.Tensor] | None = None
        with torch.inference_mode():
            for first in range(0, count, _FRAMES_AT_ONCE):
                frames = _frames(samples, first, min(count, first + _FRAMES_AT_ONCE))
                hidden, state = self._lstm(self._features(torch.from_numpy(frames)), state)
                found[first : first + len(frames)] = self._read_out(hidden).numpy()
        return found

    def _features(self, frames: torch.Tensor) -> torch.Tensor:
        """(n_frames, 576) samples to (n_frames, 128) features."""
        from torch.nn import functional

        padded = functional.pad(frames.unsqueeze(1), (0, _PAD), mode="reflect")
        spectrum = functional.conv1d(padded, self._weights["stft_conv.weight"], stride=_HOP)
        x = (spectrum[:, :_BINS] ** 2 + spectrum[:, _BINS:] ** 2).sqrt()
        for number, stride in enumerate(_STRIDES, start=1):
            weight, bias = self._weights[f"conv{number}.weight"], self._weights[f"conv{number}.bias"]
            x = functional.conv1d(x, weight, bias, stride=stride, padding=1).relu()
        return x.squeeze(-1)

    def _read_out(self, hidden: torch.Tensor) -> torch.Tensor:
        """(n_frames, 128) states to (n_frames,) probabilities."""
        weight, bias = self._weights["final_conv.weight"], self._weights["final_conv.bias"]
        return (hidden.relu() @ weight[0, :, 0] + bias).sigmoid()


def _frames(samples: Samples, first: int, end: int) -> FloatArray:
    """Frames `first` to `end`, each with its context before it, shape (end - first, 576)."""
    begin = first * FRAME - _CONTEXT
    piece = samples[max(0, begin) : end * FRAME].astype(np.float32, copy=False)
    wanted = (end - first) * FRAME + _CONTEXT
    before = max(0, -begin)
    padded = np.pad(piece, (before, wanted - before - len(piece)))
    return np.lib.stride_tricks.sliding_window_view(padded, FRAME + _CONTEXT)[::FRAME].copy()


def _load(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    hint = "Install callscore[models] again, or see `callscore doctor`."
    try:
        weights: dict[str, torch.Tensor] = load_file(path)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"The voice activity weights cannot be read: {path} ({error}).", hint=hint) from None
    wrong = [name for name, shape in _SHAPES.items() if name not in weights or tuple(weights[name].shape) != shape]
    if wrong:
        raise WeightsError(f"{path} does not hold Silero's 16 kHz network: {wrong[0]} is not as expected.", hint=hint)
    return weights


def _recurrence(weights: dict[str, torch.Tensor]) -> torch.nn.LSTM:
    import torch

    lstm = torch.nn.LSTM(_HIDDEN, _HIDDEN)
    lstm.load_state_dict({f"{name}_l0": weights[f"lstm_cell.{name}"] for name in _LSTM_PARTS})
    return lstm.eval()


_LSTM_PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
