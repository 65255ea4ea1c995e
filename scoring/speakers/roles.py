"""Agent, customer or system: decided by what is said, over the whole call.

Where voices or channels are known, each is one person, and only recorded prompts are picked out utterance by utterance.
Where nothing is known, the roles are a hidden sequence: cues, and a question is mostly answered by the other party.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np

from scoring.calls import CallInfo, Direction, Role
from scoring.speakers.asking import asks
from scoring.speakers.chains import Scores, best_path, posteriors, softmax
from scoring.speakers.cues import Evidence, heard_in, told_by_direction, told_by_names

ROLES = (Role.AGENT, Role.CUSTOMER, Role.SYSTEM)
SURE = 0.7  # a person's role under this probability is not given

_MOST_PEOPLE = 8  # with more, the quietest stay unknown
_TRUST = 0.6  # cues of one call are not independent: their sum is taken down
_SAME_ROLE = -6.0  # nats: two voices of one recording are hardly ever both agents or both customers
_LEAVES_MESSAGE = 1.5  # nats: after a voicemail greeting it is the calling party who speaks
_SPEAKS_FIRST = 0.7  # nats: the agent speaks first, in 127 of 191 invented calls without a prompt

# a person's own line: recorded prompts come at its start or in one block
_PROMPT_START = np.log([0.85, 0.15])
_PROMPT_STEPS = np.log([[0.985, 0.015], [0.15, 0.85]])
_PROMPT_ENDS = np.log([[0.985, 0.015], [0.85, 0.15]])
_TONE = re.compile(
    r"\b(after|at) the (tone|beep|signal)\b|\brecord your message\b|\bleave (us )?(a|your) \w*\s?message\b"
)

# nobody known, utterances are sentences: who says the next, after a statement and after a question. People as counted
# in PriMock57 (57 spoken consultations, CC BY 4.0), prompts and starts in 344 invented calls of our own
_START = np.log([0.37, 0.19, 0.44])
_AFTER_STATEMENT = np.log([[0.755, 0.235, 0.01], [0.56, 0.43, 0.01], [0.30, 0.12, 0.58]])
_AFTER_QUESTION = np.log([[0.295, 0.695, 0.01], [0.615, 0.375, 0.01], [0.25, 0.26, 0.49]])
# utterances are whole turns, as in a chat: the next is mostly by the other party
_AFTER_TURN = np.log([[0.12, 0.86, 0.02], [0.86, 0.12, 0.02], [0.45, 0.20, 0.35]])
_SHORT_ANSWER = 3  # words
_ANSWER_TELLS = 0.3  # a short answer shows who was asked, which the steps know, and little of who speaks

# how much counts of a reader's word on a line, of the cues beside it, and, as it has seen the lines around, of who
# follows whom; the best of 64 ways on calls of our own that the reader never saw, disturbed as for its training
_READER_TELLS, _CUES_BESIDE_READER, _STEPS_BESIDE_READER = 1.5, 0.6, 0.25
_READ_LINE = 3.0  # nats: the most that the reader's word on one line says of a person
_WHOLE_TURNS = 1.5  # sentences an utterance from which utterances are taken for turns


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance: who said it ("" when that is not known), and its words."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A role with its probability, 0..1."""

    role: Role
    probability: float


def roles_by_person(
    lines: Sequence[Line], info: CallInfo, known: Mapping[str, Role] | None = None, read: Scores | None = None
) -> list[Judged]:
    """Give every person one role over the whole call, and recorded prompts their own.

    Args:
        lines: in the order they were said; each with a speaker.
        info: names and direction are used where they are known.
        known: roles that are certain, such as that of the agent's channel.
        read: what a reader of the whole says, (n, 3) log chances in the order of ROLES; None where there is none.
    """
    speakers = sorted({line.speaker for line in lines}, key=lambda name: (-_spoken(lines, name), name))
    prompts = prompt_chances(lines)
    people = _people(lines, speakers[:_MOST_PEOPLE], prompts, info, known or {}, read=read)
    unknown = Judged(Role.UNKNOWN, 0.0)
    judged = []
    for line, prompt in zip(lines, prompts, strict=True):
        if prompt > 0.5:
            judged.append(Judged(Role.SYSTEM, prompt))
        else:
            person = people.get(line.speaker, unknown)
            judged.append(Judged(person.role, person.probability * (1 - prompt)))
    return judged


def roles_by_turn(
    lines: Sequence[Line], info: CallInfo, fixed: Sequence[Role | None] = (), read: Scores | None = None
) -> list[Judged]:
    """Give every line a role where nobody is known by voice, channel or name.

    Args:
        lines: in the order they were said.
        info: names and direction are used where they are known.
        fixed: a role for each line that is certain, None where it is not; empty for none.
        read: what a reader of the whole says, (n, 3) log chances in the order of ROLES; None where there is none.
    """
    if not lines:
        return []
    seen = np.stack([_scores(line.text, info) for line in lines])
    for at, (before, after) in enumerate(pairwise(lines), start=1):
        if asks(before.text) and len(after.text.split()) <= _SHORT_ANSWER:
            seen[at] *= _ANSWER_TELLS
    if read is not None:
        seen = _CUES_BESIDE_READER * seen + _READER_TELLS * read
    for at, role in enumerate(fixed):
        if role in ROLES:
            seen[at] = np.where(np.arange(3) == ROLES.index(role), 0.0, -50.0)
    steps = _steps(lines) if read is None else _STEPS_BESIDE_READER * _steps(lines)
    chances, _ = posteriors(_START, steps, seen)
    path = best_path(_START, steps, seen)
    return [Judged(ROLES[state], float(chances[at, state])) for at, state in enumerate(path)]


def _steps(lines: Sequence[Line]) -> Scores:
    """Who follows whom: (n - 1, 3, 3)."""
    sentences = sum(max(1, len(re.findall(r"[.!?]+(?=\s|$)", line.text))) for line in lines)
    if sentences / len(lines) >= _WHOLE_TURNS:
        return np.tile(_AFTER_TURN, (len(lines) - 1, 1, 1))
    return np.array([_AFTER_QUESTION if asks(line.text) else _AFTER_STATEMENT for line in lines[:-1]]).reshape(-1, 3, 3)


def _scores(text: str, info: CallInfo) -> Scores:
    found = _evidence(text, info)
    return np.array([found.agent, found.customer, found.system])


def _evidence(text: str, info: CallInfo) -> Evidence:
    return heard_in(text) + told_by_names(text, info) + told_by_direction(text, info)


def prompt_chances(lines: Sequence[Line]) -> list[float]:
    """Probability of each line to be a recorded prompt rather than a person, whoever the person is."""
    chances = [0.0] * len(lines)
    for speaker in sorted({line.speaker for line in lines}):
        places = [at for at, line in enumerate(lines) if line.speaker == speaker]
        found = [heard_in(lines[at].text) for at in places]
        seen = np.array([[max(each.agent, each.customer), each.system] for each in found])
        steps = np.array([_PROMPT_ENDS if _asks_for_message(lines[at]) else _PROMPT_STEPS for at in places[:-1]])
        states, _ = posteriors(_PROMPT_START, steps.reshape(-1, 2, 2), seen)
        for at, chance in zip(places, states[:, 1], strict=True):
            chances[at] = float(chance)
    return chances


def _people(
    lines: Sequence[Line],
    speakers: Sequence[str],
    prompts: Sequence[float],
    info: CallInfo,
    known: Mapping[str, Role],
    *,
    read: Scores | None,
) -> dict[str, Judged]:
    """Weigh every way of giving roles to people, then ask for each person's."""
    agent = {name: _leaning(lines, name, prompts, info, read) for name in speakers}
    opener = next((line.speaker for line, prompt in zip(lines, prompts, strict=True) if prompt <= 0.5), "")
    if opener in agent:
        agent[opener] += _opening(lines, prompts, info)
    ways = [
        way
        for way in product((Role.AGENT, Role.CUSTOMER), repeat=len(speakers))
        if all(known.get(name, role) is role for name, role in zip(speakers, way, strict=True))
    ]
    scores = [
        sum(agent[name] / 2 * (1 if role is Role.AGENT else -1) for name, role in zip(speakers, way, strict=True))
        + (_SAME_ROLE if len(speakers) > 1 and len(set(way)) == 1 else 0.0)
        for way in ways
    ]
    chances = softmax(np.array(scores))
    return {name: _judge(name, speakers, ways, chances) for name in speakers}


def _opening(lines: Sequence[Line], prompts: Sequence[float], info: CallInfo) -> float:
    """What it says for the agent that a person speaks first, in nats."""
    called_by_agent = info.direction is Direction.OUTBOUND
    if any(prompt > 0.5 and _asks_for_message(line) for line, prompt in zip(lines, prompts, strict=True)):
        return _LEAVES_MESSAGE if called_by_agent else -_LEAVES_MESSAGE
    return -_SPEAKS_FIRST if called_by_agent else _SPEAKS_FIRST


def _asks_for_message(line: Line) -> bool:
    return _TONE.search(line.text.lower()) is not None


def _judge(name: str, speakers: Sequence[str], ways: Sequence[tuple[Role, ...]], chances: Scores) -> Judged:
    place = speakers.index(name)
    agent = float(sum(chance for way, chance in zip(ways, chances, strict=True) if way[place] is Role.AGENT))
    best = max(agent, 1 - agent)
    if best < SURE:
        return Judged(Role.UNKNOWN, best)
    return Judged(Role.AGENT if agent > 0.5 else Role.CUSTOMER, min(best, 1.0))


def _leaning(lines: Sequence[Line], name: str, prompts: Sequence[float], info: CallInfo, read: Scores | None) -> float:
    """How much a person's words over the whole call speak for the agent rather than the customer, in nats."""
    total = 0.0
    for at, (line, prompt) in enumerate(zip(lines, prompts, strict=True)):
        if line.speaker == name:
            found = _evidence(line.text, info)
            heard = 0.0 if read is None else float(np.clip(read[at, 0] - read[at, 1], -_READ_LINE, _READ_LINE))
            total += (found.agent - found.customer + heard) * (1 - prompt)
    return _TRUST * total


def _spoken(lines: Sequence[Line], name: str) -> int:
    return sum(len(line.text) for line in lines if line.speaker == name)
