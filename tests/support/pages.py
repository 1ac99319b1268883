"""Read PDF pages: their texts, and the position of each letter."""

import re

import numpy as np
import pypdfium2
import shapely
from pypdfium2 import raw

MM = 72 / 25.4


class Pages:
    """The pages of a PDF."""

    def __init__(self, data: bytes) -> None:
        self.document = pypdfium2.PdfDocument(data)

    def __len__(self) -> int:
        return len(self.document)

    def text(self, page: int) -> str:
        """The text of a page without spaces, since a PDF reader only guesses where they are."""
        text = self.document[page].get_textpage().get_text_range()
        return re.sub(r"[\s\u200b]", "", text)

    def size_mm(self, page: int) -> tuple[int, int]:
        width, height = self.document[page].get_size()
        return round(width / MM), round(height / MM)

    def picture(self, page: int, scale: float = 3.0) -> np.ndarray:
        return np.asarray(self.document[page].render(scale=scale).to_pil().convert("L"))

    def letters(self, page: int) -> tuple[str, np.ndarray]:
        """The visible letters, and their boxes in points: left, bottom, right, top."""
        textpage = self.document[page].get_textpage()
        letters = [chr(raw.FPDFText_GetUnicode(textpage, k)) for k in range(textpage.count_chars())]
        boxes = np.array([textpage.get_charbox(k) for k in range(len(letters))])
        visible = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        text = "".join(letter for letter, shown in zip(letters, visible, strict=True) if shown)
        return text, boxes[visible]

    def outside(self, page: int, margin_mm: float) -> str:
        """The letters that reach into the margin or beyond the paper."""
        letters, boxes = self.letters(page)
        width, height = self.document[page].get_size()
        m = margin_mm * MM
        inside = (boxes[:, :2] >= m).all(axis=1)
        inside &= (boxes[:, 2] <= width - m) & (boxes[:, 3] <= height - m)
        return "".join(letter for letter, is_in in zip(letters, inside, strict=True) if not is_in)

    def overlaps(self, page: int) -> list[str]:
        """Pairs of letters, not neighbours, of which one covers over a tenth of the other."""
        letters, boxes = self.letters(page)
        shapes = shapely.box(*boxes.T)
        left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
        common = shapely.area(shapely.intersection(shapes[left], shapes[right]))
        share = common / np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
        # The letters of a ligature, such as ffi, have the same box.
        apart = (boxes[left] != boxes[right]).any(axis=1) & (right - left > 1)
        found = np.flatnonzero(apart & (share > 0.1))
        pairs = ((letters[left[k]], letters[right[k]], boxes[left[k]].round()) for k in found)
        return [f"{a}{b} at {box}" for a, b, box in pairs]
