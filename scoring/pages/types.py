"""What the pages are made from: judged calls with their transcripts, scorecards, and the calls set aside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scoring.calls import Transcript
from scoring.scorecard.types import Scorecards, ScoredCall
from scoring.signals.types import Signals


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One judged call with all that its page shows."""

    scored: ScoredCall
    transcript: Transcript
    signals: Signals


@dataclass(frozen=True, slots=True)
class SetAside:
    """A file that could not be judged, and the one line that says why."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class SiteData:
    """Everything the pages can show. `records` may load a call only when it is asked for.

    `calls` are the same calls without their transcripts, for pages that list many; where one is missing its record is
    loaded. `recordings` are the files that may be played, by call id; nothing else is ever read.
    """

    cards: Scorecards
    records: Mapping[str, CallRecord]
    set_aside: tuple[SetAside, ...] = ()
    recordings: Mapping[str, Path] = field(default_factory=dict)
    calls: Mapping[str, ScoredCall] = field(default_factory=dict)
