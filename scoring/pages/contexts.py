"""What each page shows: one frozen context a page, everything in it ready to be written out.

A test holds these against the templates both ways: nothing unused, nothing undefined.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads somewhere."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds every page."""

    title: str
    crumbs: tuple[Link, ...]
    footer: str


@dataclass(frozen=True, slots=True)
class ScoreView:
    """A score that never stands without its count. `interval` and `unsure_range` are empty where there is none."""

    value: str
    interval: str
    judged: str
    enough: bool
    needed: int
    unsure_range: str
    bar: Markup


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """A criterion's rate with its denominator."""

    title: str
    notes: tuple[str, ...]  # weight, and what else sets it apart from the others
    bar: Markup
    percent: str
    met: int
    judged: int
    interval: str
    not_applicable: int
    unsure: int
    unsure_range: str
    earned: str  # share of the points, where it is another number than the rate


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section's mean score."""

    title: str
    value: str
    interval: str
    judged: str
    note: str


@dataclass(frozen=True, slots=True)
class MomentView:
    """A moment to hear. `said` is empty when the point is that nothing was said."""

    title: str
    said: str
    reason: str
    remedy: str
    link: Link
    icon: Markup


@dataclass(frozen=True, slots=True)
class PeriodView:
    """One period of a group, opened on demand."""

    label: str
    days: str
    calls: str
    score: ScoreView
    criteria: tuple[CriterionRow, ...]


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """The median of a measure with the number of calls."""

    title: str
    median: str
    calls: str


@dataclass(frozen=True, slots=True)
class CardView:
    """The scorecard itself, the same for an agent and a team."""

    score: ScoreView
    facts: tuple[Fact, ...]
    criteria: tuple[CriterionRow, ...]
    sections: tuple[SectionRow, ...]
    trend: Markup
    change: str
    direction: str  # "up" or "down" only where the change is beyond chance
    best: tuple[MomentView, ...]
    missed: tuple[MomentView, ...]
    periods: tuple[PeriodView, ...]
    measures: tuple[MeasureRow, ...]
    mixed: str  # a warning where more than one rubric was used


@dataclass(frozen=True, slots=True)
class GroupRow:
    """An agent or a team in a list."""

    link: Link
    calls: str
    score: ScoreView
    direction: str


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in a list, with the sign of each criterion."""

    link: Link
    file: str
    duration: str
    score: str
    unsure_range: str
    failed: bool
    signs: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class TeamOfIndex:
    """A team and its agents on the first page."""

    team: GroupRow
    agents: tuple[GroupRow, ...]


@dataclass(frozen=True, slots=True)
class AsideRow:
    """A file that could not be judged."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class IndexPage:
    """All teams and agents."""

    frame: Frame
    summary: str
    teams: tuple[TeamOfIndex, ...]
    set_aside: tuple[AsideRow, ...]
    downloads: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class TeamPage:
    """One team."""

    frame: Frame
    name: str
    summary: str
    card: CardView
    agents: tuple[GroupRow, ...]


@dataclass(frozen=True, slots=True)
class AgentPage:
    """One agent."""

    frame: Frame
    name: str
    summary: str
    card: CardView
    calls: tuple[CallRow, ...]


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """A quote and where it was said."""

    speaker: str
    quote: str
    link: Link


@dataclass(frozen=True, slots=True)
class CriterionView:
    """One criterion as judged on this call."""

    number: int
    title: str
    kind: str  # the outcome's own name, for the style
    outcome: str
    icon: Markup
    points: str
    reason: str
    remedy: str
    critical: str
    evidence: tuple[EvidenceView, ...]


@dataclass(frozen=True, slots=True)
class MarkView:
    """A sign beside a turn: this turn is evidence for that criterion."""

    number: int
    label: str
    kind: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn; `text` has the evidence marked."""

    anchor: str
    role: str
    speaker: str
    time: str
    text: Markup
    marks: tuple[MarkView, ...]


@dataclass(frozen=True, slots=True)
class CallPage:
    """One call."""

    frame: Frame
    heading: str
    links: tuple[Link, ...]
    facts: tuple[Fact, ...]
    score: ScoreView
    failed: bool
    conditions: str
    sections: tuple[SectionRow, ...]
    criteria: tuple[CriterionView, ...]
    timeline: Markup
    audio: str  # address of the recording, empty in files
    turns: tuple[TurnView, ...]
    notes: tuple[str, ...]
    measures: tuple[Fact, ...]
    provenance: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One item of an evaluation in the first table. `baseline` is the simpler judge's kappa, where there is one."""

    link: Link
    meaning: str
    bar: Markup
    kappa: str
    interval: str
    agreement: str
    counted: str
    ac1: str
    f1: str
    found: str
    unsure: str
    baseline: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row of a confusion table."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A confusion table: people's values down, ours across."""

    caption: str
    columns: tuple[str, ...]
    lines: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class WrongView:
    """A call on which the machine differs from people, with the words each named."""

    call: str
    theirs: str
    ours: str
    sureness: str
    our_words: tuple[Fact, ...]
    their_words: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class AgreementView:
    """One item of an evaluation in full."""

    anchor: str
    title: str
    meaning: str
    facts: tuple[Fact, ...]
    confusion: Grid
    curve: Markup
    reliability: Markup
    wrong: tuple[WrongView, ...]


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """The judgements against people's."""

    frame: Frame
    summary: str
    rows: tuple[AgreementRow, ...]
    with_baseline: bool
    roles: tuple[Fact, ...]
    role_confusion: Grid
    details: tuple[AgreementView, ...]
    method: tuple[str, ...]
    provenance: tuple[Fact, ...]


Page = IndexPage | TeamPage | AgentPage | CallPage | EvaluationPage
