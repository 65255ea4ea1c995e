"""The first page, and the pages of agents and teams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo

from scoring.pages import charts, formats
from scoring.pages.card_view import card_view, direction, score_view
from scoring.pages.contexts import (
    AgentPage,
    AsideRow,
    CallRow,
    Frame,
    GroupRow,
    IndexPage,
    Link,
    TeamOfIndex,
    TeamPage,
)
from scoring.pages.types import SetAside
from scoring.pages.urls import Urls
from scoring.scorecard.groups import NO_TEAM
from scoring.scorecard.periods import time_zone
from scoring.scorecard.types import GroupCards, Scorecard, Scorecards, ScoredCall

FOOTER = (
    "Intervals hold the true value in about 95 of 100 cases. A criterion that did not apply, or that the machine was "
    "unsure of, is in no rate and no score. Agents are listed by name: the order is no ranking."
)


def index_page(
    cards: Scorecards, urls: Urls, set_aside: Sequence[SetAside] = (), downloads: Sequence[str] = ()
) -> IndexPage:
    """Return the first page. `downloads` are names of files that stand beside it."""
    agents = {
        team.group.key: [_row(agent, cards.min_calls, urls) for agent in _agents_of(team, cards)]
        for team in cards.teams
    }
    number = sum(len(team.overall.calls) for team in cards.teams)
    people = sum(agent.group.key is not None for agent in cards.agents)
    return IndexPage(
        frame=Frame("Scorecards", (), FOOTER),
        summary=f"{formats.calls(number)} · {formats.count(people, 'agent', 'agents')}",
        teams=tuple(
            TeamOfIndex(_row(team, cards.min_calls, urls), tuple(agents[team.group.key])) for team in cards.teams
        ),
        set_aside=tuple(AsideRow(item.file, item.reason) for item in sorted(set_aside, key=lambda item: item.file)),
        downloads=tuple(Link(name, urls.file(name)) for name in downloads),
    )


def team_page(cards: GroupCards, everything: Scorecards, urls: Urls) -> TeamPage:
    """Return the page of one team."""
    zone = time_zone(everything.time_zone)
    return TeamPage(
        frame=Frame(cards.group.name, (Link("Scorecards", urls.index),), FOOTER),
        name=cards.group.name,
        summary=_summary(cards.overall),
        card=card_view(cards, everything.min_calls, urls, zone),
        agents=tuple(_row(agent, everything.min_calls, urls) for agent in _agents_of(cards, everything)),
    )


def agent_page(cards: GroupCards, everything: Scorecards, calls: Mapping[str, ScoredCall], urls: Urls) -> AgentPage:
    """Return the page of one agent; `calls` holds at least the agent's own, by id."""
    zone = time_zone(everything.time_zone)
    group = cards.group
    teams = [Link("Scorecards", urls.index)]
    teams += [Link(team.group.name, urls.group(team.group)) for team in _teams_of(cards, everything)]
    return AgentPage(
        frame=Frame(group.name, tuple(teams), FOOTER),
        name=group.name,
        summary=_summary(cards.overall),
        card=card_view(cards, everything.min_calls, urls, zone),
        calls=tuple(_call(calls[id_], urls, zone) for id_ in reversed(cards.overall.calls)),
    )


def _summary(card: Scorecard) -> str:
    rubrics = ", ".join(f"{use.name} {use.version}" for use in card.rubrics)
    return f"{formats.calls(len(card.calls))}, {card.score.n} with a score · rubric {rubrics}"


def _agents_of(team: GroupCards, cards: Scorecards) -> list[GroupCards]:
    own = set(team.overall.calls)
    return [agent for agent in cards.agents if own.intersection(agent.overall.calls)]


def _teams_of(agent: GroupCards, cards: Scorecards) -> list[GroupCards]:
    own = set(agent.overall.calls)
    teams = [team for team in cards.teams if own.intersection(team.overall.calls)]
    return [team for team in teams if team.group.name != NO_TEAM or team.group.key is not None]


def _row(cards: GroupCards, min_calls: int, urls: Urls) -> GroupRow:
    return GroupRow(
        link=Link(cards.group.name, urls.group(cards.group)),
        calls=formats.calls(len(cards.overall.calls)),
        score=score_view(cards.overall, min_calls),
        direction=direction(cards),
    )


def _call(call: ScoredCall, urls: Urls, zone: tzinfo) -> CallRow:
    name = formats.file_name(call.info.file)
    return CallRow(
        link=Link(formats.moment(call.info.started_at, zone) or "No date", urls.call(call.call_id)),
        file=name,
        duration=formats.clock(call.duration),
        score=formats.score(call.score.score),
        unsure_range=formats.low_high(call.score.low, call.score.high),
        failed=call.score.failed,
        signs=tuple(
            charts.icon(item.outcome, f"{item.title}: {formats.OUTCOMES[item.outcome].lower()}")
            for item in call.score.criteria
        ),
    )
