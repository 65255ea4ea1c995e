"""Our own calls and sentences: how they are read, which faults are refused, and that all that ships is in order."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.calls import Role
from scoring.reader.examples import (
    FACTS,
    PARTS,
    SENTENCES,
    Example,
    Sentence,
    pick,
    read_calls,
    read_sentences,
)
from scoring.reader.labels import AGENT_SHOWS, CUSTOMER_SHOWS, LABELS
from scoring.vocabulary import BEHAVIOUR_BY_NAME, FACT_BY_NAME

CALLS, ROWS = read_calls(), read_sentences()
PARTS_NAMED = ("training", "calibration", "test")

BOATS = """
== lost mooring
type: normal
outcome:  dated

S: Please hold the line.
A greet_name,greet_offer: Harbour office, Ines speaking, how can I help?
C emp_needed: My boat has gone adrift!
A2: One moment.
C2: Hello?
== second
A said_checked,hold: Let me see.
"""


def write(folder: Path, text: str, name: str = "a.txt") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder


# calls


def test_calls_by_hand(tmp_path: Path) -> None:
    first, second = read_calls(write(tmp_path, BOATS))
    assert (first.name, first.facts) == ("lost mooring", {"type": "normal", "outcome": "dated"})
    assert [one.speaker for one in first.sentences] == ["S", "A", "C", "A2", "C2"]
    system, agent, customer, second_agent, _ = first.sentences
    assert (system.role, system.shows, system.judged) == (Role.SYSTEM, frozenset(), frozenset())
    assert agent.role is second_agent.role is Role.AGENT
    assert agent.shows == {"greet_name", "greet_offer"}
    assert agent.text == "Harbour office, Ines speaking, how can I help?"
    assert customer.shows == {"emp_needed"}
    assert customer.judged == set(CUSTOMER_SHOWS)
    assert (second.name, second.facts) == ("second", {})
    assert second.sentences[0].shows == {"hold"}  # what was checked is not judged in calls
    assert second.sentences[0].judged == set(AGENT_SHOWS) - {"said_checked"}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("A greet_nam: Ines here.", "'greet_nam' is nothing a agent shows"),
        ("A complaint: You are late.", "'complaint' is nothing a agent shows"),
        ("C hold: One moment.", "'hold' is nothing a customer shows"),
        ("S hold: One moment.", "'hold' is nothing a system shows"),
        ("A hold:", "no words"),
        ("C:  ", "no words"),
        ("B: Who is this?", "neither a fact nor a sentence"),
        ("A3: Who is this?", "neither a fact nor a sentence"),
        ("A hold, transfer: One moment.", "neither a fact nor a sentence"),
        ("weather: fine", "neither a fact nor a sentence"),
        ("type = normal", "neither a fact nor a sentence"),
        ("==", "neither a fact nor a sentence"),
        ("==  ", "neither a fact nor a sentence"),
        ("and so on", "neither a fact nor a sentence"),
    ],
)
def test_a_faulty_line_is_named_by_file_and_number(line: str, says: str, tmp_path: Path) -> None:
    write(tmp_path, BOATS)
    write(tmp_path, f"== third\nA: Yes.\n\n{line}\nA: No.\n", "b.txt")
    with pytest.raises(ValueError, match=rf"^b\.txt:4: .*{says}"):
        read_calls(tmp_path)


@pytest.mark.parametrize("line", ["A: Yes.", "type: normal", "hm"])
def test_what_stands_before_the_first_call_is_refused(line: str, tmp_path: Path) -> None:
    write(tmp_path, f"\n{line}\n== first\nA: Yes.\n")
    with pytest.raises(ValueError, match=r"^a\.txt:2: no call has begun"):
        read_calls(tmp_path)


def test_a_forced_repetition_has_two_sides(tmp_path: Path) -> None:
    (call,) = read_calls(
        write(tmp_path, "== x\nA listen_repeat_forced: Which one?\nC listen_repeat_forced: This one.\n")
    )
    assert [one.shows for one in call.sentences] == [{"asks_again"}, {"listen_repeat_forced"}]


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("c", "a", "b"):
        write(tmp_path, f"== call {name}\nA: Yes.\n", f"{name}.txt")
    write(tmp_path, "no call", "notes.md")
    assert [call.name for call in read_calls(tmp_path)] == ["call a", "call b", "call c"]
    assert read_calls(tmp_path / "gone") == []


SAID = st.tuples(st.sampled_from(["A", "A2", "C", "C2", "S"]), st.text("abc ,.:?'", min_size=1).filter(str.strip))


@given(st.lists(SAID, min_size=1, max_size=8))
def test_sentences_written_are_the_sentences_read(said: list[tuple[str, str]]) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        folder = write(Path(name), "== made\n" + "".join(f"{speaker}: {text}\n" for speaker, text in said))
        (call,) = read_calls(folder)
    assert [(one.speaker, one.text) for one in call.sentences] == [(speaker, text.strip()) for speaker, text in said]


# sentences


@pytest.mark.parametrize(
    ("name", "row", "shows", "not_judged"),
    [
        ("agent_9", "emp own | My boat sank. | Oh no, I'll see to it.", {"emp_expressed", "ownership"}, set()),
        ("agent_9", "- | My boat sank. | Which one?", set(), set()),
        ("agent_9", "checked ?own | Hm. | I have moored it.", {"said_checked"}, {"ownership"}),
        ("customer_9", "complaint ?needed | Hm. | It sank again!", {"complaint"}, {"emp_needed"}),
    ],
)
def test_labels_of_a_row(name: str, row: str, shows: set[str], not_judged: set[str], tmp_path: Path) -> None:
    (read,) = read_sentences(write(tmp_path, f"# note\n\n{row}\n", f"{name}.txt"))
    before, said = read.sentences
    assert read.name == f"{name} 0"
    assert {before.role, said.role} == {Role.AGENT, Role.CUSTOMER}
    assert (said.role is Role.CUSTOMER) == name.startswith("customer")
    assert (before.shows, before.judged) == (frozenset(), frozenset())
    assert said.shows == shows
    both = {"listen_clarify", "emp_dismissive"} if said.role is Role.AGENT else {"complaint"}
    assert said.judged >= both | shows
    assert not said.judged & not_judged
    assert not said.judged & {"hold", "greet_name", "data_question"}  # rows are not labelled with these


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("own | I'll see to it.", "not `labels"),
        ("own | Hm. | Yes | I'll see to it.", "not `labels"),
        ("own | Hm. |", "not `labels"),
        ("hold | Hm. | One moment.", "'hold' is nothing a agent shows"),
        ("own? | Hm. | I'll see to it.", r"'own\?' is nothing a agent shows"),
        ("? | Hm. | I'll see to it.", r"'\?' is nothing a agent shows"),
        ("needed | Hm. | My boat sank.", "'needed' is nothing a agent shows"),  # that is the customer's
    ],
)
def test_a_faulty_row_is_named_by_file_and_number(row: str, says: str, tmp_path: Path) -> None:
    write(tmp_path, f"# labels | before | words\n- | Hm. | Yes.\n\n{row}\n", "agent_9.txt")
    with pytest.raises(ValueError, match=rf"^agent_9\.txt:4: {says}"):
        read_sentences(tmp_path)


def test_slots_are_filled_alike_before_and_after(tmp_path: Path) -> None:
    row = "para | My {thing} broke on {day}. | So the {thing} broke on {day}."
    rows = "".join(f"{row}{at}\n" for at in range(9))
    made = read_sentences(write(tmp_path, rows, "agent_9.txt"))
    for example in made:
        before, said = example.sentences
        assert before.text.removeprefix("My ") == said.text[:-1].removeprefix("So the ")
        assert "{" not in said.text
    assert len({example.sentences[0].text for example in made}) > 3


# parts


def test_the_part_follows_from_the_name_alone() -> None:
    full = Example("boat 21", (Sentence(Role.AGENT, "Hm."),), {"type": "normal"})
    assert full.part == Example("boat 21", ()).part == "test"
    fixed = {name: Example(name, ()).part for name in ("boat 7", "boat 8", "boat 21")}
    assert tuple(fixed.values()) == ("training", "calibration", "test")
    code = f"from scoring.reader.examples import Example\nprint({{n: Example(n, ()).part for n in {list(fixed)}}})"
    other_process = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert other_process.stdout.strip() == str(fixed)


@given(st.lists(st.text(max_size=5), max_size=3), st.integers(1, 50))
def test_picks_depend_on_the_key_alone(key: list[str], among: int) -> None:
    assert 0 <= pick(*key, among=among) == pick(*key, among=among) < among


def test_picks_by_hand() -> None:
    """Kept as they are: another way to pick would mix what is learnt with what is measured."""
    assert [pick("a", among=12), pick("b", among=12), pick("a", 1, among=1000)] == [1, 2, 451]


def test_every_pick_comes_up() -> None:
    counted = Counter(pick(at, among=PARTS) for at in range(PARTS * 200))
    assert set(counted) == set(range(PARTS))
    assert max(counted.values()) < 2 * min(counted.values())


# what ships


def test_no_two_calls_have_one_name() -> None:
    assert [name for name, count in Counter(call.name for call in CALLS).items() if count > 1] == []
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_parts_are_large_enough_and_share_nothing() -> None:
    counted = Counter(call.part for call in CALLS)
    assert set(counted) == set(PARTS_NAMED)
    assert min(counted["calibration"], counted["test"]) >= 15
    assert counted["training"] > 0.75 * len(CALLS)
    talks = [{tuple(one.text for one in call.sentences) for call in CALLS if call.part == part} for part in PARTS_NAMED]
    assert sum(map(len, talks)) == len(set().union(*talks)) == len(CALLS)


def test_long_sentences_are_not_shared_by_calls() -> None:
    """One written twice would be known from training when it is measured."""
    where: dict[str, set[str]] = {}
    for call in CALLS:
        for one in call.sentences:
            if len(one.text.split()) >= 12 and one.role is not Role.SYSTEM:
                where.setdefault(one.text.lower(), set()).add(call.name)
    assert [text for text, names in where.items() if len(names) > 1] == []


def test_every_label_is_learnt_and_what_is_a_behaviour_is_measured() -> None:
    training = [one for each in (*CALLS, *ROWS) if each.part == "training" for one in each.sentences]
    assert {label for one in training for label in one.shows} == set(LABELS)
    for part in ("calibration", "test"):
        seen = {label for call in CALLS if call.part == part for one in call.sentences for label in one.shows}
        assert seen >= {label for label in LABELS if label in BEHAVIOUR_BY_NAME} - {"said_checked"}, part


@pytest.mark.parametrize("each", [pytest.param(CALLS, id="calls"), pytest.param(ROWS, id="sentences")])
def test_what_is_shown_is_judged_and_the_partys_own(each: list[Example]) -> None:
    own = {Role.AGENT: set(AGENT_SHOWS), Role.CUSTOMER: set(CUSTOMER_SHOWS), Role.SYSTEM: set[str]()}
    for example in each:
        for one in example.sentences:
            assert one.shows <= one.judged <= own[one.role]
            assert one.text == one.text.strip() != ""
            assert "{" not in one.text


def test_only_the_last_line_of_a_row_is_judged() -> None:
    for row in ROWS:
        assert 1 <= len(row.sentences) <= 2
        assert all(not one.judged for one in row.sentences[:-1])
    assert {row.name.rsplit(" ", 1)[0] for row in ROWS} == {path.stem for path in SENTENCES.glob("*.txt")}


def test_facts_have_values_of_the_vocabulary() -> None:
    """Several types can hold of one recording; "na" is what no agent leaves open; names need no "yes" in full."""
    values = {name: {*FACT_BY_NAME[name].values} for name in ("type", "direction", "outcome", "name_known")}
    values["outcome"].add("na")
    values["name_known"] = {value[0] for value in values["name_known"]}
    for call in CALLS:
        assert call.facts.keys() <= set(FACTS)
        for name, allowed in values.items():
            given = [value.strip() for value in call.facts[name].split(",")]
            assert set(given) <= allowed, call.name
            assert len(given) == 1 or name == "type", call.name


def test_a_call_without_an_agent_has_no_outcome() -> None:
    for call in CALLS:
        roles = {one.role for one in call.sentences}
        kinds = {kind.strip() for kind in call.facts["type"].split(",")}
        assert (call.facts["outcome"] == "na") <= bool(kinds & {"no_agent", "voicemail"}), call.name
        assert ("no_agent" in kinds) <= (Role.AGENT not in roles or "voicemail" in kinds), call.name
        assert len(call.sentences) > 2, call.name


def test_there_is_a_call_of_every_kind() -> None:
    for name in ("type", "direction", "outcome"):
        seen = {value.strip() for call in CALLS for value in call.facts[name].split(",")}
        assert seen >= set(FACT_BY_NAME[name].values)
