"""Behaviour by behaviour: sentences that show it and their near misses, as an agent, a customer or a letter says them.

The sentences are our own. A trap differs from a positive by what it means, not by being about something else.
"""

from __future__ import annotations

import pytest
from talk import bare, found, hits, talk

from scoring.calls import Role
from scoring.signals.phrases import search, spoken_by
from scoring.signals.text import Utterance, tokenize
from scoring.vocabulary import BEHAVIOUR_BY_NAME, BEHAVIOURS

SHOWN: dict[str, list[str]] = {
    "transfer": [
        "I'm going to forward you to our parts counter.",
        "Let me get you over to the night desk.",
        "One second and I'll put you through to Lena.",
        "I have a colleague from tyres here on the line.",
        "We'll route your call to the depot.",
        "I'm transferring you back to reception now.",
    ],
    "hand_off": [
        "You'll need to contact the garage's office for that.",
        "Please go to our website and pick a slot.",
        "You can use the app for that.",
        "That's handled by the warranty team.",
        "It is done through the customer portal.",
        "Just fill out the online form.",
    ],
    "refusal": [
        "Regrettably the drum is no longer made.",
        "We really can't waive the towing fee.",
        "I am not permitted to open that file.",
        "That is not covered.",
        "It's against company policy.",
        "We don't have any availability in March.",
        "Sorry, we don't fit roof racks.",
        "We're unable to extend the hire any longer.",
    ],
    "refusal_reason": [
        "I cannot reopen it since the auction closed last night.",
        "Because the boiler is older than ten years we cannot insure it.",
        "Per our policy worn tyres are not returned.",
        "Your contract has already ended.",
        "The reason is that the spare is out of production.",
        "It's out of our service area.",
        "We only carry parts for diesel engines.",
    ],
    "alternative": [
        "As an alternative, there is a smaller van.",
        "Another option is the overnight coach.",
        "But we do have the grey one in Leeds.",
        "I would suggest the longer hose.",
        "You might want to check with the maker.",
        "We can mail you a paper ticket instead.",
        "I could recommend a locksmith nearby.",
    ],
    "identity_check": [
        "Could you confirm the postal address on the account?",
        "For security purposes, I need one more thing.",
        "And your mother's maiden name?",
        "What's the policy number on your letter?",
        "Who do I have the pleasure of speaking with?",
        "May I take it from the top and verify your email?",
        "What is your full name?",
        "Could you give me the order number?",
    ],
    "recording_notice": [
        "Please note that all lines are recorded.",
        "this conversation is being recorded",
        "We are recording this call for training purposes.",
        "Your call may be monitored.",
    ],
    "hold_announced": [
        "Is it all right if I put you on hold?",
        "Would you mind waiting a second?",
        "Hang on for me while I walk to the shelf.",
        "Give me just a minute while I open the drawing.",
        "Stay on the line, please.",
        "I'll be right back with you.",
        "Bear with me while I look.",
    ],
    "hold": [
        "I'm placing you on a short hold.",
        "Thanks again for holding.",
        "My apologies for keeping you waiting.",
        "Just a moment while I ask the foreman.",
        "I'll pop you on mute.",
    ],
    "hold_reason": [
        "Stay on the line so I can reach the driver.",
        "Give me a minute to pull the drawing.",
        "I need to ask the foreman about the paint, so hold please.",
        "Hang on because the system is slow.",
    ],
    "hold_return": [
        "Thank you very much for waiting.",
        "Thanks for bearing with me.",
        "Sorry about the long wait.",
        "Are you still there?",
        "I appreciate your patience.",
        "Apologies for having you on hold.",
    ],
    "ownership": [
        "I'll chase the courier myself.",
        "I will personally ring the depot.",
        "Let me find out where the van is.",
        "I'm going to look into it.",
        "Leave it with me, I'll handle it.",
    ],
    "reassurance": [
        "You're in good hands with the crew.",
        "Please be assured the deposit is safe.",
        "I promise you that nothing is lost.",
        "We'll sort this out before the wedding.",
        "Everything will be fine.",
        "I can definitely help with the lock.",
    ],
    "blame": [
        "This is your responsibility, not ours.",
        "You failed to lock the gate.",
        "You're wrong about the date.",
        "I never said that.",
        "You should have kept the ticket.",
        "That never happened.",
    ],
    "said_checked": [
        "I've looked into the missing crate.",
        "We have reviewed the photographs.",
        "I have now resent the ticket.",
        "We've already escalated the case to the harbour office.",
        "I just checked the tracking.",
    ],
    "try_again": [
        "Please attempt the payment once more.",
        "Kindly clear your browser and sign in.",
        "You can now log back in.",
        "Could you resend the photograph?",
        "Let me know whether the new code works.",
        "Would you refresh the page?",
    ],
    "thanks_request": [
        "Many thanks for your enquiry about the kayak.",
        "Thank you so much for getting in touch with the harbour office.",
        "We truly value your custom.",
        "Thanks for letting us know.",
        "Thank you for bringing the gap to us.",
    ],
    "listen_acknowledge": ["Of course.", "Understood.", "Okay, sure.", "Mm-hmm.", "That makes sense.", "Alright sir."],
    "courtesy": ["Thanks a lot.", "No problem at all.", "Glad I could help.", "You are welcome.", "Don't mention it."],
    "next_step_dated": [
        "The fitter is coming on Tuesday.",
        "Expect the parcel within 48 hours.",
        "Your refund will be processed in ten working days.",
        "I'll call you tomorrow.",
        "The room will be ready by noon.",
        "The plumber is there tonight between six and eight.",
        "We'll see you on the 14th.",
    ],
}
SHOWN_BY_CUSTOMER: dict[str, list[str]] = {
    "abuse": ["You people are useless.", "Oh shut up.", "such an incompetent moron, you are a moron", "screw you"],
    "complaint": [
        "I'd like to lodge an official complaint.",
        "Put me on to somebody, I want to talk to your supervisor.",
        "No one ever showed up.",
        "This is the third time I've rung.",
        "They charged me twice.",
        "I have been waiting for three weeks.",
        "It's an appalling service.",
    ],
}
NOT_SHOWN: dict[str, list[str]] = {
    "transfer": [
        "Did they say why you got transferred?",
        "I can put you down for Thursday.",
        "The lamp is connected to the mains.",
        "The money transfer went out at noon.",
    ],
    "hand_off": [
        "Please contact us if the noise comes back.",
        "I'll call the office for you.",
        "Did you use the blue hose?",
    ],
    "refusal": [
        "I can't believe how quick that was.",
        "I don't see any problem with that.",
        "If we cannot find it, we send another.",
        "We can do that.",
        "I'm unable to hear you.",
        "You don't have to do that.",
    ],
    "refusal_reason": [
        "Because it is raining, bring a coat.",
        "Your contract starts in May.",
        "I can do it because you kept the slip.",
    ],
    "alternative": ["What can I do for you?", "We can do that.", "The other one is green.", "You may sit down."],
    "identity_check": [
        "Let me confirm the appointment with your address book closed.",
        "It has run for the last four years.",
        "Your new PIN will come by post.",
        "What's the name of the street?",
    ],
    "recording_notice": [
        "I recorded the meter reading at nine.",
        "Leave a message and it is recorded for the line manager's voicemail.",
        "The band recorded two albums.",
    ],
    "hold_announced": [
        "Can you hold the lamp up to the camera?",
        "Thank you so much for waiting while I looked.",
        "The shelf holds forty kilos.",
        "Wait, was it the left one?",
        "Did you wait while they drove off?",
    ],
    "hold": ["I will never put you on hold.", "Can you hold the torch?", "There was a hold on the payment."],
    "hold_return": ["Your call is important, thank you for waiting.", "I'm sorry you may have to wait long."],
    "hold_reason": ["Please hold.", "The wait is short.", "One moment."],
    "ownership": ["You can take care of it.", "Take care of yourself.", "They will handle the crate."],
    "reassurance": [
        "I cannot promise you that.",
        "We can't guarantee that it fits.",
        "The terms guarantee you that, I guarantee that the terms say so.",
    ],
    "blame": [
        "You should have received the key by now.",
        "You should have a blue card.",
        "It's my own mistake.",
        "You were right.",
    ],
    "said_checked": ["Have you checked the fuse?", "Once I checked in, it was shut.", "If I looked at it, fine."],
    "try_again": ["Let me try it again.", "I'll try that number once more.", "It is a trying time."],
    "thanks_request": ["Thanks a lot.", "Your message came at noon.", "I appreciate that."],
    "listen_acknowledge": [
        "I see the van outside.",
        "Is that the right size for a door like yours",
        "Understanding it is hard.",
    ],
    "courtesy": ["It pleased them.", "The thankless task is over.", "You're well come spring."],
    "next_step_dated": [
        "Did you buy it last week?",
        "How long have you had it for two years?",
        "It has been insured in the last five years.",
        "He was out on Monday, have you been before the week?",
    ],
    "abuse": ["You are not stupid.", "The bull was in the field.", "Damp patches on the wall."],
    "complaint": ["I want to speak to the driver.", "The service is on Sunday.", "This is the third room."],
}


def _surest(behaviour: str, text: str) -> float:
    """Return how sure the book is of `behaviour` in `text`, said by the party that can show it."""
    utterance = Utterance(BEHAVIOUR_BY_NAME[behaviour].by, (0,), tokenize(text))
    return max((match.probability for match in search(utterance) if match.behaviour == behaviour), default=0.0)


def _rows(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(behaviour, text) for behaviour, texts in table.items() for text in texts]


ALL_SHOWN = _rows(SHOWN) + _rows(SHOWN_BY_CUSTOMER)


@pytest.mark.parametrize(("behaviour", "text"), ALL_SHOWN)
def test_it_is_shown(behaviour: str, text: str) -> None:
    assert _surest(behaviour, text) >= 0.5


@pytest.mark.parametrize(("behaviour", "text"), _rows(NOT_SHOWN))
def test_a_near_miss_is_not_taken_for_it(behaviour: str, text: str) -> None:
    assert _surest(behaviour, text) < 0.5


@pytest.mark.parametrize(("behaviour", "text"), ALL_SHOWN)
def test_how_it_is_written_does_not_matter(behaviour: str, text: str) -> None:
    said = _surest(behaviour, text)
    for other in (text.upper(), bare(text), f"{text}   ", f"\n{text}", text.replace("'", "’"), text.replace(" ", "\t")):
        assert _surest(behaviour, other) == said, other


@pytest.mark.parametrize(("behaviour", "text"), _rows(NOT_SHOWN))
def test_capitals_do_not_spring_a_trap(behaviour: str, text: str) -> None:
    for other in (text.upper(), bare(text), text.replace("'", "’")):
        assert _surest(behaviour, other) < 0.5, other


MEANT = {b.name for b in BEHAVIOURS if b.words == "meant"}  # the heads may add to these


@pytest.mark.parametrize(("behaviour", "text"), [row for row in ALL_SHOWN if not row[0].startswith("hold")])
def test_it_comes_out_of_a_whole_conversation_with_its_words(behaviour: str, text: str) -> None:
    letter = {Role.AGENT: "A", Role.CUSTOMER: "C", Role.SYSTEM: "S"}[BEHAVIOUR_BY_NAME[behaviour].by]
    detection = found(talk("A: Northwharf Boats.", "C: Morning.", f"{letter}: {text}"))
    (hit,) = [hit for hit in hits(detection, behaviour) if hit.turn == 2]
    assert hit.quote in text
    assert hit.probability >= _surest(behaviour, text)


@pytest.mark.parametrize(("behaviour", "text"), [row for row in ALL_SHOWN if row[0] not in MEANT])
def test_nobody_else_can_show_it(behaviour: str, text: str) -> None:
    for letter, role in (("A", Role.AGENT), ("C", Role.CUSTOMER), ("S", Role.SYSTEM)):
        if not spoken_by(behaviour, role):
            shown = [hit for hit in found(talk(f"{letter}: {text}")).signals.hits if hit.behaviour == behaviour]
            assert shown == []


def test_every_thin_behaviour_has_both_tables() -> None:
    assert SHOWN.keys() | SHOWN_BY_CUSTOMER.keys() == NOT_SHOWN.keys()


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1111",
        "four one one one, one one one one, one one one one, one one one one",
        "It is 378282246310005, that's the one.",
        "four oh one two, eight eight eight eight, eight eight eight eight, one eight eight one",
    ],
)
def test_a_card_number_is_the_customers_however_it_is_read_out(text: str) -> None:
    (hit,) = hits(found(talk(f"C: {text}")), "card_data", 0.9)
    assert hit.role is Role.CUSTOMER
    assert hit.quote in text
    assert hits(found(talk(f"A: {text}")), "card_data", 0.0) == []


@pytest.mark.parametrize(
    "lines",
    [
        ("C: 4111 1111", "A: Go on.", "C: 1111 1111"),  # never in one breath
        ("C: my number is 0161 496 0000",),
        ("C: 4111 1111 1111 1112",),  # the check digit is wrong and nobody spoke of a card
        ("C: 4111 1111 1111 1111 4111",),  # too long
        ("C: it ended in 1111 and cost 411 pounds",),
    ],
)
def test_this_is_no_card_number(lines: tuple[str, ...]) -> None:
    assert hits(found(talk(*lines)), "card_data") == []


def test_words_of_cards_after_the_number_do_not_make_it_one() -> None:
    wrong = "C: 4111 1111 1111 1112"
    assert hits(found(talk(wrong, "A: Is that your credit card?")), "card_data") == []
    assert hits(found(talk("A: And your debit card?", wrong)), "card_data")
