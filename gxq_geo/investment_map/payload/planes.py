"""Store integers as byte planes: the lowest byte of each, then the next byte of each, and so on.

There are only as many planes as the largest number needs. Similar bytes are next to each other,
which gzip compresses well; a plane of zeros costs almost nothing.

Signed numbers are converted to zigzag codes first (0, -1, 1, -2, ...).
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.signedinteger[Any]]

LIMIT = 2**31
"""Codes stay below this, so that a browser can decode them with 32-bit operations."""


def zigzag(values: Ints) -> Ints:
    """Convert signed numbers to non-negative codes."""
    return (values << 1) ^ (values >> (8 * values.itemsize - 1))


def unzigzag(codes: Ints) -> Ints:
    """Convert codes to signed numbers, the inverse of `zigzag`."""
    return (codes >> 1) ^ -(codes & 1)


def estimated_bits(codes: Ints) -> float:
    """Estimate the number of bits of codes, to choose between two encodings."""
    return float(np.log2(codes + 1.0).sum())


def pack(codes: Ints) -> bytes:
    """Return codes from 0 to below `LIMIT` as byte planes, the lowest first.

    Raises
    ------
    ValueError
        If a code is out of range.
    """
    if codes.size and (codes.min() < 0 or codes.max() >= LIMIT):
        raise ValueError("a code does not fit into 31 bits")
    planes = (int(codes.max()).bit_length() + 7) // 8 if codes.size else 0
    pieces = codes.astype("<u4").view(np.uint8).reshape(-1, 4).T
    return pieces[:planes].tobytes()


def unpack(data: bytes, count: int) -> Ints:
    """Return ``count`` codes from their planes, the inverse of `pack`."""
    codes = np.zeros(count, dtype=np.int64)
    for k in range(len(data) // count if count else 0):
        plane = np.frombuffer(data, dtype=np.uint8, count=count, offset=k * count)
        codes |= plane.astype(np.int64) << (8 * k)
    return codes
