"""How fast calls are judged: whole calls without speech recognition, and from stored signals after a rubric change.

    python benchmarks/judging.py [--processes 2] [--calls 200]

Judges the invented calls of the reader's training, as the product does: roles known (a stereo call) and from the words
alone (a text without names). One thread in each process. Prints calls a second, all processes together.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from statistics import median

import torch

from scoring.calls import Call, CallInfo, Medium, Role, Transcript, Turn
from scoring.judge import judge_call
from scoring.reader import ConversationReader, load_reader
from scoring.reader.examples import read_calls
from scoring.rubric import load_rubric
from scoring.settings import load_settings
from scoring.signals import Company, detect
from scoring.signals.types import Signals
from scoring.speakers import assign_roles

ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--calls", type=int, default=200)
    options = parser.parse_args()
    calls = made_calls(options.calls)
    turns = sum(len(call.transcript.turns) for call in calls)
    words = sum(len(turn.text.split()) for call in calls for turn in call.transcript.turns)
    print(f"{len(calls)} calls, {turns / len(calls):.0f} turns and {words / len(calls):.0f} words each")
    parts = [calls[at :: options.processes] for at in range(options.processes)]
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(warm_up, parts))
        for title, known in (("roles known", True), ("roles from the words", False)):
            rates = [rate(pool, parts, known=known) for _ in range(ROUNDS)]
            print(f"judged whole, {title}: {median(rates):.1f} calls/s ({', '.join(f'{one:.1f}' for one in rates)})")
        rates = [len(calls) / max(pool.map(judge_again, parts)) for _ in range(ROUNDS)]
        print(f"judged again from signals: {median(rates):.0f} calls/s ({', '.join(f'{one:.0f}' for one in rates)})")
    print(f"{options.processes} processes of one thread; {platform.machine()}, torch {torch.__version__}")


def made_calls(count: int) -> list[Call]:
    examples = [call for call in read_calls() if call.facts["type"] == "normal"]
    chosen = [examples[at % len(examples)] for at in range(count)]
    return [
        Call(one.name, CallInfo(one.name), Medium.CALL, Transcript(tuple(Turn(s.role, s.text) for s in one.sentences)))
        for one in chosen
    ]


@cache
def reader() -> ConversationReader:
    torch.set_num_threads(1)
    return load_reader(load_settings().cache_dir)


def warm_up(calls: Sequence[Call]) -> None:
    whole(calls[:2], known=False)


def rate(pool: ProcessPoolExecutor, parts: Sequence[Sequence[Call]], *, known: bool) -> float:
    began = time.perf_counter()
    list(pool.map(whole, parts, [known] * len(parts)))
    return sum(len(part) for part in parts) / (time.perf_counter() - began)


def whole(calls: Sequence[Call], known: bool) -> list[Signals]:
    rubric, made = load_rubric("core"), []
    for call in calls:
        turns = call.transcript.turns if known else tuple(Turn(Role.UNKNOWN, one.text) for one in call.transcript.turns)
        told = assign_roles(Transcript(turns), call.info, reader())
        signals = detect(told, call.info, Company(), reader()).signals
        judge_call(Call(call.id, call.info, call.medium, told), signals, rubric, models=())
        made.append(signals)
    return made


def judge_again(calls: Sequence[Call]) -> float:
    """Seconds for all of them, signals made before the clock starts."""
    rubric = load_rubric("service_standard")
    signals = whole(calls[:20], known=True)
    pairs = [(call, signals[at % 20]) for at, call in enumerate(calls[:20] * -(-len(calls) // 20))][: len(calls)]
    began = time.perf_counter()
    for call, found in pairs:
        judge_call(call, found, rubric, models=())
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
