"""Who speaks when on one channel that holds both parties.

1. The segmentation model sees ten seconds at a time, every five; from the middle of each view come stretches in which
   one local voice speaks without a long pause.
2. Each stretch is embedded by windows that lie inside it; k-means groups the windows of all stretches.
3. Viterbi over the stretches weighs how each sounds against what the segmentation model says of its neighbours:
   "another voice" binds strongly, "the same voice" weakly, since similar voices are taken for one after a pause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoring.audio.signal import SAMPLE_RATE, FloatArray, Samples
from scoring.speakers.chains import best_path
from scoring.speakers.clustering import Clusters, k_means
from scoring.speakers.mel import FRAMES_PER_SECOND, HOP, N_MELS, mel_spectrogram, raise_volume
from scoring.speakers.voices import CHUNK_FRAMES, CHUNK_SECONDS, EMBED_FRAMES, LOCAL_VOICES, VoiceModels

Frames = NDArray[np.intp]

_STEP = CHUNK_FRAMES // 2  # frames from one view to the next
_SPEAKS = 0.5  # probability from which a local voice is taken to speak
_PAUSE = 30  # frames; a longer pause ends a stretch
_VIEWS_AT_ONCE, _WINDOWS_AT_ONCE = 64, 512  # of hours of sound
_SHORTEST = 15  # frames; shorter stretches are clicks
_CLEAN = 30  # frames without the other voice that are enough to embed
_WINDOW_STEP = 50  # frames
# weights of the evidence, in nats; between 3 and 12 the first gives the same speakers
_SOUND = 6.0
_MIXED = 0.1  # how much, in seconds of speech, the sound of two voices at once says of either
_OTHER_VOICE = 2.5
_SAME_VOICE = 2.0
# on real calls mixed to mono a second local voice has 0.15 to 0.32 of the speech, on single channels under 0.08
_SECOND_VOICE = 0.10
_CLOSEST = 0.90  # cosine of centroids; halves of one voice are above it
# a third voice is believed below a closeness, where each half of the parted voice speaks so many seconds or more
_THIRD = ((0.80, 4.0), (0.85, 6.0))
_TORN = 0.02  # most of the speech in stretches that would be torn between the halves


@dataclass(frozen=True, slots=True)
class Stretch:
    """One voice speaking, in seconds. Stretches of two voices may overlap."""

    start: float
    end: float
    voice: int


@dataclass(frozen=True, slots=True)
class Voices:
    """The voices of one channel. `closeness` is the cosine of the two nearest; 1.0 when there is one."""

    stretches: tuple[Stretch, ...]
    count: int
    closeness: float = 1.0


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch before it has a voice: its frames, and where it was seen."""

    frames: Frames  # on the clock of the recording, rising
    clean: Frames  # those of them in which nobody else speaks
    view: int
    local: int

    @property
    def is_clean(self) -> bool:
        """True when enough of it is one voice alone."""
        return len(self.clean) >= _CLEAN or len(self.clean) == len(self.frames)

    @property
    def start(self) -> int:
        return int(self.frames[0])

    @property
    def end(self) -> int:
        return int(self.frames[-1]) + 1


def diarize(
    audio: Samples, models: VoiceModels, *, most: int = 3, not_people: Sequence[tuple[float, float]] = ()
) -> Voices:
    """Find the voices in 16 kHz mono audio (n_samples,).

    Args:
        audio: as recorded.
        models: what tells voices apart.
        most: the most voices there can be, 1 to 3.
        not_people: spans in seconds that are not grouped, such as recorded prompts.
    """
    views = _views(audio, models)
    runs = _runs(views, len(audio) // HOP)
    if not runs:
        return Voices((), 0)
    mels = mel_spectrogram(raise_volume(audio))
    vectors, owners = _embed(runs, mels, models)
    alone = _second_share(views, not_people) < _SECOND_VOICE
    kept = _people(runs, owners, not_people)
    groups = _group(vectors[kept], owners[kept], runs, 1 if alone else most)
    labels = _label(runs, vectors, owners, groups, views)
    count = len(groups.centroids)
    return Voices(_stretches(runs, labels), count, groups.closeness)


def _views(audio: Samples, models: VoiceModels) -> FloatArray:
    """The probability of local voices in overlapping views: (views, CHUNK_FRAMES, LOCAL_VOICES)."""
    size = CHUNK_SECONDS * SAMPLE_RATE
    count = max(1, -(-(len(audio) - size) // (_STEP * HOP)) + 1)
    views = []
    for first in range(0, count, _VIEWS_AT_ONCE):
        chunks = np.zeros((min(_VIEWS_AT_ONCE, count - first), size), dtype=np.float32)
        for at, chunk in enumerate(chunks, start=first):
            piece = audio[at * _STEP * HOP : at * _STEP * HOP + size]
            chunk[: len(piece)] = piece
        views.append(models.local_voices(chunks))
    return np.concatenate(views)


def _runs(views: FloatArray, total: int) -> list[_Run]:
    """Cut the middle of each view into runs of one local voice, in the order of their start."""
    runs = []
    for at in range(len(views)):
        offset = at * _STEP
        first = offset + _STEP // 2 if at else 0
        last = min(total, offset + CHUNK_FRAMES - _STEP // 2 if at < len(views) - 1 else offset + CHUNK_FRAMES)
        speaks = views[at, first - offset : last - offset] > _SPEAKS
        for local in range(LOCAL_VOICES):
            runs += [_Run(part + first, clean + first, at, local) for part, clean in _cut(speaks, local)]
    return sorted(runs, key=lambda run: (run.start, run.end, run.local))


def _cut(speaks: NDArray[np.bool_], local: int) -> list[tuple[Frames, Frames]]:
    """Frames of one local voice, cut where it pauses or somebody else speaks; with the clean ones of each."""
    own = np.flatnonzero(speaks[:, local])
    alone = speaks.sum(axis=1) == 1
    spoken = np.concatenate([[0], np.cumsum(speaks.any(axis=1))])
    gaps = np.diff(own)
    by_others = spoken[own[1:]] - spoken[own[:-1] + 1]
    parts = np.split(own, np.flatnonzero((gaps > _PAUSE) | (by_others > 5)) + 1)
    return [(part, part[alone[part]]) for part in parts if len(part) >= _SHORTEST]


def _embed(runs: list[_Run], mels: FloatArray, models: VoiceModels) -> tuple[FloatArray, NDArray[np.intp]]:
    """Unit vectors of all windows (n, d), and the run each belongs to (n,)."""
    windows: list[FloatArray] = []
    vectors: list[FloatArray] = []
    owners: list[int] = []
    for at, run in enumerate(runs):
        own = _windows(mels[run.clean if run.is_clean else run.frames])
        windows += own
        owners += [at] * len(own)
        while len(windows) >= _WINDOWS_AT_ONCE:
            vectors.append(models.embed(np.stack(windows[:_WINDOWS_AT_ONCE])))
            windows = windows[_WINDOWS_AT_ONCE:]
    if windows:
        vectors.append(models.embed(np.stack(windows)))
    return np.concatenate(vectors), np.array(owners, dtype=np.intp)


def _windows(mels: FloatArray) -> list[FloatArray]:
    """Cut (frames, N_MELS) into windows of EMBED_FRAMES; what is shorter is repeated."""
    if len(mels) < EMBED_FRAMES:
        mels = np.resize(mels, (EMBED_FRAMES, N_MELS))
    last = len(mels) - EMBED_FRAMES
    return [mels[at : at + EMBED_FRAMES] for at in sorted({*range(0, last, _WINDOW_STEP), last})]


def _people(runs: list[_Run], owners: NDArray[np.intp], not_people: Sequence[tuple[float, float]]) -> Frames:
    """Indices of the windows that are grouped: people speaking alone, or all when there are no others."""
    alone = [run.is_clean and not _inside(run, not_people) for run in runs]
    kept = [at for at, owner in enumerate(owners) if alone[owner]]
    return np.array(kept or range(len(owners)), dtype=np.intp)


def _group(vectors: FloatArray, owners: NDArray[np.intp], runs: list[_Run], most: int) -> Clusters:
    """One, two or three voices among windows (n, d) and the runs they belong to (n,)."""
    lengths = np.array([len(run.frames) for run in runs], dtype=np.float64)
    weights = np.minimum(lengths[owners], EMBED_FRAMES) / EMBED_FRAMES
    one = k_means(vectors, weights, 1)
    if most < 2 or len(vectors) < 2:
        return one
    two = k_means(vectors, weights, 2)
    if two.closeness > _CLOSEST:
        return one
    return _parted(two, vectors, weights, owners, runs) if most > 2 else two


def _parted(
    two: Clusters, vectors: FloatArray, weights: NDArray[np.float64], owners: NDArray[np.intp], runs: list[_Run]
) -> Clusters:
    """Two voices, or three where one of the two is clearly two people.

    One of the two is parted, not all windows in three: the two halves of one voice may lie farther apart than two
    people who sound alike.
    """
    three = []
    for label in (0, 1):
        mine = np.flatnonzero(two.labels == label)
        halves = k_means(vectors[mine], weights[mine], 2) if len(mine) > 1 else None
        if halves is not None and len(halves.centroids) == 2 and _are_people(halves, owners[mine], runs):
            labels = two.labels.copy()
            labels[mine] = np.where(halves.labels == 0, label, 2)
            other = two.centroids[1 - label]
            pair = [halves.centroids[0], other] if label == 0 else [other, halves.centroids[0]]
            three.append((halves.closeness, Clusters(labels, np.stack([*pair, halves.centroids[1]]), halves.fit)))
    return min(three, key=lambda found: found[0])[1] if three else two


def _inside(run: _Run, spans: Sequence[tuple[float, float]]) -> bool:
    middle = (run.start + run.end) / 2 / FRAMES_PER_SECOND
    return any(start <= middle <= end for start, end in spans)


def _second_share(views: FloatArray, not_people: Sequence[tuple[float, float]]) -> float:
    """Share of the speech that is not by the main local voice of its view."""
    speaks = views > _SPEAKS
    clock = (np.arange(len(views))[:, None] * _STEP + np.arange(CHUNK_FRAMES)[None, :]) / FRAMES_PER_SECOND
    for start, end in not_people:
        speaks &= ~((clock >= start) & (clock <= end))[:, :, None]
    ranked = np.sort(speaks.sum(axis=1), axis=1)[:, ::-1]
    return float(ranked[:, 1].sum() / max(1, ranked.sum()))


def _are_people(halves: Clusters, owners: NDArray[np.intp], runs: list[_Run]) -> bool:
    """True when two halves of a voice are far apart, speak long enough, and part between stretches, not inside them."""
    seconds, torn = np.zeros(2), 0.0
    for at in np.unique(owners):
        second = float(np.mean(halves.labels[owners == at] == 1))
        length = len(runs[at].frames) / FRAMES_PER_SECOND
        seconds[int(second > 0.5)] += length
        torn += min(second, 1 - second) * length
    long_enough = any(halves.closeness <= most and seconds.min() >= least for most, least in _THIRD)
    return long_enough and torn <= _TORN * seconds.sum()


def _label(
    runs: list[_Run], vectors: FloatArray, owners: NDArray[np.intp], groups: Clusters, views: FloatArray
) -> NDArray[np.intp]:
    """The voice of each run, (n_runs,)."""
    k = len(groups.centroids)
    cosines = vectors @ groups.centroids.T
    sound = np.stack([cosines[owners == at].mean(axis=0) for at in range(len(runs))])
    lengths = np.array([min(len(run.frames) / FRAMES_PER_SECOND, 1.5) if run.is_clean else _MIXED for run in runs])
    apart = max(1e-3, 1.0 - groups.closeness)
    seen = (_SOUND * lengths[:, None] * sound / apart).astype(np.float64)
    bonds = [_bond(before, after, views) for before, after in pairwise(runs)]
    steps = np.array([bond * np.eye(k) for bond in bonds]).reshape(-1, k, k)
    return best_path(np.zeros(k), steps, seen)


def _bond(before: _Run, after: _Run, views: FloatArray) -> float:
    """How strongly the segmentation model says that two neighbours are one voice (> 0) or two (< 0), in nats."""
    said = 0.0
    if before.view == after.view:
        said = 1.0 if before.local == after.local else -1.0
    for at in range(min(before.view, after.view), max(before.view, after.view) + 1):
        here, there = (_heard(run, views[at], at * _STEP) for run in (before, after))
        if here is not None and there is not None:
            same = float(here @ there)
            other = float(here.sum() * there.sum()) - same
            said = max(said, same - other, key=abs)
    if said < 0:
        return _OTHER_VOICE * said
    gap = max(0, after.start - before.end) / FRAMES_PER_SECOND
    return _SAME_VOICE * said * float(np.exp(-gap))


def _heard(run: _Run, view: FloatArray, offset: int) -> FloatArray | None:
    """Mean probability of each local voice over a run, (LOCAL_VOICES,); None when the view hardly shows it."""
    frames = run.clean[(run.clean >= offset) & (run.clean < offset + CHUNK_FRAMES)] - offset
    return np.asarray(view[frames].mean(axis=0), dtype=np.float32) if len(frames) >= 10 else None


def _stretches(runs: list[_Run], labels: NDArray[np.intp]) -> tuple[Stretch, ...]:
    pairs = zip(runs, labels, strict=True)
    return tuple(
        Stretch(run.start / FRAMES_PER_SECOND, run.end / FRAMES_PER_SECOND, int(label)) for run, label in pairs
    )
