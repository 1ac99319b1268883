"""The leadership's monthly report: what the questions answer, as a page, a workbook or on paper."""

from gxq_geo.documents.monthly_report.content import Briefing as Briefing
from gxq_geo.documents.monthly_report.content import compose as compose
from gxq_geo.documents.monthly_report.page import to_html as to_html
from gxq_geo.documents.monthly_report.pdf import to_pdf as to_pdf
from gxq_geo.documents.monthly_report.workbook import to_xlsx as to_xlsx

__all__ = ["Briefing", "compose", "to_html", "to_pdf", "to_xlsx"]
