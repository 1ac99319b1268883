"""The HTTP server of the preview, on the loopback interface only.

========================  =====================================================================
``/<key>``                login: sets a cookie and redirects to ``/<session>/``
``/<session>/``           the page around the map (``web/preview.html``), its style and its script
``/<session>/map``        the map
``/<session>/events``     Server-Sent Events: version of the map, the issues, the notices
========================  =====================================================================

Key, session path and cookie are random for each run. The cookie is limited to the session path, so
that the browser does not send it to other servers on this machine. Web pages of other origins have
no access: the Host header must be this server's (against DNS rebinding), there is no cross-origin
sharing, and only GET is allowed.
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
from gxq_geo.preview.live import LiveZone, State
from gxq_geo.preview.watch import Snapshot, changes, snapshot, stable_snapshot
from gxq_geo.words.errors import GxqError

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Headers = Mapping[str, str]

HOST = "127.0.0.1"
_COOKIE = "gxq"
# An empty comment is sent at this interval, to notice closed connections.
_KEEP_ALIVE_S = 15
# The browser reconnects to the stream after this time.
_RETRY_MS = 500

_COMMON_HEADERS: Headers = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_DENY_ALL = "default-src 'none'; frame-ancestors 'none'"
# The map has a policy of its own in a meta element, which cannot contain frame-ancestors.
_MAP_POLICY = "frame-ancestors 'self'"


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response; `headers` are added to the common ones."""

    status: int
    body: bytes
    media_type: str = "text/plain"
    headers: Headers = field(default_factory=lambda: {"Content-Security-Policy": _DENY_ALL})


@dataclass(frozen=True)
class Credentials:
    """The random secrets of a run.

    Parameters
    ----------
    key
        Login key in the address that is printed.
    one_time_key
        Login key in the address that the browser is started with. It works once, since other
        users of the machine may see it in the list of processes.
    session, cookie
        Session path and cookie that a login returns.
    """

    key: str = field(default_factory=secrets.token_urlsafe)
    one_time_key: str = field(default_factory=secrets.token_urlsafe)
    session: str = field(default_factory=secrets.token_urlsafe)
    cookie: str = field(default_factory=secrets.token_urlsafe)


class StateFeed:
    """The current state, and an event that is set when it changes."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.closed = False
        self.changed = asyncio.Event()

    def publish(self, state: State) -> None:
        """Set the state, and wake the streams if its message differs."""
        previous, self.state = self.state, state
        if previous.message != state.message:
            self._wake()

    def close(self) -> None:
        """End the streams."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        event, self.changed = self.changed, asyncio.Event()
        event.set()


class App:
    """The ASGI application."""

    def __init__(self, feed: StateFeed, credentials: Credentials, *, port: int, lang: str) -> None:
        self.feed = feed
        self.credentials = credentials
        self.lang = lang
        self.login_keys = {credentials.key, credentials.one_time_key}
        with_port = [f"{name}:{port}" for name in (HOST, "localhost")]
        self.hosts = {*with_port, *([HOST, "localhost"] if port == 80 else [])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = self.response(scope)
        if response is None:
            await self._stream(receive, send)
        else:
            length = {"Content-Length": str(len(response.body))}
            headers = {**response.headers, **length}
            await send(_response_start(response.status, response.media_type, headers))
            await send({"type": "http.response.body", "body": response.body})

    def response(self, scope: Scope) -> Response | None:
        """Return the response to a request; None for the event stream."""
        if _header(scope, b"host") not in self.hosts:
            return self._error(421)
        if scope["method"] != "GET":
            return self._error(405, {"Allow": "GET"})
        first, slash, rest = scope["path"].removeprefix("/").partition("/")
        if not slash:
            return self._login(first) or self._error(404)
        if not _is_same(first, self.credentials.session):
            return self._error(404)
        if not _is_same(_cookie(scope), self.credentials.cookie):
            return self._error(403)
        return None if rest == "events" else self._file(rest)

    def _login(self, given: str) -> Response | None:
        # Compare with all keys, so that the time does not depend on which one matches.
        matching = [key for key in self.login_keys if _is_same(given, key)]
        if not matching:
            return None
        self.login_keys -= {self.credentials.one_time_key} & set(matching)
        path = f"/{self.credentials.session}/"
        cookie = f"{_COOKIE}={self.credentials.cookie}; Path={path}; HttpOnly; SameSite=Strict"
        return self._error(303, {"Location": path, "Set-Cookie": cookie})

    def _file(self, name: str) -> Response:
        if name == "map":
            headers = {"Content-Security-Policy": _MAP_POLICY}
            return Response(200, self.feed.state.page, "text/html", headers)
        files = _page_files(self.lang)
        return files[name] if name in files else self._error(404)

    def _error(self, status: int, headers: Headers | None = None) -> Response:
        """A response that contains only its status, or the reason why access is denied."""
        text = words.text("preview.refused", self.lang) if status == 403 else str(status)
        policy = {"Content-Security-Policy": _DENY_ALL}
        return Response(status, f"{text}\n".encode(), headers={**policy, **(headers or {})})

    async def _stream(self, receive: Receive, send: Send) -> None:
        """Send the state and each new one, until the browser disconnects or the server ends."""
        headers = {"Content-Security-Policy": _DENY_ALL}
        await send(_response_start(200, "text/event-stream", headers))
        disconnect = asyncio.create_task(_disconnected(receive))
        sent: State | None = None
        while not (disconnect.done() or self.feed.closed):
            state, change = self.feed.state, asyncio.create_task(self.feed.changed.wait())
            event = b"retry: %d\ndata: %b\n\n" % (_RETRY_MS, state.message)
            body = b":\n\n" if state is sent else event
            await send({"type": "http.response.body", "body": body, "more_body": True})
            sent = state
            waiting = {disconnect, change}
            await asyncio.wait(waiting, timeout=_KEEP_ALIVE_S, return_when=asyncio.FIRST_COMPLETED)
            change.cancel()
        disconnect.cancel()
        await send({"type": "http.response.body", "body": b""})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _response_start(status: int, media_type: str, headers: Headers) -> dict[str, Any]:
    every = {"Content-Type": f"{media_type}; charset=utf-8", **_COMMON_HEADERS, **headers}
    pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in every.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


def _header(scope: Scope, name: bytes) -> str:
    values: Iterable[bytes] = (value for key, value in scope["headers"] if key == name)
    return b";".join(values).decode("latin-1")


def _cookie(scope: Scope) -> str:
    pairs = (part.strip().partition("=") for part in _header(scope, b"cookie").split(";"))
    return next((value for name, _, value in pairs if name == _COOKIE), "")


def _is_same(given: str, secret: str) -> bool:
    """Compare with a secret in constant time."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), secret.encode())


# ------------------------------------------------------------------ the page around the map


@cache
def _page_files(lang: str) -> dict[str, Response]:
    """The page around the map, by name; made once."""
    policy = {"Content-Security-Policy": _PAGE_POLICY}
    texts = {code: words.table("preview", code) for code in words.langs()}
    data = json.dumps({"lang": lang, "texts": texts}, ensure_ascii=False)
    parts = {
        "[[lang]]": html.escape(words.tag(lang)),
        "[[icon]]": assets.data_uri("image/svg+xml", page.web("icon.svg").encode()),
        "[[data]]": data.replace("<", r"\u003c"),
    }
    shell = _web("preview.html")
    for placeholder, text in parts.items():
        shell = shell.replace(placeholder, text)
    style = f"{page.colours()}{_web('preview.css')}"
    return {
        "": Response(200, shell.encode(), "text/html", policy),
        "preview.css": Response(200, style.encode(), "text/css"),
        "preview.js": Response(200, _web("preview.js").encode(), "text/javascript"),
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
        self.feed, self.opened = app.feed, opened

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.opened()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.feed.close()
        await super().shutdown(sockets)


def serve(
    folder: Path,
    *,
    port: int,
    lang: str,
    audience: str,
    opened: Callable[[str, str], None],
) -> None:
    """Serve the preview of a folder until Ctrl-C is pressed.

    Parameters
    ----------
    folder
        A folder as for `gxq_geo.open_zone`.
    port
        A port of the loopback interface; 0 for any free port.
    lang, audience
        As for `InvestmentMap`.
    opened
        Called when the server is ready, with its address and with an address that works once.

    Raises
    ------
    GxqError
        If the port is not available, or the folder is not a zone.
    """
    with _listen(port) as listener:
        zone, before = LiveZone(folder, lang, audience), snapshot(folder)
        feed, credentials = StateFeed([*zone.update()][-1]), Credentials()
        port = listener.getsockname()[1]
        app = App(feed, credentials, port=port, lang=lang)
        address = f"http://{HOST}:{port}/"
        urls = (address + credentials.key, address + credentials.one_time_key)
        server = _Server(app, lambda: opened(*urls))
        with suppress(KeyboardInterrupt):  # The server has already shut down.
            asyncio.run(_run(server, listener, _follow(zone, before, feed)))


async def _run(server: _Server, listener: socket.socket, following: Any) -> None:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(following)
        await server.serve([listener])
        task.cancel()


async def _follow(zone: LiveZone, before: Snapshot, feed: StateFeed) -> None:
    """Update the state after each change; while the folder cannot be read, every second."""
    async for _ in changes(zone.folder):
        now = await stable_snapshot(zone.folder, before)
        if now != before or not feed.state.current:
            before = now
            await asyncio.to_thread(_update, zone, feed, asyncio.get_running_loop())


def _update(zone: LiveZone, feed: StateFeed, loop: asyncio.AbstractEventLoop) -> None:
    for state in zone.update():
        loop.call_soon_threadsafe(feed.publish, state)


def _listen(port: int) -> socket.socket:
    """Return a listening socket of the loopback interface that no other program can share."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
    option = socket.SO_REUSEADDR if os.name == "posix" or exclusive is None else exclusive
    listener.setsockopt(socket.SOL_SOCKET, option, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise GxqError("no-port", port=port, reason=reason) from None
    return listener
