"""Compare pictures region by region: tolerant of antialiasing, not of content.

A pixel is as it was if it lies within the colours of the other picture around the same place, so
that an edge may move by a pixel or two. Each region has a limit of its own: one lost line in a
large picture is found. With other hinting of the fonts (Chromium's ``--font-render-hinting=none``)
up to 56 pixels of a region differ in the views of the map; a lost badge is 176, another colour of
the sites 128.
"""

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

# Pixels around a place; how much a channel, of 255, may lie beyond their colours.
AROUND, TOLERANCE = 5, 16
# Side of a region in px, the distance to the next, and how many of its pixels may differ.
REGION, STEP, MOST = 48, 24, 72


def opened(png: bytes) -> Image.Image:
    """A picture without transparency."""
    return Image.open(io.BytesIO(png)).convert("RGB")


def changed_regions(now: bytes, gold: bytes) -> list[str]:
    """The regions in which two pictures differ: ``x=96 y=480``, the upper left corner in px.

    Pictures of different sizes differ as a whole.
    """
    ours, theirs = opened(now), opened(gold)
    if ours.size != theirs.size:
        return [f"size {ours.size} instead of {theirs.size}"]
    counts = _by_region(_changed_pixels(ours, theirs))
    return [f"x={x * STEP} y={y * STEP}" for y, x in np.argwhere(counts > MOST)]


def _changed_pixels(ours: Image.Image, theirs: Image.Image) -> npt.NDArray[np.bool_]:
    """Which pixels differ, computed only in the box around all that are not the same."""
    unlike = np.any(np.asarray(ours) != np.asarray(theirs), axis=2)
    changed = np.zeros_like(unlike)
    box = Image.fromarray(unlike).getbbox()
    if box is not None:
        left, top = (max(side - AROUND, 0) for side in box[:2])
        right, bottom = (side + AROUND for side in box[2:])
        width, height = ours.size
        around = (left, top, min(right, width), min(bottom, height))
        one, other = ours.crop(around), theirs.crop(around)
        changed[around[1] : around[3], left : around[2]] = _differs(one, other)
        changed[around[1] : around[3], left : around[2]] |= _differs(other, one)
    return np.asarray(changed, dtype=bool)


def _differs(one: Image.Image, other: Image.Image) -> npt.NDArray[np.bool_]:
    """Which pixels of a picture have a colour that is not around the same place in the other."""
    low = np.asarray(other.filter(ImageFilter.MinFilter(AROUND)), dtype=int)
    high = np.asarray(other.filter(ImageFilter.MaxFilter(AROUND)), dtype=int)
    pixels = np.asarray(one, dtype=int)
    beyond = (pixels < low - TOLERANCE) | (pixels > high + TOLERANCE)
    return np.asarray(beyond.any(axis=2))


def _by_region(pixels: npt.NDArray[np.bool_]) -> npt.NDArray[np.int_]:
    """The number of pixels in each of the overlapping regions."""
    height, width = pixels.shape
    padded = np.pad(pixels, ((0, -height % STEP), (0, -width % STEP))).astype(int)
    blocks = padded.reshape(padded.shape[0] // STEP, STEP, -1, STEP).sum(axis=(1, 3))
    size = REGION // STEP
    windows = np.lib.stride_tricks.sliding_window_view(blocks, (size, size))
    return np.asarray(windows.sum(axis=(2, 3)))
