"""The page of an evaluation: how far the machine's judgements are those of people, and every call where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from scoring.agreement.chance import LEVEL, RESAMPLES, Counts, Estimate
from scoring.agreement.curves import Bin, RiskCoverage
from scoring.agreement.evaluation import NEIGHBOUR, ROLES, Compared, Evaluation, ItemReport, RoleReport
from scoring.agreement.reference import COUNTED, Label
from scoring.calls import Role
from scoring.pages import charts, formats
from scoring.pages.contexts import (
    AgreementRow,
    AgreementView,
    EvaluationPage,
    Fact,
    Frame,
    Grid,
    GridRow,
    Link,
    WrongView,
)
from scoring.vocabulary import BEHAVIOUR_BY_NAME, FACT_BY_NAME, MEASURE_BY_NAME

FOOTER = "The machine was given the words of each call and nothing else; what people found was compared afterwards."
LONGEST = 400  # characters of a turn; more is not needed to see what was meant
METHOD = (
    f"Intervals: percentile bootstrap, {RESAMPLES} resamples of the calls with a fixed seed, {100 * LEVEL:.0f} %. "
    "A band of no width means that no resample held an error, not that there can be none.",
    "An item on which the people who labelled the call differ is not counted.",
    "An unsure judgement counts with its likelier value; the figures of what was decided alone stand beside each item. "
    "In a confusion table the unsure ones stand in brackets.",
    "Precision, recall and F1 are of “y”; of items with other values they are means over the values.",
    f"Evidence: calls in which both say “y” and one of the turns shown is within {NEIGHBOUR} of one that people named.",
    "Counts of names agree when they lie within what the people counted.",
    "Error against coverage: the unsure judgements go to a person first, then those of least probability; what is left "
    "is the share of wrong ones among those kept. The area under it is 0 at best.",
    "Calibration: the probability is that of the value given. Brier score and expected calibration error (ten bins) "
    "are 0 at best; points on the dotted line keep what they promise, larger ones rest on more calls.",
)


def evaluation_page(evaluation: Evaluation) -> EvaluationPage:
    """Return the page of an evaluation."""
    reference = evaluation.reference
    return EvaluationPage(
        frame=Frame("Agreement with people", (), FOOTER),
        summary=f"{formats.calls(len(reference.calls))} of {reference.name}, judged from their words alone.",
        rows=tuple(_row(item) for item in evaluation.items),
        with_baseline=any(item.baseline for item in evaluation.items),
        roles=_roles(evaluation.roles),
        role_confusion=_grid("Roles in turns", ROLES, evaluation.roles.confusion),
        details=tuple(_view(item) for item in evaluation.items),
        method=METHOD,
        provenance=(
            Fact("reference (sha256)", reference.sha256),
            *(Fact(name, value) for name, value in evaluation.made_by),
        ),
    )


def _row(item: ItemReport) -> AgreementRow:
    kappa, evidence = item.scores.chance.kappa, item.evidence
    said = f"{item.name}: kappa {_number(kappa.value)} {_interval(kappa)}".strip()
    return AgreementRow(
        link=Link(item.name, f"#{_anchor(item)}"),
        meaning=_meaning(item.name),
        bar=charts.interval_bar(_on_bar(kappa.value), _on_bar(kappa.low), _on_bar(kappa.high), said),
        kappa=_number(kappa.value),
        interval=_interval(kappa),
        agreement=formats.percent(item.scores.chance.agreement.value),
        counted=f"of {item.scores.n}",
        ac1=_number(item.scores.chance.ac1.value),
        f1=_number(item.scores.f1),
        found=f"{evidence.found} of {evidence.n}" if evidence.n else formats.NOTHING,
        unsure=str(item.unsure),
        baseline=_number(item.baseline.chance.kappa.value if item.baseline else None),
    )


def _view(item: ItemReport) -> AgreementView:
    return AgreementView(
        anchor=_anchor(item),
        title=item.name,
        meaning=_meaning(item.name),
        facts=_facts(item),
        confusion=_grid(f"{item.name}: confusion", item.values, item.confusion, item.confusion_unsure),
        curve=_curve(item.name, item.risk_coverage),
        reliability=_reliability(item.name, item.calibration.bins),
        wrong=tuple(_wrong(one) for one in item.compared if one.truth is not None and not one.right),
    )


def _facts(item: ItemReport) -> tuple[Fact, ...]:
    scores, decided = item.scores, item.decided
    facts = [
        Fact("Kappa", _estimate(scores.chance.kappa)),
        Fact("AC1", _estimate(scores.chance.ac1)),
        Fact("Agreed", f"{formats.percent(scores.chance.agreement.value)} of {scores.n}"),
        Fact("Precision, recall", f"{_number(scores.precision)}, {_number(scores.recall)}"),
        Fact("Decided alone", f"{decided.n} of {scores.n}; kappa {_estimate(decided.chance.kappa)}"),
        Fact("Brier, ECE", f"{_number(item.calibration.brier)}, {_number(item.calibration.ece)}"),
        Fact("Area of error", _number(item.risk_coverage.area)),
    ]
    if item.evidence.n:
        first = f"{item.evidence.found} of {item.evidence.n}, by the first turn {item.evidence.found_first}"
        facts.append(Fact("Evidence found", first))
    if item.baseline:
        facts.append(Fact("Baseline", f"kappa {_estimate(item.baseline.chance.kappa)}"))
    return tuple(facts)


def _roles(roles: RoleReport) -> tuple[Fact, ...]:
    return (
        Fact("Turns", f"{_share(roles.turns)} of {roles.n_turns:,}"),
        Fact("Words", f"{_share(roles.words)} of {roles.n_words:,}"),
    )


def _grid(caption: str, values: Sequence[str], table: Counts, unsure: Counts | None = None) -> Grid:
    def cell(row: int, column: int) -> str:
        left = 0 if unsure is None else int(unsure[row, column])
        return f"{int(table[row, column])}{f' ({left})' if left else ''}"

    places = range(len(values))
    names = tuple(value.value if isinstance(value, Role) else value for value in values)
    lines = (
        GridRow(name, tuple(cell(row, column) for column in places))
        for row, name in enumerate(names)
        if name != Role.UNKNOWN  # people who do not know have no row
    )
    return Grid(caption, names, tuple(lines))


def _curve(name: str, found: RiskCoverage) -> Markup:
    points = [
        charts.Mark(
            one.coverage, one.error, f"{100 * one.coverage:.0f} % kept: {100 * one.error:.0f} % of them wrong", 2
        )
        for one in found.points
    ]
    label = f"{name}: error against coverage, area {_number(found.area)}"
    return charts.curve(points, label, "% of judgements kept", "% wrong of those kept")


def _reliability(name: str, bins: Sequence[Bin]) -> Markup:
    most = max((one.n for one in bins), default=1)
    points = [
        charts.Mark(
            one.probability,
            one.right,
            f"{one.n} of probability {one.low:.1f} to {one.high:.1f}: {100 * one.right:.0f} % right",
            3 + 5 * (one.n / most) ** 0.5,
        )
        for one in bins
    ]
    return charts.reliability(points, f"{name}: reliability", "probability given, %", "% right")


def _wrong(one: Compared) -> WrongView:
    sure = "unsure, " if one.ours.unsure else ""
    return WrongView(
        call=one.call.id,
        theirs=_told(one.item, one.people),
        ours=one.ours.value,
        sureness=f"{sure}probability {one.ours.probability:.2f}",
        our_words=_words(one, one.ours.evidence_turns),
        their_words=_words(one, one.people.evidence if one.people else ()),
    )


def _told(item: str, label: Label | None) -> str:
    if label is None:
        return formats.NOTHING
    ranged = item == COUNTED and label.most is not None and str(label.most) != label.value
    return f"{label.value}–{label.most}" if ranged else label.value


def _words(one: Compared, turns: Iterable[int]) -> tuple[Fact, ...]:
    return tuple(Fact(f"turn {turn}", _cut(one.call.spoken[turn].text)) for turn in turns)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST].rsplit(' ', 1)[0]} …"


def _meaning(name: str) -> str:
    known = BEHAVIOUR_BY_NAME.get(name) or FACT_BY_NAME.get(name) or MEASURE_BY_NAME[name]
    return known.meaning


def _anchor(item: ItemReport) -> str:
    return f"item-{item.name}"


def _on_bar(value: float | None) -> float | None:
    """A kappa on a bar of 0 to 100; what is worse than chance lies at its left end."""
    return None if value is None else max(0.0, 100 * value)


def _number(value: float | None) -> str:
    return formats.NOTHING if value is None else f"{value:.2f}".replace("-", "−")


def _interval(estimate: Estimate) -> str:
    return "" if estimate.low is None else f"{_number(estimate.low)} to {_number(estimate.high)}"


def _estimate(estimate: Estimate) -> str:
    interval = _interval(estimate)
    return f"{_number(estimate.value)}{f' ({interval})' if interval else ''}"


def _share(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return formats.percent(estimate.value)
    return f"{formats.percent(estimate.value)} ({100 * estimate.low:.0f}–{100 * estimate.high:.0f})"
