"""The plain values of a scorecard: counts, rates with intervals, moments, trends.

Nothing here is a number without the count it rests on, and "no data" is None, never 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from scoring.calls import CallInfo, Medium
from scoring.results import CallScore, Outcome
from scoring.signals.types import Measure


@dataclass(frozen=True, slots=True)
class ScoredCall:
    """One judged call with what is known about it: all that a scorecard needs."""

    call_id: str
    info: CallInfo
    medium: Medium
    duration: float | None  # seconds; None in written conversations
    score: CallScore
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, in the unit of the estimate beside it."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """`met` of `judged` calls. `value` is 0..1, None when nothing was judged."""

    met: int
    judged: int
    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of `n` numbers; `interval` is None for fewer than two."""

    n: int
    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class CriterionRate:
    """How often one criterion was met. Not applicable and unsure calls are counted apart, never in the rate.

    `low` and `high` are the rates if every unsure call turned out not met or met. `earned` is the share of the points
    over the judged calls: a criterion in parts can earn some without being met.
    """

    rubric: str
    id: str
    title: str
    section: str
    weight: float
    critical: str
    separate: bool  # its section is reported apart, never part of the call's score
    rate: Rate
    earned: float | None  # 0..1
    not_applicable: int
    unsure: int
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SectionMean:
    """The mean score of one section, 0..100, and the number of calls that failed it."""

    rubric: str
    id: str
    title: str
    separate: bool  # reported apart, never part of the call's score
    score: Mean
    failed: int


@dataclass(frozen=True, slots=True)
class MeasureMedian:
    """The median of one measure over the `n` calls on which it could be taken."""

    name: str
    unit: str
    n: int
    median: float | None


@dataclass(frozen=True, slots=True)
class Nps:
    """Net promoter score, −100..100: share of answers 9–10 minus share of answers 0–6."""

    n: int
    promoters: int
    detractors: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What customers answered, each with its own number of answers."""

    csat: Mean  # on the company's own scale
    nps: Nps
    ces: Mean  # 1..7


@dataclass(frozen=True, slots=True)
class Condition:
    """A fact about calls that is nobody's fault, and on how many calls it was found."""

    name: str
    calls: int


@dataclass(frozen=True, slots=True)
class Moment:
    """One judged criterion of one call, worth hearing: done well, or missed.

    `quote`, `turn` and `start` are of the clearest evidence; empty or None when nothing was said.
    """

    call_id: str
    criterion: str
    title: str
    outcome: Outcome
    weight: float
    reason: str
    remedy: str
    quote: str = ""
    turn: int | None = None
    start: float | None = None  # seconds
    started_at: datetime | None = None
    file: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days in the scorecard's time zone. `first` and `last` are None for "all" and "no date"."""

    key: str  # "2026-03", "2026-W09", "all" or "no-date"
    label: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class RubricUse:
    """A rubric version and the number of calls that were judged by it."""

    name: str
    version: str
    calls: int


class GroupKind(StrEnum):
    """Whose calls a scorecard is about."""

    AGENT = "agent"
    TEAM = "team"


@dataclass(frozen=True, slots=True)
class Group:
    """An agent or a team. `key` is unique among its kind; None gathers the calls of nobody known."""

    kind: GroupKind
    key: str | None
    name: str
    team: str | None = None  # an agent's team on the latest call; None for a team, or when it is not known


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One agent's or team's calls of one period.

    `calls` are the ids of all its calls, by start time then id. `score` is over the calls that could be judged; `low`
    and `high` are its means if every unsure criterion turned out not met or met.
    """

    period: Period
    calls: tuple[str, ...]
    enough: bool  # at least `min_calls` calls could be judged
    score: Mean
    low: float | None
    high: float | None
    failed: int  # calls that failed a criterion critical to the whole call
    criteria: tuple[CriterionRate, ...]
    sections: tuple[SectionMean, ...]
    conditions: tuple[Condition, ...]
    measures: tuple[MeasureMedian, ...]
    feedback: Feedback
    best: tuple[Moment, ...]
    missed: tuple[Moment, ...]
    rubrics: tuple[RubricUse, ...]


class Verdict(StrEnum):
    """What may be said of the difference between two periods."""

    UP = "up"
    DOWN = "down"
    WITHIN_CHANCE = "within_chance"
    TOO_FEW = "too_few"  # calls in one of the periods, or fewer than two periods


@dataclass(frozen=True, slots=True)
class Change:
    """The latest period with a date against the one before, by Welch's t test.

    `adjusted` is the p value that allows for all the agents (or teams) that were looked at; the verdict rests on it.
    """

    verdict: Verdict
    earlier: str = ""  # labels of the periods
    later: str = ""
    difference: float | None = None  # points of score, later minus earlier
    interval: Interval | None = None
    p_value: float | None = None
    adjusted: float | None = None
    compared: int = 0  # agents or teams that were tested together


@dataclass(frozen=True, slots=True)
class GroupCards:
    """An agent's or team's scorecards: over all its calls, and for each period, earliest first, "no date" last."""

    group: Group
    overall: Scorecard
    periods: tuple[Scorecard, ...]
    change: Change


@dataclass(frozen=True, slots=True)
class Scorecards:
    """All scorecards of a set of calls. Agents stand by team and name, teams by name: the order is no ranking."""

    agents: tuple[GroupCards, ...]
    teams: tuple[GroupCards, ...]
    min_calls: int
    period: str  # "month", "week" or "all"
    time_zone: str
