"""The same pages as the files, made when they are asked for. It only reads, and only this machine can reach it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scoring.errors import InputError
from scoring.pages.call_page import call_page
from scoring.pages.contexts import Page
from scoring.pages.group_pages import agent_page, index_page, team_page
from scoring.pages.render import policy, render
from scoring.pages.types import SiteData
from scoring.pages.urls import WEB, call_slug, group_path
from scoring.scorecard.types import GroupCards

HOSTS = ["localhost", "127.0.0.1"]  # another name that leads here is an attack by DNS rebinding
HEADERS = {
    "content-security-policy": f"{policy()}; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",  # calls are personal data
}


def make_app(load: Callable[[], SiteData]) -> Starlette:
    """Return the application; `load` is asked for the data at each request, so that new calls show at once."""
    site = _Site(load)
    routes = [
        Route("/", site.index, methods=["GET"]),
        Route("/agents/{slug}", site.agent, methods=["GET"]),
        Route("/teams/{slug}", site.team, methods=["GET"]),
        Route("/calls/{slug}", site.call, methods=["GET"]),
        Route("/audio/{slug}", site.audio, methods=["GET"]),
    ]
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS), Middleware(_Guarded)]
    return Starlette(routes=routes, middleware=middleware)


def serve(app: ASGIApp, port: int, say: Callable[[str], None] = lambda _: None) -> None:
    """Serve `app` on this machine's own address until interrupted; `say` gets that address once it is ours.

    Raises:
        InputError: the port is in use, or this user may not have it.
    """
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port left a moment ago may be taken again
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError(
                f"Port {port} cannot be had: {error.strerror or error}.", hint="Choose another one: --port 8778."
            ) from None
        say(f"http://127.0.0.1:{port}/")
        with suppress(KeyboardInterrupt):  # that is how it is ended
            uvicorn.Server(config).run(sockets=[listener])


class _Site:
    """The pages. What an address names is looked up among what is known; no path is ever made of it."""

    def __init__(self, load: Callable[[], SiteData]) -> None:
        self._load = load

    def index(self, _: Request) -> Response:
        data = self._load()
        return _html(index_page(data.cards, WEB, data.set_aside))

    def agent(self, request: Request) -> Response:
        data = self._load()
        found = _group(request, "agents", data.cards.agents)
        calls = {id_: data.calls.get(id_) or data.records[id_].scored for id_ in found.overall.calls}
        return _html(agent_page(found, data.cards, calls, WEB))

    def team(self, request: Request) -> Response:
        data = self._load()
        return _html(team_page(_group(request, "teams", data.cards.teams), data.cards, WEB))

    def call(self, request: Request) -> Response:
        data = self._load()
        id_ = _call_id(request, data)
        recording = data.recordings.get(id_)
        playable = recording is not None and recording.is_file()
        return _html(call_page(data.records[id_], data.cards, WEB, playable=playable))

    def audio(self, request: Request) -> Response:
        """Send a recording, or the bytes of it that were asked for."""
        data = self._load()
        recording = data.recordings.get(_call_id(request, data))
        if recording is None or not recording.is_file():
            raise HTTPException(404, "The recording is no longer where it was.")
        return FileResponse(recording)


def _html(page: Page) -> Response:
    return HTMLResponse(render(page))


def _group(request: Request, folder: str, groups: Sequence[GroupCards]) -> GroupCards:
    path = f"{folder}/{request.path_params['slug']}"
    found = next((cards for cards in groups if group_path(cards.group) == path), None)
    if found is None:
        raise HTTPException(404, "No such scorecard.")
    return found


def _call_id(request: Request, data: SiteData) -> str:
    slug = request.path_params["slug"]
    known = (id_ for cards in data.cards.agents for id_ in cards.overall.calls)
    found = next((id_ for id_ in known if call_slug(id_) == slug), None)
    if found is None:
        raise HTTPException(404, "No such call.")
    return found


class _Guarded:
    """Adds the security headers to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, guarded)
