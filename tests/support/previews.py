"""Run `gxq preview` as a process, and save files as other programs do."""

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

# Timeout in seconds; long, since the machine may be busy.
LONG_S = 20.0


def halve(path: Path) -> bytes:
    """Truncate a file to its first half; return its whole content."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return whole


def replace(path: Path, data: bytes) -> None:
    """Save as QGIS, Excel and most editors do: write a new file and rename it."""
    temporary = path.with_name(f"{path.name}.tmp4711")
    temporary.write_bytes(data)
    temporary.replace(path)


@dataclass
class Running:
    """A running preview: its process, its address, and requests to it."""

    process: subprocess.Popen[str]
    address: str
    port: int
    connections: ExitStack = field(default_factory=ExitStack)

    @property
    def login_path(self) -> str:
        return "/" + self.address.rpartition("/")[2]

    def request(self, path: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
        """Return a response without reading its body, since the event stream does not end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONG_S)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {"host": f"127.0.0.1:{self.port}", **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        self.connections.enter_context(closing(connection))
        return self.connections.enter_context(closing(connection.getresponse()))

    def login(self) -> tuple[str, str]:
        """Return the path of the session and its cookie."""
        response = self.request(self.login_path)
        assert response.status == 303
        cookie = response.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
        assert f"Path={response.headers['location']};" in cookie
        return response.headers["location"], cookie.partition(";")[0]


@contextmanager
def preview(*options: str | Path, cwd: Path | None = None, **environment: str) -> Iterator[Running]:
    """Run the command as a process, which Ctrl-C must end without an error."""
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
        running = Running(process, found[0], int(found[1]))
        with running.connections:
            yield running
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
