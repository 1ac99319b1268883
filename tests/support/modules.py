"""Load JavaScript modules of the investment map into a test page."""

from gxq_geo.investment_map import scripts
from gxq_geo.investment_map.page import web


def modules_script(**entries: str) -> str:
    """Return a script that defines a global for each module of ``web/``: ``Qr="base/qr.js"``."""
    parts = [web("boot/inflate.js"), web("boot/base91.js")]
    joined: list[str] = []
    for name, path in entries.items():
        parts += [scripts.bundle(path, joined), f'window.{name} = {scripts.MODULES}["{path}"];']
        joined.append(path)
    return "\n".join(parts)
