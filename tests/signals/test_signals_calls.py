"""Whole made calls: facts, holds, measures and signatures, with what must and what must not change them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from talk import ROLES, bare, found, hits, talk, timed, worded

from scoring.calls import CallInfo, Direction, Medium, Role, Transcript, Turn
from scoring.signals import Company, detect
from scoring.signals import holds as holds_room
from scoring.signals.clock import PAUSE, gaps, stretches, total, union, without
from scoring.signals.holds import Hold, refine
from scoring.signals.types import Hit, Measure, Signals, Span
from scoring.vocabulary import FACT_BY_NAME

HELLO = ("A: Good morning, Northwharf Boats, this is Tamsin, how can I help?", "C: Hello, my outboard will not start.")
BYE = ("A: Thank you, goodbye.", "C: Bye.")


def _signals(*lines: str, medium: Medium = Medium.CALL, seconds: float | None = None) -> Signals:
    return found(talk(*lines, medium=medium, seconds=seconds)).signals


def _value(name: str, *lines: str) -> str:
    fact = _signals(*lines).fact(name)
    assert fact is not None
    return fact.value


def _measured(*turns: Turn) -> dict[str, Measure]:
    return {m.name: m for m in found(Transcript(turns)).signals.measures}


# who called whom


@pytest.mark.parametrize(
    ("lines", "direction"),
    [
        (("A: Thank you for calling Northwharf.", "C: I need a new anchor."), "inbound"),
        (("S: Your call is important to us.", "A: Tamsin speaking.", "C: Hi."), "inbound"),
        (("A: Northwharf.", "C: Hi, I'm calling because the sail tore."), "inbound"),
        (("C: Hello?", "A: Hi, this is Tamsin, I'm calling about your mooring."), "outbound"),
        (("C: Yes?", "A: Is this a good time? You requested a quote for a dinghy."), "outbound"),
        (("A: May I speak to Mr. Pell?", "C: Speaking."), "outbound"),
        (("A: Hello there, just following up on the hull.", "C: Oh right."), "outbound"),
        (("A: Yes.", "C: No."), "inbound"),  # nothing says so: most calls come in
    ],
)
def test_the_words_tell_who_called(lines: tuple[str, ...], direction: str) -> None:
    fact = _signals(*lines).fact("direction")
    assert fact is not None
    assert (fact.value, fact.probability > 0.5) == (direction, True)


@pytest.mark.parametrize("known", [Direction.INBOUND, Direction.OUTBOUND])
@pytest.mark.parametrize("opening", ["A: Thank you for calling.", "A: I'm calling about your mooring."])
def test_the_manifest_knows_better_than_the_words(known: Direction, opening: str) -> None:
    fact = found(talk(opening, "C: Yes?"), direction=known).signals.fact("direction")
    assert fact is not None
    assert (fact.value, fact.probability) == (known.value, 1.0)


def test_the_customers_words_do_not_make_a_call_outbound() -> None:
    lines = ("A: Thank you for calling Northwharf.", "C: I'm calling about my mooring, is this a good time?")
    assert _value("direction", *lines) == "inbound"


# kinds of recording


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        ((*HELLO, "A: It is mended.", *BYE), "normal"),
        (("S: You have reached the mailbox, record your message.",), "voicemail"),
        (("S: After the beep, speak.", "C: Hello, ring me about the sail."), "voicemail"),
        (("S: Leave a message after the tone.", "A: Hello?", "C: Hi.", *BYE), "normal"),  # somebody came after all
        (("S: Press two for moorings.", "C: Two."), "no_agent"),
        (("C: Hello? Hello?",), "no_agent"),
        ((), "no_agent"),
        (("A: ", "C: Hello?"), "no_agent"),  # a turn without words is nobody
        ((*HELLO, "A: I'll put you through to the yard.", "C: Great."), "transferred"),
        ((*HELLO, "A: I'll put you through to the yard, goodbye.", "A: Goodbye!", "C: Bye."), "normal"),
        ((*HELLO, "A: Let me transfer you.", "C: No, stay.", "A: Fine.", "C: So.", "A: It is mended.",
          "C: Good.", "A: Yes.", "C: Well.", "A: So there.", "C: Ha.", *BYE), "normal"),
        ((*HELLO, "A: You need to turn the", "C: Hello? I can't hear you."), "dropped"),
        (("A: And the left cleat?", "C: Bent.", "A: Bring it in on Friday.", *BYE), "midstart"),
        (("S: Welcome.", "A: And the left cleat?", "C: Bent.", "A: Bring it in on Friday.", *BYE), "normal"),
    ],
)  # fmt: skip
def test_kinds_of_recording(lines: tuple[str, ...], kind: str) -> None:
    assert _value("type", *lines) == kind


def test_who_spoke_is_unknown_so_no_agent_is_half_sure() -> None:
    sure, unsure = (_signals(f"{role}: Is the quay open?").fact("type") for role in "CU")
    assert sure is not None
    assert unsure is not None
    assert (sure.value, unsure.value) == ("no_agent", "no_agent")
    assert unsure.probability < sure.probability


@pytest.mark.parametrize("medium", [Medium.CHAT, Medium.EMAIL])
def test_a_letter_neither_breaks_off_nor_starts_in_the_middle(medium: Medium) -> None:
    for lines in (("C: The cleat is bent.", "A: Bring it in"), (*HELLO, "A: I'll put you through to the yard.")):
        fact = _signals(*lines, medium=medium).fact("type")
        assert fact is not None
        assert fact.value == "normal"


# how it ended


@pytest.mark.parametrize(
    ("middle", "outcome"),
    [
        (("C: It works now!",), "resolved"),
        (("A: I have unlocked the gate.",), "resolved"),
        (("A: The yard will call you back.",), "undated"),
        (("A: The yard will call you back by Thursday.",), "dated"),
        (("A: We don't sell diesel.",), "refused_bare"),
        (("A: We can't sell diesel because the pump is broken.",), "refused_explained"),
        (("A: We don't sell diesel.", "C: Oh.", "A: You could try the garage up the hill."), "refused_explained"),
        (("A: We don't sell diesel.", "C: Why?", "A: The reason is that the pump was removed."), "refused_explained"),
        (("A: I see.", "C: Yes."), "none"),
        (("C: I have cancelled my berth myself.",), "none"),  # the customer's own doing
    ],
)
def test_the_outcome(middle: tuple[str, ...], outcome: str) -> None:
    assert _value("outcome", *HELLO, *middle, *BYE) == outcome


def test_a_reason_given_long_before_explains_nothing() -> None:
    chatter = tuple(line for i in range(8) for line in (f"A: And the rope of {i + 3} metres?", "C: Fine."))
    lines = (*HELLO, "A: The reason is that the tide was low.", *chatter, "A: We don't sell diesel.", *BYE)
    assert _value("outcome", *lines) == "refused_bare"


@pytest.mark.parametrize("lines", [("S: After the tone, leave a message.",), ("C: Hello?",)])
def test_where_nobody_answered_nothing_ended(lines: tuple[str, ...]) -> None:
    assert _signals(*lines).fact("outcome") is None


# the customer's name


@pytest.mark.parametrize(
    ("lines", "customer", "known"),
    [
        (HELLO, None, "no"),
        (HELLO, "Orla Pell", "yes"),
        ((*HELLO, "A: May I have your name?", "C: Orla Pell."), None, "yes"),
        (("A: Northwharf.", "C: Hi, my name is Orla."), None, "yes"),
        (("A: Northwharf.", "C: Hi, this is [PERSON_NAME]."), None, "yes"),
        (("A: Northwharf, my name is Tamsin.", "C: Hi."), None, "no"),  # the agent's is not the customer's
        (("A: Is that Mr. Pell's boat?", "C: No idea."), None, "no"),
    ],
)
def test_whether_the_name_is_known(lines: tuple[str, ...], customer: str | None, known: str) -> None:
    fact = found(talk(*lines), customer=customer).signals.fact("name_known")
    assert fact is not None
    assert fact.value == known


# holds


def _held(pause: float, *, back: str = "A: Right, the impeller is on the shelf here.") -> Transcript:
    start = talk("A: May I put you on hold while I look?", "C: Sure.", seconds=2.0).turns
    at = (start[-1].end or 0.0) + pause
    return Transcript((*start, replace(talk(back, seconds=3.0).turns[0], start=at, end=at + 3.0)))


@pytest.mark.parametrize("pause", [10.5, 30.0, 120.0])
def test_the_time_of_a_hold_is_no_silence(pause: float) -> None:
    made = {m.name: m for m in found(_held(pause)).signals.measures}
    assert made["hold_count"].value == 1
    assert (made["silence_count"].value, made["silence_share"].value) == (0, 0)
    assert made["longest_hold"].value == pytest.approx(2.0 + 0.3 * 2 + pause - 0.3)
    (span,) = made["longest_hold"].spans
    assert span.end - span.start == made["longest_hold"].value


def test_the_same_pause_without_a_hold_is_a_silence() -> None:
    first, second, third = _held(30.0).turns
    made = _measured(replace(first, text="It hangs on the green hook."), second, third)
    assert (made["hold_count"].value, made["silence_count"].value) == (0, 1)
    assert made["longest_silence"].value == pytest.approx(30.0)


@pytest.mark.parametrize("back", ["A: Thanks for holding.", "A: Sorry to keep you waiting, it is here."])
def test_thanks_on_return_belong_to_the_hold_already_found(back: str) -> None:
    detection = found(_held(25.0, back=back))
    assert [hit.turn for hit in hits(detection, "hold")] == [0]
    assert [hit.turn for hit in hits(detection, "hold_return")] == [2]


def test_two_holds_are_two_and_the_longer_is_the_longest() -> None:
    one, two = _held(20.0, back="A: Thanks for holding."), _held(50.0, back="A: Thanks for holding.")
    later = tuple(replace(t, start=(t.start or 0) + 60, end=(t.end or 0) + 60) for t in two.turns)
    made = {m.name: m for m in found(Transcript((*one.turns, *later))).signals.measures}
    assert made["hold_count"].value == 2
    assert len(made["hold_count"].spans) == 2
    assert made["longest_hold"].value == pytest.approx(max(s.end - s.start for s in made["hold_count"].spans))


def test_only_the_agent_holds() -> None:
    detection = found(talk("A: Northwharf.", "C: Please hold while I find the paper.", "S: Please hold.", "C: Here."))
    assert hits(detection, "hold", 0.0) == []


def _hit(behaviour: str, turn: int, probability: float = 0.9) -> Hit:
    return Hit(behaviour, turn, Role.AGENT, probability, "x")


@given(st.lists(st.tuples(st.sampled_from(["hold", "hold_announced", "hold_return", "courtesy"]), st.integers(0, 7))))
def test_holds_never_overlap_and_refine_keeps_all_else(rows: list[tuple[str, int]]) -> None:
    turns = tuple(timed("AC"[i % 2], i * 15.0, i * 15.0 + 3) for i in range(8))
    made = sorted({_hit(name, turn) for name, turn in rows if turn % 2 == 0}, key=lambda h: (h.turn, h.behaviour))
    found_ = holds_room.find(Transcript(turns), made)
    assert all(a.span.end <= b.span.start for a, b in pairwise(found_) if a.span and b.span)
    assert all(hold.announced is None or hold.returned is None or hold.announced < hold.returned for hold in found_)
    refined = refine(made, found_)
    assert [h for h in refined if h.behaviour != "hold"] == [h for h in made if h.behaviour != "hold"]
    assert sum(h.behaviour == "hold" for h in refined) == len(found_)


def test_a_short_pause_after_the_question_is_no_hold() -> None:
    transcript = _held(9.5)
    assert holds_room.find(transcript, [_hit("hold_announced", 0)]) == ()


def test_weak_words_begin_no_hold() -> None:
    transcript = _held(30.0)
    assert holds_room.find(transcript, [_hit("hold_announced", 0, 0.45)]) == ()
    (hold,) = holds_room.find(transcript, [_hit("hold_announced", 0, 0.55)])
    assert hold == Hold(0, 2, Span(2.0, transcript.turns[2].start or 0.0), 0.75)


# measures


@pytest.mark.parametrize(("pause", "count"), [(2.9, 0), (3.0, 0), (3.1, 1)])
def test_a_silence_begins_after_three_seconds(pause: float, count: int) -> None:
    made = _measured(timed("A", 0.0, 4.0), timed("C", 4.0 + pause, 10.0))
    assert made["silence_count"].value == count
    assert made["silence_share"].value == pytest.approx(count * pause / 10.0)


@pytest.mark.parametrize(("overlap", "count"), [(1.0, 0), (1.5, 1)])
def test_talking_over_begins_after_a_second(overlap: float, count: int) -> None:
    made = _measured(timed("C", 0.0, 8.0), timed("A", 8.0 - overlap, 12.0))
    assert (made["talk_over_count"].value, made["talk_over_seconds"].value) == (count, count * overlap)


@pytest.mark.parametrize("said", ["Mhm.", "Okay, sure.", "right", "Oh wow", "[laughter]"])
def test_listening_is_no_talking_over(said: str) -> None:
    customer = timed("C", 0.0, 12.0)
    assert _measured(customer, timed("A", 4.0, 7.0, said))["talk_over_count"].value == 0
    assert _measured(customer, timed("A", 4.0, 7.0, f"{said} but the anchor"))["talk_over_count"].value == 1


SHARED = st.lists(st.tuples(st.sampled_from("AC"), st.integers(0, 60), st.integers(1, 9)), min_size=1, max_size=8)


@given(SHARED)
def test_the_shares_of_both_parties_sum_to_one(rows: list[tuple[str, int, int]]) -> None:
    turns = [timed(role, float(at), float(at + size)) for role, at, size in sorted(rows, key=lambda row: row[1])]
    swapped = [replace(t, role=Role.CUSTOMER if t.role is Role.AGENT else Role.AGENT) for t in turns]
    shares = [_measured(*made)["agent_talk_share"].value for made in (turns, swapped)]
    assert None not in shares
    assert sum(share for share in shares if share is not None) == pytest.approx(1.0)


@given(SHARED)
def test_silence_is_what_nobody_fills(rows: list[tuple[str, int, int]]) -> None:
    turns = [timed(role, float(at), float(at + size)) for role, at, size in sorted(rows, key=lambda row: row[1])]
    made = _measured(*turns)
    length = max(at + size for _, at, size in rows)
    assert made["duration"].value == length
    quiet = sum(span.end - span.start for span in made["silence_count"].spans)
    assert made["silence_share"].value == pytest.approx(quiet / length)
    for span in made["silence_count"].spans:
        assert not any((t.start or 0) < span.end and (t.end or 0) > span.start for t in turns)


def test_the_recordings_own_length_counts() -> None:
    transcript = Transcript((timed("A", 0, 5), timed("C", 10, 20)), duration=100.0)
    made = {m.name: m.value for m in found(transcript).signals.measures}
    assert (made["duration"], made["silence_share"]) == (100.0, 0.05)


@pytest.mark.parametrize("medium", [Medium.CHAT, Medium.EMAIL])
def test_a_written_conversation_has_no_times_even_with_clocks(medium: Medium) -> None:
    lines = ("C: May I have the tide table?", "A: Please hold while I look.", "A: Thanks for waiting.")
    made = {m.name: m.value for m in _signals(*lines, medium=medium, seconds=30.0).measures}
    timeless = {"name_count", "acknowledgement_count", "hold_count"}
    assert {name for name, value in made.items() if value is not None} <= timeless


# the clock

NUMBERS = st.floats(0.0, 100.0, allow_nan=False)
SPANS = st.lists(st.tuples(NUMBERS, st.floats(0.01, 20.0)).map(lambda p: Span(p[0], p[0] + p[1])), max_size=8)


@given(SPANS, st.floats(0.0, 5.0))
def test_joining_over_pauses_is_settled_at_once(spans: list[Span], pause: float) -> None:
    once = union(spans, pause)
    assert union(once, pause) == once
    assert union(reversed(spans), pause) == once
    assert all(gap.end - gap.start > 0 for gap in gaps(once))
    assert total(once) >= total(union(spans)) - 1e-6


@given(SPANS)
def test_cutting_everything_leaves_nothing(spans: list[Span]) -> None:
    assert without(spans, spans) == ()
    assert without(spans, ()) == tuple(spans)


@pytest.mark.parametrize(("pause", "count"), [(PAUSE - 0.1, 1), (PAUSE + 0.1, 2)])
def test_a_pause_between_words_ends_a_stretch(pause: float, count: int) -> None:
    turn = worded("A", ("cast", 1.0, 1.5, 0.9), ("off", 1.5 + pause, 3.0, 0.9))
    assert len(stretches(turn)) == count


@pytest.mark.parametrize("times", [(None, 2.0), (2.0, None), (3.0, 3.0), (4.0, 3.0)])
def test_a_turn_without_length_is_no_stretch(times: tuple[float | None, float | None]) -> None:
    assert stretches(Turn(Role.AGENT, "cast off", *times)) == ()


# written replies and the company


@pytest.mark.parametrize(
    ("letter", "shown"),
    [
        ("Hello Orla, it is mended. Kind regards, Tamsin", {"sign_off", "greet_by_name"}),
        ("Dear Ms. Pell, it is mended. Yours sincerely, Tamsin, Northwharf Support",
         {"sign_off", "sign_off_department", "greet_by_name"}),
        ("It is mended. Best, Northwharf", {"sign_off_department"}),
        ("Hello, it is mended. Kind regards", set()),
        ("Hello, Tamsin mended it. The support desk is shut.", set()),  # named, but not signed
        ("The mast that Orla sent is mended.", set()),  # named, but not greeted
    ],
)  # fmt: skip
def test_how_a_reply_greets_and_is_signed(letter: str, shown: set[str]) -> None:
    transcript = talk("C: My mast broke.", f"A: {letter}", medium=Medium.EMAIL)
    written = {"sign_off", "sign_off_department", "greet_by_name"}
    detection = found(transcript, company=Company("Northwharf"), agent="Tamsin Roe", customer="Orla Pell")
    assert {hit.behaviour for hit in detection.signals.hits if hit.probability >= 0.5} & written == shown
    spoken = found(replace(transcript, medium=Medium.CALL), company=Company("Northwharf"), customer="Orla Pell")
    assert not {hit.behaviour for hit in spoken.signals.hits} & written


@pytest.mark.parametrize(
    ("said", "sure", "doubtful"),
    [
        ("Northwharf, how can I help?", True, False),
        ("You're through to North Wharf.", True, False),
        ("Welcome to Norwharf.", True, True),  # heard nearly so
        ("Boatshop, how can I help?", True, False),
        ("The boat shop, how can I help?", True, False),
        ("How can I help?", False, False),
        ("It is a nice wharf, the north one.", False, False),
    ],
)
def test_the_company_is_named(said: str, sure: bool, doubtful: bool) -> None:
    detection = found(talk(f"A: {said}", "C: Hi."), company=Company("Northwharf", ("boat shop",)))
    shown = hits(detection, "greet_company")
    assert bool(shown) == sure
    assert any(hit.doubt for hit in shown) == doubtful


# whatever is said

ANY = st.lists(st.tuples(st.sampled_from("ACSU"), st.text(max_size=40)), max_size=5)


@settings(max_examples=60, deadline=None)
@given(ANY, st.sampled_from(list(Medium)), st.sampled_from([None, "", "Orla Pell", "’", "[x]"]))
@example([("A", "ﬁne İ ß \x00"), ("C", "\u202egoodbye"), ("A", "[" * 20)], Medium.CALL, "İ")
@example([("A", "0")], Medium.CALL, "’")  # a company without a word in its name
@example([("C", "٤١١١ ١١١١ ١١١١ ١١١١"), ("A", "²³"), ("C", "¹" * 16)], Medium.CALL, None)
def test_no_text_is_too_strange(rows: list[tuple[str, str]], medium: Medium, name: str | None) -> None:
    turns = tuple(
        Turn(ROLES[role], text, i * 3.0, i * 3.0 + 2, role_confidence=0.5) for i, (role, text) in enumerate(rows)
    )
    info = CallInfo("made.wav", agent_name=name, customer_name=name)
    signals = detect(Transcript(turns, medium), info, Company(name), None).signals
    for hit in signals.hits:
        turn = turns[hit.turn]
        assert hit.quote in turn.text
        assert 0.0 <= hit.probability <= 1.0
        assert hit.start is not None
        assert hit.end is not None
        assert (turn.start or 0) <= hit.start <= hit.end <= (turn.end or 0)
    assert all(fact.value in FACT_BY_NAME[fact.name].values for fact in signals.facts)


SENTENCES = [
    "Good morning, this is Tamsin.", "Please hold while I look.", "I'm so sorry to hear that.", "We can't do that.",
    "Goodbye, have a nice day!", "Mhm.", "The yard will call you by Friday.", "Okay.",
]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("AC"), st.sampled_from(SENTENCES)), min_size=1, max_size=6))
def test_times_of_hits_lie_inside_their_words(rows: list[tuple[str, str]]) -> None:
    turns = []
    for i, (role, text) in enumerate(rows):
        words = [(word, i * 9 + j * 0.5, i * 9 + j * 0.5 + 0.4, 0.9) for j, word in enumerate(text.split())]
        turns.append(worded(role, *words))
    for hit in found(Transcript(tuple(turns))).signals.hits:
        assert hit.start in {word.start for word in turns[hit.turn].words}
        assert hit.end in {word.end for word in turns[hit.turn].words}
        assert (hit.start or 0) < (hit.end or 0)


@pytest.mark.parametrize("change", [str.upper, lambda text: text.replace("'", "’"), lambda text: f"  {text} \n", bare])
def test_facts_do_not_hang_on_how_the_text_is_written(change) -> None:  # type: ignore[no-untyped-def]
    calls = [
        (*HELLO, "A: We can't do it because it's Sunday.", *BYE),
        (*HELLO, "A: I'll put you through to the yard.", "C: Great."),
        ("C: Hello?", "A: I'm calling about your mooring.", "C: Yes.", "A: It's booked for Friday.", *BYE),
        ("S: You can't be connected, leave a message after the tone.",),
    ]
    for lines in calls:
        plain, changed = talk(*lines), talk(*(f"{line[:3]}{change(line[3:])}" for line in lines))
        names = ("type", "direction", "outcome", "medium")
        values = [[fact.value for fact in found(t).signals.facts if fact.name in names] for t in (plain, changed)]
        assert values[0] == values[1], lines
