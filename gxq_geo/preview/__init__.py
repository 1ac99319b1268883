"""A live page: the map and the issues of a folder, anew whenever one of its files changes.

`desk` makes what is shown of the files as they are now, `watch` tells when to look again, `server`
hands it to one browser on this machine. Nothing is written: not in the folder, nowhere else.
"""

from gxq_geo.preview.server import serve as serve

__all__ = ["serve"]
