"""From words on channels to a transcript that says who spoke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from scoring.calls import CallInfo, Role, Transcript, Turn, Word
from scoring.speakers.diarize import diarize
from scoring.speakers.roles import ROLES, Judged, Line, prompt_chances, roles_by_person, roles_by_turn
from scoring.speakers.turns import Utterance, by_voice, in_order, join, utterances
from scoring.vocabulary import UNDERSTOOD

if TYPE_CHECKING:
    from scoring.audio import Recording
    from scoring.reader import ConversationReader
    from scoring.speakers.voices import VoiceModels

_CONTRADICTS = 0.95  # probability from which the words are said to contradict the manifest


def build_transcript(
    recording: Recording,
    words: Sequence[Sequence[Word]],
    info: CallInfo,
    voices: VoiceModels | None,
    notes: Sequence[str] = (),
    *,
    reader: ConversationReader | None = None,
    language: str = "",
) -> Transcript:
    """Put the words of a recording into turns, each with a role and how sure that is.

    Args:
        recording: its channels are listened to only when one of them holds both parties.
        words: the words of each channel of `recording`.
        info: the agent's channel, names and direction are used where they are known.
        voices: tells voices apart on one channel; None leaves it to the words alone, and says so.
        notes: what is already to be known; new notes are added.
        reader: reads the whole conversation to tell who is who, where it knows the language; None leaves it to cues.
        language: what was spoken, see `Transcript`.
    """
    if len(words) != len(recording.channels):
        raise ValueError(f"{len(words)} lists of words for {len(recording.channels)} channels")
    said, more = _two_channels(recording, words) if len(words) == 2 else _one_channel(recording, words[0], voices)
    known = _known_roles(recording, info, {one.speaker for one in said})
    lines = [Line(one.speaker, one.text) for one in said]
    named = all(line.speaker for line in lines)
    settled = named and {line.speaker for line in lines} <= set(known)
    read = _read(lines, reader) if not settled and language in UNDERSTOOD else None
    judged = roles_by_person(lines, info, known, read) if named else roles_by_turn(lines, info, read=read)
    turns = join(said, judged)
    found = (*notes, *more, *_doubts(lines, info, known), *_unsure(turns))
    return Transcript(turns, duration=recording.duration, notes=found, language=language)


def assign_roles(transcript: Transcript, info: CallInfo, reader: ConversationReader | None = None) -> Transcript:
    """Give roles by the text alone to turns that have none; roles that are there stay.

    Turns that name two speakers or more are judged speaker by speaker over the whole conversation, others one by one.
    """
    turns = transcript.turns
    if all(turn.role is not Role.UNKNOWN for turn in turns):
        return transcript
    lines = [Line(turn.speaker or "", turn.text) for turn in turns]
    read = _read(lines, reader) if transcript.language in UNDERSTOOD else None
    if all(line.speaker for line in lines) and len({line.speaker for line in lines}) > 1:
        judged = roles_by_person(lines, info, _roles_there(turns), read)
    else:
        judged = roles_by_turn(lines, info, [turn.role if turn.role in ROLES else None for turn in turns], read)
    given = tuple(_with_role(turn, role) for turn, role in zip(turns, judged, strict=True))
    return replace(transcript, turns=given, notes=(*transcript.notes, *_unsure(given)))


def _read(lines: Sequence[Line], reader: ConversationReader | None) -> NDArray[np.float64] | None:
    """What the reader says of each line's role."""
    return reader.read([line.text for line in lines]).roles.astype(np.float64) if reader and lines else None


def _two_channels(recording: Recording, words: Sequence[Sequence[Word]]) -> tuple[list[Utterance], list[str]]:
    said: list[Utterance] = []
    for number, spoken in zip(recording.channel_numbers, words, strict=True):
        said += utterances(spoken, f"ch{number}", number)
    return in_order(said), []


def _one_channel(
    recording: Recording, words: Sequence[Word], voices: VoiceModels | None
) -> tuple[list[Utterance], list[str]]:
    number = recording.channel_numbers[0]
    alone = utterances(words, "", number)
    if not alone:
        return [], []
    if voices is None:
        return alone, ["who spoke was judged by the words alone: no voices were told apart"]
    found = diarize(recording.channels[0], voices, not_people=_prompt_spans(alone))
    said: list[Utterance] = []
    for at, spoken in enumerate(by_voice(words, found), start=1):
        said += utterances(spoken, f"speaker{at}", number)
    return in_order(said), ["only one voice was found"] if found.count <= 1 else []


def _prompt_spans(said: Sequence[Utterance]) -> list[tuple[float, float]]:
    chances = prompt_chances([Line("", one.text) for one in said])
    return [(one.start, one.end) for one, chance in zip(said, chances, strict=True) if chance > 0.5]


def _known_roles(recording: Recording, info: CallInfo, speakers: set[str]) -> dict[str, Role]:
    """Roles that follow from the agent's channel in the manifest; none where it does not fit the recording."""
    channel = info.agent_channel
    if channel is None or recording.source_channels < 2 or channel >= recording.source_channels:
        return {}
    if len(recording.channel_numbers) == 2 and channel in recording.channel_numbers:
        return {
            f"ch{number}": Role.AGENT if number == channel else Role.CUSTOMER for number in recording.channel_numbers
        }
    if recording.layout == "dead_channel" and len(speakers) == 1:
        return dict.fromkeys(speakers, Role.AGENT if recording.channel_numbers[0] == channel else Role.CUSTOMER)
    return {}


def _roles_there(turns: Sequence[Turn]) -> dict[str, Role]:
    """The role of each speaker some of whose turns have one."""
    people = (Role.AGENT, Role.CUSTOMER)
    return {turn.speaker: turn.role for turn in turns if turn.speaker and turn.role in people}


def _with_role(turn: Turn, judged: Judged) -> Turn:
    if turn.role is not Role.UNKNOWN:
        return turn
    return replace(turn, role=judged.role, role_confidence=round(judged.probability, 4))


def _doubts(lines: Sequence[Line], info: CallInfo, known: Mapping[str, Role]) -> list[str]:
    """A note when the words say the opposite of the manifest."""
    if not known:
        return []
    said = {line.speaker: each for line, each in zip(lines, roles_by_person(lines, info), strict=True)}
    against = [
        name
        for name, role in sorted(known.items())
        if name in said and said[name].role in known.values() and said[name].role is not role
        and said[name].probability >= _CONTRADICTS
    ]  # fmt: skip
    return ["the manifest's agent_channel is used, but the words sound the other way round"] if against else []


def _unsure(turns: Sequence[Turn]) -> list[str]:
    unknown = sum(turn.role is Role.UNKNOWN for turn in turns)
    return [f"who is the agent is not sure: {unknown} of {len(turns)} turns have no role"] if unknown else []
