"""What the phrase book finds, and what it must not find, behaviour by behaviour. The sentences are our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import ROLES, bare, talk

from scoring.calls import Role, Turn, Word
from scoring.signals.book import FOLDER, parse, phrases
from scoring.signals.phrases import find, search, surest, timed
from scoring.signals.text import Utterance, tokenize, utterances
from scoring.signals.types import Hit
from scoring.vocabulary import BEHAVIOURS

SHOWN: dict[str, list[str]] = {
    "greet_salutation": [
        "Good afternoon!",
        "Thank you for calling Oakfield.",
        "hi there",
        "welcome to our chat",
        "Dear Ms. Reed,",
    ],
    "greet_offer": [
        "How can I help you today?",
        "what can i do for you",
        "How may I direct your call?",
        "I'm happy to help.",
        "I'm calling about your renewal.",
        "the reason for my call is the inspection",
    ],
    "recording_notice": [
        "This call may be recorded for training.",
        "calls are monitored for quality",
        "you are on a recorded line",
    ],
    "listen_acknowledge": ["Mhm.", "okay", "Right, okay.", "I see.", "uh-huh", "Got it, no problem."],
    "close_more": [
        "Is there anything else I can do?",
        "anything else today",
        "What else can I do for you?",
        "Will that be all?",
        "Do you have any other questions for me?",
    ],
    "close_thanks": ["Thank you for your time.", "thanks so much", "We appreciate your business."],
    "close_bye": [
        "Goodbye.",
        "bye bye now",
        "Have a wonderful evening!",
        "Take care!",
        "enjoy your day",
        "Kind regards,",
    ],
    "hold": ["I'll put you on hold for a minute.", "Thanks for holding.", "sorry about the long wait"],
    "hold_announced": [
        "May I place you on a brief hold?",
        "Could you hold for a moment please?",
        "Please hold while I look it up.",
        "bear with me a second while i check",
        "Do you mind holding?",
    ],
    "hold_reason": [
        "Please hold while I check with the warehouse.",
        "one moment while i pull up the file",
        "can you hold so I can ask my manager",
    ],
    "hold_return": [
        "Thank you for holding.",
        "thanks for waiting",
        "I'm sorry to keep you waiting.",
        "apologies for the wait",
    ],
    "transfer": [
        "Let me transfer you to billing.",
        "I'm connecting you with a nurse now",
        "i'll put you through to sales",
    ],
    "hand_off": [
        "You will need to call the other department.",
        "Please visit our website.",
        "you have to go to a branch for that",
    ],
    "next_step_dated": [
        "You will hear from us by Friday.",
        "He will be there tomorrow at nine.",
        "It takes three to five business days.",
        "the part should arrive in two weeks",
    ],
    "refusal": [
        "Unfortunately we cannot do that.",
        "We don't offer refunds.",
        "I'm afraid that's not possible.",
        "i'm unable to change the name",
    ],
    "refusal_reason": [
        "We can't refund it because the seal is broken.",
        "The warranty has expired.",
        "we only service the north side",
    ],
    "alternative": [
        "What I can do is send a new one.",
        "you could try the shop downtown",
        "Would you like a voucher instead?",
    ],
    "courtesy": ["Please.", "You're very welcome!", "thank you", "my pleasure"],
    "identity_check": [
        "Can you verify your address for me?",
        "What is your date of birth?",
        "May I have your account number?",
        "can i get your full name please",
        "the last four of your social",
    ],
    "thanks_request": [
        "Thank you for your message.",
        "Thanks for being a customer of ours.",
        "We appreciate your loyalty.",
    ],
    "try_again": ["Please try signing in again.", "Could you restart the router?", "let us know if that works"],
    "ownership": ["I will take care of it for you.", "let me look into that", "I'll make sure it is sent"],
    "reassurance": ["Don't worry, it's covered.", "We'll get this sorted out.", "rest assured it is safe"],
    "emp_expressed": [
        "I'm so sorry to hear about the flood.",
        "That must be really frustrating.",
        "I completely understand why you are upset.",
        "I apologise for the mix-up.",
        "Oh no!",
    ],
    "emp_dismissive": ["That's not my problem.", "calm down", "You should have read the terms."],
    "blame": ["That's your own fault.", "you forgot to pay it", "No, you didn't."],
    "listen_paraphrase": [
        "So if I understand you right, the lamp never worked.",
        "okay so you need two of them by monday",
    ],
    "close_next": ["Someone will call you back shortly.", "You will receive a confirmation by mail.", "you're all set"],
    "said_checked": ["I have checked your order.", "we've refunded the fee"],
}
SHOWN_BY_CUSTOMER: dict[str, list[str]] = {
    "emp_needed": ["I'm really upset about this.", "my father passed away", "this is an emergency"],
    "complaint": ["I want to file a complaint.", "let me speak to a manager", "nobody ever called me back"],
    "listen_repeat_forced": [
        "Like I said, it's the left one.",
        "I already told you my name",
        "Do I have to explain it all again?",
    ],
    "abuse": ["You are an idiot.", "go to hell", "this is fucking ridiculous"],
}
NOT_SHOWN: dict[str, list[str]] = {
    "greet_salutation": ["this is highly unusual", "the chip is gone"],
    "greet_offer": ["can you help me carry it", "how can you say that"],
    "recording_notice": ["the payment was recorded in May", "leave a recorded message after the tone"],
    "listen_acknowledge": ["I see that your order shipped.", "the right one is broken"],
    "close_more": [
        "I don't need anything else on my plate",
        "if you have any other questions call us",
        "any other drivers in the house",
    ],
    "close_bye": ["do you have a good number for me", "I'll take care of the form", "they have a great record"],
    "hold": ["I won't put you on hold.", "hold the button for five seconds", "one moment please"],
    "hold_announced": [
        "thank you for holding while I checked",
        "hold the reset button",
        "I'm sorry for putting you on hold",
    ],
    "hold_return": [
        "you may have to wait a while",
        "the wait is two weeks",
        "please continue to hold, thank you for waiting",
    ],
    "transfer": ["you were transferred to me", "is it connected to the internet", "I transferred the money"],
    "next_step_dated": ["how long have you been waiting for two weeks", "I called last week"],
    "refusal": ["I can't wait to see it", "I can't hear you", "why can't you refund it", "if we can't find it we call"],
    "reassurance": ["I can't promise you that", "I don't want to guarantee it"],
    "emp_expressed": [
        "Sorry, I didn't hear you.",
        "I'm sorry, what was your name?",
        "Sorry, one moment.",
        "oh no problem",
        "I apologise, I missed that.",
        "is it hard to reach",
    ],
    "emp_dismissive": ["Like I said, we will call you.", "we should have called earlier"],
    "blame": ["you shouldn't have to wait", "you should have received an email"],
    "listen_paraphrase": ["so you have a great day", "you said your zip is 75201", "okay you're welcome"],
    "close_next": ["can I call you back if we get disconnected", "have you booked before", "it isn't confirmed"],
    "said_checked": ["have you checked the cable"],
    "try_again": ["I will try calling him again"],
    "thanks_request": ["thanks"],
    "identity_check": ["let me verify the price for you"],
    "emp_needed": ["I'm not upset at all", "it's not an emergency", "I'd like a new phone"],
    "listen_repeat_forced": ["I just told my wife about it"],
    "abuse": ["the dog is called Dumbo", "what a useful clown nose"],
}


def _probability(behaviour: str, text: str) -> float:
    utterance = Utterance(Role.AGENT, (0,), tokenize(text))
    return max((m.probability for m in search(utterance) if m.behaviour == behaviour), default=0.0)


def _rows(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(behaviour, text) for behaviour, texts in table.items() for text in texts]


@pytest.mark.parametrize(("behaviour", "text"), _rows(SHOWN) + _rows(SHOWN_BY_CUSTOMER))
def test_the_words_show_it(behaviour: str, text: str) -> None:
    assert _probability(behaviour, text) >= 0.5


@pytest.mark.parametrize(("behaviour", "text"), _rows(NOT_SHOWN))
def test_like_words_do_not_show_it(behaviour: str, text: str) -> None:
    assert _probability(behaviour, text) < 0.5


@pytest.mark.parametrize(("behaviour", "text"), _rows(SHOWN) + _rows(SHOWN_BY_CUSTOMER))
def test_case_punctuation_and_spaces_change_nothing(behaviour: str, text: str) -> None:
    for changed in (bare(text), text.upper(), f"  {text}  ", text.replace("'", "’"), text.replace(" ", "  ")):
        assert _probability(behaviour, changed) == _probability(behaviour, text), changed


@pytest.mark.parametrize(("behaviour", "text"), _rows(SHOWN))
def test_fillers_change_nothing(behaviour: str, text: str) -> None:
    first, _, rest = text.partition(" ")
    if rest:
        assert _probability(behaviour, f"{first} uh {rest}") == _probability(behaviour, text)


def test_every_behaviour_that_is_said_has_phrases() -> None:
    written = {phrase.behaviour for phrase in phrases()}
    said = {b.name for b in BEHAVIOURS if b.words == "said"} - {"card_data"}  # digits, see test_signals_special
    assert said <= written
    assert said <= SHOWN.keys() | SHOWN_BY_CUSTOMER.keys()


def test_the_book_says_how_sure_it_is() -> None:
    assert all(0.0 < phrase.probability < 1.0 for phrase in phrases())
    assert len({(p.behaviour, p.pattern.pattern) for p in phrases()}) == len(phrases())


def test_each_behaviour_has_one_place_in_the_book() -> None:
    heads = [
        line for path in sorted(FOLDER.glob("*.txt")) for line in path.read_text().splitlines() if line.startswith("[")
    ]
    assert len(heads) == len(set(heads))


def test_a_row_of_the_book() -> None:
    (phrase,) = parse("# a note\n[close_bye]\n0.90  bye( now)?|cheers\nunless not (a|one) bye\n")
    assert (phrase.behaviour, phrase.probability) == ("close_bye", 0.9)
    assert phrase.pattern.search("well bye now")
    assert not phrase.pattern.search("byelaw")
    assert phrase.unless is not None
    assert phrase.pattern.groups == 0


FAULTY = [
    "[close_by]\n0.9  bye",
    "0.9  bye",
    "[close_bye]\nx  bye",
    "[close_bye]\nunless bye",
    "[close_bye]\n0.9  (bye",
]


@pytest.mark.parametrize("text", FAULTY)
def test_a_faulty_book_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no behaviour|no row|float|bye"):
        parse(text)


def test_only_the_right_party_shows_a_behaviour() -> None:
    transcript = talk(
        "C: how can I help you", "A: I'm really upset", "S: this call is recorded", "C: this call is recorded"
    )
    names = {(hit.behaviour, hit.turn) for hit in find(transcript, utterances(transcript.turns))}
    assert ("recording_notice", 2) in names
    assert not {name for name, _ in names} & {"greet_offer", "emp_needed"}
    assert ("recording_notice", 3) not in names


def test_an_unknown_speaker_counts_for_less_and_leaves_a_doubt() -> None:
    transcript = talk("U: how can I help you today")
    (hit,) = [h for h in find(transcript, utterances(transcript.turns)) if h.behaviour == "greet_offer"]
    assert hit.probability < 0.97
    assert hit.doubt


def test_a_phrase_cut_by_the_recogniser_is_found_in_the_turn_that_holds_most_of_it() -> None:
    transcript = talk("A: is there", "A: anything else I can do for you", "C: no")
    (hit,) = [h for h in find(transcript, utterances(transcript.turns)) if h.behaviour == "close_more"]
    assert hit.turn == 1


def test_hits_carry_the_times_of_their_words() -> None:
    words = tuple(Word(text, i * 1.0, i + 0.5, 0.9) for i, text in enumerate(["okay", "so", "good", "bye", "then"]))
    turn = Turn(Role.AGENT, "okay so good bye then", 0.0, 5.0, words)
    assert timed(turn, 8, 16) == (2.0, 3.5)
    assert timed(Turn(Role.AGENT, "okay so", 1.0, 2.0, words), 0, 4) == (1.0, 2.0)  # words and text do not line up
    assert timed(Turn(Role.AGENT, "okay so"), 0, 4) == (None, None)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b"]), st.floats(0, 1)), max_size=20))
def test_the_surest_hit_of_a_turn_is_kept(rows: list[tuple[int, str, float]]) -> None:
    made = [Hit(name, turn, Role.AGENT, p, "x") for turn, name, p in rows]
    kept = surest(made)
    assert len({(h.turn, h.behaviour) for h in kept}) == len(kept)
    for hit in made:
        assert any(
            k.turn == hit.turn and k.behaviour == hit.behaviour and k.probability >= hit.probability for k in kept
        )


@given(st.lists(st.sampled_from([t for texts in SHOWN.values() for t in texts]), min_size=1, max_size=5))
def test_more_words_never_unsay_a_greeting(texts: list[str]) -> None:
    turns = (Turn(ROLES["A"], "Good morning!"), *(Turn(ROLES["A"], text) for text in texts))
    joined = utterances(turns)[0]
    assert any(m.behaviour == "greet_salutation" for m in search(joined))
