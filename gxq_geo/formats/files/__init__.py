"""Safe file reads and atomic writes: a file is replaced in one step or left unchanged."""

from gxq_geo.formats.files.folders import check_new_folder, write_folder
from gxq_geo.formats.files.leftovers import sweep
from gxq_geo.formats.files.reading import MAX_BYTES, fingerprint, read_bytes
from gxq_geo.formats.files.writing import Write, append_text, write_all, write_bytes

__all__ = [
    "MAX_BYTES",
    "Write",
    "append_text",
    "check_new_folder",
    "fingerprint",
    "read_bytes",
    "sweep",
    "write_all",
    "write_bytes",
    "write_folder",
]
