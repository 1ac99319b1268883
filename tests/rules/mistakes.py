"""The mistakes that planners make, and the rule that reports each.

``python -m tests.rules.mistakes`` prints the result for each. Ids are those of this repository's
layers; lengths are in metres.
"""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.enums import TransformDirection
from shapely.affinity import translate
from shapely.geometry import mapping, shape

from tests.rules.geometry_cases import in_bd09, in_gcj02, layer_moved, moved, turned
from tests.rules.mutations import Edit, Mistake, bench, shown
from tests.support.zones import (
    edit,
    load_features,
    load_rows,
    remove,
    revise,
    save_features,
    save_rows,
)

# An available site of binhe that no project names.
SITE = "BH-010"
_METRIC = pyproj.Transformer.from_crs(4326, 4548, always_xy=True)

# A geometry of any type: the stubs of shapely lack its methods.
Shape = Any
Shaping = Callable[[Shape], Shape]


# ------------------------------------------------------------------ ways to spoil a file


def raw(file: str, old: str, new: str, count: int = 1) -> Edit:
    """Replace a text in a file, `count` times."""

    def change(folder: Path) -> None:
        path = folder / file
        text = path.read_bytes().decode()
        assert old in text, old
        path.write_bytes(text.replace(old, new, count).encode())

    return change


def data(file: str, change: Callable[[bytes], bytes]) -> Edit:
    """Change the bytes of a file."""
    return lambda folder: (folder / file).write_bytes(change((folder / file).read_bytes()))


def encoded(file: str, encoding: str) -> Edit:
    return data(file, lambda old: old.decode("utf-8-sig").encode(encoding))


def put(field: str, value: object, record: str = SITE, layer: str = "sites") -> Edit:
    """Set a field of a record."""

    def change(folder: Path) -> None:
        (path,) = folder.glob(f"{layer}.*")
        edit(path, record, field, value)

    return change


def each(layer: str, change: Callable[[dict[str, Any]], object]) -> Edit:
    """Change every record of a layer."""

    def save(folder: Path) -> None:
        (path,) = folder.glob(f"{layer}.*")
        if path.suffix == ".csv":
            rows = load_rows(path)
            for row in rows:
                change(row)
            save_rows(path, rows)
        else:
            features = load_features(path)
            for one in features:
                change(one["properties"])
            save_features(path, features)

    return save


def once(layer: str, field: str) -> Edit:
    """Keep each value of a column in its first row only, as split merged cells leave it."""
    kept: set[object] = set()

    def change(record: dict[str, Any]) -> None:
        if record[field] in kept:
            record[field] = ""
        kept.add(record[field])

    def save(folder: Path) -> None:
        kept.clear()
        each(layer, change)(folder)

    return save


def without(file: str, field: str) -> Edit:
    """Delete a column."""

    def change(folder: Path) -> None:
        path = folder / file
        if path.suffix == ".csv":
            lines = [line.split(",") for line in path.read_text("utf-8-sig").splitlines()]
            at = lines[0].index(field)
            text = "\n".join(",".join(line[:at] + line[at + 1 :]) for line in lines)
            path.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"\n")
        else:
            each(path.stem, lambda record: record.pop(field))(folder)

    return change


def copied(source: str, target: str) -> Edit:
    return lambda folder: shutil.copy(folder / source, folder / target)


def renamed(source: str, target: str) -> Edit:
    return lambda folder: (folder / source).rename(folder / target)


def several(*edits: Edit) -> Edit:
    return lambda folder: [one(folder) for one in edits]


def again(layer: str, record: str, **changes: object) -> Edit:
    """Append a copy of a record to its layer, with some fields changed."""

    def change(folder: Path) -> None:
        path = folder / f"{layer}.geojson"
        features = load_features(path)
        (one,) = (f for f in features if record in f["properties"].values())
        copy = {**one, "properties": {**one["properties"], **changes}}
        save_features(path, [*features, copy])

    return change


# ------------------------------------------------------------------ ways to spoil a shape


def to_metres(value: Shape) -> Shape:
    return shapely.transform(
        value, lambda at: np.column_stack(_METRIC.transform(at[:, 0], at[:, 1]))
    )


def to_degrees(value: Shape) -> dict[str, Any]:
    """Return a metric shape as canonical GeoJSON: counter-clockwise, seven decimals."""

    def move(at: Any) -> Any:
        back = _METRIC.transform(at[:, 0], at[:, 1], direction=TransformDirection.INVERSE)
        return np.column_stack(back).round(7)

    wound = shapely.orient_polygons(shapely.transform(value, move))
    plain: dict[str, Any] = json.loads(json.dumps(mapping(wound)))
    return plain


def outline(folder: Path, layer: str, record: str) -> Shape:
    """Return the shape of a record in metres."""
    for one in load_features(folder / f"{layer}.geojson"):
        if record == next(iter(one["properties"].values())):
            return to_metres(shape(one["geometry"]))
    raise AssertionError(record)


def shaped(change: Shaping, record: str = SITE, layer: str = "sites") -> Edit:
    """Change the shape of a record, in metres."""

    def save(folder: Path) -> None:
        value = to_degrees(change(outline(folder, layer, record)))
        edit(folder / f"{layer}.geojson", record, "geometry", value)

    return save


def drawn(change: Callable[[dict[str, Any]], object], record: str = SITE) -> Edit:
    """Change the GeoJSON geometry of a site in place, or replace it by the returned one."""

    def save(folder: Path) -> None:
        def spoil(one: dict[str, Any]) -> None:
            new = change(one["geometry"])
            one["geometry"] = new if isinstance(new, dict) else one["geometry"]

        revise(folder / "sites.geojson", record, spoil)

    return save


def ring(change: Callable[[list[Any]], list[Any]], record: str = SITE) -> Edit:
    """Replace the outer ring of a site."""
    return drawn(
        lambda geometry: geometry.update(coordinates=[change(geometry["coordinates"][0])]), record
    )


def positions(change: Callable[[list[float]], list[float]], record: str = SITE) -> Edit:
    """Replace every position of a site."""
    return drawn(lambda geometry: moved(geometry, change), record)


def by(east: float, north: float) -> Shaping:
    return lambda value: translate(value, east, north)


def into(layer: str, record: str, other: str, deep: float) -> Edit:
    """Extend a record into a neighbour, along a part of their common edge."""

    def save(folder: Path) -> None:
        own, host = (outline(folder, layer, one) for one in (record, other))
        middle: Shape = shapely.line_interpolate_point(_shared(own, host), 0.5, normalized=True)
        strip = middle.buffer(60).intersection(own.buffer(deep, join_style="mitre"))
        put("geometry", to_degrees(own.union(strip.intersection(host.buffer(2)))), record, layer)(
            folder
        )

    return save


def beyond(layer: str, record: str, host: str, of: str, far: float) -> Edit:
    """Extend a record out of its host, along a part of their common edge."""

    def save(folder: Path) -> None:
        own, outer = outline(folder, layer, record), outline(folder, host, of)
        edge = outer.boundary.intersection(own.buffer(0.05))
        parts = shapely.get_parts(shapely.line_merge(edge))
        longest = parts[int(np.argmax(shapely.length(parts)))]
        middle: Shape = shapely.line_interpolate_point(longest, 0.5, normalized=True)
        strip = middle.buffer(60).intersection(outer.buffer(far, join_style="mitre"))
        strip = strip.intersection(own.buffer(far + 0.1))
        put("geometry", to_degrees(own.union(strip)), record, layer)(folder)

    return save


def towards(record: str, park: str, far: float) -> Edit:
    """Move a site across the nearest edge of its park."""

    def save(folder: Path) -> None:
        site, edge = outline(folder, "sites", record), outline(folder, "parks", park).boundary
        (x0, y0), (x1, y1) = shapely.shortest_line(site, edge).coords
        way = np.array([x1 - x0, y1 - y0])
        east, north = way + way / np.hypot(*way) * far
        shaped(by(east, north), record)(folder)

    return save


def back_from(layer: str, record: str, other: str, deep: float, *, share: float = 0.5) -> Edit:
    """Cut a record back from a neighbour, along a part of their common edge."""

    def save(folder: Path) -> None:
        own, host = (outline(folder, layer, one) for one in (record, other))
        middle: Shape = shapely.line_interpolate_point(_shared(own, host), share, normalized=True)
        strip = middle.buffer(60).intersection(host.buffer(deep, join_style="mitre"))
        put("geometry", to_degrees(own.difference(strip)), record, layer)(folder)

    return save


def _shared(own: Shape, host: Shape) -> Shape:
    parts = shapely.get_parts(own.boundary.intersection(host.buffer(1.0)))
    return parts[int(np.argmax(shapely.length(parts)))]


# ------------------------------------------------------------------ the list


def text(name: str, make: Edit, rule: str, **place: Any) -> Mistake:
    return Mistake("text", name, make, rule, **place)


def fields(name: str, make: Edit, rule: str, field: str, **place: Any) -> Mistake:
    return Mistake("fields", name, make, rule, field=field, **{"feature": SITE, **place})


def geometry(name: str, make: Edit, rule: str, **place: Any) -> Mistake:
    return Mistake("geometry", name, make, rule, **{"feature": SITE, "field": "geometry", **place})


def topology(name: str, make: Edit, rule: str, feature: str, **place: Any) -> Mistake:
    given = {"feature": feature, "field": "geometry", **place}
    return Mistake("topology", name, make, rule, **given)


def meaning(name: str, make: Edit, rule: str, field: str, **place: Any) -> Mistake:
    given = {"feature": SITE, "field": field, **place}
    return Mistake("references and meaning", name, make, rule, **given)


def publication(name: str, make: Edit, rule: str, field: str, **place: Any) -> Mistake:
    return Mistake("publication", name, make, rule, field=field, **{"feature": SITE, **place})


def _hundredth(record: dict[str, Any]) -> str:
    percent = record["progress_pct"]
    return f"{float(percent) / 100:g}" if percent else ""


COLLECTION = '{"type":"FeatureCollection",'
HERE = f'"site_id":"{SITE}"'
DEEP = "[" * 5000 + "]" * 5000

TEXT = [
    text("saved as GBK", encoded("sites.geojson", "gbk"), "gb18030", row=2),
    text(
        "CSV saved as GBK by Excel",
        encoded("sectors.csv", "gbk"),
        "gb18030",
        file="sectors.csv",
        row=2,
    ),
    text("saved as UTF-16", encoded("sites.geojson", "utf-16"), "not-utf8", row=1),
    text(
        "one byte damaged within a character",
        data(
            "parks.geojson",
            lambda old: old.replace("蓼河新区".encode(), b"\xe8\x93\xff" + "河新区".encode(), 1),
        ),
        "not-utf8",
        file="parks.geojson",
        row=8,
    ),
    text(
        "cut within a character",
        data("roads.geojson", lambda old: old[: old.index("日兰".encode()) + 1]),
        "not-utf8",
        file="roads.geojson",
        row=2,
    ),
    text(
        "byte order mark before GeoJSON",
        encoded("green.geojson", "utf-8-sig"),
        "bom",
        file="green.geojson",
        row=1,
    ),
    text(
        "comma after the last field",
        raw("sites.geojson", '"demo":true},"geometry"', '"demo":true,},"geometry"'),
        "json",
        at="}",
    ),
    text(
        "comma forgotten between fields",
        raw("sites.geojson", f"{HERE},", HERE),
        "json",
        at='"name_zh"',
    ),
    text(
        "quotation mark forgotten",
        raw("sites.geojson", f'{{"site_id":"{SITE}"', f'{{"site_id":{SITE}"'),
        "json",
        at=SITE,
    ),
    text(
        "Chinese quotation marks",
        raw("sites.geojson", HERE, HERE.replace('"', "“")),
        "json",
        at="“",
    ),
    text(
        "bracket forgotten at the end",
        data("rivers.geojson", lambda old: old.rstrip().removesuffix(b"]}")),
        "json",
        file="rivers.geojson",
    ),
    text(
        "line break within a text",
        raw("sites.geojson", "示范地块 BH-010", "示范地块\nBH-010"),
        "json",
        at="",
    ),
    text(
        "a key twice",
        raw("sites.geojson", HERE, f'{HERE},"status":"signed"'),
        "json",
        at='"status"',
    ),
    text(
        "NaN, as Python writes it",
        raw("sites.geojson", '"building_coverage_pct":null', '"building_coverage_pct":NaN'),
        "json",
        at="NaN",
    ),
    text(
        "Infinity",
        raw("sites.geojson", '"power_kva":null', '"power_kva":-Infinity'),
        "json",
        at="-Infinity",
    ),
    text(
        "too deep", raw("sites.geojson", '"power_kva":null', f'"power_kva":{DEEP}'), "json", at="["
    ),
    text(
        "a number of five thousand digits",
        raw("sites.geojson", '"power_kva":null', f'"power_kva":{"9" * 5000}'),
        "json",
        at="999",
    ),
    text(
        "half of a surrogate pair",
        raw("sites.geojson", "示范地块 BH-010", r"\ud83d BH-010"),
        "json",
        at='"\\ud83d',
    ),
    text("truncated by a full disk", data("sites.geojson", lambda old: old[:100_000]), "json"),
    text(
        "merge conflict of git",
        raw(
            "sites.geojson",
            '{"type":"Feature","properties":{' + HERE,
            '<<<<<<< HEAD\n{"type":"Feature","properties":{' + HERE,
        ),
        "json",
        at="<<<<<<<",
    ),
    text(
        "TopoJSON in its place",
        data("sites.geojson", lambda _: b'{"type":"Topology","objects":{},"arcs":[]}'),
        "not-geojson",
        row=1,
    ),
    text("a bare array of features", data("sites.geojson", lambda _: b"[]"), "not-geojson", row=1),
    text(
        "outermost type in another case",
        raw("sites.geojson", "FeatureCollection", "featureCollection"),
        "not-geojson",
        row=1,
    ),
    text(
        "a feature's type in another case",
        raw("green.geojson", '"Feature"', '"feature"'),
        "feature-type",
        file="green.geojson",
        row=2,
    ),
    text(
        "a geometry's type in another case",
        raw("stations.geojson", '"Point"', '"point"'),
        "geometry-type",
        file="stations.geojson",
        feature="jining",
    ),
    text(
        "a feature without its geometry",
        raw("green.geojson", '"geometry":{', '"geom":{'),
        "feature-geometry",
        file="green.geojson",
        row=2,
    ),
    text(
        "a feature whose id is a list",
        raw("green.geojson", '{"type":"Feature",', '{"type":"Feature","id":[1],'),
        "feature-id",
        file="green.geojson",
        row=2,
    ),
    text(
        "a feature without its properties",
        raw("green.geojson", '"properties":{', '"attributes":{'),
        "feature-properties",
        file="green.geojson",
        row=2,
    ),
    text(
        "crs: a projected one",
        raw(
            "sites.geojson",
            COLLECTION,
            COLLECTION
            + '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4548"}},',
        ),
        "crs-foreign",
        at='"crs"',
    ),
    text(
        "crs: a link",
        raw(
            "sites.geojson",
            COLLECTION,
            COLLECTION + '"crs":{"type":"link","properties":{"href":"http://127.0.0.1:9/x"}},',
        ),
        "crs-unknown",
        at='"crs"',
    ),
    text(
        "crs: null",
        raw("sites.geojson", COLLECTION, COLLECTION + '"crs":null,'),
        "crs-unknown",
        at='"crs"',
    ),
    text(
        "crs: the usual one, as QGIS used to write it",
        raw(
            "sites.geojson",
            COLLECTION,
            COLLECTION
            + '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}},',
        ),
        "crs-member",
        at='"crs"',
    ),
    text("an empty file", data("sites.geojson", lambda _: b""), "json", row=1),
    text(
        "an empty CSV",
        data("teams.csv", lambda _: b"\xef\xbb\xbf"),
        "csv-empty",
        file="teams.csv",
        row=1,
    ),
    text(
        "CSV: a comma within a cell, without quotes",
        raw("projects.csv", "示例投资方 02", "示例投资方 02,上海"),
        "csv-width",
        file="projects.csv",
        row=3,
    ),
    text(
        "CSV: a quotation mark not closed",
        raw("teams.csv", "示例小分队 02", '"示例小分队 02'),
        "csv-syntax",
        file="teams.csv",
    ),
    text(
        "CSV: a column twice",
        raw("teams.csv", "team_id,name_zh,name_en", "team_id,name_zh,name_zh"),
        "csv-header",
        file="teams.csv",
        row=1,
    ),
    text(
        "CSV: a title above the header",
        raw("teams.csv", "team_id,", "招商小分队名单,,,,\nteam_id,"),
        "csv-title",
        file="teams.csv",
        row=1,
    ),
    text(
        "CSV: semicolons, as Excel writes elsewhere",
        data("events.csv", lambda old: old.replace(b",", b";")),
        "csv-separator",
        file="events.csv",
        row=1,
    ),
    text(
        "CSV: tabs, as Excel writes Unicode text",
        data("departments.csv", lambda old: old.replace(b",", b"\t")),
        "csv-separator",
        file="departments.csv",
        row=1,
    ),
    text(
        "CSV: a column without a name",
        data(
            "events.csv",
            lambda old: old.replace(b"demo\n", b"demo,\n").replace(b"false\n", b"false,?\n"),
        ),
        "csv-header",
        file="events.csv",
        row=1,
    ),
    text(
        "CSV: the header deleted",
        data("departments.csv", lambda old: old[old.index(b"\n") + 1 :]),
        "csv-no-header",
        file="departments.csv",
        row=1,
    ),
    text(
        "CSV: a formula",
        put("name_zh", "=B2&C2", "P-02", "projects"),
        "formula",
        file="projects.csv",
        feature="P-02",
        field="name_zh",
    ),
    text(
        "CSV: a formula that failed",
        put("investment_yi", "#REF!", "P-02", "projects"),
        "formula",
        file="projects.csv",
        feature="P-02",
        field="investment_yi",
    ),
    text(
        "CSV: thousands separators",
        put("investment_yi", "1,234.5", "P-02", "projects"),
        "thousands-separator",
        file="projects.csv",
        feature="P-02",
        field="investment_yi",
    ),
    text(
        "CSV: full-width digits",
        put("progress_pct", "１５", "P-02", "projects"),
        "full-width",
        file="projects.csv",
        feature="P-02",
        field="progress_pct",
    ),
    text("a layer twice, in two formats", copied("sites.geojson", "sites.gpkg"), "layer-twice"),
    text(
        "a required layer deleted",
        lambda folder: (folder / "parks.geojson").unlink(),
        "layer-missing",
        file="parks.geojson",
    ),
    text(
        "a copy under another name",
        copied("sites.geojson", "sites副本.geojson"),
        "layer-unknown",
        file="sites副本.geojson",
    ),
    text(
        "an Excel workbook in place of the CSV",
        renamed("teams.csv", "teams.xlsx"),
        "layer-format",
        file="teams.xlsx",
    ),
    text(
        "GeoJSON renamed to GeoPackage",
        renamed("green.geojson", "green.gpkg"),
        "not-gpkg",
        file="green.gpkg",
    ),
]

FIELDS = [
    fields(
        "a required column deleted",
        without("green.geojson", "source"),
        "field-missing",
        "source",
        file="green.geojson",
        feature="",
    ),
    fields(
        "a required column of a CSV deleted",
        without("customers.csv", "source"),
        "field-missing",
        "source",
        file="customers.csv",
        feature="",
    ),
    fields(
        "an id column under its Chinese name",
        raw("sites.geojson", '"site_id"', '"地块编号"', -1),
        "unknown-field",
        "地块编号",
        feature="",
    ),
    fields(
        "a column misspelt",
        raw("sites.geojson", '"area_mu"', '"aera_mu"', -1),
        "unknown-field",
        "aera_mu",
        feature="",
    ),
    fields(
        "a column of one's own",
        raw("teams.csv", "region", "备注2"),
        "unknown-field",
        "备注2",
        file="teams.csv",
        feature="",
    ),
    fields(
        "a field misspelt in one record",
        raw("sites.geojson", f"{HERE},", f'{HERE},"building_hight":24,'),
        "unknown-field",
        "building_hight",
    ),
    fields("a unit behind the number", put("area_mu", "128.1亩"), "wrong-type", "area_mu"),
    fields("a word in a number field", put("far_max", "待定"), "wrong-type", "far_max"),
    fields("a number in a text field", put("name_zh", 10), "wrong-type", "name_zh"),
    fields("yes in place of true", put("has_power", "是"), "wrong-type", "has_power"),
    fields("a fraction in a whole number", put("term_years", 49.5), "wrong-type", "term_years"),
    fields(
        "a list as one text of commas",
        put("sectors", "new_materials,opto_auto"),
        "unknown-reference",
        "sectors",
    ),
    fields("a date that does not exist", put("updated", "2026-02-30"), "wrong-type", "updated"),
    fields(
        "a date as Excel's number",
        put("updated", "46166", "P-02", "projects"),
        "serial-date",
        "updated",
        file="projects.csv",
        feature="P-02",
    ),
    fields("a date with a time", put("updated", "2026-05-11T08:00:00Z"), "wrong-type", "updated"),
    fields(
        "an object in place of a value",
        put("area_mu", {"value": 128.1, "unit": "亩"}),
        "wrong-type",
        "area_mu",
    ),
    fields("a status in Chinese", put("status", "可供"), "not-in-domain", "status"),
    fields("a status misspelt", put("status", "avialable"), "not-in-domain", "status"),
    fields("a status that nobody knows", put("status", "sold"), "not-in-domain", "status"),
    fields(
        "a kind of another layer",
        put("kind", "subdistrict_park", "C-AQ-01", "carriers"),
        "not-in-domain",
        "kind",
        file="carriers.geojson",
        feature="C-AQ-01",
    ),
    fields(
        "a role that nobody knows",
        put("leader_roles", "liaison;boss", "P-02", "projects"),
        "not-in-domain",
        "leader_roles",
        file="projects.csv",
        feature="P-02",
    ),
    fields("a required value deleted", put("name_zh", None), "required-missing", "name_zh"),
    fields(
        "a required value of nothing but spaces",
        put("name_zh", "  "),
        "required-missing",
        "name_zh",
    ),
    fields(
        "a required cell emptied",
        put("source", "", "P-02", "projects"),
        "required-missing",
        "source",
        file="projects.csv",
        feature="P-02",
    ),
    fields(
        "the id deleted",
        put("zoning_id", None, "Z-AQ-001", "zoning"),
        "required-missing",
        "zoning_id",
        file="zoning.geojson",
        feature="",
        row=2,
    ),
    fields(
        "a negative price",
        put("start_price_wan_per_mu", -18.3),
        "out-of-range",
        "start_price_wan_per_mu",
    ),
    fields("a percentage above 100", put("green_pct", 120), "out-of-range", "green_pct"),
    fields(
        "a progress above 100",
        put("progress_pct", "150", "P-02", "projects"),
        "out-of-range",
        "progress_pct",
        file="projects.csv",
        feature="P-02",
    ),
    fields(
        "a year with a digit too many", put("supply_year", 20270), "out-of-range", "supply_year"
    ),
    fields("a term of 500 years", put("term_years", 500), "out-of-range", "term_years"),
    fields(
        "floor-area ratio, least and greatest swapped",
        several(put("far_min", 2.5), put("far_max", 1)),
        "min-above-max",
        "far_min",
    ),
    fields(
        "more let than there is",
        put("leased_floor_area_m2", 99_000, "C-AQ-01", "carriers"),
        "min-above-max",
        "leased_floor_area_m2",
        file="carriers.geojson",
        feature="C-AQ-01",
    ),
    fields("square metres in a field of mu", put("area_mu", 85400), "unit-slip", "area_mu"),
    fields("hectares in a field of mu", put("area_mu", 8.54), "unit-slip", "area_mu"),
    fields(
        "mu in a field of hectares",
        put("area_ha", 276, "Z-AQ-001", "zoning"),
        "unit-slip",
        "area_ha",
        file="zoning.geojson",
        feature="Z-AQ-001",
    ),
    fields(
        "hectares in a field of square kilometres",
        put("area_km2", 1311, "anquan", "parks"),
        "unit-slip",
        "area_km2",
        file="parks.geojson",
        feature="anquan",
    ),
    fields("an area with a digit too many", put("area_mu", 1281), "area-mismatch", "area_mu"),
    fields("a date in the future", put("updated", "2099-01-01"), "future-date", "updated"),
    fields(
        "a stage entered in the future",
        put("entered", "2099-01-01", "P-02-4", "project_stages"),
        "future-date",
        "entered",
        file="project_stages.csv",
        feature="P-02-4",
    ),
    fields(
        "a record not verified for years", put("updated", "2021-03-01"), "stale-record", "updated"
    ),
    fields(
        "an id twice",
        again("carriers", "C-AQ-01", name_zh="示例楼 99"),
        "duplicate-id",
        "carrier_id",
        file="carriers.geojson",
        feature="C-AQ-01",
    ),
    fields(
        "a row pasted twice",
        lambda folder: save_rows(
            folder / "teams.csv",
            [*load_rows(folder / "teams.csv"), load_rows(folder / "teams.csv")[0]],
        ),
        "duplicate-id",
        "team_id",
        file="teams.csv",
        feature="team-01",
    ),
    fields(
        "an id in small letters that a project names",
        put("site_id", "lh-006", "LH-006"),
        "unknown-reference",
        "site_id",
        file="projects.csv",
        feature="P-01",
    ),
    fields(
        "an id with a space",
        put("zoning_id", "Z-AQ-001 ", "Z-AQ-001", "zoning"),
        "stray-space",
        "zoning_id",
        file="zoning.geojson",
        feature="Z-AQ-001 ",
    ),
    fields(
        "an id with a semicolon, which parts lists",
        put("zoning_id", "Z-AQ;001", "Z-AQ-001", "zoning"),
        "semicolon-in-id",
        "zoning_id",
        file="zoning.geojson",
        feature="Z-AQ;001",
    ),
    fields(
        "an id in full-width digits",
        put("zoning_id", "Z-AQ-００1", "Z-AQ-001", "zoning"),
        "full-width",
        "zoning_id",
        file="zoning.geojson",
        feature="Z-AQ-００1",
    ),
    fields(
        "an id that differs in case alone",
        put("zoning_id", "z-aq-001", "Z-AQ-003", "zoning"),
        "similar-ids",
        "zoning_id",
        file="zoning.geojson",
        feature="z-aq-001",
    ),
    fields(
        "a Cyrillic letter in an id",
        put("zoning_id", "Z-\u0410Q-001", "Z-AQ-001", "zoning"),
        "look-alike-id",
        "zoning_id",
        file="zoning.geojson",
        feature="Z-\u0410Q-001",
    ),
    fields("锟斤拷", put("address_zh", "滨河科技园锟斤拷"), "mojibake", "address_zh"),
    fields(
        "a text lost to U+FFFD", put("address_zh", "滨河\ufffd\ufffd园"), "mojibake", "address_zh"
    ),
    fields(
        "GBK read as Latin-1",
        put("name_zh", "示范地块".encode("gbk").decode("latin-1")),
        "mojibake",
        "name_zh",
    ),
    fields(
        "UTF-8 read as GBK",
        put("name_zh", "示范地块".encode().decode("gbk", "replace")),
        "mojibake",
        "name_zh",
    ),
    fields("a zero-width space", put("name_zh", "示范\u200b地块"), "control-characters", "name_zh"),
    fields(
        "a line break in a name", put("name_zh", "示范地块\n010"), "control-characters", "name_zh"
    ),
    fields("a bell", put("contact_name", "示例\x07联系人"), "control-characters", "contact_name"),
    fields("a name too long", put("name_zh", "示范地块" * 60), "too-long", "name_zh"),
    fields(
        "a name with a space behind it",
        put("name_zh", "示范地块 BH-010 "),
        "stray-space",
        "name_zh",
    ),
    fields("a phone that is none", put("contact_phone", "微信同号"), "phone-form", "contact_phone"),
    fields(
        "a phone in full-width digits",
        put("contact_phone", "０５３７-000-0006"),
        "full-width",
        "contact_phone",
    ),
    fields(
        "a web address without a slash", put("source", "见 http:/example.org"), "url-form", "source"
    ),
    fields("a word for nothing", put("amenities_zh", "待定"), "null-word", "amenities_zh"),
    fields(
        "a sign for nothing, in a table",
        put("next_action", "/", "P-02", "projects"),
        "null-word",
        "next_action",
        file="projects.csv",
        feature="P-02",
    ),
    fields(
        "a date of day zero", put("available_from", "1899-12-30"), "serial-date", "available_from"
    ),
    fields(
        "merged cells, split when saved as CSV",
        once("customers", "sector_id"),
        "merged-cells",
        "sector_id",
        file="customers.csv",
        feature="K-04",
    ),
    fields(
        "a column of fractions for percentages",
        each("projects", lambda record: record.update(progress_pct=_hundredth(record))),
        "fraction-not-percent",
        "progress_pct",
        file="projects.csv",
        feature="P-02",
    ),
    fields(
        "万元 in a field of 亿元",
        put("investment_yi", "7000", "P-02", "projects"),
        "money-unit",
        "investment_yi",
        file="projects.csv",
        feature="P-02",
    ),
    fields(
        "元 in a field of 万元 per mu",
        put("start_price_wan_per_mu", 183_000),
        "money-unit",
        "start_price_wan_per_mu",
    ),
    fields(
        "a phone without the zero, as Excel saves it",
        put("contact_phone", "537-1234567"),
        "phone-without-zero",
        "contact_phone",
    ),
    fields(
        "codes of a web page",
        put("amenities_zh", "近学校&nbsp;1 公里"),
        "foreign-codes",
        "amenities_zh",
    ),
    fields(
        "codes of a drawing", put("name_zh", r"\U+5730\U+5757 BH-010"), "foreign-codes", "name_zh"
    ),
]


def far_vertex(points: list[Any]) -> list[Any]:
    """Move one vertex two kilometres away."""
    return [points[0], [points[1][0] + 0.022, points[1][1]], *points[2:]]


def spiked(points: list[Any]) -> list[Any]:
    """Add a spike of about 40 m."""
    (x0, y0), (x1, y1) = points[0], points[1]
    middle = [round((x0 + x1) / 2, 7), round((y0 + y1) / 2, 7)]
    out = [round(middle[0] + (y1 - y0) * 0.1, 7), round(middle[1] - (x1 - x0) * 0.1, 7)]
    return [points[0], middle, out, [middle[0], middle[1]], *points[1:]]


def beside(value: Shape, side: float, high: float) -> Shape:
    """Add a small box three metres west of a shape, at the middle of its height."""
    west, south, _, north = value.bounds
    middle = (south + north) / 2
    return shapely.union_all(
        [value, shapely.box(west - 15 - side, middle, west - 15, middle + high)]
    )


def fine(value: Shape) -> Shape:
    return value.segmentize(value.length / 12_000)


def holed(value: Shape) -> Shape:
    point = value.point_on_surface()
    return value.difference(point.buffer(1.2))


def in_metres(
    prefix: int = 0, *, northing_first: bool = False
) -> Callable[[list[float]], list[float]]:
    def move(at: list[float]) -> list[float]:
        x, y = (round(float(one), 3) for one in _METRIC.transform(at[0], at[1]))
        return [y, x + prefix] if northing_first else [x + prefix, y]

    return move


def but_first(layer: str, move: Edit) -> Edit:
    """Make a mistake in a layer except in its first record."""

    def change(folder: Path) -> None:
        path = folder / f"{layer}.geojson"
        first = load_features(path)[0]
        move(folder)
        save_features(path, [first, *load_features(path)[1:]])

    return change


def first_coordinate(change: Callable[[float], object]) -> Edit:
    return ring(lambda points: [*points[:1], [change(points[1][0]), points[1][1]], *points[2:]])


GEOMETRY = [
    geometry("no geometry", put("geometry", None), "geometry-missing"),
    geometry(
        "an empty geometry",
        put("geometry", {"type": "Polygon", "coordinates": []}),
        "too-few-positions",
        field="",
    ),
    geometry(
        "an empty multipolygon",
        put("geometry", {"type": "MultiPolygon", "coordinates": []}),
        "too-few-positions",
        field="",
    ),
    geometry(
        "a point in place of an outline", shaped(lambda value: value.centroid), "geometry-kind"
    ),
    geometry(
        "a line in place of an outline",
        shaped(lambda value: shapely.LineString(value.exterior.coords)),
        "geometry-kind",
    ),
    geometry("a ring that is not closed", ring(lambda points: points[:-1]), "ring-open", field=""),
    geometry(
        "a ring of two corners",
        ring(lambda points: [points[0], points[1], points[0]]),
        "too-few-positions",
        field="",
    ),
    geometry("a coordinate as text", first_coordinate(str), "geometry-coordinates", field=""),
    geometry(
        "a coordinate without its latitude",
        ring(lambda points: [[points[0][0]], *points[1:]]),
        "geometry-coordinates",
        field="",
    ),
    geometry(
        "a ring too few",
        drawn(lambda one: one.update(coordinates=one["coordinates"][0])),
        "geometry-coordinates",
        field="",
    ),
    geometry(
        "a bow tie: two corners swapped",
        ring(lambda points: [points[0], points[2], points[1], *points[3:]]),
        "geometry-invalid",
    ),
    geometry(
        "a hole outside",
        drawn(
            lambda one: one["coordinates"].append(
                moved({"coordinates": one["coordinates"]}, lambda at: [at[0] + 0.1, at[1]])[
                    "coordinates"
                ][0][::-1]
            )
        ),
        "geometry-invalid",
    ),
    geometry(
        "a point twice", ring(lambda points: [points[0], points[0], *points[1:]]), "repeated-points"
    ),
    geometry("a spike", ring(spiked), "spike"),
    geometry("a tiny part, left from drawing", shaped(lambda value: beside(value, 2, 2)), "tiny"),
    geometry("a tiny hole", shaped(holed), "tiny"),
    geometry("a sliver, left from cutting", shaped(lambda value: beside(value, 0.5, 60)), "sliver"),
    geometry("more than 10,000 corners", shaped(fine), "many-vertices"),
    geometry("heights", positions(lambda at: [*at, 38.5]), "height-ignored", field=""),
    geometry("a fourth number", positions(lambda at: [*at, 38.5, 7.0]), "extra-numbers", field=""),
    geometry(
        "fifteen decimals",
        positions(lambda at: [at[0] + 1.3e-9, at[1] + 2.1e-9]),
        "excess-precision",
        field="",
    ),
    geometry("clockwise", ring(lambda points: points[::-1]), "ring-winding", field=""),
    geometry(
        "a geometry's bbox of another site",
        drawn(lambda one: one.update(bbox=[116.0, 35.0, 116.1, 35.1])),
        "bbox-wrong",
        field="",
    ),
    geometry(
        "a bbox of three numbers",
        drawn(lambda one: one.update(bbox=[116.0, 35.0, 116.1])),
        "geometry-bbox",
        field="",
    ),
    geometry(
        "the properties within the geometry",
        drawn(lambda one: one.update(properties={})),
        "foreign-member",
        field="",
    ),
    geometry(
        "a carrier in the middle of Africa: digits lost",
        put("geometry", {"type": "Point", "coordinates": [27, 0]}, "C-AQ-01", "carriers"),
        "too-far",
        file="carriers.geojson",
        feature="C-AQ-01",
    ),
    geometry(
        "another zone's site", positions(lambda at: [round(at[0] - 0.5, 7), at[1]]), "outside-zone"
    ),
    geometry(
        "a longitude of 16 degrees for 116",
        positions(lambda at: [round(at[0] - 100, 7), at[1]]),
        "outside-zone",
    ),
    geometry(
        "the decimal point one place to the left",
        positions(lambda at: [round(one / 10, 7) for one in at]),
        "outside-zone",
    ),
    geometry(
        "a longitude of 1166 degrees for 116",
        positions(lambda at: [round(at[0] * 10, 6), at[1]]),
        "not-degrees",
    ),
    geometry("latitude first", positions(turned), "swapped-axes"),
    geometry(
        "latitude first, in the whole layer",
        layer_moved("sites", turned),
        "swapped-axes",
        feature="AQ-001",
    ),
    geometry("metres", positions(in_metres()), "metres-not-degrees"),
    geometry(
        "metres, in the whole layer",
        layer_moved("sites", in_metres()),
        "metres-not-degrees",
        feature="AQ-001",
    ),
    geometry(
        "metres, the zone before the easting", positions(in_metres(39_000_000)), "zone-prefix"
    ),
    geometry(
        "metres, the northing first", positions(in_metres(northing_first=True)), "northing-first"
    ),
    geometry(
        "metres, northing first and zone, in the whole layer",
        layer_moved("carriers", in_metres(39_000_000, northing_first=True)),
        "northing-first",
        file="carriers.geojson",
        feature="C-AQ-01",
    ),
    geometry(
        "sites traced from Amap (GCJ-02)",
        layer_moved("sites", in_gcj02),
        "datum-shifted",
        feature="",
    ),
    geometry(
        "sites traced from Baidu (BD-09)",
        layer_moved("sites", in_bd09),
        "datum-shifted",
        feature="",
    ),
    geometry(
        "parks traced from Amap (GCJ-02)",
        layer_moved("parks", in_gcj02),
        "datum-shifted",
        file="parks.geojson",
        feature="",
    ),
    geometry(
        "zoning traced from Amap (GCJ-02)",
        layer_moved("zoning", in_gcj02),
        "datum-shifted",
        file="zoning.geojson",
        feature="",
    ),
    geometry(
        "carriers from Baidu's geocoder (BD-09)",
        layer_moved("carriers", in_bd09),
        "datum-shifted",
        file="carriers.geojson",
        feature="",
    ),
    geometry(
        "carriers from Amap's geocoder (GCJ-02), one from a survey",
        but_first("carriers", layer_moved("carriers", in_gcj02)),
        "datum-suspected",
        file="carriers.geojson",
        feature="",
    ),
    geometry(
        "an outline copied to a new record",
        again("sites", SITE, site_id="BH-910"),
        "duplicate-geometry",
        feature="BH-910",
    ),
    geometry(
        "a frame of another zone",
        layer_moved("zone_frame", lambda at: [round(at[0] + 1, 7), at[1]]),
        "frame-elsewhere",
        file="zone_frame.geojson",
        feature="370871",
    ),
]

TOPOLOGY = [
    topology(
        "a site drawn into its neighbour",
        into("sites", "AQ-001", "AQ-029", 6),
        "sites-overlap",
        "AQ-029",
    ),
    topology(
        "a sliver of a site in its neighbour",
        into("sites", "AQ-001", "AQ-029", 0.8),
        "overlap-sliver",
        "AQ-029",
    ),
    topology(
        "a block drawn into its neighbour",
        into("zoning", "Z-AQ-001", "Z-AQ-002", 8),
        "zoning-overlap",
        "Z-AQ-002",
        file="zoning.geojson",
    ),
    topology(
        "a sliver of a block in its neighbour",
        into("zoning", "Z-AQ-001", "Z-AQ-002", 0.6),
        "overlap-sliver",
        "Z-AQ-002",
        file="zoning.geojson",
    ),
    topology(
        "a gap between blocks",
        back_from("zoning", "Z-AQ-001", "Z-AQ-002", 8),
        "zoning-gap",
        "Z-AQ-001",
        file="zoning.geojson",
    ),
    topology(
        "a sliver between blocks",
        back_from("zoning", "Z-AQ-001", "Z-AQ-002", 0.6),
        "gap-sliver",
        "Z-AQ-001",
        file="zoning.geojson",
    ),
    topology(
        "a block deleted",
        lambda folder: remove(folder / "zoning.geojson", "Z-AQ-001"),
        "zoning-gap",
        "Z-AQ-005",
        file="zoning.geojson",
    ),
    topology(
        "a block in another park than it names",
        put("park_id", "gaoduan", "Z-AQ-001", "zoning"),
        "zoning-outside-park",
        "Z-AQ-001",
        file="zoning.geojson",
        field="park_id",
    ),
    topology(
        "a park drawn into its neighbour",
        into("parks", "kejijinrong", "liaohe", 15),
        "parks-overlap",
        "liaohe",
        file="parks.geojson",
    ),
    topology(
        "a park drawn back from its blocks",
        back_from("parks", "kejijinrong", "liaohe", 15, share=0.4),
        "zoning-outside-park",
        "Z-KJ-028",
        file="zoning.geojson",
        field="park_id",
    ),
    topology(
        "a park drawn out of the zone",
        beyond("parks", "shengwu", "zone_frame", "370871", 40),
        "park-outside-zone",
        "shengwu",
        file="parks.geojson",
    ),
    topology(
        "a site moved out of its park",
        towards("SW-014", "shengwu", 80),
        "site-outside-park",
        "SW-014",
        field="park_id",
    ),
    topology(
        "a site moved into the next park",
        towards("KJ-011", "kejijinrong", 60),
        "site-across-parks",
        "KJ-011",
        field="park_id",
    ),
    topology(
        "a site in another park than it names",
        put("park_id", "anquan"),
        "site-outside-park",
        SITE,
        field="park_id",
    ),
    topology(
        "a sliver of a block beyond its park",
        beyond("zoning", "Z-AQ-001", "parks", "anquan", 0.6),
        "outside-sliver",
        "Z-AQ-001",
        file="zoning.geojson",
    ),
    topology(
        "a carrier in another park than it names",
        put("park_id", "binhe", "C-AQ-01", "carriers"),
        "carrier-outside-park",
        "C-AQ-01",
        file="carriers.geojson",
        field="park_id",
    ),
    topology(
        "a carrier moved two kilometres",
        shaped(by(0, 2000), "C-AQ-01", "carriers"),
        "carrier-outside-park",
        "C-AQ-01",
        file="carriers.geojson",
        field="park_id",
    ),
    topology(
        "one corner dragged far away", ring(far_vertex), "site-outside-park", SITE, field="park_id"
    ),
]

MEANING = [
    meaning("a park that does not exist", put("park_id", "binghe"), "unknown-reference", "park_id"),
    meaning("a park by its name", put("park_id", "滨河科技园"), "unknown-reference", "park_id"),
    meaning(
        "a block that does not exist",
        put("zoning_id", "Z-BH-420"),
        "unknown-reference",
        "zoning_id",
    ),
    meaning(
        "a sector that does not exist",
        put("sectors", ["new_material"]),
        "unknown-reference",
        "sectors",
    ),
    meaning(
        "a site that does not exist",
        put("site_id", "BH-110", "P-04", "projects"),
        "unknown-reference",
        "site_id",
        file="projects.csv",
        feature="P-04",
    ),
    meaning(
        "a department that does not exist",
        put("department_id", "dept-steel"),
        "unknown-reference",
        "department_id",
    ),
    meaning(
        "a team that does not exist",
        put("team_id", "team-50", "K-01", "customers"),
        "unknown-reference",
        "team_id",
        file="customers.csv",
        feature="K-01",
    ),
    meaning(
        "a chain link that does not exist",
        put("link_id", "cm-control", "K-02", "customers"),
        "unknown-reference",
        "link_id",
        file="customers.csv",
        feature="K-02",
    ),
    meaning(
        "a next link that does not exist",
        put("feeds", "bm-formulation", "bm-api", "chains"),
        "unknown-reference",
        "feeds",
        file="chains.csv",
        feature="bm-api",
    ),
    meaning(
        "a customer that does not exist",
        put("customer_id", "K-999", "P-03", "projects"),
        "unknown-reference",
        "customer_id",
        file="projects.csv",
        feature="P-03",
    ),
    meaning(
        "a project that does not exist",
        put("project_id", "P-999", "P-01-1", "project_stages"),
        "unknown-reference",
        "project_id",
        file="project_stages.csv",
        feature="P-01-1",
    ),
    meaning(
        "a subdistrict that does not exist",
        put("subdistrict_id", "370871009", "binhe", "parks"),
        "unknown-reference",
        "subdistrict_id",
        file="parks.geojson",
        feature="binhe",
    ),
    meaning(
        "a carrier that does not exist",
        put("carrier_id", "C-AQ-99", "P-02", "projects"),
        "unknown-reference",
        "carrier_id",
        file="projects.csv",
        feature="P-02",
    ),
    meaning(
        "an id in another case than its reference",
        put("park_id", "BINHE"),
        "unknown-reference",
        "park_id",
    ),
    meaning(
        "an id renamed, its references not",
        put("sector_id", "Equipment", "equipment", "sectors"),
        "id-spelling",
        "sector_id",
        file="sectors.csv",
        feature="Equipment",
    ),
    meaning(
        "a department deleted",
        lambda folder: remove(folder / "departments.csv", "dept-opto-auto"),
        "unknown-reference",
        "department_id",
        feature="BS-001",
    ),
    meaning(
        "a sector deleted",
        lambda folder: remove(folder / "sectors.csv", "food_biomed"),
        "unknown-reference",
        "lead_sectors",
        file="parks.geojson",
        feature="shengwu",
    ),
    meaning(
        "a park deleted",
        lambda folder: remove(folder / "parks.geojson", "xinxi"),
        "unknown-reference",
        "park_id",
        file="zoning.geojson",
        feature="Z-XX-001",
    ),
    meaning(
        "signed, and no project", put("status", "signed"), "committed-without-project", "status"
    ),
    meaning(
        "a project taken off its site",
        put("site_id", "", "P-03", "projects"),
        "committed-without-project",
        "status",
        feature="GD-025",
    ),
    meaning(
        "available, and a project negotiates for it",
        put("status", "available", "AQ-025"),
        "available-with-active-project",
        "status",
        feature="AQ-025",
    ),
    meaning(
        "a project on a site on offer",
        put("site_id", SITE, "P-08", "projects"),
        "available-with-active-project",
        "status",
    ),
    meaning(
        "a stage before the one before it",
        put("entered", "2022-05-01", "P-01-3", "project_stages"),
        "stages-out-of-order",
        "entered",
        file="project_stages.csv",
        feature="P-01-3",
    ),
    meaning(
        "a project behind its own history",
        put("stage", "negotiating", "P-01", "projects"),
        "stage-behind-history",
        "stage",
        file="projects.csv",
        feature="P-01",
    ),
    meaning(
        "a sector against the zoning under it",
        put("sectors", ["food_biomed"]),
        "sector-against-zoning",
        "sectors",
    ),
    meaning(
        "a code of another scheme", put("land_use_scheme", "MNR 2023"), "not-in-domain", "land_use"
    ),
    meaning("a code that is in no scheme", put("land_use", "M9"), "not-in-domain", "land_use"),
    meaning(
        "a scheme misspelt",
        put("land_use_scheme", "GB50137-2011"),
        "not-in-domain",
        "land_use_scheme",
    ),
    meaning(
        "land for housing, and a factory's sector",
        put("land_use", "R2"),
        "land-use-against-sector",
        "land_use",
    ),
    meaning(
        "an industry code without the letter of its section",
        put("gbt4754", "C39;63;I64;I65", "information", "sectors"),
        "industry-code",
        "gbt4754",
        file="sectors.csv",
        feature="information",
    ),
    meaning(
        "a floor-area ratio beyond the indicator",
        put("far_max", 9.5),
        "far-outside-indicator",
        "far_max",
    ),
    meaning(
        "two parks that lead in the same sector",
        put("lead_sectors", ["food_biomed"], "huaneng", "parks"),
        "shared-lead-sector",
        "lead_sectors",
        file="parks.geojson",
        feature="huaneng",
    ),
    meaning(
        "a subdistrict park without its subdistrict",
        put("subdistrict_id", None, "binhe", "parks"),
        "park-without-subdistrict",
        "subdistrict_id",
        file="parks.geojson",
        feature="binhe",
    ),
]

PUBLICATION = [
    publication(
        "published without a contact",
        put("contact_phone", None),
        "published-without-contact",
        "contact_phone",
    ),
    publication(
        "a carrier published without a contact",
        put("contact_phone", None, "C-AQ-01", "carriers"),
        "published-without-contact",
        "contact_phone",
        file="carriers.geojson",
        feature="C-AQ-01",
    ),
    publication("published without a date", put("updated", None), "required-missing", "updated"),
    publication(
        "published without a price",
        put("start_price_wan_per_mu", None),
        "published-without-price",
        "start_price_wan_per_mu",
    ),
    publication(
        "space to let without a rent",
        put("rent_yuan_per_m2_month", None, "C-AQ-01", "carriers"),
        "published-without-price",
        "rent_yuan_per_m2_month",
        file="carriers.geojson",
        feature="C-AQ-01",
    ),
    publication("published without a status", put("status", None), "required-missing", "status"),
    publication(
        "a sketch that claims to be surveyed",
        put("geometry_source", "surveyed"),
        "surveyed-in-doubt",
        "geometry_source",
    ),
    publication(
        "a sketch of a park that claims to be cadastral",
        put("geometry_source", "cadastral", "binhe", "parks"),
        "surveyed-in-doubt",
        "geometry_source",
        file="parks.geojson",
        feature="binhe",
    ),
    publication(
        "online, without a map review number",
        raw("zone.toml", 'public_url = ""', 'public_url = "https://map.example.org/"'),
        "published-map-unreviewed",
        "map_review_no",
        file="zone.toml",
        feature="",
    ),
    publication(
        "a public address that is none",
        several(
            raw("zone.toml", 'public_url = ""', 'public_url = "map.example"'),
            raw("zone.toml", 'map_review_no = ""', 'map_review_no = "示例"'),
        ),
        "url-form",
        "public_url",
        file="zone.toml",
        feature="",
    ),
]

MISTAKES = [*TEXT, *FIELDS, *GEOMETRY, *TOPOLOGY, *MEANING, *PUBLICATION]


if __name__ == "__main__":
    with bench() as one:
        print(shown([one.judge(mistake) for mistake in MISTAKES]))
