"""The EPSG codes of China's Gauss–Krüger zones, by datum, zone width and zone number."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# The EPSG code of the first zone of each series; the codes of a series are consecutive. Zones of
# 3 degrees are numbered 25 to 45, those of 6 degrees 13 to 23; the last meridian of both is 135° E.
_SERIES: Mapping[tuple[str, int, bool], int] = {
    ("CGCS2000", 6, True): 4491,
    ("CGCS2000", 6, False): 4502,
    ("CGCS2000", 3, True): 4513,
    ("CGCS2000", 3, False): 4534,
    ("Xian 1980", 6, True): 2327,
    ("Xian 1980", 6, False): 2338,
    ("Xian 1980", 3, True): 2349,
    ("Xian 1980", 3, False): 2370,
    ("Beijing 1954", 6, True): 21413,
    ("Beijing 1954", 6, False): 21453,
    ("Beijing 1954", 3, True): 2401,
    ("Beijing 1954", 3, False): 2422,
}
_FIRST = {3: 25, 6: 13}
_COUNT = {3: 21, 6: 11}
GEOGRAPHIC = {"CGCS2000": "EPSG:4490", "Xian 1980": "EPSG:4610", "Beijing 1954": "EPSG:4214"}
_CODE = re.compile(r"EPSG:(\d+)")


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone.

    Parameters
    ----------
    datum
        ``CGCS2000``, ``Xian 1980`` or ``Beijing 1954``.
    width
        Its width in degrees: 3 or 6.
    number
        Its number.
    has_prefix
        Whether eastings begin with the number, as in 39500000.
    """

    datum: str
    width: int
    number: int
    has_prefix: bool

    @property
    def crs(self) -> str:
        """Its authority code; empty if there is no such zone in China."""
        first = _SERIES.get((self.datum, self.width, self.has_prefix))
        at = self.number - _FIRST.get(self.width, self.number + 1)
        return f"EPSG:{first + at}" if first and 0 <= at < _COUNT[self.width] else ""

    @property
    def meridian(self) -> int:
        """Its central meridian, in degrees east."""
        return self.number * 3 if self.width == 3 else self.number * 6 - 3


def zone_of(crs: str) -> Zone | None:
    """The zone of an authority code; None if it is none of these."""
    match = _CODE.fullmatch(crs)
    for (datum, width, has_prefix), first in _SERIES.items():
        if match and 0 <= (at := int(match[1]) - first) < _COUNT[width]:
            return Zone(datum, width, _FIRST[width] + at, has_prefix)
    return None
