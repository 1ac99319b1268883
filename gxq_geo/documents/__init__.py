"""A zone on paper: site sheets and wall maps, as PDF."""

from gxq_geo.documents.drawing.atlas import atlas as atlas
from gxq_geo.documents.poster import PAPERS as PAPERS
from gxq_geo.documents.poster import wall_map as wall_map
from gxq_geo.documents.press import print_pdf as print_pdf
from gxq_geo.documents.sheet import Sheets as Sheets
from gxq_geo.documents.sheet import site_sheets as site_sheets

__all__ = ["PAPERS", "Sheets", "atlas", "print_pdf", "site_sheets", "wall_map"]
