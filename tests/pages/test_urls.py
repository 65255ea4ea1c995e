import re

from hypothesis import given
from hypothesis import strategies as st

from scoring.pages.urls import FOLDER_FILES, TOP_FILES, WEB, call_slug, group_path, slug
from scoring.scorecard.types import Group, GroupKind

ANYTHING = st.text(max_size=60)
HOSTILE = ("../../etc/passwd", "a/b\\c", "CON", "x" * 500, "\x00", "", ".", "Ådå Öhm", "Мария", "javascript:alert(1)")


@given(ANYTHING, st.one_of(st.none(), ANYTHING))
def test_no_path_can_be_made_of_a_name(name: str, key: str | None) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(name, "agent", key))
    assert len(slug(name, "agent", key)) <= 60


def test_hostile_names_become_plain_ones() -> None:
    made = [slug(name, "agent", name) for name in HOSTILE]
    assert len(set(made)) == len(HOSTILE)
    assert all(re.fullmatch(r"[a-z0-9-]{1,60}", name) for name in made)


@given(st.lists(st.tuples(ANYTHING, st.one_of(st.none(), ANYTHING)), unique_by=lambda pair: pair[1], max_size=30))
def test_two_agents_never_share_a_page(people: list[tuple[str, str | None]]) -> None:
    paths = {group_path(Group(GroupKind.AGENT, key, name)) for name, key in people}
    assert len(paths) == len(people)


def test_one_name_two_agents_and_the_unknown_agent_against_one_called_so() -> None:
    assert slug("Sam Reed", "agent", "1") != slug("Sam Reed", "agent", "2")
    assert slug("Unknown agent", "agent", None) != slug("Unknown agent", "agent", "Unknown agent")
    assert slug("None", "agent", None) != slug("None", "agent", "None")


@given(ANYTHING)
def test_a_calls_page_is_its_hash_or_a_plain_name(call_id: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", call_slug(call_id))


@given(st.lists(st.one_of(ANYTHING, st.from_regex(r"[0-9a-f]{60,66}", fullmatch=True)), unique=True, max_size=30))
def test_two_calls_never_share_a_page(ids: list[str]) -> None:
    assert len({call_slug(id_) for id_ in ids}) == len(ids)


def test_one_builder_for_files_and_the_web() -> None:
    id_ = "a" * 64
    group = Group(GroupKind.TEAM, "t", "Night")
    assert TOP_FILES.index == "index.html"
    assert FOLDER_FILES.index == "../index.html"
    assert WEB.index == "/"
    assert FOLDER_FILES.call(id_, 12) == f"../calls/{id_}.html#t12"
    assert WEB.call(id_, 0) == f"/calls/{id_}#t0"
    assert WEB.audio(id_) == f"/audio/{id_}"
    assert TOP_FILES.group(group) == f"{group_path(group)}.html"
    assert TOP_FILES.file("calls.csv") == "calls.csv"
