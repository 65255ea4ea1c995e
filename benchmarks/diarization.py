"""Who speaks when on one channel: how many voices are found, and how much of the speech goes to the wrong one.

    python benchmarks/diarization.py [FOLDER]

Out of the sample calls in two channels come calls on one: both parties mixed (two voices), a channel alone (one), an
agent who hands over to a colleague (three), parties who talk over each other, and calls with hold music and ringing
tones in them. A FOLDER of recordings in two channels is mixed and taken apart in the same way; where somebody speaks
on its channels is what voice activity finds there.

DER is the diarization error rate (NIST: missed + false + confused speech over speech, 0.25 s around edges left out,
speech of two at once counted twice); confusion is the part of it that matters here, since words, not diarization, say
where speech is.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
import yaml
from scipy.optimize import linear_sum_assignment
from scipy.signal import resample_poly

from scoring.audio import SAMPLE_RATE, read_recording
from scoring.audio.silero import SileroDetector
from scoring.audio.voice import find_speech, voice_chances
from scoring.settings import Settings
from scoring.speakers import diarize, load_voices
from scoring.weights import locate

SAMPLES = Path(__file__).parents[1] / "audio_samples"
sys.path.insert(0, str(SAMPLES))
import mixing  # noqa: E402 — hold music and tones of the sample calls

FRAME = 0.01  # seconds
COLLAR = 0.25
Floats = np.ndarray
Said = tuple[float, float, str]  # seconds, and who


@dataclass(frozen=True)
class Case:
    """One channel, and what is true of it."""

    kind: str
    sound: Floats
    said: tuple[Said, ...]
    nobody: tuple[tuple[float, float], ...] = ()  # music and tones


@dataclass(frozen=True)
class Call:
    """A call in two channels."""

    channels: Sequence[Floats]
    said: tuple[tuple[Said, ...], tuple[Said, ...]]  # by channel
    voices: tuple[str, str]  # whose they are

    def voice(self, channel: int) -> list[Floats]:
        """What one party says, turn by turn."""
        return [self.channels[channel][int(a * SAMPLE_RATE) : int(b * SAMPLE_RATE)] for a, b, _ in self.said[channel]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    given = parser.parse_args()
    torch.set_num_threads(1)
    calls = list(real_calls(given.folder) if given.folder else sample_calls())
    models = load_voices(Settings().cache_dir)
    results: dict[str, list[tuple[int, int, dict[str, float], float, float]]] = {}
    minutes = 0.0
    for case in cases(calls):
        minutes += len(case.sound) / SAMPLE_RATE / 60
        began = time.process_time()
        found = diarize(case.sound, models)
        spent = time.process_time() - began
        guessed = [(one.start, one.end, str(one.voice)) for one in found.stretches]
        inside = sum(max(0.0, min(b, d) - max(a, c)) for a, b, _ in guessed for c, d in case.nobody)
        errors = error_rate(case.said, guessed, len(case.sound) / SAMPLE_RATE)
        people = len({who for _, _, who in case.said})
        results.setdefault(case.kind, []).append((people, found.count, errors, inside, spent))
    report(results, minutes)


def report(results: dict[str, list[tuple[int, int, dict[str, float], float, float]]], minutes: float) -> None:
    print(f"{'':34} cases  right count   DER  confusion  music taken for a voice")
    for kind, rows in results.items():
        right = sum(people == count for people, count, *_ in rows)
        mean = {name: 100 * float(np.mean([row[2][name] for row in rows])) for name in ("DER", "confusion")}
        music = sum(row[3] for row in rows)
        print(
            f"{kind:34} {len(rows):5}  {right:4} of {len(rows):3}  {mean['DER']:5.1f} %  {mean['confusion']:5.1f} %"
            f"  {music:8.1f} s   counts {sorted(count for _, count, *_ in rows)}"
        )
    spent = sum(row[4] for rows in results.values() for row in rows)
    print(f"{spent / minutes:.2f} CPU s a minute, one thread")


def cases(calls: Sequence[Call]) -> Iterator[Case]:
    """All cases out of some calls."""
    for call in calls:
        yield Case("two voices", mixed(call.channels), (*call.said[0], *call.said[1]))
        yield overlapping(call)
        yield with_music(call)
        for channel in (0, 1):
            if len(call.said[channel]) > 2:
                yield Case("one voice", call.channels[channel][:], call.said[channel])
    for at, call in enumerate(calls):
        others = [*calls[at + 1 :], *calls[:at]]
        colleague = next((one for one in others if one.voices[0] not in call.voices), None)
        if colleague is not None:
            yield handed_over(call, colleague)


def mixed(channels: Sequence[Floats]) -> Floats:
    return np.asarray(channels[0][:] + channels[1][:])


def overlapping(call: Call) -> Case:
    """The second party begins every turn a second too early: about a quarter of the turns are talked over."""
    early = SAMPLE_RATE
    moved = np.concatenate([call.channels[1][early:], np.zeros(early, np.float32)])
    said = tuple((max(0.0, a - 1), b - 1, who) for a, b, who in call.said[1] if b > 1)
    return Case("two voices, talking over", mixed([call.channels[0], moved]), (*call.said[0], *said))


def with_music(call: Call) -> Case:
    """Two rings before the call, and twenty seconds of music in the middle of it."""
    ring, music = (mixing.at_level(made, -26) for made in (np.concatenate([mixing.tone("ring")] * 2), mixing.music(20)))
    ring, music = (resample_poly(made, SAMPLE_RATE, mixing.RATE).astype(np.float32) for made in (ring, music))
    sound, said = mixed(call.channels), sorted([*call.said[0], *call.said[1]])
    middle = max(end for _, end, _ in said[: len(said) // 2])
    at = int(middle * SAMPLE_RATE)
    whole = np.concatenate([ring, sound[:at], music, sound[at:]])
    before, held = len(ring) / SAMPLE_RATE, len(music) / SAMPLE_RATE
    later = [(a + before + held * (a >= middle), b + before + held * (a >= middle), who) for a, b, who in said]
    return Case(
        "two voices, music and ringing", whole, tuple(later), ((0, before), (before + middle, before + middle + held))
    )


def handed_over(call: Call, other: Call) -> Case:
    """The first half of a call, then its second party with the first one of another call."""
    customer, agent, colleague = call.voice(1), call.voice(0), other.voice(0)
    half = max(1, len(agent) // 2)
    agents = [*((turn, "agent") for turn in agent[:half]), *((turn, "colleague") for turn in colleague)]
    random, parts, said, at = Random(len(agents)), [], [], 0.0
    for (turn, who), answer in zip(agents, [*customer, *customer], strict=False):
        for sound, speaker in ((turn, who), (answer, "customer")):
            pause = random.uniform(0.2, 0.8)
            parts += [np.zeros(int(pause * SAMPLE_RATE), np.float32), sound]
            said.append((at + pause, at + pause + len(sound) / SAMPLE_RATE, speaker))
            at += (int(pause * SAMPLE_RATE) + len(sound)) / SAMPLE_RATE
    hiss = mixing.line_noise(sum(len(part) for part in parts), -55, np.random.default_rng(1))
    return Case("three voices", np.concatenate(parts) + hiss, tuple(said))


def sample_calls() -> Iterator[Call]:
    for line in (SAMPLES / "truth.jsonl").read_text("utf-8").splitlines():
        truth = json.loads(line)
        roles = {turn["role"] for turn in truth["turns"]}
        if truth["layout"] == "stereo" and roles == {"agent", "customer"}:
            agent = truth["agent_channel"]
            said = tuple(
                tuple((t["start"], t["end"], t["role"]) for t in truth["turns"] if t["role"] == role)
                for role in ("agent", "customer")
            )
            channels = read_recording(SAMPLES / truth["file"]).channels
            script = yaml.safe_load((SAMPLES / "scripts" / truth["file"]).with_suffix(".yaml").read_text("utf-8"))
            voices = script["voices"]["agent"], script["voices"]["customer"]
            yield Call((channels[agent][:], channels[1 - agent][:]), (said[0], said[1]), voices)


def real_calls(folder: Path) -> Iterator[Call]:
    detector = SileroDetector(locate("silero-vad", Settings().cache_dir))
    for path in sorted(folder.glob("*.wav")):
        recording = read_recording(path)
        if len(recording.channels) == 2:
            said = tuple(
                tuple((one.start, one.end, str(at)) for one in find_speech(sound, voice_chances(sound, detector)))
                for at, sound in enumerate(recording.channels)
            )
            voices = f"{path.stem} 0", f"{path.stem} 1"
            yield Call([sound[:] for sound in recording.channels], (said[0], said[1]), voices)


def error_rate(said: Sequence[Said], found: Sequence[Said], seconds: float) -> dict[str, float]:
    """DER and its confusion, with the best pairing of people and voices."""
    true, guessed = (_frames(spans, seconds) for spans in (said, found))
    counted = np.ones(true.shape[1], dtype=bool)
    for start, end, _ in said:
        for edge in (start, end):
            counted[max(0, round((edge - COLLAR) / FRAME)) : round((edge + COLLAR) / FRAME)] = False
    true, guessed = true[:, counted], guessed[:, counted]
    together = true.astype(int) @ guessed.astype(int).T
    people, voices = linear_sum_assignment(-together)
    right = together[people, voices].sum()
    of, heard = true.sum(axis=0), guessed.sum(axis=0)
    whole = max(1, of.sum())
    both = np.minimum(of, heard).sum()
    return {"DER": (np.maximum(of, heard).sum() - right) / whole, "confusion": (both - right) / whole}


def _frames(spans: Sequence[Said], seconds: float) -> np.ndarray:
    names = sorted({who for _, _, who in spans}) or ["nobody"]
    frames = np.zeros((len(names), round(seconds / FRAME)), dtype=bool)
    for start, end, who in spans:
        frames[names.index(who), round(start / FRAME) : round(end / FRAME)] = True
    return frames


if __name__ == "__main__":
    main()
