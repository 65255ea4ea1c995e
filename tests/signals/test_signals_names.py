"""Names: who gives one, who is called by one, and which words are none. All people are made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import bare, found, hits, talk, worded

from scoring.calls import Medium, Role, Transcript, Turn
from scoring.signals import Company
from scoring.signals.names import NOT_NAMES, TITLES, match

OPENING = ("A: Hello, this is Dana, how can I help?", "C: Hi, my name is Maria Keller, I lost my card.")
ADDRESSED = [
    "Thank you, Maria.",
    "Okay Maria, one moment.",
    "Hi Maria!",
    "Ms. Keller, could you hold?",
    "I can do that for you, Maria.",
    "Alright, Ms Keller, it is blocked.",
    "Maria, can you hear me?",
    "Have a great day, Maria!",
    "Sorry about that, Maria.",
    "Thanks so much Ms. Keller for waiting.",
]
NOT_ADDRESSED = [
    "Is that Maria with an M?",
    "And your last name Keller, correct?",
    "I have Maria Keller here, is that right?",
    "So the name is Maria Keller.",
    "Keller, K E L L E R?",
    "Maria.",
    "The account of Maria Keller is closed.",
    "Your Maria is a lovely cat.",
    "Thank you, ma'am.",
    "Okay sir, one moment.",
    "Thanks for that.",
    "Maria's card was blocked.",
]


@pytest.mark.parametrize("text", ADDRESSED)
def test_the_customer_is_addressed_by_name(text: str) -> None:
    assert hits(found(talk(*OPENING, f"A: {text}")), "name_used")


@pytest.mark.parametrize("text", NOT_ADDRESSED)
def test_a_name_read_back_or_spoken_of_is_no_address(text: str) -> None:
    assert not hits(found(talk(*OPENING, f"A: {text}")), "name_used")


@pytest.mark.parametrize(
    "text", ["Thank you, Maria.", "Okay Maria, one moment.", "Hi Maria!", "Have a great day, Maria!"]
)
def test_an_address_is_found_without_case_and_punctuation(text: str) -> None:
    lines = [f"{line[:2]} {bare(line[3:])}" for line in (*OPENING, f"A: {text}")]
    assert hits(found(talk(*lines)), "name_used")


def test_the_agents_own_name_is_no_address_unless_the_customer_bears_it_too() -> None:
    lines = ("A: Hello, this is Dana.", "C: Hi, I need help.", "A: Sure, this is Dana again, Dana from billing.")
    assert not hits(found(talk(*lines)), "name_used")
    same = talk("A: My name is Dana.", "C: Oh, my name is Dana as well.", "A: Thank you, Dana.")
    (hit,) = hits(found(same), "name_used")
    assert hit.turn == 2


def test_an_agent_introducing_herself_with_the_customers_name_does_not_address() -> None:
    transcript = talk("A: Good morning, my name is Maria, how can I help?", "C: Hi, I'm Maria Keller.", "A: Okay.")
    detection = found(transcript, agent="Maria Lund", customer="Maria Keller")
    assert not hits(detection, "name_used")
    assert hits(detection, "greet_name")


def test_a_brand_with_a_title_is_no_customer() -> None:
    lines = ("A: Thank you for calling Mr. Gutter, this is Dana.", "C: Hi.", "A: Mr. Gutter is open till five.")
    detection = found(talk(*lines), company=Company("Mr. Gutter"))
    assert not hits(detection, "name_used")
    assert hits(detection, "greet_company")


def test_the_name_may_come_from_the_manifest_alone() -> None:
    transcript = talk("A: Hello Mr. Okafor, this is Dana.", "C: Hello.")
    detection = found(transcript, customer="Chidi Okafor")
    assert hits(detection, "name_used")
    known = detection.signals.fact("name_known")
    assert known is not None
    assert known.value == "yes"


def test_nobody_gives_a_name() -> None:
    known = found(talk("A: hello", "C: what time do you close")).signals.fact("name_known")
    assert known is not None
    assert known.value == "no"


@pytest.mark.parametrize(
    ("written", "heard"),
    [("Catherine", "Kathryn"), ("Stephen", "Steven"), ("Philip", "Phillip"), ("Patricia", "Patrisha")],
)
def test_a_misheard_name_leaves_a_doubt(written: str, heard: str) -> None:
    detection = found(talk("A: hello", "C: hi", f"A: Thank you, {heard}."), customer=written)
    (hit,) = hits(detection, "name_used")
    assert heard in hit.doubt
    assert written in hit.doubt
    right = hits(found(talk("A: hello", "C: hi", f"A: Thank you, {written}."), customer=written), "name_used")
    assert hit.probability < right[0].probability
    assert right[0].doubt == ""


def test_a_badly_heard_name_leaves_a_doubt() -> None:
    def call(confidence: float) -> Transcript:
        said = worded("A", ("thank", 5.0, 5.3, 0.9), ("you", 5.3, 5.5, 0.9), ("maria", 5.5, 6.0, confidence))
        return Transcript((*talk(*OPENING).turns, said))

    assert [hit.doubt for hit in hits(found(call(0.95)), "name_used")] == [""]
    (hit,) = hits(found(call(0.2)), "name_used")
    assert "not heard clearly" in hit.doubt
    assert (hit.start, hit.end) == (5.5, 6.0)


def test_redaction_tags_are_names() -> None:
    transcript = talk(
        "A: Thank you for calling [ORGANIZATION], this is [PERSON_NAME].",
        "C: Hi, my name is [PERSON_NAME].",
        "A: Thank you, [PERSON_NAME]. What happened?",
        "C: It broke.",
        "A: I have [PERSON_NAME], [PERSON_NAME], is that right?",
    )
    detection = found(transcript)
    assert [hit.turn for hit in hits(detection, "name_used")] == [2]
    assert [hit.turn for hit in hits(detection, "greet_name")] == [0]
    assert [hit.turn for hit in hits(detection, "greet_company")] == [0]


@pytest.mark.parametrize(
    "text",
    [
        "This is Dana.",
        "my name is dana how can i help",
        "Dana speaking.",
        "you're speaking with Dana",
        "I'm Dana, your adviser.",
    ],
)
def test_the_agent_gives_a_name(text: str) -> None:
    assert hits(found(talk(f"A: {text}", "C: Hello.")), "greet_name")


@pytest.mark.parametrize(
    "text",
    [
        "This is the service desk.",
        "I'm sorry about that.",
        "am I speaking with Dana?",
        "this is a recorded line",
        "It is raining.",
        "Is this Maria?",
        "may i speak to Maria please",
    ],
)
def test_the_agent_gives_no_name(text: str) -> None:
    assert not hits(found(talk(f"A: {text}", "C: Hello.")), "greet_name")


def test_the_agents_name_is_known_from_the_manifest() -> None:
    bare_opening = talk("A: Northgate, Olu, how can I help?", "C: Hi.")
    assert hits(found(bare_opening, agent="Olu Ade"), "greet_name")
    misheard = hits(found(talk("A: This is Jeffrey.", "C: Hi."), agent="Geoffrey"), "greet_name")
    assert [bool(hit.doubt) for hit in misheard] == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for calling Blue Harbor, how can I help?",
        "thanks for calling blue harbor this is dana",
        "This is Dana with Blue Harbor.",
        "Blue Harbor Dental, Dana speaking.",
        "Hello, customer service, this is Dana.",
        "Welcome to Blue Harbor!",
        "I'm calling from Blue Harbor.",
    ],
)
def test_the_company_is_named(text: str) -> None:
    assert hits(found(talk(f"A: {text}", "C: Hello.")), "greet_company")
    assert hits(
        found(talk(f"A: {text}", "C: Hello."), company=Company("Blue Harbor", ("customer service",))), "greet_company"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Thank you for calling back.",
        "thanks for calling today",
        "Hello, this is Dana.",
        "Thank you for calling us.",
        "good morning how can i help",
    ],
)
def test_no_company_is_named(text: str) -> None:
    assert not hits(found(talk(f"A: {text}", "C: Hello.")), "greet_company")


def test_another_company_than_ours_is_doubtful() -> None:
    ours = Company("Blue Harbor")
    near = hits(found(talk("A: thank you for calling blue harbour", "C: hi"), company=ours), "greet_company")
    far = hits(found(talk("A: thank you for calling quick tacos", "C: hi"), company=ours), "greet_company")
    assert [bool(hit.doubt) for hit in near + far] == [True, True]


def test_a_written_reply_greets_by_name_and_is_signed() -> None:
    transcript = talk(
        "C: Nothing works!",
        "A: Dear Ms. Keller, thank you for your message. Please try again. Kind regards, Julia, Customer Care",
        medium=Medium.EMAIL,
    )
    detection = found(transcript, customer="Maria Keller")
    for behaviour in ("greet_by_name", "name_used", "sign_off", "sign_off_department", "try_again", "thanks_request"):
        assert [hit.turn for hit in hits(detection, behaviour)] == [1], behaviour
    spoken = found(Transcript(transcript.turns), customer="Maria Keller")
    assert not hits(spoken, "sign_off")
    assert not hits(spoken, "greet_by_name")


def test_a_chat_name_is_the_customers() -> None:
    turns = (Turn(talk("C: hi").turns[0].role, "my app is broken", speaker="Amara"), *talk("A: Hello Amara!").turns)
    detection = found(Transcript(turns, Medium.CHAT))
    assert hits(detection, "name_used")
    nameless = (Turn(turns[0].role, "my app is broken", speaker="Customer 1"), *talk("A: Hello customer!").turns)
    assert not hits(found(Transcript(nameless, Medium.CHAT)), "name_used")


NAMES = ["Amara", "Li", "Fatima", "Olga", "Jose", "Priya", "Kwame", "Ingrid", "Tariq", "Hannah", "Yuki", "Mateo"]


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(ADDRESSED[:3] + ADDRESSED[6:8]))
def test_one_first_name_is_as_good_as_another(one: str, two: str, text: str) -> None:
    def shown(name: str) -> list[tuple[str, int, float]]:
        lines = (OPENING[0], OPENING[1].replace("Maria", name), f"A: {text.replace('Maria', name)}")
        signals = found(talk(*lines)).signals
        return [
            (h.behaviour, h.turn, h.probability) for h in signals.hits if h.behaviour in ("name_used", "greet_name")
        ]

    assert shown(one) == shown(two)


@given(st.text("abcdefgh", min_size=1, max_size=8))
def test_a_name_matches_itself_without_doubt(name: str) -> None:
    heard = match(name, [name])
    assert heard is not None
    assert heard.doubt == ""


@pytest.mark.parametrize(
    ("word", "name"), [("marie", "mark"), ("anna", "hannah"), ("thanks", "hanks"), ("marias", "maria"), ("jo", "joe")]
)
def test_other_words_are_not_taken_for_a_name(word: str, name: str) -> None:
    assert match(word, [name]) is None


def test_titles_and_greetings_are_no_names() -> None:
    assert {"thanks", "sorry", "today", "sir"} <= NOT_NAMES | TITLES
    assert not {"maria", "will", "grace"} & TITLES


UNGIVEN = [
    "Hey {}.",
    "Thanks {}, bye now.",
    "All right, {}. Four thirty on Friday.",
    "Okay, {}, go ahead.",
    "Oh no, sorry {}.",
]
FROM_ALL_OVER = ["Deshawn", "Kwame", "Minh", "Siobhan", "Ignacio", "Agnieszka", "Ngozi", "Mehmet", "Rahul", "Fatima"]


@pytest.mark.parametrize("name", FROM_ALL_OVER)
def test_a_name_read_off_the_screen_is_an_address_wherever_it_comes_from(name: str) -> None:
    for text in UNGIVEN:
        line = text.format(name)
        assert hits(found(talk("A: Bluebird Windows.", "C: Hi, it broke.", f"A: {line}")), "name_used"), line
        assert hits(found(talk("A: bluebird windows", "C: hi it broke", f"A: {bare(line)}")), "name_used"), line


@pytest.mark.parametrize(
    "text",
    [
        "Yeah, Deshawn does the estimates.",
        "I have Priscilla from billing here.",
        "Minh dot pham at mailhop.",
        "Thanks a lot, sure.",
        "Oh, there's nothing to pay.",
        "okay grace period is over",
        "thanks will do",
        "all right may I ask why",
        "Okay, Hope Street, got it.",
    ],
)
def test_a_name_that_nobody_gave_needs_the_place_of_an_address(text: str) -> None:
    assert not hits(found(talk("A: Bluebird Windows.", "C: Hi, it broke.", f"A: {text}")), "name_used")


def test_the_agent_naming_himself_before_anybody_spoke_addresses_nobody() -> None:
    assert not hits(found(talk("A: Bluebird Windows, Curtis.", "C: Hi, it broke.", "A: Okay.")), "name_used")


def test_a_customer_called_by_another_name_is_not_called_by_name() -> None:
    assert not hits(found(talk(*OPENING, "A: Thank you, Deshawn.")), "name_used", least=0.01)
    told = talk("A: Hello, this is Dana.", "C: Hi.", "A: Thank you, Deshawn.")
    assert not hits(found(told, customer="Maria Keller"), "name_used", least=0.01)


def test_a_name_beside_one_that_may_be_none_leaves_a_doubt() -> None:
    lines = ("A: Can I have your name?", "C: Boatwright.", "A: Thank you, Deshawn.")
    (hit,) = hits(found(talk(*lines)), "name_used")
    assert "Deshawn" in hit.doubt


def test_a_name_said_alone_is_the_customers() -> None:
    lines = ("A: Redfern Broadband.", "C: I want to move my line. Laura Jenkins. Flat three.", "A: Okay.")
    known = found(talk(*lines)).signals.fact("name_known")
    assert known is not None
    assert known.value == "yes"
    said = found(talk("A: Redfern Broadband.", "C: Perfect. Will do. Mark it. April.", "A: Okay.")).signals
    nobody = said.fact("name_known")
    assert nobody is not None
    assert nobody.value == "no"


def test_a_letter_for_the_party_is_no_name() -> None:
    turns = (Turn(Role.AGENT, "Hello.", speaker="A"), Turn(Role.CUSTOMER, "Hi.", speaker="C"))
    more = Turn(Role.AGENT, "Okay, C. That is C as in Charlie.", speaker="A")
    assert not hits(found(Transcript((*turns, more))), "name_used")


def test_an_answer_without_capitals_is_a_name_only_where_it_could_be_one() -> None:
    asked = ("A: can i have your name", "C: i was driving and ran over nails by the mall", "A: okay mall")
    assert not hits(found(talk(*asked)), "name_used", least=0.01)
    assert hits(found(talk(asked[0], "C: uh kwame boatwright please", "A: thank you kwame")), "name_used")
