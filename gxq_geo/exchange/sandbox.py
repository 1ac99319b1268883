"""Run a reader of untrusted files in a child process with limits.

The parent writes copies of the input files to an empty temporary folder, and the child writes what
it read beside them: values as JSON, geometries as WKB with their offsets. Nothing is unpickled. The
child has limits of memory and time, no configuration from the environment, and no network options;
which driver may open the files is pinned by the reader.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from gxq_geo.exchange.source import Geometries, Loss
from gxq_geo.words.errors import FileError

# Limits of the child: address space, seconds of CPU time, seconds on the clock.
MEMORY_BYTES, CPU_SECONDS, SECONDS = 4 << 30, 300, 600
_TABLES = "tables.json"
# Settings of the environment that change what GDAL, PROJ or DuckDB open.
_CONFIGURATION = ("GDAL_", "OGR_", "CPL_", "VSI", "PROJ_", "AWS_", "PYTHON", "DUCKDB_")
_NO_NETWORK = {
    "PROJ_NETWORK": "OFF",
    "GDAL_DRIVER_PATH": "disable",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
}


@dataclass(frozen=True)
class RawTable:
    """One layer as the child read it.

    Parameters
    ----------
    name, crs
        As in `SourceTable`.
    columns
        The values by column: None, texts, numbers, booleans, dates, lists.
    wkb
        The geometry of each record as WKB, or None; None for a table.
    losses
        What the child did not take.
    """

    name: str
    columns: Mapping[str, list[Any]]
    wkb: Sequence[bytes | None] | None = None
    crs: str = ""
    losses: tuple[Loss, ...] = field(default=())

    def geometries(self) -> tuple[Geometries | None, tuple[Loss, ...]]:
        """The geometries in two dimensions, and what was lost."""
        if self.wkb is None:
            return None, ()
        raw = np.empty(len(self.wkb), dtype=object)
        raw[:] = self.wkb
        built = shapely.from_wkb(raw, on_invalid="ignore")
        losses = []
        given = np.array([part is not None for part in self.wkb], dtype=bool)
        wrong = np.flatnonzero(shapely.is_missing(built) & given)
        if len(wrong):
            shown = ", ".join(map(str, (wrong[:5] + 1).tolist()))
            losses.append(Loss("vector.loss.shape-damaged", len(wrong), shown))
        if high := int(shapely.has_z(built).sum()):
            losses.append(Loss("vector.loss.heights", high))
        return shapely.force_2d(built), tuple(losses)


# ------------------------------------------------------------------ the parent


def run(
    module: str,
    path: Path,
    contents: Mapping[str, bytes],
    request: Mapping[str, Any],
    *,
    environment: Mapping[str, str] | None = None,
    memory: int = MEMORY_BYTES,
    seconds: float = SECONDS,
) -> tuple[RawTable, ...]:
    """Run a module as a child process that calls `serve`, and return the tables that it read.

    Parameters
    ----------
    module
        The name of the module.
    path
        The file of the user, for messages.
    contents
        The files to read: their names in the child's folder, with ``/`` for folders in it.
    request
        What the child is asked for, as JSON.
    environment
        Further variables of its environment.
    memory, seconds
        Its limits of memory in bytes, and of time.

    Raises
    ------
    FileError
        If the child refuses the file, fails, or exceeds a limit.
    """
    limits: dict[str, Any] = {"memory": memory, "seconds": seconds}
    with _child(module, path, contents, request, environment or {}, **limits) as (answer, out):
        return tuple(_table(number, raw, out) for number, raw in enumerate(answer))


def ask(module: str, path: Path, contents: Mapping[str, bytes], request: Mapping[str, Any]) -> Any:
    """Run a module as a child process that calls `serve_answer`, and return its answer.

    Parameters and errors are those of `run`.
    """
    limits: dict[str, Any] = {"memory": MEMORY_BYTES, "seconds": SECONDS}
    with _child(module, path, contents, request, {}, **limits) as (answer, _):
        return answer


@contextmanager
def _child(
    module: str,
    path: Path,
    contents: Mapping[str, bytes],
    request: Mapping[str, Any],
    environment: Mapping[str, str],
    *,
    memory: int,
    seconds: float,
) -> Iterator[tuple[Any, Path]]:
    """Run the child; its answer, and the folder of what it wrote beside that."""
    with tempfile.TemporaryDirectory(prefix="gxq-") as home:
        folder = Path(home)
        for name, data in contents.items():
            target = folder / "in" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        (folder / "out").mkdir()
        order = {**request, "folder": home, "memory": memory, "cpu": CPU_SECONDS}
        try:
            done = subprocess.run(  # noqa: S603  the command is this Python and a module of ours
                [sys.executable, "-P", "-m", module],
                input=json.dumps(order).encode(),
                capture_output=True,
                timeout=seconds,
                cwd=home,
                env=_environment(environment),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise FileError("sandbox-time", path=path, seconds=round(seconds)) from None
        answer = folder / "out" / _TABLES
        if done.returncode or not answer.exists():
            raise FileError("sandbox-failed", path=path, reason=_reason(done))
        found = orjson.loads(answer.read_bytes())
        if isinstance(found, dict):
            raise FileError("driver-refused", path=path, reason=str(found["refused"])[:300])
        yield found, folder / "out"


def _reason(done: "subprocess.CompletedProcess[bytes]") -> str:
    """The last line that the child wrote, without the notes of a library in Rust."""
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    own = [line for line in lines if not line.startswith("note: ")]
    return own[-1][:200] if own else f"exit {done.returncode}"


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of the child; it finds this package as the parent does."""
    kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(_CONFIGURATION)}
    home = str(Path(__file__).parents[2])
    return {
        **kept,
        "PYTHONPATH": home,
        "PYTHONUTF8": "1",
        "RUST_BACKTRACE": "0",
        **_NO_NETWORK,
        **more,
    }


def _table(number: int, raw: Mapping[str, Any], folder: Path) -> RawTable:
    wkb: list[bytes | None] | None = None
    if raw["geometry"]:
        data = (folder / f"{number}.wkb").read_bytes()
        ends = np.load(folder / f"{number}.npy", allow_pickle=False).tolist()
        # An empty geometry is none; a WKB is never empty.
        wkb = [data[start:end] or None for start, end in zip([0, *ends], ends, strict=False)]
    columns = {column["name"]: _values(column) for column in raw["columns"]}
    losses = tuple(Loss(**loss) for loss in raw["losses"])
    return RawTable(raw["name"], columns, wkb, raw["crs"], losses)


def _values(column: Mapping[str, Any]) -> list[Any]:
    values: list[Any] = column["values"]
    if not column["dates"]:
        return values
    days = {text: date.fromisoformat(text) for text in set(values) - {None}}
    return [None if text is None else days[text] for text in values]


# ------------------------------------------------------------------ the child


class Refused(Exception):
    """The file is not what it should be; the message is the driver's."""


def serve(work: Callable[[Path, Mapping[str, Any]], Iterable[RawTable]]) -> None:
    """Answer the request of `run` in the child process.

    Parameters
    ----------
    work
        Reads the files in a folder as the request asks; it raises `Refused`.
    """

    def tables(folder: Path, request: Mapping[str, Any]) -> list[Any]:
        found = enumerate(work(folder, request))
        return [_sent(number, table, folder.parent / "out") for number, table in found]

    serve_answer(tables)


def serve_answer(work: Callable[[Path, Mapping[str, Any]], Sequence[Any]]) -> None:
    """Answer the request of `ask` in the child process.

    Parameters
    ----------
    work
        Reads the files in a folder as the request asks, and returns JSON; it raises `Refused`.
    """
    request = json.loads(sys.stdin.buffer.read())
    _limit(request["memory"], request["cpu"])
    folder = Path(request["folder"])
    try:
        answer: Any = work(folder / "in", request)
    except Refused as error:
        answer = {"refused": str(error)}
    except MemoryError:
        answer = {"refused": "out of memory"}
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    (folder / "out" / _TABLES).write_bytes(orjson.dumps(answer, option=options))


def _limit(memory: int, cpu: int) -> None:
    """Limit memory and CPU time, where the system can."""
    if sys.platform == "win32":
        return
    import resource

    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, cpu)):
        _, hard = resource.getrlimit(kind)
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _sent(number: int, table: RawTable, folder: Path) -> dict[str, Any]:
    """Write the geometries of a table; return the rest of it as JSON types."""
    if table.wkb is not None:
        parts = [part or b"" for part in table.wkb]
        (folder / f"{number}.wkb").write_bytes(b"".join(parts))
        np.save(folder / f"{number}.npy", np.cumsum([len(part) for part in parts], dtype=np.int64))
    return {
        "name": table.name,
        "crs": table.crs,
        "geometry": table.wkb is not None,
        "columns": [_column(name, values) for name, values in table.columns.items()],
        "losses": [
            {"kind": loss.kind, "count": loss.count, "where": loss.where, "params": loss.params}
            for loss in table.losses
        ],
    }


def _column(name: str, values: list[Any]) -> dict[str, Any]:
    dates = {type(value) for value in values} - {type(None)} == {date}
    return {"name": name, "values": values, "dates": dates}
