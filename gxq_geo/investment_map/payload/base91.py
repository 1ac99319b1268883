"""Encode bytes as printable text for HTML: 13 bits in two characters of an alphabet of 91.

The alphabet is printable ASCII without ``&``, ``<`` and ``>``, so that the text cannot end the
HTML element that contains it. Base64 would be 8 % longer. ``web/boot/base91.js`` decodes it.
"""

import numpy as np

BITS = 13
ALPHABET = bytes(code for code in range(33, 127) if chr(code) not in "&<>")

_WEIGHTS = 1 << np.arange(BITS - 1, -1, -1, dtype=np.int32)
_SYMBOLS = np.frombuffer(ALPHABET, dtype=np.uint8)
_NARROW = 6
"""Bits that one character holds."""
_CHUNK = BITS << 17
"""Bytes encoded at a time, to limit memory; a multiple of 13, so that no bits remain between."""


def encode(data: bytes) -> str:
    """Return the text for bytes; up to six remaining bits take one character."""
    return "".join(_encode(data[at : at + _CHUNK]) for at in range(0, len(data), _CHUNK))


def _encode(data: bytes) -> str:
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8))
    whole = len(bits) // BITS * BITS
    groups = bits[:whole].reshape(-1, BITS) @ _WEIGHTS
    pairs = np.column_stack(np.divmod(groups, len(ALPHABET)))
    text: bytes = _SYMBOLS[pairs].tobytes()
    if rest := bits[whole:].tolist():
        width = _NARROW if len(rest) <= _NARROW else BITS
        last = int("".join(map(str, rest)).ljust(width, "0"), 2)
        high, low = divmod(last, len(ALPHABET))
        text += (
            ALPHABET[low : low + 1] if width == _NARROW else bytes([ALPHABET[high], ALPHABET[low]])
        )
    return text.decode()


def decode(text: str) -> bytes:
    """Return the bytes of a text that `encode` wrote.

    Raises
    ------
    ValueError
        If the text is not a result of `encode`.
    """
    values = np.full(256, -1)
    values[_SYMBOLS] = np.arange(len(ALPHABET))
    symbols = values[np.frombuffer(text.encode("latin-1", "replace"), dtype=np.uint8)]
    pairs = len(symbols) // 2 * 2
    groups = symbols[0:pairs:2] * len(ALPHABET) + symbols[1:pairs:2]
    last = symbols[pairs:]
    if (symbols < 0).any() or (groups >= 1 << BITS).any() or (last >= 1 << _NARROW).any():
        raise ValueError("not base 91")
    bits = (groups[:, None] & _WEIGHTS > 0).ravel()
    tail = (last[:, None] & _WEIGHTS[-_NARROW:] > 0).ravel()
    every = np.concatenate([bits, tail])
    return np.packbits(every[: len(every) // 8 * 8]).tobytes()
