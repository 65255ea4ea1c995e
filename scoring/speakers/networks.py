"""The two networks, as torch modules whose names match the published weights. Imported only when voices are needed."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from scoring.audio.signal import SAMPLE_RATE
from scoring.speakers.mel import N_MELS


class SpeakerEncoder(nn.Module):
    """A voice as a point: generalised end-to-end loss (Wan et al. 2018), the weights of Resemblyzer 0.1.4."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(N_MELS, 256, 3, batch_first=True)
        self.linear = nn.Linear(256, 256)

    def forward(self, mels: Tensor) -> Tensor:
        """Mel power (batch, frames, N_MELS) to unit vectors (batch, 256)."""
        _, (hidden, _) = self.lstm(mels)
        return nn.functional.normalize(torch.relu(self.linear(hidden[-1]).float()), dim=1)


class _SincFilters(nn.Module):
    """Band-pass filters known only by their edges (Ravanelli and Bengio 2018), each with its quadrature twin."""

    MIN_HZ = 50.0

    def __init__(self) -> None:
        super().__init__()
        self.low_hz_ = nn.Parameter(torch.zeros(40, 1))
        self.band_hz_ = nn.Parameter(torch.zeros(40, 1))
        self.register_buffer("window_", torch.zeros(125))
        self.register_buffer("n_", torch.zeros(1, 125))

    def filters(self) -> Tensor:
        """Impulse responses (80, 1, 251)."""
        window, n = cast(Tensor, self.window_), cast(Tensor, self.n_)
        low = self.MIN_HZ + self.low_hz_.abs()
        high = (low + self.MIN_HZ + self.band_hz_.abs()).clamp(self.MIN_HZ, SAMPLE_RATE / 2)
        band = high - low
        even = (torch.sin(high * n) - torch.sin(low * n)) / (n / 2) * window
        odd = (torch.cos(low * n) - torch.cos(high * n)) / (n / 2) * window
        cosine = torch.cat([even, 2 * band, even.flip(1)], dim=1)
        sine = torch.cat([odd, torch.zeros_like(band), -odd.flip(1)], dim=1)
        return (torch.cat([cosine, sine]) / (2 * band).repeat(2, 1)).unsqueeze(1)

    def forward(self, audio: Tensor) -> Tensor:
        return nn.functional.conv1d(audio, self.filters(), stride=10)


class _FirstLayer(nn.Module):
    """Holds the filters under the name they have in the weights."""

    def __init__(self) -> None:
        super().__init__()
        self.filterbank = _SincFilters()

    def forward(self, audio: Tensor) -> Tensor:
        return cast(Tensor, self.filterbank(audio)).abs()


class _SincNet(nn.Module):
    """Waveforms (batch, 1, samples) to features (batch, 60, frames)."""

    def __init__(self) -> None:
        super().__init__()
        self.wav_norm1d = nn.InstanceNorm1d(1, affine=True)
        self.conv1d = nn.ModuleList([_FirstLayer(), nn.Conv1d(80, 60, 5), nn.Conv1d(60, 60, 5)])
        self.norm1d = nn.ModuleList(nn.InstanceNorm1d(size, affine=True) for size in (80, 60, 60))

    def forward(self, audio: Tensor) -> Tensor:
        features: Tensor = self.wav_norm1d(audio)
        for convolve, normalise in zip(self.conv1d, self.norm1d, strict=True):
            pooled = nn.functional.max_pool1d(convolve(features), 3)
            features = nn.functional.leaky_relu(normalise(pooled))
        return features


class Segmentation(nn.Module):
    """Who speaks in each frame of ten seconds: up to three voices, two at once (Plaquet and Bredin 2023).

    The weights are pyannote's segmentation-3.0. The seven classes are nobody, voice 1, 2, 3, voices 1+2, 1+3, 2+3.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sincnet = _SincNet()
        self.lstm = nn.LSTM(60, 128, 4, batch_first=True, bidirectional=True)
        self.linear = nn.ModuleList([nn.Linear(256, 128), nn.Linear(128, 128)])
        self.classifier = nn.Linear(128, 7)

    def forward(self, audio: Tensor) -> Tensor:
        """Waveforms (batch, 1, samples) to class probabilities (batch, frames, 7)."""
        features, _ = self.lstm(self.sincnet(audio).transpose(1, 2))
        for layer in self.linear:
            features = nn.functional.leaky_relu(layer(features))
        return cast(Tensor, self.classifier(features).float().softmax(dim=-1))
