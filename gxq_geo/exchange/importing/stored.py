"""A layer file that a merge changes: its raw content, and its records as typed values.

The raw content is edited, so that what the schema does not know stays in the file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gxq_geo.exchange.importing.merge import GEOMETRY, Merge, Record, Records
from gxq_geo.exchange.source import Geometries
from gxq_geo.formats import files, geojson_columns, geopackage
from gxq_geo.formats.geojson import Document, to_feature
from gxq_geo.schemas import LayerSchema, schema
from gxq_geo.schemas.dtypes import column, raw_values, to_text
from gxq_geo.words.errors import FileError
from gxq_geo.zone import layer, layer_files
from gxq_geo.zone.layer import GEOMETRY_SUFFIXES, TABLE_SUFFIXES, Parsed


@dataclass(frozen=True)
class Stored:
    """A layer file, as it is or with edits.

    Parameters
    ----------
    path
        The file; it need not exist.
    schema
        The schema of the layer.
    before
        The bytes of the file; None if it does not exist.
    parsed
        The raw content, edits included; None for a new file.
    records
        The typed records, edits included; geometries are in EPSG:4326.
    is_edited
        Whether there are edits.
    """

    path: Path
    schema: LayerSchema
    before: bytes | None = field(repr=False)
    parsed: Parsed | None = field(repr=False)
    records: Records = field(repr=False)
    is_edited: bool = False

    @classmethod
    def open(cls, folder: Path, layer_schema: LayerSchema) -> "Stored":
        """Open the file of a layer in a zone's folder.

        Raises
        ------
        GxqError
            If two files claim the layer, or the file has structural errors.
        """
        paths = [path for path, known in layer_files(folder).items() if known == layer_schema]
        if len(paths) > 1:
            raise FileError("layer-twice", path=paths[0], other=paths[1].name)
        if not paths:
            suffixes = TABLE_SUFFIXES if layer_schema.is_table else GEOMETRY_SUFFIXES
            path = folder / f"{layer_schema.name}{suffixes[0]}"
            return cls(path, layer_schema, None, None, Records(()))
        before, parsed = layer.read_raw(paths[0], layer_schema)
        if isinstance(parsed, Document):
            parsed = replace(parsed, features=list(parsed.features))
        shapes = None if layer_schema.is_table else parsed.geometries
        return cls(
            paths[0], layer_schema, before, parsed, Records(_typed(parsed, layer_schema), shapes)
        )

    def edited(self, merge: Merge) -> "Stored":
        """Return the layer with the edits of a merge."""
        if merge.is_empty:
            return self
        values = [dict(record) for record in self.records.rows]
        shapes = None if self.records.shapes is None else list(self.records.shapes)
        for row, edit in merge.edits.items():
            values[row] |= _without_geometry(edit)
            if shapes is not None and GEOMETRY in edit:
                shapes[row] = edit[GEOMETRY]
        removed = set(merge.removed)
        kept = [row for row in range(len(values)) if row not in removed]
        added = list(merge.added.values())
        records = [*(values[row] for row in kept), *map(_without_geometry, added)]
        if not self.schema.is_table:
            new = [record.get(GEOMETRY) for record in added]
            shapes = [*([] if shapes is None else [shapes[row] for row in kept]), *new]
        return replace(
            self,
            is_edited=True,
            parsed=None if self.parsed is None else self._edited_raw(self.parsed, merge, kept),
            records=Records(records, None if shapes is None else _array(shapes)),
        )

    def _edited_raw(self, parsed: Parsed, merge: Merge, kept: Iterable[int]) -> Parsed:
        if isinstance(parsed, Document):
            features = list(parsed.features)
            for row, edit in merge.edits.items():
                features[row] = _edited_feature(features[row], edit)
            new = [to_feature(_without_geometry(r), r.get(GEOMETRY)) for r in merge.added.values()]
            return replace(parsed, features=[*(features[row] for row in kept), *new])
        if isinstance(parsed, geopackage.Package):
            return parsed  # It is changed in place, from the records.
        rows = [dict(record) for record in parsed.records]
        for row, edit in merge.edits.items():
            rows[row] |= {name: to_text(value) for name, value in edit.items()}
        texts = [{n: to_text(v) for n, v in record.items()} for record in merge.added.values()]
        return replace(parsed, records=[*(rows[row] for row in kept), *texts])

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file with the edits, in canonical form."""
        if isinstance(self.parsed, geopackage.Package):
            return self._package(self.parsed)
        if self.parsed is not None:
            return layer.canonical(self.parsed, self.path, self.schema)
        rows, known = self.records.rows, schema()
        if self.schema.is_table:
            typed = {
                name: column([record.get(name) for record in rows], spec, known)[0]
                for name, spec in self.schema.fields.items()
            }
            return layer.to_bytes(pd.DataFrame(typed), self.schema)
        columns = {name: [record.get(name) for record in rows] for name in self.schema.fields}
        return geojson_columns.collection_bytes(columns, self._shapes, self.schema.id)

    @property
    def _shapes(self) -> Geometries:
        """A geometry or None for each record."""
        records = self.records
        return _array([None] * len(records.rows)) if records.shapes is None else records.shapes

    def _package(self, package: geopackage.Package) -> bytes:
        """Return the bytes of a GeoPackage with the edits; its styles and other tables stay."""
        ids = [record.get(self.schema.id) for record in self.records.rows]
        if None in ids or len(set(ids)) < len(ids):
            raise FileError("gpkg-ids", path=self.path, field=self.schema.id)
        columns = {
            name: [record.get(name) for record in self.records.rows] for name in self.schema.fields
        }
        return geopackage.updated(
            package, self.schema, self.path, columns=columns, shapes=self._shapes
        )

    def write(self) -> files.Write:
        """Return the write that replaces the file, unless it has changed since it was read.

        Raises
        ------
        FileError
            If another program has the file open, or it cannot be changed.
        """
        if self.path.suffix.lower() == ".gpkg":
            geopackage.refuse_if_open(self.path)
        expected = None if self.before is None else files.fingerprint(self.before)
        return files.Write(self.path, self.data, expected)


def _typed(parsed: Parsed, layer_schema: LayerSchema) -> list[Record]:
    """Return the records with typed values; a value that does not fit its field is missing."""
    raw, known = parsed.by_field, schema()
    columns = {
        name: raw_values(column(raw[name], spec, known)[0], spec)
        for name, spec in layer_schema.fields.items()
        if name in raw
    }
    rows = zip(*columns.values(), strict=True) if columns else [()] * parsed.count
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _edited_feature(feature: Mapping[str, Any], edit: Record) -> dict[str, Any]:
    properties = {**(feature.get("properties") or {}), **_without_geometry(edit)}
    geometry = feature["geometry"]
    if GEOMETRY in edit:
        geometry = to_feature({}, edit[GEOMETRY])["geometry"]
    return {**feature, "properties": properties, "geometry": geometry}


def _without_geometry(record: Record) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != GEOMETRY}


def _array(shapes: Sequence[Any]) -> Geometries:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array
