"""Charts as inline SVG: pure functions of numbers to markup.

Positions are percentages of the width, so that a chart fits a phone and its letters keep their size. Nothing is said
by colour alone, and no style attribute is used: the pages' security policy forbids it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from scoring.calls import Role
from scoring.pages import formats
from scoring.results import Outcome

_ICONS = {
    Outcome.MET: '<circle class="solid" cx="8" cy="8" r="8"/><path class="sign" d="M4.4 8.3l2.5 2.5 4.8-5.2"/>',
    Outcome.NOT_MET: '<rect class="solid" width="16" height="16" rx="2.5"/><path class="sign" d="M5 5l6 6M11 5l-6 6"/>',
    Outcome.NOT_APPLICABLE: '<circle class="open dots" cx="8" cy="8" r="7"/><path class="line" d="M5 8h6"/>',
    Outcome.UNSURE: '<path class="open" d="M8 .9L15.1 8 8 15.1.9 8z"/>'
    '<path class="line" d="M6.3 6.5a1.7 1.7 0 1 1 2.6 1.4c-.6.4-.9.7-.9 1.3M8 11.2v.3"/>',
}
_LANES = (Role.AGENT, Role.CUSTOMER, Role.SYSTEM, Role.UNKNOWN)
_LANE_NAMES = {Role.AGENT: "Agent", Role.CUSTOMER: "Customer", Role.SYSTEM: "System", Role.UNKNOWN: "Not sure"}


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a trend; `value`, `low` and `high` are scores of 0..100, `solid` when there are enough calls."""

    label: str
    count: int
    value: float | None
    low: float | None
    high: float | None
    solid: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time on one lane of a timeline, in seconds."""

    role: Role
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A silence, hold or talk-over, in seconds. `kind` is one of `silence`, `hold` and `over`."""

    kind: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Pin:
    """A piece of evidence on the timeline: where it is, the criterion's number, and the turn to jump to."""

    number: int
    label: str
    outcome: Outcome
    start: float  # seconds
    turn: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a plot over 0..1 on both axes; `said` is told when it is pointed at."""

    x: float
    y: float
    said: str
    size: float = 4.0  # radius in pixels


def icon(outcome: Outcome, label: str) -> Markup:
    """Return the sign of an outcome: each has a shape of its own."""
    return Markup(
        '<svg class="icon {}" viewBox="0 0 16 16" width="16" height="16" role="img" aria-label="{}">{}</svg>'
    ).format(outcome.value, label, Markup(_ICONS[outcome]))


def interval_bar(value: float | None, low: float | None, high: float | None, label: str) -> Markup:
    """Return a bar over 0..100 with its 95 % interval as a band and the value as a dot."""
    parts = [Markup('<rect class="track" x="0" y="7" width="100%" height="4" rx="2"/>')]
    parts += [Markup('<rect class="step" x="{}%" y="4" width="1" height="10"/>').format(at) for at in (25, 50, 75)]
    if low is not None and high is not None:
        parts.append(
            Markup('<rect class="band" x="{}%" y="4" width="{}%" height="10" rx="3"/>').format(_n(low), _n(high - low))
        )
    if value is not None:
        parts.append(Markup('<circle class="dot" cx="{}%" cy="9" r="5"/>').format(_n(min(98.5, max(1.5, value)))))
    return _svg("bar", 18, label, parts)


def trend(points: Sequence[Point], label: str) -> Markup:
    """Return scores over time, each with its interval as a band; a point on too few calls is hollow."""
    places = [8 + 90 * (index + 0.5) / len(points) for index in range(len(points))]
    parts = [_rule(level) for level in (0, 25, 50, 75, 100)]
    seen = [(at, point) for at, point in zip(places, points, strict=True) if point.value is not None]
    for at, point in seen:
        if point.low is not None and point.high is not None:
            parts.append(
                Markup(
                    '<rect class="band" x="{}%" y="{}" width="18" height="{}" rx="4" transform="translate(-9 0)"/>'
                ).format(_n(at), _n(_y(point.high)), _n(_y(point.low) - _y(point.high)))
            )
    for (at, point), (after, following) in itertools.pairwise(seen):
        parts.append(
            Markup('<line class="path" x1="{}%" y1="{}" x2="{}%" y2="{}"/>').format(
                _n(at), _n(_y(point.value)), _n(after), _n(_y(following.value))
            )
        )
    parts += [_dot(at, point) for at, point in seen]
    every = -(-len(points) // 6)
    for at, point in list(zip(places, points, strict=True))[:: max(1, every)]:
        parts.append(_text(at, 192, point.label, "middle"))
        parts.append(_text(at, 208, f"n {point.count}", "middle faint"))
    return _svg("trend", 214, label, parts)


def timeline(duration: float, bars: Sequence[Bar], gaps: Sequence[Gap], pins: Sequence[Pin], label: str) -> Markup:
    """Return a call on one clock: a lane for each party, silences and holds behind, evidence above."""
    lanes = [role for role in _LANES if role is not Role.UNKNOWN or any(bar.role is role for bar in bars)]
    rows, marks = _stack(pins, duration)
    top = 8 + 24 * rows
    bottom = top + 30 * len(lanes)
    parts = [_HATCH] + [_gap(gap, duration, top, bottom) for gap in gaps]
    for index, role in enumerate(lanes):
        y = top + 30 * index
        parts.append(_text(0, y + 19, _LANE_NAMES[role], "lane"))
        parts.append(Markup('<rect class="track" x="10%" y="{}" width="90%" height="1"/>').format(y + 15))
        parts += [
            Markup('<rect class="{}" x="{}%" y="{}" width="{}%" height="16" rx="3"/>').format(
                role.value, _at(bar.start, duration), y + 7, _n(max(0.3, 90 * (bar.end - bar.start) / duration))
            )
            for bar in bars
            if bar.role is role
        ]
    parts += [_pin(pin, row, duration, top) for pin, row in marks]
    parts += _ticks(duration, bottom)
    return _svg("timeline", bottom + 22, label, parts, role="group")


def curve(marks: Sequence[Mark], label: str, across: str, up: str) -> Markup:
    """Return a line through points with shares on both axes; the upper half is left out where no point is in it."""
    top = 0.5 if all(mark.y <= 0.5 for mark in marks) else 1.0
    parts = _axes(top, across, up)
    for before, after in itertools.pairwise(marks):
        parts.append(
            Markup('<line class="curve" x1="{}%" y1="{}" x2="{}%" y2="{}"/>').format(
                _n(_across(before.x)), _n(_up(before.y, top)), _n(_across(after.x)), _n(_up(after.y, top))
            )
        )
    return _svg("plot", 204, label, [*parts, *(_mark(mark, top, "spot") for mark in marks)])


def reliability(marks: Sequence[Mark], label: str, across: str, up: str) -> Markup:
    """Return points that lie on the diagonal where what was promised came true."""
    diagonal = Markup('<line class="path" x1="{}%" y1="{}" x2="{}%" y2="{}"/>').format(
        _n(_across(0)), _n(_up(0, 1)), _n(_across(1)), _n(_up(1, 1))
    )
    return _svg("plot", 204, label, [*_axes(1.0, across, up), diagonal, *(_mark(mark, 1.0, "dot") for mark in marks)])


def _across(share: float) -> float:
    return 12 + 85 * share


def _up(share: float, top: float) -> float:
    return 158 - 134 * share / top


def _axes(top: float, across: str, up: str) -> list[Markup]:
    parts = [_text(0, 12, up, "faint start")]
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(_text(_across(share), 176, f"{100 * share:.0f}", "middle faint"))
    for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):  # fifths are whole numbers of the half as well
        line = Markup('<line class="rule" x1="12%" x2="97%" y1="{0}" y2="{0}"/>').format(_n(_up(share, 1)))
        parts.append(line + _text(10.5, _up(share, 1) + 4, f"{100 * share * top:.0f}", "end faint"))
    return [*parts, _text(97, 196, across, "end faint")]


def _mark(mark: Mark, top: float, kind: str) -> Markup:
    return Markup('<circle class="{}" cx="{}%" cy="{}" r="{}"><title>{}</title></circle>').format(
        kind, _n(_across(mark.x)), _n(_up(mark.y, top)), _n(mark.size), mark.said
    )


_HATCH = Markup(
    '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="hatch" width="2" height="6"/></pattern></defs>'
)


def _svg(kind: str, height: float, label: str, parts: Sequence[Markup], role: str = "img") -> Markup:
    opening = Markup('<svg class="chart {}" width="100%" height="{}" role="{}" aria-label="{}">')
    return opening.format(kind, _n(height), role, label) + Markup("").join(parts) + Markup("</svg>")


def _n(number: float) -> str:
    """Return a number short and the same on every machine."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def _y(value: float | None) -> float:
    return 172 - 160 * (value or 0.0) / 100


def _text(at: float, y: float, text: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{}%" y="{}">{}</text>').format(kind, _n(at), _n(y), text)


def _rule(level: int) -> Markup:
    line = Markup('<line class="rule" x1="8%" x2="100%" y1="{0}" y2="{0}"/>').format(_n(_y(level)))
    return line + _text(6.5, _y(level) + 4, str(level), "end faint")


def _dot(at: float, point: Point) -> Markup:
    kind = "dot" if point.solid else "dot hollow"
    said = f"{point.label}: {point.value:.0f}, n {point.count}"
    return Markup('<circle class="{}" cx="{}%" cy="{}" r="5"><title>{}</title></circle>').format(
        kind, _n(at), _n(_y(point.value)), said
    )


def _at(seconds: float, duration: float) -> str:
    return _n(10 + 90 * min(1.0, max(0.0, seconds / duration)))


def _gap(gap: Gap, duration: float, top: float, bottom: float) -> Markup:
    names = {"silence": "Silence", "hold": "Hold", "over": "Talk-over"}
    said = f"{names[gap.kind]}, {gap.end - gap.start:.1f} s"
    return Markup('<rect class="gap {}" x="{}%" y="{}" width="{}%" height="{}"><title>{}</title></rect>').format(
        gap.kind, _at(gap.start, duration), _n(top), _n(90 * (gap.end - gap.start) / duration), _n(bottom - top), said
    )


def _stack(pins: Sequence[Pin], duration: float) -> tuple[int, list[tuple[Pin, int]]]:
    """Put pins that would cover each other into rows, the first row nearest to the lanes."""
    ends: list[float] = []
    placed = []
    for pin in sorted(pins, key=lambda pin: (pin.start, pin.number)):
        at = 90 * pin.start / duration
        row = next((index for index, end in enumerate(ends) if at >= end), len(ends))
        ends[row : row + 1] = [at + 4]
        placed.append((pin, row))
    return max(1, len(ends)), placed


def _pin(pin: Pin, row: int, duration: float, top: float) -> Markup:
    at, y = _at(pin.start, duration), top - 12 - 24 * row
    return Markup(
        '<line class="stem" x1="{at}%" x2="{at}%" y1="{y}" y2="{foot}"/>'
        '<a href="#t{turn}" aria-label="{label}"><title>{label}</title>{shape}'
        '<text class="number {kind}" x="{at}%" y="{base}">{number}</text></a>'
    ).format(
        at=at, y=_n(y), foot=_n(top + 4), base=_n(y + 4), turn=pin.turn, label=pin.label,
        shape=_pin_shape(pin.outcome, at, y), kind=pin.outcome.value, number=pin.number,
    )  # fmt: skip


def _pin_shape(outcome: Outcome, at: str, y: float) -> Markup:
    if outcome is Outcome.NOT_MET:
        return Markup(
            '<rect class="pin {}" x="{}%" y="{}" width="18" height="18" rx="3" transform="translate(-9 0)"/>'
        ).format(outcome.value, at, _n(y - 9))
    return Markup('<circle class="pin {}" cx="{}%" cy="{}" r="9"/>').format(outcome.value, at, _n(y))


def _ticks(duration: float, bottom: float) -> list[Markup]:
    step = next((step for step in (5, 10, 15, 30, 60, 120, 300, 600, 1800) if duration / step <= 8), 3600)
    times = [step * index for index in range(int(duration // step) + 1)]
    return [
        Markup('<line class="rule" x1="{0}%" x2="{0}%" y1="{1}" y2="{2}"/>').format(
            _at(time, duration), _n(bottom), _n(bottom + 4)
        )
        + Markup('<text class="{}" x="{}%" y="{}">{}</text>').format(
            "faint start" if time == 0 else "faint end" if time / duration > 0.97 else "faint middle",
            _at(time, duration),
            _n(bottom + 16),
            formats.clock(time),
        )
        for time in times
    ]
