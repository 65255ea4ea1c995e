"""Addresses of the pages: one builder for files, the same one for the web."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from hashlib import sha256

from scoring.scorecard.types import Group, GroupKind

_FOLDERS = {GroupKind.AGENT: "agents", GroupKind.TEAM: "teams"}
_PLAIN_ID = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Urls:
    """Addresses as seen from one page. `root` leads to the top, `ending` follows a page's path."""

    root: str
    ending: str

    @property
    def index(self) -> str:
        """The first page."""
        return f"{self.root}index{self.ending}" if self.ending else self.root

    def group(self, group: Group) -> str:
        """An agent's or a team's page."""
        return f"{self.root}{group_path(group)}{self.ending}"

    def call(self, call_id: str, turn: int | None = None) -> str:
        """A call's page, at one of its turns."""
        anchor = "" if turn is None else f"#t{turn}"
        return f"{self.root}{call_path(call_id)}{self.ending}{anchor}"

    def audio(self, call_id: str) -> str:
        """A call's recording, on the web."""
        return f"{self.root}audio/{call_slug(call_id)}"

    def file(self, name: str) -> str:
        """A file at the top, such as `scorecards.csv`."""
        return f"{self.root}{name}"


TOP_FILES = Urls(root="", ending=".html")
FOLDER_FILES = Urls(root="../", ending=".html")
WEB = Urls(root="/", ending="")


def group_path(group: Group) -> str:
    """Return the path of a group's page without its ending: `agents/odile-marchetti-5d0c…`."""
    return f"{_FOLDERS[group.kind]}/{slug(group.name, group.kind.value, group.key)}"


def call_path(call_id: str) -> str:
    """Return the path of a call's page without its ending."""
    return f"calls/{call_slug(call_id)}"


def call_slug(call_id: str) -> str:
    """Return a call's id where it is a hash, as it always should be; else a slug made of it."""
    return call_id if _PLAIN_ID.fullmatch(call_id) else slug(call_id, "call", call_id)


def slug(name: str, kind: str, key: str | None) -> str:
    """Return a file name of a–z, 0–9 and hyphens that begins like `name` and is unique to `key`.

    No path can be made of it, and two keys never share it, whatever their names and on any file system.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    own = sha256(repr((kind, key)).encode()).hexdigest()[:10]
    return f"{words or kind}-{own}"
