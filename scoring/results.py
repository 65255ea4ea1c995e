"""What a score is: outcomes with evidence, reasons and provenance."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scoring.calls import Role


class Outcome(StrEnum):
    """The four answers a criterion can have. "No data" is never a number."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_APPLICABLE = "not_applicable"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Evidence:
    """Who said what, when. `turn` is the index into the transcript's turns."""

    turn: int
    role: Role
    quote: str
    start: float | None = None  # seconds
    end: float | None = None
    behaviour: str = ""  # the behaviour or measure this shows
    probability: float | None = None  # 0..1


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion of one rubric, judged on one call.

    `points` is what was earned out of `weight`; None when the outcome is not applicable or unsure, because then the
    criterion leaves numerator and denominator alike.
    """

    id: str
    title: str
    section: str
    weight: float
    outcome: Outcome
    points: float | None
    reason: str  # a plain sentence
    remedy: str = ""  # what would have earned the point; empty when it was earned
    evidence: tuple[Evidence, ...] = ()
    probability: float | None = None  # 0..1 that the criterion is met
    critical: str = ""  # "", "section" or "call": what an unmet critical criterion fails


@dataclass(frozen=True, slots=True)
class SectionResult:
    """A section's share of points, 0..100; None when nothing in it could be judged."""

    id: str
    title: str
    score: float | None
    failed: bool = False  # a critical criterion of this section was not met
    separate: bool = False  # reported apart, never averaged into the call's score (compliance)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a score was made from, as sha256 or version strings."""

    transcript: str
    signals: str
    rubric: str
    code: str
    audio: str | None = None
    models: tuple[tuple[str, str], ...] = ()  # (name, sha256 or version), sorted by name


@dataclass(frozen=True, slots=True)
class CallScore:
    """One call judged by one rubric.

    `score` is 100 × earned / possible over the criteria that are met or not met; None when there are none.
    `low` and `high` are the scores if every unsure criterion turned out not met or met.
    """

    call_id: str
    rubric: str  # the rubric's name
    rubric_version: str
    score: float | None
    low: float | None
    high: float | None
    criteria: tuple[CriterionResult, ...]
    sections: tuple[SectionResult, ...]
    provenance: Provenance
    failed: bool = False  # a criterion critical to the whole call was not met
    conditions: tuple[str, ...] = ()  # facts about the call that are nobody's fault: "abusive customer"
