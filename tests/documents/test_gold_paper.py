"""Paper looks as it did: a site sheet, the wall map, a page of the monthly report."""

import numpy as np
import pytest

from tests.gallery import GOLD, PAPERS, take_paper
from tests.map.gold.test_gold import png
from tests.support.pictures import changed_regions, opened


@pytest.mark.parametrize("name", PAPERS)
def test_looks_as_it_did(name: str) -> None:
    assert changed_regions(take_paper(name), (GOLD / f"{name}.png").read_bytes()) == []


@pytest.mark.parametrize("name", PAPERS)
def test_a_lost_line_is_noticed(name: str) -> None:
    gold = (GOLD / f"{name}.png").read_bytes()
    pixels = np.asarray(opened(gold)).copy()
    dark = (pixels.max(axis=2) < 110).sum(axis=1)
    middle = int(np.argmax(np.convolve(dark, np.ones(16), "same")))
    pixels[middle - 8 : middle + 8] = 255
    assert changed_regions(png(pixels), gold)
