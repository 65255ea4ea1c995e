"""From words on channels to a transcript with roles."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest
from speaking import SILENCE, HarmonicVoices, recording, said, speech

from scoring.audio import ChannelLayout
from scoring.calls import CallInfo, Role, Transcript, Turn, Word
from scoring.speakers import assign_roles, build_transcript, fingerprint

INFO = CallInfo(file="call.wav")
AGENT_WORDS = [
    *said("Larkfield Gas, Odile speaking. How can I help?", 0.5),
    *said("I'm sorry to hear that. Can I take your postcode?", 8.0),
    *said("Thank you. Is there anything else I can do?", 15.0),
]
CUSTOMER_WORDS = [
    *said("Hello, my boiler stopped and I don't have hot water.", 4.0),
    *said("It's LB four two.", 12.5),
    *said("No, that's everything.", 19.0),
]


def spoken_by(transcript: Transcript, role: Role) -> list[Word]:
    return [word for turn in transcript.turns if turn.role is role for word in turn.words]


def test_two_channels_are_told_by_their_words() -> None:
    found = build_transcript(recording(SILENCE, SILENCE), [AGENT_WORDS, CUSTOMER_WORDS], INFO, None)
    assert spoken_by(found, Role.AGENT) == AGENT_WORDS
    assert spoken_by(found, Role.CUSTOMER) == CUSTOMER_WORDS
    assert [turn.role for turn in found.turns] == [Role.AGENT, Role.CUSTOMER] * 3
    assert {turn.channel for turn in found.turns if turn.role is Role.AGENT} == {0}
    assert found.duration == 40.0
    assert found.notes == ()


def test_the_agent_may_be_on_the_right() -> None:
    found = build_transcript(recording(SILENCE, SILENCE), [CUSTOMER_WORDS, AGENT_WORDS], INFO, None)
    assert spoken_by(found, Role.AGENT) == AGENT_WORDS
    assert {turn.speaker for turn in found.turns if turn.role is Role.AGENT} == {"ch1"}


def test_the_manifest_decides_and_a_contradiction_is_said() -> None:
    right = build_transcript(
        recording(SILENCE, SILENCE), [AGENT_WORDS, CUSTOMER_WORDS], replace(INFO, agent_channel=0), None
    )
    wrong = build_transcript(
        recording(SILENCE, SILENCE), [AGENT_WORDS, CUSTOMER_WORDS], replace(INFO, agent_channel=1), None
    )
    assert spoken_by(right, Role.AGENT) == AGENT_WORDS
    assert right.notes == ()
    assert spoken_by(wrong, Role.CUSTOMER) == AGENT_WORDS
    assert any("agent_channel" in note for note in wrong.notes)


def test_the_manifest_speaks_of_the_files_channels() -> None:
    file = recording(SILENCE, SILENCE, numbers=(1, 3), source=4)
    few = [said("Blue.", 1.0), said("Green.", 3.0)]
    found = build_transcript(file, few, replace(INFO, agent_channel=1), None)
    assert [(turn.channel, turn.role) for turn in found.turns] == [(1, Role.AGENT), (3, Role.CUSTOMER)]
    other = build_transcript(file, few, replace(INFO, agent_channel=0), None)
    assert {turn.role for turn in other.turns} == {Role.UNKNOWN}


def test_channels_that_tell_nothing_have_no_role_and_a_note() -> None:
    found = build_transcript(recording(SILENCE, SILENCE), [said("Blue.", 1.0), said("Green.", 3.0)], INFO, None)
    assert {turn.role for turn in found.turns} == {Role.UNKNOWN}
    assert all(turn.role_confidence is not None and turn.role_confidence < 0.7 for turn in found.turns)
    assert any("not sure" in note for note in found.notes)


def test_an_agent_channel_means_nothing_on_mono() -> None:
    found = build_transcript(recording(SILENCE), [AGENT_WORDS], replace(INFO, agent_channel=1), HarmonicVoices())
    assert {turn.role for turn in found.turns} == {Role.AGENT}


def test_one_live_channel_is_the_party_the_manifest_says() -> None:
    half = recording(SILENCE, numbers=(1,), layout=ChannelLayout.DEAD_CHANNEL, source=2)
    few = [said("Blue. Green.", 1.0)]
    for channel, role in ((1, Role.AGENT), (0, Role.CUSTOMER)):
        found = build_transcript(half, few, replace(INFO, agent_channel=channel), HarmonicVoices())
        assert {turn.role for turn in found.turns} == {role}


def mono() -> tuple[list[Word], list[tuple[int, float, float]]]:
    parts = [AGENT_WORDS[:8], CUSTOMER_WORDS[:10], AGENT_WORDS[8:18], CUSTOMER_WORDS[10:14], AGENT_WORDS[18:]]
    voices = [1, 0, 1, 0, 1]
    plan = [(voice, part[0].start, part[-1].end) for voice, part in zip(voices, parts, strict=True)]
    plan.append((0, CUSTOMER_WORDS[14].start, CUSTOMER_WORDS[-1].end))
    return sorted([*AGENT_WORDS, *CUSTOMER_WORDS], key=lambda word: word.start), plan


def test_two_parties_on_one_channel_are_told_apart() -> None:
    words, plan = mono()
    found = build_transcript(recording(speech(plan, 22)), [words], INFO, HarmonicVoices())
    assert spoken_by(found, Role.AGENT) == AGENT_WORDS
    assert spoken_by(found, Role.CUSTOMER) == CUSTOMER_WORDS
    assert {turn.speaker for turn in found.turns if turn.role is Role.AGENT} == {"speaker1"}
    assert all(turn.role_confidence is not None and turn.role_confidence > 0.9 for turn in found.turns)


def test_without_models_the_words_alone_decide_and_it_is_said() -> None:
    words, _ = mono()
    found = build_transcript(recording(SILENCE), [words], INFO, None)
    right = sum(word in AGENT_WORDS for word in spoken_by(found, Role.AGENT))
    right += sum(word in CUSTOMER_WORDS for word in spoken_by(found, Role.CUSTOMER))
    assert right >= 0.8 * len(words)
    assert any("words alone" in note for note in found.notes)


def test_a_monologue_is_one_speaker() -> None:
    words = said("My boiler stopped and I don't know what to do. It's freezing. Please ring my number.", 0.5)
    found = build_transcript(recording(speech([(0, 0.4, 7.0)], 8)), [words], INFO, HarmonicVoices())
    assert {turn.speaker for turn in found.turns} == {"speaker1"}
    assert {turn.role for turn in found.turns} == {Role.CUSTOMER}
    assert any("one voice" in note for note in found.notes)


@pytest.mark.parametrize("channels", [1, 2])
def test_nobody_speaks(channels: int) -> None:
    found = build_transcript(recording(*[SILENCE] * channels), [[]] * channels, INFO, HarmonicVoices(), ["quiet"])
    assert found == Transcript((), duration=40.0, notes=("quiet",))


def test_words_must_match_the_channels() -> None:
    with pytest.raises(ValueError, match="2 channels"):
        build_transcript(recording(SILENCE, SILENCE), [[]], INFO, None)


def test_the_same_words_give_the_same_transcript() -> None:
    words, plan = mono()
    one, two = (build_transcript(recording(speech(plan, 22)), [words], INFO, HarmonicVoices()) for _ in range(2))
    assert one.content_hash == two.content_hash


def written(*parts: tuple[str | None, str, Role]) -> Transcript:
    return Transcript(tuple(Turn(role, text, speaker=speaker) for speaker, text, role in parts))


def test_named_speakers_of_a_text_get_one_role_each() -> None:
    unknown = Role.UNKNOWN
    found = assign_roles(
        written(
            ("Speaker 2", "Hi, my parcel never came.", unknown),
            ("Speaker 1", "I'm sorry about that. Can I have your order number?", unknown),
            ("Speaker 2", "Seven.", unknown),
            ("Speaker 1", "Seven.", unknown),
        ),
        INFO,
    )
    assert [turn.role for turn in found.turns] == [Role.CUSTOMER, Role.AGENT] * 2


def test_roles_that_are_there_stay() -> None:
    known = written(("x", "Is there anything else?", Role.CUSTOMER), ("y", "My boiler broke.", Role.AGENT))
    assert assign_roles(known, INFO) is known
    partly = assign_roles(
        written((None, "Green.", Role.SYSTEM), (None, "Is it large?", Role.CUSTOMER), (None, "Yes.", Role.UNKNOWN)),
        INFO,
    )
    assert [turn.role for turn in partly.turns] == [Role.SYSTEM, Role.CUSTOMER, Role.AGENT]
    assert partly.turns[0].role_confidence is None


def test_one_known_turn_settles_its_speaker() -> None:
    found = assign_roles(
        written(("x", "Blue.", Role.AGENT), ("y", "Green.", Role.UNKNOWN), ("x", "Red.", Role.UNKNOWN)), INFO
    )
    assert [turn.role for turn in found.turns] == [Role.AGENT, Role.CUSTOMER, Role.AGENT]


def test_an_empty_text_stays_empty() -> None:
    assert assign_roles(Transcript(()), INFO) == Transcript(())


def test_importing_the_room_is_light() -> None:
    code = "import sys, scoring.speakers; sys.exit(any(name in sys.modules for name in ('torch', 'whisper')))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_the_fingerprint_needs_no_weights(tmp_path: os.PathLike[str]) -> None:
    from pathlib import Path

    assert fingerprint(Path(tmp_path)) == fingerprint(Path("/nowhere"))
    assert len(fingerprint(Path(tmp_path))) == 64
