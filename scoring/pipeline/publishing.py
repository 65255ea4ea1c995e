"""From the store to published scorecards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scoring.errors import InputError
from scoring.pages.types import CallRecord, SetAside, SiteData
from scoring.rubric import load_rubric
from scoring.scorecard import make_scorecards
from scoring.scorecard.types import ScoredCall
from scoring.settings import Settings
from scoring.store import Store

KEPT_IN_MEMORY = 64  # call pages that a browser goes back to


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What was written."""

    index: Path
    files: int
    calls: int
    agents: int


class StoredRecords(Mapping[str, CallRecord]):
    """The judged calls by id, each loaded when it is asked for: a year of transcripts does not fit in memory."""

    def __init__(self, store: Store, calls: Mapping[str, ScoredCall]) -> None:
        self._store, self._calls = store, calls
        self._load = lru_cache(KEPT_IN_MEMORY)(self._load_one)

    def __getitem__(self, call_id: str) -> CallRecord:
        """Return one call.

        Raises:
            KeyError: no judged call has that id.
        """
        if call_id not in self._calls:
            raise KeyError(call_id)
        return self._load(call_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._calls)

    def __len__(self) -> int:
        return len(self._calls)

    def _load_one(self, call_id: str) -> CallRecord:
        scored = self._calls[call_id]
        stored = self._store.load_call(call_id, scored.score.rubric)
        if stored is None:
            raise KeyError(call_id)
        return CallRecord(scored, stored.call.transcript, stored.signals)


def load_published(settings: Settings, store: Store, rubric: str | None = None) -> SiteData:
    """Gather what the pages show: judged calls, scorecards, and what was set aside.

    Without `rubric`, calls as judged by the settings' rubric and written conversations by theirs.

    Raises:
        InputError: no call has been judged by that rubric.
    """
    names = [rubric] if rubric else [settings.rubric, settings.written_rubric]
    rubrics = dict.fromkeys(load_rubric(name).name for name in names)
    scored = {call.call_id: call for name in rubrics for call in store.scored_calls(name)}
    if not scored:
        raise InputError(
            f"No call has been judged by {' or '.join(rubrics)} yet.", hint="Run `callscore score FOLDER` first."
        )
    return SiteData(
        cards=make_scorecards(list(scored.values()), settings.scorecard),
        records=StoredRecords(store, scored),
        calls=scored,
        set_aside=tuple(SetAside(entry.file, f"{entry.reason} {entry.hint}".strip()) for entry in store.aside()),
        recordings=_recordings(store, scored),
    )


def publish_all(settings: Settings, *, rubric: str | None = None, out: Path | None = None) -> PublishReport:
    """Write the scorecards of every judged call.

    Raises:
        InputError: no call has been judged by that rubric.
        CallscoreError: the files cannot be written; what was published before is still whole.
    """
    from scoring.publish import publish

    folder = out or settings.outputs
    with Store.open(settings.database_url) as store:
        site = load_published(settings, store, rubric)
        published = publish(site.records.values(), site.cards, folder, site.set_aside)
        return PublishReport(published.index, len(published.paths), len(site.records), len(site.cards.agents))


def _recordings(store: Store, calls: Mapping[str, ScoredCall]) -> dict[str, Path]:
    files = store.files_of_calls()
    return {call_id: Path(paths[0]) for call_id, paths in files.items() if call_id in calls and paths}
