"""A local tile server whose tiles are computed from coordinates, and PNG files as arrays."""

import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]
Draw = Callable[[npt.NDArray[np.float64], npt.NDArray[np.float64]], Picture]

SIZE = 256


def png(picture: Picture) -> bytes:
    """Encode an array of rows, columns and three channels as PNG."""
    height, width, _ = picture.shape
    rows = np.hstack([np.zeros((height, 1), np.uint8), picture.reshape(height, -1)])

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows.tobytes())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def unpng(data: bytes) -> Picture:
    """Decode a PNG with eight bits per channel, such as a screenshot."""
    at, width, height, channels, packed = 8, 0, 0, 3, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        block = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", block[:10])
            channels = {2: 3, 6: 4}[colour]
            assert depth == 8
        elif kind == b"IDAT":
            packed += block
        at += size + 12
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * channels)
    return _unfilter(rows, channels).reshape(height, width, channels)


def _unfilter(rows: Picture, step: int) -> Picture:
    out = np.zeros((len(rows), rows.shape[1] - 1), np.uint8)
    above = out[0]
    for k, row in enumerate(rows):
        kind, line = int(row[0]), row[1:].copy()
        if kind == 2:
            line += above
        elif kind:
            _unfilter_along(kind, line, above, step)
        above = out[k] = line
    return out


def _unfilter_along(kind: int, line: Picture, above: Picture, step: int) -> None:
    """Undo a filter that depends on the pixel to the left, so that it cannot be vectorised."""
    now, up = line.tolist(), above.tolist()
    for x in range(len(now)):
        left = now[x - step] if x >= step else 0
        corner = up[x - step] if x >= step else 0
        guess = left if kind == 1 else (left + up[x]) // 2 if kind == 3 else 0
        if kind == 4:
            way = left + up[x] - corner
            guess = min((left, up[x], corner), key=lambda near: abs(way - near))
        now[x] = (now[x] + guess) & 255
    line[:] = now


def tile_places(z: int, x: int, y: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Longitude and latitude of the centre of each pixel of a Web Mercator tile."""
    world = SIZE * 2.0**z
    across = (x * SIZE + np.arange(SIZE) + 0.5) / world
    down = (y * SIZE + np.arange(SIZE) + 0.5) / world
    lon = across * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * down))))
    return np.broadcast_to(lon, (SIZE, SIZE)), np.broadcast_to(lat[:, None], (SIZE, SIZE))


@dataclass
class Served:
    """A running tile server: its port, and the paths of all requests."""

    port: int
    requests: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The URL template of the tiles."""
        return f"http://127.0.0.1:{self.port}/{{z}}/{{x}}/{{y}}.png"


@contextmanager
def tile_server(draw: Draw) -> Iterator[Served]:
    """Serve tiles that `draw` computes from the longitudes and latitudes of their pixels."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.requests.append(self.path)
            z, x, y = (int(part) for part in self.path.removesuffix(".png").split("/")[1:4])
            data = png(draw(*tile_places(z, x, y)))
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """Ignore connections that the browser closes early."""

    server = Server(("127.0.0.1", 0), Handler)
    served = Served(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
