"""Tiny valid zones for tests, drawn in whole metres, so that areas can be calculated by hand.

The layers are written by code of the tests, independently of `gxq_geo.zone.layer.write`.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyproj

from gxq_geo.schemas import schema

JSON = Mapping[str, Any]
Geometry = dict[str, Any]
Record = dict[str, Any]

SETTINGS = """\
name_zh = "示例高新区"
name_en = "Example High-tech Zone"
measure_crs = "EPSG:4548"

[[sources]]
zh = "示例"
en = "Example"
"""

# South-west corner of the zone in EPSG:4548, in metres: about 116.593° E, 35.394° N.
_ORIGIN = (463_000.0, 3_919_000.0)

_ALL = {"source": "示例", "updated": "2026-11-23", "published": True, "demo": True}
_DRAWN = {**_ALL, "geometry_source": "schematic"}


@cache
def _to_degrees() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4548, 4326, always_xy=True)


def at(x: float, y: float) -> list[float]:
    """Longitude and latitude of a point, in metres east and north of the zone's corner."""
    lon, lat = _to_degrees().transform(_ORIGIN[0] + x, _ORIGIN[1] + y)
    return [round(lon, 7), round(lat, 7)]


def point(x: float, y: float) -> Geometry:
    return {"type": "Point", "coordinates": at(x, y)}


def line(*places: tuple[float, float]) -> Geometry:
    return {"type": "LineString", "coordinates": [at(*place) for place in places]}


def polygon(*places: tuple[float, float]) -> Geometry:
    """A polygon with these corners, without the closing one."""
    return {"type": "Polygon", "coordinates": [[at(*place) for place in (*places, places[0])]]}


def block(x: float, y: float, width: float, height: float) -> Geometry:
    """A rectangle by its south-west corner and its size, in metres."""
    east, north = x + width, y + height
    return polygon((x, y), (east, y), (east, north), (x, north))


def _spatial() -> dict[str, list[tuple[Record, Geometry]]]:
    zone = {"zone_id": "Z", "name_zh": "示例高新区", "area_km2": 2}
    town = {"subdistrict_id": "370800001", "name_zh": "示例街道"}
    return {
        "zone_frame": [(zone, block(0, 0, 2000, 1000))],
        "subdistricts": [(town, block(0, 0, 2000, 1000))],
        "parks": [
            (_park("dong", "东园", sectors=[]), block(1000, 0, 1000, 1000)),
            (_park("xi", "西园", sectors=["equipment", "materials"]), block(0, 0, 1000, 1000)),
        ],
        "zoning": [
            (_zoning("B-1", "xi", ["equipment"], "M1"), block(0, 0, 500, 1000)),
            (_zoning("B-2", "xi", ["equipment", "materials"], "M2"), block(500, 0, 500, 1000)),
            (_zoning("B-3", "dong", [], "G1"), block(1000, 0, 500, 1000)),
        ],
        "sites": [
            (_site("D-1", "dong", "available", 30), block(1100, 100, 200, 100)),
            (_site("D-2", "dong", "available", 60), block(1100, 300, 200, 200)),
            (_site("D-3", "dong", "operating", 30), block(1500, 100, 200, 100)),
            (_site("X-1", "xi", "available", 15), block(100, 100, 100, 100)),
            (_site("X-2", "xi", "negotiating", 30), block(100, 300, 200, 100)),
        ],
        "carriers": [
            (_carrier("C-1", "xi", "office", 1000, 250), point(700, 700)),
            (_carrier("C-2", "xi", "office", 3000, None), point(750, 700)),
            (_carrier("C-3", "dong", "standard_factory", 5000, 0), block(1600, 600, 50, 40)),
        ],
        "rivers": [({"river_id": "R-1", "name_zh": "示例河"}, line((0, 500), (2000, 520)))],
        "water": [({"water_id": "W-1", "kind": "lake"}, block(300, 700, 100, 100))],
        "green": [({"green_id": "G-1", "kind": "park"}, block(300, 850, 100, 100))],
        "roads": [({"road_id": "L-1", "road_class": "avenue"}, line((1000, 0), (1000, 1000)))],
        "railways": [({"railway_id": "T-1", "kind": "freight"}, line((0, 50), (2000, 50)))],
        "stations": [
            ({"station_id": "H-1", "name_zh": "示例站", "kind": "rail"}, point(1000, 50)),
        ],
    }


def _tables() -> dict[str, list[Record]]:
    names = {"name_zh": "示例", "name_en": "Example"}
    return {
        "sectors": [
            {"sector_id": "equipment", "rank": 1, "gbt4754": ["C34", "C35"], **names},
            {"sector_id": "materials", "rank": 2, "gbt4754_basis": "likely", **names},
        ],
        "departments": [
            {"department_id": "bureau", "contact_phone": "0537-000-0001", **names},
            {"department_id": "quiet", **names},
        ],
        "chains": [
            {"link_id": "L-1", "chain_id": "L", "feeds": ["L-2"], **names},
            {"link_id": "L-2", "chain_id": "L", "sector_id": "equipment", **names},
        ],
        "projects": [
            {
                "project_id": "P-1",
                "site_id": "D-3",
                "park_id": "dong",
                "customer_id": "K-1",
                "stage": "operating",
                "investment_yi": 1.5,
                "leader_roles": ["mentor"],
                **names,
            },
        ],
        "project_stages": [
            {"project_stage_id": "S-1", "project_id": "P-1", "stage": "lead", "published": False},
        ],
        "customers": [{"customer_id": "K-1", "team_id": "T-1", "emphasis": ["talent"], **names}],
        "teams": [{"team_id": "T-1", "members": 3, "department_id": "bureau", **names}],
        "events": [{"event_id": "E-1", "held_on": "2026-05-01", **names}],
    }


def _park(park: str, name: str, *, sectors: list[str]) -> Record:
    return {
        "park_id": park,
        "name_zh": name,
        "name_en": park.title(),
        "kind": "subdistrict_park",
        "functions": ["investment", "tax"],
        "lead_sectors": sectors,
        "subdistrict_id": "370800001",
        "area_km2": 1,
        "department_id": "bureau",
    }


def _zoning(block_id: str, park: str, sectors: list[str], land_use: str) -> Record:
    return {
        "zoning_id": block_id,
        "park_id": park,
        "sectors": sectors,
        "area_ha": 50,
        "land_use_scheme": "GB 50137-2011",
        "land_use": land_use,
    }


def _site(site: str, park: str, status: str, area_mu: float) -> Record:
    return {
        "site_id": site,
        "name_zh": f"示例地块 {site}",
        "park_id": park,
        "status": status,
        "area_mu": area_mu,
        "department_id": "bureau",
        "sectors": ["equipment"],
        "land_use_scheme": "GB 50137-2011",
        "land_use": "M1",
        "has_power": True,
        "supply_year": 2027,
        "far_min": 1.2,
        "available_from": "2027-01-01",
        "start_price_wan_per_mu": 20,
    }


def _carrier(carrier: str, park: str, kind: str, total: float, vacant: float | None) -> Record:
    return {
        "carrier_id": carrier,
        "name_zh": f"示例楼 {carrier}",
        "park_id": park,
        "kind": kind,
        "total_floor_area_m2": total,
        "vacant_floor_area_m2": vacant,
        "rent_yuan_per_m2_month": 15,
        "contact_phone": "0537-000-0002",
    }


def tiny_zone(folder: Path) -> Path:
    """Write a zone with every layer, in canonical form and without issues; return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "zone.toml").write_text(SETTINGS, encoding="utf-8")
    for name, drawn in _spatial().items():
        save_features(folder / f"{name}.geojson", [feature(name, *one) for one in drawn])
    for name, rows in _tables().items():
        save_rows(folder / f"{name}.csv", [_complete(name, row, _ALL) for row in rows])
    return folder


def feature(layer: str, properties: JSON, geometry: Geometry | None) -> Record:
    """A feature with every field of its layer; fields that are not given are null."""
    return {
        "type": "Feature",
        "properties": _complete(layer, properties, _DRAWN),
        "geometry": geometry,
    }


def _complete(layer: str, given: JSON, common: JSON) -> Record:
    known = {name: None if value == [] else value for name, value in given.items()}
    return {**dict.fromkeys(schema().layers[layer].fields), **common, **known}


# ------------------------------------------------------------------ editing


def load_features(path: Path) -> list[Record]:
    features: list[Record] = json.loads(path.read_text(encoding="utf-8"))["features"]
    return features


def moved(feature: Record, east: float, north: float) -> Record:
    """A copy of a polygon feature, moved by degrees of longitude and latitude."""
    rings = feature["geometry"]["coordinates"]
    shifted = [[[x + east, y + north] for x, y in ring] for ring in rings]
    geometry = {**feature["geometry"], "coordinates": shifted}
    return {**feature, "properties": {**feature["properties"]}, "geometry": geometry}


def save_features(path: Path, features: list[Record]) -> None:
    lines = ",\n".join(
        json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features
    )
    text = f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n'
    path.write_bytes(text.encode())


def load_rows(path: Path) -> list[Record]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def save_rows(path: Path, rows: list[Record]) -> None:
    given = (name for row in rows for name in row)
    fields = list(dict.fromkeys((*schema().layers[path.stem].fields, *given)))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    path.write_bytes(b"\xef\xbb\xbf" + out.getvalue().encode())


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ";".join(value)
    return "" if value is None else str(value)


def edit(path: Path, record_id: str, field: str, value: object) -> None:
    """Set one field of one record; ``geometry`` sets the geometry of a feature."""

    def change(record: Record) -> None:
        of_feature = path.suffix == ".geojson" and field != "geometry"
        (record["properties"] if of_feature else record)[field] = value

    revise(path, record_id, change)


def revise(path: Path, record_id: str, change: Callable[[Record], None]) -> None:
    """Change one record (a feature, or a row) in place."""
    spatial = path.suffix == ".geojson"
    records = load_features(path) if spatial else load_rows(path)
    id_field = schema().layers[path.stem].id
    (found,) = [
        one for one in records if (one["properties"] if spatial else one)[id_field] == record_id
    ]
    change(found)
    (save_features if spatial else save_rows)(path, records)


def add(path: Path, properties: JSON, geometry: Geometry | None = None) -> None:
    """Add a record at the end of a layer."""
    if path.suffix == ".geojson":
        save_features(path, [*load_features(path), feature(path.stem, properties, geometry)])
    else:
        save_rows(path, [*load_rows(path), _complete(path.stem, properties, _ALL)])


def remove(path: Path, record_id: str) -> None:
    """Remove a record from a layer."""
    spatial = path.suffix == ".geojson"
    records = load_features(path) if spatial else load_rows(path)
    id_field = schema().layers[path.stem].id
    kept = [
        one for one in records if (one["properties"] if spatial else one)[id_field] != record_id
    ]
    (save_features if spatial else save_rows)(path, kept)
