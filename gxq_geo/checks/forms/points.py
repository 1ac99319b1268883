"""The report as GeoJSON: each issue a point, to open over the layers in QGIS."""

from gxq_geo.checks.forms.data import issue_data
from gxq_geo.checks.forms.findings import Findings
from gxq_geo.formats import geojson


def to_geojson(found: Findings) -> str:
    """A feature for each issue, its geometry null where it has no place."""
    features = []
    for number, issue in enumerate(found.report, 1):
        said = issue_data(issue, found)
        place = said.pop("place")
        geometry = {"type": "Point", "coordinates": place} if place else None
        properties = {"issue_id": number, **said}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return geojson.collection_bytes(features).decode()
