"""The main views look as they did; ``python -m tests.gallery`` renews the gold pictures."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.gallery import GOLD, VIEWS, View, take
from tests.support.pictures import changed_regions, opened

Pixels = npt.NDArray[np.uint8]
HOME = (GOLD / "desktop-zh.png").read_bytes()
# Boxes in the first view: the name of a park with its figures, the badge in the foot.
LABEL, BADGE = (slice(310, 345), slice(1184, 1303)), (slice(877, 896), slice(143, 173))
AVAILABLE = (0x0B, 0x6B, 0x5D)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_looks_as_it_did(browser: Browser, zone_page: Path, view: View) -> None:
    gold = (GOLD / f"{view.name}.png").read_bytes()
    assert changed_regions(take(browser, zone_page, view), gold) == []


# ------------------------------------------------------------------ what is noticed


@pytest.mark.parametrize(
    "step",
    [
        "document.querySelector('#legend .entry:last-of-type').style.visibility = 'hidden'",
        "document.querySelector('#foot .notice:nth-child(2) b').style.visibility = 'hidden'",
        "document.querySelector('#legend .entry .swatch').style.filter = 'hue-rotate(40deg)'",
    ],
    ids=["a lost entry of the legend", "a lost badge", "another colour of a swatch"],
)
def test_a_change_of_the_page_is_noticed(browser: Browser, zone_page: Path, step: str) -> None:
    assert 0 < len(changed_regions(take(browser, zone_page, View("other", (step,))), HOME)) < 60


def moved(pixels: Pixels) -> None:
    rows, columns = LABEL
    label = pixels[LABEL].copy()
    pixels[LABEL] = np.median(label.reshape(-1, 3), axis=0)
    pixels[rows.start + 12 : rows.stop + 12, columns] = label


def without_badge(pixels: Pixels) -> None:
    pixels[BADGE] = pixels[BADGE][0, 0]


def recoloured(pixels: Pixels) -> None:
    pixels[(np.abs(pixels.astype(int) - AVAILABLE).max(axis=2) < 2)] += np.uint8(20)


@pytest.mark.parametrize("change", [moved, without_badge, recoloured])
def test_a_change_of_the_picture_is_noticed(change: Callable[[Pixels], None]) -> None:
    """A label block is moved, a badge is lost, the available sites have another green."""
    pixels = np.asarray(opened(HOME)).copy()
    change(pixels)
    assert changed_regions(png(pixels), HOME)


@pytest.mark.parametrize("axis", [0, 1])
def test_edges_that_are_shifted_by_a_pixel_are_not_noticed(axis: int) -> None:
    assert changed_regions(png(np.roll(np.asarray(opened(HOME)), 1, axis)), HOME) == []


def png(pixels: Pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()
