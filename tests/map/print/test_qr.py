"""QR codes that the page prints, read back by an independent reader."""

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Browser, Page

from tests.support.modules import modules_script

SCRIPT = modules_script(Qr="base/qr.js")
MATRIX = """(text) => { const code = Qr.encode(text);
  return code && { version: code.version, rows: Array.from({ length: code.size }, (_, y) =>
    Array.from({ length: code.size }, (_, x) => (code.dark(x, y) ? 1 : 0))) }; }"""


@pytest.fixture(scope="module")
def qr(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    opened.add_script_tag(content=SCRIPT)
    yield opened
    opened.close()


def read(code: Any) -> Any:
    """What a reader sees in the picture of a code, four pixels a module."""
    rows = np.pad(np.array(code["rows"], dtype=np.uint8), 4)
    picture = np.kron(255 * (1 - rows), np.ones((4, 4), dtype=np.uint8)).astype(np.uint8)
    found = zxingcpp.read_barcodes(
        picture, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    )
    assert len(found) == 1
    return found[0]


def texts() -> list[str]:
    dice = random.Random(20261123)
    letters = "abcXYZ019 /:#?&=%.,-中文二维码地块济宁é😀"
    made = ["".join(dice.choices(letters, k=dice.randint(1, 160))) for _ in range(60)]
    return ["A", "https://example.cn/map.html#v=1&on=sites:AQ-015", *made]


def test_texts_come_back(qr: Page) -> None:
    for text in texts():
        assert read(qr.evaluate(MATRIX, text)).text == text


def test_every_version_comes_back_at_level_m(qr: Page) -> None:
    seen = set()
    for length in range(1, 667, 11):
        code = qr.evaluate(MATRIX, "x" * length)
        if code["version"] in seen:
            continue
        seen.add(code["version"])
        found = read(code)
        assert found.text == "x" * length
        assert found.ec_level == "M"
        assert len(code["rows"]) == 17 + 4 * code["version"]
    assert seen == set(range(1, 21))


def test_the_longest_text_fits_and_a_longer_one_is_refused(qr: Page) -> None:
    assert read(qr.evaluate(MATRIX, "y" * 666)).text == "y" * 666
    assert qr.evaluate(MATRIX, "y" * 667) is None


def test_a_damaged_code_is_still_read(qr: Page) -> None:
    text = "https://example.cn/map.html#v=1&on=sites:AQ-015"
    code = qr.evaluate(MATRIX, text)
    size = len(code["rows"])
    for row in code["rows"][size // 2 : size // 2 + 3]:
        row[size // 2 : size // 2 + 3] = [0, 0, 0]
    assert read(code).text == text


def test_the_picture_has_a_quiet_zone(qr: Page) -> None:
    corner = """(() => { const node = Qr.canvas("https://example.cn/", 200);
      const { data, width } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
      const dark = [...Array(width * width).keys()].filter((k) => data[4 * k] < 128);
      return [width, Math.min(...dark.map((k) => k % width)), node.height]; })()"""
    width, first, height = qr.evaluate(corner)
    assert width == height
    assert abs(width - 200) < 33
    assert first == 4 * round(200 / 33)
