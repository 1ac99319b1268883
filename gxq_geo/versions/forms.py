"""Output formats of a difference between two states, and of the history of a record.

The JSON has the fields and values of the layers, and each change as text too. ::

    {
      "schema_version": 1,      raised when a key is removed or changes its meaning
      "tool": {"name", "version"},
      "lang": "zh",             language of subjects and lines
      "old", "new": {"name", "date"},     the two states, and the dates of their data
      "counts": [{"layer", "added", "removed", "changed", "renamed", "redrawn", "rewritten"}],
      "settings": ["limits"],   changed settings of zone.toml
      "changes": [{"layer", "id", "kind", "subject", "lines", "old_id", "new_id",
                   "fields": [{"field", "unit", "old", "new"}],
                   "geometry": null or {"kind", "moved_m", "differs_m2", "apart_m", "old", "new"},
                   "renamed": null or {"geometry", "agreeing", "filled"}}]
    }

A history has ``layer``, ``id``, ``shallow`` (the repository has only a part of the history), and
``entries``, the latest first: ``commit``, ``date``, ``author``, ``subject`` (all null for changes
that are not committed), ``broken`` (the file could not be read in that commit) and ``changes`` as
above.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from gxq_geo import words
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import ValueFormatter
from gxq_geo.versions.difference import Change, Difference
from gxq_geo.versions.history import Entry, History
from gxq_geo.versions.wording import (
    ChangeText,
    change_texts,
    group_similar,
    layer_heading,
    settings_line,
)
from gxq_geo.words.paint import Paint, plain
from gxq_geo.words.version import TOOL, version

SCHEMA_VERSION = 1

_STYLES = {"added": "cyan", "removed": "red", "changed": "yellow"}


@dataclass(frozen=True)
class Comparison:
    """A difference with the names of its two states.

    Parameters
    ----------
    difference
        The difference.
    old, new
        The two states, as the user named them.
    lang
        The language of the output.
    """

    difference: Difference
    old: str
    new: str
    lang: str


def to_text(found: Comparison, *, paint: Paint = plain) -> str:
    """Return a heading for each layer, then each record and its changes.

    Similar changes of many records, such as a new date, are grouped.

    Parameters
    ----------
    paint
        Applies a style to a text: a colour, or ``heading``.
    """
    difference, lang = found.difference, found.lang
    out = [words.text("diff.from_to", lang, old=found.old, new=found.new)]
    by_layer = defaultdict(list)
    for text in change_texts(difference, lang):
        by_layer[text.change.layer].append(text)
    for name, texts in by_layer.items():
        heading = layer_heading(name, [text.change for text in texts], lang)
        out += ["", paint(heading, "heading")]
        out += (line for text in group_similar(texts, lang) for line in _record(text, lang, paint))
    if changed := settings_line(difference, lang):
        out += ["", changed]
    if not difference:
        out.append(words.text("diff.none", lang))
    return "\n".join(words.visible(line) for line in out) + "\n"


def _record(text: ChangeText, lang: str, paint: Paint) -> Iterator[str]:
    kind = text.change.kind
    head = paint(words.text(f"diff.kind.{kind}", lang), _STYLES[kind])
    if kind != "changed":
        yield "  " + " ".join((head, text.subject, *text.lines))
        return
    yield f"  {head} {text.subject}"
    yield from (f"      {line}" for line in text.lines)


def to_json(found: Comparison) -> str:
    """Return the difference as one JSON object; the same two states give the same bytes."""
    difference = found.difference
    data = {
        **_head(found.lang),
        "old": {"name": found.old, "date": _date(difference.old.data_date)},
        "new": {"name": found.new, "date": _date(difference.new.data_date)},
        "counts": difference.counts.to_dict("records"),
        "settings": list(difference.settings),
        "changes": [_change_data(text) for text in change_texts(difference, found.lang)],
    }
    return _dump(data)


def _formatter(found: History, lang: str) -> ValueFormatter:
    """Return a formatter that names records as the current layers do."""
    return ValueFormatter({name: layer.frame for name, layer in found.zone.layers.items()}, lang)


def log_to_text(found: History, lang: str, *, paint: Paint = plain) -> str:
    """Return a line for each commit, the latest first, followed by its changes of the record."""
    fmt = _formatter(found, lang)
    label = words.pick(schema().layers[found.layer].label, lang)
    out = [words.text("diff.history", lang, id=found.id, layer=label, name=found.layer)]
    for entry in found.entries:
        out += ["", paint(_commit_line(entry, lang), "heading")]
        if entry.broken:
            out.append("    " + words.text("diff.broken", lang))
        for text in change_texts(entry.difference, lang, fmt=fmt):
            out += (f"    {line}" for line in _brief(text, found.id, lang))
    if found.shallow:
        out += ["", words.text("diff.shallow", lang)]
    return "\n".join(words.visible(line) for line in out) + "\n"


def _commit_line(entry: Entry, lang: str) -> str:
    commit = entry.commit
    if commit is None:
        return words.text("diff.uncommitted", lang)
    return "  ".join((commit.date[:10], commit.subject, commit.author, commit.sha[:7]))


def _brief(text: ChangeText, identity: str, lang: str) -> Iterator[str]:
    """Yield the lines of a change; the subject only where the record has another id."""
    change = text.change
    if change.renamed or change.id != identity:
        yield text.subject
    if change.kind == "changed":
        yield from text.lines
    else:
        yield " ".join((words.text(f"diff.kind.{change.kind}", lang), *text.lines))


def log_to_json(found: History, lang: str) -> str:
    """Return the history as one JSON object."""
    fmt = _formatter(found, lang)
    entries = [
        {
            "commit": entry.commit.sha if entry.commit else None,
            "date": entry.commit.date if entry.commit else None,
            "author": entry.commit.author if entry.commit else None,
            "subject": entry.commit.subject if entry.commit else None,
            "broken": entry.broken,
            "changes": [
                _change_data(text) for text in change_texts(entry.difference, lang, fmt=fmt)
            ],
        }
        for entry in found.entries
    ]
    about = {"layer": found.layer, "id": found.id, "shallow": found.shallow}
    return _dump({**_head(lang), **about, "entries": entries})


def _head(lang: str) -> dict[str, Any]:
    tool = {"name": TOOL, "version": version()}
    return {"schema_version": SCHEMA_VERSION, "tool": tool, "lang": lang}


def _date(day: Any) -> str | None:
    return day.isoformat() if day else None


def _change_data(text: ChangeText) -> dict[str, Any]:
    change = text.change
    return {
        "layer": change.layer,
        "id": change.id,
        "kind": change.kind,
        "subject": text.subject,
        "lines": list(text.lines),
        "old_id": change.old_id,
        "new_id": change.new_id,
        "fields": _fields(change),
        "geometry": asdict(change.geometry) if change.geometry else None,
        "renamed": asdict(change.renamed) if change.renamed else None,
    }


def _fields(change: Change) -> list[dict[str, Any]]:
    known = schema().layers[change.layer].fields
    return [
        {"field": field.name, "unit": known[field.name].unit, "old": field.old, "new": field.new}
        for field in change.fields
    ]


def _dump(data: Any) -> str:
    return json.dumps(_rounded(data), ensure_ascii=False, indent=2) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return round(value, 6) if isinstance(value, float) else value
