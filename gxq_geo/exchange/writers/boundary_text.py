"""Write boundary texts 勘测定界 TXT; the format is described in the reader of the same name."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from gxq_geo import words
from gxq_geo.exchange.evidence.gauss_kruger import Zone, zone_of
from gxq_geo.exchange.source import Loss
from gxq_geo.exchange.writers import records
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.display import known
from gxq_geo.words.errors import FileError

CANNOT_CARRY = (
    "boundary.loss.fields",
    "boundary.loss.rounded",
    "boundary.loss.not-area",
    "boundary.loss.comma",
)
DECIMALS = 3
# Coordinates that differ by less are the same: floats of 39,500,000 m are 7 nm apart.
_EXACT = 1e-6

_SYSTEMS = {
    "CGCS2000": "2000国家大地坐标系",
    "Xian 1980": "1980西安坐标系",
    "Beijing 1954": "1954北京坐标系",
}
_M2_PER_HA = 10_000


def write(
    frame: gpd.GeoDataFrame, layer: LayerSchema, *, producer: str = "", lang: str = "zh"
) -> tuple[bytes, tuple[Loss, ...]]:
    """Write the areas of a layer as a boundary text.

    Parameters
    ----------
    frame
        The layer in a Gauss–Krüger zone of CGCS2000, Xian 1980 or Beijing 1954; with a zone number
        in its eastings or without, as its CRS says.
    layer
        Its schema.
    producer
        数据产生单位.
    lang
        The language of names and uses.

    Returns
    -------
    data
        The text in GB18030, with CR LF. Coordinates have three decimals (1 mm), X is north; areas
        are those of the outlines, in hectares with four decimals.
    losses
        What it does not hold, see `CANNOT_CARRY`.

    Raises
    ------
    FileError
        If the CRS is no such zone.
    """
    zone = zone_of(_authority(frame))
    if zone is None:
        raise FileError("needs-gauss-kruger", crs=frame.crs.to_string() if frame.crs else "–")
    writer = _Writer(layer, lang)
    lines = [*_header(zone, producer, _latest(frame)), "[地块坐标]"]
    for row, shape in zip(records.rows_of(frame), frame.geometry.to_numpy(), strict=True):
        lines += writer.parcel(row, shape)
    return "".join(f"{line}\r\n" for line in lines).encode("gb18030"), writer.losses(frame)


def _authority(frame: gpd.GeoDataFrame) -> str:
    found = frame.crs.to_authority() if frame.crs else None
    return ":".join(found) if found else ""


def _latest(frame: gpd.GeoDataFrame) -> str:
    """The date of the latest record: the same data give the same bytes."""
    if "updated" not in frame or frame["updated"].isna().all():
        return ""
    return str(frame["updated"].max().date().isoformat())


def _header(zone: Zone, producer: str, day: str) -> Sequence[str]:
    return (
        "[属性描述]",
        "格式版本号=1.01版本",
        f"数据产生单位={_one_line(producer)}",
        f"数据产生日期={day}",
        f"坐标系={_SYSTEMS[zone.datum]}",
        f"几度分带={zone.width}",
        "投影类型=高斯克吕格",
        "计量单位=米",
        f"带号={zone.number}",
        "精度=0.001",
        "转换参数=,,,,,,",
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


class _Writer:
    """Writes parcels, and counts what is lost."""

    def __init__(self, layer: LayerSchema, lang: str) -> None:
        self.layer = layer
        self.lang = lang
        self.not_area = self.rounded = self.commas = self.written = 0

    def parcel(self, row: Mapping[str, Any], shape: BaseGeometry | None) -> Iterator[str]:
        """The lines of one parcel: its head, and its corners by ring."""
        parts = [] if shape is None else shapely.get_parts(shape).tolist()
        areas = [part for part in parts if isinstance(part, Polygon) and not part.is_empty]
        if not areas:
            self.not_area += 1
            return
        self.written += 1
        rings = [ring for area in areas for ring in self._rings(area)]
        count = sum(len(ring) for ring in rings)
        hectares = sum(area.area for area in areas) / _M2_PER_HA
        head = (self._text(row.get(self.layer.id)), self._name(row), "面", "", *self._use(row), "@")
        yield ",".join((str(count), f"{hectares:.4f}", *head))
        corner = 1
        for number, ring in enumerate(rings, 1):
            first = corner
            for at, (north, east) in enumerate(ring):
                is_last = at == len(ring) - 1
                yield f"J{first if is_last else corner},{number},{north},{east}"
                corner += not is_last

    def _rings(self, area: Polygon) -> Iterator[list[tuple[str, str]]]:
        """The rings of an area as texts, north first, each with its first corner repeated."""
        for ring in (area.exterior, *area.interiors):
            positions = shapely.get_coordinates(ring)
            self.rounded += int((np.abs(positions - positions.round(DECIMALS)) > _EXACT).any())
            yield [(f"{y:.{DECIMALS}f}", f"{x:.{DECIMALS}f}") for x, y in positions.tolist()]

    def _name(self, row: Mapping[str, Any]) -> str:
        return self._text(records.label_of(row, self.layer, self.lang))

    def _use(self, row: Mapping[str, Any]) -> tuple[str, str]:
        """The land use in words, and its code."""
        spec, code = self.layer.fields.get("land_use"), row.get("land_use")
        if spec is None or not known(code):
            return "", ""
        domain = schema().domain_of(spec, row) or {}
        label = words.pick(domain.get(str(code), {}), self.lang)
        return self._text(label), self._text(code)

    def _text(self, value: Any) -> str:
        """A value as a field of a head: a comma would begin the next field."""
        text = _one_line(str(value)) if known(value) else ""
        self.commas += "," in text or "@" in text
        return text.replace(",", "，").replace("@", "＠")

    def losses(self, frame: gpd.GeoDataFrame) -> tuple[Loss, ...]:
        """What the text does not hold."""
        kept = {self.layer.id, "land_use", f"name_{self.lang}"}
        lost = [one.name for one in records.fields_of(frame, self.layer) if one.name not in kept]
        fields = {"fields": ", ".join(lost)}
        losses = (
            Loss("boundary.loss.fields", self.written if lost else 0, params=fields),
            Loss("boundary.loss.rounded", self.rounded, params={"decimals": DECIMALS}),
            Loss("boundary.loss.not-area", self.not_area),
            Loss("boundary.loss.comma", self.commas),
        )
        return tuple(loss for loss in losses if loss.count)
