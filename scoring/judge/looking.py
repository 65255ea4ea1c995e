"""What each kind of check finds in a call. A new kind is one more function here, registered for its value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from scoring.judge.scene import LEAST_WORDS_CONFIDENCE, Scene, Seen
from scoring.judge.truth import Truth, all_of, at_least, between, negate, of_probability
from scoring.judge.wording import listed, number, quoted, when
from scoring.results import Evidence
from scoring.rubric import (
    AllOf,
    AnyOf,
    AtLeast,
    BehaviourCheck,
    Check,
    FactCheck,
    MeasureCheck,
    Not,
    PhraseCheck,
)
from scoring.signals.types import FactValue, Hit, Measure, Span
from scoring.vocabulary import BEHAVIOUR_BY_NAME, FACT_BY_NAME, MEASURE_BY_NAME

MOST_EVIDENCE = 3  # of one check: enough to judge by, few enough to read

_FACT_WORDS = {
    ("type", "no_agent"): "nobody live answers",
    ("type", "voicemail"): "it reached a voicemail",
    ("type", "midstart"): "the recording starts after the opening",
    ("type", "transferred"): "the call is handed over and the recording ends there",
    ("type", "dropped"): "the call is cut off",
    ("name_known", "yes"): "that the customer's name is known",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check found.

    `earned` out of `possible` (each 0..1) is its share of points; parts that are unsure or out are in neither.
    """

    truth: Truth
    probability: float  # 0..1 that the check holds
    label: str
    earned: float = 0.0
    possible: float = 0.0
    shown: tuple[Evidence, ...] = ()  # the strongest of each behaviour first
    against: tuple[Evidence, ...] = ()
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    count: int = 0
    value: str = ""


Look = Callable[[Any, Scene], Finding]
LOOKS: dict[type[Check], Look] = {}
L = TypeVar("L", bound=Look)


def looks_for(made: type[Check]) -> Callable[[L], L]:
    """Register the function that judges a kind of check."""

    def register(look: L) -> L:
        LOOKS[made] = look
        return look

    return register


def look(check: Check, scene: Scene) -> Finding:
    """Return what a check finds in a call."""
    return LOOKS[type(check)](check, scene)


@looks_for(BehaviourCheck)
def _behaviour(check: BehaviourCheck, scene: Scene) -> Finding:
    known = BEHAVIOUR_BY_NAME[check.behaviour]
    label = check.label or known.meaning
    scene = replace(scene, band=check.unsure_band) if check.unsure_band else scene
    hits = scene.hits(check.behaviour, check.window)
    if hits is None:
        return _out(label)
    by = check.by or known.by.value
    counted = _best_of_turns(hits, by, scene)
    least = check.at_least if check.at_least is not None or check.at_most is not None else 1
    truth = _count_truth(counted, least, check.at_most, scene)
    probabilities = sorted((seen.hit.probability for seen in counted), reverse=True)
    chances = [_nth(probabilities, least)] if least else []
    if check.at_most is not None:
        chances.append(1.0 - _nth(probabilities, check.at_most + 1))
    evidence = _evidence(counted, scene)
    too_many = check.at_most is not None and truth is Truth.NO and len(evidence) > 0 and not _too_few(counted, least)
    return _leaf(
        truth,
        min(chances),
        label,
        shown=() if too_many else evidence,
        against=evidence if too_many else (),
        doubts=_doubts(counted, label, scene),
        count=sum(_standing(seen, scene) is Truth.YES for seen in counted),
    )


@looks_for(PhraseCheck)
def _phrase(check: PhraseCheck, scene: Scene) -> Finding:
    words = listed([quoted(phrase) for phrase in check.phrase], "or")
    label = check.label or (f"leaving out {words}" if check.forbidden else words)
    turns = scene.turns_in(check.window)
    if turns is None:
        return _out(label)
    heard = [hit for turn in sorted(turns) for hit in _heard(check, turn, scene)]
    counted = _best_of_turns(heard, check.by, scene)
    truth = _count_truth(counted, check.at_least, None, scene)
    chance = _nth(sorted((seen.hit.probability for seen in counted), reverse=True), check.at_least)
    found = _leaf(
        truth,
        chance,
        label,
        shown=_evidence(counted, scene),
        doubts=_doubts(counted, words, scene),
        count=sum(_standing(seen, scene) is Truth.YES for seen in counted),
    )
    return _opposite(found, label) if check.forbidden else found


@looks_for(MeasureCheck)
def _measure(check: MeasureCheck, scene: Scene) -> Finding:
    label = check.label or MEASURE_BY_NAME[check.measure].meaning
    measure = scene.signals.measure(check.measure)
    if measure is None or measure.value is None:
        return _out(label)
    value = number(measure.value, measure.unit)
    truth = between(check.good.holds(measure.value), False)
    spans = _span_evidence(measure, scene)
    made = _leaf(truth, float(truth is Truth.YES), label, value=value, against=() if truth is Truth.YES else spans)
    if truth is Truth.NO and check.acceptable is not None and check.acceptable.holds(measure.value):
        return replace(made, earned=check.acceptable.share or 0.0)
    return made


@looks_for(FactCheck)
def _fact(check: FactCheck, scene: Scene) -> Finding:
    known = scene.facts(check.fact)
    here = [fact for fact in known if fact.value in check.values]
    named = max(here, key=lambda fact: fact.probability).value if here else check.values[0]
    label = check.label or _fact_words(check.fact, named)
    if not known:
        return _leaf(Truth.UNSURE, 0.5, label, doubts=(f"nothing is known of {FACT_BY_NAME[check.fact].meaning}",))
    chance = _fact_chance(check, known, here)
    truth = of_probability(chance, scene.band)
    turns = sorted({turn for fact in here for turn in fact.turns})
    shown = tuple(scene.show(turn, behaviour=check.fact, probability=chance) for turn in turns[:MOST_EVIDENCE])
    doubt = f"it is not certain whether {label.removeprefix('that ')} ({chance:.0%})"
    return _leaf(truth, chance, label, shown=() if truth is Truth.NO else shown, doubts=(doubt,))


@looks_for(AllOf)
def _all_of(check: AllOf, scene: Scene) -> Finding:
    parts = [(look(part, scene), part.worth) for part in check.all_of]
    findings = [finding for finding, _ in parts]
    truth = all_of([finding.truth for finding in findings])
    whole = sum(worth for finding, worth in parts if finding.truth is not Truth.OUT) or 1.0
    chance = min((f.probability for f in findings if f.truth is not Truth.OUT), default=0.0)
    made = _group(truth, chance, check.label, findings, check.label or listed([f.label for f in findings]))
    return replace(
        made,
        earned=sum(finding.earned * worth for finding, worth in parts) / whole,
        possible=sum(finding.possible * worth for finding, worth in parts) / whole,
    )


@looks_for(AnyOf)
def _any_of(check: AnyOf, scene: Scene) -> Finding:
    return _some(check.any_of, 1, check.label, scene)


@looks_for(AtLeast)
def _at_least(check: AtLeast, scene: Scene) -> Finding:
    return _some(check.of, check.at_least, check.label, scene)


@looks_for(Not)
def _not(check: Not, scene: Scene) -> Finding:
    inner = look(check.not_, scene)
    return _opposite(inner, check.label or f"leaving out {inner.label}")


def _some(parts: Sequence[Check], needed: int, own_label: str, scene: Scene) -> Finding:
    """So many of the parts: what is decided of the `needed` ones is earned or lost, the rest is open."""
    findings = [look(part, scene) for part in parts]
    truths = [finding.truth for finding in findings if finding.truth is not Truth.OUT]
    needed = min(needed, len(truths))
    names = listed([finding.label for finding in findings], "or")
    label = own_label or (names if needed < 2 else f"{needed} of: {names}")
    truth = at_least(needed, truths)
    if truth is Truth.OUT:
        return _out(label)
    sure, open_ = truths.count(Truth.YES), truths.count(Truth.UNSURE)
    earned = min(sure, needed) / needed
    lost = max(0, needed - sure - open_) / needed
    chances = sorted((f.probability for f in findings if f.truth is not Truth.OUT), reverse=True)
    made = _group(truth, _nth(chances, needed), label, findings, label)
    return replace(made, earned=earned, possible=earned + lost)


def _group(truth: Truth, chance: float, own_label: str, findings: Sequence[Finding], label: str) -> Finding:
    """What parts say together; a label of the group's own replaces the names of its parts."""
    found = [name for f in findings if f.truth is Truth.YES for name in f.found]
    missing = [name for f in findings if f.truth is Truth.NO for name in (f.missing or (f.label,))]
    partly = [name for f in findings if f.truth is not Truth.YES for name in f.found]
    values = [f.value for f in findings if f.value]
    return Finding(
        truth=truth,
        probability=chance,
        label=label,
        shown=tuple(item for f in findings for item in f.shown),
        against=tuple(item for f in findings for item in f.against),
        found=(own_label,) if own_label and truth is Truth.YES else tuple(found + partly),
        missing=() if truth is not Truth.NO else (own_label,) if own_label else tuple(missing),
        doubts=tuple(doubt for f in findings if f.truth is Truth.UNSURE for doubt in f.doubts),
        count=sum(f.count for f in findings),
        value=values[0] if values else "",
    )


def _leaf(truth: Truth, chance: float, label: str, doubts: tuple[str, ...] = (), **more: Any) -> Finding:
    return Finding(
        truth=truth,
        probability=chance,
        label=label,
        earned=float(truth is Truth.YES),
        possible=float(truth in (Truth.YES, Truth.NO)),
        found=(label,) if truth is Truth.YES else (),
        missing=(label,) if truth is Truth.NO else (),
        doubts=doubts if truth is Truth.UNSURE else (),
        **more,
    )


def _out(label: str) -> Finding:
    return Finding(truth=Truth.OUT, probability=0.0, label=label)


def _opposite(inner: Finding, label: str) -> Finding:
    if inner.truth is Truth.OUT:
        return _out(label)
    truth = negate(inner.truth)
    made = _leaf(truth, 1.0 - inner.probability, label, inner.doubts)
    return replace(made, shown=inner.against, against=inner.shown, count=inner.count, value=inner.value)


def _best_of_turns(hits: Iterable[Hit], by: str, scene: Scene) -> list[Seen]:
    """One hit a turn, surest first; hits of somebody else are left out."""
    best: dict[int, Seen] = {}
    for hit in hits:
        doubt = scene.role_doubt(hit.turn, by)
        if doubt is None:
            continue
        seen = Seen(hit, hit.doubt or doubt)
        if hit.turn not in best or _rank(seen, scene) < _rank(best[hit.turn], scene):
            best[hit.turn] = seen
    return sorted(best.values(), key=lambda seen: _rank(seen, scene))


def _rank(seen: Seen, scene: Scene) -> tuple[int, float, int]:
    order = [Truth.YES, Truth.UNSURE, Truth.NO]
    return order.index(_standing(seen, scene)), -seen.hit.probability, seen.hit.turn


def _standing(seen: Seen, scene: Scene) -> Truth:
    """Whether a hit counts; with a doubt it never surely does."""
    truth = of_probability(seen.hit.probability, scene.band)
    return Truth.UNSURE if truth is Truth.YES and seen.doubt else truth


def _count_truth(counted: Sequence[Seen], least: int | None, most: int | None, scene: Scene) -> Truth:
    standings = [_standing(seen, scene) for seen in counted]
    sure = standings.count(Truth.YES)
    possible = sure + standings.count(Truth.UNSURE)
    limits = []
    if least is not None:
        limits.append(between(sure >= least, possible >= least))
    if most is not None:
        limits.append(between(possible <= most, sure <= most))
    return all_of(limits)


def _too_few(counted: Sequence[Seen], least: int | None) -> bool:
    return least is not None and len(counted) < least


def _nth(ranked: Sequence[float], n: int) -> float:
    return ranked[n - 1] if len(ranked) >= n else 0.0


def _evidence(counted: Sequence[Seen], scene: Scene) -> tuple[Evidence, ...]:
    kept = [seen.hit for seen in counted if _standing(seen, scene) is not Truth.NO][:MOST_EVIDENCE]
    return tuple(_hit_evidence(hit, scene) for hit in kept)


def _hit_evidence(hit: Hit, scene: Scene) -> Evidence:
    turn = scene.turns[hit.turn]
    start = turn.start if hit.start is None else hit.start
    end = turn.end if hit.end is None else hit.end
    return Evidence(hit.turn, turn.role, hit.quote, start, end, hit.behaviour, hit.probability)


def _doubts(counted: Sequence[Seen], label: str, scene: Scene) -> tuple[str, ...]:
    """Why the unsure hits are unsure, in words."""
    said = []
    for seen in counted:
        if _standing(seen, scene) is Truth.UNSURE:
            where = _hit_evidence(seen.hit, scene)
            near = f"{quoted(seen.hit.quote)} {when(where, scene.call.medium)} may or may not be {label}"
            said.append(seen.doubt or f"{near} ({seen.hit.probability:.0%})")
    return tuple(said)


_TOKEN = re.compile(r"\w+(?:['’]\w+)*")


def _tokens(text: str) -> list[tuple[str, int, int]]:
    """Words without case and apostrophes, with their place in the text (in Unicode's NFC)."""
    plain = unicodedata.normalize("NFC", text)
    return [(re.sub(r"['’]", "", found[0]).casefold(), found.start(), found.end()) for found in _TOKEN.finditer(plain)]


def _heard(check: PhraseCheck, turn: int, scene: Scene) -> Iterable[Hit]:
    """The first of the phrases in a turn, if any."""
    spoken = scene.turns[turn]
    tokens = _tokens(spoken.text)
    words = [token for token, _, _ in tokens]
    for phrase in check.phrase:
        wanted = [token for token, _, _ in _tokens(phrase)]
        for at in range(len(words) - len(wanted) + 1):
            if words[at : at + len(wanted)] == wanted:
                text = unicodedata.normalize("NFC", spoken.text)
                quote = text[tokens[at][1] : tokens[at + len(wanted) - 1][2]]
                unclear = spoken.confidence is not None and spoken.confidence < LEAST_WORDS_CONFIDENCE
                doubt = f"{quoted(quote)} was not heard clearly" if unclear else ""
                return (Hit("phrase", turn, spoken.role, 1.0, quote, spoken.start, spoken.end, doubt),)
    return ()


def _span_evidence(measure: Measure, scene: Scene) -> tuple[Evidence, ...]:
    """The longest stretches a measure rests on, each with the turn it lies in or follows."""
    longest = sorted(measure.spans, key=lambda span: (span.start - span.end, span.start))[:MOST_EVIDENCE]
    return tuple(
        replace(scene.show(turn, behaviour=measure.name), start=span.start, end=span.end)
        for span in longest
        if (turn := _turn_at(span, scene)) is not None
    )


def _turn_at(span: Span, scene: Scene) -> int | None:
    begun = [index for index, turn in enumerate(scene.turns) if turn.start is not None and turn.start <= span.start]
    return begun[-1] if begun else (0 if scene.turns else None)


def _fact_chance(check: FactCheck, known: Sequence[FactValue], here: Sequence[FactValue]) -> float:
    """The probability that the fact has one of the values; of two values the one follows from the other."""
    if here and FACT_BY_NAME[check.fact].exclusive:
        return min(1.0, sum(fact.probability for fact in here))
    if here:
        return max(fact.probability for fact in here)
    if len(FACT_BY_NAME[check.fact].values) == 2:
        return 1.0 - max(fact.probability for fact in known)
    return 0.0


def _fact_words(fact: str, value: str) -> str:
    return _FACT_WORDS.get((fact, value)) or f"{FACT_BY_NAME[fact].meaning}: {value}"
