"""The rubrics that ship: valid, complete, and each criterion can have each of its outcomes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from scripted import C, call, hit, signals, turn, turns

from scoring.calls import Call, Medium
from scoring.errors import RubricError
from scoring.judge import judge_call
from scoring.results import CriterionResult, Outcome
from scoring.rubric import (
    SHIPPED,
    AllOf,
    AnyOf,
    AtLeast,
    BehaviourCheck,
    Check,
    Criterion,
    FactCheck,
    MeasureCheck,
    Not,
    find_faults,
    list_rubrics,
    load_rubric,
)
from scoring.signals.types import FactValue, Hit, Measure, Signals
from scoring.vocabulary import BEHAVIOUR_BY_NAME, FACT_BY_NAME

MET, NOT_MET, NA, UNSURE = Outcome.MET, Outcome.NOT_MET, Outcome.NOT_APPLICABLE, Outcome.UNSURE
FILES = sorted(path.name for path in SHIPPED.glob("*.yaml"))
CRITERIA = [(name, item.id) for name in FILES for item in load_rubric(SHIPPED / name).criteria]
TYPE_FREE = "normal"


def test_what_ships_is_what_is_promised():
    assert FILES == ["_template.yaml", "core.yaml", "service_standard.yaml", "written_reply.yaml"]
    assert {"core", "service_standard", "written_reply"} <= {path.stem for path in list_rubrics()}


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_rubric_has_no_fault_and_its_files_name(name):
    assert find_faults(SHIPPED / name) == ()
    rubric = load_rubric(SHIPPED / name)
    assert name.startswith("_") or rubric.name == name.removesuffix(".yaml")


def test_core_has_the_five_weights():
    weights = {item.id: item.weight for item in load_rubric("core").criteria}
    assert weights == {"greeting": 15, "name_use": 10, "listening": 30, "empathy": 30, "farewell": 15}


def test_the_five_elements_sum_to_a_hundred_beside_compliance():
    rubric = load_rubric("service_standard")
    apart = {section.id for section in rubric.sections if section.separate}
    assert apart == {"compliance"}
    names = ["availability", "decision", "speed", "etiquette", "participation"]
    assert [section.id for section in rubric.sections if not section.separate] == names
    assert sum(item.weight for item in rubric.criteria if item.section not in apart) == pytest.approx(100)
    core = {item.id: item.check for item in load_rubric("core").criteria}
    assert {item.id: item.check for item in rubric.criteria if item.id in core} == core


class Wanted:
    """Signals that make checks come out as wanted, built from the checks themselves."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.facts: dict[str, FactValue] = {}
        self.measures: dict[str, Measure] = {}

    def make(self, check: Check | None, wanted: bool, chance: float | None = None) -> None:
        if isinstance(check, BehaviourCheck):
            self._behaviour(check, wanted, chance)
        elif isinstance(check, FactCheck):
            others = [value for value in FACT_BY_NAME[check.fact].values if value not in check.values]
            value = check.values[0] if wanted or chance else others[0]
            self.facts.setdefault(f"{check.fact}", FactValue(check.fact, value, chance or 0.95))
        elif isinstance(check, MeasureCheck):
            low, high = check.good.ends
            inside = high if high < float("inf") else low
            outside = (check.acceptable or check.good).ends[1] + 1
            self.measures[check.measure] = Measure(check.measure, inside if wanted else outside, "s")
        elif isinstance(check, Not):
            self.make(check.not_, not wanted, chance)
        elif isinstance(check, AllOf | AnyOf | AtLeast):
            parts = check.all_of if isinstance(check, AllOf) else check.any_of if isinstance(check, AnyOf) else check.of
            for part in parts:
                self.make(part, wanted, chance)

    def _behaviour(self, check: BehaviourCheck, wanted: bool, chance: float | None) -> None:
        if not wanted and not chance:
            return
        mine = 0 if BEHAVIOUR_BY_NAME[check.behaviour].by.value == "agent" else 1
        first = 8 if check.window.part == "closing" or check.window.after else 0
        for index in range(check.at_least or 1):
            turn = first + mine + 2 * index
            self.hits.append(hit(check.behaviour, turn, chance or 0.95, f"words of {check.behaviour}"))

    def signals(self) -> Signals:
        facts = {"type": FactValue("type", TYPE_FREE, 0.95), **self.facts}
        return Signals(tuple(self.hits), tuple(facts.values()), tuple(self.measures.values()))


def reach(criterion: Criterion, outcome: Outcome) -> Signals | None:
    """Signals meant to give an outcome; None where the criterion cannot have it."""
    made = Wanted()
    if outcome is NA:
        if criterion.not_applicable_when is not None:
            made.make(criterion.not_applicable_when, True)
        elif criterion.only_when is None:
            return None if not isinstance(criterion.check, MeasureCheck) else made.signals()
        return made.signals()
    if isinstance(criterion.check, MeasureCheck) and outcome is UNSURE and not criterion.only_when:
        made.make(criterion.not_applicable_when, True, 0.5)
        made.make(criterion.check, True)
        return made.signals() if criterion.not_applicable_when else None
    made.make(criterion.only_when, True)
    chance = 0.5 if outcome is UNSURE and not isinstance(criterion.check, MeasureCheck) else None
    measured = isinstance(criterion.check, AllOf) and isinstance(criterion.check.all_of[0], MeasureCheck)
    if outcome is UNSURE and measured:
        made.facts["type"] = FactValue("type", "voicemail", 0.5)
        chance = None
    made.make(criterion.check, outcome is not NOT_MET, chance)
    return made.signals()


def scene(name: str) -> Call:
    written = load_rubric(SHIPPED / name).applies_to[0] != "call"
    *spoken, last = turns("ac" * 7 + "a")  # the template asks for a literal goodbye
    closed = (*spoken, replace(last, text="bye now"), turn(C, "bye", 75.0))
    return call(closed, medium=Medium.CHAT if written else Medium.CALL, duration=90.0)


def judged(name: str, id_: str, found: Signals) -> CriterionResult:
    score = judge_call(scene(name), found, load_rubric(SHIPPED / name))
    return next(item for item in score.criteria if item.id == id_)


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize(("name", "id_"), CRITERIA)
def test_each_criterion_can_have_each_outcome(name, id_, outcome):
    criterion = next(item for item in load_rubric(SHIPPED / name).criteria if item.id == id_)
    found = reach(criterion, outcome)
    if found is None:
        assert outcome in (NA, UNSURE)  # always applies, or rests on a number alone
        return
    made = judged(name, id_, found)
    assert made.outcome is outcome
    assert not re.search(r"  | [.,:;]|[,:;]\.$|[{}]|: \.|“”", made.reason), made.reason
    assert made.reason[0].isupper()
    assert (made.remedy != "") == (outcome is NOT_MET)


def core(id_: str, *hits: Hit, facts=None, measures=None) -> CriterionResult:
    return judged("core.yaml", id_, signals(*hits, facts=facts, measures=measures))


GREETING = ("greet_salutation", "greet_name", "greet_company", "greet_offer")
FAREWELL = ("close_more", "close_next", "close_thanks", "close_bye")


@pytest.mark.parametrize(
    ("id_", "parts", "at", "weight"), [("greeting", GREETING, 0, 15), ("farewell", FAREWELL, 14, 15)]
)
@pytest.mark.parametrize("count", range(5))
def test_greeting_and_farewell_earn_a_quarter_for_each_part(id_, parts, at, weight, count):
    made = core(id_, *(hit(part, at) for part in parts[:count]))
    assert made.outcome is (MET if count == 4 else NOT_MET)
    assert made.points == pytest.approx(weight * count / 4)


def test_a_hello_in_the_middle_is_no_greeting_and_an_early_bye_no_farewell():
    late = [hit(part, 14) for part in GREETING]
    early = [hit(part, 0) for part in FAREWELL]
    assert core("greeting", *late).points == 0
    made = judge_call(call("ac" * 20), signals(*early), load_rubric("core"))
    assert made.criteria[-1].points == 0


@pytest.mark.parametrize(
    ("kind", "out"),
    [
        ("no_agent", {"greeting", "name_use", "listening", "empathy", "farewell"}),
        ("voicemail", {"greeting", "name_use", "listening", "empathy", "farewell"}),
        ("midstart", {"greeting"}),
        ("transferred", {"farewell"}),
        ("dropped", {"farewell"}),
        ("normal", set()),
    ],
)
def test_the_kind_of_call_takes_criteria_out(kind, out):
    found = signals(hit("emp_needed", 1), facts={"type": kind, "name_known": "yes"})
    made = judge_call(scene("core.yaml"), found, load_rubric("core"))
    assert {item.id for item in made.criteria if item.outcome is NA} == out
    if kind != "normal":
        assert len(made.conditions) == 1


def test_a_name_that_never_became_known_is_not_asked_for():
    assert core("name_use", facts={"name_known": "no"}).outcome is NA
    assert core("name_use", facts={"name_known": "yes"}).outcome is NOT_MET
    assert core("name_use", hit("name_used", 2), facts={"name_known": "yes"}).outcome is MET
    doubtful = hit("name_used", 2, doubt="heard 'Lain' for Lane")
    assert core("name_use", doubtful, facts={"name_known": "yes"}).outcome is UNSURE


def test_empathy_is_asked_for_only_when_needed_but_unkind_words_always_count():
    assert core("empathy").outcome is NA
    assert core("empathy", hit("emp_expressed", 2)).outcome is NA
    assert core("empathy", hit("emp_needed", 1)).outcome is NOT_MET
    assert core("empathy", hit("emp_needed", 1), hit("emp_expressed", 2)).outcome is MET
    unkind = core("empathy", hit("emp_dismissive", 4, quote="not my problem"))
    assert (unkind.outcome, unkind.points) == (NOT_MET, 0)
    assert "not my problem" in unkind.reason
    both = core("empathy", hit("emp_needed", 1), hit("emp_expressed", 2), hit("emp_dismissive", 4))
    assert both.outcome is NOT_MET
    assert core("empathy", hit("emp_dismissive", 4), facts={"type": "voicemail"}).outcome is NA


def test_listening_is_a_question_and_a_summing_up_without_the_faults():
    question, said_back = hit("listen_clarify", 2), hit("listen_paraphrase", 4)
    calm = {"talk_over_count": 1}
    assert core("listening", question, said_back, measures=calm).outcome is MET
    assert core("listening", question, said_back).outcome is MET  # nothing measured, nothing held against
    assert core("listening", question, hit("listen_acknowledge", 4), measures=calm).outcome is NOT_MET
    assert core("listening", said_back, measures=calm).outcome is NOT_MET
    again = core("listening", question, said_back, hit("listen_repeat_forced", 5), measures=calm)
    over = core("listening", question, said_back, measures={"talk_over_count": 3})
    much = core("listening", question, said_back, measures={"talk_over_count": 9})
    assert [item.outcome for item in (again, over, much)] == [NOT_MET] * 3
    assert over.points > much.points > again.points > core("listening", question).points


def test_every_criterion_of_core_can_be_judged_in_writing():
    found = signals(*(hit(part, 0) for part in GREETING))
    made = judge_call(call("ac", medium=Medium.EMAIL, duration=None), found, load_rubric("core"))
    assert made.criteria[0].outcome is MET
    with pytest.raises(RubricError):
        judge_call(call("ac", medium=Medium.EMAIL, duration=None), found, load_rubric("service_standard"))
    with pytest.raises(RubricError):
        judge_call(call("ac"), found, load_rubric("written_reply"))


def test_an_open_end_earns_nothing_and_an_undated_step_half():
    points = {}
    for value in FACT_BY_NAME["outcome"].values:
        made = judged("service_standard.yaml", "outcome", signals(facts={"outcome": value}))
        points[value] = made.points / made.weight
    assert points == {"resolved": 1, "dated": 1, "refused_explained": 1, "undated": 0.5, "refused_bare": 0, "none": 0}


def test_compliance_fails_by_itself():
    found = signals(hit("card_data", 1), hit("identity_check", 0))
    made = judge_call(scene("core.yaml"), found, load_rubric("service_standard"))
    compliance = made.sections[-1]
    assert (compliance.id, compliance.failed, compliance.separate, made.failed) == ("compliance", True, True, False)
