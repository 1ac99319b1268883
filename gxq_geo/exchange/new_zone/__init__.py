"""A new zone: a folder with settings, first parks and empty layers, which makes a map at once."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template

import numpy as np

from gxq_geo import words
from gxq_geo.exchange.importing.incoming import interpret
from gxq_geo.exchange.importing.mapping import to_toml
from gxq_geo.exchange.importing.plan import Plan, plan
from gxq_geo.exchange.new_zone.outline import Outline, of_file, rectangle
from gxq_geo.exchange.new_zone.place import Place, crs_name, metric_crs, middle, timezone
from gxq_geo.formats import files
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone, layer
from gxq_geo.zone.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES
from gxq_geo.zone.settings import SETTINGS, Settings

__all__ = ["Created", "Outline", "create", "of_file", "rectangle"]

_TEMPLATES = Path(__file__).parents[2] / "data" / "new_zone"
# A metric CRS for the settings while the place of the zone is not known.
_ANYWHERE = "EPSG:3857"


@dataclass(frozen=True)
class Created:
    """A new zone, or why there is none.

    Parameters
    ----------
    plan
        How the first parks are read; if it is not ready, nothing is written.
    crs
        The metric CRS of the zone, with its name.
    filled
        For each field of parks, the number of records in which a placeholder was filled in.
    """

    plan: Plan = field(repr=False)
    crs: str
    filled: Mapping[str, int]


def create(
    folder: Path, names: Mapping[str, str], outline: Outline, *, crs: str = "", at: Place | None
) -> Created:
    """Create the folder of a new zone, with everything in it or not at all.

    Parameters
    ----------
    folder
        The folder; it must not exist, or be empty.
    names
        The name of the zone in Chinese and English, under ``zh`` and ``en``.
    outline
        The first parks.
    crs
        The metric CRS; if empty, that of the place.
    at
        The place; by default the middle of the parks.

    Raises
    ------
    GxqError
        If the folder cannot be written, a name is empty or cannot be encoded, or the parks lie on
        both sides of the antimeridian.
    """
    for name in names.values():
        _check_name(name)
    files.check_new_folder(folder)
    found = _middle(outline, names)
    place = at or found
    measure_crs = crs or (metric_crs(place) if place else _ANYWHERE)
    contents = _contents(names, measure_crs, timezone(place) if place else "")
    with tempfile.TemporaryDirectory() as temporary:
        draft_folder = Path(temporary)
        for name, data in contents.items():
            (draft_folder / name).write_bytes(data)
        draft = plan([outline.file], draft_folder, outline.stated)
        if draft.is_ready:
            parks = {one.path.name: one.data for one in draft.layers}
            files.write_folder(folder, contents | parks)
    return Created(_without_added(draft, outline), crs_name(measure_crs), outline.filled)


def _without_added(draft: Plan, outline: Outline) -> Plan:
    """Return a plan that shows only the columns that are in the file."""
    tables = []
    for table in draft.tables:
        assignment = table.incoming.assignment
        own = {n: t for n, t in assignment.fields.items() if n not in outline.added}
        incoming = replace(table.incoming, assignment=replace(assignment, fields=own))
        tables.append(replace(table, incoming=incoming))
    return replace(draft, tables=tuple(tables))


def _check_name(name: str) -> None:
    try:
        is_usable = bool(name.strip()) and bool(name.encode())
    except UnicodeEncodeError:  # Bytes of a command line that are not of its encoding.
        is_usable = False
    if not is_usable:
        raise GxqError("new-name", value=words.visible(name.encode("utf-8", "replace").decode()))


# ------------------------------------------------------------------ the place


def _middle(outline: Outline, names: Mapping[str, str]) -> Place | None:
    """Return the middle of an outline in degrees; None while its CRS is not decided."""
    settings = Settings(names["zh"], names["en"], _ANYWHERE)
    layers = {name: layer.empty(known) for name, known in schema().layers.items()}
    zone = Zone(Path(), settings, layers)
    tables = outline.file.tables
    read = (interpret(table, table.name, zone, outline.stated).records for table in tables)
    found = [records.shapes for records in read if records.shapes is not None]
    if not found:
        return None
    return middle(np.concatenate(found))


# ------------------------------------------------------------------ the files


def _contents(names: Mapping[str, str], crs: str, offset: str) -> dict[str, bytes]:
    """Return the files of a zone without records, by name."""
    settings = {
        **{f"name_{lang}": to_toml(name) for lang, name in names.items()},
        "measure_crs": to_toml(crs),
        "crs_name": crs_name(crs),
        "timezone": to_toml(offset or "+08:00"),
    }
    shown = {f"name_{lang}": words.visible(name) for lang, name in names.items()}
    texts = {
        SETTINGS: _filled(SETTINGS, settings),
        "README.md": _filled("README.md", {**shown, "measure_crs": crs}),
    }
    return {**texts, **dict(map(_empty, schema().layers))}


def _filled(name: str, values: Mapping[str, str]) -> bytes:
    template = Template((_TEMPLATES / name).read_text("utf-8"))
    return template.substitute(values).encode()


def _empty(name: str) -> tuple[str, bytes]:
    """Return the file name and the contents of a layer without records."""
    known = schema().layers[name]
    suffixes = TABLE_SUFFIXES if known.is_table else GEOMETRY_SUFFIXES
    return f"{name}{suffixes[0]}", layer.to_bytes(layer.empty(known).frame, known)
