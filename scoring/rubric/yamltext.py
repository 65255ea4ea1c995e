"""YAML to plain values: no code is run, no key given twice, nothing quietly turned into something else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

LONGEST = 1_000_000  # characters; a rubric is a few thousand


class _Loader(yaml.SafeLoader):
    """Safe loading by the YAML 1.2 core schema: `yes`, `no`, `1:30` and dates stay text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        # a few aliases of aliases unfold into billions of checks
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.constructor.ConstructorError(None, None, "aliases (*name) are not used in rubrics", mark)
        return super().compose_node(parent, index)


_NUMBER = r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?"
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("float", _NUMBER + r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


def read_yaml(path: Path) -> tuple[object, tuple[str, ...]]:
    """Return the value of a YAML file and the faults of its text; the value is None when it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(LONGEST + 1)
    except UnicodeDecodeError:
        return None, ("the file is not UTF-8 text",)
    except OSError as error:
        return None, (f"the file cannot be read: {error.strerror}",)
    if len(text) > LONGEST:
        return None, (f"the file is longer than {LONGEST:,} characters",)
    return parse_yaml(text)


def parse_yaml(text: str) -> tuple[object, tuple[str, ...]]:
    """Return the value of a YAML text and its faults: bad syntax, keys given twice, tags that would make objects."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None, ("the file is empty",)
        return loader.construct_document(node), tuple(_duplicates(node, ""))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        return None, (f"{where}{error.problem or 'not YAML'}",)
    except (yaml.YAMLError, ValueError) as error:
        return None, (f"not YAML: {str(error).splitlines()[0]}",)
    except RecursionError:
        return None, ("nested too deep",)


def _duplicates(node: yaml.Node, path: str) -> Iterator[str]:
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, f"{path}[{index}]")
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            inner = f"{path}.{name}" if path else name
            if name in seen:
                yield f"{inner}: the key is given twice (line {key.start_mark.line + 1})"
            seen.add(name)
            yield from _duplicates(value, inner)
