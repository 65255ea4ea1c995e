"""Plain transcripts and chats: who speaks, when, and where a turn ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.calls import Medium, Role, Transcript
from scoring.errors import TextError
from scoring.texts.labels import role_of
from scoring.texts.plain import looks_spoken, read_plain

WORD = st.text(st.characters(categories=("Ll", "Lo")), min_size=1, max_size=8)
SENTENCE = st.lists(WORD, min_size=1, max_size=6).map(" ".join)


def said(text: str) -> list[tuple[str | None, str]]:
    return [(turn.speaker, turn.text) for turn in read_plain(text).turns]


def starts(text: str) -> list[float | None]:
    return [turn.start for turn in read_plain(text).turns]


def roles(read: Transcript) -> list[Role]:
    return [turn.role for turn in read.turns]


# --- who


@pytest.mark.parametrize(
    "label",
    ["Agent", "AGENT", "Agent 2", "Mira (Agent)", "Agent Mira", "Agent (Mira Holt)", "Rep", "Representative", "CSR",
     "Support", "Customer Service", "customer support agent", "Customer Care", "Advisor", "Adviser", "Operator",
     "Agent_1", "Call centre", "Help desk", "Support Team", "Specialist"],
)  # fmt: skip
def test_labels_of_agents(label: str) -> None:
    assert role_of(label) is Role.AGENT


@pytest.mark.parametrize(
    "label", ["Customer", "CLIENT", "Caller 1", "user", "Visitor", "Ola (customer)", "Guest", "CUSTOMER_2"]
)
def test_labels_of_customers(label: str) -> None:
    assert role_of(label) is Role.CUSTOMER


@pytest.mark.parametrize(
    "label",
    ["System", "IVR", "Chatbot", "Bot", "Virtual Agent", "Voicemail", "Automated message", "Customer service bot"],
)
def test_labels_of_machines(label: str) -> None:
    assert role_of(label) is Role.SYSTEM


@pytest.mark.parametrize(
    "label",
    ["Mira Holt", "Speaker 1", "", "  ", "SPEAKER_00", "Customer ID", "Agent name", "Customer number", "Reagent",
     "Robot", "Customerly", "the agent who called me up yesterday", "Unsupported", "A", "Q"],
)  # fmt: skip
def test_labels_that_say_no_role(label: str) -> None:
    assert role_of(label) is Role.UNKNOWN


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["Agent", "Customer", "IVR"]), SENTENCE), min_size=1, max_size=8))
def test_turns_with_roles_come_back(turns: list[tuple[str, str]]) -> None:
    assert said("\n".join(f"{who}: {words}" for who, words in turns)) == turns


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Mira Holt", "ola_v"]), st.lists(SENTENCE, min_size=1, max_size=3)), min_size=4
    ),
)
def test_turns_of_several_lines_come_back_on_one(turns: list[tuple[str, list[str]]]) -> None:
    for name in ("Mira Holt", "ola_v"):
        if sum(who == name for who, _ in turns) < 2:
            turns = [*turns, (name, ["yes"]), (name, ["no"])]
    text = "\n\n".join(f"{who}: " + "\n".join(lines) for who, lines in turns)
    assert said(text) == [(who, " ".join(lines)) for who, lines in turns]


def test_a_colon_in_running_words_names_nobody() -> None:
    text = (
        "Agent: I have two things: a lamp and a cable.\nAddress: 12 Long Road\nso the total is: twelve\n"
        "Customer: Right.\nhttps://example.org/a: is that it?\nCustomer ID: 17\n"
    )
    assert said(text) == [
        ("Agent", "I have two things: a lamp and a cable. Address: 12 Long Road so the total is: twelve"),
        ("Customer", "Right. https://example.org/a: is that it? Customer ID: 17"),
    ]


def test_names_that_stand_once_are_speakers_when_nobody_else_is() -> None:
    assert said("Mira: Hi\nOla: hello\nthat is all.") == [("Mira", "Hi"), ("Ola", "hello that is all.")]
    assert said("Agent: Hi\nOla: hello") == [("Agent", "Hi"), ("Ola", "hello")]


def test_names_stay_with_their_role_unknown() -> None:
    read = read_plain("Mira: Hi\nOla: hello\nMira: so\nOla: yes")
    assert set(roles(read)) == {Role.UNKNOWN}


def test_marks_of_lists_and_bold_letters_are_no_words() -> None:
    assert said("**Agent:** Hello\n- **Customer**: hi\n* Agent: so\n> Customer: yes") == [
        ("Agent", "Hello"),
        ("Customer", "hi"),
        ("Agent", "so"),
        ("Customer", "yes"),
    ]


def test_lines_before_the_first_turn_are_kept_as_notes() -> None:
    read = read_plain("Call of the week\nDate: 2024-05-31\n\nAgent: Hello\nCustomer: hi")
    assert read.notes == ("Call of the week", "Date: 2024-05-31")
    assert len(read.turns) == 2


def test_a_label_alone_takes_the_lines_below() -> None:
    assert said("Agent:\nHello\nthere\nCustomer:\nhi\nAgent:\n") == [("Agent", "Hello there"), ("Customer", "hi")]


def test_text_without_speakers_is_one_clear_line() -> None:
    with pytest.raises(TextError, match="no line begins with a speaker"):
        read_plain("A letter to nobody.\nNothing more.\n")


# --- when


@pytest.mark.parametrize(
    "line",
    ["[01:15] Agent: hi", "(1:15) Agent: hi", "1:15 Agent: hi", "00:01:15 Agent: hi", "[00:01:15.000] Agent: hi",
     "01:15 - Agent: hi", "Agent [01:15]: hi", "Agent (1:15): hi", "Agent: [01:15] hi", "( 1m 15s ) Agent: hi",
     "[ 1:15 ] Agent: hi", "**[1:15] Agent:** hi", "[00:01:15,000] Agent: hi"],
)  # fmt: skip
def test_times_in_their_many_places(line: str) -> None:
    read = read_plain(f"[00:00] Customer: hello\n{line}\n")
    assert [(turn.speaker, turn.text, turn.start) for turn in read.turns] == [
        ("Customer", "hello", 0.0),
        ("Agent", "hi", 75.0),
    ]
    assert read.medium is Medium.CALL


@pytest.mark.parametrize("dash", [" - ", "-", " – ", " --> ", " to "])
def test_a_time_may_have_an_end(dash: str) -> None:
    read = read_plain(f"[00:12{dash}00:15.5] Agent: hi\n[00:15{dash}00:16] Customer: yes\n")
    assert [(turn.start, turn.end) for turn in read.turns] == [(12.0, 15.5), (15.0, 16.0)]


def test_speakers_as_headings_with_times() -> None:
    text = "Mira Holt  0:03\nThank you.\n\nSpeaker 2  0:07\nHi: there\nwe open at 10:30\n\nMira Holt\t0:09\nBye\n"
    read = read_plain(text)
    assert [(turn.speaker, turn.start, turn.text) for turn in read.turns] == [
        ("Mira Holt", 3.0, "Thank you."),
        ("Speaker 2", 7.0, "Hi: there we open at 10:30"),
        ("Mira Holt", 9.0, "Bye"),
    ]


def test_times_in_running_words_are_words() -> None:
    assert said("Agent: so\n10:30 is fine\n25:99 too\nCustomer: 12:15 it is") == [
        ("Agent", "so 10:30 is fine 25:99 too"),
        ("Customer", "12:15 it is"),
    ]
    assert starts("Agent: so\n10:30 is fine\nCustomer: 12:15 it is") == [None, None]


def test_turns_without_times_stay_where_they_stand() -> None:
    assert starts("[00:09] Agent: a\nCustomer: b\n[00:03] Agent: c") == [9.0, None, 3.0]
    assert starts("[00:09] Agent: a\n[00:03] Agent: c") == [3.0, 9.0]


def test_a_recording_cut_from_the_day_begins_at_nought() -> None:
    assert starts("[14:05:10] Agent: a\n[14:05:22] Customer: b") == [0.0, 12.0]
    assert starts("[23:59:50] Agent: a\n[00:00:05] Customer: b") == [0.0, 15.0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Agent: a\n[00:75] Customer: b", "line 2: '00:75' has more than 59"),
        ("\n\n[00:09 - 00:03] Agent: a", "line 3: it ends at 3 s, before it begins at 9 s"),
        ("2024-05-31 25:00:00 Agent: a", "line 1: '25:00:00' is not a time of day"),
    ],
)
def test_wrong_times_beside_a_speaker_name_their_line(text: str, says: str) -> None:
    with pytest.raises(TextError) as caught:
        read_plain(text)
    assert says in str(caught.value)
    assert looks_spoken(text)


# --- chats


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2024-05-31 10:02:33 Mira:", "2024-05-31 10:03:00 Ola:", [0.0, 27.0]),
        ("2024-05-31T23:59:33 Mira:", "2024-06-01T00:00:03 Ola:", [0.0, 30.0]),
        ("2024-05-31 10:02 - Mira:", "2024-06-02 10:02 - Ola:", [0.0, 172_800.0]),
        ("[31/05/2024, 10:02:33] Mira:", "[31/05/2024, 10:03:00] Ola:", [0.0, 27.0]),
        ("31.05.24, 10:02 - Mira:", "31.05.24, 10:05 - Ola:", [0.0, 180.0]),
        ("[31/05/2024, 10:02:33] Mira:", "[01/06/2024, 10:03:00] Ola:", [None, None]),
        ("[5/31/24, 11:59:30 AM] Mira:", "[5/31/24, 12:00:00 PM] Ola:", [0.0, 30.0]),
        ("10:02:33 am Mira:", "10:03:00 am Ola:", [0.0, 27.0]),
        ("11:59 PM Mira:", "12:01 AM Ola:", [0.0, 120.0]),
        ("[10:02 p.m.] Mira:", "[10:03 p.m.] Ola:", [0.0, 60.0]),
        ("10:02 Visitor:", "10:04 Agent:", [0.0, 120.0]),
        ("00:02 Visitor:", "01:04 Agent:", [2.0, 64.0]),
        ("( 2s ) Visitor:", "( 1h 1m 4s ) Agent:", [2.0, 3664.0]),
    ],
)
def test_times_of_day_count_from_the_first(first: str, second: str, expected: list[float | None]) -> None:
    read = read_plain(f"{first} hello\n{second} hi\n")
    assert [turn.text for turn in read.turns] == ["hello", "hi"]
    assert [turn.start for turn in read.turns] == expected
    assert read.medium is Medium.CHAT


def test_dates_that_run_backwards_give_no_times() -> None:
    assert starts("2024-05-31 10:02 Mira: a\n2024-05-30 10:02 Ola: b") == [None, None]


CHAT = """Chat Started: Friday, 31 May 2024, 14:05
Chat Origin: shop page
Agent Mira D
( 12s ) Mira: Hello, I am Mira.
( 1m 20s ) Visitor: my lamp is broken
the switch
( 2m 0s ) Mira: I left the conversation with the maker open for you.
Ola Vance has left the chat.
"""


def test_what_a_chat_program_writes_is_the_systems() -> None:
    read = read_plain(CHAT)
    assert read.medium is Medium.CHAT
    assert [(turn.role, turn.text) for turn in read.turns] == [
        (Role.SYSTEM, "Chat Started: Friday, 31 May 2024, 14:05"),
        (Role.SYSTEM, "Chat Origin: shop page"),
        (Role.UNKNOWN, "Hello, I am Mira."),
        (Role.CUSTOMER, "my lamp is broken\nthe switch"),
        (Role.UNKNOWN, "I left the conversation with the maker open for you."),
        (Role.SYSTEM, "Ola Vance has left the chat."),
    ]
    assert read.notes == ("Agent Mira D",)


def test_lines_of_a_chat_message_stay_lines_and_those_of_a_call_do_not() -> None:
    assert said("Medium: chat\nAgent: a\nb\nCustomer: c")[0] == ("Agent", "a\nb")
    assert said("Agent: a\nb\nCustomer: c")[0] == ("Agent", "a b")


@pytest.mark.parametrize("medium", list(Medium))
def test_the_first_line_may_say_what_it_is(medium: Medium) -> None:
    read = read_plain(f"\nMedium: {medium.value.title()}\nAgent: a\nCustomer: b")
    assert read.medium is medium
    assert read.notes == ()


def test_an_unknown_medium_is_one_clear_line() -> None:
    with pytest.raises(TextError, match="no such medium 'smoke'; there are call, chat, email"):
        read_plain("medium: smoke\nAgent: a")


def test_the_lines_are_counted_from_the_top_of_the_file() -> None:
    with pytest.raises(TextError, match="line 4"):
        read_plain("\nMedium: chat\nAgent: a\n[00:75] Agent: b")


def test_invisible_marks_of_chat_programs_are_no_words() -> None:
    text = "\u200e[31/05/2024, 10:02:11] Mira: \u200eHello\u202c\n[31/05/2024, 10:02:15] Ola: hi\ufeff"
    assert said(text) == [("Mira", "Hello"), ("Ola", "hi")]


def test_somebody_who_says_that_he_left_a_chat_is_no_program() -> None:
    read = read_plain("Agent: and then?\nI left the chat\nCustomer: oh")
    assert read.medium is Medium.CALL
    assert roles(read) == [Role.AGENT, Role.CUSTOMER]
