"""A preview that runs as a program of its own, and files that are saved beside it."""

import http.client
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gxq_geo import words

# Until somebody gives up: this machine may be busy.
LONG_S = 20.0


def halve(path: Path) -> bytes:
    """Leave the first half of a file; return what it held."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return whole


def replace(path: Path, data: bytes) -> None:
    """As QGIS, Excel and most editors save: a new file takes the place of the old one."""
    aside = path.with_name(f"{path.name}.tmp4711")
    aside.write_bytes(data)
    aside.replace(path)


@dataclass
class Running:
    """A preview that runs: where, and how to ask it."""

    process: subprocess.Popen[str]
    address: str
    port: int
    talks: ExitStack = field(default_factory=ExitStack)

    @property
    def door(self) -> str:
        return "/" + self.address.rpartition("/")[2]

    def ask(self, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """One answer; the body is not read, since that of the news does not end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG_S)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"host": f"127.0.0.1:{self.port}", **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        self.talks.enter_context(closing(connection))
        return self.talks.enter_context(closing(connection.getresponse()))

    def enter(self) -> tuple[str, str]:
        """The room, and the cookie that opens it."""
        answer = self.ask(self.door)
        assert answer.status == 303
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert f"Path={answer.headers['location']};" in cookie
        return answer.headers["location"], cookie.partition(";")[0]


@contextmanager
def preview(*options: str | Path, cwd: Path | None = None, **environment: str) -> Iterator[Running]:
    """The command as a program of its own; Ctrl-C ends it, cleanly."""
    program = [sys.executable, "-m", "gxq_geo", "preview", *map(str, options)]
    process = subprocess.Popen(
        program,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", **environment},
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/[\w-]{40,}$", line.rstrip())
        assert found, line + (process.stderr.read() if process.stderr else "")
        one = Running(process, found[0], int(found[1]))
        with one.talks:
            yield one
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=LONG_S)
        assert (process.returncode, err) == (0, "")
        assert out.splitlines()[-1] in {
            words.text("cli.preview-over", lang) for lang in ("zh", "en")
        }
    finally:
        process.kill()
        process.communicate()
