"""The speech engines that are compared, each in a process of its own with one thread: ours, and others' defaults."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from scoring.audio import read_recording
from scoring.calls import Word
from scoring.settings import Settings, TranscribeSettings
from scoring.transcribe import ChannelText, load_engine
from scoring.weights import locate, whisper_checkpoint

Channels = Sequence[np.ndarray[Any, np.dtype[np.float32]]]
Hear = Callable[[Channels], Sequence[ChannelText]]


@dataclass(frozen=True)
class Run:
    """What one system made of one recording."""

    texts: Sequence[ChannelText]
    cpu: float  # seconds
    wall: float
    peak: int  # bytes that its process has held so far


def ours(engine: str) -> Callable[[str, str], Hear]:
    """callscore's engine with the prompt that its users would give."""

    def made(model: str, prompt: str) -> Hear:
        options = TranscribeSettings.model_validate({"engine": engine, "model": model})
        speech = load_engine(Settings(transcribe=options))
        return lambda channels: speech.transcribe(channels, prompt)

    return made


def plain_whisper(**how: Any) -> Callable[[str, str], Hear]:
    """openai-whisper by itself, the text before as context, hotter and hotter where it fails."""

    def made(model: str, prompt: str) -> Hear:
        import torch
        import whisper

        checkpoint = torch.load(whisper_checkpoint(model, Settings()).path, weights_only=True)
        loaded = whisper.Whisper(whisper.ModelDimensions(**checkpoint["dims"]))
        loaded.load_state_dict(checkpoint["model_state_dict"])
        loaded.eval()
        options = {"language": "en", "fp16": False, "initial_prompt": prompt or None, **how}

        def hear(channels: Channels) -> list[ChannelText]:
            found = [loaded.transcribe(channel[:], **options)["segments"] for channel in channels]
            return [_spread((one["start"], one["end"], one["text"]) for one in segments) for segments in found]

        return hear

    return made


def fast(**how: Any) -> Callable[[str, str], Hear]:
    """faster-whisper with int8 and otherwise its defaults; with `batch_size` its own batched pipeline."""

    def made(model: str, prompt: str) -> Hear:
        from faster_whisper import BatchedInferencePipeline, WhisperModel

        folder = str(locate(f"whisper-{model}", Settings().cache_dir))
        loaded = WhisperModel(folder, device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)
        by = BatchedInferencePipeline(model=loaded) if "batch_size" in how else loaded

        def hear(channels: Channels) -> list[ChannelText]:
            texts = []
            for channel in channels:
                segments, _ = by.transcribe(channel[:], language="en", initial_prompt=prompt or None, **how)
                texts.append(_spread((one.start, one.end, one.text) for one in segments))
            return texts

        return hear

    return made


SYSTEMS: dict[str, Callable[[str, str], Hear]] = {
    "callscore (openai-whisper)": ours("whisper"),
    "callscore (faster-whisper)": ours("faster-whisper"),
    "whisper command": plain_whisper(beam_size=5, best_of=5),
    "whisper in Python": plain_whisper(),
    "faster-whisper": fast(),
    "faster-whisper batched": fast(batch_size=8),
    "faster-whisper batched, beam 1": fast(batch_size=8, beam_size=1),
}


def _spread(segments: Iterator[tuple[float, float, str]]) -> ChannelText:
    """Words at even distances: only their order counts here."""
    words = []
    for start, end, text in segments:
        said = text.split()
        step = (end - start) / max(1, len(said))
        words += [Word(one, start + at * step, start + (at + 1) * step, 1.0) for at, one in enumerate(said)]
    return ChannelText(tuple(words), "en")


class Runner:
    """One system in a process of its own; asks it for one recording after the other."""

    def __init__(self, system: str, model: str, prompt: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._mine, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, system, model, prompt), daemon=True)
        self._process.start()
        theirs.close()

    def hear(self, path: Path) -> Run:
        """Let it hear a recording."""
        self._mine.send(path)
        answer = self._mine.recv()
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Run)
        return answer

    def close(self) -> None:
        """End its process."""
        self._mine.send(None)
        self._process.join()


def _serve(theirs: Connection, system: str, model: str, prompt: str) -> None:
    import torch

    torch.set_num_threads(1)
    hear = SYSTEMS[system](model, prompt)
    while (path := theirs.recv()) is not None:
        try:
            channels = read_recording(path, longest_hours=4).channels
            wall, cpu = time.perf_counter(), time.process_time()
            texts = tuple(hear(channels))
            used, took = time.process_time() - cpu, time.perf_counter() - wall
            theirs.send(Run(texts, used, took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))
        except Exception as error:  # told to the one who asked
            theirs.send(error)
