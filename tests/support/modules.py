"""Modules of the investment map for a test's own page in a browser."""

from gxq_geo.investment_map import scripts
from gxq_geo.investment_map.page import web


def modules_script(**entries: str) -> str:
    """A script that sets each name to what a module of ``web/`` exports: ``Qr="base/qr.js"``."""
    parts = [web("boot/inflate.js"), web("boot/base91.js")]
    joined: list[str] = []
    for name, path in entries.items():
        parts += [scripts.bundle(path, joined), f'window.{name} = {scripts.MODULES}["{path}"];']
        joined.append(path)
    return "\n".join(parts)
