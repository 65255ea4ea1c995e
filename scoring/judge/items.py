"""The items of the annotators' codebook, decided for one call: the one place that says y, n or na.

Windows, unsure band and evidence are those that rubrics are judged by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from scoring.calls import Call
from scoring.judge.looking import Finding, look
from scoring.judge.scene import Scene
from scoring.judge.truth import Truth, decide, of_probability
from scoring.results import Outcome
from scoring.rubric import UNSURE_BAND, BehaviourCheck, FactCheck, Window
from scoring.signals.types import FactValue, Signals
from scoring.vocabulary import BEHAVIOUR_BY_NAME, FACT_BY_NAME

YES_NO = ("y", "n")
YES_NO_NA = ("y", "n", "na")
_TYPES = FACT_BY_NAME["type"].values

# every item with the values it can have; () where they are counts
ITEM_VALUES: dict[str, tuple[str, ...]] = {
    "greet_salutation": YES_NO_NA,
    "greet_name": YES_NO_NA,
    "greet_company": YES_NO_NA,
    "greet_offer": YES_NO_NA,
    "name_known": YES_NO,
    "name_used": YES_NO_NA,
    "name_count": (),
    "listen_clarify": YES_NO_NA,
    "listen_paraphrase": YES_NO_NA,
    "listen_repeat_forced": YES_NO_NA,
    "emp_needed": YES_NO_NA,
    "emp_expressed": YES_NO_NA,
    "emp_dismissive": YES_NO_NA,
    "close_more": YES_NO_NA,
    "close_next": YES_NO_NA,
    "close_thanks": YES_NO_NA,
    "close_bye": YES_NO_NA,
    "hold": YES_NO_NA,
    "hold_announced": YES_NO_NA,
    "hold_return": YES_NO_NA,
    "direction": FACT_BY_NAME["direction"].values,
    "outcome": (*FACT_BY_NAME["outcome"].values, "na"),
    "type": _TYPES,  # several may hold: joined by "+", in this order
}

LEAST_LEAD = 0.15  # by which the likeliest of several values must lead, or a person is asked
Part = Literal["whole", "opening", "ending", "closing"]
_NOBODY = ("no_agent", "voicemail")
_OUT: dict[Part, tuple[str, ...]] = {
    "whole": _NOBODY,
    "opening": (*_NOBODY, "midstart"),
    "ending": (*_NOBODY, "transferred", "dropped"),
    "closing": (*_NOBODY, "transferred", "dropped"),
}
_PARTS: dict[str, Part] = {"greet": "opening", "close": "closing"}
_LONGER: dict[str, Part] = {"close_more": "ending", "close_next": "ending"}  # said before the goodbyes begin
_ASKED_WHOEVER_ANSWERS = ("emp_needed", "hold")  # y or n even where nobody live answers
_NAME_KNOWN = FactCheck(fact="name_known", is_="yes")
_NEEDS = {
    "name_used": _NAME_KNOWN,
    "emp_expressed": BehaviourCheck(behaviour="emp_needed"),
    "hold_announced": BehaviourCheck(behaviour="hold"),
    "hold_return": BehaviourCheck(behaviour="hold"),
}
_NO = Finding(truth=Truth.NO, probability=0.0, label="")
_YES = Finding(truth=Truth.YES, probability=1.0, label="")


@dataclass(frozen=True, slots=True)
class ItemJudgement:
    """One item on one call. An unsure one still has its likelier value."""

    value: str  # one of ITEM_VALUES, or a count
    probability: float  # 0..1 that `value` is right
    evidence_turns: tuple[int, ...] = ()  # the clearest first, at most three
    unsure: bool = False  # a person should decide


def codebook_items(call: Call, signals: Signals) -> dict[str, ItemJudgement]:
    """Decide every item of the codebook; the keys are those of ITEM_VALUES, in its order."""
    scene = Scene(call, signals, UNSURE_BAND)
    made = {name: _behaviour(name, scene) for name in ITEM_VALUES if name in BEHAVIOUR_BY_NAME}
    made["name_known"] = _judged(_NO, _YES, look(_NAME_KNOWN, scene))
    made["name_count"] = _name_count(scene, made["name_known"])
    made["direction"] = _fact(scene.facts("direction"), "inbound", scene)
    made["outcome"] = _fact(scene.facts("outcome"), "na", scene)
    made["type"] = _type(scene)
    return {name: replace(made[name], probability=round(made[name].probability, 6)) for name in ITEM_VALUES}


def _behaviour(name: str, scene: Scene) -> ItemJudgement:
    part = _LONGER.get(name) or _PARTS.get(name.partition("_")[0], "whole")
    anyhow = name in _ASKED_WHOEVER_ANSWERS
    excluded = _NO if anyhow else look(FactCheck(fact="type", in_=_OUT[part]), scene)
    needed = look(_NEEDS[name], scene) if name in _NEEDS else _YES
    return _judged(excluded, needed, look(BehaviourCheck(behaviour=name, window=Window(part=part)), scene))


def _judged(excluded: Finding, needed: Finding, check: Finding) -> ItemJudgement:
    """The likelier value, as sure as its weakest part; unsure where the open parts could change it."""
    unsure = decide(excluded.truth, Truth.NO, needed.truth, check.truth) is Outcome.UNSURE
    out = max(excluded.probability, 1.0 - needed.probability)
    if out >= 0.5:
        return ItemJudgement("na", out, (), unsure)
    if check.probability >= 0.5:
        return ItemJudgement("y", min(1.0 - out, check.probability), _turns(check), unsure)
    return ItemJudgement("n", min(1.0 - out, 1.0 - check.probability), (), unsure)


def _turns(found: Finding) -> tuple[int, ...]:
    return tuple(dict.fromkeys(piece.turn for piece in found.shown))


def _name_count(scene: Scene, known: ItemJudgement) -> ItemJudgement:
    """How often the customer is addressed: turns likelier to than not; as sure as the least sure of them."""
    hits = scene.hits("name_used", Window()) or ()
    counted = [hit for hit in hits if hit.probability >= 0.5] if known.value == "y" else []
    sure = min((max(hit.probability, 1.0 - hit.probability) for hit in hits), default=1.0)
    unsure = any(hit.doubt or of_probability(hit.probability, scene.band) is Truth.UNSURE for hit in hits)
    clearest = sorted(counted, key=lambda hit: (-hit.probability, hit.turn))[:3]
    return ItemJudgement(str(len(counted)), sure, tuple(hit.turn for hit in clearest), unsure)


def _fact(known: tuple[FactValue, ...], otherwise: str, scene: Scene) -> ItemJudgement:
    """The likeliest value of a fact; `otherwise` where nothing is known of it."""
    if not known:
        return ItemJudgement(otherwise, 0.5 if otherwise != "na" else 1.0, (), otherwise != "na")
    best, *others = sorted(known, key=lambda fact: -fact.probability)
    if len(FACT_BY_NAME[best.name].values) > 2 and FACT_BY_NAME[best.name].exclusive:
        unsure = best.probability - max((fact.probability for fact in others), default=0.0) < LEAST_LEAD
    else:
        unsure = of_probability(best.probability, scene.band) is not Truth.YES
    return ItemJudgement(best.value, best.probability, best.turns[:3], unsure)


def _type(scene: Scene) -> ItemJudgement:
    """Every kind that is likelier than not; of none the likeliest."""
    known = scene.facts("type")
    holds = [fact for fact in known if fact.probability >= 0.5]
    if len(holds) < 2:
        return _fact(known, "normal", scene)
    value = "+".join(sorted({fact.value for fact in holds}, key=_TYPES.index))
    least = min(fact.probability for fact in holds)
    turns = tuple(dict.fromkeys(turn for fact in holds for turn in fact.turns))[:3]
    return ItemJudgement(value, least, turns, of_probability(least, scene.band) is not Truth.YES)
