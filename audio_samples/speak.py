"""Make the sample calls out of `scripts/*.yaml`: recordings, manifest.csv and truth.jsonl.

pip install 'callscore[samples]'
python audio_samples/speak.py                 # everything; utterances spoken before are kept in the cache
python audio_samples/speak.py 01 14           # only the calls whose names begin so
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import mixing
import numpy as np
import voices
import yaml

from scoring.calls import CallInfo
from scoring.settings import user_cache

HERE = Path(__file__).parent
ROLES = ("agent", "customer", "system")
LEAD_IN = 0.5  # seconds of line before the first sound
TAIL = 0.8  # seconds of line after the last
PAUSE = (0.25, 0.75)  # seconds between turns where the script names none
SWAY = 1.0  # dB by which the level of an utterance differs from its speaker's
MUSIC_UNDER_VOICE = -12.0  # dB


@dataclass(frozen=True, slots=True)
class Sound:
    """Something heard: an utterance, a tone or music, placed on the clock of the recording."""

    kind: str  # "speech", "tone", "music", "silence"
    role: str
    text: str
    start: float  # seconds
    samples: mixing.Samples  # at 8 kHz

    @property
    def end(self) -> float:
        """Seconds from the start of the recording."""
        return self.start + len(self.samples) / mixing.RATE


def dice_for(name: str) -> np.random.Generator:
    """Return the random numbers of one call: the same on every run."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big"))


def begin_of(turn: dict[str, Any], before: Sound | None, pause: float) -> float:
    """Return when a turn begins: inside the sound before it (`under`), or after a gap that may be negative."""
    if before is None:
        return float(turn.get("gap", LEAD_IN))
    if "under" in turn:
        return before.start + float(turn["under"]) * (before.end - before.start)
    return max(0.0, before.end + float(turn.get("gap", pause)))


def sound_of(turn: dict[str, Any], script: dict[str, Any], speaker: voices.Speaker, sway: float) -> Sound:
    """Return what one line of a script sounds like, not yet on the clock."""
    role = next((role for role in ROLES if role in turn), "")
    if role:
        text, phonemes = turn.get("say", turn[role]), turn.get("phonemes", "")
        spoken = speaker.say(text, script["voices"][role], float(turn.get("pace", 1.0)), phonemes)
        line = mixing.telephone(spoken, voices.RATE)
        return Sound("speech", role, turn[role], 0.0, mixing.at_level(line, script["level"][role] + sway))
    side = turn.get("from", "system")
    if "silence" in turn:
        return Sound("silence", side, "", 0.0, np.zeros(round(turn["silence"] * mixing.RATE), dtype=np.float32))
    kind = "music" if "music" in turn else "tone"
    made = mixing.music(float(turn["music"])) if kind == "music" else mixing.tone(turn["tone"])
    return Sound(kind, side, turn.get("tone", ""), 0.0, mixing.at_level(made, script["level"].get(side, -24) - 4))


def timeline(script: dict[str, Any], speaker: voices.Speaker) -> list[Sound]:
    """Put every line of a script on the clock, in the order of the script."""
    dice, placed, before = dice_for(script["file"]), [], None
    for turn in script["turns"]:
        sound = sound_of(turn, script, speaker, float(dice.uniform(-SWAY, SWAY)))
        start = begin_of(turn, before, float(dice.uniform(*PAUSE)))
        sound = Sound(sound.kind, sound.role, sound.text, round(start, 3), sound.samples)
        placed.append(sound)
        if "under" not in turn:
            before = sound
    return placed


def channel_of(role: str, script: dict[str, Any]) -> int:
    """Return the channel a role is recorded on; prompts and music come from the agent's side of the line."""
    if script["layout"] == "mono":
        return 0
    agent = int(script["agent_channel"])
    return 1 - agent if role == "customer" else agent


def duration_of(sounds: Sequence[Sound], script: dict[str, Any]) -> float:
    """Return the length of the recording in seconds."""
    return round(max(sound.end for sound in sounds) + float(script.get("tail", TAIL)), 3)


def mix(sounds: Sequence[Sound], script: dict[str, Any]) -> list[mixing.Samples]:
    """Return the recording's channels at 8 kHz, with line noise."""
    dice, count = dice_for(script["file"] + " noise"), round(duration_of(sounds, script) * mixing.RATE)
    lines = {}
    for role in ("agent", "customer"):  # one line of wire for each party, joined last
        lines[role] = mixing.line_noise(count, script["noise"][role], dice)
        for sound in sounds:
            if (sound.role == "customer") == (role == "customer"):
                begin = round(sound.start * mixing.RATE)
                samples = _ducked(sound, sounds)[: count - begin]
                lines[role][begin : begin + len(samples)] += samples
    if script["layout"] == "mono":
        return [mixing.companded(lines["agent"] + lines["customer"])]
    ordered = sorted(lines, key=lambda role: channel_of(role, script))
    return [mixing.companded(lines[role]) for role in ordered]


def _ducked(sound: Sound, sounds: Sequence[Sound]) -> mixing.Samples:
    """Lower the music while a recorded voice speaks over it."""
    if sound.kind != "music":
        return sound.samples
    envelope = np.ones(len(sound.samples), dtype=np.float32)
    for voice in sounds:
        if voice.kind == "speech" and voice.start < sound.end and voice.end > sound.start:
            first, last = (round((t - sound.start) * mixing.RATE) for t in (voice.start - 0.2, voice.end + 0.2))
            envelope[max(0, first) : last] = mixing.gain(MUSIC_UNDER_VOICE)
    return sound.samples * envelope


def truth_of(script: dict[str, Any], sounds: Sequence[Sound]) -> dict[str, Any]:
    """Return the line of truth.jsonl: who really spoke when, and a careful reader's judgement from the script."""
    told = sorted(sounds, key=lambda sound: (sound.start, sound.end))
    return {
        "file": script["file"],
        "duration": duration_of(sounds, script),
        "layout": script["layout"],
        "agent_channel": script.get("agent_channel"),
        "type": script["type"],
        "direction": script["direction"],
        **({"language": script["language"]} if "language" in script else {}),
        "turns": [
            {"role": s.role, "start": s.start, "end": round(s.end, 3), "text": s.text}
            for s in told
            if s.kind == "speech"
        ],
        "sounds": [
            {"kind": s.text or s.kind, "start": s.start, "end": round(s.end, 3)} for s in told if s.kind != "speech"
        ],
        "criteria": script["criteria"],
        "items": script["items"],
    }


def write_lists(scripts: Sequence[dict[str, Any]], truths: Sequence[dict[str, Any]]) -> None:
    """Write manifest.csv and truth.jsonl, one line a call."""
    columns = [field.name for field in fields(CallInfo)]
    with (HERE / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows({"file": script["file"], **script["manifest"]} for script in scripts)
    lines = [json.dumps(truth, ensure_ascii=False) for truth in truths]
    (HERE / "truth.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def load_scripts() -> Iterator[dict[str, Any]]:
    """Yield every script, in the order of the files' names."""
    for path in sorted((HERE / "scripts").glob("*.yaml")):
        yield yaml.safe_load(path.read_text("utf-8"))


def main() -> None:
    """Speak and mix the calls asked for, then write the lists of all."""
    parser = argparse.ArgumentParser(description="Make the sample calls.")
    parser.add_argument("only", nargs="*", help="the beginnings of the calls to mix again; all when none is given")
    default = os.environ.get("CALLSCORE_CACHE_DIR") or user_cache()
    parser.add_argument("--cache", type=Path, default=Path(default), help="where weights and utterances are kept")
    given = parser.parse_args()
    cache = (given.cache / "samples").resolve()
    cache.mkdir(parents=True, exist_ok=True)
    speaker, scripts, truths = voices.Speaker(cache), list(load_scripts()), []
    for script in scripts:
        sounds = timeline(script, speaker)
        truths.append(truth_of(script, sounds))
        if not given.only or script["file"].startswith(tuple(given.only)):
            mixing.write(mix(sounds, script), script["codec"], HERE / script["file"])
            print(f"{script['file']:34} {truths[-1]['duration']:6.1f} s")
    write_lists(scripts, truths)


if __name__ == "__main__":
    main()
