"""Whole numbers as byte planes: the lowest byte of each, then the next byte of each, and so on.

Only as many planes as the largest number needs. Bytes that mean the same stand together, which is
what gzip's Huffman codes want; a plane that is nearly all zero costs nearly nothing.

Signed numbers are zigzag-coded first (0, -1, 1, -2, ...). Everything works on whole arrays.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.signedinteger[Any]]

LIMIT = 2**31
"""Codes stay below this, so that a browser can decode them with 32-bit operations."""


def zigzag(values: Ints) -> Ints:
    """Signed numbers as codes without a sign."""
    return (values << 1) ^ (values >> (8 * values.itemsize - 1))


def unzigzag(codes: Ints) -> Ints:
    """The signed numbers back."""
    return (codes >> 1) ^ -(codes & 1)


def cost(codes: Ints) -> float:
    """About how many bits the codes need: to choose between two ways of coding the same."""
    return float(np.log2(codes + 1.0).sum())


def pack(codes: Ints) -> bytes:
    """Codes from 0 to below `LIMIT` as byte planes, the lowest first.

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
    """As many codes back from their planes."""
    codes = np.zeros(count, dtype=np.int64)
    for k in range(len(data) // count if count else 0):
        plane = np.frombuffer(data, dtype=np.uint8, count=count, offset=k * count)
        codes |= plane.astype(np.int64) << (8 * k)
    return codes
