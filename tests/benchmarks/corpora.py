"""``python -m tests.benchmarks.corpora``: valid and invalid GeoJSON, read by several tools.

The files are those of ``../shared/corpora``, labelled by their authors. A tool *reports* a defect
if it rejects the file or warns about it, *accepts* it if there is no message, and *crashes* if it
raises an exception that is not one of its own. A report *has a place* if it names a line, a
feature, an index or a path within the document.
"""

import json
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
GOOD = ("geojsonhint/good", "geojson-invalid-geometry/valid")
BAD = (
    "geojsonhint/bad",
    "geojson-invalid-geometry/invalid_structure",
    "geojson-invalid-geometry/invalid_geometries",
    "geojson-invalid-geometry/problematic_geometries",
    "geojson-invalid-geometry/problematic_structure",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a tool for one file."""

    outcome: str
    placed: bool = False
    message: str = ""


REPORTED, ACCEPTED, CRASHED = "reported", "accepted", "crashed"
_PLACE = re.compile(r"(line|column|char|index|features?|position)\W*\d+", re.IGNORECASE)


def labelled(folders: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files of some folders."""
    for folder in folders:
        yield from sorted((CORPORA / folder).glob("*.geojson"))


def gxq(path: Path, *, least: str = "advice") -> Verdict:
    """``gxq check FILE``; it has a place only if all findings have line and column."""
    from gxq_geo.checks import EVERYTHING, check
    from gxq_geo.zone.single import GROUPS, open_file

    zone, _ = open_file(path)
    report = check(zone, choice=EVERYTHING.within(GROUPS))
    severities = ("error",) if least == "error" else ("error", "warning", "advice")
    found = [issue for issue in report if issue.severity in severities]
    if not found:
        return Verdict(ACCEPTED)
    placed = all(issue.line and issue.column for issue in found)
    return Verdict(REPORTED, placed, " ".join(sorted({issue.rule for issue in found})))


def gdal(read: Callable[[Path], object], own: tuple[type[Exception], ...]) -> Any:
    """Return a judge for a reader based on GDAL; a warning counts as a report.

    ``own`` are the exceptions with which the reader rejects a file.
    """

    def judged(path: Path) -> Verdict:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                read(path)
            except own as error:
                return Verdict(REPORTED, _has_place(str(error)), str(error))
            except Exception as error:  # noqa: BLE001
                return Verdict(CRASHED, False, repr(error))
        message = " ".join(str(warning.message) for warning in caught)
        return Verdict(REPORTED, _has_place(message), message) if message else Verdict(ACCEPTED)

    return judged


def _has_place(message: str) -> bool:
    return bool(_PLACE.search(message))


def pyogrio(path: Path) -> Verdict:
    """``pyogrio.read_dataframe``, the reader of ``geopandas.read_file``."""
    import pyogrio as peer

    own = (peer.errors.DataSourceError, peer.errors.DataLayerError, peer.errors.FeatureError)
    verdict: Verdict = gdal(peer.read_dataframe, own)(path)
    return verdict


def fiona(path: Path) -> Verdict:
    """A loop over all features with fiona."""
    import fiona as peer

    def read(path: Path) -> object:
        with peer.open(path) as source:
            return list(source)

    verdict: Verdict = gdal(read, (peer.errors.FionaError,))(path)
    return verdict


def geojson_pydantic(path: Path) -> Verdict:
    """The pydantic model of the file's ``type``."""
    import geojson_pydantic as peer
    from pydantic import ValidationError

    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        return Verdict(REPORTED, _has_place(str(error)), str(error))
    kind = value.get("type") if isinstance(value, dict) else None
    model = getattr(peer, kind, peer.FeatureCollection) if isinstance(kind, str) else None
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            (model or peer.FeatureCollection).model_validate(value)
    except ValidationError as error:
        return Verdict(REPORTED, any(part["loc"] for part in error.errors()), str(error)[:80])
    except Exception as error:  # noqa: BLE001
        return Verdict(CRASHED, False, repr(error))
    return Verdict(REPORTED, False, str(caught[0].message)) if caught else Verdict(ACCEPTED)


def geojson_validator(path: Path, *, least: str = "problematic") -> Verdict:
    """The validation of the structure, and of geometries if the structure is valid."""
    import geojson_validator as peer
    from loguru import logger

    logger.remove()
    try:
        value = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        return Verdict(REPORTED, _has_place(str(error)), str(error))
    try:
        found = peer.validate_structure(value, check_crs=True)
        if found:
            return Verdict(REPORTED, any(fault.get("path") for fault in found.values()))
        found = peer.validate_geometries(value)
    except Exception as error:  # noqa: BLE001
        return Verdict(CRASHED, False, repr(error))
    # It reports the numbers of features.
    faults = {**found["invalid"], **(found["problematic"] if least == "problematic" else {})}
    return Verdict(REPORTED, True, " ".join(faults)) if faults else Verdict(ACCEPTED)


TOOLS: dict[str, Callable[[Path], Verdict]] = {
    "gxq": gxq,
    "pyogrio": pyogrio,
    "fiona": fiona,
    "geojson-pydantic": geojson_pydantic,
    "geojson-validator": geojson_validator,
}
HEAD = (
    "",
    "defects reported",
    "with a place",
    "silently accepted",
    "crash or bare traceback",
    "good files rejected",
)


def rejects(name: str, path: Path) -> bool:
    """Whether a tool rejects a valid file; advice and "problematic" are not a rejection."""
    if name == "gxq":
        return gxq(path, least="error").outcome != ACCEPTED
    if name == "geojson-validator":
        return geojson_validator(path, least="invalid").outcome != ACCEPTED
    return TOOLS[name](path).outcome != ACCEPTED


def row(name: str) -> list[str]:
    """The table row of a tool."""
    if find_spec(name.replace("-", "_").replace("gxq", "gxq_geo")) is None:
        return [name, "not installed", *["–"] * (len(HEAD) - 2)]
    verdicts = [TOOLS[name](path) for path in labelled(BAD)]
    counts = Counter(verdict.outcome for verdict in verdicts)
    placed = sum(verdict.placed for verdict in verdicts if verdict.outcome == REPORTED)
    good = list(labelled(GOOD))
    refused = sum(rejects(name, path) for path in good)
    return [
        name,
        f"{counts[REPORTED]} of {len(verdicts)}",
        str(placed),
        str(counts[ACCEPTED]),
        str(counts[CRASHED]),
        f"{refused} of {len(good)}",
    ]


def main() -> None:
    """Print the table as Markdown."""
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for name in TOOLS:
        print(f"| {' | '.join(row(name))} |", flush=True)


if __name__ == "__main__":
    main()
