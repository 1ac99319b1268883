"""A synthetic zone of many sites: parcels of 12 vertices with the fields of the schema."""

import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gxq_geo.cli.example import example_folder
from gxq_geo.schemas import schema
from gxq_geo.zone import Zone, layer
from gxq_geo.zone.settings import Settings

UTILITIES = [name for name in schema().layers["sites"].fields if name.startswith("has_")]
UTILITIES += ["is_levelled"]
# The fields that all pages show.
SHOWN = [
    *(
        "site_id",
        "name_zh",
        "name_en",
        "park_id",
        "status",
        "area_mu",
        "land_use_scheme",
        "land_use",
    ),
    *("far_max", "ready_to_build", "clearance_pct", "start_price_wan_per_mu", "contact_phone"),
    *("updated", "published"),
]
STATUSES = list(schema().domains["site_status"])


def sites(count: int, *, seed: int = 7) -> gpd.GeoDataFrame:
    """Return `count` sites on a grid north-east of 116.2° E, 35.0° N, with random values."""
    random = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    x, y = np.arange(count) % side, np.arange(count) // side
    angles = np.linspace(0, 2 * np.pi, 13)[:-1]
    radius = 0.0004 * random.uniform(0.6, 0.95, (count, 12))
    lon = 116.2 + 0.001 * x[:, None] + radius * np.cos(angles)
    lat = 35.0 + 0.001 * y[:, None] + radius * np.sin(angles)
    rings = np.stack([np.column_stack([lon, lon[:, :1]]), np.column_stack([lat, lat[:, :1]])], -1)
    geometry = gpd.GeoSeries(shapely.polygons(rings.round(7)), crs=4326)
    area_mu = geometry.to_crs(4548).area / (10_000 / 15)
    days = pd.to_timedelta(random.integers(0, 326, count), unit="D")
    names = pd.Series(np.arange(count)).map("S-{:06d}".format)
    values = {
        "site_id": names,
        "name_zh": "地块 " + names,
        "name_en": "Site " + names,
        "park_id": "park",
        "status": random.choice(STATUSES, count),
        "area_mu": area_mu.round(1),
        "land_use_scheme": "GB 50137-2011",
        "land_use": random.choice(["M1", "M2", "W1", "B2"], count),
        "far_min": random.choice([1.0, 1.2, 1.5], count),
        "far_max": random.choice([2.0, 2.5, 3.0], count),
        **{name: pd.Series(random.random(count) < 0.9, dtype="boolean") for name in UTILITIES},
        "ready_to_build": pd.Series(random.random(count) < 0.2, dtype="boolean"),
        "clearance_pct": random.choice([0, 50, 100], count),
        "start_price_wan_per_mu": random.uniform(15, 40, count).round(1),
        "contact_phone": "0537-000-0001",
        "geometry_source": "schematic",
        "source": "synthetic",
        "updated": pd.Timestamp("2026-01-01") + days,
        "published": pd.Series([True] * count, dtype="boolean"),
    }
    return gpd.GeoDataFrame(values, geometry=geometry)


def park(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one park around all sites."""
    minx, miny, maxx, maxy = frame.total_bounds
    outline = shapely.box(minx - 0.001, miny - 0.001, maxx + 0.001, maxy + 0.001)
    values = {
        "park_id": ["park"],
        "name_zh": ["园区"],
        "name_en": ["Park"],
        "kind": ["new_district"],
        "geometry_source": ["schematic"],
        "source": ["synthetic"],
        "updated": [pd.Timestamp("2026-01-01")],
        "published": pd.Series([True], dtype="boolean"),
    }
    return gpd.GeoDataFrame(values, geometry=[outline], crs=4326)


def zone(frame: gpd.GeoDataFrame) -> Zone:
    """Return a zone with these sites in one park, as from `gxq_geo.open_zone`."""
    known = schema().layers
    settings = Settings(name_zh="示例区", name_en="Example zone", measure_crs="EPSG:4548")
    layers = {name: layer.empty(spec) for name, spec in known.items()}
    for name, own in {"parks": park(frame), "sites": frame}.items():
        layers[name] = layer.Layer(known[name], _typed(own, layers[name].frame))
    return Zone(Path(), settings, layers)


def _typed(own: gpd.GeoDataFrame, like: pd.DataFrame) -> gpd.GeoDataFrame:
    """Convert the columns of a frame to the types of another, and add its missing columns."""
    columns = {}
    for name in like.columns.drop("geometry"):
        if name in own:
            columns[name] = own[name].astype(like[name].dtype)
        elif like[name].dtype == object:
            columns[name] = pd.Series([()] * len(own), dtype=object)
        else:
            columns[name] = like[name].reindex(own.index)
    return gpd.GeoDataFrame(columns, geometry=own.geometry)


def write_zone(folder: Path, count: int) -> gpd.GeoDataFrame:
    """Write a folder of layers with `count` sites; return the sites."""
    frame = sites(count)
    shutil.copy(example_folder() / "zone.toml", folder)
    layer.write(park(frame), folder / "parks.geojson", schema().layers["parks"])
    layer.write(frame, folder / "sites.geojson", schema().layers["sites"])
    return frame
