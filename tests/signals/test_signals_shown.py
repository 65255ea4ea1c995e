"""Reader and rules joined: what the weights do, whose words are quoted, and what is said of a broken file."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import talk

from scoring.calls import CallInfo, Role, Transcript
from scoring.errors import WeightsError
from scoring.reader import LABELS, Reading, Shown
from scoring.reader.labels import shown_by
from scoring.signals import Company, detect, fingerprint, shown
from scoring.signals.phrases import UNKNOWN_ROLE_FACTOR
from scoring.signals.shown import (
    COLUMNS,
    EITHER_SHOWS,
    FLOOR,
    RULES_DECIDE,
    SELDOMER,
    Weights,
    decided,
    joined,
    log_odds,
    strongest,
    weights,
)
from scoring.signals.types import Hit
from scoring.vocabulary import BEHAVIOUR_BY_NAME

CALL = talk(
    "A: Harbour office. Which berth is it?",
    "C: Nine. My boat sank!",
    "S: Please hold.",
    "U: Oh dear. I am so sorry.",
)
SENTENCES = ((0, 0, 15), (0, 16, 34), (1, 0, 5), (1, 6, 19), (2, 0, 12), (3, 0, 8), (3, 9, 23))
NO = -9.0  # a logit that says: not at all


def read(told: Mapping[tuple[int, str], float], transcript: Transcript = CALL) -> Reading:
    """A reading that shows what is told of sentence and label, and nothing else."""
    logits = np.full((len(SENTENCES), len(LABELS)), NO, dtype=np.float32)
    for (sentence, label), logit in told.items():
        logits[sentence, LABELS.index(label)] = logit
    count = len(transcript.turns)
    rows = tuple(Shown(*place, row) for place, row in zip(SENTENCES, logits, strict=True))
    return Reading(np.full((count, 3), -math.log(3), np.float32), rows, np.ones((count, 384), np.float32))


def rule(behaviour: str, turn: int, probability: float, words: str = "berth") -> Hit:
    return Hit(behaviour, turn, CALL.turns[turn].role, probability, words, doubt="misheard")


def chance(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[object], None]]:
    """A place for weights of our own; without being told, all are as the reader says."""
    path = tmp_path / "calibration.json"
    monkeypatch.setattr(shown, "WEIGHTS", path)

    def store(content: object) -> None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        weights.cache_clear()

    store({"weights": {}})
    yield store
    weights.cache_clear()


# the weighted sum


LOGITS = st.floats(-30, 30)
CHANCES = st.one_of(st.none(), st.floats(0, 1))
WEIGHTS = st.builds(Weights, st.floats(0.01, 3), st.floats(-3, 3), st.floats(0.01, 3), st.floats(-3, 3))


@given(WEIGHTS, LOGITS, CHANCES)
def test_a_probability_is_the_logistic_of_the_sum(each: Weights, logit: float, said: float | None) -> None:
    total = each.reader * logit + each.shift
    if said is not None:
        total += each.ruled + each.rule * log_odds(said)
    assert each.probability(logit, said) == pytest.approx(chance(total), abs=1e-9)


@given(WEIGHTS, st.lists(LOGITS, min_size=2, max_size=8), CHANCES)
def test_probabilities_rise_with_what_the_reader_says(each: Weights, logits: list[float], said: float | None) -> None:
    made = [each.probability(logit, said) for logit in sorted(logits)]
    assert made == sorted(made)
    assert all(0.0 <= one <= 1.0 for one in made)


@given(WEIGHTS, LOGITS, st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_probabilities_rise_with_what_the_rule_says(each: Weights, logit: float, said: list[float]) -> None:
    made = [each.probability(logit, one) for one in sorted(said)]
    assert made == sorted(made)


def test_as_they_come_the_weights_leave_the_reader_as_it_is() -> None:
    assert Weights().probability(0.0, None) == 0.5
    assert Weights().probability(2.0, None) == pytest.approx(chance(2.0))
    assert Weights(shift=1e6).probability(0.0, None) == 1.0
    assert Weights(shift=-1e6).probability(0.0, None) == 0.0


@given(st.floats(0, 1))
def test_log_odds_are_even_and_never_endless(probability: float) -> None:
    assert abs(log_odds(probability)) <= math.log(99) + 1e-9
    assert log_odds(1 - probability) == pytest.approx(-log_odds(probability), abs=1e-6)


# joined


def test_without_a_reader_the_rules_stand_alone(stored: Callable[[object], None]) -> None:
    stored("no weights are needed")
    rules = [
        rule("close_bye", 0, 0.9),
        rule("close_bye", 0, 0.5),
        rule("hold", 0, FLOOR),
        rule("hold", 1, FLOOR - 0.01),
    ]
    assert joined(CALL, rules, None) == [rules[0], rules[2]]


def test_what_the_reader_sees_becomes_a_hit_of_its_sentence(stored: Callable[[object], None]) -> None:
    (hit,) = joined(CALL, [], read({(1, "listen_clarify"): 3.0}))
    assert (hit.behaviour, hit.turn, hit.role) == ("listen_clarify", 0, Role.AGENT)
    assert hit.probability == pytest.approx(chance(3.0), abs=1e-4)
    assert hit.quote.startswith("Which berth")
    assert "Harbour" not in hit.quote
    assert hit.doubt == ""


def test_the_clearest_sentence_of_a_turn_speaks_for_it(stored: Callable[[object], None]) -> None:
    (hit,) = joined(CALL, [], read({(0, "listen_clarify"): 4.0, (1, "listen_clarify"): 3.0}))
    assert hit.quote.startswith("Harbour")
    assert hit.probability == pytest.approx(chance(4.0), abs=1e-4)


@pytest.mark.parametrize("turn", range(4))
def test_nobody_is_given_what_is_the_other_partys(turn: int, stored: Callable[[object], None]) -> None:
    everything = {(at, label): 5.0 for at, (where, _, _) in enumerate(SENTENCES) if where == turn for label in LABELS}
    made = {hit.behaviour for hit in joined(CALL, [], read(everything))}
    own = {LABELS[at] for at in shown_by(CALL.turns[turn].role)} & set(BEHAVIOUR_BY_NAME)
    assert made == own - RULES_DECIDE
    if turn != 3:
        assert all(BEHAVIOUR_BY_NAME[name].by is CALL.turns[turn].role for name in made)


def test_labels_that_only_teach_make_no_hits() -> None:
    assert set(COLUMNS) == set(LABELS) & set(BEHAVIOUR_BY_NAME)
    assert all(LABELS[at] == name for name, at in COLUMNS.items())
    assert "data_question" not in COLUMNS


def test_the_words_of_the_rule_are_quoted_and_its_doubt_stays(stored: Callable[[object], None]) -> None:
    (hit,) = joined(CALL, [rule("listen_clarify", 0, 0.5)], read({(1, "listen_clarify"): 3.0}))
    assert (hit.quote, hit.doubt) == ("berth", "misheard")
    assert hit.probability == pytest.approx(chance(3.0), abs=1e-4)  # even odds of a rule add nothing


def test_a_rule_counts_for_what_its_weights_say(stored: Callable[[object], None]) -> None:
    each = Weights(reader=0.5, ruled=1.0, rule=2.0, shift=-0.5)
    stored({"weights": {"listen_clarify": asdict(each)}, "test": {}, "reader": "x"})
    reading = read({(1, "listen_clarify"): 1.0})
    (alone,) = joined(CALL, [], reading)
    (ruled,) = joined(CALL, [rule("listen_clarify", 0, 0.8)], reading)
    assert alone.probability == pytest.approx(chance(0.5 - 0.5), abs=1e-4)
    assert ruled.probability == pytest.approx(chance(0.5 - 0.5 + 1.0 + 2.0 * math.log(4)), abs=1e-4)


def test_a_reader_that_is_sure_silences_a_rule(stored: Callable[[object], None]) -> None:
    assert joined(CALL, [rule("listen_clarify", 0, 0.6)], read({})) == []


def test_what_the_reader_cannot_see_is_left_to_the_rules(stored: Callable[[object], None]) -> None:
    by_rules = [rule("courtesy", 0, 0.9), rule("recording_notice", 2, 0.8), rule("card_data", 1, 0.7)]
    assert not set(COLUMNS) & {hit.behaviour for hit in by_rules}
    assert joined(CALL, by_rules, read({})) == sorted(by_rules, key=lambda hit: hit.turn)


def test_a_turn_without_sentences_is_left_to_the_rules(stored: Callable[[object], None]) -> None:
    reading = replace(read({}), shown=())
    assert joined(CALL, [rule("listen_clarify", 0, 0.6)], reading) == [rule("listen_clarify", 0, 0.6)]


def test_who_is_not_known_counts_for_less_with_a_rule_and_without(stored: Callable[[object], None]) -> None:
    reading = read({(6, "emp_expressed"): 3.0})
    (alone,) = joined(CALL, [], reading)
    (ruled,) = joined(CALL, [rule("emp_expressed", 3, 0.5 * UNKNOWN_ROLE_FACTOR, "so sorry")], reading)
    for hit in (alone, ruled):
        assert hit.role is Role.UNKNOWN
        assert hit.probability == pytest.approx(UNKNOWN_ROLE_FACTOR * chance(3.0), abs=1e-4)
        assert hit.doubt
    assert ruled.quote == "so sorry"


@pytest.mark.parametrize(("turn", "sentence", "name"), [(0, 1, "listen_clarify"), (3, 6, "emp_expressed")])
def test_nothing_is_kept_under_the_floor(turn: int, sentence: int, name: str, stored: Callable[[object], None]) -> None:
    factor = UNKNOWN_ROLE_FACTOR if CALL.turns[turn].role is Role.UNKNOWN else 1.0
    border = math.log(FLOOR / factor / (1 - FLOOR / factor))
    for said in ([], [rule(name, turn, 0.5 * factor)]):
        assert len(joined(CALL, said, read({(sentence, name): border + 0.01}))) == 1
        assert joined(CALL, said, read({(sentence, name): border - 0.01})) == []


@given(st.floats(-8, 8), st.none() | st.floats(0, 1))
def test_who_decides_is_told_by_the_behaviour(logit: float, said: float | None) -> None:
    weighed = Weights(1.0, 0.5, 0.5, -0.2)
    together = weighed.probability(logit, said)
    assert decided("listen_clarify", logit, said, weighed) == together
    assert {decided(name, logit, said, weighed) for name in RULES_DECIDE} == {said or 0.0}
    assert {decided(name, logit, said, weighed) for name in EITHER_SHOWS} == {max(together, said or 0.0)}
    for name, shift in SELDOMER.items():
        assert (decided(name, logit, said, weighed) < together) is (shift < 0) or together in (0.0, 1.0)
    assert not RULES_DECIDE & EITHER_SHOWS
    assert RULES_DECIDE | EITHER_SHOWS | set(SELDOMER) <= set(COLUMNS)


TOLD = st.dictionaries(
    st.tuples(st.integers(0, len(SENTENCES) - 1), st.sampled_from(LABELS)), st.floats(-6, 6), max_size=12
)
RULES = st.lists(
    st.builds(rule, st.sampled_from(sorted(BEHAVIOUR_BY_NAME)), st.integers(0, 3), st.floats(0, 1)), max_size=6
)


@given(TOLD, RULES)
def test_hits_are_sound_and_in_order(told: dict[tuple[int, str], float], rules: Sequence[Hit]) -> None:
    reading = read(told)
    made = joined(CALL, rules, reading)
    places = [(hit.turn, hit.behaviour) for hit in made]
    assert places == sorted(set(places))
    clearest = strongest(CALL, reading)
    ruled = {(hit.turn, hit.behaviour) for hit in rules}
    for hit in made:
        assert FLOOR <= hit.probability <= 1.0
        assert (hit.turn, hit.behaviour) in {*clearest, *ruled}
        assert hit.quote == "berth" or hit.quote in CALL.turns[hit.turn].text
    for (turn, name), (_, logit) in clearest.items():
        told_here = [row.logits[COLUMNS[name]] for row in reading.shown if row.turn == turn]
        assert logit == max(told_here)


def test_a_sentence_without_words_shows_nothing(stored: Callable[[object], None]) -> None:
    transcript = talk("A: …")
    logits = np.full(len(LABELS), 5.0, dtype=np.float32)
    reading = Reading(np.zeros((1, 3), np.float32), (Shown(0, 0, 1, logits),), np.zeros((1, 384), np.float32))
    assert joined(transcript, [], reading) == []


# a whole call with a reader


class Told:
    """Reads what it was told."""

    fingerprint = "told"

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.asked: list[tuple[list[str], list[Role] | None]] = []

    def read(self, texts: Sequence[str], roles: Sequence[Role] | None = None) -> Reading:
        self.asked.append((list(texts), None if roles is None else list(roles)))
        return self.reading


def test_detect_joins_both_and_says_so(stored: Callable[[object], None]) -> None:
    reader = Told(read({(3, "emp_needed"): 4.0}))
    found = detect(CALL, CallInfo("x"), Company(), reader)
    assert reader.asked == [([turn.text for turn in CALL.turns], [turn.role for turn in CALL.turns])]
    assert [hit.quote for hit in found.signals.hits if hit.behaviour == "emp_needed"] == ["My boat sank!"]
    assert dict(found.signals.made_by) == {"detectors": fingerprint(), "reader": "told"}
    assert np.array_equal(found.embeddings, reader.reading.vectors)


def test_detect_without_words(stored: Callable[[object], None]) -> None:
    nothing = Reading(np.zeros((0, 3), np.float32), (), np.zeros((0, 384), np.float32))
    found = detect(Transcript(()), CallInfo("x"), Company(), Told(nothing))
    assert found.signals.hits == ()
    assert found.embeddings.shape == (0, 384)


# the file of weights


def test_weights_stored_are_the_weights_read(stored: Callable[[object], None]) -> None:
    given_weights = {"hold": Weights(1.5, 0.25, -1.0, 3.0), "blame": Weights()}
    stored({"weights": {name: asdict(each) for name, each in given_weights.items()}, "test": {}})
    assert weights() == given_weights


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        "[]",
        "3",
        {"test": {}},
        {"weights": []},
        {"weights": None},
        {"weights": {"hold": [1, 2, 3, 4]}},
        {"weights": {"hold": 3}},
        {"weights": {"hold": {"reader": "much"}}},
        {"weights": {"hold": {"reader": None}}},
        {"weights": {"hold": {"readr": 1.0}}},
        '{"weights": {"hold": {"reader": NaN}}}',
        '{"weights": {"hold": {"shift": Infinity}}}',
    ],
    ids=str,
)
def test_a_broken_file_is_said_to_be_so(content: object, stored: Callable[[object], None]) -> None:
    stored(content)
    with pytest.raises(WeightsError, match=r"calibration\.json cannot be read") as caught:
        joined(CALL, [], read({}))
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown, "WEIGHTS", tmp_path / "gone.json")
    weights.cache_clear()
    with pytest.raises(WeightsError, match=r"gone\.json"):
        weights()
    with pytest.raises(WeightsError, match=r"gone\.json cannot be read") as caught:
        fingerprint.__wrapped__()
    assert caught.value.hint


def test_other_weights_make_other_signals(stored: Callable[[object], None], tmp_path: Path) -> None:
    prints = set()
    for content in ({"weights": {}}, {"weights": {"hold": asdict(Weights())}}):
        stored(content)
        prints.add(fingerprint.__wrapped__())
    course = sys.modules["scoring.signals.course"]
    other = tmp_path / "course.json"
    other.write_bytes(course.WEIGHTS.read_bytes() + b" ")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course, "WEIGHTS", other)
        prints.add(fingerprint.__wrapped__())
    assert len(prints) == 3


def test_the_shipped_weights_are_of_behaviours_and_rise_with_the_reader() -> None:
    if not shown.WEIGHTS.exists():
        pytest.skip("the weights are not there yet")
    weights.cache_clear()
    assert set(weights()) == set(COLUMNS)
    assert all(each.reader > 0 for each in weights().values())
