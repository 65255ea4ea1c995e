"""Contexts to HTML."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import fields
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from scoring.pages.contexts import AgentPage, CallPage, EvaluationPage, IndexPage, Page, TeamPage

TEMPLATES: dict[type[Page], str] = {
    IndexPage: "index.html",
    TeamPage: "team.html",
    AgentPage: "agent.html",
    CallPage: "call.html",
    EvaluationPage: "evaluation.html",
}


def render(page: Page) -> str:
    """Return a page as one HTML document that needs nothing beside itself."""
    context = {field.name: getattr(page, field.name) for field in fields(page)}
    return environment().get_template(TEMPLATES[type(page)]).render(context)


@cache
def environment() -> Environment:
    """Return the template engine: everything is escaped, and an unknown name is an error."""
    engine = Environment(
        loader=PackageLoader("scoring.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    engine.globals.update(style=Markup(style()), policy=policy())
    return engine


@cache
def style() -> str:
    """Return the one style sheet, which stands in every page."""
    return files("scoring.pages").joinpath("templates", "style.css").read_text("utf-8")


@cache
def policy() -> str:
    """Return the Content-Security-Policy of every page: our own style, our own recordings, no script, no network."""
    own = b64encode(sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{own}'; img-src data:; media-src 'self'; "
        "base-uri 'none'; form-action 'none'"
    )
