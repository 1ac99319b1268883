"""Cases of the rules of geometry, position and topology, and of the RFC 7946 findings."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from gxq_geo.zone.datum import gcj02_to_bd09, wgs84_to_gcj02
from tests.rules.test_rules import Case, Edit, both, far_away, site
from tests.support.zones import (
    Geometry,
    block,
    edit,
    load_features,
    point,
    polygon,
    revise,
    save_features,
)

Position = list[float]
ORIGIN = (463_000.0, 3_919_000.0)


def multi(*parts: Geometry) -> Geometry:
    return {"type": "MultiPolygon", "coordinates": [one["coordinates"] for one in parts]}


def moved(geometry: Geometry, move: Callable[[Position], Position]) -> Geometry:
    """Return a geometry with every position moved."""

    def walk(value: Any) -> Any:
        return move(value) if isinstance(value[0], int | float) else [walk(one) for one in value]

    return {**geometry, "coordinates": walk(geometry["coordinates"])}


def in_gcj02(at: Position) -> Position:
    return [round(float(one), 7) for one in wgs84_to_gcj02(*at)]


def in_bd09(at: Position) -> Position:
    return [round(float(one), 7) for one in gcj02_to_bd09(*wgs84_to_gcj02(*at))]


def layer_moved(name: str, move: Callable[[Position], Position]) -> Edit:
    """Move every geometry of a layer."""

    def change(folder: Path) -> None:
        path = folder / f"{name}.geojson"
        features = load_features(path)
        for one in features:
            one["geometry"] = moved(one["geometry"], move)
        save_features(path, features)

    return change


def many_sites(folder: Path) -> None:
    """Replace the sites by 24 on a grid in the east park, for mistakes of a whole layer."""
    path = folder / "sites.geojson"
    (one,) = (o for o in load_features(path) if o["properties"]["site_id"] == "D-2")
    drawn = []
    for n in range(24):
        given = {**one["properties"], "site_id": f"S-{n:02}", "name_zh": f"示例 {n}", "area_mu": 15}
        place = block(1050 + 150 * (n % 6), 50 + 150 * (n // 6), 100, 100)
        drawn.append({**one, "properties": given, "geometry": place})
    save_features(path, drawn)
    (folder / "projects.csv").unlink()
    (folder / "project_stages.csv").unlink()


def metres(x: float, y: float, width: float, height: float, *, prefix: float = 0) -> Geometry:
    """Return a rectangle in EPSG:4548, not converted to degrees."""
    east, north = ORIGIN[0] + x + prefix, ORIGIN[1] + y
    corners = ((0.0, 0.0), (width, 0.0), (width, height), (0.0, height), (0.0, 0.0))
    return {"type": "Polygon", "coordinates": [[[east + a, north + b] for a, b in corners]]}


def turned(at: Position) -> Position:
    return at[::-1]


def fine_outline(count: int) -> Geometry:
    """Return the outline of D-2 with very many vertices."""
    corners = [(1100, 300), (1300, 300), (1300, 500), (1100, 500), (1100, 300)]
    places = [
        (float(x), float(y))
        for (x0, y0), (x1, y1) in pairwise(corners)
        for x, y in zip(
            np.linspace(x0, x1, count // 4, endpoint=False),
            np.linspace(y0, y1, count // 4, endpoint=False),
            strict=True,
        )
    ]
    return polygon(*places)


def record(layer: str, record_id: str, **values: object) -> Edit:
    def change(folder: Path) -> None:
        for field, value in values.items():
            edit(folder / f"{layer}.geojson", record_id, field, value)

    return change


def geometry_with(**members: object) -> Edit:
    def change(one: dict[str, Any]) -> None:
        one["geometry"].update(members)

    return lambda folder: revise(folder / "sites.geojson", "D-2", change)


SQUARE = block(1100, 300, 200, 200)

GEOMETRY_CASES = {
    "geometry-missing": Case(site("geometry", None), field="geometry"),
    "geometry-kind": Case(
        site("geometry", point(1200, 400)),
        field="geometry",
        allows=site("geometry", multi(SQUARE)),
    ),
    "geometry-invalid": Case(
        site("geometry", polygon((1100, 300), (1300, 500), (1300, 300), (1100, 500))),
        field="geometry",
        place=True,
        allows=site("geometry", polygon((1300, 300), (1300, 500), (1100, 500), (1100, 300))),
    ),
    "repeated-points": Case(
        site(
            "geometry",
            polygon((1100, 300), (1300, 300), (1300, 300), (1300, 500), (1100, 500)),
        ),
        field="geometry",
        place=True,
        allows=site(
            "geometry",
            polygon((1100, 300), (1300, 300), (1300, 300.02), (1300, 500), (1100, 500)),
        ),
    ),
    "spike": Case(
        site(
            "geometry",
            polygon(
                *((1100, 300), (1300, 300), (1300, 399.5), (1390, 400), (1300, 400.5)),
                *((1300, 500), (1100, 500)),
            ),
        ),
        field="geometry",
        place=True,
        allows=site(
            "geometry",
            polygon(
                *((1100, 300), (1300, 300), (1300, 396), (1390, 400), (1300, 404)),
                *((1300, 500), (1100, 500)),
            ),
        ),
    ),
    "tiny": Case(
        site("geometry", multi(SQUARE, block(1350, 350, 2, 2))),
        field="geometry",
        place=True,
        allows=site("geometry", multi(SQUARE, block(1350, 350, 10, 10))),
    ),
    "sliver": Case(
        site("geometry", multi(SQUARE, block(1350, 300, 0.8, 200))),
        field="geometry",
        place=True,
        allows=site("geometry", multi(SQUARE, block(1350, 300, 3, 200))),
    ),
    "many-vertices": Case(
        site("geometry", fine_outline(10_004)),
        field="geometry",
        allows=site("geometry", fine_outline(9_000)),
    ),
    "duplicate-geometry": Case(
        site("geometry", block(1100, 100, 200, 100), "D-3"),
        line=4,
        feature="D-3",
        field="geometry",
        place=True,
    ),
    # ---------------------------------------------------------------- position
    "not-degrees": Case(site("geometry", far_away(1000, 2000)), field="geometry"),
    "metres-not-degrees": Case(site("geometry", metres(1100, 300, 200, 200)), field="geometry"),
    "zone-prefix": Case(
        site("geometry", metres(1100, 300, 200, 200, prefix=39e6)), field="geometry"
    ),
    "northing-first": Case(
        site("geometry", moved(metres(1100, 300, 200, 200), turned)), field="geometry"
    ),
    "swapped-axes": Case(site("geometry", moved(SQUARE, turned)), field="geometry"),
    "too-far": Case(site("geometry", far_away(27, 0)), field="geometry"),
    "outside-zone": Case(
        site("geometry", block(5000, 300, 200, 200)), field="geometry", place=True
    ),
    "frame-elsewhere": Case(
        record("zone_frame", "Z", geometry=block(50_000, 0, 2000, 1000)),
        file="zone_frame.geojson",
        line=2,
        feature="Z",
        field="geometry",
        place=True,
    ),
    "datum-suspected": Case(
        layer_moved("zoning", in_gcj02),
        file="zoning.geojson",
        line=None,
        feature="",
        field="geometry",
        place=True,
    ),
    "datum-shifted": Case(
        both(many_sites, layer_moved("sites", in_gcj02)),
        line=None,
        feature="",
        field="geometry",
        place=True,
    ),
    # ---------------------------------------------------------------- topology
    "parks-overlap": Case(
        record("parks", "dong", geometry=block(900, 0, 1100, 1000), area_km2=1.1),
        file="parks.geojson",
        feature="xi",
        field="geometry",
        place=True,
    ),
    "sites-overlap": Case(
        site("geometry", block(1250, 150, 200, 200)),
        field="geometry",
        place=True,
        # 200 m × 0.04 m = 8 m²: within the tolerance for touching.
        allows=site("geometry", block(1100, 199.96, 200, 200)),
    ),
    "zoning-overlap": Case(
        record("zoning", "B-2", geometry=block(450, 0, 550, 1000), area_ha=55),
        file="zoning.geojson",
        feature="B-2",
        field="geometry",
        place=True,
    ),
    "overlap-sliver": Case(
        record("zoning", "B-2", geometry=block(499.5, 0, 500.5, 1000)),
        file="zoning.geojson",
        feature="B-2",
        field="geometry",
        place=True,
        allows=record("zoning", "B-2", geometry=block(499.95, 0, 500.05, 1000)),
    ),
    "site-outside-park": Case(
        site("geometry", block(1900, 300, 200, 200)),
        field="park_id",
        place=True,
        allows=site("geometry", block(1800.04, 300, 200, 200)),
    ),
    "site-across-parks": Case(
        site("geometry", block(900, 300, 200, 200)),
        field="park_id",
        place=True,
        allows=site("geometry", block(999.96, 300, 200, 200)),
    ),
    "zoning-outside-park": Case(
        record("zoning", "B-1", park_id="dong"),
        file="zoning.geojson",
        line=2,
        feature="B-1",
        field="park_id",
        place=True,
    ),
    "carrier-outside-park": Case(
        record("carriers", "C-1", park_id="dong"),
        file="carriers.geojson",
        line=2,
        feature="C-1",
        field="park_id",
        place=True,
        allows=record("carriers", "C-1", geometry=point(1000.5, 700)),
    ),
    "park-outside-zone": Case(
        record("parks", "dong", geometry=block(1000, 0, 1100, 1000), area_km2=1.1),
        file="parks.geojson",
        line=2,
        feature="dong",
        field="geometry",
        place=True,
        allows=record("parks", "dong", geometry=block(1000, 0, 1000.05, 1000)),
    ),
    "outside-sliver": Case(
        site("geometry", block(1800.5, 300, 200, 200)),
        field="geometry",
        place=True,
        allows=site("geometry", block(1800.05, 300, 200, 200)),
    ),
    "zoning-gap": Case(
        record("zoning", "B-2", geometry=block(550, 0, 450, 1000), area_ha=45),
        file="zoning.geojson",
        line=2,
        feature="B-1",
        field="geometry",
        place=True,
        # Only half of the park is zoned: it does not count as zoned.
        allows=record("zoning", "B-2", geometry=block(800, 0, 200, 1000), area_ha=20),
    ),
    "gap-sliver": Case(
        record("zoning", "B-2", geometry=block(500.5, 0, 499.5, 1000)),
        file="zoning.geojson",
        line=2,
        feature="B-1",
        field="geometry",
        place=True,
        allows=record("zoning", "B-2", geometry=block(500.05, 0, 499.95, 1000)),
    ),
}

RFC7946_CASES = {
    "ring-winding": Case(
        site("geometry", polygon((1100, 300), (1100, 500), (1300, 500), (1300, 300))),
    ),
    "excess-precision": Case(site("geometry", moved(SQUARE, lambda at: [at[0] + 3e-9, at[1]]))),
    "height-ignored": Case(site("geometry", moved(SQUARE, lambda at: [*at, 40]))),
    "extra-numbers": Case(site("geometry", moved(SQUARE, lambda at: [*at, 40, 1]))),
    "foreign-member": Case(geometry_with(properties={})),
    "bbox-wrong": Case(geometry_with(bbox=[35, 116, 36, 117])),
}
