"""Where rubrics are found, what they inherit, and what their hash holds."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.errors import RubricError
from scoring.rubric import SHIPPED, AllOf, BehaviourCheck, find_faults, list_rubrics, load_rubric, walk
from scoring.rubric.yamltext import parse_yaml

PARENT = """
name: parent
version: 1.0.0
title: Parent
applies_to: [call, chat]
unsure_band: [0.4, 0.6]
sections:
  - {id: one, title: One}
  - {id: two, title: Two}
criteria:
  - id: first
    section: one
    title: First
    weight: 10
    check: {behaviour: close_bye}
    reasons: {met: "parent met", not_met: "parent not met"}
  - id: second
    section: two
    title: Second
    weight: 30
    unsure_band: [0.5, 0.5]
    check: {behaviour: close_more}
conditions:
  - {id: rude, text: abusive customer, when: {behaviour: abuse}}
"""


def put(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.yaml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return path


def child(more: str, extends: str = "parent") -> str:
    return f"name: child\nversion: 2.0.0\ntitle: Child\nextends: {extends}\n{textwrap.dedent(more)}"


def test_a_child_changes_only_what_it_names(tmp_path: Path):
    put(tmp_path, "parent", PARENT)
    path = put(
        tmp_path,
        "child",
        child(
            """
            criteria:
              - {id: second, weight: 5}
              - {id: first, reasons: {met: "child met"}}
              - {id: third, section: one, title: Third, weight: 1, check: {behaviour: blame}}
            """
        ),
    )
    parent, made = load_rubric(tmp_path / "parent.yaml"), load_rubric(path)
    assert (made.name, made.version, made.title) == ("child", "2.0.0", "Child")
    assert [criterion.id for criterion in made.criteria] == ["first", "second", "third"]
    assert [criterion.weight for criterion in made.criteria] == [10, 5, 1]
    assert made.criteria[1].check == parent.criteria[1].check
    assert made.criteria[0].reasons.met == "child met"
    assert made.criteria[0].reasons.not_met == "parent not met"
    assert made.applies_to == ("call", "chat")
    assert [criterion.band for criterion in made.criteria] == [(0.4, 0.6), (0.5, 0.5), (0.4, 0.6)]
    assert made.conditions == parent.conditions


def test_a_child_leaves_out_criteria_and_the_sections_they_emptied(tmp_path: Path):
    put(tmp_path, "parent", PARENT)
    made = load_rubric(put(tmp_path, "child", child("without: [second]")))
    assert [criterion.id for criterion in made.criteria] == ["first"]
    assert [section.id for section in made.sections] == ["one"]
    assert find_faults(put(tmp_path, "child", child("without: [secnod]"))) == (
        "without: there is no criterion 'secnod' to leave out, did you mean 'second'?",
    )


def test_a_child_needs_a_name_and_version_of_its_own(tmp_path: Path):
    put(tmp_path, "parent", PARENT)
    faults = find_faults(put(tmp_path, "child", "extends: parent"))
    assert set(faults) == {"name: is missing", "version: is missing", "title: is missing"}


def test_a_fault_of_the_parent_is_told_with_its_file(tmp_path: Path):
    put(tmp_path, "parent", PARENT.replace("weight: 30", "weight: -30"))
    path = put(tmp_path, "child", child("criteria:\n  - {id: first, weight: -1}\n"))
    assert set(find_faults(path)) == {
        "parent: criteria[1].weight: must be 0 or more, not -30",
        "criteria[0].weight: must be 0 or more, not -1",
    }


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_circle_of_any_length_is_refused(tmp_path: Path, length: int):
    for index in range(length):
        text = f"name: r{index}\nversion: 1.0.0\ntitle: T\nextends: r{(index + 1) % length}\n"
        put(tmp_path, f"r{index}", text)
    faults = find_faults(tmp_path / "r0.yaml")
    circle = " → ".join([*(f"r{index}" for index in range(length)), "r0"])
    assert any(f"extends: goes round in a circle: {circle}" in fault for fault in faults)


def test_a_parent_may_be_a_grandparent_and_a_path(tmp_path: Path):
    put(tmp_path / "base", "parent", PARENT)
    put(tmp_path, "middle", child("criteria:\n  - {id: first, weight: 2}", "base/parent.yaml"))
    made = load_rubric(put(tmp_path, "low", child("criteria:\n  - {id: second, weight: 3}", "middle")))
    assert [criterion.weight for criterion in made.criteria] == [2, 3]


def test_an_unknown_parent_is_told_with_its_neighbour(tmp_path: Path):
    put(tmp_path, "parent", PARENT)
    faults = find_faults(put(tmp_path, "child", child("", "parnet")))
    assert "extends: there is no rubric 'parnet', did you mean 'parent'?" in faults
    assert any(fault.startswith("extends:") for fault in find_faults(put(tmp_path, "child", child("", "x/y.yaml"))))


def test_the_working_folder_comes_first_then_search_then_the_shipped(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shipped = load_rubric("core")
    assert shipped.title != "Parent"
    put(tmp_path / "more", "core", PARENT)
    assert load_rubric("core", [tmp_path / "more"]).title == "Parent"
    put(tmp_path / "rubrics", "core", PARENT.replace("title: Parent", "title: Ours"))
    assert load_rubric("core", [tmp_path / "more"]).title == "Ours"
    listed = list_rubrics([tmp_path / "more"])
    assert tmp_path / "rubrics" / "core.yaml" in listed
    assert [path.stem for path in listed] == sorted({path.stem for path in listed})


def test_files_with_an_underscore_are_not_listed_but_can_be_loaded(tmp_path: Path):
    put(tmp_path, "_draft", PARENT)
    put(tmp_path, "ready", PARENT)
    names = [path.stem for path in list_rubrics([tmp_path])]
    assert "ready" in names
    assert not any(name.startswith("_") for name in names)
    assert load_rubric(tmp_path / "_draft.yaml").title == "Parent"


def test_the_hash_is_of_the_meaning_not_the_layout(tmp_path: Path):
    first = load_rubric(put(tmp_path, "a", PARENT))
    again = load_rubric(
        put(tmp_path, "b", "# a note\n" + PARENT.replace("{id: one, title: One}", "title: One\n    id: one"))
    )
    assert first.content_hash == again.content_hash
    for old, new in (
        ("weight: 30", "weight: 31"),
        ("close_more", "close_next"),
        ("[0.4, 0.6]", "[0.4, 0.7]"),
        ("parent met", "parent has met"),
        ("abusive customer", "rude"),
        ("version: 1.0.0", "version: 1.0.1"),
    ):
        assert load_rubric(put(tmp_path, "c", PARENT.replace(old, new))).content_hash != first.content_hash


def test_a_changed_parent_changes_the_child(tmp_path: Path):
    put(tmp_path, "parent", PARENT)
    path = put(tmp_path, "child", child(""))
    before = load_rubric(path).content_hash
    put(tmp_path, "parent", PARENT.replace("close_more", "close_next"))
    assert load_rubric(path).content_hash != before


def test_all_and_any_of_the_same_parts_have_different_hashes(tmp_path: Path):
    hashes = set()
    for kind in ("all_of", "any_of"):
        text = PARENT.replace("{behaviour: close_bye}", f"{{{kind}: [{{behaviour: close_bye}}, {{behaviour: blame}}]}}")
        hashes.add(load_rubric(put(tmp_path, "x", text)).content_hash)
    assert len(hashes) == 2


def test_a_section_weight_is_divided_by_the_weights_inside(tmp_path: Path):
    text = PARENT.replace("{id: one, title: One}", "{id: one, title: One, weight: 60}").replace(
        "conditions:",
        "  - {id: third, section: one, title: Third, weight: 20, check: {behaviour: blame}}\nconditions:",
    )
    made = load_rubric(put(tmp_path, "x", text))
    assert [criterion.weight for criterion in made.criteria] == pytest.approx([20, 30, 40])


def test_loaded_rubrics_are_plain_frozen_values():
    rubric = load_rubric(SHIPPED / "core.yaml")
    assert not hasattr(rubric, "model_dump")
    with pytest.raises(AttributeError):
        rubric.name = "other"
    assert hash(rubric)
    greeting = rubric.criteria[0].check
    assert isinstance(greeting, AllOf)
    assert [type(check) for check in walk(greeting)] == [AllOf, *[BehaviourCheck] * 4]


def test_reading_a_rubric_needs_no_model_database_or_page():
    heavy = ("torch", "whisper", "transformers", "prefect", "sqlalchemy", "fastapi", "jinja2")
    code = (
        f"import sys, scoring.rubric, scoring.judge; sys.exit(', '.join(m for m in {heavy!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
WORDS = """
name version title sections criteria conditions extends without id section weight check behaviour all_of not of at_least
phrase measure good fact is in window partial reasons met unsure_band applies_to when text
"""
words = st.sampled_from(sorted(WORDS.split()))
shaped = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=6))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(words, shaped, max_size=8))
def test_no_value_breaks_the_reader(tmp_path: Path, value):
    import json

    path = tmp_path / "any.yaml"
    path.write_text(json.dumps(value), encoding="utf-8")
    faults = find_faults(path)
    assert faults
    assert all(fault.strip() for fault in faults)
    with pytest.raises(RubricError):
        load_rubric(path)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab:-[]{}!&*#|>'\"\n\t ,?%@`\\01.~é\x00\ud800", max_size=40))
def test_no_text_breaks_the_parser(text: str):
    value, faults = parse_yaml(text)
    assert value is not None or faults or text.strip().startswith(("~", "null", "-", "'", '"', "?", "!", "|", ">", "&"))


def test_words_that_look_like_other_things_stay_words():
    value, faults = parse_yaml("[yes, no, on, off, 1:30, 2026-01-02, 010, 0x1F, true, null, 3, 2.5, 1e3]")
    assert faults == ()
    assert value == ["yes", "no", "on", "off", "1:30", "2026-01-02", "010", "0x1F", True, None, 3, 2.5, 1000.0]
