"""What the notebooks' pictures share: a Chinese font of this machine."""

import re

import matplotlib.pyplot as plt
from matplotlib import font_manager

# 黑体优先；宋体也行。 Sans first; a serif will do.
_CHINESE = re.compile(
    r"CJK|Source Han|YaHei|PingFang|Heiti|SimHei|DengXian|WenQuanYi|Song|Droid Sans Fallback"
)


def language() -> str:
    """The language in which pictures are labelled: zh where this machine has a Chinese font.

    Sets that font, and a size that suits a notebook.
    """
    plt.rcParams.update({"figure.dpi": 96, "font.size": 10, "axes.unicode_minus": False})
    found = [one for one in font_manager.fontManager.ttflist if _CHINESE.search(one.name)]
    for one in sorted(found, key=_place):
        if font_manager.get_font(one.fname).get_char_index(ord("园")):
            plt.rcParams["font.family"] = [one.name, "sans-serif"]
            return "zh"
    return "en"


def _place(one: font_manager.FontEntry) -> tuple[bool, bool, bool, str]:
    name = one.name
    return "Serif" in name or "Song" in name, "Mono" in name, "SC" not in name, name


lang = language()
