"""Mapping files: what was decided about a foreign table, and why, for the next file like it.

A mapping file is TOML beside the layers, ``<name>.import.toml``. It holds for every table that has
the same columns, whatever its file is called.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gxq_geo import words
from gxq_geo.exchange.importing.incoming import Incoming, Statements
from gxq_geo.exchange.source import SourceTable
from gxq_geo.formats import files
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError

SUFFIX = ".import.toml"
_MAX_BYTES = 1 << 20
_KEYS = {"headings", "columns", "set", "layer", "crs", "params"}


@dataclass(frozen=True, slots=True)
class TableMapping:
    """What is decided about the tables with some columns.

    Parameters
    ----------
    headings
        The columns of such a table.
    layer, crs, params, columns, constants
        As for `gxq_geo.exchange.importing.incoming.Statements`.
    path
        The mapping file.
    """

    headings: frozenset[str]
    layer: str = ""
    crs: str = ""
    params: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    path: Path = Path()

    def fits(self, table: SourceTable) -> bool:
        """Whether a table has the columns of this mapping."""
        return self.headings == frozenset(table.columns)


def read_all(folder: Path) -> tuple[TableMapping, ...]:
    """Read the mapping files of a zone's folder.

    Raises
    ------
    FileError
        If one of them is not valid.
    """
    paths = sorted(path for path in folder.iterdir() if path.name.endswith(SUFFIX))
    return tuple(one for path in paths for one in read(path))


def read(path: Path) -> tuple[TableMapping, ...]:
    """Read a mapping file.

    Raises
    ------
    FileError
        If it cannot be read, or is not valid.
    """
    try:
        raw = tomllib.loads(files.read_bytes(path, limit=_MAX_BYTES).decode("utf-8-sig"))
        return tuple(_mapping(entry, path) for entry in raw["tables"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise FileError("bad-mapping", path=path, reason=str(error)) from None


def _mapping(entry: Mapping[str, Any], path: Path) -> TableMapping:
    if unknown := sorted(entry.keys() - _KEYS):
        raise ValueError(", ".join(unknown))
    texts = {name: str(entry.get(name, "")) for name in ("layer", "crs", "params")}
    if texts["layer"] and texts["layer"] not in schema().layers:
        raise ValueError(texts["layer"])
    columns, constants = (
        {str(name): str(value) for name, value in entry.get(key, {}).items()}
        for key in ("columns", "set")
    )
    headings = frozenset(map(str, entry["headings"]))
    return TableMapping(headings, **texts, columns=columns, constants=constants, path=path)


def with_mapping(
    stated: Statements, table: SourceTable, mappings: Sequence[TableMapping]
) -> tuple[Statements, TableMapping | None]:
    """Return the statements that hold for a table, and the mapping that adds to them.

    What the user states now goes before what the mapping says.
    """
    found = next((one for one in mappings if one.fits(table)), None)
    if found is None:
        return stated, None
    adding = replace(
        stated,
        layer=stated.layer or found.layer,
        crs=stated.crs or found.crs,
        params=stated.params or found.params,
        columns={**found.columns, **stated.columns},
        constants={**found.constants, **stated.constants},
    )
    return adding, found


def to_bytes(tables: Iterable[Incoming]) -> bytes:
    """Return a mapping file of what was decided about some tables."""
    lines = [words.text("exchange.mapping.head", "zh"), words.text("exchange.mapping.head", "en")]
    out = [f"# {line}\n" for line in lines]
    out += (_entry(incoming) for incoming in tables if incoming.layer is not None)
    return "".join(out).encode()


def _entry(incoming: Incoming) -> str:
    layer, decision = incoming.layer, incoming.decision
    lines = ["", "[[tables]]"]
    lines.append(f"headings = {to_toml(list(incoming.table.columns))}")
    lines.append(f"layer = {to_toml(layer.name if layer else '')}")
    if decision is not None and decision.candidate is not None:
        # A declared CRS is read from each file anew.
        why = words.text(f"exchange.crs.{decision.why}", "zh", **_crs_params(incoming))
        if decision.why in ("stated", "placed"):
            lines.append(f"crs = {to_toml(decision.candidate.label)}  # {why}")
    if incoming.stated.params:
        lines.append(f"params = {to_toml(incoming.stated.params)}")
    lines += ["", "[tables.columns]"]
    for name, target in incoming.assignment.fields.items():
        lines.append(f"{to_toml(name)} = {to_toml(target.field)}")
    lines += [f'{to_toml(name)} = ""' for name in incoming.assignment.unknown]
    if incoming.stated.constants:
        lines += ["", "[tables.set]"]
        lines += [f"{n} = {to_toml(value)}" for n, value in incoming.stated.constants.items()]
    return "\n".join(lines) + "\n"


def _crs_params(incoming: Incoming) -> dict[str, str]:
    decision = incoming.decision
    label = decision.candidate.label if decision and decision.candidate else ""
    declared = decision.declared if decision else ""
    return {"crs": label, "declared": declared, "candidates": "", "first": ""}


def to_toml(value: str | list[str]) -> str:
    """Return a value in TOML: its basic strings are those of JSON, but for the delete character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
