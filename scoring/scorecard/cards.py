"""Calls to scorecards, one for each agent and team, over all calls and for each period."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from datetime import tzinfo
from statistics import fmean, median

from scoring.results import CriterionResult, Outcome, SectionResult
from scoring.scorecard.changes import judged_together, latest_change
from scoring.scorecard.groups import by_agent, by_team, in_order
from scoring.scorecard.intervals import mean_answer, mean_score, promoter_score, wilson
from scoring.scorecard.moments import best_moments, missed_moments
from scoring.scorecard.periods import ALL, NO_DATE, period_of, time_zone
from scoring.scorecard.types import (
    Condition,
    CriterionRate,
    Feedback,
    Group,
    GroupCards,
    MeasureMedian,
    Period,
    RubricUse,
    Scorecard,
    Scorecards,
    ScoredCall,
    SectionMean,
)
from scoring.settings import ScorecardSettings


def make_scorecards(calls: Iterable[ScoredCall], settings: ScorecardSettings) -> Scorecards:
    """Return the scorecards of all agents and teams; the order of `calls` makes no difference.

    Raises:
        SettingsError: the time zone is not known.
        ValueError: one call comes twice.
    """
    zone = time_zone(settings.time_zone)
    ordered = in_order(calls, zone)
    return Scorecards(
        agents=judged_together([_group_cards(group, own, settings, zone) for group, own in by_agent(ordered)]),
        teams=judged_together([_group_cards(group, own, settings, zone) for group, own in by_team(ordered)]),
        min_calls=settings.min_calls,
        period=settings.period,
        time_zone=settings.time_zone,
    )


def _group_cards(group: Group, calls: Sequence[ScoredCall], settings: ScorecardSettings, zone: tzinfo) -> GroupCards:
    found: dict[Period, list[ScoredCall]] = defaultdict(list)
    for call in calls:
        found[period_of(call.info.started_at, settings.period, zone)].append(call)
    found.pop(ALL, None)  # "all" is the scorecard over everything, which stands apart
    periods = sorted(found, key=lambda period: (period == NO_DATE, period.key))
    return GroupCards(
        group=group,
        overall=_scorecard(ALL, calls, settings.min_calls),
        periods=tuple(_scorecard(period, found[period], settings.min_calls) for period in periods),
        change=latest_change(
            [(period, _scores(found[period])) for period in periods if period.first], settings.min_calls
        ),
    )


def _scorecard(period: Period, calls: Sequence[ScoredCall], min_calls: int) -> Scorecard:
    score = mean_score(_scores(calls))
    ranges = [(call.score.low, call.score.high) for call in calls]
    return Scorecard(
        period=period,
        calls=tuple(call.call_id for call in calls),
        enough=score.n >= min_calls,
        score=score,
        low=_mean([low for low, _ in ranges if low is not None]),
        high=_mean([high for _, high in ranges if high is not None]),
        failed=sum(call.score.failed for call in calls),
        criteria=_criteria(calls),
        sections=_sections(calls),
        conditions=_conditions(calls),
        measures=_measures(calls),
        feedback=_feedback(calls),
        best=best_moments(calls),
        missed=missed_moments(calls),
        rubrics=_rubrics(calls),
    )


def _scores(calls: Sequence[ScoredCall]) -> list[float]:
    return [call.score.score for call in calls if call.score.score is not None]


def _mean(values: Sequence[float]) -> float | None:
    return fmean(values) if values else None


def _criteria(calls: Sequence[ScoredCall]) -> tuple[CriterionRate, ...]:
    """Return a rate for each criterion in the rubric's own order, titled as on the latest call."""
    found: dict[tuple[str, str], list[CriterionResult]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: call.score.rubric):
        for result in call.score.criteria:
            found[call.score.rubric, result.id].append(result)
    apart = {(call.score.rubric, part.id) for call in calls for part in call.score.sections if part.separate}
    return tuple(_criterion(rubric, results, apart) for (rubric, _), results in found.items())


def _criterion(rubric: str, results: Sequence[CriterionResult], apart: Set[tuple[str, str]]) -> CriterionRate:
    counts = Counter(result.outcome for result in results)
    met, unsure = counts[Outcome.MET], counts[Outcome.UNSURE]
    judged = met + counts[Outcome.NOT_MET]
    counted = [result for result in results if result.points is not None]
    possible = sum(result.weight for result in counted)
    latest = results[-1]
    return CriterionRate(
        rubric=rubric,
        id=latest.id,
        title=latest.title,
        section=latest.section,
        weight=latest.weight,
        critical=latest.critical,
        separate=(rubric, latest.section) in apart,
        rate=wilson(met, judged),
        earned=sum(result.points or 0.0 for result in counted) / possible if possible else None,
        not_applicable=counts[Outcome.NOT_APPLICABLE],
        unsure=unsure,
        low=met / (judged + unsure) if judged + unsure else None,
        high=(met + unsure) / (judged + unsure) if judged + unsure else None,
    )


def _sections(calls: Sequence[ScoredCall]) -> tuple[SectionMean, ...]:
    found: dict[tuple[str, str], list[SectionResult]] = defaultdict(list)
    for call in sorted(calls, key=lambda call: call.score.rubric):
        for section in call.score.sections:
            found[call.score.rubric, section.id].append(section)
    return tuple(
        SectionMean(
            rubric=rubric,
            id=id_,
            title=sections[-1].title,
            separate=sections[-1].separate,
            score=mean_score([section.score for section in sections if section.score is not None]),
            failed=sum(section.failed for section in sections),
        )
        for (rubric, id_), sections in found.items()
    )


def _conditions(calls: Sequence[ScoredCall]) -> tuple[Condition, ...]:
    counts = Counter(name for call in calls for name in set(call.score.conditions))
    return tuple(Condition(name, counts[name]) for name in sorted(counts))


def _measures(calls: Sequence[ScoredCall]) -> tuple[MeasureMedian, ...]:
    """Return the median of each measure: a mean would be moved by one long call."""
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for call in calls:
        for measure in call.measures:
            values = found[measure.name, measure.unit]
            if measure.value is not None:
                values.append(measure.value)
    return tuple(
        MeasureMedian(name, unit, n=len(values), median=median(values) if values else None)
        for (name, unit), values in sorted(found.items())
    )


def _feedback(calls: Sequence[ScoredCall]) -> Feedback:
    return Feedback(
        csat=mean_answer(_answers(calls, lambda call: call.info.csat)),
        nps=promoter_score([call.info.nps for call in calls if call.info.nps is not None]),
        ces=mean_answer(_answers(calls, lambda call: call.info.ces)),
    )


def _answers(calls: Sequence[ScoredCall], take: Callable[[ScoredCall], float | None]) -> list[float]:
    return [answer for answer in map(take, calls) if answer is not None]


def _rubrics(calls: Sequence[ScoredCall]) -> tuple[RubricUse, ...]:
    counts = Counter((call.score.rubric, call.score.rubric_version) for call in calls)
    return tuple(RubricUse(name, version, counts[name, version]) for name, version in sorted(counts))
