"""Where the time of a call goes: CPU seconds of each stage, for calls in two channels and in one.

    python benchmarks/stages.py [FOLDER] [--engine whisper] [--rounds 3]

One worker as in a batch (one thread), on the sample calls or the recordings of a folder. Every call is decoded,
transcribed, judged and stored from nothing in each round; the first round, which loads the models, is not counted.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import torch

from flows.workers import THREADS_IN_A_WORKER
from scoring.audio import is_recording
from scoring.pipeline import stages
from scoring.pipeline.batch import plan_batch
from scoring.pipeline.stages import Tools, score_file
from scoring.settings import Settings, TranscribeSettings
from scoring.store import Store
from scoring.transcribe import whisper_engine

SAMPLES = Path(__file__).parents[1] / "audio_samples"
NAMES = ("decode", "find speech", "recognise", "who spoke", "signals", "judge", "store and rest")


class Clock:
    """CPU seconds by stage; a stage inside another is taken out of it."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()
        self._inside: list[float] = []

    def around(self, stage: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """Return `work`, with its time counted for `stage`."""

        def timed(*given: Any, **named: Any) -> Any:
            with self.counted(stage):
                return work(*given, **named)

        return timed

    @contextmanager
    def counted(self, stage: str) -> Iterator[None]:
        """Count the time of what is done inside."""
        began = time.process_time()
        self._inside.append(0.0)
        yield
        spent, within = time.process_time() - began, self._inside.pop()
        self.spent[stage] += spent - within
        if self._inside:
            self._inside[-1] += spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=SAMPLES)
    parser.add_argument("--engine", default="whisper")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    torch.set_num_threads(THREADS_IN_A_WORKER)
    settings = Settings(transcribe=TranscribeSettings.model_validate({"engine": given.engine}))
    jobs = [job for job in plan_batch([given.folder], settings).jobs if is_recording(Path(job.path))]
    tools = Tools(settings)
    by_layout: dict[str, list[Any]] = {"two channels": [], "one channel": []}
    for job in jobs:
        channels = len(stages._recording(Path(job.path), tools).channels)
        by_layout["two channels" if channels == 2 else "one channel"].append(job)
    clock = _watched(tools)
    for layout, some in by_layout.items():
        rounds = [_round(some, tools, clock) for _ in range(given.rounds + 1)][1:]
        if some:
            _print(layout, some, rounds)


def _watched(tools: Tools) -> Clock:
    """Put a clock around each stage."""
    from scoring import signals, speakers

    clock = Clock()
    stages.read_recording = clock.around("decode", stages.read_recording)
    whisper_engine.voice_chances = clock.around("find speech", whisper_engine.voice_chances)
    whisper_engine.find_speech = clock.around("find speech", whisper_engine.find_speech)
    tools.engine.transcribe = clock.around("recognise", tools.engine.transcribe)  # type: ignore[method-assign]
    speakers.build_transcript = clock.around("who spoke", speakers.build_transcript)
    signals.detect = clock.around("signals", signals.detect)
    stages.judge_call = clock.around("judge", stages.judge_call)
    return clock


def _round(jobs: list[Any], tools: Tools, clock: Clock) -> dict[str, float]:
    clock.spent.clear()
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{folder}/store.db") as store:
        for job in jobs:
            with clock.counted("store and rest"):
                score_file(job, store, tools)
    return dict(clock.spent)


def _print(layout: str, jobs: list[Any], rounds: list[dict[str, float]]) -> None:
    spent = {name: median(one.get(name, 0.0) for one in rounds) for name in NAMES}
    whole = sum(spent.values())
    print(f"\n{len(jobs)} calls in {layout}: {whole:.1f} CPU s")
    for name, seconds in spent.items():
        print(f"  {name:15} {seconds:7.2f} s  {100 * seconds / whole:5.1f} %")
    print(f"  around recognition: {100 * (1 - spent['recognise'] / whole):.1f} %")


if __name__ == "__main__":
    main()
