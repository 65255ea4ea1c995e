"""Every fault of a rubric is found, named by its path, and none hides another."""

import textwrap
from pathlib import Path

import pytest

from scoring.errors import RubricError
from scoring.rubric import find_faults, load_rubric

GOOD = """
name: house
version: 1.2.3
title: House rules
sections:
  - {id: one, title: One}
criteria:
  - id: first
    section: one
    title: First
    weight: 5
    check: {behaviour: close_bye}
"""


@pytest.fixture
def write(tmp_path: Path):
    def put(text: str, name: str = "house.yaml") -> Path:
        path = tmp_path / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return put


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new)


def check(text: str) -> str:
    return changed("check: {behaviour: close_bye}", text)


def test_a_good_rubric_has_no_faults(write):
    path = write(GOOD)
    assert find_faults(path) == ()
    rubric = load_rubric(path)
    assert (rubric.name, rubric.version, rubric.title) == ("house", "1.2.3", "House rules")
    assert [criterion.weight for criterion in rubric.criteria] == [5.0]


FAULTS = {
    "weight below zero": (changed("weight: 5", "weight: -3"), "criteria[0].weight: must be 0 or more, not -3"),
    "weight as text": (changed("weight: 5", "weight: heavy"), "criteria[0].weight: must be a number, not 'heavy'"),
    "weight true": (changed("weight: 5", "weight: true"), "criteria[0].weight: must be a number, not True"),
    "weight infinite": (changed("weight: 5", "weight: .inf"), "criteria[0].weight: must be a finite number"),
    "weight not a number": (changed("weight: 5", "weight: .nan"), "criteria[0].weight"),
    "weight missing": (changed("    weight: 5\n", ""), "criteria[0].weight: is missing"),
    "unknown key": (changed("weight: 5", "wieght: 5"), "criteria[0].wieght: unknown key, did you mean 'weight'?"),
    "unknown key above": (changed("title: House rules", "titel: x"), "titel: unknown key, did you mean 'title'?"),
    "list misspelt": (changed("criteria:", "criterias:"), "criterias: unknown key, did you mean 'criteria'?"),
    "version of two numbers": (changed("1.2.3", "1.2"), "version: must be"),
    "version of text": (changed("1.2.3", "new"), "version: must be three numbers such as 1.0.0, not 'new'"),
    "language by its name": (
        changed("version: 1.2.3", "version: 1.2.3\nlanguage: Spanish"),
        "language: must be a language's code such as en, not 'Spanish'",
    ),
    "behaviour in another language": (
        changed("version: 1.2.3", "version: 1.2.3\nlanguage: es"),
        "criteria[0]: is found in 'en' only, and the rubric's language is 'es': close_bye",
    ),
    "name with a blank": (changed("name: house", "name: our house"), "name: must be letters"),
    "title blank": (changed("title: First", 'title: "  "'), "criteria[0].title: must not be empty"),
    "id with capitals": (changed("id: first", "id: First-One"), "criteria[0].id: must be lower-case"),
    "section unknown": (changed("section: one", "section: oen"), "criteria[0].section: there is no section 'oen', did"),
    "section unused": (
        changed("sections:", "sections:\n  - {id: two, title: Two}"),
        "sections[0]: no criterion is in this section",
    ),
    "section id twice": (
        changed("sections:", "sections:\n  - {id: one, title: Other}"),
        "sections: the id 'one' is given 2 times",
    ),
    "critical of what": (changed("weight: 5", "weight: 5\n    critical: team"), "criteria[0].critical: "),
    "band upside down": (
        changed("weight: 5", "weight: 5\n    unsure_band: [0.7, 0.3]"),
        "criteria[0].unsure_band: must be two numbers around 0.5",
    ),
    "medium unknown": (changed("title: House rules", "title: x\napplies_to: [fax]"), "applies_to[0]: "),
    "placeholder unknown": (
        changed("weight: 5", 'weight: 5\n    remedy: "Say {mising}"'),
        "criteria[0].remedy: unknown placeholder {mising}: did you mean 'missing'?",
    ),
    "placeholder with an attribute": (
        changed("weight: 5", 'weight: 5\n    reasons: {met: "{quote.__class__}"}'),
        "criteria[0].reasons.met: unknown placeholder {quote.__class__}",
    ),
    "placeholder with a format": (
        changed("weight: 5", 'weight: 5\n    reasons: {met: "{quote:>999999999}"}'),
        "criteria[0].reasons.met: unknown placeholder",
    ),
    "open brace": (changed("weight: 5", 'weight: 5\n    remedy: "Say {"'), "criteria[0].remedy: the braces"),
    "reason for no outcome": (
        changed("weight: 5", "weight: 5\n    reasons: {meet: x}"),
        "criteria[0].reasons.meet: unknown key, did you mean 'met'?",
    ),
    "check missing": (changed("    check: {behaviour: close_bye}\n", ""), "criteria[0].check: is missing"),
    "check a list": (check("check: [{behaviour: close_bye}]"), "criteria[0].check: must be one check, not a list"),
    "check a word": (check("check: close_bye"), "criteria[0].check: must be a mapping of keys, not 'close_bye'"),
    "check of no kind": (check("check: {behavior: close_bye}"), "criteria[0].check: is no check: needs one of"),
    "check of two kinds": (
        check("check: {behaviour: close_bye, phrase: bye}"),
        "criteria[0].check: is 2 checks in one (behaviour, phrase)",
    ),
    "behaviour unknown": (
        check("check: {behaviour: close_by}"),
        "criteria[0].check.behaviour: unknown behaviour 'close_by', did you mean 'close_bye'?",
    ),
    "behaviour unknown, deep": (
        check("check: {all_of: [{behaviour: close_bye}, {not: {behaviour: blaim}}]}"),
        "criteria[0].check.all_of[1].not.behaviour: unknown behaviour 'blaim', did you mean 'blame'?",
    ),
    "by nobody": (check("check: {behaviour: close_bye, by: boss}"), "criteria[0].check.by: "),
    "window unknown": (
        check("check: {behaviour: close_bye, window: closeing}"),
        "criteria[0].check.window: unknown window 'closeing', did you mean 'closing'?",
    ),
    "window of no time": (
        check("check: {behaviour: close_bye, window: {first_seconds: 0}}"),
        "criteria[0].check.window.first_seconds: must be more than 0, not 0",
    ),
    "window before nothing known": (
        check("check: {behaviour: hold_announced, window: {before: hodl}}"),
        "criteria[0].check.window.before: unknown behaviour 'hodl', did you mean 'hold'?",
    ),
    "window without its anchor": (
        check("check: {behaviour: close_bye, window: {within_turns: 2}}"),
        "criteria[0].check.window: `within_turns` needs `after`",
    ),
    "counts crossed": (
        check("check: {behaviour: close_bye, at_least: 3, at_most: 1}"),
        "criteria[0].check: `at_least` is above `at_most`",
    ),
    "count of half": (check("check: {behaviour: close_bye, at_least: 0.5}"), "criteria[0].check.at_least: must be a"),
    "count of none": (check("check: {behaviour: close_bye, at_least: 0}"), "criteria[0].check.at_least: must be 1 or"),
    "phrase empty": (check("check: {phrase: []}"), "criteria[0].check: needs at least one phrase"),
    "phrase of dots": (check('check: {phrase: "..."}'), "criteria[0].check: a phrase needs at least one word"),
    "measure unknown": (
        check("check: {measure: longest_silense, good: {at_most: 3}}"),
        "criteria[0].check.measure: unknown measure 'longest_silense', did you mean 'longest_silence'?",
    ),
    "measure without a band": (check("check: {measure: duration}"), "criteria[0].check.good: is missing"),
    "band without ends": (check("check: {measure: duration, good: {}}"), "criteria[0].check.good: needs `at_least`"),
    "band crossed": (
        check("check: {measure: duration, good: {at_least: 9, at_most: 2}}"),
        "criteria[0].check.good: `at_least` is above `at_most`",
    ),
    "good for a share": (
        check("check: {measure: duration, good: {at_most: 3, share: 0.5}}"),
        "criteria[0].check: `share` belongs to `acceptable`",
    ),
    "acceptable for nothing": (
        check("check: {measure: duration, good: {at_most: 3}, acceptable: {at_most: 5}}"),
        "criteria[0].check: `acceptable` needs a `share`",
    ),
    "acceptable, all or nothing": (
        check("check: {measure: duration, good: {at_most: 3}, acceptable: {at_most: 5, share: 0.5}}"),
        "criteria[0].partial: must be true",
    ),
    "fact unknown": (check("check: {fact: tpye, is: normal}"), "criteria[0].check.fact: unknown fact 'tpye', did you"),
    "fact value unknown": (
        check("check: {fact: type, in: [normal, droped]}"),
        "criteria[0].check: unknown value of type 'droped', did you mean 'dropped'?",
    ),
    "fact of no value": (check("check: {fact: type}"), "criteria[0].check: needs either `is`"),
    "all of nothing": (check("check: {all_of: []}"), "criteria[0].check.all_of: must not be empty"),
    "all of one mapping": (
        check("check: {all_of: {behaviour: close_bye}}"),
        "criteria[0].check.all_of: must be a list",
    ),
    "more than there are": (
        check("check: {at_least: 3, of: [{behaviour: close_bye}, {behaviour: blame}]}"),
        "criteria[0].check: asks for 3 of 2 parts",
    ),
    "worth nothing": (check("check: {behaviour: close_bye, worth: 0}"), "criteria[0].check.worth: must be more than 0"),
    "condition unknown": (
        GOOD + "conditions:\n  - {id: rude, text: rude, when: {behaviour: abuze}}\n",
        "conditions[0].when.behaviour: unknown behaviour 'abuze', did you mean 'abuse'?",
    ),
    "no criteria": (GOOD[: GOOD.index("criteria:")], "criteria: there are none"),
    "criteria no list": (GOOD[: GOOD.index("criteria:")] + "criteria: {id: x}\n", "criteria: must be a list"),
    "criterion a word": (GOOD[: GOOD.index("  - id: first")] + "  - first\n", "criteria[0]: must be a mapping of keys"),
    "key twice": (changed("weight: 5", "weight: 5\n    weight: 9"), "criteria[0].weight: the key is given twice (line"),
    "key twice, deep": (
        check("check: {behaviour: close_bye, by: agent, by: agent}"),
        "criteria[0].check.by: the key is",
    ),
    "key not text": (changed("weight: 5", "weight: 5\n    7: x"), "criteria[0]: the key 7 is not text"),
    "without nothing to inherit": (changed("title: House rules", "title: x\nwithout: [a]"), "without: needs `extends`"),
    "section of zero": (
        changed("title: One}", "title: One, weight: 10}").replace("weight: 5", "weight: 0"),
        "sections[0].weight: all its criteria weigh 0",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_by_its_path(write, name):
    text, expected = FAULTS[name]
    faults = find_faults(write(text))
    assert any(fault.startswith(expected) for fault in faults), faults


@pytest.mark.parametrize("name", [n for n in FAULTS if n not in ("list misspelt", "criteria no list", "no criteria")])
def test_one_fault_is_told_once(write, name):
    faults = find_faults(write(FAULTS[name][0]))
    paths = [fault.split(":")[0] for fault in faults]
    assert len(paths) == len(set(paths)), faults


def test_many_faults_are_all_listed_at_once(write):
    path = write(
        """
        name: house
        version: one
        titel: House rules
        sections:
          - {id: one, title: One, wieght: 3}
        criteria:
          - id: first
            section: one
            title: First
            weight: -1
            check: {all_of: [{behaviour: close_by}, {measure: duration}, {phrase: bye, windov: closing}]}
          - id: first
            section: two
            title: Second
            weight: 1
            critical: yes
            check: {behaviour: close_bye}
        conditions:
          - {id: c, text: "", when: {fact: type, is: x}}
        """
    )
    with pytest.raises(RubricError) as caught:
        load_rubric(path)
    text = "\n".join(caught.value.faults)
    for where in (
        "version:",
        "titel:",
        "title:",
        "sections[0].wieght:",
        "criteria[0].weight:",
        "criteria[0].check.all_of[0].behaviour:",
        "criteria[0].check.all_of[1].good:",
        "criteria[0].check.all_of[2].windov:",
        "criteria[1].critical:",
        "criteria: the id 'first' is given 2 times",
        "conditions[0].text:",
        "conditions[0].when:",
    ):
        assert where in text
    assert "12 faults" in caught.value.message or len(caught.value.faults) >= 12
    assert str(path) in caught.value.message
    assert caught.value.hint
    assert all(fault in str(caught.value) for fault in caught.value.faults)


TEXTS = {
    "empty": ("", "the file is empty"),
    "only notes": ("# nothing\n", "the file is empty"),
    "a word": ("hello", "the file must be a mapping"),
    "a list": ("- a\n- b\n", "the file must be a mapping"),
    "broken": ("name: [a\nversion: 1", "line "),
    "tabs": ("name:\n\t- a", "line 2"),
    "python object": ("name: !!python/object/apply:os.system [echo]", "line 1, column 7: could not determine"),
    "alias": ("a: &x [1]\nb: *x\n", "line 2, column 4: aliases (*name) are not used"),
    "two documents": ("a: 1\n---\nb: 2\n", "line 2"),
    "control character": ("name: \x01", "not YAML"),
    "deep": ("[" * 5000 + "]" * 5000, "nested too deep"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_that_is_no_rubric_gets_one_line(write, name):
    text, expected = TEXTS[name]
    faults = find_faults(write(text))
    assert len(faults) == 1
    assert faults[0].startswith(expected)
    assert "\n" not in faults[0]


def test_checks_nested_without_end_are_refused(write):
    text = "{not: " * 40 + "{behaviour: close_bye}" + "}" * 40
    faults = find_faults(write(check(f"check: {text}")))
    assert any("nested more than 20 deep" in fault for fault in faults)


def test_files_that_cannot_be_read_say_so(tmp_path: Path, write):
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("name: Müller".encode("latin-1"))
    assert find_faults(latin) == ("the file is not UTF-8 text",)
    assert "cannot be read" in find_faults(tmp_path)[0]
    assert "cannot be read" in find_faults(tmp_path / "none.yaml")[0]
    assert "longer than" in find_faults(write("# " + "x" * 1_000_001))[0]


def test_an_unknown_rubric_suggests_its_neighbour(tmp_path: Path):
    with pytest.raises(RubricError, match="no rubric 'corr'") as caught:
        load_rubric("corr")
    assert "did you mean 'core'?" in caught.value.hint
    with pytest.raises(RubricError, match="no rubric"):
        load_rubric(tmp_path / "none.yaml")


def test_yes_and_no_are_words_and_byte_order_marks_are_nothing(write):
    path = write("\ufeff" + check("check: {fact: name_known, is: yes}"))
    assert find_faults(path) == ()


ANOTHER_LANGUAGE = {
    "words and who spoke when": ("{all_of: [{phrase: adiós}, {measure: agent_talk_share, good: {at_most: 0.7}}]}", ""),
    "a fact": ("{not: {fact: type, is: voicemail}}", "type"),
    "dead air, which is no dead air on hold": ("{measure: longest_silence, good: {at_most: 9}}", "longest_silence"),
    "a window": ("{phrase: adiós, window: {after: hold, before: close_bye}}", "close_bye, hold"),
}


@pytest.mark.parametrize(("asked", "understood"), ANOTHER_LANGUAGE.values(), ids=list(ANOTHER_LANGUAGE))
def test_a_rubric_in_another_language_asks_only_what_needs_no_understanding(write, asked, understood):
    text = GOOD.replace("version: 1.2.3", "version: 1.2.3\nlanguage: es").replace("{behaviour: close_bye}", asked)
    faults = find_faults(write(text))
    assert [fault.rpartition(": ")[2] for fault in faults] == ([understood] if understood else [])
