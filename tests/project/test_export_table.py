"""The README says of each export format what it cannot hold, as its writer declares."""

from gxq_geo.exchange.export import FORMATS
from tests.project import export_table


def test_the_readme_shows_what_the_writers_declare() -> None:
    assert export_table.page() == export_table.README.read_text("utf-8")


def test_every_format_is_in_the_table() -> None:
    assert {*export_table.WRITERS, *export_table.OTHER, ".zip"} == set(FORMATS)
