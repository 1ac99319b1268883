"""The report as a GeoJSON layer of points, to be opened in QGIS above the zone's layers."""

from gxq_geo.checks.forms.data import encodable, issue_data, safe_in_logs
from gxq_geo.checks.forms.findings import Findings
from gxq_geo.formats import geojson


def to_geojson(found: Findings) -> str:
    """Return a feature for each issue; its geometry is null where the issue has no place."""
    features = []
    for number, issue in enumerate(found.report, 1):
        data = issue_data(issue, found)
        place = data.pop("place")
        geometry = {"type": "Point", "coordinates": place} if place else None
        properties = {"issue_id": number, **data}
        features.append({"type": "Feature", "properties": properties, "geometry": geometry})
    return safe_in_logs(geojson.collection_bytes(encodable(features)).decode())
