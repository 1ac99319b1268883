"""The monthly report for the leadership, from `gxq_geo.questions`, as HTML, workbook or PDF."""

from gxq_geo.documents.monthly_report.content import MonthlyReport as MonthlyReport
from gxq_geo.documents.monthly_report.content import compose as compose
from gxq_geo.documents.monthly_report.page import to_html as to_html
from gxq_geo.documents.monthly_report.pdf import to_pdf as to_pdf
from gxq_geo.documents.monthly_report.workbook import to_xlsx as to_xlsx

__all__ = ["MonthlyReport", "compose", "to_html", "to_pdf", "to_xlsx"]
