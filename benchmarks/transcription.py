"""Measure the speech engine on recordings whose words are known: error rate, invented words, word times, CPU seconds.

    python benchmarks/transcription.py FOLDER [--model base] [--repeat] [--prompt "Company."]

FOLDER holds recordings, each with a transcript of the same name ending in `.txt`: lines of
`start<TAB>end<TAB>role<TAB>text`, seconds; text in square or angle brackets is noise. Without such files a
`truth.jsonl` as in audio_samples/ is taken. Every channel of a stereo call is compared with the role that it fits best.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import resource
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import jiwer
import torch
from whisper.normalizers import EnglishTextNormalizer

from scoring.audio import Recording, read_recording
from scoring.calls import Word
from scoring.settings import Settings, TranscribeSettings
from scoring.transcribe import ChannelText, SpeechEngine, load_engine

SLACK = 0.5  # seconds around a reference turn within which a word counts as spoken in it
NORMALISE = EnglishTextNormalizer()


@dataclass(frozen=True)
class Turn:
    """A reference turn."""

    role: str
    start: float
    end: float
    text: str


@dataclass
class Tally:
    """Errors and times, added up over channels."""

    words: int = 0
    wrong: int = 0
    left_out: int = 0
    put_in: int = 0
    from_silence: int = 0
    starts: list[float] | None = None
    ends: list[float] | None = None

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.words + other.words,
            self.wrong + other.wrong,
            self.left_out + other.left_out,
            self.put_in + other.put_in,
            self.from_silence + other.from_silence,
            [*(self.starts or []), *(other.starts or [])],
            [*(self.ends or []), *(other.ends or [])],
        )

    @property
    def rate(self) -> str:
        """Word error rate with its denominator."""
        errors = self.wrong + self.left_out + self.put_in
        return f"{100 * errors / self.words:5.1f} % of {self.words}" if self.words else "no words"


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    settings = Settings(transcribe=TranscribeSettings(model=options.model))
    engine = load_engine(settings)
    calls = list(read_references(options.folder))
    engine.transcribe([calls[0][0].channels[0][:160_000]])  # loads the models, so that no call pays for it
    total, cpu, minutes, unlike = Tally(), 0.0, 0.0, 0
    print(f"{'call':34} {'WER':>16}  sub del ins  silence  CPU s/audio min")
    for recording, turns, name in calls:
        began = time.process_time()
        texts = engine.transcribe(recording.channels, options.prompt)
        used, audio = time.process_time() - began, sum(len(channel) for channel in recording.channels) / 16_000 / 60
        unlike += options.repeat and engine.transcribe(recording.channels, options.prompt) != texts
        tally = sum((compare(text, turns, len(texts)) for text in texts), Tally())
        print_row(name, tally, used / audio)
        total, cpu, minutes = total + tally, cpu + used, minutes + audio
    print_row("all", total, cpu / minutes)
    report(total, engine, options.repeat, unlike)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="base")
    parser.add_argument("--prompt", default="", help="names told to the engine, the same for every call")
    parser.add_argument("--repeat", action="store_true", help="transcribe everything twice and compare")
    return parser.parse_args()


def read_references(folder: Path) -> Iterable[tuple[Recording, list[Turn], str]]:
    truth = folder / "truth.jsonl"
    if truth.exists():
        for line in truth.read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            turns = [Turn(turn["role"], turn["start"], turn["end"], turn["text"]) for turn in call["turns"]]
            yield read_recording(folder / call["file"], longest_hours=4), turns, call["file"]
        return
    for path in sorted(folder.glob("*.txt")):
        for recording in sorted(folder.glob(f"{path.stem}.*")):
            if recording.suffix != ".txt":
                yield read_recording(recording, longest_hours=4), read_turns(path), path.stem


def read_turns(path: Path) -> list[Turn]:
    turns = []
    for line in path.read_text(encoding="utf-8").splitlines():
        start, end, role, text = line.split("\t")
        turns.append(Turn(role, float(start), float(end), re.sub(r"\[[^\]]*\]|<[^>]*>", " ", text)))
    return turns


def compare(text: ChannelText, turns: Sequence[Turn], n_channels: int) -> Tally:
    """Compare a channel with the turns of the role it fits best, a mono call with all of them."""
    if n_channels == 1:
        return tally_of(text.words, sorted(turns, key=lambda turn: turn.start))
    roles = {side_of(turn.role) for turn in turns}
    tallies = [tally_of(text.words, [turn for turn in turns if side_of(turn.role) == role]) for role in sorted(roles)]
    return min(tallies, key=lambda tally: (tally.wrong + tally.left_out + tally.put_in) / max(1, tally.words))


def side_of(role: str) -> str:
    """Recorded prompts come over the agent's line."""
    return "agent" if role in ("agent", "system") else "customer"


def tally_of(words: Sequence[Word], turns: Sequence[Turn]) -> Tally:
    reference = NORMALISE(" ".join(turn.text for turn in turns))
    said = NORMALISE(" ".join(word.text for word in words))
    if not reference:
        return Tally(put_in=len(said.split()), from_silence=len(words))
    found = jiwer.process_words(reference, said)
    silent = sum(not any(near(word, turn) for turn in turns) for word in words)
    starts, ends = edges(words, turns)
    count = len(reference.split())
    return Tally(count, found.substitutions, found.deletions, found.insertions, silent, starts, ends)


def near(word: Word, turn: Turn) -> bool:
    return turn.start - SLACK <= (word.start + word.end) / 2 <= turn.end + SLACK


def edges(words: Sequence[Word], turns: Sequence[Turn]) -> tuple[list[float], list[float]]:
    """How far the first and the last word of a turn are from its edges, where those words were understood."""
    starts, ends = [], []
    for turn in turns:
        reference, own = NORMALISE(turn.text).split(), [word for word in words if near(word, turn)]
        if reference and own and NORMALISE(own[0].text) == reference[0]:
            starts.append(own[0].start - turn.start)
        if reference and own and NORMALISE(own[-1].text) == reference[-1]:
            ends.append(own[-1].end - turn.end)
    return starts, ends


def print_row(name: str, tally: Tally, cpu: float) -> None:
    counts = f"{tally.wrong:3} {tally.left_out:3} {tally.put_in:3}  {tally.from_silence:7}"
    print(f"{name:34} {tally.rate:>16}  {counts}  {cpu:15.1f}", flush=True)


def report(total: Tally, engine: SpeechEngine, repeated: bool, unlike: int) -> None:
    for name, values in (("starts", total.starts or []), ("ends", total.ends or [])):
        far = sorted(abs(value) for value in values)
        if far:
            print(
                f"turn {name}: median error {median(far):.3f} s, 90 % within {far[int(0.9 * (len(far) - 1))]:.3f} s, "
                f"bias {median(values):+.3f} s, n = {len(far)}"
            )
    if repeated:
        print(f"calls with other words or times on the second run: {unlike}")
    print(
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB; {platform.machine()}, "
        f"torch {torch.__version__}, one thread"
    )
    print("engine: " + ", ".join(f"{name} {value[:24]}" for name, value in engine.fingerprint))


if __name__ == "__main__":
    main()
