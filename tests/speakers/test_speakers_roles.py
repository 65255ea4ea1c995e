"""Roles from words: right on plain calls, unsure where nothing tells, the same whatever the speakers are called."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scoring.calls import CallInfo, Direction, Role
from scoring.speakers.roles import SURE, Judged, Line, prompt_chances, roles_by_person, roles_by_turn

INFO = CallInfo(file="x")
OUTBOUND = CallInfo(file="x", direction=Direction.OUTBOUND)
CALL = [
    ("a", "Good afternoon, Larkfield Gas, Odile speaking."),
    ("a", "How may I help you?"),
    ("c", "Hi, I'm calling about my boiler."),
    ("c", "It stopped in the night and it's freezing in here."),
    ("a", "Oh dear, I'm sorry to hear that."),
    ("a", "Can I take your postcode?"),
    ("c", "It's LB four two."),
    ("a", "Let me check who is near you."),
    ("a", "I've booked you in for this evening."),
    ("c", "That's great."),
    ("a", "Is there anything else I can help with?"),
    ("c", "No, that's everything."),
    ("a", "Thanks for calling, have a good day."),
    ("c", "You too."),
]
QUEUE = [
    ("a", "Thank you for calling Larkfield Gas."),
    ("a", "Calls may be recorded for training."),
    ("a", "For repairs, press one."),
]
ROLE = {"a": Role.AGENT, "c": Role.CUSTOMER}


def lines(*parts: tuple[str, str]) -> list[Line]:
    return [Line(speaker, text) for speaker, text in parts]


def roles(judged: list[Judged]) -> list[Role]:
    return [each.role for each in judged]


def right_roles(*parts: tuple[str, str]) -> list[Role]:
    return [ROLE[speaker] for speaker, _ in parts]


def test_a_plain_call_is_plain() -> None:
    found = roles_by_person(lines(*CALL), INFO)
    assert roles(found) == right_roles(*CALL)
    assert min(each.probability for each in found) > 0.95


def test_swapping_the_speakers_swaps_the_roles() -> None:
    swapped = [("c" if speaker == "a" else "a", text) for speaker, text in CALL]
    assert roles_by_person(lines(*swapped), INFO) == roles_by_person(lines(*CALL), INFO)


@given(st.permutations(["ch0", "ch1", "zz", ""]))
def test_what_speakers_are_called_says_nothing(names: list[str]) -> None:
    named = {"a": names[0], "c": names[1]}
    renamed = [(named[speaker], text) for speaker, text in CALL]
    assert roles(roles_by_person(lines(*renamed), INFO)) == right_roles(*CALL)


def test_the_customer_may_speak_first() -> None:
    late = [("c", "Hello? I've been on hold for an hour."), *CALL[4:]]
    assert roles(roles_by_person(lines(*late), INFO)) == right_roles(*late)


def test_where_nothing_tells_the_role_is_unknown() -> None:
    chatter = lines(("a", "Tuesday."), ("b", "Tuesday it is."), ("a", "Blue."), ("b", "Green."))
    found = roles_by_person(chatter, INFO)
    assert set(roles(found)) == {Role.UNKNOWN}
    assert all(each.probability < SURE for each in found)


def test_a_known_role_decides_the_other() -> None:
    chatter = lines(("a", "Tuesday."), ("b", "Tuesday it is."))
    found = roles_by_person(chatter, INFO, {"b": Role.AGENT})
    assert roles(found) == [Role.CUSTOMER, Role.AGENT]


def test_a_known_role_is_stronger_than_all_words() -> None:
    found = roles_by_person(lines(*CALL), INFO, {"c": Role.AGENT, "a": Role.CUSTOMER})
    assert roles(found) == [Role.CUSTOMER if role is Role.AGENT else Role.AGENT for role in right_roles(*CALL)]


def test_prompts_on_the_agents_line_are_the_system() -> None:
    found = roles_by_person(lines(*QUEUE, *CALL), INFO)
    assert roles(found) == [Role.SYSTEM] * 3 + right_roles(*CALL)


def test_prompts_on_the_customers_line_are_the_system() -> None:
    greeting = [
        ("c", "You've reached Petra Vance."),
        ("c", "I can't take your call, please leave a message after the tone."),
    ]
    message = [
        ("a", "Hello, this is Odile from Larkfield Gas."),
        ("a", "I'm calling about your boiler service."),
        ("a", "We'll try you again tomorrow."),
    ]
    found = roles_by_person(lines(*greeting, *message), OUTBOUND)
    assert roles(found) == [Role.SYSTEM] * 2 + [Role.AGENT] * 3


def test_a_hold_message_in_the_middle_is_the_system() -> None:
    hold = [("a", "Please hold while we connect your call."), ("a", "Your call is important to us.")]
    found = roles_by_person(lines(*CALL[:8], *hold, *CALL[8:]), INFO)
    assert roles(found) == right_roles(*CALL[:8]) + [Role.SYSTEM] * 2 + right_roles(*CALL[8:])


def test_an_agent_who_mentions_the_recording_stays_an_agent() -> None:
    notice = [*CALL[:4], ("a", "Just so you know, I'm obliged to say our calls are recorded."), *CALL[4:]]
    assert roles(roles_by_person(lines(*notice), INFO)) == right_roles(*notice)


def test_a_message_on_the_companys_voicemail_is_from_the_customer() -> None:
    one = [
        ("a", "Our office is closed, please leave a message after the tone."),
        ("a", "Hello, this is Petra Vance on Mill Lane."),
        ("a", "My boiler is making a noise and I don't know what to do."),
    ]
    assert roles(roles_by_person(lines(*one), INFO)) == [Role.SYSTEM, Role.CUSTOMER, Role.CUSTOMER]


def test_a_second_agent_is_an_agent() -> None:
    handed = [
        *CALL[:5],
        ("a", "Let me transfer you to our repairs team."),
        ("b", "Repairs, Tomas speaking, how can I help?"),
        ("c", "I was just telling your colleague, my boiler is dead."),
        ("b", "I'm sorry about that. May I have your postcode?"),
        ("b", "I've booked you in for this evening."),
    ]
    found = dict(zip([speaker for speaker, _ in handed], roles_by_person(lines(*handed), INFO), strict=True))
    assert {name: each.role for name, each in found.items()} == {"a": Role.AGENT, "b": Role.AGENT, "c": Role.CUSTOMER}


def test_a_crowd_is_judged_and_the_quietest_stay_unknown() -> None:
    crowd = [*CALL, *((f"x{at}", "Hm.") for at in range(12))]
    found = roles_by_person(lines(*crowd), INFO)
    assert roles(found)[: len(CALL)] == right_roles(*CALL)
    assert len(found) == len(crowd)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=30)), max_size=12))
def test_every_line_gets_a_role_and_a_probability(parts: list[tuple[str, str]]) -> None:
    for found in (roles_by_person(lines(*parts), INFO), roles_by_turn(lines(*parts), INFO)):
        assert len(found) == len(parts)
        assert all(0.0 <= each.probability <= 1.0 + 1e-9 for each in found)
        assert all(each.role is Role.UNKNOWN or each.probability >= 0.2 for each in found)


WEAK = [
    "Okay.",
    "Yes.",
    "Let me check.",
    "Is it blue?",
    "My boiler.",
    "You too.",
    "Anything else?",
    "No.",
    "Thank you.",
]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(WEAK)), min_size=1, max_size=5))
def test_two_voices_do_not_share_a_role_on_weak_grounds(parts: list[tuple[str, str]]) -> None:
    found = roles_by_person(lines(*parts), INFO)
    given_roles = {line.speaker: each.role for line, each in zip(lines(*parts), found, strict=True)}
    sure = [role for role in given_roles.values() if role is not Role.UNKNOWN]
    assert len(given_roles) < 2 or len(sure) < 2 or len(set(sure)) == 2


def test_turn_by_turn_a_plain_call_is_mostly_right() -> None:
    found = roles_by_turn(lines(*(("", text) for _, text in CALL)), INFO)
    wanted = right_roles(*CALL)
    assert sum(a is b for a, b in zip(roles(found), wanted, strict=True)) >= len(CALL) - 1


def test_turn_by_turn_prompts_are_the_system() -> None:
    found = roles_by_turn(lines(*(("", text) for _, text in [*QUEUE, *CALL])), INFO)
    assert roles(found)[:4] == [Role.SYSTEM] * 3 + [Role.AGENT]


def test_the_answer_to_a_question_is_by_the_other() -> None:
    asked = ["May I take your postcode?", "LB four two.", "And is the boiler on the ground floor?", "It is."]
    found = roles_by_turn(lines(*(("", text) for text in asked)), INFO)
    assert roles(found) == [Role.AGENT, Role.CUSTOMER] * 2


def test_whole_turns_alternate() -> None:
    chat = [
        "Hi. I have a problem with my order. It came in red.",
        "Sorry about that. I'll look into it. Which size was it?",
        "A large one. I ordered blue.",
        "Thanks. A blue one goes out today.",
        "Lovely. Cheers.",
        "No problem. Have a nice day.",
    ]
    assert roles(roles_by_turn(lines(*(("", text) for text in chat)), INFO)) == [Role.CUSTOMER, Role.AGENT] * 3


def test_a_fixed_role_stays_and_spreads() -> None:
    chat = lines(("", "Is it blue?"), ("", "Yes."))
    found = roles_by_turn(chat, INFO, [Role.CUSTOMER, None])
    assert roles(found) == [Role.CUSTOMER, Role.AGENT]
    assert roles(roles_by_turn(chat, INFO)) == [Role.AGENT, Role.CUSTOMER]
    assert found[0].probability > 0.99


def test_no_lines_no_roles() -> None:
    assert roles_by_turn([], INFO) == []
    assert roles_by_person([], INFO) == []
    assert prompt_chances([]) == []
