"""Contexts against templates, both ways."""

from dataclasses import fields, is_dataclass
from typing import get_args

import pytest
from jinja2 import nodes
from jinja2.exceptions import UndefinedError
from jinja2.meta import find_undeclared_variables

from scoring.pages import contexts
from scoring.pages.contexts import Page
from scoring.pages.render import TEMPLATES, environment, policy, style

GLOBALS = {"style", "policy"}
MODULES = {"parts", "cards"}


def parse(name: str) -> nodes.Template:
    engine = environment()
    assert engine.loader is not None
    return engine.parse(engine.loader.get_source(engine, name)[0])


def names_used(template: str) -> set[str]:
    return find_undeclared_variables(parse(template)) | find_undeclared_variables(parse("base.html"))


@pytest.mark.parametrize("page", get_args(Page))
def test_a_page_uses_every_field_of_its_context_and_nothing_else(page: type[Page]) -> None:
    assert names_used(TEMPLATES[page]) - GLOBALS - MODULES == {field.name for field in fields(page)}


def test_every_field_within_a_context_is_used_and_every_name_used_is_a_field() -> None:
    used = {
        (node.attr)
        for template in environment().list_templates(extensions=["html"])
        for node in parse(template).find_all(nodes.Getattr)
        if not (isinstance(node.node, nodes.Name) and node.node.name in MODULES | {"loop"})
    }
    parts = [
        value
        for value in vars(contexts).values()
        if isinstance(value, type) and is_dataclass(value) and value not in get_args(Page)
    ]
    assert used == {field.name for part in parts for field in fields(part)}


def test_every_page_has_a_template_and_every_template_is_used() -> None:
    assert set(TEMPLATES) == set(get_args(Page))
    helpers = {"base.html", "parts.html", "card.html"}
    assert set(environment().list_templates(extensions=["html"])) == {*TEMPLATES.values(), *helpers}


def test_an_unknown_name_is_an_error_and_everything_is_escaped() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nobody }}").render()
    assert environment().from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"


def test_no_template_switches_escaping_off() -> None:
    for template in environment().list_templates(extensions=["html"]):
        filters = {node.name for node in parse(template).find_all(nodes.Filter)}
        assert filters <= {"join"}
        assert not list(parse(template).find_all(nodes.EvalContextModifier))


def test_the_style_fetches_nothing_and_the_policy_allows_only_it() -> None:
    assert "http" not in style()
    assert "@import" not in style()
    assert "url(" not in style().replace("url(#hatch)", "")
    assert "</style" not in style()
    assert "unsafe" not in policy()
    assert "script-src" not in policy()


def colours(block: str) -> dict[str, str]:
    found = dict(part.strip()[2:].split(": ") for part in block.split(";") if part.strip().startswith("--"))
    assert found
    return found


def contrast(one: str, other: str) -> float:
    """Contrast ratio after WCAG 2.2."""

    def luminance(colour: str) -> float:
        full = colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])
        parts = [int(full[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1, 2], ids=["light", "dark", "print"])
def test_letters_stand_out_from_what_is_behind_them(scheme: int) -> None:
    block = style().split(":root {")[1:][scheme].split("}")[0].replace("color-scheme: light dark;", "")
    colour = colours(block)
    for letters in ("ink", "soft", "accent", "met", "miss", "doubt", "none"):
        for behind in ("paper", "panel"):
            assert contrast(colour[letters], colour[behind]) >= 4.5, (letters, behind)
    for behind in ("met", "miss"):
        assert contrast(colour["on"], colour[behind]) >= 4.5, behind
    assert contrast(colour["ink"], colour["mark"]) >= 4.5
    assert contrast(colour["ink"], colour["warn"]) >= 4.5
    for bar in ("agent", "customer", "system"):
        assert contrast(colour[bar], colour["paper"]) >= 2.9, bar
