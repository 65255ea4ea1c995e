"""What single utterances say about their speaker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calls import CallInfo, Direction
from scoring.speakers.cues import Evidence, heard_in, plain, told_by_direction, told_by_names

AGENT = [
    "Thanks for ringing Larkfield Gas, you're speaking with Odile.",
    "How may I help you this morning?",
    "May I take your postcode, please?",
    "Let me check that for you.",
    "I've booked you in for the ninth.",
    "Is there anything else I can do?",
    "I'm sorry to hear that, it must be tiring.",
    "I'll put you on a brief hold while I ask.",
]
CUSTOMER = [
    "I'm calling about my boiler, it stopped last night.",
    "I've got a problem with a charge I don't recognise.",
    "No, that's everything.",
    "My husband's parcel never came.",
    "We've been waiting since eight o'clock.",
    "Do I need to be at home for it?",
    "You too, bye.",
]
SYSTEM = [
    "For billing, press two.",
    "Your call is important to us.",
    "All of our advisers are currently busy.",
    "Please leave a message after the tone.",
    "Calls may be recorded for training purposes.",
    "The person you are trying to reach is not available right now.",
    "You are number four in the queue, please hold.",
    "Your call has been forwarded to voicemail.",
]


@pytest.mark.parametrize("text", AGENT)
def test_what_agents_say(text: str) -> None:
    found = heard_in(text)
    assert found.agent > max(found.customer, found.system) + 0.5


@pytest.mark.parametrize("text", CUSTOMER)
def test_what_customers_say(text: str) -> None:
    found = heard_in(text)
    assert found.customer > max(found.agent, found.system) + 0.5


@pytest.mark.parametrize("text", SYSTEM)
def test_what_recordings_say(text: str) -> None:
    found = heard_in(text)
    assert found.system > max(found.agent, found.customer) + 0.5


@pytest.mark.parametrize("text", [*AGENT, *CUSTOMER, *SYSTEM])
def test_case_and_marks_hardly_matter(text: str) -> None:
    """Some engines give neither; only the question mark carries meaning of its own."""
    bare = heard_in("".join(letter for letter in text.lower() if letter not in ",.!"))
    full = heard_in(text.upper())
    assert (bare.agent, bare.customer, bare.system) == (full.agent, full.customer, full.system)


@given(st.text(max_size=80))
def test_any_text_has_bounded_evidence(text: str) -> None:
    found = heard_in(text)
    assert all(-6.0 <= value <= 6.0 for value in (found.agent, found.customer, found.system))
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize("text", ["", " ", "...", "zyx", "[ORGANIZATION]"])
def test_nothing_said_is_hardly_evidence(text: str) -> None:
    found = heard_in(text)
    assert max(abs(found.agent), abs(found.customer)) < 1.0


def test_redacted_words_stand_for_words() -> None:
    assert plain("Hi, this is [PERSON_NAME] with [ORGANIZATION].") == "hi this is somebody with somebody"
    assert heard_in("This is [PERSON_NAME] with [ORGANIZATION].").agent > 1.0


def test_a_greeting_on_voicemail_differs_from_a_greeting() -> None:
    assert heard_in("Hi, you've reached Ola, I can't take your call.").system > 2.0
    assert heard_in("Hi, this is Ola.").system < 0.0


INFO = CallInfo(file="x", agent_name="Odile Marsh", customer_name="Petra Vance")


def test_names_of_the_manifest_tell_who_speaks() -> None:
    agent, customer = told_by_names("My name is Odile.", INFO), told_by_names("Hello, it's Petra here.", INFO)
    assert agent.agent > agent.customer
    assert customer.customer > customer.agent


@pytest.mark.parametrize("text", ["Thank you, Petra.", "Is Odile in today?", "My name is Grace."])
def test_names_of_others_tell_nothing(text: str) -> None:
    assert told_by_names(text, INFO) == Evidence()


def test_a_shared_name_tells_nothing() -> None:
    both = CallInfo(file="x", agent_name="Petra Lund", customer_name="Petra Vance")
    assert told_by_names("My name is Petra.", both) == Evidence()
    assert told_by_names("My name is Petra.", CallInfo(file="x")) == Evidence()


@pytest.mark.parametrize("name", ["C++", "(", "A.", "[x]"])
def test_odd_names_do_no_harm(name: str) -> None:
    assert told_by_names("My name is Petra.", CallInfo(file="x", agent_name=name)) == Evidence()


def test_who_is_calling_depends_on_who_called() -> None:
    text = "I'm calling about your service plan."
    assert told_by_direction(text, CallInfo(file="x", direction=Direction.OUTBOUND)).agent > 0
    assert told_by_direction(text, CallInfo(file="x", direction=Direction.INBOUND)) == Evidence()
    assert told_by_direction("Who is this?", CallInfo(file="x", direction=Direction.OUTBOUND)) == Evidence()


def test_evidence_adds_up() -> None:
    assert Evidence(1, 2, 3) + Evidence(0.5, -1, 0) == Evidence(1.5, 1, 3)


@pytest.mark.parametrize("text", ["Larkfield Tyres, Odile.", "Sales desk Odile"])
def test_who_answers_a_call_with_a_name_alone_bears_it(text: str) -> None:
    found = told_by_names(text, INFO)
    assert found.agent > 0 > found.customer


@pytest.mark.parametrize("text", ["Petra.", "Petra Lind.", "It's Petra Lind"])
def test_who_gives_only_the_customers_name_is_the_customer(text: str) -> None:
    found = told_by_names(text, INFO)
    assert found.customer > 0 > found.agent


@pytest.mark.parametrize("text", ["Thanks for that, Odile.", "Okay, bye Odile", "Petra?", "Thank you, Petra.", "Odile"])
def test_a_name_that_is_spoken_to_says_nothing(text: str) -> None:
    assert told_by_names(text, INFO) == Evidence()
