"""Does one worker process grow over ten thousand short calls?

    python benchmarks/endurance.py [--calls 10000] [--engine whisper] [--seed 1]

Each call is a piece of 2 to 12 seconds out of the sample recordings, begun anywhere, mono and in two channels by turns.
It is scored in a worker process as those of a batch are (decoded, transcribed, judged, stored); its file is deleted.
The memory that the worker holds is printed every few hundred calls; growth is counted from call 500, when every model
is loaded and every buffer has had its first use.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import psutil
from scipy.io import wavfile

from flows.workers import Failed, Workers
from scoring.audio import SAMPLE_RATE, read_recording
from scoring.calls import CallInfo
from scoring.pipeline.batch import Job
from scoring.settings import Settings, TranscribeSettings
from scoring.store import Store

SAMPLES = Path(__file__).parents[1] / "audio_samples"
WARM = 500  # calls


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--engine", default="whisper")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        options = TranscribeSettings.model_validate({"engine": given.engine})
        settings = Settings(
            transcribe=options,
            database=f"sqlite:///{folder}/store.db",
            state_dir=Path(folder),
            calls_per_worker=given.calls + 1,  # one process for all
        )
        Store.open(settings.database_url).close()
        warm = 0.0
        with Workers(settings, 1) as workers:
            for number, path in enumerate(short_calls(given.calls, Path(folder), Random(given.seed)), start=1):
                done = workers.score(Job(str(path), CallInfo(file=path.name)))
                if isinstance(done, Failed):
                    raise SystemExit(done.entry.reason)
                path.unlink()
                if number in (10, 100) or number % WARM == 0:
                    worker = max(psutil.Process().children(), key=lambda child: child.memory_info().rss)
                    held, spent = worker.memory_info().rss, sum(worker.cpu_times()[:2]) / number
                    warm = warm or (held if number >= WARM else 0.0)
                    grown = f"{100 * (held / warm - 1):+.1f} %" if warm else ""
                    print(f"{number:6} calls  {held / 2**20:7.0f} MB  {grown:8} {spent:.2f} CPU s a call", flush=True)


def short_calls(count: int, folder: Path, random: Random) -> Iterator[Path]:
    """Write one short call after another."""
    recordings = [
        read_recording(path) for path in sorted(SAMPLES.iterdir()) if path.suffix in (".wav", ".mp3", ".flac")
    ]
    for number in range(count):
        channels = random.choice(recordings).channels
        length = int(random.uniform(2, 12) * SAMPLE_RATE)
        first = random.randrange(max(1, len(channels[0]) - length))
        sound = np.stack([channel[first : first + length] for channel in channels], axis=1)
        path = folder / f"{number:05}.wav"
        wavfile.write(path, SAMPLE_RATE, (sound[:, : 1 + number % 2] * 32767).astype(np.int16))
        yield path


if __name__ == "__main__":
    main()
