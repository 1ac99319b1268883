"""A live map of a folder, with its issues, updated whenever one of its files changes.

`live` builds the map and the issues from the current files, `watch` detects changes of the folder,
`server` serves the result to a browser on the same machine. No files are written.
"""

from gxq_geo.preview.server import serve as serve

__all__ = ["serve"]
