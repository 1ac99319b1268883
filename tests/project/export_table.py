"""The table of export formats in the README, from the writers' own declarations.

``python -m tests.project.export_table`` updates it; `test_export_table` compares it.
"""

import re
from importlib import import_module
from pathlib import Path

from gxq_geo import words
from gxq_geo.exchange.export import FORMATS

README = Path(__file__).parents[2] / "README.md"
BEGIN, END = "<!-- formats: made from the code -->\n", "<!-- /formats -->\n"
# The module of the writer of each format; the others hold every field and geometry.
WRITERS = {
    ".geojson": "geojson",
    ".shp": "shapefile",
    ".kml": "kml",
    ".dxf": "dxf",
    ".txt": "boundary_text",
    ".csv": "table",
    ".fgb": "flatgeobuf",
    ".parquet": "parquet",
}
OTHER = {".xlsx": ("export.loss.geometry",), ".gpkg": ()}
_PLACEHOLDER = re.compile(r"\{(\w+)(?::[^{}|]*\|([^{}|]*))?\}")


def cannot_carry(suffix: str) -> tuple[str, ...]:
    """The kinds of losses of an export to a format."""
    if suffix in OTHER:
        return OTHER[suffix]
    kinds: tuple[str, ...] = import_module(
        f"gxq_geo.exchange.writers.{WRITERS[suffix]}"
    ).CANNOT_CARRY
    return kinds


def general(kind: str, lang: str) -> str:
    """The message of a loss without its figures."""
    text = words.text(f"exchange.{kind}", lang)
    return _PLACEHOLDER.sub(lambda found: found[2] or "…", text).rstrip("。.")


def table() -> str:
    """The table as Markdown."""
    lines = ["| 格式 format | 放不下的 what it cannot hold |", "|---|---|"]
    for suffix in [*WRITERS, *OTHER]:
        names = [
            words.text(f"exchange.format.{FORMATS[suffix].name}", lang) for lang in ("zh", "en")
        ]
        label = " / ".join(dict.fromkeys(names))
        said = [f"{general(k, 'zh')} *{general(k, 'en')}*" for k in cannot_carry(suffix)]
        lines.append(f"| `{suffix}` {label} | {'；'.join(said) or '–'} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The README with the table as it should be."""
    before, _, rest = README.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    README.write_text(page(), "utf-8")
