"""A zone on paper: site sheets and wall maps, as PDF."""

from gxq_geo.paper.atlas import atlas as atlas
from gxq_geo.paper.poster import PAPERS as PAPERS
from gxq_geo.paper.poster import wall_map as wall_map
from gxq_geo.paper.press import print_pdf as print_pdf
from gxq_geo.paper.sheet import Sheets as Sheets
from gxq_geo.paper.sheet import site_sheets as site_sheets

__all__ = ["PAPERS", "Sheets", "atlas", "print_pdf", "site_sheets", "wall_map"]
