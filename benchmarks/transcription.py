"""Compare speech engines on recordings whose words are known: seconds, memory, word errors, words out of nothing.

    python benchmarks/transcription.py FOLDER [--rounds 5] [--model base] [--nothing MINUTES] [--out DIR] [--systems …]

FOLDER holds recordings, each with a transcript of the same name ending in `.txt`: lines of
`start<TAB>end<TAB>role<TAB>text`, seconds; text in square or angle brackets is noise. Without such files a
`truth.jsonl` as in audio_samples/ is taken. Every channel of a stereo call is compared with the role that it fits best.
Every system has a process of its own with one thread; in a round all of them hear everything, one after the other, and
what is printed is the median of the rounds. `--nothing` counts the words that each finds in so many minutes of silence,
of hold music and of noise. `--out` gets the table, a plot and all figures as JSON.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import tempfile
import wave
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median

import jiwer
import numpy as np
import torch
from speech_systems import SYSTEMS, Run, Runner
from speechless import RATE, SOUNDS
from whisper.normalizers import EnglishTextNormalizer

from scoring.audio import read_recording
from scoring.calls import Word
from scoring.transcribe import ChannelText

SLACK = 0.5  # seconds around a reference turn within which a word counts as spoken in it
NORMALISE = EnglishTextNormalizer()


@dataclass(frozen=True)
class Turn:
    """A reference turn."""

    role: str
    start: float
    end: float
    text: str


Reference = tuple[Path, list[Turn]]  # a recording, and what is said in it


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
    def share(self) -> float:
        """Word error rate, 0 and up."""
        return (self.wrong + self.left_out + self.put_in) / max(1, self.words)

    @property
    def rate(self) -> str:
        """Word error rate with its denominator."""
        return f"{100 * self.share:5.1f} % of {self.words}" if self.words else "no words"


@dataclass
class Result:
    """What is known of one system; seconds are of one thread, for a minute of one channel, the median of the rounds."""

    system: str
    cpu: float
    wall: float
    peak: int  # bytes
    tally: Tally
    per_call: dict[str, Tally]
    unlike: int  # rounds with other words than the first
    nothing: dict[str, int] = field(default_factory=dict)  # words found in sounds without any


def main() -> None:
    options = arguments()
    calls = list(read_references(options.folder))
    results = []
    runners = {name: Runner(name, options.model, options.prompt) for name in options.systems}
    for runner in runners.values():
        runner.hear(calls[0][0])  # loads whatever is loaded late
    rounds = [
        {name: [runner.hear(path) for path, _ in calls] for name, runner in runners.items()}
        for _ in progress(options.rounds)
    ]
    minutes = sum(len(channel) for path, _ in calls for channel in read_recording(path, longest_hours=4).channels)
    for name in options.systems:
        results.append(result_of(name, [each[name] for each in rounds], calls, minutes / RATE / 60))
    if options.nothing:
        for result in results:
            result.nothing = dict(words_from_nothing(runners[result.system], options.nothing))
            print(f"{result.system}: {result.nothing}", flush=True)
    for runner in runners.values():
        runner.close()
    text = table(results, options, minutes / RATE / 60)
    print(text)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / "transcription.md").write_text(text + "\n", encoding="utf-8")
        (options.out / "transcription.json").write_text(json.dumps([asdict(one) for one in results], indent=1))
        (options.out / "transcription.svg").write_text(plot(results), encoding="utf-8")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="base")
    parser.add_argument("--prompt", default="", help="names told to every engine, the same for every call")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--systems", nargs="+", choices=list(SYSTEMS), default=list(SYSTEMS), metavar="NAME")
    parser.add_argument("--nothing", type=int, default=0, metavar="MINUTES")
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def progress(rounds: int) -> Iterator[int]:
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", flush=True)
        yield number


def result_of(name: str, rounds: Sequence[Sequence[Run]], calls: Sequence[Reference], minutes: float) -> Result:
    """Add up one system's rounds; its words are those of the first."""
    per_call = {
        path.stem: sum((compare(text, turns, len(run.texts)) for text in run.texts), Tally())
        for run, (path, turns) in zip(rounds[0], calls, strict=True)
    }
    return Result(
        name,
        cpu=median(sum(run.cpu for run in runs) for runs in rounds) / minutes,
        wall=median(sum(run.wall for run in runs) for runs in rounds) / minutes,
        peak=max(run.peak for runs in rounds for run in runs),
        tally=sum(per_call.values(), Tally()),
        per_call=per_call,
        unlike=sum([run.texts for run in runs] != [run.texts for run in rounds[0]] for runs in rounds),
    )


def words_from_nothing(runner: Runner, minutes: int) -> Iterator[tuple[str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        for name, make in SOUNDS.items():
            path = Path(folder) / f"{name}.wav"
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(RATE)
                file.writeframes((np.clip(make(minutes * 60), -1, 1) * 32767).astype(np.int16).tobytes())
            yield name, sum(len(text.words) for text in runner.hear(path).texts)


def table(results: Sequence[Result], options: argparse.Namespace, minutes: float) -> str:
    """The results as a table that a page can hold."""
    rows = [
        f"{len(results[0].per_call)} recordings, {minutes:.1f} minutes of channel audio, Whisper {options.model}"
        + (f", prompt {options.prompt!r}" if options.prompt else ""),
        "",
        "| system | CPU s / audio min | wall s / audio min | peak memory | WER | sub / del / ins | silence | unlike |"
        + "".join(f" {name} |" for name in results[0].nothing),
        "|---" * (8 + len(results[0].nothing)) + "|",
    ]
    for one in results:
        tally, own = one.tally, one.system.startswith("callscore")
        counts = f"{tally.wrong} / {tally.left_out} / {tally.put_in}"
        silent = str(tally.from_silence) if own else "–"
        figures = (f"{one.cpu:.2f}", f"{one.wall:.2f}", f"{one.peak / 1e9:.2f} GB", tally.rate.strip(), counts, silent)
        cells = (one.system, *figures, one.unlike, *one.nothing.values())
        rows.append("| " + " | ".join(map(str, cells)) + " |")
    rows += [""]
    for one in results:
        for name, values in (("starts", one.tally.starts), ("ends", one.tally.ends)):
            far = sorted(abs(value) for value in values or ())
            if far and one.system.startswith("callscore"):
                ninth = far[int(0.9 * (len(far) - 1))]
                error = f"median error {median(far):.3f} s, 90 % within {ninth:.3f} s, n {len(far)}"
                rows.append(f"{one.system}: turn {name}: {error}")
    versions = ", ".join(f"{name} {version(name)}" for name in ("openai-whisper", "faster-whisper", "ctranslate2"))
    rows += ["", f"{processor()}, one thread a system; torch {torch.__version__}, {versions}"]
    return "\n".join(rows)


def processor() -> str:
    """The processor's name, and what it multiplies by itself."""
    able = torch.cpu.get_capabilities()
    native = [name for name in ("avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16") if able.get(name)]
    return f"{able.get('cpu_name', platform.machine())} ({', '.join(native) or 'no short arithmetic'})"


def plot(results: Sequence[Result]) -> str:
    """Seconds to the right, wrong words upwards: the lower left is best."""
    across, up, wide, high = 620, 380, 60, 40
    most_cpu = max(one.cpu for one in results) * 1.15
    most_wrong = max(one.tally.share for one in results) * 1.15
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across + 260}" height="{up + 60}" font-family="sans-serif" '
        'font-size="13"><rect width="100%" height="100%" fill="white"/>',
        f'<path d="M{wide} {high}V{up}H{across}" fill="none" stroke="black"/>',
        f'<text x="{(wide + across) / 2}" y="{up + 40}" text-anchor="middle">CPU seconds for a minute of audio</text>',
        f'<text x="{wide}" y="{high - 14}">words wrong, %</text>',
    ]
    for at in range(5):
        x, y = wide + (across - wide) * at / 4, up - (up - high) * at / 4
        parts.append(f'<text x="{x:.0f}" y="{up + 18}" text-anchor="middle">{most_cpu * at / 4:.1f}</text>')
        parts.append(f'<text x="{wide - 8}" y="{y + 4:.0f}" text-anchor="end">{100 * most_wrong * at / 4:.0f}</text>')
    for one in results:
        x = wide + (across - wide) * one.cpu / most_cpu
        y = up - (up - high) * one.tally.share / most_wrong
        colour = "#1a5fb4" if one.system.startswith("callscore") else "#777777"
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="6" fill="{colour}"/>')
        parts.append(f'<text x="{x + 10:.0f}" y="{y + 4:.0f}">{one.system}</text>')
    return "\n".join([*parts, "</svg>"])


def read_references(folder: Path) -> Iterable[Reference]:
    truth = folder / "truth.jsonl"
    if truth.exists():
        for line in truth.read_text(encoding="utf-8").splitlines():
            call = json.loads(line)
            if "language" in call:  # words are counted by rules for English
                continue
            turns = [Turn(turn["role"], turn["start"], turn["end"], turn["text"]) for turn in call["turns"]]
            yield folder / call["file"], turns
        return
    for path in sorted(folder.glob("*.txt")):
        for recording in sorted(folder.glob(f"{path.stem}.*")):
            if recording.suffix != ".txt":
                yield recording, read_turns(path)


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
    return min(tallies, key=lambda tally: tally.share)


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


if __name__ == "__main__":
    main()
