"""Open ZIP archives from somebody else: nothing is extracted, and bombs are refused."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from gxq_geo.exchange.evidence.encoding import settle
from gxq_geo.formats import files
from gxq_geo.formats.encoding import decode_all
from gxq_geo.words.errors import FileError

# What `zipfile` raises for a damaged archive, or one that is packed in another way.
DAMAGE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError),
)
_SUFFIXES = (".zip", ".shz")
_MAX_MEMBERS = 10_000
# More than so many bytes for each byte of the archive is a bomb, unless it is small.
_MAX_RATIO, _SMALL = 200, 100 << 20
# The flag of a name in UTF-8; other names are in the encoding of the program that wrote them.
_IS_UTF8 = 0x800


@dataclass(frozen=True)
class Archive:
    """The members of an archive by name, without folders; each is read when it is needed."""

    path: Path
    members: Mapping[str, zipfile.ZipInfo]
    source: zipfile.ZipFile = field(repr=False)

    def read(self, name: str) -> bytes:
        """The bytes of a member.

        Raises
        ------
        FileError
            If it is damaged.
        """
        try:
            return self.source.read(self.members[name])
        except DAMAGE as error:
            raise FileError("zip-damaged", path=self.path, reason=str(error)) from None


def is_archive(path: Path) -> bool:
    """Whether a file is an archive, by its name or its first bytes."""
    return path.suffix.lower() in _SUFFIXES or files.read_bytes(path).startswith(b"PK")


def open_archive(path: Path, *, stated: str = "") -> Archive:
    """Open an archive.

    Parameters
    ----------
    path
        The file.
    stated
        The encoding that the user states for the names.

    Raises
    ------
    FileError
        If it is damaged, encrypted or a bomb, or a name leads out of its folder.
    """
    data = files.read_bytes(path)
    try:
        source = zipfile.ZipFile(io.BytesIO(data))
    except DAMAGE as error:
        raise FileError("zip-damaged", path=path, reason=str(error)) from None
    members = [info for info in source.infolist() if not info.is_dir()]
    _check_size(path, len(data), members)
    if any(info.flag_bits & 1 for info in members):
        raise FileError("zip-encrypted", path=path)
    names = _names(path, members, stated)
    for name in names:
        if not _is_safe(name):
            raise FileError("zip-unsafe", path=path, name=name)
    kept = {
        name: info
        for name, info in zip(names, members, strict=True)
        if not name.startswith("__MACOSX/")
    }
    return Archive(path, kept, source)


def _check_size(path: Path, size: int, members: list[zipfile.ZipInfo]) -> None:
    total = sum(info.file_size for info in members)
    too_dense = total > _SMALL and total > _MAX_RATIO * size
    if too_dense or total > files.MAX_BYTES or len(members) > _MAX_MEMBERS:
        raise FileError("archive-bomb", path=path, size=total >> 20, limit=files.MAX_BYTES >> 20)


def _names(path: Path, members: list[zipfile.ZipInfo], stated: str) -> list[str]:
    """The names of the members; their encoding is decided by all of them together."""
    # zipfile decodes a name without the flag as CP437, in which every byte is a character.
    raw = [
        info.orig_filename.encode("utf-8" if info.flag_bits & _IS_UTF8 else "cp437", "replace")
        for info in members
    ]
    old = [name for name, info in zip(raw, members, strict=True) if not info.flag_bits & _IS_UTF8]
    encoding, _ = settle(path, old, stated="" if all(map(bytes.isascii, old)) else stated)
    texts = decode_all(old, encoding.name).texts
    return [
        (texts.get(name) if not info.flag_bits & _IS_UTF8 else None) or info.orig_filename
        for name, info in zip(raw, members, strict=True)
    ]


def _is_safe(name: str) -> bool:
    """Whether a name stays in its folder, on every system."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return bool(parts) and not (
        ".." in parts or parts[0].startswith("/") or ":" in parts[0] or "\0" in name
    )
