"""The main views look as they did; ``python -m tests.gallery`` renews the gold pictures."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.gallery import GOLD, VIEWS, View, take

# Fonts and browsers differ a little; what a person would notice is larger than this.
GRAIN = 8
LARGEST_SHARE_CHANGED = 0.03
NOTICEABLE = 24


def coarse(png: bytes) -> np.ndarray:
    """A picture in cells of GRAIN pixels, as floats: single glyph edges average out."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    size = (picture.width // GRAIN, picture.height // GRAIN)
    return np.asarray(picture.resize(size, Image.Resampling.BOX), dtype=float)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_looks_as_it_did(browser: Browser, zone_page: Path, view: View) -> None:
    gold = coarse((GOLD / f"{view.name}.png").read_bytes())
    now = coarse(take(browser, zone_page, view))
    assert now.shape == gold.shape
    changed = (np.abs(now - gold).max(axis=2) > NOTICEABLE).mean()
    assert changed < LARGEST_SHARE_CHANGED


def test_a_change_is_noticed(browser: Browser, zone_page: Path) -> None:
    """The comparison can fail: another lens is another picture."""
    gold = coarse((GOLD / "desktop-zh.png").read_bytes())
    other = View("other", ("gxq.lens('zoning')",))
    now = coarse(take(browser, zone_page, other))
    assert (np.abs(now - gold).max(axis=2) > NOTICEABLE).mean() > LARGEST_SHARE_CHANGED
