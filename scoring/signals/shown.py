"""What the reader sees in each turn, joined with what the rules found there.

Both are weighed per behaviour by a logistic regression (`calibrate.py`): the reader's logit, whether a rule spoke, and
how sure it was. Where there is no reader the rules stand alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from scoring.calls import Role, Transcript
from scoring.errors import WeightsError
from scoring.reader import LABELS, Reading, Shown
from scoring.reader.labels import shown_by
from scoring.signals.phrases import UNKNOWN_ROLE_FACTOR, make_hit, surest
from scoring.signals.text import Token, tokenize
from scoring.signals.types import Hit
from scoring.vocabulary import BEHAVIOUR_BY_NAME

WEIGHTS = Path(__file__).parent / "model" / "calibration.json"
FLOOR = 0.2  # hits under it are not kept

# Which of both decides was chosen on 24 real calls (benchmarks/README.md); elsewhere both are weighed together.
# Rules know names, and that "one moment" is no hold where nobody leaves.
RULES_DECIDE = frozenset({"name_used", "hold", "hold_announced", "hold_return"})
EITHER_SHOWS = frozenset(
    {
        "greet_company",
        "greet_offer",
        "close_bye",
        "close_next",
        "listen_paraphrase",
        "listen_repeat_forced",
        "asks_again",
    }
)  # rules find what the reader misses in real speech
# Our invented callers are in trouble more often than real ones, and readers saw it sooner in them: log odds
SELDOMER = {"emp_needed": -1.2}
_LEAST, _MOST = 0.01, 0.99  # probabilities of rules are taken between these
COLUMNS = {name: at for at, name in enumerate(LABELS) if name in BEHAVIOUR_BY_NAME}


@dataclass(frozen=True, slots=True)
class Weights:
    """How a behaviour's probability is made: the logistic of a weighted sum.

    `reader` weighs the reader's logit, `ruled` counts where a rule spoke and `rule` weighs its logit there.
    """

    reader: float = 1.0
    ruled: float = 0.0
    rule: float = 1.0
    shift: float = 0.0

    def probability(self, logit: float, rule: float | None) -> float:
        """Join the reader's logit with a rule's probability; None where no rule spoke."""
        total = self.reader * logit + self.shift
        if rule is not None:
            total += self.ruled + self.rule * log_odds(rule)
        return float(0.5 * (1.0 + np.tanh(0.5 * total)))


def log_odds(probability: float) -> float:
    """Return log(p / (1 - p)) of a probability kept between 0.01 and 0.99."""
    kept = min(max(probability, _LEAST), _MOST)
    return float(np.log(kept / (1.0 - kept)))


@cache
def weights() -> dict[str, Weights]:
    """Read the weights that ship with callscore, by behaviour.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    try:
        stored = json.loads(WEIGHTS.read_text("utf-8"))["weights"]
        made = {name: Weights(**{key: float(value) for key, value in row.items()}) for name, row in stored.items()}
        if not np.isfinite([list(asdict(each).values()) for each in made.values()]).all():
            raise ValueError("a weight is no number")
        return made
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{WEIGHTS} cannot be read: {error}", hint="Install callscore again.") from None


def joined(transcript: Transcript, rules: Sequence[Hit], reading: Reading | None) -> list[Hit]:
    """Return the hits of rules and reader together, the surest of a behaviour in a turn, none under FLOOR."""
    if reading is None:
        return [hit for hit in surest(rules) if hit.probability >= FLOOR]
    table = weights()
    clearest = strongest(transcript, reading)
    ruled = {(hit.turn, hit.behaviour): hit for hit in surest(rules)}
    made = [hit for key, hit in ruled.items() if key not in clearest]
    for (turn, name), (shown, logit) in clearest.items():
        rule = ruled.get((turn, name))
        said = None if rule is None else min(1.0, rule.probability / _counts(rule.role))
        chance = decided(name, logit, said, table.get(name, Weights()))
        hit = _hit(transcript, shown, name, chance, rule) if chance >= FLOOR else None
        made += [hit] if hit is not None else []
    return [hit for hit in surest(made) if hit.probability >= FLOOR]


def decided(behaviour: str, logit: float, rule: float | None, weighed: Weights) -> float:
    """Return the probability of a behaviour in a turn: from the reader's logit, and a rule's if one spoke."""
    if behaviour in RULES_DECIDE:
        return rule or 0.0
    chance = weighed.probability(logit, rule)
    if behaviour in SELDOMER:
        odds = float(np.exp(SELDOMER[behaviour]))
        chance = chance * odds / (1.0 - chance + chance * odds)
    return max(chance, rule) if rule is not None and behaviour in EITHER_SHOWS else chance


def strongest(transcript: Transcript, reading: Reading) -> dict[tuple[int, str], tuple[Shown, float]]:
    """Return for each turn and each behaviour its speaker can show: the sentence that shows it most, and its logit."""
    best: dict[tuple[int, str], tuple[Shown, float]] = {}
    for shown in reading.shown:
        may = shown_by(transcript.turns[shown.turn].role)
        for name, column in COLUMNS.items():
            if column in may:
                logit = float(shown.logits[column])
                key = (shown.turn, name)
                if key not in best or logit > best[key][1]:
                    best[key] = (shown, logit)
    return best


def _hit(transcript: Transcript, shown: Shown, behaviour: str, chance: float, rule: Hit | None) -> Hit | None:
    """The rule's words where it spoke, for they are exact; else the sentence. None where there are no words to show."""
    if rule is not None:
        return replace(rule, probability=round(_counts(rule.role) * chance, 4))
    tokens = _tokens(transcript, shown)
    return make_hit(transcript.turns, tokens, behaviour, chance) if tokens else None


def _counts(role: Role) -> float:
    """How much a hit counts, by whether it is known who spoke; `make_hit` does the same."""
    return UNKNOWN_ROLE_FACTOR if role is Role.UNKNOWN else 1.0


def _tokens(transcript: Transcript, shown: Shown) -> tuple[Token, ...]:
    everything = tokenize(transcript.turns[shown.turn].text, shown.turn)
    inside = tuple(token for token in everything if token.start >= shown.start and token.end <= shown.end)
    return inside or everything
