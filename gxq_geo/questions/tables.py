"""Answers as tables in one language: as text, JSON, CSV or an Excel workbook.

The JSON is for programs: columns and values are named as in the layers. ::

    {
      "schema_version": 1,      raised when a key is removed or changes its meaning
      "tool": {"name", "version"},
      "lang": "zh",             language of titles and labels
      "question": "sites",
      "date": "2026-11-23",     date of the data, or null
      "on": null,               date up to which days are counted, if it was given
      "demo": {"sites": [158, 158]},      demonstration records and all records, by layer
      "tables": {"by_park": {"title", "columns": [{"name", "label"}], "rows": [{...}]}}
    }

CSV and Excel are for people: labels have units, values are translated, unknown values are empty
cells. A text that a spreadsheet would evaluate as a formula stays a text: in CSV it begins with an
apostrophe, in a workbook its cell is of type text.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from gxq_geo import words
from gxq_geo.formats.csv_table import BOM
from gxq_geo.matching.candidates import VERDICTS
from gxq_geo.matching.ranking import MATCH_LAYERS, changes
from gxq_geo.matching.requirement import Criterion, criteria
from gxq_geo.questions.answers import Answer
from gxq_geo.questions.workbook import Workbook
from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.display import ValueFormatter, known, plain
from gxq_geo.words.version import TOOL, version
from gxq_geo.zone import Zone

SCHEMA_VERSION = 1

# Columns that hold the same values as a field of another name.
SAME_AS = {
    "other_park_id": "park_id",
    "common_sectors": "sectors",
    "suppliers": "link_id",
    "buyers": "link_id",
}
# Columns whose values are translated under a key of their own in the words.
TEXT_KEYS = {
    "verdict": "answer.verdict",
    "state": "answer.state",
    "indicator": "answer.indicator",
    "reasons": "answer.reason",
    "against": "answer.match",
}
# Domains whose values are columns, by question.
DOMAIN_COLUMNS = {
    "projects": ("project_stage", "leader_role"),
    "parks": ("project_stage",),
    "customers": ("customer_status",),
    "chains": (),
}
# Columns of numbers that are not quantities: they have no thousands separators.
_UNGROUPED = ("year",)
# Ids that are shown with the name of their record, and ids that are shown alone; the others are
# replaced by the name.
_WITH_NAME = ("project_id", "customer_id")
_OWN_ID = ("site_id", "carrier_id", "group_id", "largest_site", "site_ids")

# A text that a spreadsheet would evaluate: one that begins with these, unless it is a negative
# number. A plus sign does not make a number: +8613800000000 is a phone.
_FORMULA = re.compile(
    rf"(?!-[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?\Z)[\s{words.INVISIBLE}]*[=+\-@＝＋－＠﹦﹢﹣﹫]|[\t\r\n]"
)


@dataclass(frozen=True)
class Sheet:
    """A table in one language.

    Parameters
    ----------
    name, title
        The name of the table in its answer, and its title.
    frame
        The table of the answer.
    labels
        The heading of each column of `cells`, with its unit.
    cells
        Rows of texts, numbers and dates; None where a value is unknown.
    ungrouped
        Positions of the columns whose numbers, such as years, have no thousands separators.
    """

    name: str
    title: str
    frame: pd.DataFrame
    labels: tuple[str, ...]
    cells: tuple[tuple[Any, ...], ...]
    ungrouped: frozenset[int] = frozenset()

    def texts(self, rows: int | None = None) -> list[tuple[str, ...]]:
        """Return the first rows, or all, as texts; decimal points are aligned in each column."""
        columns = (
            aligned_texts(column, ungrouped=position in self.ungrouped)
            for position, column in enumerate(zip(*self.cells[:rows], strict=True))
        )
        return list(zip(*columns, strict=True))


def sheets(answer: Answer, zone: Zone, lang: str, names: Iterable[str] = ()) -> list[Sheet]:
    """Return the tables of an answer in a language: all of them, or those named."""
    fmt = ValueFormatter({name: layer.frame for name, layer in zone.layers.items()}, lang)
    return [_sheet(answer, name, zone, fmt) for name in list(names) or list(answer.tables)]


def in_words(zone: Zone, answer: Answer, lang: str = "zh") -> dict[str, pd.DataFrame]:
    """Return the tables of an answer for display; ``zone.in_words`` is this function.

    Parameters
    ----------
    zone
        The zone that gave the answer.
    answer
        What ``zone.ask`` returns.
    lang
        The language.

    Returns
    -------
    dict of pandas.DataFrame
        By name: headings have units, and names replace ids. For calculations, use the tables of
        the answer itself.
    """
    return {
        sheet.name: pd.DataFrame(list(sheet.cells), columns=list(sheet.labels))
        for sheet in sheets(answer, zone, lang)
    }


def _sheet(answer: Answer, name: str, zone: Zone, fmt: ValueFormatter) -> Sheet:
    frame = answer.tables[name]
    title = words.text(f"answer.{answer.name}.{name}", fmt.lang)
    if answer.name == "match" and name in MATCH_LAYERS:
        labels, cells = _matched(frame, zone, fmt)
        return Sheet(name, title, frame, labels, cells)
    formatter = _CellFormatter(answer.name, zone, fmt)
    columns = [
        [formatter.cell(str(column), value) for value in frame[column]] for column in frame.columns
    ]
    labels = tuple(formatter.label(str(column)) for column in frame.columns)
    ungrouped = frozenset(i for i, column in enumerate(frame.columns) if column in _UNGROUPED)
    return Sheet(name, title, frame, labels, tuple(zip(*columns, strict=True)), ungrouped)


@dataclass(frozen=True)
class _CellFormatter:
    """Formats the labels and cells of the tables of one question."""

    question: str
    zone: Zone
    fmt: ValueFormatter

    def label(self, name: str) -> str:
        """Return the heading of a column, with its unit."""
        lang = self.fmt.lang
        for domain in DOMAIN_COLUMNS.get(self.question, ()):
            if name in schema().domains[domain]:
                return self.fmt.choice(domain, name)
        if self.question == "match" and name in VERDICTS:
            return words.text(f"answer.verdict.{name}", lang)
        own = words.table("answer.column", lang)
        if name in own:
            return own[name]
        field = self._field(name)
        if field is None:
            return name
        if not field.ref and name not in _OWN_ID:
            field = _reference_field(field.name) or field
        label, unit = self.fmt.label(field), self.fmt.unit(field.unit)
        return words.text("answer.with_unit", lang, label=label, unit=unit) if unit else label

    def cell(self, name: str, value: Any) -> Any:
        """Return a value of a column as a text, number or date; None where it is unknown."""
        if isinstance(value, tuple | list):
            join = words.text("page.list_join", self.fmt.lang)
            return join.join(str(self.cell(name, item)) for item in value) or None
        if not known(value):
            return None
        if isinstance(value, pd.Timestamp):
            return value.date()
        if isinstance(value, date):
            return value
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, bool):
            return words.text("page.yes" if value else "page.no", self.fmt.lang)
        return value if isinstance(value, int | float) else self._text(name, str(value))

    def _text(self, name: str, value: str) -> str:
        """Return the text of a value of a column."""
        if name in TEXT_KEYS:
            return words.text(f"{TEXT_KEYS[name]}.{value}", self.fmt.lang)
        if name == "chain_id":
            return self._chain(value)
        if name == "criterion":
            return _criterion_label(value, self.fmt.lang)
        if name == "wanted":
            return self._wanted_text(value)
        field = self._field(name)
        if field is None or name in _OWN_ID:
            return value
        layer = field.ref or _layer_with_id(field.name)
        return self._record(name, layer, value) if layer else self._choice(field, value)

    def _record(self, name: str, layer: str, identity: str) -> str:
        """Return the name of a record, after its id where the column shows both."""
        record = self.fmt.name_of(layer, identity)
        return f"{identity} {record}" if name in _WITH_NAME and record != identity else record

    def _choice(self, field: Field, value: str) -> str:
        """Return the label of a value of a choice; other values stay."""
        deciding = (schema().domains.get(name, {}) for name in field.domain_by.values())
        for domain in (schema().domain_of(field, {}) or {}, *deciding):
            if value in domain:
                return words.pick(domain[value], self.fmt.lang)
        return value

    def _wanted_text(self, value: str) -> str:
        """Return the text of a wanted value: a record, a choice, a field or a family of uses."""
        for want in criteria().wants.values():
            if want.ref and (record := self.fmt.name_of(want.ref, value)) != value:
                return record
            labels = {
                **(schema().domains.get(want.domain, {})),
                **{name: schema().layers["sites"].fields[name].label for name in want.fields},
            }
            if value in labels:
                return words.pick(labels[value], self.fmt.lang)
        family = criteria().families.get(value)
        return words.pick(family["label"], self.fmt.lang) if family else value

    def _chain(self, value: str) -> str:
        chains = self.zone.frame("chains")
        rows = chains[chains["chain_id"] == value]
        columns = (f"chain_name_{code}" for code in words.fallback_order(self.fmt.lang))
        names = (rows[column].dropna() for column in columns if column in rows)
        return next((str(known_names.iloc[0]) for known_names in names if len(known_names)), value)

    def _field(self, name: str) -> Field | None:
        """Return the field that a column holds, from the question's layer first; None if none."""
        wanted, layers = SAME_AS.get(name, name), schema().layers
        own = [layers[self.question]] if self.question in layers else []
        for layer in (*own, *layers.values()):
            if wanted in layer.fields:
                return layer.fields[wanted]
        return None


def _reference_field(name: str) -> Field | None:
    """Return the field of this name that refers to another layer; None if there is none."""
    fields = (layer.fields[name] for layer in schema().layers.values() if name in layer.fields)
    return next((field for field in fields if field.ref), None)


def _layer_with_id(field: str) -> str:
    """Return the layer whose id is this field, or an empty text."""
    return next((name for name, layer in schema().layers.items() if layer.id == field), "")


# ------------------------------------------------------------------ matches


def _criterion_label(key: str, lang: str) -> str:
    return next(words.pick(found.label, lang) for found in criteria().all if found.key == key)


def _matched(
    frame: pd.DataFrame, zone: Zone, fmt: ValueFormatter
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """Return labels and rows of ranked records: verdicts, figures and the changes needed."""
    lang = fmt.lang
    own = words.table("answer.column", lang)
    layer = "carriers" if "carrier_id" in frame else "sites"
    id_field = schema().layers[layer].id
    active = [c for c in criteria().all if f"{c.key}_gap" in frame and layer in c.layers]
    head = ["rank", id_field, "name", "verdict", "score", "completeness_pct"]
    labels = [
        own[name] if name in own else words.pick(_schema_field(layer, name).label, lang)
        for name in head
    ]
    labels += [words.pick(criterion.label, lang) for criterion in active]
    rows = []
    for row, record in enumerate(frame.to_dict("records")):
        identity = str(record[id_field])
        name = fmt.name_of(layer, identity)
        rows.append(
            (
                int(record["rank"]) if known(record["rank"]) else None,
                identity,
                None if name == identity else name,
                words.text(f"answer.verdict.{record['verdict']}", lang),
                record["score"],
                100 * record["completeness"],
                *(
                    _verdict_text(criterion, {str(k): v for k, v in record.items()}, fmt, layer)
                    for criterion in active
                ),
                words.text("page.source_join", lang).join(changes(frame, row, lang)) or None,
            )
        )
    return (*labels, own["change"]), tuple(rows)


def _schema_field(layer: str, name: str) -> Field:
    fields = schema().layers[layer]
    return {**fields.fields, **fields.derived}[name]


def _verdict_text(
    criterion: Criterion, record: Mapping[str, Any], fmt: ValueFormatter, layer: str
) -> str:
    """Return the verdict on a criterion, with the figure that it compares if that is known."""
    key = criterion.key
    verdict = words.text(f"answer.verdict.{record[key]}", fmt.lang)
    figure = record[f"{key}_figure"]
    if criterion.kind == "all_true" or not known(figure) or record[key] == "unknown":
        return verdict
    value = pd.Timestamp(figure) if criterion.kind == "by" else figure
    return f"{verdict} {fmt.figure(value, _schema_field(layer, criterion.field), record)}"


# ------------------------------------------------------------------ output formats


def demo_counts(answer: Answer, zone: Zone) -> dict[str, tuple[int, int]]:
    """Return the number of demonstration records and of all records, by layer of an answer."""
    frames = {name: zone.frame(name) for name in answer.layers}
    return {
        name: (int(frame["demo"].fillna(False).sum()), len(frame))
        for name, frame in frames.items()
        if len(frame) and frame["demo"].fillna(False).any()
    }


def notes(answer: Answer, zone: Zone, lang: str) -> list[str]:
    """Return notes on an answer: its dates, demonstration data, and how figures are computed."""
    day = zone.data_date.isoformat() if zone.data_date else words.text("zone.no-date", lang)
    out = [words.text("zone.head", lang, name=zone.settings.name(lang), date=day)]
    for name, (demo, count) in demo_counts(answer, zone).items():
        label = words.pick(schema().layers[name].label, lang)
        out.append(words.text("answer.demo", lang, layer=label, demo=demo, count=count))
    if answer.on:
        out.append(words.text("answer.on", lang, date=answer.on.isoformat()))
    return [*out, words.text(f"answer.{answer.name}.note", lang)]


def to_json(answer: Answer, zone: Zone, sheets: list[Sheet], lang: str) -> str:
    """Return the answer as one JSON object; the same layers give the same bytes."""
    tables = {
        sheet.name: {
            "title": sheet.title,
            "columns": _columns(answer, sheet, zone, lang),
            "rows": [
                {str(key): _json_value(value) for key, value in record.items()}
                for record in sheet.frame.to_dict("records")
            ],
        }
        for sheet in sheets
    }
    data = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": version()},
        "lang": lang,
        "question": answer.name,
        "date": zone.data_date.isoformat() if zone.data_date else None,
        "on": answer.on.isoformat() if answer.on else None,
        "demo": demo_counts(answer, zone),
        "tables": tables,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _columns(answer: Answer, sheet: Sheet, zone: Zone, lang: str) -> list[dict[str, str]]:
    formatter = _CellFormatter(answer.name, zone, ValueFormatter({}, lang))
    return [
        {"name": str(name), "label": formatter.label(str(name))} for name in sheet.frame.columns
    ]


def _json_value(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_json_value(item) for item in value]
    if not known(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    value = value.item() if hasattr(value, "item") else value
    return round(value, 6) if isinstance(value, float) else value


def to_csv(sheet: Sheet) -> str:
    """Return a table as CSV for Excel and WPS: UTF-8 with a byte order mark, CRLF line ends."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([escape_formula(label) for label in sheet.labels])
    for row in sheet.cells:
        writer.writerow([escape_formula(_rounded(cell)) for cell in row])
    return BOM + out.getvalue()


def _rounded(cell: Any) -> Any:
    return round(cell, 4) if isinstance(cell, float) else "" if cell is None else cell


def escape_formula(cell: Any) -> Any:
    """Put an apostrophe before a text that a spreadsheet would evaluate, as ``csv.js`` does."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def to_xlsx(answer: Answer, zone: Zone, sheets: list[Sheet], lang: str) -> bytes:
    """Return a workbook with a sheet for each table and one for the notes.

    The same tables give the same bytes.
    """
    book = Workbook(zone.data_date)
    for sheet in sheets:
        book.table(book.sheet(sheet.title), sheet.labels, sheet.cells, ungrouped=sheet.ungrouped)
    about = book.sheet(words.text("answer.notes", lang))
    for row, note in enumerate(notes(answer, zone, lang)):
        book.write(about, row, 0, note)
    return book.to_bytes()


def aligned_texts(cells: Sequence[Any], *, ungrouped: bool = False) -> list[str]:
    """Return the cells of a column as texts; all its numbers have as many decimals.

    Parameters
    ----------
    ungrouped
        As for `display_text`.
    """
    texts = [display_text(cell, ungrouped=ungrouped) for cell in cells]
    numbers = [i for i, cell in enumerate(cells) if isinstance(cell, float)]
    decimals = max((len(texts[i].partition(".")[2]) for i in numbers), default=0)
    for i in numbers if decimals else ():
        whole, _, fraction = texts[i].partition(".")
        texts[i] = f"{whole}.{fraction:0<{decimals}}"
    return texts


def display_text(cell: Any, *, ungrouped: bool = False) -> str:
    """Return a cell as a text; a dash where its value is unknown.

    Parameters
    ----------
    ungrouped
        Whether a number, such as a year, has no thousands separators.
    """
    if cell is None:
        return "—"
    if isinstance(cell, date):
        return cell.isoformat()
    if ungrouped:
        return str(cell)
    return (
        plain(cell) if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else cell
    )
