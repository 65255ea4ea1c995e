"""Whose call it was: calls sorted by time and gathered by agent and by team."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, tzinfo

from scoring.scorecard.periods import local
from scoring.scorecard.types import Group, GroupKind, ScoredCall

UNKNOWN_AGENT = "Unknown agent"
NO_TEAM = "No team"


def in_order(calls: Iterable[ScoredCall], zone: tzinfo) -> tuple[ScoredCall, ...]:
    """Return the calls by start time, those without one last, then by id: the order of input never matters.

    Raises:
        ValueError: one call comes twice, and would be counted twice.
    """
    ordered = tuple(sorted(calls, key=lambda call: (*_when(call, zone), call.call_id)))
    twice = [id_ for id_, times in Counter(call.call_id for call in ordered).items() if times > 1]
    if twice:
        raise ValueError(f"call {twice[0]} comes twice")
    return ordered


def by_agent(calls: Sequence[ScoredCall]) -> list[tuple[Group, list[ScoredCall]]]:
    """Return agents with their calls, by team and name; calls of nobody known come last, as a group of their own."""
    found: dict[str | None, list[ScoredCall]] = defaultdict(list)
    for call in calls:
        found[agent_key(call)].append(call)
    groups = [(_agent(key, own), own) for key, own in found.items()]
    return sorted(groups, key=lambda pair: _place(pair[0]))


def by_team(calls: Sequence[ScoredCall]) -> list[tuple[Group, list[ScoredCall]]]:
    """Return teams with their calls, by name; calls without a team come last."""
    found: dict[str | None, list[ScoredCall]] = defaultdict(list)
    for call in calls:
        found[call.info.team or None].append(call)
    groups = [(Group(GroupKind.TEAM, key, key or NO_TEAM), own) for key, own in found.items()]
    return sorted(groups, key=lambda pair: _place(pair[0]))


def agent_key(call: ScoredCall) -> str | None:
    """Return what tells agents apart: the id, or where there is none the name; None when nobody is known."""
    return call.info.agent_id or call.info.agent_name or None


def _agent(key: str | None, calls: Sequence[ScoredCall]) -> Group:
    """Name an agent as on the latest call that has a name."""
    names = [call.info.agent_name for call in _latest_first(calls) if call.info.agent_name]
    teams = [call.info.team for call in _latest_first(calls) if call.info.team]
    if key is None:
        return Group(GroupKind.AGENT, None, UNKNOWN_AGENT)
    return Group(GroupKind.AGENT, key, names[0] if names else key, teams[0] if teams else None)


def _latest_first(calls: Sequence[ScoredCall]) -> list[ScoredCall]:
    dated = [call for call in calls if call.info.started_at]
    return [*reversed(dated), *(call for call in calls if not call.info.started_at)]


def _when(call: ScoredCall, zone: tzinfo) -> tuple[bool, datetime]:
    started = call.info.started_at
    return (started is None, datetime.min.replace(tzinfo=UTC) if started is None else local(started, zone))


def _place(group: Group) -> tuple[bool, bool, str, str, str, str]:
    team = group.team or ""
    return (group.key is None, group.kind is GroupKind.AGENT and not team, *_folded(team, group.name), group.key or "")


def _folded(team: str, name: str) -> tuple[str, str, str]:
    return (team.casefold(), name.casefold(), name)
