"""What a criterion can look for. Each kind of check is one frozen value here and one function in `scoring.judge`.

The annotations carry the limits that a rubric's text is held to; once made, these are plain values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, InstanceOf

from scoring.errors import nearest
from scoring.vocabulary import BEHAVIOUR_BY_NAME, FACT_BY_NAME, MEASURE_BY_NAME

Who = Literal["agent", "customer", "system", "anyone"]
FORBID = ConfigDict(extra="forbid")


def hinted(message: str, name: str, names: Sequence[str]) -> str:
    """Return the message, with the closest of the known names where one is close."""
    hint = nearest(name, names)
    return f"{message}, {hint}" if hint else message


def known_as(kind: str, names: list[str]) -> Callable[[str], str]:
    """Return a validator that refuses a name outside `names` and suggests its neighbour."""

    def check(name: str) -> str:
        if name not in names:
            raise ValueError(hinted(f"unknown {kind} {name!r}", name, names))
        return name

    return check


def not_blank(text: str) -> str:
    """Strip `text`. Raises ValueError when nothing is left."""
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


BehaviourName = Annotated[str, AfterValidator(known_as("behaviour", list(BEHAVIOUR_BY_NAME)))]
FactName = Annotated[str, AfterValidator(known_as("fact", list(FACT_BY_NAME)))]
MeasureName = Annotated[str, AfterValidator(known_as("measure", list(MEASURE_BY_NAME)))]
Count = Annotated[int, Field(ge=0, strict=True)]
Positive = Annotated[int, Field(ge=1, strict=True)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, strict=True, allow_inf_nan=False)]
Worth = Annotated[float, Field(gt=0, strict=True, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, lt=1, strict=True)]
Text = Annotated[str, AfterValidator(not_blank)]


def _band(raw: tuple[float, float]) -> tuple[float, float]:
    low, high = raw
    if not 0 < low <= 0.5 <= high <= 1:
        raise ValueError("must be two numbers around 0.5, such as [0.35, 0.65]")
    return low, high


UnsureBand = Annotated[tuple[float, float], AfterValidator(_band)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The stretch of a conversation that counts; several limits together narrow it.

    Seconds count from the start or back from the end of the conversation, turns are of all parties. `before` and
    `after` include the turn that shows the behaviour itself.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    part: Literal["whole", "opening", "ending", "closing"] = "whole"
    first_seconds: Seconds | None = None
    last_seconds: Seconds | None = None
    first_turns: Positive | None = None
    last_turns: Positive | None = None
    before: BehaviourName | None = None
    after: BehaviourName | None = None
    within_turns: Positive | None = None  # with `after`: only so many turns past it

    def __post_init__(self) -> None:
        if self.within_turns is not None and self.after is None:
            raise ValueError("`within_turns` needs `after`")


PARTS = ["whole", "opening", "ending", "closing"]


def _window_of(raw: object) -> object:
    """Let a window be written as one word."""
    if isinstance(raw, str):
        return {"part": known_as("window", PARTS)(raw)}
    return raw


WindowText = Annotated[Window, BeforeValidator(_window_of)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A range of a measure, both ends included."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    at_least: Number | None = None
    at_most: Number | None = None
    share: Share | None = None  # of the points, in an `acceptable` band

    def __post_init__(self) -> None:
        low, high = self.ends
        if math.isinf(low) and math.isinf(high):
            raise ValueError("needs `at_least`, `at_most` or both")
        if low > high:
            raise ValueError("`at_least` is above `at_most`")

    @property
    def ends(self) -> tuple[float, float]:
        """Lower and upper end."""
        low = -math.inf if self.at_least is None else self.at_least
        return low, math.inf if self.at_most is None else self.at_most

    def holds(self, value: float) -> bool:
        """Return whether `value` lies in the range."""
        low, high = self.ends
        return low <= value <= high


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What all checks have: a name for reasons, and their worth among the parts of a partial criterion."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    nodes: ClassVar[tuple[str, ...]] = ()  # the fields that hold checks
    label: str = ""
    worth: Worth = 1.0


KINDS: dict[str, type[Check]] = {}
C = TypeVar("C", bound=type[Check])


def kind(key: str) -> Callable[[C], C]:
    """Register a check under the key that tells it from the others in a rubric."""

    def register(made: C) -> C:
        KINDS[key] = made
        return made

    return register


@kind("behaviour")
@dataclass(frozen=True, slots=True, kw_only=True)
class BehaviourCheck(Check):
    """Somebody does something, at least or at most so often. `by` defaults to who the vocabulary says.

    `unsure_band` is for this check alone: an accusation, say, wants more proof than praise.
    """

    behaviour: BehaviourName
    by: Who | None = None
    window: WindowText = Window()
    at_least: Positive | None = None  # 1 when neither limit is given
    at_most: Count | None = None
    unsure_band: UnsureBand | None = None

    def __post_init__(self) -> None:
        _ordered(self.at_least, self.at_most)


@kind("phrase")
@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseCheck(Check):
    """Literal words, one of several, heard or (`forbidden`) never heard. Case and punctuation do not matter."""

    phrase: Annotated[tuple[Text, ...], BeforeValidator(lambda raw: [raw] if isinstance(raw, str) else raw)]
    by: Who = "agent"
    window: WindowText = Window()
    at_least: Positive = 1
    forbidden: bool = False

    def __post_init__(self) -> None:
        if not self.phrase:
            raise ValueError("needs at least one phrase")
        if not all(any(letter.isalnum() for letter in phrase) for phrase in self.phrase):
            raise ValueError("a phrase needs at least one word")


@kind("measure")
@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureCheck(Check):
    """A number is in its good band; the acceptable band earns a share of the points. Left out when not measured."""

    measure: MeasureName
    good: Range
    acceptable: Range | None = None

    def __post_init__(self) -> None:
        if self.good.share is not None:
            raise ValueError("`share` belongs to `acceptable`: the good band earns all")
        if self.acceptable is not None and self.acceptable.share is None:
            raise ValueError("`acceptable` needs a `share` of the points between 0 and 1")


@kind("fact")
@dataclass(frozen=True, slots=True, kw_only=True)
class FactCheck(Check):
    """A fact of the call has a value, or one of several."""

    fact: FactName
    is_: str = ""
    in_: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.is_) == bool(self.in_):
            raise ValueError("needs either `is` with one value or `in` with a list")
        for value in self.values:
            known_as(f"value of {self.fact}", list(FACT_BY_NAME[self.fact].values))(value)

    @property
    def values(self) -> tuple[str, ...]:
        """The values that count."""
        return (self.is_,) if self.is_ else self.in_


Parts = Annotated[tuple[InstanceOf[Check], ...], Field(min_length=1)]


@kind("all_of")
@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf(Check):
    """Every part is met."""

    nodes: ClassVar[tuple[str, ...]] = ("all_of",)
    all_of: Parts


@kind("any_of")
@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf(Check):
    """One part or more is met."""

    nodes: ClassVar[tuple[str, ...]] = ("any_of",)
    any_of: Parts


@kind("of")
@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast(Check):
    """So many of the parts are met."""

    nodes: ClassVar[tuple[str, ...]] = ("of",)
    at_least: Positive
    of: Parts

    def __post_init__(self) -> None:
        if self.at_least > len(self.of):
            raise ValueError(f"asks for {self.at_least} of {len(self.of)} parts")


@kind("not")
@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Check):
    """The part is not met."""

    nodes: ClassVar[tuple[str, ...]] = ("not_",)
    not_: InstanceOf[Check]


def _ordered(low: int | None, high: int | None) -> None:
    if low is not None and high is not None and low > high:
        raise ValueError("`at_least` is above `at_most`")


def parts_of(check: Check) -> tuple[Check, ...]:
    """The checks directly inside `check`."""
    found: list[Check] = []
    for name in check.nodes:
        inside: Any = getattr(check, name)
        found.extend(inside if isinstance(inside, tuple) else (inside,))
    return tuple(found)


def walk(check: Check) -> tuple[Check, ...]:
    """`check` and all checks inside it, outermost first."""
    return (check, *(inner for part in parts_of(check) for inner in walk(part)))
