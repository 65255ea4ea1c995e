"""HTML mail to plain text, with quotations marked as in plain mail."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = "p div br li tr table h1 h2 h3 h4 h5 h6 ul ol hr blockquote pre section article"
_BREAKS = frozenset(_BLOCKS.split())
_UNSEEN = frozenset(("script", "style", "head", "title", "template"))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[tuple[int, str]] = [(0, "")]  # (depth of quotation, text)
        self._depth = 0
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._unseen += tag in _UNSEEN
        self._depth += tag == "blockquote"
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._depth = max(0, self._depth - (tag == "blockquote"))
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            depth, text = self.lines[-1]
            self.lines[-1] = (depth, text + re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in _BREAKS:
            self.lines.append((self._depth, ""))


def text_of_html(html: str) -> str:
    """Return the words of an HTML page, a line for each block; quotations begin with ">"."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "\n".join(f"{'> ' * depth}{text.strip()}" for depth, text in reader.lines if text.strip())
