"""What a reader says of each line, joined with cues, people and what is certain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calls import CallInfo, Role, Transcript, Turn
from scoring.reader import Reading
from scoring.speakers import assign_roles
from scoring.speakers.roles import ROLES, Line, Scores, roles_by_person, roles_by_turn

INFO = CallInfo(file="x")
PLAIN = ("The blue one is over there.", "It was there before.", "Then it moved.", "That may be.")


def read(*said: Role, sure: float = 0.99) -> Scores:
    """Log chances of a reader that is `sure` of each role."""
    rest = (1 - sure) / 2
    return np.log([[sure if role is said_by else rest for role in ROLES] for said_by in said])


class Reader:
    """Says of any conversation what it was told, and remembers what it was asked."""

    fingerprint = "told"

    def __init__(self, *said: Role) -> None:
        self.said = said
        self.asked: list[Sequence[str]] = []

    def read(self, texts: Sequence[str], roles: Sequence[Role] | None = None) -> Reading:
        self.asked.append(texts)
        return Reading(read(*self.said).astype(np.float32), (), np.zeros((len(texts), 384), dtype=np.float32))


def lines(*texts: str, speakers: str = "") -> list[Line]:
    names = speakers or " " * len(texts)
    return [Line(name.strip(), text) for name, text in zip(names, texts, strict=True)]


@given(st.lists(st.sampled_from([Role.AGENT, Role.CUSTOMER]), min_size=4, max_size=4))
def test_where_words_say_nothing_the_reader_decides(said: list[Role]) -> None:
    found = roles_by_turn(lines(*PLAIN), INFO, (), read(*said, sure=0.9999))
    assert [each.role for each in found] == said


def test_a_reader_that_knows_nothing_changes_no_plain_call() -> None:
    texts = (
        "Thanks for calling Larkfield Gas, can I help?",
        "Hi, I have no heat.",
        "Let me check that for you.",
    )
    even = np.full((3, 3), np.log(1 / 3))
    expected = [Role.AGENT, Role.CUSTOMER, Role.AGENT]
    assert [each.role for each in roles_by_turn(lines(*texts), INFO)] == expected
    assert [each.role for each in roles_by_turn(lines(*texts), INFO, (), even)] == expected


def test_what_is_certain_stays_whatever_the_reader_says() -> None:
    fixed = [Role.AGENT, None, None, Role.CUSTOMER]
    found = roles_by_turn(lines(*PLAIN), INFO, fixed, read(*[Role.CUSTOMER] * 3, Role.AGENT))
    assert (found[0].role, found[3].role) == (Role.AGENT, Role.CUSTOMER)


def test_the_surer_the_reader_the_surer_the_role() -> None:
    said = (Role.AGENT, Role.CUSTOMER, Role.AGENT, Role.CUSTOMER)
    sure, unsure = (roles_by_turn(lines(*PLAIN), INFO, (), read(*said, sure=each)) for each in (0.999, 0.6))
    assert all(a.probability > b.probability for a, b in zip(sure, unsure, strict=True))


@pytest.mark.parametrize("agent", ["a", "b"])
def test_a_persons_lines_are_heard_together(agent: str) -> None:
    said = [Role.AGENT if name == agent else Role.CUSTOMER for name in "abab"]
    said[2] = Role.CUSTOMER if said[2] is Role.AGENT else Role.AGENT  # one line is read wrongly
    heard = np.vstack([read(*said), read(said[0], said[1])])
    found = roles_by_person(lines(*PLAIN, "Yes indeed.", "So it is.", speakers="ababab"), INFO, None, heard)
    assert {each.role for each, name in zip(found, "ababab", strict=True) if name == agent} == {Role.AGENT}


def test_one_line_never_outweighs_all_cues() -> None:
    texts = (
        "Thanks for calling, may I help you?",
        "My boiler stopped.",
        "Is there anything else?",
        "No.",
    )
    wrong = read(Role.CUSTOMER, Role.AGENT, Role.AGENT, Role.CUSTOMER, sure=1 - 1e-9)
    found = roles_by_person(lines(*texts, speakers="abab"), INFO, None, wrong)
    assert [each.role for each in found] == [Role.AGENT, Role.CUSTOMER, Role.AGENT, Role.CUSTOMER]


def test_a_transcript_without_roles_is_read_once_and_one_with_roles_never() -> None:
    bare = Transcript(tuple(Turn(Role.UNKNOWN, text) for text in PLAIN))
    reader = Reader(Role.AGENT, Role.CUSTOMER, Role.AGENT, Role.CUSTOMER)
    told = assign_roles(bare, INFO, reader)
    assert [turn.role for turn in told.turns] == list(reader.said)
    assert reader.asked == [list(PLAIN)]
    assert assign_roles(told, INFO, reader) is told
    assert len(reader.asked) == 1
    assert assign_roles(Transcript(()), INFO, reader).turns == ()
