"""How many spoken names are heard, with and without telling the engine who is on the line; and is a name ever invented?

    python benchmarks/names.py [--engine whisper] [--model base]

Sixty people, agents and customers by turns, are spoken by the voices of the sample calls over a telephone line (once:
what was spoken is kept in the cache; `pip install 'callscore[samples]'`). A name is heard exactly when its letters
stand in the transcript, and by its sound when a word has its metaphone code. Then the sample calls are heard with the
names of people who are not in them: every such name in a transcript is invented.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import jellyfish
import numpy as np
import torch
from scipy.signal import resample_poly

from scoring.audio import read_recording
from scoring.calls import CallInfo
from scoring.settings import Settings, TranscribeSettings, user_cache
from scoring.transcribe import SpeechEngine, load_engine, name_prompt

SAMPLES = Path(__file__).parents[1] / "audio_samples"
sys.path.insert(0, str(SAMPLES))
import mixing  # noqa: E402 — the voices of the sample calls live beside them
import voices  # noqa: E402

COMPANY = "Bluebird Parcels"
NAMES = """Amina Yusuf, Robert Hughes, Priya Raman, Chen Wei, Siobhan Murphy, Jamal Washington, Olga Petrova, Diego
Herrera, Fatima Hassan, Liam Gallagher, Yuki Tanaka, Nia Okafor, Björn Lindqvist, Grace Thompson, Mateo Rossi,
Aisha Khan, Dmitri Volkov, Hannah Schmidt, Kwame Mensah, Leila Ahmadi, Patrick O'Neill, Sakura Ito, Tyrone
Jackson, Ingrid Hansen, Ravi Patel, Chloe Dubois, Omar Farouk, Megan Foster, Santiago Morales, Ngozi Eze, Andrew
Campbell, Mei Ling, Tomasz Nowak, Zainab Ali, Walter Becker, Camila Souza, Declan Byrne, Anjali Gupta, Hiroshi
Sato, Latoya Brown, Pavel Novak, Esther Cohen, Marcus Reed, Thandiwe Dlamini, Sofia Papadopoulos, Ahmed Mansour,
Emily Clarke, Kofi Asante, Giulia Ferrari, Nathan Price, Soo Jin, Isabel Navarro, Viktor Horvath, Rosa Delgado,
Abdul Rahman, Linda Meyer, Kenji Mori, Farah Siddiqui, Oliver Stone, Tatiana Ivanova"""
AGENTS = ("af_heart", "am_michael", "bf_emma", "bm_george")
CUSTOMERS = ("am_fenrir", "af_nicole", "bm_lewis", "bf_isabella")


@dataclass
class Count:
    """Names heard, of `spoken`."""

    spoken: int = 0
    exact: int = 0
    by_sound: int = 0

    def look(self, name: str, text: str) -> None:
        """Look for a name's words in a text, also where one was written as two."""
        said = words(text)
        codes = {jellyfish.metaphone(word) for word in (*said, *(one + other for one, other in pairwise(said)))}
        for part in words(name):
            self.spoken += 1
            self.exact += part in said
            self.by_sound += part in said or jellyfish.metaphone(part) in codes

    def __str__(self) -> str:
        shares = (100 * part / max(1, self.spoken) for part in (self.exact, self.by_sound))
        return "{:.0f} % exactly, {:.0f} % by their sound".format(*shares) + f", of {self.spoken}"


def words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z]+", plain.lower().replace("'", ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="whisper")
    parser.add_argument("--model", default="base")
    options = parser.parse_args()
    torch.set_num_threads(1)
    wanted = TranscribeSettings.model_validate({"engine": options.engine, "model": options.model})
    engine = load_engine(Settings(transcribe=wanted))
    people = [" ".join(name.split()) for name in NAMES.split(",")]
    for told in (False, True):
        agents, customers = Count(), Count()
        for agent, customer, channels in calls(people):
            info = CallInfo("x", agent_name=agent, customer_name=customer)
            texts = engine.transcribe(channels, name_prompt(info, COMPANY) if told else "")
            said = [" ".join(word.text for word in text.words) for text in texts]
            agents.look(agent, said[0])
            customers.look(customer, said[1])
        kind = "told who is on the line" if told else "told nothing"
        print(f"{kind}: agents {agents}; customers {customers}", flush=True)
    print(
        "invented in the sample calls: {} of {} names told, {:.0f} minutes of channels".format(
            *invented(engine, people)
        )
    )


def calls(people: list[str]) -> Iterator[tuple[str, str, list[np.ndarray]]]:
    """A greeting and an answer for each: the agent's first name, the customer's whole name."""
    speaker = voices.Speaker(user_cache() / "voices")
    speaker.cache.mkdir(parents=True, exist_ok=True)
    for at, customer in enumerate(people):
        agent = people[(at + len(people) // 2) % len(people)].split()[0]
        lines = (
            (f"Thank you for calling {COMPANY}, my name is {agent}. How can I help you?", AGENTS[at % 4]),
            (
                f"Hello, this is {customer}. I am waiting for a parcel that should have come on Tuesday.",
                CUSTOMERS[at % 4],
            ),
        )
        spoken = [mixing.at_level(mixing.telephone(speaker.say(*line), voices.RATE), -22) for line in lines]
        wide = [resample_poly(sound, 2, 1).astype(np.float32) for sound in spoken]
        greeting, answer = (len(sound) for sound in wide)
        pause = np.zeros(8_000, dtype=np.float32)
        channels = [
            np.concatenate([pause, wide[0], np.zeros(answer, np.float32), pause]),
            np.concatenate([pause, np.zeros(greeting, np.float32), wide[1], pause]),
        ]
        hiss = np.random.default_rng(at)
        yield agent, customer, [sound + hiss.normal(0, 0.001, len(sound)).astype(np.float32) for sound in channels]


def invented(engine: SpeechEngine, people: list[str]) -> tuple[int, int, float]:
    """Names heard though nobody said them, names told, and minutes listened to."""
    found, told, seconds = 0, 0, 0.0
    for at, line in enumerate((SAMPLES / "truth.jsonl").read_text("utf-8").splitlines()):
        call = json.loads(line)
        true = set(words(" ".join(turn["text"] for turn in call["turns"])))
        agent, customer = people[2 * at % len(people)].split()[0], people[(2 * at + 1) % len(people)]
        channels = read_recording(SAMPLES / call["file"], longest_hours=1).channels
        texts = engine.transcribe(
            channels, name_prompt(CallInfo("x", agent_name=agent, customer_name=customer), COMPANY)
        )
        names = set(words(f"{agent} {customer}")) - true
        found += sum(word in names for text in texts for said in text.words for word in words(said.text))
        told += len(names)
        seconds += sum(len(channel) for channel in channels) / 16_000
    return found, told, seconds / 60


if __name__ == "__main__":
    main()
