"""Rubrics from files: where they are looked for, what they inherit, and whether the whole makes sense."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from scoring.calls import digest
from scoring.errors import RubricError, nearest
from scoring.rubric.checks import BehaviourCheck, Check, FactCheck, MeasureCheck, PhraseCheck, hinted, walk
from scoring.rubric.model import Condition, Criterion, Head, Rubric, Section
from scoring.rubric.reading import build
from scoring.rubric.yamltext import read_yaml
from scoring.vocabulary import LANGUAGE, MEASURE_BY_NAME

_PACKAGED = Path(__file__).parents[1] / "_rubrics"  # in the wheel; an editable install reads the repository's folder
SHIPPED = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[2] / "rubrics"
SUFFIXES = (".yaml", ".yml")
_LISTS = ("sections", "criteria", "conditions")
_OWN = ("name", "version", "title", "extends", "without")  # what a rubric never inherits

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One section, criterion or condition as written, and the path it is called by in faults."""

    path: str
    raw: Any

    @property
    def id(self) -> str:
        return str(self.raw.get("id", "")) if isinstance(self.raw, dict) else ""


@dataclass(frozen=True, slots=True)
class _Draft:
    """A rubric as written, with what it inherits."""

    head: dict[Any, Any]
    sections: tuple[_Entry, ...] = ()
    criteria: tuple[_Entry, ...] = ()
    conditions: tuple[_Entry, ...] = ()


def load_rubric(name_or_path: str | Path, search: Sequence[Path] = ()) -> Rubric:
    """Return the rubric of a file, or the one called so in `rubrics/` here, in `search` or among the shipped ones.

    Raises:
        RubricError: there is no such rubric, or it has faults; `faults` holds every one with its path.
    """
    path = _find(name_or_path, _folders(search))
    if path is None:
        names = [found.stem for found in list_rubrics(search)]
        hint = f"{nearest(str(name_or_path), names)} Known are {', '.join(names)}; a file is given by its path."
        raise RubricError(f"There is no rubric {str(name_or_path)!r}.", hint=hint.strip())
    rubric, faults = _load(path, search)
    if rubric is None:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise RubricError(f"The rubric {path} has {count}.", faults, hint="Mend what is listed and try again.")
    return rubric


def find_faults(path: Path, search: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return every fault of a rubric file, each with its path; empty when there are none."""
    return _load(path, search)[1]


def list_rubrics(search: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return the rubrics that can be called by name, by name. Files that start with `_` are not listed."""
    found: dict[str, Path] = {}
    for folder in _folders(search):
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            if path.suffix in SUFFIXES and not path.name.startswith("_") and path.is_file():
                found.setdefault(path.stem, path)
    return tuple(found[name] for name in sorted(found))


def _folders(search: Sequence[Path]) -> tuple[Path, ...]:
    return (Path.cwd() / "rubrics", *search, SHIPPED)


def _find(name_or_path: str | Path, folders: Iterable[Path]) -> Path | None:
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(SUFFIXES) or "/" in text:
        return Path(text) if _is_there(Path(text)) else None
    candidates = (folder / f"{text}{suffix}" for folder in folders for suffix in SUFFIXES)
    return next((path for path in candidates if _is_there(path)), None)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # longer than the file system allows, or with a NUL in it
        return False


def _load(path: Path, search: Sequence[Path]) -> tuple[Rubric | None, tuple[str, ...]]:
    faults: list[str] = []
    draft = _draft(path, search, (), faults)
    rubric = _assemble(draft, faults) if draft else None
    listed = tuple(dict.fromkeys(faults))
    return (None if listed else rubric), listed


def _draft(path: Path, search: Sequence[Path], below: tuple[Path, ...], faults: list[str]) -> _Draft | None:
    """Read a file and what it extends. `below` holds the files that led here, children first."""
    prefix = f"{path.stem}: " if below else ""
    raw, found = read_yaml(path)
    faults.extend(prefix + fault for fault in found)
    if not isinstance(raw, dict):
        if not found:
            faults.append(f"{prefix}the file must be a mapping of keys such as name, version, criteria")
        return None
    head = {key: value for key, value in raw.items() if key not in _LISTS}
    own = _Draft(head, *(_entries(raw, name, prefix, faults) for name in _LISTS))
    if not isinstance(head.get("extends"), str) or not head["extends"]:
        if head.get("without"):
            faults.append(f"{prefix}without: needs `extends`")
        return own
    found_at = _parent_file(path, head["extends"], search)
    fault = _parent_fault(found_at, head["extends"], (*below, path.resolve()), search)
    if found_at is None or fault:
        faults.append(f"{prefix}extends: {fault}")
        return own
    parent = _draft(found_at, search, (*below, path.resolve()), faults)
    return own if parent is None else _merge(parent, own, prefix, faults)


def _parent_file(path: Path, name: str, search: Sequence[Path]) -> Path | None:
    """Find what `path` extends: beside it first, then where any rubric is looked for."""
    if name.endswith(SUFFIXES) or "/" in name:
        return _find(path.parent / name, ())
    return _find(name, (path.parent, *_folders(search)))


def _parent_fault(found: Path | None, name: str, chain: tuple[Path, ...], search: Sequence[Path]) -> str:
    if found is None:
        known = [rubric.stem for rubric in list_rubrics((chain[-1].parent, *search))]
        return hinted(f"there is no rubric {name!r}", name, known)
    if found.resolve() in chain:
        return "goes round in a circle: " + " → ".join(link.stem for link in (*chain, found))
    return ""


def _entries(raw: dict[Any, Any], name: str, prefix: str, faults: list[str]) -> tuple[_Entry, ...]:
    listed = raw.get(name)
    if listed is None:
        return ()
    if not isinstance(listed, list):
        faults.append(f"{prefix}{name}: must be a list")
        return ()
    entries = tuple(_Entry(f"{prefix}{name}[{index}]", item) for index, item in enumerate(listed))
    counts = Counter(entry.id for entry in entries if entry.id)
    faults.extend(f"{prefix}{name}: the id {key!r} is given {n} times" for key, n in counts.items() if n > 1)
    return entries


def _merge(parent: _Draft, own: _Draft, prefix: str, faults: list[str]) -> _Draft:
    """The parent's rubric with `own` laid over it, entry by entry and key by key."""
    without = own.head.get("without") or []
    dropped = {str(name) for name in without} if isinstance(without, list) else set()
    known = [entry.id for entry in parent.criteria]
    for name in sorted(dropped - set(known)):
        faults.append(hinted(f"{prefix}without: there is no criterion {name!r} to leave out", name, known))
    inherited = {key: value for key, value in parent.head.items() if key not in _OWN}
    criteria = tuple(entry for entry in parent.criteria if entry.id not in dropped)
    merged = _merge_entries(criteria, own.criteria)
    # a section whose criteria all moved elsewhere is not inherited
    used = {entry.raw.get("section") for entry in merged if isinstance(entry.raw, dict)} | {e.id for e in own.sections}
    return _Draft(
        {**inherited, **own.head},
        _merge_entries(tuple(entry for entry in parent.sections if entry.id in used), own.sections),
        merged,
        _merge_entries(parent.conditions, own.conditions),
    )


def _merge_entries(parent: tuple[_Entry, ...], own: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
    by_id = {entry.id: entry for entry in own if entry.id}
    merged = [_lay_over(entry, by_id[entry.id]) if entry.id in by_id else entry for entry in parent]
    inherited = {entry.id for entry in parent}
    return (*merged, *(entry for entry in own if not entry.id or entry.id not in inherited))


def _lay_over(parent: _Entry, own: _Entry) -> _Entry:
    raw = {**parent.raw, **own.raw}
    if isinstance(parent.raw.get("reasons"), dict) and isinstance(own.raw.get("reasons"), dict):
        raw["reasons"] = {**parent.raw["reasons"], **own.raw["reasons"]}
    return _Entry(own.path, raw)


def _assemble(draft: _Draft, faults: list[str]) -> Rubric | None:
    head = build(Head, draft.head, "", faults)
    sections = _build_all(Section, draft.sections, faults)
    criteria = _build_all(Criterion, draft.criteria, faults)
    conditions = _build_all(Condition, draft.conditions, faults)
    faults.extend(_cross_faults(draft, sections, criteria))
    if head is not None and head.language != LANGUAGE:
        faults.extend(_not_understood(draft, criteria, conditions, head.language))
    if head is None or faults:
        return None
    made = Rubric(
        name=head.name,
        version=head.version,
        title=head.title,
        why=head.why,
        applies_to=head.applies_to,
        sections=tuple(sections),
        criteria=_weighted(sections, criteria, head.unsure_band),
        conditions=tuple(conditions),
        language=head.language,
    )
    return replace(made, content_hash=digest(asdict(made)))


def _build_all(made: type[T], entries: tuple[_Entry, ...], faults: list[str]) -> list[T]:
    return [value for entry in entries if (value := build(made, entry.raw, entry.path, faults)) is not None]


def _cross_faults(draft: _Draft, sections: list[Section], criteria: list[Criterion]) -> Iterator[str]:
    """What no entry can know by itself."""
    paths = {entry.id: entry.path for entry in draft.criteria}
    section_paths = {entry.id: entry.path for entry in draft.sections}
    known = list(section_paths)
    used = {str(entry.raw.get("section")) for entry in draft.criteria if isinstance(entry.raw, dict)}
    for criterion in criteria:
        if criterion.section not in known:
            message = f"{paths[criterion.id]}.section: there is no section {criterion.section!r}"
            yield hinted(message, criterion.section, known)
        if not criterion.partial and any(_has_acceptable(check) for check in walk(criterion.check)):
            yield f"{paths[criterion.id]}.partial: must be true for an `acceptable` band to earn its share"
    for section in sections:
        if section.id not in used:
            yield f"{section_paths[section.id]}: no criterion is in this section"
        elif section.weight and not any(item.weight for item in criteria if item.section == section.id):
            yield f"{section_paths[section.id]}.weight: all its criteria weigh 0"
    if not draft.criteria:
        yield "criteria: there are none"


def _not_understood(
    draft: _Draft, criteria: Sequence[Criterion], conditions: Sequence[Condition], language: str
) -> Iterator[str]:
    """What a rubric in another language cannot ask: whatever is found by understanding the words."""
    paths = {entry.id: entry.path for entry in (*draft.criteria, *draft.conditions)}
    items: list[Criterion | Condition] = [*criteria, *conditions]
    for item in items:
        asked = (check for name in item.nodes if (check := getattr(item, name)) is not None)
        found = sorted({name for check in asked for inner in walk(check) for name in _understood(inner)})
        if found:
            names = ", ".join(found)
            yield f"{paths[item.id]}: is found in {LANGUAGE!r} only, and the rubric's language is {language!r}: {names}"


def _understood(check: Check) -> Iterator[str]:
    """The names in one check that are found by understanding what was said."""
    if isinstance(check, BehaviourCheck):
        yield check.behaviour
    if isinstance(check, FactCheck):
        yield check.fact
    if isinstance(check, MeasureCheck) and MEASURE_BY_NAME[check.measure].understood:
        yield check.measure
    if isinstance(check, BehaviourCheck | PhraseCheck):
        yield from (name for name in (check.window.before, check.window.after) if name)


def _has_acceptable(check: Check) -> bool:
    return isinstance(check, MeasureCheck) and check.acceptable is not None


def _weighted(sections: list[Section], criteria: list[Criterion], band: tuple[float, float]) -> tuple[Criterion, ...]:
    """The criteria with the weight they have in the end: a section's weight is divided by its criteria's own."""
    together = {section.id: section.weight for section in sections}
    made = []
    for criterion in criteria:
        weight, whole = criterion.weight, together[criterion.section]
        if whole is not None:
            own = math.fsum(item.weight for item in criteria if item.section == criterion.section)
            weight = whole * weight / own if own else 0.0
        made.append(replace(criterion, weight=float(weight), unsure_band=criterion.unsure_band or band))
    return tuple(made)
