"""Make the folder of another zone: its settings, its parks, and an empty file for each layer."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gxq_geo import words
from gxq_geo.formats import csv_table, files, geojson
from gxq_geo.formats.coordinates import Geometries
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.headings import meanings
from gxq_geo.schemas.normalise import fold
from gxq_geo.words.errors import FileError, GxqError
from gxq_geo.words.issues import Severity
from gxq_geo.words.pinyin import initials
from gxq_geo.zone import layer
from gxq_geo.zone.placement import gauss_kruger
from gxq_geo.zone.settings import SETTINGS, expect_metric

Bounds = tuple[float, float, float, float]
Record = Mapping[str, Any]

# The longitudes between which Gauss-Krüger zones are used: those of China.
_CHINA = (73.5, 135.5)
_OF_FILE = ("name_zh", "name_en", "park_id", "kind", "geometry_source", "source")
# The languages of the settings, Chinese first.
_LANGS = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Park:
    """A park of the new zone.

    Parameters
    ----------
    geometry
        A polygon or multipolygon in EPSG:4326.
    record
        What is known of it, by field.
    """

    geometry: BaseGeometry
    record: Record


@dataclass(frozen=True, slots=True)
class NewZone:
    """What is known of a new zone.

    Parameters
    ----------
    name_zh, name_en
        Its name.
    parks
        Its parks; one at least.
    day
        The day on which it is made: its records are as of that day.
    measure_crs
        The metric CRS; empty for the one of the place.
    """

    name_zh: str
    name_en: str
    parks: Sequence[Park]
    day: date
    measure_crs: str = ""

    @property
    def crs(self) -> str:
        """The metric CRS: as stated, or the one of the place."""
        bounds = shapely.total_bounds(np.array([park.geometry for park in self.parks]))
        west, south, east, north = bounds.tolist()
        return self.measure_crs or crs_at((west + east) / 2, (south + north) / 2)


def crs_at(longitude: float, latitude: float) -> str:
    """Return the metric CRS of a place: CGCS2000 3-degree Gauss-Krüger in China, elsewhere UTM."""
    if _CHINA[0] <= longitude <= _CHINA[1]:
        return gauss_kruger(longitude)[0]
    zone = int((longitude + 180) // 6) % 60 + 1
    return f"EPSG:{(32600 if latitude >= 0 else 32700) + zone}"


def park_of_bounds(bounds: Bounds, *, name_zh: str, name_en: str) -> Park:
    """Return a park that is a rectangle, marked as schematic.

    Raises
    ------
    GxqError
        If the bounds are not degrees, west before east and south before north.
    """
    west, south, east, north = bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise GxqError("bad-bounds", value=",".join(f"{value:g}" for value in bounds))
    return Park(shapely.box(*bounds), {"name_zh": name_zh, "name_en": name_en})


def parks_of_file(path: Path) -> tuple[Park, ...]:
    """Read the parks of a GeoJSON file in degrees.

    Raises
    ------
    FileError
        If the file is of another format, is broken, or has other geometries than polygons in
        degrees.
    """
    text, _ = layer.decode(files.read_bytes(path), is_table=False)
    document = geojson.read(text or "")
    errors = [issue for issue in document.issues if issue.severity is Severity.ERROR]
    shapes = document.geometries
    if text is None or errors or not len(shapes) or not _are_polygons_in_degrees(shapes):
        raise FileError("no-parks", path=path)
    columns = _columns(document.by_field)
    return tuple(
        Park(
            shapely.orient_polygons(shapely.force_2d(shape)),
            {"source": path.name} | {n: v[row] for n, v in columns.items() if v[row]},
        )
        for row, shape in enumerate(shapes)
    )


def _are_polygons_in_degrees(shapes: Geometries) -> bool:
    allowed = schema().layers["parks"].geometry
    if any(shape is None or shape.geom_type not in allowed for shape in shapes):
        return False
    return bool((np.abs(shapely.bounds(shapes)) <= (180, 90, 180, 90)).all())


def _columns(by_field: Mapping[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """Return the columns of a file that name a park: by their headings, or simply ``name``."""
    known = meanings(schema().layers["parks"])
    found: dict[str, Sequence[Any]] = {}
    for heading, values in by_field.items():
        names = known.get(fold(heading), ("name_zh",) if fold(heading) == "name" else ())
        if len(names) == 1 and names[0] in _OF_FILE:
            found.setdefault(names[0], values)
    return found


# ------------------------------------------------------------------ the files


def create(folder: Path, zone: NewZone) -> None:
    """Write the folder of a new zone, whole or not at all.

    Raises
    ------
    FileError
        If the folder is not empty, or cannot be written.
    ZoneError
        If the CRS is not one in metres.
    """
    expect_metric(folder / SETTINGS, zone.crs)
    files.write_folder(folder, contents(zone))


def contents(zone: NewZone) -> dict[str, bytes]:
    """Return the files of a new zone by name."""
    made = {SETTINGS: _settings(zone), "README.md": _readme(zone)}
    for name, layer_schema in schema().layers.items():
        if layer_schema.is_table:
            made[f"{name}.csv"] = csv_table.to_bytes([], list(layer_schema.fields), layer_schema.id)
        else:
            features = _parks(zone, layer_schema) if name == "parks" else []
            made[f"{name}.geojson"] = geojson.collection_bytes(features)
    return made


def _parks(zone: NewZone, layer_schema: LayerSchema) -> list[Mapping[str, Any]]:
    ids = list(_ids([str(park.record.get("name_zh") or "") for park in zone.parks]))
    features = []
    for number, (park, own_id) in enumerate(zip(zone.parks, ids, strict=True), 1):
        default = {
            "park_id": own_id,
            "name_zh": words.text("new.park", "zh", number=number),
            "name_en": words.text("new.park", "en", number=number),
            "kind": "specialized_park",
            "geometry_source": "schematic",
            "source": words.text("new.source", "zh"),
            "updated": zone.day.isoformat(),
            "published": True,
            "demo": False,
        }
        record = {**dict.fromkeys(layer_schema.fields), **default, **park.record}
        features.append(geojson.to_feature(record, park.geometry))
    return sorted(features, key=lambda feature: geojson.sort_key(feature, layer_schema.id))


def _ids(names: Sequence[str]) -> Iterator[str]:
    """Return an id for each name: its pinyin initials or its letters, with a number if repeated."""
    letters = initials(names)
    seen: Counter[str] = Counter()
    for number, name in enumerate(names, 1):
        latin = "".join(letters.get(run, run) for run in _runs(name))
        base = re.sub(r"[^a-z0-9]+", "-", latin.lower()).strip("-") or f"park-{number}"
        seen[base] += 1
        yield base if seen[base] == 1 else f"{base}-{seen[base]}"


def _runs(name: str) -> list[str]:
    return re.findall(r"[\u3007\u3400-\u9fff]+|[^\u3007\u3400-\u9fff]+", name)


def _settings(zone: NewZone) -> bytes:
    """Return a ``zone.toml`` with a comment in both languages above each part."""
    parts: tuple[tuple[str, Mapping[str, str]], ...] = (
        ("about", {"name_zh": zone.name_zh, "name_en": zone.name_en}),
        ("title", {f"title_{lang}": words.text("new.title", lang) for lang in _LANGS}),
        ("crs", {"measure_crs": zone.crs}),
        ("review", {"map_review_no": ""}),
        ("url", {"public_url": ""}),
        (
            "disclaimer",
            {f"disclaimer_{lang}": words.text("new.disclaimer", lang) for lang in _LANGS},
        ),
    )
    lines: list[str] = []
    for key, values in parts:
        lines += [f"# {words.text(f'new.comment.{key}', lang)}" for lang in _LANGS]
        # A JSON string is a TOML string.
        lines += [f"{name} = {json.dumps(v, ensure_ascii=False)}" for name, v in values.items()]
        lines.append("")
    lines += [f"# {words.text('new.comment.more', lang)}" for lang in _LANGS]
    return "\n".join([*lines, ""]).encode()


def _readme(zone: NewZone) -> bytes:
    """Return the README for planners, in Chinese and then in English."""
    texts = (
        words.text("new.readme", lang, name=name, crs=zone.crs).strip()
        for lang, name in (("zh", zone.name_zh), ("en", zone.name_en))
    )
    return ("\n\n---\n\n".join(texts) + "\n").encode()
