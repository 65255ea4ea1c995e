"""The plain values that `signals` makes and `judge` reads. No model is needed to hold them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from scoring.calls import Role, digest


@dataclass(frozen=True, slots=True)
class Hit:
    """One behaviour seen in one turn. Hits under a low floor are not kept: a turn without a hit did not show it."""

    behaviour: str
    turn: int  # index into the transcript's turns
    role: Role
    probability: float  # 0..1
    quote: str  # the words that show it
    start: float | None = None  # seconds
    end: float | None = None
    doubt: str = ""  # why this may be misheard: "heard 'Alys' for Alice"; makes a criterion unsure rather than met


@dataclass(frozen=True, slots=True)
class FactValue:
    """A fact of the call with the probability that it is so, and the turns that show it."""

    name: str
    value: str
    probability: float
    turns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a call's time, in seconds, that a measure rests on."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Measure:
    """A number measured on the call; `value` is None where it could not be measured."""

    name: str
    value: float | None
    unit: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Signals:
    """Everything found in one call."""

    hits: tuple[Hit, ...]
    facts: tuple[FactValue, ...]
    measures: tuple[Measure, ...]
    made_by: tuple[tuple[str, str], ...] = ()  # detectors and their versions or hashes, sorted

    @property
    def content_hash(self) -> str:
        """sha256 of everything a judgement can rest on."""
        return digest(asdict(self))

    def fact(self, name: str) -> FactValue | None:
        """Return the fact called `name`, or None when nothing is known of it."""
        return next((fact for fact in self.facts if fact.name == name), None)

    def measure(self, name: str) -> Measure | None:
        """Return the measure called `name`, or None when it was not taken."""
        return next((measure for measure in self.measures if measure.name == name), None)
