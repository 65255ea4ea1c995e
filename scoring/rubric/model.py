"""What a rubric is once it has been read: plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, InstanceOf

from scoring.errors import nearest
from scoring.rubric.checks import FORBID, Check, Text, UnsureBand
from scoring.vocabulary import LANGUAGE

PLACEHOLDERS: Mapping[str, str] = {
    "title": "the criterion's title",
    "speaker": "the agent's name, or who spoke",
    "quote": "the words that decided",
    "when": "at 0:42, or in message 3",
    "time": "0:42, or message 3",
    "found": "the parts that were shown",
    "missing": "the parts that were not",
    "count": "how often it was shown",
    "value": "what was measured",
    "why": "why it did not apply, or why it is not sure",
    "cue": "the words that made the criterion apply",
    "cue_when": "when they were said",
}

# the middle of the probabilities: a detector that gives 0.35..0.65 says little more than a coin
UNSURE_BAND = (0.35, 0.65)


def _template(text: str) -> str:
    """Refuse a placeholder that judging cannot fill. Only bare names: no attributes, indexes or formats."""
    try:
        pieces = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"the braces do not pair up ({error})") from None
    for _, name, format_spec, conversion in pieces:
        if name is not None and (name not in PLACEHOLDERS or format_spec or conversion):
            known = list(PLACEHOLDERS)
            hint = nearest(name, known) or "known are " + ", ".join(known)
            raise ValueError(f"unknown placeholder {{{name}}}: {hint}")
    return text


def _listed(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


Template = Annotated[str, AfterValidator(_template)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Weight = Annotated[float, Field(ge=0, strict=True, allow_inf_nan=False)]
MediumName = Literal["call", "chat", "email"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """The sentence for each outcome. `fault` is used when `fault_when` decided."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    met: Template = "{speaker} showed {found} {when}: {quote}"
    not_met: Template = "Not shown: {missing}."
    not_applicable: Template = "Did not apply: {why}."
    unsure: Template = "A person should decide: {why}."
    fault: Template = "{speaker} {when}: {quote}, which is {why}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group of criteria. `weight` is what they weigh together; None leaves their own weights."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    id: Identifier
    title: Text
    weight: Weight | None = None
    separate: bool = False  # a score of its own, never part of the call's score


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One thing that is judged.

    In this order: `not_applicable_when` takes it out of the score, `fault_when` makes it not met whatever else is true,
    `only_when` takes it out unless it holds, and `check` decides the rest.
    """

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    nodes: ClassVar[tuple[str, ...]] = ("check", "only_when", "not_applicable_when", "fault_when")
    id: Identifier
    section: Identifier
    title: Text
    weight: Weight
    check: InstanceOf[Check]
    why: str = ""  # why it matters, for the agent who is judged by it
    only_when: InstanceOf[Check] | None = None
    not_applicable_when: InstanceOf[Check] | None = None
    fault_when: InstanceOf[Check] | None = None
    critical: Literal["", "section", "call"] = ""
    partial: bool = False  # points by the share of parts met, instead of all or nothing
    unsure_band: UnsureBand | None = None  # None only in the text: a loaded criterion has the rubric's
    reasons: Reasons = Reasons()
    remedy: Template = "Would have earned it: {missing}."
    fault_remedy: Template = "Would have earned it: leaving this out."

    @property
    def band(self) -> tuple[float, float]:
        """Probabilities from the first up to the second are unsure."""
        return self.unsure_band or UNSURE_BAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A fact about the call that is nobody's fault and that a reader should know."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    nodes: ClassVar[tuple[str, ...]] = ("when",)
    id: Identifier
    text: Text
    when: InstanceOf[Check]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands above a rubric's sections and criteria."""

    __pydantic_config__: ClassVar[ConfigDict] = FORBID
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
    version: Annotated[str, Field(pattern=r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)([-+][0-9A-Za-z.+-]+)?$")]
    title: Text
    why: str = ""
    applies_to: Annotated[tuple[MediumName, ...], BeforeValidator(_listed), Field(min_length=1)] = ("call",)
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}$")] = LANGUAGE
    unsure_band: UnsureBand = UNSURE_BAND
    extends: str = ""
    without: tuple[str, ...] = ()  # criteria of the parent that are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """A standard to judge by. `content_hash` is the sha256 of what it says, not of how the file is laid out."""

    name: str
    version: str
    title: str
    applies_to: tuple[MediumName, ...]
    sections: tuple[Section, ...]
    criteria: tuple[Criterion, ...]
    why: str = ""
    conditions: tuple[Condition, ...] = ()
    language: str = LANGUAGE  # ISO 639 code; calls in another are not judged
    content_hash: str = ""
