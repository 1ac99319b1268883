"""A zone on paper: site sheets, wall maps, the monthly report."""

from gxq_geo.documents.drawing.layers import map_layers as map_layers
from gxq_geo.documents.poster import PAPERS as PAPERS
from gxq_geo.documents.poster import wall_map as wall_map
from gxq_geo.documents.sheet import Sheets as Sheets
from gxq_geo.documents.sheet import site_sheets as site_sheets
from gxq_geo.documents.typst_pdf import print_pdf as print_pdf

__all__ = ["PAPERS", "Sheets", "map_layers", "print_pdf", "site_sheets", "wall_map"]
