"""The rooms of the package, read from its code, and drawn for CONTRIBUTING.

``python -m tests.project.house`` writes the picture anew; `test_house` compares it.
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

# The path of the data, as functions in the order in which ``gxq map`` calls them: a test runs it.
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
    """The rooms from the top down, side by side where none imports the other: the contract."""
    contracts = settings()["importlinter"]["contracts"]
    rows = next(one["layers"] for one in contracts if one["name"].startswith("The rooms"))
    return [row.split(" | ") for row in rows if row != "__main__"]


def settings() -> Mapping[str, Any]:
    """The ``[tool]`` tables of ``pyproject.toml``."""
    tools: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    return tools


def sentence(room: str) -> str:
    """What a room is for: the first line of its docstring."""
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
    """The libraries that only this room may import, by the contracts of ``pyproject.toml``."""
    contracts = settings()["importlinter"]["contracts"]
    doors = (contract for contract in contracts if contract["type"] == "forbidden")
    allowed = (one.split(" -> ") for door in doors for one in door["ignore_imports"])
    return list(dict.fromkeys(lib for module, lib in allowed if module.split(".")[1] == room))


def _modules(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom) and node.module == "gxq_geo":
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gxq_geo."):
        yield (node.module or "").split(".")[1]


# ------------------------------------------------------------------ the picture


def picture() -> str:
    """The block of CONTRIBUTING: the floors, what each room is for, the path of the data."""
    return "\n".join(["```", *_boxes(), "```", "", *_table(), "", "```", *_path(), "```", ""])


def _boxes() -> list[str]:
    rows = floors()
    lines = [_edge([], _walls(rows[0]))]
    for row, below in pairwise([*rows, []]):
        cells = (f" {room}".ljust(width) for room, width in zip(row, _widths(row), strict=True))
        lines += [f"│{'│'.join(cells)}│", _edge(_walls(row), _walls(below) if below else [])]
    return lines


def _widths(row: Sequence[str]) -> list[int]:
    """The inner widths of the rooms of one floor; together with their walls they are `WIDTH`."""
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
    """The picture as CONTRIBUTING has it."""
    return text.partition(BEGIN)[2].partition(END)[0]


def main() -> None:
    """Write the picture into CONTRIBUTING."""
    text = PAGE.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}{picture()}{END}{rest.partition(END)[2]}", "utf-8")


if __name__ == "__main__":
    main()
