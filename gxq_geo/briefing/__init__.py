"""The leadership's monthly report: what the questions answer, as a page, a workbook or on paper."""

from gxq_geo.briefing.book import to_xlsx as to_xlsx
from gxq_geo.briefing.content import Briefing as Briefing
from gxq_geo.briefing.content import compose as compose
from gxq_geo.briefing.page import to_html as to_html
from gxq_geo.briefing.sheets import to_pdf as to_pdf

__all__ = ["Briefing", "compose", "to_html", "to_pdf", "to_xlsx"]
