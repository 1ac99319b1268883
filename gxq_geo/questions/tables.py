"""Answers as tables: said in one language, as JSON, CSV or an Excel workbook.

The JSON is for programs: names of columns and values as the layers have them. ::

    {
      "schema_version": 1,      grows when something is taken away or changes its meaning
      "tool": {"name", "version"},
      "lang": "zh",             the language of titles and labels
      "question": "sites",
      "date": "2026-11-23",     of the data, or null
      "demo": {"sites": [158, 158]},      demonstration records, of how many, by layer
      "tables": {"by_park": {"title", "columns": [{"name", "label"}], "rows": [{...}]}}
    }

CSV and Excel are for people: labels with units, values in words, an empty cell where nothing is
known. A text that a spreadsheet would take for a formula stays a text: in CSV an apostrophe leads
it, in a workbook the cell is of type text.
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
from gxq_geo.matching.ranking import AGAINST, changes
from gxq_geo.matching.requirement import Criterion, criteria
from gxq_geo.questions.answers import Answer
from gxq_geo.questions.workbook import Workbook
from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.display import Speaker, known, plain
from gxq_geo.words.version import TOOL, version
from gxq_geo.zone import Zone

SCHEMA_VERSION = 1

# Columns that hold what a field holds.
LIKE = {
    "other_park_id": "park_id",
    "common_sectors": "sectors",
    "roles_missing": "leader_roles",
    "suppliers": "link_id",
    "buyers": "link_id",
}
# Columns whose values have words of their own.
WORDED = {
    "verdict": "answer.verdict",
    "state": "answer.state",
    "indicator": "answer.indicator",
    "reasons": "answer.reason",
    "against": "answer.match",
}
# Columns that are the values of a domain, by question.
WIDE = {
    "projects": ("project_stage", "leader_role"),
    "parks": ("project_stage",),
    "customers": ("customer_status",),
    "chains": (),
}
# Columns of numbers that count nothing.
_BARE = ("year",)
# Shown with its name; of every other id either the id is enough, or the name.
_WITH_NAME = ("project_id", "customer_id")
_OWN_ID = ("site_id", "carrier_id", "group_id", "largest_site", "site_ids")

_FORMULA = re.compile(r"[=+\-@\t\r]")


@dataclass(frozen=True)
class Sheet:
    """One table, said in one language.

    Parameters
    ----------
    name, title
        Which it is, by name and in words.
    frame
        The figures, as the question gives them.
    labels
        A heading for each column of `cells`, with its unit.
    cells
        What stands there: texts, numbers, dates, or None where nothing is known.
    bare
        The places of the columns whose numbers, such as years, count nothing.
    """

    name: str
    title: str
    frame: pd.DataFrame
    labels: tuple[str, ...]
    cells: tuple[tuple[Any, ...], ...]
    bare: frozenset[int] = frozenset()

    def texts(self, rows: int | None = None) -> list[tuple[str, ...]]:
        """The first rows, or all, as people read them: the points of a column stand in line."""
        columns = (
            in_line(column, bare=place in self.bare)
            for place, column in enumerate(zip(*self.cells[:rows], strict=True))
        )
        return list(zip(*columns, strict=True))


def sheets(answer: Answer, zone: Zone, lang: str, names: Iterable[str] = ()) -> list[Sheet]:
    """The tables of an answer in words: all of them, or those named."""
    wanted = list(names) or list(answer.tables)
    speaker = Speaker({name: one.frame for name, one in zone.layers.items()}, lang)
    return [_sheet(answer, name, zone, speaker) for name in wanted]


def in_words(zone: Zone, answer: Answer, lang: str = "zh") -> dict[str, pd.DataFrame]:
    """The tables of an answer as people read them; ``zone.in_words`` is this function.

    Parameters
    ----------
    zone
        Whose answer it is.
    answer
        What ``zone.ask`` gives.
    lang
        The language.

    Returns
    -------
    dict of pandas.DataFrame
        By name: headings with their units, and names in place of ids. To reckon with, take the
        answer's own tables.
    """
    return {
        one.name: pd.DataFrame(list(one.cells), columns=list(one.labels))
        for one in sheets(answer, zone, lang)
    }


def _sheet(answer: Answer, name: str, zone: Zone, speaker: Speaker) -> Sheet:
    frame = answer.tables[name]
    title = words.text(f"answer.{answer.name}.{name}", speaker.lang)
    if answer.name == "match" and name in AGAINST:
        labels, cells = _matched(frame, zone, speaker)
        return Sheet(name, title, frame, labels, cells)
    voice = _Voice(answer.name, zone, speaker)
    columns = [
        [voice.said(str(column), value) for value in frame[column]] for column in frame.columns
    ]
    labels = tuple(voice.label(str(column)) for column in frame.columns)
    bare = frozenset(place for place, name in enumerate(frame.columns) if name in _BARE)
    return Sheet(name, title, frame, labels, tuple(zip(*columns, strict=True)), bare)


@dataclass(frozen=True)
class _Voice:
    """Says the columns of one question."""

    question: str
    zone: Zone
    speaker: Speaker

    def label(self, name: str) -> str:
        """A column's heading, with its unit."""
        lang = self.speaker.lang
        for domain in WIDE.get(self.question, ()):
            if name in schema().domains[domain]:
                return self.speaker.word(domain, name)
        if self.question == "match" and name in VERDICTS:
            return words.text(f"answer.verdict.{name}", lang)
        own = words.table("answer.column", lang)
        if name in own:
            return own[name]
        of = self._field(name)
        if of is None:
            return name
        if not of.ref and name not in _OWN_ID:
            of = _reference(of.name) or of
        said, unit = self.speaker.label(of), self.speaker.unit(of.unit)
        return words.text("answer.with_unit", lang, label=said, unit=unit) if unit else said

    def said(self, name: str, value: Any) -> Any:
        """A cell: text, number or date; None where nothing is known."""
        if isinstance(value, tuple | list):
            join = words.text("page.list_join", self.speaker.lang)
            return join.join(str(self.said(name, one)) for one in value) or None
        if not known(value):
            return None
        if isinstance(value, pd.Timestamp):
            return value.date()
        if isinstance(value, date):
            return value
        if hasattr(value, "item"):
            value = value.item()
        if isinstance(value, bool):
            return words.text("page.yes" if value else "page.no", self.speaker.lang)
        return value if isinstance(value, int | float) else self._word(name, str(value))

    def _word(self, name: str, value: str) -> str:
        if name in WORDED:
            return words.text(f"{WORDED[name]}.{value}", self.speaker.lang)
        if name == "chain_id":
            return self._chain(value)
        if name == "criterion":
            return _label_of(value, self.speaker.lang)
        if name == "wanted":
            return self._wanted(value)
        of = self._field(name)
        if of is None or name in _OWN_ID:
            return value
        layer = of.ref or next((n for n, one in schema().layers.items() if one.id == of.name), "")
        if layer:
            said = self.speaker.named(layer, value)
            return f"{value} {said}" if name in _WITH_NAME and said != value else said
        for domain in (schema().domain_of(of, {}) or {}, *self._domains(of)):
            if value in domain:
                return words.pick(domain[value], self.speaker.lang)
        return value

    def _domains(self, of: Field) -> list[Mapping[str, Mapping[str, str]]]:
        return [
            schema().domains[name] for name in of.domain_by.values() if name in schema().domains
        ]

    def _wanted(self, value: str) -> str:
        """A value that a requirement lists: of a layer, a domain, a field, or a family of uses."""
        for want in criteria().wants.values():
            if want.ref and (said := self.speaker.named(want.ref, value)) != value:
                return said
            labels = {
                **(schema().domains.get(want.domain, {})),
                **{one: schema().layers["sites"].fields[one].label for one in want.fields},
            }
            if value in labels:
                return words.pick(labels[value], self.speaker.lang)
        family = criteria().families.get(value)
        return words.pick(family["label"], self.speaker.lang) if family else value

    def _chain(self, value: str) -> str:
        chains = self.zone.frame("chains")
        rows = chains[chains["chain_id"] == value]
        found = (rows[f"chain_name_{code}"].dropna() for code in words.order(self.speaker.lang)
                 if f"chain_name_{code}" in rows)  # fmt: skip
        return next((str(some.iloc[0]) for some in found if len(some)), value)

    def _field(self, name: str) -> Field | None:
        """The field of the schema that a column holds: of the question's own layer, else of any."""
        wanted, layers = LIKE.get(name, name), schema().layers
        own = [layers[self.question]] if self.question in layers else []
        for layer in (*own, *layers.values()):
            if wanted in layer.fields:
                return layer.fields[wanted]
        return None


def _reference(name: str) -> Field | None:
    """A field as the layers have it that refer to its records: an id stands there for a name."""
    every = (one.fields[name] for one in schema().layers.values() if name in one.fields)
    return next((one for one in every if one.ref), None)


# ------------------------------------------------------------------ what was matched


def _label_of(key: str, lang: str) -> str:
    return next(words.pick(one.label, lang) for one in criteria().all if one.key == key)


def _matched(
    frame: pd.DataFrame, zone: Zone, speaker: Speaker
) -> tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]:
    """Ranked records: of each criterion verdict and figure, and what would have to change."""
    lang = speaker.lang
    own = words.table("answer.column", lang)
    layer = "carriers" if "carrier_id" in frame else "sites"
    id_field = schema().layers[layer].id
    active = [one for one in criteria().all if f"{one.key}_gap" in frame and layer in one.layers]
    head = ["rank", id_field, "name", "verdict", "score", "completeness_pct"]
    labels = [
        own[name] if name in own else words.pick(_own(layer, name).label, lang) for name in head
    ]
    labels += [words.pick(one.label, lang) for one in active]
    rows = []
    for row, record in enumerate(frame.to_dict("records")):
        ids = str(record[id_field])
        name = speaker.named(layer, ids)
        rows.append(
            (
                int(record["rank"]) if known(record["rank"]) else None,
                ids,
                None if name == ids else name,
                words.text(f"answer.verdict.{record['verdict']}", lang),
                record["score"],
                100 * record["completeness"],
                *(
                    _judged(one, {str(k): v for k, v in record.items()}, speaker, layer)
                    for one in active
                ),
                words.text("page.source_join", lang).join(changes(frame, row, lang)) or None,
            )
        )
    return (*labels, own["change"]), tuple(rows)


def _own(layer: str, name: str) -> Field:
    of = schema().layers[layer]
    return {**of.fields, **of.derived}[name]


def _judged(one: Criterion, record: Mapping[str, Any], speaker: Speaker, layer: str) -> str:
    verdict = words.text(f"answer.verdict.{record[one.key]}", speaker.lang)
    figure = record[f"{one.key}_figure"]
    if one.kind == "all_true" or not known(figure) or record[one.key] == "unknown":
        return verdict
    value = pd.Timestamp(figure) if one.kind == "by" else figure
    return f"{verdict} {speaker.figure(value, _own(layer, one.field), record)}"


# ------------------------------------------------------------------ forms


def demo_counts(answer: Answer, zone: Zone) -> dict[str, tuple[int, int]]:
    """How many records of each layer that an answer speaks of are demonstration, of how many."""
    frames = {name: zone.frame(name) for name in answer.layers}
    return {
        name: (int(frame["demo"].fillna(False).sum()), len(frame))
        for name, frame in frames.items()
        if len(frame) and frame["demo"].fillna(False).any()
    }


def notes(answer: Answer, zone: Zone, lang: str) -> list[str]:
    """What a reader has to know: the date, what is demonstration, how it is reckoned."""
    day = zone.data_date.isoformat() if zone.data_date else words.text("zone.no-date", lang)
    said = [words.text("zone.head", lang, name=zone.settings.name(lang), date=day)]
    for name, (demo, count) in demo_counts(answer, zone).items():
        label = words.pick(schema().layers[name].label, lang)
        said.append(words.text("answer.demo", lang, layer=label, demo=demo, count=count))
    return [*said, words.text(f"answer.{answer.name}.note", lang)]


def to_json(answer: Answer, zone: Zone, said: list[Sheet], lang: str) -> str:
    """The answer as one JSON object; the same layers give the same bytes."""
    tables = {
        one.name: {
            "title": one.title,
            "columns": _columns(answer, one, zone, lang),
            "rows": [
                {str(key): _plain(value) for key, value in record.items()}
                for record in one.frame.to_dict("records")
            ],
        }
        for one in said
    }
    data = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": TOOL, "version": version()},
        "lang": lang,
        "question": answer.name,
        "date": zone.data_date.isoformat() if zone.data_date else None,
        "demo": demo_counts(answer, zone),
        "tables": tables,
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _columns(answer: Answer, one: Sheet, zone: Zone, lang: str) -> list[dict[str, str]]:
    voice = _Voice(answer.name, zone, Speaker({}, lang))
    return [{"name": str(name), "label": voice.label(str(name))} for name in one.frame.columns]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if not known(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    value = value.item() if hasattr(value, "item") else value
    return round(value, 6) if isinstance(value, float) else value


def to_csv(one: Sheet) -> str:
    """One table as CSV that Excel and WPS open as it is: UTF-8 with a mark, CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_harmless(label) for label in one.labels])
    for row in one.cells:
        writer.writerow([_harmless(_short(cell)) for cell in row])
    return BOM + out.getvalue()


def _short(cell: Any) -> Any:
    return round(cell, 4) if isinstance(cell, float) else "" if cell is None else cell


def _harmless(cell: Any) -> Any:
    """A text that a spreadsheet would calculate is led by an apostrophe; a number is a number."""
    return f"'{cell}" if isinstance(cell, str) and _FORMULA.match(cell) else cell


def to_xlsx(answer: Answer, zone: Zone, said: list[Sheet], lang: str) -> bytes:
    """A workbook with a sheet for each table, and one for the notes; the same bytes each time."""
    book = Workbook(zone.data_date)
    for one in said:
        book.table(book.sheet(one.title), one.labels, one.cells, bare=one.bare)
    about = book.sheet(words.text("answer.notes", lang))
    for row, note in enumerate(notes(answer, zone, lang)):
        book.write(about, row, 0, note)
    return book.to_bytes()


def in_line(cells: Sequence[Any], *, bare: bool = False) -> list[str]:
    """Cells of one column as people read them, all its numbers with as many decimals.

    Parameters
    ----------
    bare
        As for `shown`.
    """
    texts = [shown(cell, bare=bare) for cell in cells]
    numbers = [k for k, cell in enumerate(cells) if isinstance(cell, float)]
    most = max((len(texts[k].partition(".")[2]) for k in numbers), default=0)
    for k in numbers if most else ():
        whole, _, part = texts[k].partition(".")
        texts[k] = f"{whole}.{part:0<{most}}"
    return texts


def shown(cell: Any, *, bare: bool = False) -> str:
    """A cell as a person reads it; a dash where nothing is known.

    Parameters
    ----------
    bare
        Whether it is a number that counts nothing.
    """
    if cell is None:
        return "—"
    if isinstance(cell, date):
        return cell.isoformat()
    if bare:
        return str(cell)
    return (
        plain(cell) if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else cell
    )
