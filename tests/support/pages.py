"""Printed pages read back: their words, and where each letter stands."""

import re

import numpy as np
import pypdfium2
import shapely
from pypdfium2 import raw

MM = 72 / 25.4


class Pages:
    """A PDF."""

    def __init__(self, data: bytes) -> None:
        self.document = pypdfium2.PdfDocument(data)

    def __len__(self) -> int:
        return len(self.document)

    def text(self, page: int) -> str:
        """The words of a page, without spaces: how they are parted is the reader's guess."""
        said = self.document[page].get_textpage().get_text_range()
        return re.sub(r"[\s\u200b]", "", said)

    def size_mm(self, page: int) -> tuple[int, int]:
        width, height = self.document[page].get_size()
        return round(width / MM), round(height / MM)

    def picture(self, page: int, scale: float = 3.0) -> np.ndarray:
        return np.asarray(self.document[page].render(scale=scale).to_pil().convert("L"))

    def letters(self, page: int) -> tuple[str, np.ndarray]:
        """Every letter that is seen, and its box in points: left, bottom, right, top."""
        of = self.document[page].get_textpage()
        said = [chr(raw.FPDFText_GetUnicode(of, k)) for k in range(of.count_chars())]
        boxes = np.array([of.get_charbox(k) for k in range(len(said))])
        seen = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        return "".join(one for one, is_seen in zip(said, seen, strict=True) if is_seen), boxes[seen]

    def outside(self, page: int, margin_mm: float) -> str:
        """The letters that reach into a margin, or beyond the paper."""
        said, boxes = self.letters(page)
        width, height = self.document[page].get_size()
        m = margin_mm * MM
        inside = (boxes[:, :2] >= m).all(axis=1)
        inside &= (boxes[:, 2] <= width - m) & (boxes[:, 3] <= height - m)
        return "".join(one for one, is_in in zip(said, inside, strict=True) if not is_in)

    def overlaps(self, page: int) -> list[str]:
        """Letters that cover more than a tenth of another that does not stand beside them."""
        said, boxes = self.letters(page)
        shapes = shapely.box(*boxes.T)
        left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        common = shapely.area(shapely.intersection(shapes[left], shapes[right]))
        share = common / np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
        # Letters that are set as one, such as ffi, have one box.
        apart = (boxes[left] != boxes[right]).any(axis=1) & (right - left > 1)
        found = np.flatnonzero(apart & (share > 0.1))
        return [f"{said[left[k]]}{said[right[k]]} at {boxes[left[k]].round()}" for k in found]
