"""A zone as one HTML page: a folium map, the data beside it, and nothing else needed."""

from gxq_geo.investment_map.basemaps import BaseMap as BaseMap
from gxq_geo.investment_map.differences import changes_page as changes_page
from gxq_geo.investment_map.issues import drawable as drawable
from gxq_geo.investment_map.issues import issues_data as issues_data
from gxq_geo.investment_map.issues import issues_page as issues_page
from gxq_geo.investment_map.map import InvestmentMap as InvestmentMap

__all__ = ["BaseMap", "InvestmentMap", "changes_page", "drawable", "issues_data", "issues_page"]
