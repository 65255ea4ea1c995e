"""The seam to the voice models: what a voice sounds like, and which voices speak when."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from scoring.audio.signal import FloatArray
from scoring.calls import digest
from scoring.weights import is_native, locate, published

if TYPE_CHECKING:
    import torch

    from scoring.speakers.networks import Segmentation, SpeakerEncoder

EMBED_FRAMES = 150  # mel frames a voice is taken from: 1.5 s
CHUNK_SECONDS = 10  # what the segmentation model was trained on
CHUNK_FRAMES = CHUNK_SECONDS * 100  # 10 ms each
LOCAL_VOICES = 3  # voices the segmentation model can tell apart in one chunk
ALGORITHM = "2"  # raised when the same words and weights would give other speakers or roles

_KEYS = ("speaker-encoder", "segmentation")
_MODEL_STEP = 270 / 16_000  # seconds between the segmentation model's frames
_MODEL_FRAME = 991 / 16_000  # seconds one of its frames sees
_BATCH = 64
# classes: nobody, voice 1, 2, 3, voices 1+2, 1+3, 2+3
_POWERSET = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [1, 0, 1], [0, 1, 1]], dtype=np.float32)


class VoiceModels(Protocol):
    """What diarization needs of models."""

    @property
    def fingerprint(self) -> str:
        """sha256 of the weights and of our way of using them."""

    def embed(self, mels: FloatArray) -> FloatArray:
        """Mel windows (n, EMBED_FRAMES, 40) to unit vectors (n, d)."""

    def local_voices(self, chunks: FloatArray) -> FloatArray:
        """Audio (n, 160000) to the probability of each local voice every 10 ms, (n, CHUNK_FRAMES, LOCAL_VOICES)."""


class TorchVoices:
    """The published models on the CPU; with `bfloat16` a third faster, where the processor has it."""

    def __init__(
        self, encoder: SpeakerEncoder, segmentation: Segmentation, fingerprint: str, *, bfloat16: bool = False
    ) -> None:
        self._encoder = encoder.eval()
        self._segmentation = segmentation.eval()
        self._fingerprint = fingerprint
        self._bfloat16 = bfloat16

    @property
    def fingerprint(self) -> str:
        """sha256 of the weights and of our way of using them."""
        return self._fingerprint

    def embed(self, mels: FloatArray) -> FloatArray:
        """Mel windows (n, EMBED_FRAMES, 40) to unit vectors (n, 256)."""
        return self._in_batches(self._encoder, mels, _BATCH)

    def local_voices(self, chunks: FloatArray) -> FloatArray:
        """Audio (n, 160000) to the probability of each local voice every 10 ms, (n, CHUNK_FRAMES, LOCAL_VOICES)."""
        classes = self._in_batches(self._segmentation, chunks[:, None, :], 8)
        centres = (np.arange(CHUNK_FRAMES) + 0.5) / 100
        nearest = np.rint((centres - _MODEL_FRAME / 2) / _MODEL_STEP).astype(np.intp)
        return (classes @ _POWERSET)[:, np.clip(nearest, 0, classes.shape[1] - 1)]

    def _in_batches(self, network: Callable[[torch.Tensor], torch.Tensor], inputs: FloatArray, size: int) -> FloatArray:
        import torch

        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self._bfloat16):
            parts = [
                torch.from_numpy(np.ascontiguousarray(inputs[at : at + size])) for at in range(0, len(inputs), size)
            ]
            return np.concatenate([network(part).numpy() for part in parts])


def load_voices(cache_dir: Path) -> VoiceModels:
    """Load the speaker encoder and the segmentation model.

    Raises:
        WeightsError: weights are missing or damaged.
    """
    import torch

    from scoring.speakers.networks import Segmentation, SpeakerEncoder

    stored = [torch.load(locate(key, cache_dir), map_location="cpu", weights_only=True) for key in _KEYS]
    encoder, segmentation = SpeakerEncoder(), Segmentation()
    names = encoder.state_dict().keys()
    encoder.load_state_dict({name: tensor for name, tensor in stored[0]["model_state"].items() if name in names})
    segmentation.load_state_dict(stored[1]["state_dict"])
    return TorchVoices(encoder, segmentation, fingerprint(cache_dir), bfloat16=is_native("bfloat16"))


def fingerprint(cache_dir: Path) -> str:  # noqa: ARG001 - the weights are pinned, wherever they lie
    """What `load_voices(cache_dir).fingerprint` would be, without loading them."""
    arithmetic = "bfloat16" if is_native("bfloat16") else "float32"
    return digest([ALGORITHM, arithmetic, *(file.sha256 for key in _KEYS for file in published(key).files)])
