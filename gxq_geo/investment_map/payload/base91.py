"""Bytes as printable text for an HTML file: 13 bits in two characters of 91.

The alphabet is printable ASCII without what HTML reads as its own (``&``, ``<``, ``>``), so that
no data can end the element that holds it. Text of base64 would be a twelfth longer.
`web/decode.js` reads what this module writes.
"""

import numpy as np

BITS = 13
ALPHABET = bytes(code for code in range(33, 127) if chr(code) not in "&<>")

_WEIGHTS = 1 << np.arange(BITS - 1, -1, -1, dtype=np.int32)
_SYMBOLS = np.frombuffer(ALPHABET, dtype=np.uint8)
_NARROW = 6
_STEP = BITS << 17
"""Bytes coded at a time: whole groups of thirteen, and memory stays small."""


def encode(data: bytes) -> str:
    """The text of some bytes; the last few bits take one character where six hold them."""
    return "".join(_encode(data[at : at + _STEP]) for at in range(0, len(data), _STEP))


def _encode(data: bytes) -> str:
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8))
    whole = len(bits) // BITS * BITS
    groups = bits[:whole].reshape(-1, BITS) @ _WEIGHTS
    pairs = np.column_stack(np.divmod(groups, len(ALPHABET)))
    text: bytes = _SYMBOLS[pairs].tobytes()
    if rest := bits[whole:].tolist():
        wide = _NARROW if len(rest) <= _NARROW else BITS
        last = int("".join(map(str, rest)).ljust(wide, "0"), 2)
        high, low = divmod(last, len(ALPHABET))
        text += (
            ALPHABET[low : low + 1] if wide == _NARROW else bytes([ALPHABET[high], ALPHABET[low]])
        )
    return text.decode()


def decode(text: str) -> bytes:
    """The bytes back.

    Raises
    ------
    ValueError
        If the text holds anything else.
    """
    places = np.full(256, -1)
    places[_SYMBOLS] = np.arange(len(ALPHABET))
    symbols = places[np.frombuffer(text.encode("latin-1", "replace"), dtype=np.uint8)]
    pairs = len(symbols) // 2 * 2
    groups = symbols[0:pairs:2] * len(ALPHABET) + symbols[1:pairs:2]
    last = symbols[pairs:]
    if (symbols < 0).any() or (groups >= 1 << BITS).any() or (last >= 1 << _NARROW).any():
        raise ValueError("not base 91")
    bits = (groups[:, None] & _WEIGHTS > 0).ravel()
    tail = (last[:, None] & _WEIGHTS[-_NARROW:] > 0).ravel()
    every = np.concatenate([bits, tail])
    return np.packbits(every[: len(every) // 8 * 8]).tobytes()
