"""Scripts and style sheets of installed packages, instead of the same from the network.

What an added folium element loads is found in an installed distribution where three things agree:
the file's name, the library's name, and the version. The version may be a newer one that promises
to behave alike: the same major number, below 1.0 the same minor. What is not found stays in the
page as it was, for the network, and is named.

Nothing is looked for unless an address is in the head; the files of all distributions are listed
once, and again after something was installed.
"""

import base64
import mimetypes
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from importlib.metadata import PackagePath
from pathlib import Path
from urllib.parse import unquote, urlsplit

Version = tuple[int, ...]

_LINK = re.compile(
    r"""<script\b[^>]*?\bsrc=["'](?P<script>https?://[^"']+)["'][^>]*>\s*</script>"""
    r"""|<link\b(?=[^>]*\bstylesheet\b)[^>]*?\bhref=["'](?P<style>https?://[^"']+)["'][^>]*>""",
    re.IGNORECASE,
)
_NUMBER = r"[vV]?(\d+(?:\.\d+)*)"
# Parts of an address or a path that name no library.
_ANYWHERE = frozenset(
    (
        "",
        "ajax",
        "css",
        "data",
        "dist",
        "gh",
        "lib",
        "libs",
        "npm",
        "pkg",
        "src",
        "static",
        "templates",
    )
)
_LARGEST_PICTURE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a page, what of it was there before, and what it still loads from elsewhere."""

    text: str
    left: str
    missing: tuple[str, ...]


def inlined(head: str) -> Head:
    """The head with each script and style sheet inside that an installed package holds."""
    missing: dict[str, None] = {}

    def put(link: re.Match[str]) -> str:
        tag = "script" if link["script"] else "style"
        text = installed(link[tag])
        if text is None:
            missing[link[tag]] = None
            return link[0]
        return f"<{tag}>{text}</{tag}>"

    def leave(link: re.Match[str]) -> str:
        return link[0] if link[link.lastgroup or 0] in missing else ""

    return Head(_LINK.sub(put, head), _LINK.sub(leave, head), tuple(missing))


def installed(url: str) -> str | None:
    """What an installed package holds in place of an address, or None.

    It can stand inside ``<script>`` or ``<style>``.
    """
    wanted = named(url)
    exact = url.rpartition("/")[2]
    found = [(_version_of(one, wanted), one) for one in _files(wanted.file) if one.about(wanted)]
    fitting = [(version or (), one) for version, one in found if fits(wanted.version, version)]
    best = sorted(
        fitting, key=lambda pair: (pair[0], pair[1].path.name == exact, str(pair[1].path))
    )
    texts = ((sheet if one.path.suffix == ".css" else script)(one.file) for _, one in best[::-1])
    return next((text for text in texts if text is not None), None)


# ------------------------------------------------------------------ names and versions


@dataclass(frozen=True, slots=True)
class Named:
    """What an address or a path says about a file: its name, its library's names, its version."""

    file: str
    libraries: frozenset[str]
    version: Version | None = None


def named(place: str) -> Named:
    """Read an address, or a path inside a package.

    Where a version is named, the library is what stands just before it; else it may be any part.
    """
    parts = [part for part in unquote(urlsplit(place).path).split("/") if part]
    file = parts[-1] if parts else ""
    for k, part in enumerate(parts):
        whole = re.fullmatch(_NUMBER, part)
        tagged = re.fullmatch(rf"(.+?)(?:@|[-.]v?(?=\d)){_NUMBER}(?=$|[-.]).*", part)
        if whole and "." in part and k:
            return Named(_plain(file), frozenset([_squeezed(parts[k - 1])]), _version(whole[1]))
        if tagged:
            return Named(_plain(file), frozenset([_squeezed(tagged[1])]), _version(tagged[2]))
    parts = [re.sub(r"(?<=.)@\w+$", "", part) for part in parts]
    names = {_squeezed(part) for part in parts[:-1]} - _ANYWHERE
    return Named(_plain(file), frozenset(names or {_squeezed(_plain(file))}))


def fits(wanted: Version | None, found: Version | None) -> bool:
    """Whether a version may stand in for another: not older, and no other major one."""
    if wanted is None:
        return True
    if found is None:
        return False
    same = 1 if wanted[0] else 2
    return wanted[:same] == found[: min(same, len(wanted))] and found >= wanted


def _plain(file: str) -> str:
    """A file's name without its version and without ``.min``: jquery-3.7.1.min.js is jquery.js."""
    return re.sub(rf"[-.]{_NUMBER}(?=[-.])|[-.]min(?=\.)", "", file).lower()


def _squeezed(name: str) -> str:
    """A library's name, however written: Leaflet.Draw, leaflet-draw and leaflet_draw.js agree."""
    bare = re.sub(r"\.(js|css)$|^xstatic[-_.]", "", name.lower())
    return re.sub(r"[^a-z0-9]", "", bare).removesuffix("js")


def _version(text: str) -> Version:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


# ------------------------------------------------------------------ installed packages


@dataclass(frozen=True, slots=True)
class Listed:
    """A file of an installed distribution."""

    distribution: str
    version: str
    path: PackagePath

    @property
    def file(self) -> Path:
        """Where it is on this machine."""
        return Path(str(self.path.locate()))

    def about(self, wanted: Named) -> bool:
        """Whether it belongs to the library that is wanted: by its name, folder or distribution."""
        parts = {self.distribution, _plain(self.path.name), *self.path.parts[:-1]}
        own = {_squeezed(part) for part in parts} | named(str(self.path)).libraries
        return bool(wanted.libraries & own - _ANYWHERE) and self.file.is_file()


def _files(name: str) -> list[Listed]:
    places = [Path(place) for place in sys.path]
    stamp = tuple((place, place.stat().st_mtime_ns) for place in places if place.is_dir())
    return _listing(stamp).get(name, [])


@lru_cache(maxsize=1)
def _listing(stamp: object) -> dict[str, list[Listed]]:
    """The scripts and style sheets of every distribution by plain name, until one is installed."""
    known: dict[str, list[Listed]] = {}
    for one in metadata.distributions():
        for path in one.files or ():
            if path.suffix in (".js", ".css"):
                listed = Listed(one.name, one.version, path)
                known.setdefault(_plain(path.name), []).append(listed)
    return known


def _version_of(one: Listed, wanted: Named) -> Version | None:
    said = named(str(one.path))
    if said.version and said.libraries & wanted.libraries:
        return said.version
    if _squeezed(one.distribution) in wanted.libraries:
        return _version(one.version)
    return _version_inside(one.file, wanted.libraries)


def _version_inside(path: Path, libraries: Iterable[str]) -> Version | None:
    """The version in the comment that a file opens with, if it names the library."""
    start = path.read_bytes()[:400].decode("utf-8", "replace")
    found = re.match(r"\s*/[/*!](.{0,300}?)(\d+\.\d+(?:\.\d+)?)", start, re.DOTALL)
    if found and any(name in _squeezed(found[1]) for name in libraries):
        return _version(found[2])
    return None


# ------------------------------------------------------------------ texts


def script(path: Path) -> str | None:
    """A script as it can stand inside a page."""
    text = _text(path)
    # Inside a string or a pattern, where alone these occur, it is the same character.
    return text and re.sub(r"<(?=/script|!--)", r"\\x3C", text, flags=re.IGNORECASE)


def sheet(path: Path) -> str | None:
    """A style sheet with its pictures inside; None if it needs more than small ones beside it."""
    text = _text(path)
    if text is None or re.search(r"@import|</style", text, re.IGNORECASE):
        return None
    found = {name: _picture(path, name) for name in re.findall(_URL, text)}
    if None in found.values():
        return None
    return re.sub(_URL, lambda place: f"url({found[place[1]]})", text)


_URL = r"""url\(\s*["']?((?!data:|#)[^"')]*?)["']?\s*\)"""


def _picture(sheet_file: Path, name: str) -> str | None:
    file = sheet_file.parent / unquote(re.sub(r"[?#].*", "", name))
    kind = mimetypes.guess_type(file.name)[0] or ""
    beside = not re.match(r"[a-z]+:|/", name) and kind.startswith("image/") and file.is_file()
    if not beside or file.stat().st_size > _LARGEST_PICTURE:
        return None
    return data_uri(kind, file.read_bytes())


def _text(path: Path) -> str | None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    # A browser reads every line end as LF, and hashes what it reads.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"^(//|/\*)# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)


def data_uri(kind: str, data: bytes) -> str:
    """The bytes as an address."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"
