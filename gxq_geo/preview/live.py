"""Build the map and the issues of a preview from the current files.

If a file cannot be read, for example because it is only partly written, the map keeps the last
readable version of its layer and shows a notice. The issues always describe the current files.
"""

import json
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property
from pathlib import Path
from typing import Any

from gxq_geo import words
from gxq_geo.checks import check, messages
from gxq_geo.formats import files
from gxq_geo.investment_map import InvestmentMap, drawable, issues_data
from gxq_geo.schemas import LayerSchema
from gxq_geo.words.errors import GxqError
from gxq_geo.words.issues import Issue, Report
from gxq_geo.zone import FINDINGS, Zone, layer, open_zone
from gxq_geo.zone.layer import Layer

Translations = dict[str, str]
"""A text in each language, by language code."""


@dataclass(frozen=True)
class State:
    """The map, the issues and the notices at one moment.

    Parameters
    ----------
    page
        The map as HTML.
    issues
        The issues, as `investment_map.issues_data` returns them.
    notices
        The reasons why the map does not show the current files.
    current
        False if the folder could not be read; then page and issues are the previous ones.
    """

    page: bytes
    issues: dict[str, Any]
    notices: tuple[Translations, ...] = ()
    current: bool = True

    @cached_property
    def map_version(self) -> str:
        """A hash of the map."""
        return files.fingerprint(self.page)[:16]

    @cached_property
    def message(self) -> bytes:
        """The message to the browser: one line of JSON."""
        message = {"map": self.map_version, "issues": self.issues, "notices": self.notices}
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass
class LiveZone:
    """A folder whose files change; `update` yields its current state.

    Parameters
    ----------
    folder
        A folder as for `gxq_geo.open_zone`.
    lang, audience
        As for `InvestmentMap`.
    """

    folder: Path
    lang: str
    audience: str
    _cache: dict[str, tuple[str, Layer]] = field(default_factory=dict, init=False)
    _last_good: dict[str, Layer] = field(default_factory=dict, init=False)
    _state: State | None = field(default=None, init=False)

    def update(self) -> Iterator[State]:
        """Yield the current state: first with the new map and the old issues, then with both new.

        The browser opens the new map while the rules are checked. If drawing or checking fails
        unexpectedly, the last map stays, with a notice, and the traceback goes to standard error.

        Raises
        ------
        GxqError
            If the folder cannot be read, and could not be read before.
        """
        previous = drawn = self._state
        try:
            zone = open_zone(self.folder, partial=True, read=self._read)
            drawn = self._draw(zone)
            if previous is not None:
                yield replace(drawn, issues=previous.issues)
            self._state = replace(drawn, issues=issues_data(check(zone), zone))
        except GxqError as error:
            if previous is None:
                raise
            notice = {lang: _unchanged_notice(error, lang) for lang in words.langs()}
            self._state = replace(previous, notices=(notice,), current=False)
        except Exception as error:
            if drawn is None:
                raise
            traceback.print_exc()
            notice = {lang: _failed_notice(error, lang) for lang in words.langs()}
            issues = (previous or drawn).issues
            self._state = replace(drawn, issues=issues, notices=(*drawn.notices, notice))
        yield self._state

    def _draw(self, zone: Zone) -> State:
        """Draw the zone, with a notice for each layer of which an older version is shown."""
        unreadable = _unreadable_layers(zone)
        shown = drawable(self._with_last_good(zone, unreadable))
        page = InvestmentMap(shown, lang=self.lang, audience=self.audience).to_html()
        notices = tuple(
            _unreadable_notice(issue)
            for name, issue in unreadable.items()
            if name in self._last_good
        )
        return State(page.encode("utf-8"), issues_data(Report(()), zone), notices)

    def _with_last_good(self, zone: Zone, unreadable: dict[str, Issue]) -> Zone:
        """Replace each unreadable layer by its last readable version."""
        readable = {name: layer for name, layer in zone.layers.items() if name not in unreadable}
        self._last_good |= readable
        kept = {name: self._last_good[name] for name in unreadable if name in self._last_good}
        return replace(zone, layers={**zone.layers, **kept})

    def _read(self, path: Path, schema: LayerSchema, *, timezone: tzinfo) -> Layer:
        """Read a layer, or return the cached one if neither its file nor the time zone changed."""
        fingerprint = files.fingerprint(b"".join([*_contents(path), str(timezone).encode()]))
        cached_fingerprint, cached = self._cache.get(path.name, ("", None))
        if cached is not None and fingerprint == cached_fingerprint:
            return cached
        read = layer.read(path, schema, timezone=timezone)
        if any(map(_is_fatal, read.issues)):
            self._cache.pop(path.name, None)  # The file may only be locked by another program.
        else:
            self._cache[path.name] = (fingerprint, read)
        return read


def _contents(path: Path) -> Iterator[bytes]:
    """Yield the content of a file, and of its SQLite write-ahead log."""
    yield files.read_bytes(path)
    log = path.with_name(f"{path.name}-wal")
    if log.exists():
        yield files.read_bytes(log)


def _unreadable_layers(zone: Zone) -> dict[str, Issue]:
    """The layers whose file cannot be read, with the first issue of each."""
    layer_issues = (issue for layer in zone.layers.values() for issue in layer.issues)
    found: dict[str, Issue] = {}
    for issue in (*zone.issues, *layer_issues):
        if issue.layer and issue.row is None and _is_fatal(issue):
            found.setdefault(issue.layer, issue)
    return found


def _is_fatal(issue: Issue) -> bool:
    return issue.rule in FINDINGS and FINDINGS[issue.rule].locked


def _unreadable_notice(issue: Issue) -> Translations:
    """Which file cannot be read, why, and that the map shows its last readable version."""
    reasons = {lang: messages.message(issue, lang) for lang in words.langs()}
    return {
        lang: messages.visible(
            words.text("preview.kept", lang, where=messages.where(issue), said=reason)
        )
        for lang, reason in reasons.items()
    }


def _unchanged_notice(error: GxqError, lang: str) -> str:
    """Why the folder cannot be read, and that map and issues are the previous ones."""
    return messages.visible(words.text("preview.stands", lang, said=error.say(lang)))


def _failed_notice(error: Exception, lang: str) -> str:
    """The error of the program that stopped the check, and that it is one."""
    said = f"{type(error).__name__}: {error}"
    return messages.visible(words.text("preview.failed", lang, said=said[:200]))
