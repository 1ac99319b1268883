"""Write layers as a workbook that planners edit in Excel or WPS, and that is read back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from gxq_geo import words
from gxq_geo.exchange.evidence.references import Names
from gxq_geo.exchange.sheets import ledger
from gxq_geo.exchange.sheets.grid import letters
from gxq_geo.exchange.sheets.ledger import Base, Column, LedgerLayer, Record
from gxq_geo.questions.workbook import Workbook
from gxq_geo.schemas import Field, LayerSchema, docs, schema
from gxq_geo.schemas.dtypes import raw_values
from gxq_geo.zone import Zone

# Rows below the records in which drop-downs and formats are ready for new records.
_SPARE_ROWS = 500
_NARROWEST, _WIDEST, _MEASURED = 6, 40, 200


def write(frames: Mapping[str, pd.DataFrame], zone: Zone, *, audience: str) -> bytes:
    """Return the bytes of a workbook with a sheet for each layer.

    A text longer than 32,767 characters is cut in its cell, and kept in the base sheet. Geometries
    stay in their layers.

    Parameters
    ----------
    frames
        The records of each layer, with the audience's fields; others are left out.
    zone
        The zone: names of the records that references mean, fingerprints of the files.
    audience
        ``public`` or ``internal``.
    """
    base = base_of(frames, zone, audience)
    book = _Ledger(Workbook(zone.data_date), base)
    for name in base.layers:
        book.add_layer(schema().layers[name])
    book.add_explanations()
    book.add_hidden_sheets()
    return book.out.to_bytes()


def base_of(frames: Mapping[str, pd.DataFrame], zone: Zone, audience: str) -> Base:
    """The records that a workbook is exported from, and the names that their references mean."""
    layers = {}
    for name, frame in frames.items():
        layer = schema().layers[name]
        fields = [f for f in layer.fields.values() if f.name in frame and _seen(f, audience)]
        values = {f.name: raw_values(frame[f.name], f) for f in fields}
        rows = zip(*values.values(), strict=True)
        records: list[Record] = [dict(zip(values, row, strict=True)) for row in rows]
        sheet = words.pick(layer.label, ledger.LANG)
        layers[name] = LedgerLayer(sheet, zone.layers[name].fingerprint, list(values), records)
    wanted = {
        schema().layers[name].fields[field].ref
        for name, layer_base in layers.items()
        for field in layer_base.fields
    }
    names = {ref: _names(zone, ref, audience) for ref in sorted(wanted - {""})}
    return Base(layers, names)


def _seen(field: Field, audience: str) -> bool:
    return audience == "internal" or field.audience == "public"


def _names(zone: Zone, layer: str, audience: str) -> Names:
    """The names of the records of a layer that an audience may see."""
    frame = zone.frame(layer)
    if audience != "internal":
        if schema().layers[layer].audience != "public":
            return Names({})
        frame = frame[frame["published"].to_numpy(dtype=bool, na_value=False)]
    return Names.of(frame, layer)


class _Ledger:
    """The workbook while it is written."""

    def __init__(self, out: Workbook, base: Base) -> None:
        self.out = out
        self.base = base
        self.lists: dict[tuple[str, ...], int] = {}
        text, day = out.format(num_format="@"), out.format(num_format="yyyy-mm-dd")
        self.number, self.text = out.format(), text
        self.named = out.format(num_format="@", font_color="#555555")
        self.formats = {"integer": out.format(num_format="0"), "number": self.number, "date": day}

    def add_layer(self, layer: LayerSchema) -> None:
        """Add the sheet of a layer."""
        own = self.base.layers[layer.name]
        sheet = self.out.sheet(own.sheet)
        columns = list(ledger.columns(layer, own.fields))
        for position, column in enumerate(columns):
            self.out.write(sheet, 0, position, column.heading, self.out.heading)
            self._add_column(sheet, position, column, own.records)
        sheet.freeze_panes(1, 2)
        sheet.autofilter(0, 0, max(len(own.records), 1), len(columns) - 1)

    def _add_column(
        self, sheet: Any, position: int, column: Column, records: Sequence[Record]
    ) -> None:
        names = self.base.names.get(column.field.ref)
        name = column.field.name
        cells = [ledger.cell(record[name], column, record, names) for record in records]
        look = self.named if column.is_name else self.formats.get(column.field.type, self.text)
        for row, value in enumerate(cells, start=1):
            if isinstance(value, str):
                sheet.write_string(row, position, value[: ledger.LONGEST], look)
            elif isinstance(value, date):
                sheet.write_datetime(row, position, value, look)
            elif value is not None:
                sheet.write_number(row, position, value, look)
        sheet.set_column(position, position, _width([column.heading, *cells[:_MEASURED]]), look)
        self._add_choices(sheet, position, column, len(records) + _SPARE_ROWS)

    def _add_choices(self, sheet: Any, position: int, column: Column, last: int) -> None:
        """Add the drop-down of a column with choices, or of the names of records."""
        if choices := tuple(dict.fromkeys(self._choices(column))):
            at = letters(self.lists.setdefault(choices, len(self.lists)))
            source = f"='{ledger.LISTS_SHEET}'!${at}$1:${at}${len(choices)}"
            # A name may also be that of a record which the list does not have yet.
            strict = "warning" if column.is_name else "stop"
            rule = {"validate": "list", "source": source, "error_type": strict}
            sheet.data_validation(1, position, last, position, rule)

    def _choices(self, column: Column) -> Iterator[str]:
        field = column.field
        if column.is_name and not field.is_list:
            yield from (names[0] for names in self.base.names[field.ref].by_id.values() if names)
        elif field.type == "boolean":
            yield from (words.text(f"page.{word}", ledger.LANG) for word in ("yes", "no"))
        elif field.type == "choice":
            deciding = field.domain_by.get("field", "")
            for scheme in list(field.domain_by)[1:] or [""]:
                record = {deciding: scheme}
                domain = schema().domain_of(field, record) or {}
                yield from (ledger.label(value, field, record) for value in domain)

    def add_explanations(self) -> None:
        """Add the sheet that explains each field."""
        lang = ledger.LANG
        sheet = self.out.sheet(words.text("exchange.workbook.fields", lang))
        head = [words.text("exchange.workbook.layer", lang), *docs.header(lang)]
        cells = [
            (own.sheet, *row)
            for name, own in self.base.layers.items()
            for row in docs.rows(schema().layers[name], lang)
            if row[0] in own.fields
        ]
        self.out.table(sheet, head, cells)

    def add_hidden_sheets(self) -> None:
        """Add the lists of the drop-downs, and the base."""
        lists, base = (self.out.sheet(name) for name in (ledger.LISTS_SHEET, ledger.BASE_SHEET))
        for choices, position in self.lists.items():
            for row, text in enumerate(choices):
                lists.write_string(row, position, text[: ledger.LONGEST])
        for row, chunk in enumerate(self.base.chunks()):
            base.write_string(row, 0, chunk)
        lists.very_hidden()
        base.very_hidden()


def _width(cells: Sequence[Any]) -> int:
    """The width of a column in characters; a Chinese character counts twice."""
    texts = [str(cell) for cell in cells if cell is not None]
    longest = max(sum(1 + (ord(c) > 0x2E7F) for c in text) for text in texts)
    return min(max(longest + 2, _NARROWEST), _WIDEST)
