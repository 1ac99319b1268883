"""Helpers that several rules share: suggestions, per-zone memoisation, projected geometry."""

import difflib
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gxq_geo.schemas import schema
from gxq_geo.schemas.normalise import fold, fold_all, normalised
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone, projection
from gxq_geo.zone.layer import Layer

# The least number of rows for `summarised` to report only the first.
MANY = 10

# A longer text is no word for nothing; most texts are longer, and need not be folded.
_LONGEST_NULL_WORD = 16
# The largest probability that values which never repeat do so by chance.
_BY_CHANCE = 0.02

Place = tuple[float, float]

Find = Callable[[Zone], Iterator[Issue]]


def severity(default: Severity) -> Callable[[Find], Find]:
    """Set the default severity of a rule (decorator); a rule without it reports errors."""

    def mark(find: Find) -> Find:
        find.severity = default  # type: ignore[attr-defined]
        return find

    return mark


def nearest(value: str, known: Mapping[str, Mapping[str, str]]) -> str:
    """Return the known value that was probably meant, by its labels or by spelling; else ""."""
    meant = normalised(value)
    for candidate, words in known.items():
        if meant in (candidate, *words.values()):
            return candidate
    lowered = {candidate.lower(): candidate for candidate in known}
    close = difflib.get_close_matches(meant.lower(), lowered, n=1)
    return lowered[close[0]] if close else ""


def is_null_word(text: str) -> bool:
    """Return whether a text is a word or a sign for nothing, such as NULL, 待定 or a dash."""
    return len(text) <= _LONGEST_NULL_WORD and fold(text) in _null_words()


@cache
def _null_words() -> frozenset[str]:
    return frozenset(fold_all(schema().meaning["null_words"]))


def stands_once(values: Sequence[object], rows: int, *, possible: int) -> bool:
    """Return whether values that are in fewer than half of the rows of a table never repeat.

    By chance some would repeat, as birthdays do in a company of people: each then stands for the
    blanks below it, as where merged cells were split.

    Parameters
    ----------
    values
        The values of a column that are not blank.
    rows
        The number of rows of the table.
    possible
        The number of values that the column may have.
    """
    count = len(values)
    if not count or 2 * count > rows or count > possible or len(set(values)) < count:
        return False
    return bool(math.perm(possible, count) <= _BY_CHANCE * possible**count)


def today() -> date:
    """Return today's date in the time zone UTC+14, so that no correct date is later.

    ``SOURCE_DATE_EPOCH``, where it is set, replaces the clock, which makes a check repeatable.
    """
    clock = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(clock), UTC) if clock.isdecimal() else datetime.now(UTC)
    return (now + timedelta(hours=14)).date()


def incomplete_layers(zone: Zone) -> set[str]:
    """Return the layers of which records could not be read.

    References to their records are not checked: the reader has reported the cause.
    """
    doubtful = {issue.layer for issue in zone.issues}
    for layer in zone.layers.values():
        errors = [issue for issue in layer.issues if issue.severity is Severity.ERROR]
        # An error with a row concerns the geometry of that record; any other lost records.
        without_ids = layer.path and len(layer.frame) and layer.schema.id in layer.absent_fields
        if without_ids or any("row" not in issue.params for issue in errors):
            doubtful.add(layer.name)
    return doubtful


def spatial_layers(zone: Zone) -> Iterator[Layer]:
    """Iterate over the layers that have a geometry."""
    return (layer for layer in zone.layers.values() if not layer.schema.is_table)


P = ParamSpec("P")
T = TypeVar("T")


def once_per_zone(compute: Callable[Concatenate[Zone, P], T]) -> Callable[Concatenate[Zone, P], T]:
    """Memoise a function of a zone in `Zone.memo`, so that rules share its result (decorator)."""

    @wraps(compute)
    def memoised(zone: Zone, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (compute.__module__, compute.__qualname__, args)
        if key not in zone.memo:
            zone.memo[key] = compute(zone, *args, **kwargs)
        result: T = zone.memo[key]
        return result

    return memoised


@once_per_zone
def sites_with_active_project(zone: Zone) -> pd.DataFrame:
    """Return the first active project and its stage of each site that has one, by site id."""
    order = list(schema().domains["project_stage"])
    active = order[order.index(schema().meaning["active_stage"]) :]
    projects = zone.frame("projects")
    named = projects[projects["stage"].isin(active)].dropna(subset="site_id")
    return named.drop_duplicates("site_id").set_index("site_id")[["project_id", "stage"]]


@once_per_zone
def dangling_links(zone: Zone) -> pd.DataFrame:
    """Return the references to records that do not exist, except into incomplete layers."""
    dangling = zone.links.loc[lambda links: ~links["found"].astype(bool)]
    return dangling.loc[~dangling["to_layer"].isin(incomplete_layers(zone))]


def summarised(rows: Sequence[int], total: int) -> Iterator[tuple[int, int]]:
    """Yield the rows to report, each with the number of rows that it stands for.

    At least `MANY` rows that are more than half of the layer's `total` are one mistake: only the
    first is reported, for all of them.
    """
    if len(rows) >= MANY and len(rows) > total / 2:
        yield rows[0], len(rows)
    else:
        yield from ((row, 1) for row in rows)


@once_per_zone
def measurable(zone: Zone, name: str) -> gpd.GeoSeries:
    """Return the valid geometries of a layer in the zone's metric CRS, indexed by row.

    A geometry that is missing, invalid, not in degrees, or outside the range of the metric CRS is
    left out: a rule of its own reports it.
    """
    geometry = in_degrees(zone, name)
    projectable = is_projectable(shapely.bounds(geometry.to_numpy()), zone)
    metric = projection.to_metric(geometry[projectable], zone.settings.measure_crs)
    # Edges that touch in degrees may cross by a rounding error in metres.
    shapes = metric.to_numpy()
    valid = shapely.is_valid(shapes)
    if valid.all():
        return metric
    return metric.where(valid, metric.make_valid(method="structure"))


@once_per_zone
def in_degrees(zone: Zone, name: str) -> gpd.GeoSeries:
    """Return the valid geometries of a layer whose bounds are degrees (EPSG:4326), by row."""
    geometry = zone.frame(name).geometry.reset_index(drop=True)
    # The bounds of a missing or empty geometry are NaN, which is within no limit.
    bounds = shapely.bounds(geometry.to_numpy())
    on_globe = (np.abs(bounds) <= (180, 90, 180, 90)).all(axis=1)
    return geometry[is_valid(zone, name) & on_globe]


@once_per_zone
def is_valid(zone: Zone, name: str) -> npt.NDArray[np.bool_]:
    """Return which records of a layer have a valid geometry."""
    return np.asarray(shapely.is_valid(zone.frame(name).geometry.to_numpy()))


def is_projectable(bounds: npt.NDArray[np.float64], zone: Zone) -> npt.NDArray[np.bool_]:
    """Return for which bounds, in degrees, the metric CRS and its inverse give the corners back."""
    metric = projection.transformer(zone.settings.measure_crs)
    lon, lat = bounds[:, [0, 2, 0, 2]], bounds[:, [1, 1, 3, 3]]
    back = metric.transform(*metric.transform(lon, lat), direction="INVERSE")
    return np.asarray(np.isclose(back, (lon, lat), rtol=0, atol=1e-6).all(axis=(0, 2)))


def to_metric(zone: Zone, shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Project shapes in degrees to the zone's metric CRS."""
    return projection.project(shapes, zone.settings.measure_crs)


def place_in(shape: shapely.Geometry) -> Place:
    """Return the longitude and latitude of a point in a shape in degrees."""
    point = shapely.point_on_surface(shape)
    return round(point.x, 6), round(point.y, 6)


def place_in_metric(zone: Zone, shape: shapely.Geometry) -> Place:
    """Return the longitude and latitude of a point in a shape in the zone's metric CRS."""
    point = shapely.point_on_surface(shape)
    metric = projection.transformer(zone.settings.measure_crs)
    x, y = metric.transform(point.x, point.y, direction="INVERSE")
    return round(x, 6), round(y, 6)
