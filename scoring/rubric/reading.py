"""Plain YAML values to rubric values. Every fault is noted with its path; the first one never hides the others."""

from __future__ import annotations

from dataclasses import fields
from keyword import iskeyword
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from scoring.errors import nearest
from scoring.rubric.checks import KINDS, Check, Range, Window, hinted
from scoring.rubric.model import Reasons

T = TypeVar("T")
DEEPEST = 20  # checks inside checks; past it nobody can say what a criterion asks

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}

_INSIDE = {"window": Window, "good": Range, "acceptable": Range, "reasons": Reasons}

_PLAIN = {
    "missing": "is missing",
    "missing_argument": "is missing",
    "missing_keyword_only_argument": "is missing",
    "is_instance_of": "must be one check, not a list",
    "tuple_type": "must be a list",
    "greater_than_equal": "must be {ge} or more, not {input}",
    "greater_than": "must be more than {gt}, not {input}",
    "less_than": "must be less than {lt}, not {input}",
    "float_type": "must be a number, not {input}",
    "int_type": "must be a whole number, not {input}",
    "bool_parsing": "must be true or false, not {input}",
    "bool_type": "must be true or false, not {input}",
    "finite_number": "must be a finite number",
    "string_type": "must be text, not {input}; put it in quotes",
    "too_short": "must not be empty",
    "dataclass_type": "must be a mapping of keys, not {input}",
}
_PATTERNS = {
    "id": "must be lower-case letters, digits and _ starting with a letter, not {input}",
    "section": "must be the id of a section, not {input}",
    "version": "must be three numbers such as 1.0.0, not {input}",
    "language": "must be a language's code such as en, not {input}",
    "name": "must be letters, digits, _ and -, not {input}",
}


def build(made: type[T], raw: object, path: str, faults: list[str], *, depth: int = 0) -> T | None:
    """Make a `made` of a YAML mapping, or note its faults under `path` and return None."""
    values = _keys(raw, path, faults)
    if values is None:
        return None
    for name in getattr(made, "nodes", ()):
        if values.get(name) is not None:
            values[name] = _build_checks(values[name], _join(path, name), faults, depth + 1)
    try:
        return cast(T, _adapter(made).validate_python(values))
    except ValidationError as error:
        faults.extend(f"{_path(path, fault)}: {_message(made, fault)}" for fault in error.errors())
        return None


def build_check(raw: object, path: str, faults: list[str], depth: int = 0) -> Check:
    """Make a check of a YAML mapping. With faults, which are noted, an empty check stands in for it."""
    if depth > DEEPEST:
        faults.append(f"{path}: checks are nested more than {DEEPEST} deep")
        return Check()
    values = _keys(raw, path, faults)
    if values is None:
        return Check()
    found = [key for key in KINDS if _escape(key) in values]
    if len(found) == 1:
        return build(KINDS[found[0]], raw, path, faults, depth=depth) or Check()
    faults.append(f"{path}: {_which_kind(found, values)}")
    return Check()


def _which_kind(found: list[str], values: dict[str, Any]) -> str:
    names = ", ".join(sorted("at_least … of" if key == "of" else key for key in KINDS))
    if found:
        return f"is {len(found)} checks in one ({', '.join(found)}); put them under all_of or any_of"
    hints = [hint for key in values if (hint := nearest(key, list(KINDS)))]
    return " ".join([f"is no check: needs one of {names}", *hints[:1]])


def _build_checks(raw: object, path: str, faults: list[str], depth: int) -> Check | list[Check]:
    if isinstance(raw, list):
        return [build_check(item, f"{path}[{index}]", faults, depth) for index, item in enumerate(raw)]
    return build_check(raw, path, faults, depth)


def _keys(raw: object, path: str, faults: list[str]) -> dict[str, Any] | None:
    """The mapping with Python's own words (`not`, `is`, `in`) made safe as names."""
    if not isinstance(raw, dict):
        faults.append(f"{path}: must be a mapping of keys, not {_show(raw)}")
        return None
    faults.extend(f"{path}: the key {key!r} is not text" for key in raw if not isinstance(key, str))
    return {_escape(key): value for key, value in raw.items() if isinstance(key, str)}


def _escape(key: str) -> str:
    return f"{key}_" if iskeyword(key) else key


def _unescape(name: str) -> str:
    return name[:-1] if name.endswith("_") and iskeyword(name[:-1]) else name


def _join(path: str, name: str) -> str:
    return f"{path}.{_unescape(name)}" if path else _unescape(name)


def _path(path: str, fault: ErrorDetails) -> str:
    for part in fault["loc"]:
        path = f"{path}[{part}]" if isinstance(part, int) else _join(path, part)
    return path or "rubric"


def _message(made: type, fault: ErrorDetails) -> str:
    name = str(fault["loc"][-1]) if fault["loc"] else ""
    if fault["type"] == "unexpected_keyword_argument":
        return hinted("unknown key", name, _keys_at(made, fault))
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    pattern = _PATTERNS.get(name) if fault["type"] == "string_pattern_mismatch" else None
    text = pattern or _PLAIN.get(fault["type"]) or f"{fault['msg']}, not {{input}}"
    limits = {key: _show(value) for key, value in fault.get("ctx", {}).items() if key in ("ge", "gt", "lt")}
    for key, value in {**limits, "input": _show(fault["input"])}.items():
        text = text.replace(f"{{{key}}}", value)
    return text


def _show(value: object) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}…"


def _keys_at(made: type, fault: ErrorDetails) -> list[str]:
    """The keys that are known where an unknown one was found."""
    outer = [str(part) for part in fault["loc"][:-1]]
    inside: Any = _INSIDE.get(outer[-1], made) if outer else made
    own = [_unescape(field.name) for field in fields(inside)]
    return [*own, "sections", "criteria", "conditions"] if "applies_to" in own else own


def _adapter(made: type) -> TypeAdapter[Any]:
    if made not in _ADAPTERS:  # building one takes a millisecond, using it microseconds
        _ADAPTERS[made] = TypeAdapter(made)
    return _ADAPTERS[made]
