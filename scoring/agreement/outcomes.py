"""Compare stored scores with what people found in the same calls."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from scoring.agreement.kappa import cohen_kappa
from scoring.errors import InputError
from scoring.results import Outcome
from scoring.scorecard.types import ScoredCall

_SHAPE = 'Each line is what people found in one call: {"file": "a.wav", "criteria": {"greeting": "met"}}.'


class TruthCall(BaseModel):
    """What people found in one call. Other fields of the line (turns, items) are for other measurements."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file: str
    criteria: dict[str, Outcome]


@dataclass(frozen=True, slots=True)
class Difference:
    """One outcome on which machine and people differ."""

    file: str
    call_id: str
    criterion: str
    people: Outcome
    machine: Outcome
    reason: str  # the machine's


@dataclass(frozen=True, slots=True)
class CriterionAgreement:
    """One criterion over all calls that people judged."""

    criterion: str
    n: int
    agreed: int
    unsure: int  # the machine left these to a person; they count as not agreed
    kappa: float | None

    @property
    def share(self) -> float | None:
        """Agreed over n; None when nothing was compared."""
        return self.agreed / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class Agreement:
    """All criteria, every difference by name, and the calls that could not be compared."""

    criteria: tuple[CriterionAgreement, ...]
    differences: tuple[Difference, ...]
    not_scored: tuple[str, ...]  # in the truth file, but without a score

    @property
    def n(self) -> int:
        """Outcomes compared."""
        return sum(one.n for one in self.criteria)

    @property
    def agreed(self) -> int:
        """Outcomes on which machine and people say the same."""
        return sum(one.agreed for one in self.criteria)

    @property
    def share(self) -> float | None:
        """Agreed over compared; None when nothing was compared."""
        return self.agreed / self.n if self.n else None


def read_truth(path: Path) -> tuple[TruthCall, ...]:
    """Read JSON lines of `{"file": …, "criteria": {criterion: outcome}}`.

    Raises:
        InputError: the file is missing, or a line is not of that shape; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text.", hint=_SHAPE) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", hint=_SHAPE) from None
    calls = tuple(_truth_line(path, number, line) for number, line in enumerate(lines, 1) if line.strip())
    if not calls:
        raise InputError(f"{path} is empty.", hint=_SHAPE)
    return calls


def _truth_line(path: Path, number: int, line: str) -> TruthCall:
    try:
        return TruthCall.model_validate(json.loads(line))
    except ValidationError as error:
        fault = error.errors()[0]
        where = "".join(f"{part}." for part in fault["loc"])[:-1] or "the whole line"
        raise InputError(f"{path}, line {number}: {where}: {fault['msg']}.", hint=_SHAPE) from None
    except ValueError as error:
        raise InputError(f"{path}, line {number} is not JSON: {error}.", hint=_SHAPE) from None


def compare_outcomes(
    truth: Sequence[TruthCall], calls: Iterable[ScoredCall], also: Mapping[str, str] | None = None
) -> Agreement:
    """Compare people's outcomes with the machine's, call by call and criterion by criterion.

    `also` maps other names of a call to the name it is stored under. A criterion that the rubric lacks is left out.
    """
    by_file = {call.info.file: call for call in calls}
    pairs: dict[str, list[tuple[Outcome, Outcome]]] = {}
    differences: list[Difference] = []
    missing: list[str] = []
    for call in truth:
        scored = by_file.get((also or {}).get(call.file, call.file))
        if scored is None:
            missing.append(call.file)
            continue
        for result in scored.score.criteria:
            people = call.criteria.get(result.id)
            if people is None:
                continue
            pairs.setdefault(result.id, []).append((people, result.outcome))
            if people is not result.outcome:
                differences.append(
                    Difference(call.file, scored.call_id, result.id, people, result.outcome, result.reason)
                )
    return Agreement(tuple(_one(name, found) for name, found in pairs.items()), tuple(differences), tuple(missing))


def _one(criterion: str, pairs: Sequence[tuple[Outcome, Outcome]]) -> CriterionAgreement:
    people, machine = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return CriterionAgreement(
        criterion=criterion,
        n=len(pairs),
        agreed=sum(one is other for one, other in pairs),
        unsure=machine.count(Outcome.UNSURE),
        kappa=cohen_kappa(people, machine),
    )
