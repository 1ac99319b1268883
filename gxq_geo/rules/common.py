"""What several rules need: the nearest known value, and geometry that can be measured."""

import difflib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely

from gxq_geo.schemas import schema
from gxq_geo.schemas.normalise import narrow
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone
from gxq_geo.zone.layer import Layer

# From so many records on, what is wrong with most of a layer is told once.
MANY = 10

Place = tuple[float, float]

Find = Callable[[Zone], Iterator[Issue]]


def severity(default: Severity) -> Callable[[Find], Find]:
    """What a rule's findings weigh unless the zone says otherwise; without it, an error."""

    def mark(find: Find) -> Find:
        find.severity = default  # type: ignore[attr-defined]
        return find

    return mark


def nearest(value: str, known: Mapping[str, Mapping[str, str]]) -> str:
    """The known value that was probably meant: by its words, or by its spelling; else empty."""
    meant = narrow(value)
    for candidate, words in known.items():
        if meant in (candidate, *words.values()):
            return candidate
    lowered = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(meant.lower(), lowered, n=1)
    return lowered[close[0]] if close else ""


def today() -> date:
    """The day where it is latest on earth, so that no honest date lies after it.

    ``SOURCE_DATE_EPOCH``, where it is set, is taken for the clock: a check can be repeated.
    """
    clock = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(clock), UTC) if clock.isdecimal() else datetime.now(UTC)
    return (now + timedelta(hours=14)).date()


def unread(zone: Zone) -> set[str]:
    """Layers that lost records in reading: one fault, not one for each reference to them."""
    doubtful = {issue.layer for issue in zone.issues}
    for layer in zone.layers.values():
        errors = [issue for issue in layer.issues if issue.severity is Severity.ERROR]
        # A fault with a row spoils that record's geometry; any other has lost records.
        nameless = layer.path and len(layer.frame) and layer.schema.id in layer.absent_fields
        if nameless or any("row" not in issue.params for issue in errors):
            doubtful.add(layer.name)
    return doubtful


def spatial_layers(zone: Zone) -> Iterator[Layer]:
    """The layers that have a geometry."""
    return (layer for layer in zone.layers.values() if not layer.schema.is_table)


P = ParamSpec("P")
T = TypeVar("T")


def once(work: Callable[Concatenate[Zone, P], T]) -> Callable[Concatenate[Zone, P], T]:
    """Work that several rules need is done once for each zone; see `Zone.memo`."""

    @wraps(work)
    def remembered(zone: Zone, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (work.__module__, work.__qualname__, args)
        if key not in zone.memo:
            zone.memo[key] = work(zone, *args, **kwargs)
        found: T = zone.memo[key]
        return found

    return remembered


@once
def held_sites(zone: Zone) -> pd.DataFrame:
    """The sites that a project past its first contacts names: that project and its stage, by id."""
    order = list(schema().domains["project_stage"])
    active = order[order.index(schema().meaning["active_stage"]) :]
    projects = zone.frame("projects")
    busy = projects[projects["stage"].isin(active)].dropna(subset="site_id")
    return busy.drop_duplicates("site_id").set_index("site_id")[["project_id", "stage"]]


@once
def lost_links(zone: Zone) -> pd.DataFrame:
    """The references to what does not exist, in layers of which every record was read."""
    lost = zone.links.loc[lambda links: ~links["found"].astype(bool)]
    return lost.loc[~lost["to_layer"].isin(unread(zone))]


def told(rows: Sequence[int], of: int) -> Iterator[tuple[int, int]]:
    """Which rows to tell of, and how many each stands for.

    What is wrong with most of a layer is one mistake: it is told once, at the first.
    """
    if len(rows) >= MANY and len(rows) > of / 2:
        yield rows[0], len(rows)
    else:
        yield from ((row, 1) for row in rows)


@once
def measurable(zone: Zone, name: str) -> gpd.GeoSeries:
    """The valid geometries of a layer in the zone's metric CRS; the index is the row.

    Geometry that is absent, invalid, not in degrees, or so far away that the metric CRS cannot
    hold it, is left out: its own rule reports it.
    """
    geometry = in_degrees(zone, name)
    near = is_near(shapely.bounds(geometry.to_numpy()), zone)
    metric = geometry[near].to_crs(zone.settings.measure_crs)
    # An edge that only touched another in degrees may cross it by a hair in metres.
    shapes = metric.to_numpy()
    sound = shapely.is_valid(shapes)
    if sound.all():
        return metric
    return metric.where(sound, metric.make_valid(method="structure"))


@once
def in_degrees(zone: Zone, name: str) -> gpd.GeoSeries:
    """The valid geometries of a layer that lie on the globe, in EPSG:4326; the index is the row."""
    geometry = zone.frame(name).geometry.reset_index(drop=True)
    # NaN, the box of what is absent or empty, is not within any limit.
    boxes = shapely.bounds(geometry.to_numpy())
    on_globe = (np.abs(boxes) <= (180, 90, 180, 90)).all(axis=1)
    return geometry[valid(zone, name) & on_globe]


@once
def valid(zone: Zone, name: str) -> npt.NDArray[np.bool_]:
    """Which records of a layer have a valid geometry."""
    return np.asarray(shapely.is_valid(zone.frame(name).geometry.to_numpy()))


def is_near(boxes: npt.NDArray[np.float64], zone: Zone) -> npt.NDArray[np.bool_]:
    """Whether the corners of each box come back from the metric CRS as they went in."""
    metric = _to_metric(zone.settings.measure_crs)
    lon, lat = boxes[:, [0, 2, 0, 2]], boxes[:, [1, 1, 3, 3]]
    back = metric.transform(*metric.transform(lon, lat), direction="INVERSE")
    return np.asarray(np.isclose(back, (lon, lat), rtol=0, atol=1e-6).all(axis=(0, 2)))


def to_metric(zone: Zone, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Shapes in degrees brought to the zone's metric CRS."""
    metric = _to_metric(zone.settings.measure_crs)

    def move(at: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(metric.transform(at[:, 0], at[:, 1]))

    return np.asarray(shapely.transform(shapes, move), dtype=np.object_)


@cache
def _to_metric(crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4326, crs, always_xy=True)


def place_in(shape: shapely.Geometry) -> Place:
    """Longitude and latitude of a point in a shape that is given in degrees."""
    point = shapely.point_on_surface(shape)
    return round(point.x, 6), round(point.y, 6)


def place_of(zone: Zone, shape: shapely.Geometry) -> Place:
    """Longitude and latitude of a point in a shape that is given in the metric CRS."""
    point = shapely.point_on_surface(shape)
    metric = _to_metric(zone.settings.measure_crs)
    x, y = metric.transform(point.x, point.y, direction="INVERSE")
    return round(x, 6), round(y, 6)
