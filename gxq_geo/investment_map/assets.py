"""Replace links to scripts and style sheets by the files of installed packages.

A file that an added folium element loads is taken from an installed distribution if file name,
library name and version match. A newer compatible version is accepted: the same major version, or
below 1.0 the same minor version. Links without a match remain and are reported.

The files of all distributions are listed when the first link is looked up, and again after a
package was installed.
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
# Parts of a URL or a path that are not the name of a library.
_GENERIC = frozenset(
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
_MAX_IMAGE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Head:
    """The content of a page's head.

    Parameters
    ----------
    text
        The head with inlined scripts and style sheets.
    remainder
        The head without them.
    missing
        The URLs that it still loads.
    """

    text: str
    remainder: str
    missing: tuple[str, ...]


def inlined(head: str) -> Head:
    """Inline the scripts and style sheets of a head that installed packages contain."""
    missing: dict[str, None] = {}

    def inline(link: re.Match[str]) -> str:
        tag = "script" if link["script"] else "style"
        text = installed(link[tag])
        if text is None:
            missing[link[tag]] = None
            return link[0]
        return f"<{tag}>{text}</{tag}>"

    def keep_missing(link: re.Match[str]) -> str:
        return link[0] if link[link.lastgroup or 0] in missing else ""

    return Head(_LINK.sub(inline, head), _LINK.sub(keep_missing, head), tuple(missing))


def installed(url: str) -> str | None:
    """Return the content of an installed file that can replace a URL; None if there is none.

    The content is safe inside ``<script>`` or ``<style>``.
    """
    wanted = parse_asset(url)
    exact_name = url.rpartition("/")[2]
    candidates = [file for file in _files(wanted.file) if file.belongs_to(wanted)]
    versions = [(_version_of(file, wanted), file) for file in candidates]
    matching = [
        (version or (), file) for version, file in versions if fits(wanted.version, version)
    ]
    best = sorted(
        matching, key=lambda pair: (pair[0], pair[1].path.name == exact_name, str(pair[1].path))
    )
    texts = ((sheet if file.path.suffix == ".css" else script)(file.file) for _, file in best[::-1])
    return next((text for text in texts if text is not None), None)


# ------------------------------------------------------------------ names and versions


@dataclass(frozen=True, slots=True)
class Asset:
    """File name, possible names of the library, and version of a script or style sheet."""

    file: str
    libraries: frozenset[str]
    version: Version | None = None


def parse_asset(location: str) -> Asset:
    """Parse a URL, or a path inside a package.

    If it contains a version, the library is the part just before it; otherwise every part is a
    possible name.
    """
    parts = [part for part in unquote(urlsplit(location).path).split("/") if part]
    file = parts[-1] if parts else ""
    for k, part in enumerate(parts):
        number = re.fullmatch(_NUMBER, part)
        tagged = re.fullmatch(rf"(.+?)(?:@|[-.]v?(?=\d)){_NUMBER}(?=$|[-.]).*", part)
        if number and "." in part and k:
            library = _library_key(parts[k - 1])
            return Asset(_plain_name(file), frozenset([library]), _version(number[1]))
        if tagged:
            library = _library_key(tagged[1])
            return Asset(_plain_name(file), frozenset([library]), _version(tagged[2]))
    parts = [re.sub(r"(?<=.)@\w+$", "", part) for part in parts]
    names = {_library_key(part) for part in parts[:-1]} - _GENERIC
    return Asset(_plain_name(file), frozenset(names or {_library_key(_plain_name(file))}))


def fits(wanted: Version | None, found: Version | None) -> bool:
    """Whether a version can replace another: it is not older and of the same major version."""
    if wanted is None:
        return True
    if found is None:
        return False
    same = 1 if wanted[0] else 2
    return wanted[:same] == found[: min(same, len(wanted))] and found >= wanted


def _plain_name(file: str) -> str:
    """A file name without version and ``.min``: jquery.js for jquery-3.7.1.min.js."""
    return re.sub(rf"[-.]{_NUMBER}(?=[-.])|[-.]min(?=\.)", "", file).lower()


def _library_key(name: str) -> str:
    """A normalised library name: the same for Leaflet.Draw, leaflet-draw and leaflet_draw.js."""
    bare = re.sub(r"\.(js|css)$|^xstatic[-_.]", "", name.lower())
    return re.sub(r"[^a-z0-9]", "", bare).removesuffix("js")


def _version(text: str) -> Version:
    return tuple(int(number) for number in re.findall(r"\d+", text)[:3])


# ------------------------------------------------------------------ installed packages


@dataclass(frozen=True, slots=True)
class InstalledFile:
    """A file of an installed distribution."""

    distribution: str
    version: str
    path: PackagePath

    @property
    def file(self) -> Path:
        """Path in the file system."""
        return Path(str(self.path.locate()))

    def belongs_to(self, wanted: Asset) -> bool:
        """Whether file name, folder or distribution match the library of an asset."""
        parts = {self.distribution, _plain_name(self.path.name), *self.path.parts[:-1]}
        names = {_library_key(part) for part in parts} | parse_asset(str(self.path)).libraries
        return bool(wanted.libraries & names - _GENERIC) and self.file.is_file()


def _files(name: str) -> list[InstalledFile]:
    folders = [Path(entry) for entry in sys.path]
    times = tuple((folder, folder.stat().st_mtime_ns) for folder in folders if folder.is_dir())
    return _listing(times).get(name, [])


@lru_cache(maxsize=1)
def _listing(times: object) -> dict[str, list[InstalledFile]]:
    """Scripts and style sheets of all distributions by plain name, cached until folders change."""
    files: dict[str, list[InstalledFile]] = {}
    for distribution in metadata.distributions():
        for path in distribution.files or ():
            if path.suffix in (".js", ".css"):
                file = InstalledFile(distribution.name, distribution.version, path)
                files.setdefault(_plain_name(path.name), []).append(file)
    return files


def _version_of(file: InstalledFile, wanted: Asset) -> Version | None:
    """The version of a file: from its path, from its distribution, or from its first comment."""
    asset = parse_asset(str(file.path))
    if asset.version and asset.libraries & wanted.libraries:
        return asset.version
    if _library_key(file.distribution) in wanted.libraries:
        return _version(file.version)
    return _version_in_comment(file.file, wanted.libraries)


def _version_in_comment(path: Path, libraries: Iterable[str]) -> Version | None:
    """The version in the first comment of a file, if the comment names the library."""
    start = path.read_bytes()[:400].decode("utf-8", "replace")
    found = re.match(r"\s*/[/*!](.{0,300}?)(\d+\.\d+(?:\.\d+)?)", start, re.DOTALL)
    if found and any(name in _library_key(found[1]) for name in libraries):
        return _version(found[2])
    return None


# ------------------------------------------------------------------ texts


def script(path: Path) -> str | None:
    """Return a script that is safe inside ``<script>``; None if it cannot be read."""
    text = _text(path)
    # These sequences occur only in strings and regular expressions, where \x3C means the same.
    return text and re.sub(r"<(?=/script|!--)", r"\\x3C", text, flags=re.IGNORECASE)


def sheet(path: Path) -> str | None:
    """Return a style sheet with its images as data URIs; None if it needs other or large files."""
    text = _text(path)
    if text is None or re.search(r"@import|</style", text, re.IGNORECASE):
        return None
    uris = {name: _image_uri(path, name) for name in re.findall(_URL, text)}
    if None in uris.values():
        return None
    return re.sub(_URL, lambda url: f"url({uris[url[1]]})", text)


_URL = r"""url\(\s*["']?((?!data:|#)[^"')]*?)["']?\s*\)"""


def _image_uri(sheet_file: Path, name: str) -> str | None:
    file = sheet_file.parent / unquote(re.sub(r"[?#].*", "", name))
    media_type = mimetypes.guess_type(file.name)[0] or ""
    is_local = not re.match(r"[a-z]+:|/", name) and file.is_file()
    if not is_local or not media_type.startswith("image/"):
        return None
    if file.stat().st_size > _MAX_IMAGE_BYTES:
        return None
    return data_uri(media_type, file.read_bytes())


def _text(path: Path) -> str | None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    # Browsers convert line ends to LF before they compute the hash for the policy.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"^(//|/\*)# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)


def data_uri(media_type: str, data: bytes) -> str:
    """Return bytes as a data URI."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
