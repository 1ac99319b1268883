"""What differs between two states of a zone, for a person or a program; one record's history.

The JSON is for programs: names of fields and values as the layers have them, and each change in
words beside them. ::

    {
      "schema_version": 1,      grows when something is taken away or changes its meaning
      "tool": {"name", "version"},
      "lang": "zh",             the language of subjects and lines
      "old", "new": {"name", "date"},     the two states, and the dates of their data
      "counts": [{"layer", "added", "removed", "changed", "renamed", "redrawn", "rewritten"}],
      "settings": ["limits"],   settings of zone.toml that are others
      "changes": [{"layer", "id", "kind", "subject", "lines", "old_id", "new_id",
                   "fields": [{"field", "unit", "old", "new"}],
                   "geometry": null or {"kind", "moved_m", "differs_m2", "apart_m", "old", "new"},
                   "renamed": null or {"geometry", "agreeing", "filled"}}]
    }

Of a history: ``layer``, ``id``, ``shallow`` (git holds a part only), and ``entries``, the latest
first: ``commit``, ``date``, ``author``, ``subject`` (all null for what is not committed),
``broken`` (the file could not be read in that commit) and ``changes`` as above.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from gxq_geo import words
from gxq_geo.schemas import schema
from gxq_geo.schemas.display import Speaker
from gxq_geo.versions.difference import Change, Difference
from gxq_geo.versions.history import Entry, History
from gxq_geo.versions.wording import News, gathered, layer_heading, news, settings
from gxq_geo.words.paint import Paint, plain
from gxq_geo.words.version import TOOL, version

SCHEMA_VERSION = 1

_STYLES = {"added": "cyan", "removed": "red", "changed": "yellow"}


@dataclass(frozen=True)
class Compared:
    """A difference, and what it is about.

    Parameters
    ----------
    difference
        The difference.
    old, new
        The two states, as somebody named them.
    lang
        The language of the words.
    """

    difference: Difference
    old: str
    new: str
    lang: str


def to_text(found: Compared, *, paint: Paint = plain) -> str:
    """A heading for each layer, then each record, then what changed in it.

    What is the same of many records, such as a new date, is told once.

    Parameters
    ----------
    paint
        Gives a text a style: a colour, or ``heading``.
    """
    difference, lang = found.difference, found.lang
    out = [words.text("diff.from_to", lang, old=found.old, new=found.new)]
    told = defaultdict(list)
    for one in news(difference, lang):
        told[one.change.layer].append(one)
    for name, some in told.items():
        heading = layer_heading(name, [one.change for one in some], lang)
        out += ["", paint(heading, "heading")]
        out += (line for one in gathered(some, lang) for line in _record(one, lang, paint))
    if said := settings(difference, lang):
        out += ["", said]
    if not difference:
        out.append(words.text("diff.none", lang))
    return "\n".join(words.visible(line) for line in out) + "\n"


def _record(one: News, lang: str, paint: Paint) -> Iterator[str]:
    kind = one.change.kind
    head = paint(words.text(f"diff.kind.{kind}", lang), _STYLES[kind])
    if kind != "changed":
        yield "  " + " ".join((head, one.subject, *one.lines))
        return
    yield f"  {head} {one.subject}"
    yield from (f"      {line}" for line in one.lines)


def to_json(found: Compared) -> str:
    """The difference as one JSON object; the same two states give the same bytes."""
    difference = found.difference
    data = {
        **_head(found.lang),
        "old": {"name": found.old, "date": _date(difference.old.data_date)},
        "new": {"name": found.new, "date": _date(difference.new.data_date)},
        "counts": difference.counts.to_dict("records"),
        "settings": list(difference.settings),
        "changes": [_told(one) for one in news(difference, found.lang)],
    }
    return _dump(data)


def _speaker(found: History, lang: str) -> Speaker:
    """References are called what they are called now."""
    return Speaker({name: one.frame for name, one in found.zone.layers.items()}, lang)


def log_to_text(found: History, lang: str, *, paint: Paint = plain) -> str:
    """A line for each commit, the latest first, then what it did to the record."""
    speaker = _speaker(found, lang)
    label = words.pick(schema().layers[found.layer].label, lang)
    out = [words.text("diff.history", lang, id=found.id, layer=label, name=found.layer)]
    for one in found.entries:
        out += ["", paint(_commit(one, lang), "heading")]
        if one.broken:
            out.append("    " + words.text("diff.broken", lang))
        for told in news(one.difference, lang, speaker=speaker):
            out += (f"    {line}" for line in _brief(told, found.id, lang))
    if found.shallow:
        out += ["", words.text("diff.shallow", lang)]
    return "\n".join(words.visible(line) for line in out) + "\n"


def _commit(one: Entry, lang: str) -> str:
    if one.commit is None:
        return words.text("diff.uncommitted", lang)
    of = one.commit
    return "  ".join((of.date[:10], of.subject, of.author, of.sha[:7]))


def _brief(one: News, identity: str, lang: str) -> Iterator[str]:
    """What happened to a record; it is named only where it had another id."""
    if one.change.renamed or one.change.id != identity:
        yield one.subject
    if one.change.kind == "changed":
        yield from one.lines
    else:
        yield " ".join((words.text(f"diff.kind.{one.change.kind}", lang), *one.lines))


def log_to_json(found: History, lang: str) -> str:
    """The history as one JSON object."""
    speaker = _speaker(found, lang)
    entries = [
        {
            "commit": one.commit.sha if one.commit else None,
            "date": one.commit.date if one.commit else None,
            "author": one.commit.author if one.commit else None,
            "subject": one.commit.subject if one.commit else None,
            "broken": one.broken,
            "changes": [_told(told) for told in news(one.difference, lang, speaker=speaker)],
        }
        for one in found.entries
    ]
    about = {"layer": found.layer, "id": found.id, "shallow": found.shallow}
    return _dump({**_head(lang), **about, "entries": entries})


def _head(lang: str) -> dict[str, Any]:
    tool = {"name": TOOL, "version": version()}
    return {"schema_version": SCHEMA_VERSION, "tool": tool, "lang": lang}


def _date(day: Any) -> str | None:
    return day.isoformat() if day else None


def _told(one: News) -> dict[str, Any]:
    change = one.change
    return {
        "layer": change.layer,
        "id": change.id,
        "kind": change.kind,
        "subject": one.subject,
        "lines": list(one.lines),
        "old_id": change.old_id,
        "new_id": change.new_id,
        "fields": _fields(change),
        "geometry": asdict(change.redrawing) if change.redrawing else None,
        "renamed": asdict(change.renamed) if change.renamed else None,
    }


def _fields(change: Change) -> list[dict[str, Any]]:
    known = schema().layers[change.layer].fields
    return [
        {"field": one.name, "unit": known[one.name].unit, "old": one.old, "new": one.new}
        for one in change.fields
    ]


def _dump(data: Any) -> str:
    return json.dumps(_rounded(data), ensure_ascii=False, indent=2) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 6) if isinstance(value, float) else value
