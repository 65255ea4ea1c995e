"""One call laid out for judging: which turns a window holds, and what is surely or possibly seen in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scoring.calls import Call, Direction, Role, Turn
from scoring.judge.wording import place
from scoring.results import Evidence
from scoring.rubric import Window
from scoring.signals.types import FactValue, Hit, Signals
from scoring.vocabulary import BEHAVIOUR_BY_NAME

# The opening and the closing, in turns of one live agent or in seconds, whichever reaches further. In 24 labelled
# calls every part of a greeting stood in the agent's first 4 turns, and every goodbye, thanks and offer of more help
# in the last 8; seconds help where recognition cuts one breath into many turns.
OPENING_TURNS, OPENING_SECONDS = 4, 15.0
CLOSING_TURNS, CLOSING_SECONDS = 8, 45.0
ENDING_SHARE = 0.4  # of the turns; every next step that readers named in those calls stood in the last 36 %

LEAST_ROLE_CONFIDENCE = 0.6  # below it who spoke is nearer a guess of two than knowledge
LEAST_WORDS_CONFIDENCE = 0.4  # a turn recognised worse than this cannot decide whether exact words were said

_LIVE = (Role.AGENT, Role.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Seen:
    """A hit that counts, or that may: then `doubt` says why it is not sure."""

    hit: Hit
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """A call with its signals, and the band of probabilities that are unsure."""

    call: Call
    signals: Signals
    band: tuple[float, float]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns of the call."""
        return self.call.transcript.turns

    def facts(self, name: str) -> tuple[FactValue, ...]:
        """Return what is known of a fact; the call's own record stands in where the signals say nothing."""
        found = tuple(fact for fact in self.signals.facts if fact.name == name)
        if not found and name == "medium":
            return (FactValue("medium", self.call.medium.value, 1.0),)
        if not found and name == "direction" and self.call.info.direction is not Direction.UNKNOWN:
            return (FactValue("direction", self.call.info.direction.value, 1.0),)
        return found

    def hits(self, behaviour: str, window: Window) -> tuple[Hit, ...] | None:
        """Return the hits of a behaviour in a window, in order; None when the window needs times that are missing."""
        turns = self.turns_in(window)
        if turns is None:
            return None
        found = (hit for hit in self.signals.hits if hit.behaviour == behaviour and hit.turn in turns)
        return tuple(sorted(found, key=_hit_order))

    def role_doubt(self, turn: int, by: str) -> str | None:
        """Return why `by` may not have spoken this turn, "" when it surely did, None when somebody else surely did."""
        spoken = self.turns[turn]
        if by == "anyone":
            return ""
        sure = spoken.role_confidence is None or spoken.role_confidence >= LEAST_ROLE_CONFIDENCE
        if spoken.role is not Role.UNKNOWN and sure:
            return "" if spoken.role.value == by else None
        return f"it is not certain who spoke at {place(self.show(turn), self.call.medium)}"

    def show(self, turn: int, behaviour: str = "", probability: float | None = None) -> Evidence:
        """Return a whole turn as evidence."""
        spoken = self.turns[turn]
        return Evidence(turn, spoken.role, spoken.text, spoken.start, spoken.end, behaviour, probability)

    def turns_in(self, window: Window) -> frozenset[int] | None:
        """Return the indexes of the turns a window holds; None when it is in seconds and no turn has times."""
        count = len(self.turns)
        inside = set(range(count))
        if window.part != "whole":
            inside &= {"opening": opening, "ending": ending, "closing": closing}[window.part](self.turns)
        inside &= set(range(window.first_turns or count))
        inside &= set(range(count - (window.last_turns or count), count))
        if window.first_seconds is not None or window.last_seconds is not None:
            timed = self._timed(window)
            if timed is None:
                return None
            inside &= timed
        return frozenset(inside & self._around(window))

    def _timed(self, window: Window) -> set[int] | None:
        ends = [turn.end for turn in self.turns if turn.end is not None]
        if not ends:
            return None
        length = self.call.transcript.duration or max(ends)
        until = window.first_seconds or float("inf")
        since = length - window.last_seconds if window.last_seconds is not None else float("-inf")
        return {
            index
            for index, turn in enumerate(self.turns)
            if turn.start is not None and turn.end is not None and turn.start < until and turn.end > since
        }

    def _around(self, window: Window) -> set[int]:
        """Turns up to a behaviour (all, when it never comes) and from it on (none, when it never comes)."""
        inside = set(range(len(self.turns)))
        if window.before is not None:
            first = min(self._anchors(window.before), default=len(self.turns))
            inside &= set(range(first + 1))
        if window.after is not None:
            reach = window.within_turns or len(self.turns)
            inside &= {turn for anchor in self._anchors(window.after) for turn in range(anchor, anchor + reach + 1)}
        return inside

    def _anchors(self, behaviour: str) -> set[int]:
        by = BEHAVIOUR_BY_NAME[behaviour].by.value
        return {
            hit.turn
            for hit in self.signals.hits
            if hit.behaviour == behaviour and hit.probability >= 0.5 and self.role_doubt(hit.turn, by) is not None
        }


def opening(turns: Sequence[Turn]) -> set[int]:
    """The turns in which the first live agent opens, up to the agent's fourth turn or the fifteenth second.

    A turn whose speaker is not known and that comes before belongs to it: it may be the greeting.
    """
    live = [index for index, turn in enumerate(turns) if turn.role in _LIVE]
    agent = [index for index in live if turns[index].role is Role.AGENT] or live
    if not agent:
        return set()
    mine = [index for index in agent if turns[index].speaker == turns[agent[0]].speaker]
    start = turns[mine[0]].start
    last = mine[:OPENING_TURNS][-1]
    for index in mine[OPENING_TURNS:]:
        began = turns[index].start
        if start is not None and began is not None and began - start < OPENING_SECONDS:
            last = index
    return {index for index in range(live[0], last + 1) if _not_another(turns[index], turns[mine[0]])}


def closing(turns: Sequence[Turn]) -> set[int]:
    """The turns in which the last live agent closes, from the agent's eighth turn or 45 seconds before the end on."""
    live = [index for index, turn in enumerate(turns) if turn.role in _LIVE]
    agent = [index for index in live if turns[index].role is Role.AGENT] or live
    if not agent:
        return set()
    mine = [index for index in agent if turns[index].speaker == turns[agent[-1]].speaker]
    end = turns[mine[-1]].end
    first = mine[-CLOSING_TURNS:][0]
    for index in reversed(mine[:-CLOSING_TURNS]):
        ended = turns[index].end
        if end is not None and ended is not None and end - ended < CLOSING_SECONDS:
            first = index
    return {index for index in range(first, len(turns)) if _not_another(turns[index], turns[mine[-1]])}


def ending(turns: Sequence[Turn]) -> set[int]:
    """The last two fifths of the turns, and the closing: where it is said how the matter goes on."""
    return closing(turns) | set(range(round((1 - ENDING_SHARE) * len(turns)), len(turns)))


def _hit_order(hit: Hit) -> tuple[int, float, str, str, float]:
    return hit.turn, -hit.probability, hit.doubt, hit.quote, hit.start or 0.0


def _not_another(turn: Turn, agent: Turn) -> bool:
    return turn.role is not Role.AGENT or turn.speaker == agent.speaker
