"""Judge the CRS of a GeoPackage layer by its definition, and convert it to longitude and latitude.

A CRS is known if its ellipsoid is that of CGCS2000 (GRS 80) or WGS 84: at the scale of a zone these
datums agree to centimetres. The datums Beijing 1954 and Xian 1980 differ from them by about 100 m,
by an amount that only local parameters tell.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.exceptions import CRSError, ProjError

Geometries = npt.NDArray[np.object_]


class Datum(StrEnum):
    """What is known of a CRS: it can be converted, needs local parameters, or neither."""

    KNOWN = "known"
    LOCAL = "local"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Declared:
    """The CRS that a layer declares: a row of the table ``gpkg_spatial_ref_sys``.

    Parameters
    ----------
    id
        The number by which the layer and its geometries refer to the row.
    name
        Its name.
    organization, code
        The authority, and the authority's code.
    definition
        WKT.
    """

    id: int
    name: str = ""
    organization: str = ""
    code: int = 0
    definition: str = ""

    @property
    def is_stated(self) -> bool:
        """Whether it is a CRS: the ids 0 and -1 are for none, and GDAL has a definition of none."""
        return self.id not in (0, -1) and not self.definition.startswith(_UNDEFINED)

    @property
    def authority(self) -> str:
        """``EPSG:4548``, or empty where no authority defines it."""
        return f"EPSG:{self.code}" if self.organization.upper() == "EPSG" else ""

    @property
    def label(self) -> str:
        """The authority's code, or else the name."""
        return (self.authority or self.name) if self.is_stated else ""

    @property
    def text(self) -> str:
        """The authority's code, or else the definition; empty if undefined."""
        return (self.authority or self.definition) if self.is_stated else ""


_UNDEFINED = ('LOCAL_CS["Undefined', 'ENGCRS["Undefined')
UNDEFINED = Declared(0)


@dataclass(frozen=True, slots=True)
class Conversion:
    """The conversion of a known CRS to longitude and latitude, and back; the same for degrees."""

    crs: pyproj.CRS

    @property
    def is_identity(self) -> bool:
        """Whether the coordinates are longitude and latitude already."""
        return bool(self.crs.is_geographic)

    def to_degrees(self, shapes: Geometries) -> Geometries:
        """Convert geometries of the CRS to longitude and latitude."""
        return shapes if self.is_identity else _transformed(shapes, _inverse(self.crs))

    def from_degrees(self, shapes: Geometries) -> Geometries:
        """Convert longitude and latitude to the CRS."""
        return shapes if self.is_identity else _transformed(shapes, _forward(self.crs))


def judge(declared: Declared) -> tuple[Datum, Conversion | None]:
    """Say what is known of a CRS, with its conversion where it can be converted."""
    return _judge(declared) if declared.is_stated else (Datum.UNKNOWN, None)


# Semi-major axis in metres and inverse flattening.
_KNOWN_ELLIPSOIDS = ((6378137.0, 298.257222101), (6378137.0, 298.257223563))
_LOCAL_ELLIPSOIDS = ((6378245.0, 298.3), (6378140.0, 298.257), (6378140.0, 298.25722))
# Places in degrees at which the code of a CRS and its definition must agree.
_PROBES = np.array([(116.5, 35.4), (117.5, 24.0), (114.2, 48.1)])
# The largest difference between the two, in the unit of the CRS.
_AGREE = 1e-3
# The length of a definition, in characters, above which it is not read.
_LONGEST = 100_000


@cache
def _judge(declared: Declared) -> tuple[Datum, Conversion | None]:
    both = _from_code(declared), _from_definition(declared.definition)
    stated = [crs for crs in both if crs is not None]
    datums = {_datum(crs) for crs in stated}
    if Datum.LOCAL in datums:
        return Datum.LOCAL, None
    if datums != {Datum.KNOWN} or not all(_agree(stated[0], other) for other in stated[1:]):
        return Datum.UNKNOWN, None
    return Datum.KNOWN, Conversion(stated[0])


def _from_code(declared: Declared) -> pyproj.CRS | None:
    if not declared.authority:
        return None
    try:
        return _horizontal(pyproj.CRS.from_epsg(declared.code))
    except CRSError:
        return None


def _from_definition(text: str) -> pyproj.CRS | None:
    """Read WKT only: any other text may name files."""
    if text == "undefined" or len(text) > _LONGEST:
        return None
    try:
        return _horizontal(pyproj.CRS.from_wkt(text))
    except CRSError:
        return None


def _horizontal(crs: pyproj.CRS) -> pyproj.CRS:
    """The horizontal part of a CRS, without a transformation that changes nothing."""
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs.is_bound and crs.source_crs is not None and not _shifts(crs):
        crs = crs.source_crs
    return crs


def _shifts(crs: pyproj.CRS) -> bool:
    """Whether a bound CRS has a transformation to WGS 84 with any parameter other than 0."""
    operation = crs.coordinate_operation
    return operation is None or any(operation.towgs84) or not operation.towgs84


def _datum(crs: pyproj.CRS) -> Datum:
    if crs.ellipsoid is None:
        return Datum.UNKNOWN
    shape = crs.ellipsoid.semi_major_metre, crs.ellipsoid.inverse_flattening
    if any(np.allclose(shape, one, rtol=0, atol=(0.01, 1e-4)) for one in _LOCAL_ELLIPSOIDS):
        return Datum.LOCAL
    if not any(np.allclose(shape, one, rtol=0, atol=(0.01, 1e-6)) for one in _KNOWN_ELLIPSOIDS):
        return Datum.UNKNOWN
    at_greenwich = crs.prime_meridian is not None and crs.prime_meridian.longitude == 0
    in_degrees = crs.is_geographic and all(
        axis.unit_name.lower() == "degree" for axis in crs.axis_info[:2]
    )
    usable = crs.is_projected or in_degrees
    return Datum.KNOWN if usable and at_greenwich and not crs.is_bound else Datum.UNKNOWN


def _agree(one: pyproj.CRS, other: pyproj.CRS) -> bool:
    """Whether two projected CRS give the same coordinates, or both are longitude and latitude."""
    if one.is_geographic or other.is_geographic:
        return bool(one.is_geographic and other.is_geographic)
    try:
        first, second = (
            np.column_stack(_forward(crs).transform(_PROBES[:, 0], _PROBES[:, 1]))
            for crs in (one, other)
        )
    except ProjError:
        return False
    return bool(np.allclose(first, second, rtol=0, atol=_AGREE))


# From the geographic CRS on which a projected one is based: a projection without a datum shift.


@cache
def _forward(crs: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)


@cache
def _inverse(crs: pyproj.CRS) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(crs, crs.geodetic_crs, always_xy=True)


def _transformed(shapes: Geometries, transformer: pyproj.Transformer) -> Geometries:
    def convert(places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(transformer.transform(places[:, 0], places[:, 1]))

    return np.asarray(shapely.transform(shapes, convert), dtype=object)
