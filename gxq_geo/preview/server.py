"""The preview's server: on the loopback interface, from memory, for whoever holds its key.

========================  =====================================================================
``/<key>``                the door: gives a cookie, and leads to the room
``/<room>/``              the page around the map (``web/preview.html``), its style and its script
``/<room>/map``           the map
``/<room>/news``          Server-Sent Events: which map is current, the issues, the notices
========================  =====================================================================

Key, room and cookie are random and differ for each run. The browser sends the cookie to the room
only, so that no other server on this machine is told it. A web page elsewhere reaches none of it:
the Host has to be ours (DNS rebinding), nothing is shared across origins, only GET is answered.
"""

import asyncio
import html
import json
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import uvicorn

from gxq_geo import words
from gxq_geo.investment_map import assets, page
from gxq_geo.preview.live import Desk, State
from gxq_geo.preview.watch import glance, pulse, settled
from gxq_geo.words.errors import GxqError

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = Mapping[str, str]

HOST = "127.0.0.1"
_COOKIE = "gxq"
# So often, in seconds, a line is sent where there is no news: a browser that is gone is noticed.
_ALIVE_S = 15
_AGAIN_MS = 500

_EVERY: Headers = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_AROUND = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_FRAMED = "frame-ancestors 'self'"  # the map says the rest itself


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, its bytes, and what its headers add to those of every answer."""

    status: int
    body: bytes
    kind: str = "text/plain"
    headers: Headers = field(default_factory=lambda: {"Content-Security-Policy": _NOTHING})


@dataclass(frozen=True)
class Keys:
    """What opens a preview: each is random.

    Parameters
    ----------
    key
        In the address that is printed.
    once
        In the address that the browser is started with, which others on this machine may see in
        the list of processes: it opens the door one time.
    room, cookie
        What the door gives.
    """

    key: str = field(default_factory=secrets.token_urlsafe)
    once: str = field(default_factory=secrets.token_urlsafe)
    room: str = field(default_factory=secrets.token_urlsafe)
    cookie: str = field(default_factory=secrets.token_urlsafe)


class News:
    """The current state, and whoever waits for the next."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.over = False
        self.turn = asyncio.Event()

    def publish(self, state: State) -> None:
        """Tell a state, if it says anything new."""
        before, self.state = self.state, state
        if before.news != state.news:
            self._wake()

    def end(self) -> None:
        """Nothing more will come."""
        self.over = True
        self._wake()

    def _wake(self) -> None:
        now, self.turn = self.turn, asyncio.Event()
        now.set()


class App:
    """The answers, as an ASGI application."""

    def __init__(self, news: News, keys: Keys, *, port: int, lang: str) -> None:
        self.news = news
        self.keys = keys
        self.lang = lang
        self.doors = {keys.key, keys.once}
        ours = [f"{name}:{port}" for name in (HOST, "localhost")]
        self.hosts = {*ours, *([HOST, "localhost"] if port == 80 else [])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        reply = self.reply(scope)
        if reply is None:
            await self._stream(receive, send)
        else:
            length = {"Content-Length": str(len(reply.body))}
            await send(_head(reply.status, reply.kind, {**reply.headers, **length}))
            await send({"type": "http.response.body", "body": reply.body})

    def reply(self, scope: Scope) -> Reply | None:
        """The answer to a request; None for the stream of news."""
        if _header(scope, b"host") not in self.hosts:
            return self._refused(421)
        if scope["method"] != "GET":
            return self._refused(405, {"Allow": "GET"})
        first, inside, rest = scope["path"].removeprefix("/").partition("/")
        if not inside:
            return self._door(first) or self._refused(404)
        if not _same(first, self.keys.room):
            return self._refused(404)
        if not _same(_cookie(scope), self.keys.cookie):
            return self._refused(403)
        return None if rest == "news" else self._inside(rest)

    def _door(self, word: str) -> Reply | None:
        # Each is compared, whichever fits: how long it takes tells nothing.
        fitting = [key for key in self.doors if _same(word, key)]
        if not fitting:
            return None
        self.doors -= {self.keys.once} & set(fitting)
        room = f"/{self.keys.room}/"
        cookie = f"{_COOKIE}={self.keys.cookie}; Path={room}; HttpOnly; SameSite=Strict"
        return self._refused(303, {"Location": room, "Set-Cookie": cookie})

    def _inside(self, name: str) -> Reply:
        if name == "map":
            framed = {"Content-Security-Policy": _FRAMED}
            return Reply(200, self.news.state.page, "text/html", framed)
        around = _around(self.lang)
        return around[name] if name in around else self._refused(404)

    def _refused(self, status: int, headers: Headers | None = None) -> Reply:
        said = words.text("preview.refused", self.lang) if status == 403 else str(status)
        policy = {"Content-Security-Policy": _NOTHING}
        return Reply(status, f"{said}\n".encode(), headers={**policy, **(headers or {})})

    async def _stream(self, receive: Receive, send: Send) -> None:
        """Tell the state, and each later one, until the browser is gone or the server ends."""
        await send(_head(200, "text/event-stream", {"Content-Security-Policy": _NOTHING}))
        gone = asyncio.create_task(_gone(receive))
        told: State | None = None
        while not (gone.done() or self.news.over):
            state, turn = self.news.state, asyncio.create_task(self.news.turn.wait())
            body = (
                b":\n\n" if state is told else b"retry: %d\ndata: %b\n\n" % (_AGAIN_MS, state.news)
            )
            await send({"type": "http.response.body", "body": body, "more_body": True})
            told = state
            await asyncio.wait({gone, turn}, timeout=_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
            turn.cancel()
        gone.cancel()
        await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _head(status: int, kind: str, headers: Headers) -> dict[str, Any]:
    every = {"Content-Type": f"{kind}; charset=utf-8", **_EVERY, **headers}
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in every.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def _header(scope: Scope, wanted: bytes) -> str:
    found: Iterable[bytes] = (value for name, value in scope["headers"] if name == wanted)
    return b";".join(found).decode("latin-1")


def _cookie(scope: Scope) -> str:
    pairs = (part.strip().partition("=") for part in _header(scope, b"cookie").split(";"))
    return next((value for name, _, value in pairs if name == _COOKIE), "")


def _same(given: str, wanted: str) -> bool:
    """Whether two secrets are equal; the time it takes says nothing of how nearly."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


# ------------------------------------------------------------------ the page around the map


@cache
def _around(lang: str) -> dict[str, Reply]:
    """The page around the map, by name; made once."""
    policy = {"Content-Security-Policy": _AROUND}
    said = {code: words.table("preview", code) for code in words.langs()}
    told = json.dumps({"lang": lang, "said": said}, ensure_ascii=False)
    parts = {
        "[[lang]]": html.escape(words.tag(lang)),
        "[[icon]]": assets.data_uri("image/svg+xml", page.web("icon.svg").encode()),
        "[[words]]": told.replace("<", r"\u003c"),
    }
    shell = _web("preview.html")
    for place, text in parts.items():
        shell = shell.replace(place, text)
    style = f"{page.colours()}{_web('preview.css')}"
    return {
        "": Reply(200, shell.encode(), "text/html", policy),
        "preview.css": Reply(200, style.encode(), "text/css"),
        "preview.js": Reply(200, _web("preview.js").encode(), "text/javascript"),
    }


def _web(name: str) -> str:
    return (resources.files("gxq_geo") / "preview" / "web" / name).read_text("utf-8")


# ------------------------------------------------------------------ running


class _Server(uvicorn.Server):
    def __init__(self, app: App, opened: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self.news, self.opened = app.news, opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.opened()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.news.end()
        await super().shutdown(sockets)


def serve(
    folder: Path,
    *,
    port: int,
    lang: str,
    audience: str,
    opened: Callable[[str, str], None],
) -> None:
    """Serve the live page of a folder until somebody presses Ctrl-C.

    Parameters
    ----------
    folder
        As `gxq_geo.open_zone` takes it.
    port
        A port of the loopback interface; 0 for any that is free.
    lang, audience
        As `InvestmentMap` takes them.
    opened
        Called when the server answers, with its address, and with one that works one time.

    Raises
    ------
    GxqError
        If the port cannot be had, or the folder is not a zone.
    """
    with _listening(port) as listener:
        desk, seen = Desk(folder, lang, audience), glance(folder)
        news, keys = News([*desk.look()][-1]), Keys()
        port = listener.getsockname()[1]
        app = App(news, keys, port=port, lang=lang)
        at = f"http://{HOST}:{port}/"
        server = _Server(app, lambda: opened(at + keys.key, at + keys.once))
        with suppress(KeyboardInterrupt):  # the server has ended by then
            asyncio.run(_run(server, listener, _follow(desk, seen, news)))


async def _run(server: _Server, listener: socket.socket, following: Any) -> None:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(following)
        await server.serve([listener])
        task.cancel()


async def _follow(desk: Desk, seen: Any, news: News) -> None:
    """Look at the folder whenever it changed; where it could not be read, every second."""
    async for _ in pulse(desk.folder):
        now = await settled(desk.folder, seen)
        if now != seen or not news.state.current:
            seen = now
            await asyncio.to_thread(_look, desk, news, asyncio.get_running_loop())


def _look(desk: Desk, news: News, loop: asyncio.AbstractEventLoop) -> None:
    for state in desk.look():
        loop.call_soon_threadsafe(news.publish, state)


def _listening(port: int) -> socket.socket:
    """A socket of the loopback interface that no other program shares."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    option = socket.SO_REUSEADDR if os.name == "posix" or alone is None else alone
    listener.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise GxqError("no-port", port=port, reason=reason) from None
    return listener
