"""Whole numbers as variable-length bytes: seven bits a byte, the eighth says that more follow.

Signed numbers are zigzag-coded first (0, -1, 1, -2, ...), so that small ones of either sign
take one byte. Everything works on whole arrays.
"""

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

LIMIT = 2**31
"""Codes stay below this, so that a browser can decode them with 32-bit operations."""


def zigzag(values: Ints) -> Ints:
    """Signed numbers as codes without a sign."""
    return (values << 1) ^ (values >> 63)


def unzigzag(codes: Ints) -> Ints:
    """The signed numbers back."""
    return (codes >> 1) ^ -(codes & 1)


def byte_count(codes: Ints) -> int:
    """How many bytes `pack` makes of the codes."""
    return int(_lengths(codes).sum())


def pack(codes: Ints) -> bytes:
    """Codes from 0 to below `LIMIT` as bytes.

    Raises
    ------
    ValueError
        If a code is out of range.
    """
    if codes.size and (codes.min() < 0 or codes.max() >= LIMIT):
        raise ValueError("a code does not fit into 31 bits")
    lengths = _lengths(codes)
    starts = np.cumsum(lengths) - lengths
    out = np.zeros(int(lengths.sum()), dtype=np.uint8)
    for k in range(5):
        here = lengths > k
        more = (lengths[here] > k + 1) * 128
        out[starts[here] + k] = ((codes[here] >> (7 * k)) & 127) | more
    return out.tobytes()


def unpack(data: bytes) -> Ints:
    """The codes back from their bytes."""
    raw = np.frombuffer(data, dtype=np.uint8).astype(np.int64)
    if not raw.size:
        return raw
    ends = np.flatnonzero(raw < 128)
    starts = np.concatenate([[0], ends[:-1] + 1])
    place = np.arange(raw.size) - np.repeat(starts, ends - starts + 1)
    return np.asarray(np.add.reduceat((raw & 127) << (7 * place), starts), dtype=np.int64)


def _lengths(codes: Ints) -> Ints:
    lengths = np.ones(codes.shape, dtype=np.int64)
    for k in range(1, 5):
        lengths += codes >= 1 << (7 * k)
    return lengths
