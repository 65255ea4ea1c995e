"""Who called whom and how the matter ended: signs in the words, weighed by logistic regressions.

The weights are fitted on our own calls (`calibrate.py`) and kept in `model/course.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scoring.calls import Role, Transcript
from scoring.errors import WeightsError
from scoring.signals.text import norm
from scoring.signals.types import Hit
from scoring.vocabulary import FACT_BY_NAME

WEIGHTS = Path(__file__).parent / "model" / "course.json"
OUTCOMES = FACT_BY_NAME["outcome"].values
OPENING_TURNS = 6  # of the agent, in which it shows who called
FIRST_WORDS = 3  # of the agent's turns, in which a person is asked for
CALLERS_TURNS = 4  # of the customer, in which a caller says why
CLOSING_SHARE = 0.35  # of the turns, at the end, in which the outcome is looked for
CLOSING_TURNS = 14  # and never fewer turns than these
NEAR = (3, 7)  # turns before and after a refusal in which its cause or another way is told
MAY_SHOW = 0.35  # probability of a behaviour from which it may show an outcome
_TELLING = {
    "resolved": ("worked", "close_next"),
    "dated": ("next_step_dated",),
    "undated": ("close_next", "transfer", "ownership"),
    "refused_explained": ("refusal",),
    "refused_bare": ("refusal",),
}
Array = npt.NDArray[np.float64]

_CALLS_OUT = re.compile(
    r"(?:im|i am|this is \w+|we are|were) (?:just )?calling (?:you )?(?:from|about|regarding|to|because|"
    r"in regard|on behalf|with)|"
    r"(?:reason|purpose) (?:for|of) my call|am i speaking (?:to|with)|may i (?:please )?(?:speak|talk) (?:to|with)|"
    r"returning your call|following up|(?:you|youve) (?:recently )?(?:requested|filled out|submitted|"
    r"inquired|signed up)|"
    r"is this a good time|do you have (?:a|two|five) minutes?|reaching out to you|caught you|"
    # the agent says for the customer why they talk
    r"(?:looks like|i see|i saw|it says|im showing|we (?:have|got|received)) (?:that |here )?(?:you|your|a|the) "
    r"(?:just |recently )?(?:were|are looking|requested|filled|submitted|connected|quote|request|form|inquiry)|"
    r"you were (?:connected|transferred|referred)"
)
_TAKES_CALLS = re.compile(
    r"(?:thank you|thanks) for (?:calling|choosing|contacting|call)|how (?:can|may) i (?:help|direct|"
    r"assist)|may i help|"
    r"what can i do for you|your call is important|press (?:\d|one|two|tagphonenumber)|next available|are recorded"
)
_CALLER = re.compile(
    r"(?:im|i am|i was|i|just|were) (?:just )?(?:calling|called)(?! you back)|i (?:need|want|wanted|have a question)|"
    r"id like|i would like|looking (?:for|to)|can you help|wondering if"
)
_ASKS_FOR_SOMEBODY = re.compile(
    r"(?<!\w)(?:is (?:this|that)|(?:may|can|could) i speak|speaking (?:to|with)|am i speaking)(?!\w)"
)
_HELPS = re.compile(r"help|assist|do for|calling")
DONE = re.compile(
    r"(?:youre|you are|its|it is|that is|thats|everything is) (?:\w+ )?(?:all set|taken care of|done|"
    r"fixed|good to go|active|sorted|moved|booked|cancell?ed|on (?:your|the) (?:policy|account|order|note))|"
    r"(?:ive|i have|i just|has been|have been|its been|weve) (?:\w+ ){0,2}(?:cancell?ed|updated|changed|reset|refunded|"
    r"processed|completed|activated|fixed|transferred the|booked|unlocked|removed|added|paid|confirmed|corrected)"
)
_WORKED = re.compile(
    r"(?:it|that) (?:works|worked|is working|fixed it)|(?:works|working|fixed) now|that did it|it went through"
)


@cache
def _weights() -> dict[str, Array]:
    """Weights of the signs, the last row the constant: `direction` (n + 1, 1), `outcome` (n + 1, 6).

    Raises:
        WeightsError: the file is missing or damaged.
    """
    try:
        stored = json.loads(WEIGHTS.read_text("utf-8"))
        return {name: np.array(stored[name], dtype=np.float64) for name in ("direction", "outcome")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{WEIGHTS} cannot be read: {error}", hint="Install callscore again.") from None


def outbound(transcript: Transcript) -> float:
    """Return the chance, 0..1, that the company called the customer."""
    (score,) = [*direction_signs(transcript), 1.0] @ _weights()["direction"]
    return float(0.5 * (1.0 + np.tanh(0.5 * score)))


def outcomes(transcript: Transcript, hits: Sequence[Hit], kinds: Iterable[str]) -> Array:
    """Return the chance of each of OUTCOMES, shape (6,); `kinds` are the types that hold.

    An end that no turn shows is not claimed: what the weights give it goes to the others. Nor is a matter left open
    ("none") that was refused.
    """
    scores = [*outcome_signs(transcript, hits, kinds), 1.0] @ _weights()["outcome"]
    shown = [name == "none" or bool(evidence(transcript, hits, name)) for name in OUTCOMES]
    raised = np.where(shown, np.exp(scores - scores.max()), 0.0)
    raised[OUTCOMES.index("none")] *= 1.0 - _surest(hits, "refusal")
    return np.asarray(raised / raised.sum(), dtype=np.float64)


def direction_signs(transcript: Transcript) -> list[float]:
    """Return what speaks for and against a call by the company, each 0 or 1."""
    turns = transcript.turns
    agents = [i for i, turn in enumerate(turns) if turn.role is Role.AGENT][:OPENING_TURNS]
    customers = [i for i, turn in enumerate(turns) if turn.role is Role.CUSTOMER][:CALLERS_TURNS]
    agent, first = (" ".join(norm(turns[i].text) for i in some) for some in (agents, agents[:FIRST_WORDS]))
    caller = " ".join(norm(turns[i].text) for i in customers)
    system = norm(" ".join(turn.text for turn in turns[:8] if turn.role is Role.SYSTEM))
    found = (
        _CALLS_OUT.search(agent),
        _TAKES_CALLS.search(agent),
        _TAKES_CALLS.search(system),
        _CALLER.search(caller),
        customers and agents and customers[0] < agents[0],
        _ASKS_FOR_SOMEBODY.search(first),
        _HELPS.search(first),
    )
    return [float(bool(each)) for each in found]


def late(transcript: Transcript) -> int:
    """Return the first turn of the part in which the outcome is looked for."""
    count = len(transcript.turns)
    return max(0, min(int(count * (1 - CLOSING_SHARE)), count - CLOSING_TURNS))


def outcome_signs(transcript: Transcript, hits: Sequence[Hit], kinds: Iterable[str]) -> list[float]:
    """Return what tells how the matter ended, each 0..1."""
    count, start = len(transcript.turns), late(transcript)

    def chance(name: str, since: int = 0) -> float:
        return _surest([hit for hit in hits if hit.turn >= since], name)

    refusals = [hit.turn for hit in hits if hit.behaviour == "refusal" and hit.probability >= 0.5]

    def beside(name: str) -> float:
        return _surest([hit for hit in hits if any(-NEAR[0] <= hit.turn - turn <= NEAR[1] for turn in refusals)], name)

    refused, reason, other = chance("refusal"), beside("refusal_reason"), beside("alternative")
    done = float(bool(said(transcript, DONE, Role.AGENT)))
    dated = chance("next_step_dated", start)
    return [
        dated,
        chance("next_step_dated"),
        chance("close_next", start),
        chance("close_next"),
        refused,
        chance("refusal", count // 3),
        float(_last(hits, "refusal") > _last(hits, "close_next")),
        reason,
        other,
        refused * max(reason, other),
        refused * (1.0 - max(reason, other)),
        max(float(bool(said(transcript, _WORKED, Role.CUSTOMER))), chance("worked", start)),
        done,
        done * (1.0 - dated),
        chance("transfer", start),
        chance("ownership", start),
        chance("close_bye"),
        *(float(kind in kinds) for kind in ("dropped", "transferred")),
    ]


def _surest(hits: Sequence[Hit], name: str) -> float:
    return max((hit.probability for hit in hits if hit.behaviour == name), default=0.0)


def _last(hits: Sequence[Hit], name: str) -> int:
    return max((hit.turn for hit in hits if hit.behaviour == name and hit.probability >= 0.5), default=-1)


def said(transcript: Transcript, words: re.Pattern[str], role: Role) -> list[int]:
    """Return the late turns in which a party says `words`."""
    turns = transcript.turns
    return [
        i for i in range(late(transcript), len(turns)) if turns[i].role is role and words.search(norm(turns[i].text))
    ]


def evidence(transcript: Transcript, hits: Sequence[Hit], outcome: str) -> tuple[int, ...]:
    """Return the turns that may show an outcome, the surest first; none for "none"."""
    telling = _TELLING.get(outcome, ())
    start = 0 if outcome.startswith("refused") else late(transcript)
    shown = sorted(
        (hit for hit in hits if hit.behaviour in telling and hit.turn >= start and hit.probability >= MAY_SHOW),
        key=lambda hit: (-hit.probability, hit.turn),
    )
    turns = [hit.turn for hit in shown]
    if outcome == "resolved":
        turns = [*said(transcript, DONE, Role.AGENT), *said(transcript, _WORKED, Role.CUSTOMER), *turns]
    return tuple(dict.fromkeys(turns))
