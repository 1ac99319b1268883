"""What a preview shows: the map and the issues of the files as they are at this moment.

A file that cannot be read, such as one half of which is written, leaves its layer on the map as it
was; a notice says so. The issues are always those of the files now.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from gxq_geo import words
from gxq_geo.checks import check, messages
from gxq_geo.formats import files
from gxq_geo.investment_map import InvestmentMap, drawable, issues_data
from gxq_geo.schemas import LayerSchema
from gxq_geo.words.errors import GxqError
from gxq_geo.words.issues import Issue
from gxq_geo.zone import FINDINGS, Zone, layer, open_zone
from gxq_geo.zone.layer import Layer

Said = dict[str, str]


@dataclass(frozen=True)
class State:
    """What the browser is shown.

    Parameters
    ----------
    page
        The map, as HTML.
    issues
        What the page lists, as `investment_map.issues_data` gives it.
    notices
        What keeps the map from showing the files as they are, in each language.
    current
        Whether the folder could be read at all; else page and issues are those of before.
    """

    page: bytes
    issues: dict[str, Any]
    notices: tuple[Said, ...] = ()
    current: bool = True

    @cached_property
    def mark(self) -> str:
        """What tells this map from another."""
        return files.fingerprint(self.page)[:16]

    @cached_property
    def news(self) -> bytes:
        """What the browser is told, as JSON in one line."""
        told = {"map": self.mark, "issues": self.issues, "notices": self.notices}
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass
class Desk:
    """A folder under work; each `look` gives its state.

    Parameters
    ----------
    folder
        As `gxq_geo.open_zone` takes it.
    lang, audience
        As `InvestmentMap` takes them.
    """

    folder: Path
    lang: str
    audience: str
    _read: dict[str, tuple[str, Layer]] = field(default_factory=dict, init=False)
    _good: dict[str, Layer] = field(default_factory=dict, init=False)
    _state: State | None = field(default=None, init=False)

    def look(self) -> Iterator[State]:
        """The state of the folder now: first with the new map, then with the new issues as well.

        While the browser opens the map, the rules are asked.

        Raises
        ------
        GxqError
            If it cannot be read at all, and never could.
        """
        before = self._state
        try:
            zone = open_zone(self.folder, partial=True, read=self._layer)
            drawn = self._drawn(zone)
            if before is not None:
                yield replace(drawn, issues=before.issues)
            self._state = replace(drawn, issues=issues_data(check(zone), zone))
        except GxqError as error:
            if before is None:
                raise
            notice = {lang: _stands(error, lang) for lang in words.langs()}
            self._state = replace(before, notices=(notice,), current=False)
        yield self._state

    def _drawn(self, zone: Zone) -> State:
        """The map of what can be read, and a notice for each layer that stays as it was."""
        lost = _lost(zone)
        shown = drawable(self._shown(zone, lost))
        page = InvestmentMap(shown, lang=self.lang, audience=self.audience).to_html()
        notices = tuple(_kept(issue) for name, issue in lost.items() if name in self._good)
        return State(page.encode("utf-8"), {}, notices)

    def _shown(self, zone: Zone, lost: dict[str, Issue]) -> Zone:
        """The zone with each layer that cannot be read as it was when it could."""
        self._good |= {name: one for name, one in zone.layers.items() if name not in lost}
        kept = {name: self._good[name] for name in lost if name in self._good}
        return replace(zone, layers={**zone.layers, **kept})

    def _layer(self, path: Path, schema: LayerSchema) -> Layer:
        """A layer; one whose file did not change is not read again."""
        now = files.fingerprint(b"".join(_contents(path)))
        before, known = self._read.get(path.name, ("", None))
        if known is not None and now == before:
            return known
        fresh = layer.read(path, schema)
        if any(map(_is_fatal, fresh.issues)):
            self._read.pop(path.name, None)  # perhaps only because somebody has it open
        else:
            self._read[path.name] = (now, fresh)
        return fresh


def _contents(path: Path) -> Iterator[bytes]:
    """A file, and what a database has written beside it only."""
    yield files.read_bytes(path)
    beside = path.with_name(f"{path.name}-wal")
    if beside.exists():
        yield files.read_bytes(beside)


def _lost(zone: Zone) -> dict[str, Issue]:
    """The layers whose file cannot be read as a whole, and the first reason of each."""
    of_layers = (issue for one in zone.layers.values() for issue in one.issues)
    found: dict[str, Issue] = {}
    for issue in (*zone.issues, *of_layers):
        if issue.layer and issue.row is None and _is_fatal(issue):
            found.setdefault(issue.layer, issue)
    return found


def _is_fatal(issue: Issue) -> bool:
    return issue.rule in FINDINGS and FINDINGS[issue.rule].settled


def _kept(issue: Issue) -> Said:
    """Which file cannot be read and why, and what stands on the map in its place."""
    said = {lang: messages.message(issue, lang) for lang in words.langs()}
    return {
        lang: messages.visible(
            words.text("preview.kept", lang, where=messages.where(issue), said=said[lang])
        )
        for lang in said
    }


def _stands(error: GxqError, lang: str) -> str:
    return messages.visible(words.text("preview.stands", lang, said=error.say(lang)))
