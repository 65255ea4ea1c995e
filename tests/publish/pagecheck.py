"""A small reader of HTML for tests: elements with their attributes and text, and what no page may hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    parent: Element | None = None
    children: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(" ".join([*self.parts, *(child.text for child in self.children)]).split())

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    def all(self, selector: str) -> list[Element]:
        """Elements inside this one by `tag`, `.class`, `tag.class` or `#id`."""
        tag, _, class_ = selector.partition(".")
        found = []
        for child in self.children:
            if selector.startswith("#"):
                hit = child.attributes.get("id") == selector[1:]
            else:
                hit = (not tag or child.tag == tag) and (not class_ or class_ in child.classes)
            found += [child] if hit else []
            found += child.all(selector)
        return found

    def one(self, selector: str) -> Element:
        (found,) = self.all(selector)
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self.here = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.here.tag, f"</{tag}> closes <{self.here.tag}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.parts.append(data)


def read(html: str) -> Element:
    """Parse a page; every element must be closed in order, and every id must be there once."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.here is reader.root, f"<{reader.here.tag}> is never closed"
    ids = [element.attributes["id"] for element in reader.root.all("") if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    return reader.root


def assert_harmless(page: Element) -> None:
    """Nothing runs, nothing is fetched from elsewhere, nothing evades the security policy."""
    elements = page.all("")
    assert not {"script", "iframe", "object", "embed", "form", "base", "img"} & {item.tag for item in elements}
    for item in elements:
        assert not [name for name in item.attributes if name.startswith("on")], item
        assert "style" not in item.attributes, "the policy forbids style attributes"
        for name in ("href", "src", "action", "xlink:href"):
            target = item.attributes.get(name, "")
            assert ":" not in target or target == "data:,", f"{item.tag} leads outside: {target}"
            assert not target.startswith("//")
    policies = [item.attributes["content"] for item in elements if item.attributes.get("http-equiv")]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")
