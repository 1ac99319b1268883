"""Draw the subpackages (rooms) and their imports for CONTRIBUTING, from the code.

``python -m tests.project.house`` updates the drawing; `test_house` compares it with the code.
"""

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "gxq_geo"
PAGE = ROOT / "CONTRIBUTING.md"
BEGIN, END = "<!-- house: made from the code -->\n", "<!-- /house -->\n"
WIDTH = 76

# The functions that process the data, in the order in which ``gxq map`` calls them (tested).
PATH = (
    ("formats.files", "read_bytes", "bytes of one file"),
    ("formats.geojson", "read", "raw values, geometries, places of faults"),
    ("schemas.dtypes", "column", "typed columns"),
    ("zone.layer", "read", "a layer: one frame, with its issues"),
    ("zone.zone", "open_zone", "the zone: all layers"),
    ("checks.run", "check", "a report: every rule over every layer"),
    ("zone.publication", "public_layers", "public records, public fields"),
    ("investment_map.payload.encoder", "encode", "the page's data as one block of bytes"),
    ("investment_map.page", "build_page", "one HTML text"),
    ("formats.files", "write_bytes", "one HTML file, whole or not at all"),
)


def floors() -> list[list[str]]:
    """The rooms by layer of the import-linter contract, top first; one layer is one row."""
    contracts = settings()["importlinter"]["contracts"]
    rows = next(one["layers"] for one in contracts if one["name"].startswith("The rooms"))
    return [row.split(" | ") for row in rows if row != "__main__"]


def settings() -> Mapping[str, Any]:
    """The ``[tool]`` tables of ``pyproject.toml``."""
    tools: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    return tools


def sentence(room: str) -> str:
    """The purpose of a room: the first line of its docstring."""
    tree = ast.parse((PACKAGE / room / "__init__.py").read_text("utf-8"))
    return (ast.get_docstring(tree) or "").partition("\n")[0]


def imports(room: str) -> list[str]:
    """The other rooms that a room imports."""
    named: set[str] = set()
    for path in (PACKAGE / room).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named |= set(_modules(node))
    known = [one for row in floors() for one in row]
    return [one for one in known if one != room and one in named]


def doors(room: str) -> list[str]:
    """The libraries that only this room may import, from the contracts of ``pyproject.toml``."""
    contracts = settings()["importlinter"]["contracts"]
    doors = (contract for contract in contracts if contract["type"] == "forbidden")
    allowed = (one.split(" -> ") for door in doors for one in door["ignore_imports"])
    return list(dict.fromkeys(lib for module, lib in allowed if module.split(".")[1] == room))


def _modules(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.module == "gxq_geo":
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gxq_geo."):
        yield (node.module or "").split(".")[1]


# ------------------------------------------------------------------ the drawing


def picture() -> str:
    """The generated block: the layers of rooms, the purpose of each, the data flow."""
    return "\n".join(["```", *_boxes(), "```", "", *_table(), "", "```", *_path(), "```", ""])


def _boxes() -> list[str]:
    rows = floors()
    lines = [_edge([], _walls(rows[0]))]
    for row, below in pairwise([*rows, []]):
        cells = (f" {room}".ljust(width) for room, width in zip(row, _widths(row), strict=True))
        lines += [f"│{'│'.join(cells)}│", _edge(_walls(row), _walls(below) if below else [])]
    return lines


def _widths(row: Sequence[str]) -> list[int]:
    """The inner widths of the boxes of one row; with their borders they add up to `WIDTH`."""
    inner = WIDTH - len(row) - 1
    widths = [inner // len(row)] * len(row)
    widths[-1] += inner - sum(widths)
    return widths


def _walls(row: Sequence[str]) -> list[int]:
    walls = [0]
    for width in _widths(row):
        walls.append(walls[-1] + width + 1)
    return walls


def _edge(above: Sequence[int], below: Sequence[int]) -> str:
    corners = {(False, True): "┬", (True, False): "┴", (True, True): "┼", (False, False): "─"}
    line = [corners[at in above, at in below] for at in range(WIDTH)]
    line[0] = {(True, True): "├", (True, False): "└"}.get((bool(above), bool(below)), "┌")
    line[-1] = {(True, True): "┤", (True, False): "┘"}.get((bool(above), bool(below)), "┐")
    return "".join(line)


def _table() -> Iterator[str]:
    yield "| room | what it is for | imports | its libraries |"
    yield "|---|---|---|---|"
    for room in (one for row in floors() for one in row):
        cells = [f"`{room}/`", sentence(room), ", ".join(imports(room)), ", ".join(doors(room))]
        yield f"| {' | '.join(cells)} |"


def _path() -> Iterator[str]:
    yield "layers/*.geojson, *.csv, *.gpkg, zone.toml"
    for module, function, made in PATH:
        yield f"  -> {module}.{function}".ljust(44) + f" {made}"


def block(text: str) -> str:
    """The generated block in the text of CONTRIBUTING."""
    return text.partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Update the generated block of CONTRIBUTING."""
    text = PAGE.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}{picture()}{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
