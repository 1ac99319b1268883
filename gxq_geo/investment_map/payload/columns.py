"""Encode the fields of a frame as compact blocks, with an encoding by type and values.

======== ====================================================================================
encoding block
======== ====================================================================================
none     no block: all values are missing
dict     one code per record (1, 2 or 4 bytes): 0 missing, k the k-th of ``values``
list     as dict, where each of ``values`` is a list
numbered texts that differ only in numbers (ids, many names): codes as in dict, where each of
         ``values`` is a pattern with zeros for digits; ``numbers`` has an int column for the
         k-th run of at most nine digits
text     a JSON array of strings and nulls, for texts that rarely repeat
int      one number per record (see `planes`): 0 missing, else 1 + value * ``scale`` - ``base``,
         or with ``delta`` 1 + the zigzag code of the difference to the previous known value
date     as int, in days since 1970-01-01
float    eight bytes per record, little-endian, NaN missing: numbers with more than six decimals
bool     one byte per record: 0 false, 1 true, 2 missing
======== ====================================================================================
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gxq_geo.investment_map.payload.planes import estimated_bits, pack, unpack, unzigzag, zigzag
from gxq_geo.schemas import Field

Add = Callable[[bytes], dict[str, int]]
Read = Callable[[Any], bytes]

_INT_LIMIT = 2**29
"""The zigzag code of a difference of two numbers below this, plus one, fits into 31 bits."""


def encode_column(values: pd.Series, field: Field, add: Add) -> dict[str, Any]:
    """Encode a column; return its encoding and the position of its block.

    Parameters
    ----------
    values
        The column.
    field
        Its field, which gives the type.
    add
        A function that appends a block and returns its position.
    """
    if not len(values) or (not field.is_list and bool(values.isna().all())):
        return {"enc": "none"}
    if field.is_list:
        return _lists(values, add)
    if field.type in ("integer", "number"):
        return _numbers(values.to_numpy(dtype="float64", na_value=np.nan), add)
    if field.type == "boolean":
        flags = values.astype("boolean").astype("Int8").fillna(2)
        return {"enc": "bool", **add(flags.to_numpy(dtype=np.uint8).tobytes())}
    if field.type == "date":
        return _dates(values, add)
    return _texts(values, add)


def decode_column(column: Mapping[str, Any], n: int, read: Read) -> list[Any]:
    """Decode a column of ``n`` records to Python values; None is missing, dates are ISO texts."""
    match column["enc"]:
        case "none":
            return [None] * n
        case "dict" | "list":
            codes = np.frombuffer(read(column), dtype=f"<u{column['width']}")
            return [[None, *column["values"]][code] for code in codes]
        case "numbered":
            return _decode_numbered(column, n, read)
        case "text":
            return list(json.loads(read(column)))
        case "bool":
            return [[False, True, None][code] for code in read(column)]
        case "float":
            return [None if v != v else float(v) for v in np.frombuffer(read(column), "<f8")]
        case "date":
            days = _decode_ints(column, n, read)
            return [None if d is None else str(np.datetime64(d, "D")) for d in days]
        case _:
            whole = _decode_ints(column, n, read)
            return [None if v is None else v / column["scale"] for v in whole]


def _texts(values: pd.Series, add: Add) -> dict[str, Any]:
    codes, uniques = pd.factorize(values)
    texts = uniques.tolist()
    if len(texts) * 2 <= len(codes):
        return _codes("dict", codes, texts, add)
    row_texts = [None if code < 0 else texts[code] for code in codes.tolist()]
    return _numbered(row_texts, add) or {"enc": "text", **add(dump(row_texts))}


_DIGITS = re.compile(r"[0-9]{1,9}")
_ZEROS = str.maketrans("123456789", "0" * 9)
_SEPARATOR = "\0"


def _numbered(texts: list[str | None], add: Add) -> dict[str, Any] | None:
    """Encode texts as patterns and numbers; None if there are too many different patterns."""
    joined = _SEPARATOR.join(text or "" for text in texts)
    patterns = joined.translate(_ZEROS).split(_SEPARATOR)
    if len(patterns) != len(texts):
        return None
    known = pd.Series(texts, dtype=object).notna()
    codes, uniques = pd.factorize(pd.Series(patterns, dtype=object).where(known))
    if len(uniques) * 4 > len(texts):
        return None
    per_pattern = [len(_DIGITS.findall(pattern)) for pattern in uniques]
    runs = np.append(per_pattern, 0)[codes].astype(np.int64)
    found = np.array(_DIGITS.findall(joined), dtype=np.int64)
    order = np.arange(len(found)) - np.repeat(np.cumsum(runs) - runs, runs)
    numbers = [_ints(found[order == k], runs > k, add) for k in range(int(runs.max(initial=0)))]
    return {**_codes("numbered", codes, uniques.tolist(), add), "numbers": numbers}


def _decode_numbered(column: Mapping[str, Any], n: int, read: Read) -> list[Any]:
    patterns = decode_column({**column, "enc": "dict"}, n, read)
    numbers = [_decode_ints(ints, n, read) for ints in column["numbers"]]

    def text(row: int, pattern: str) -> str:
        row_numbers = (str(ints[row]) for ints in numbers)
        return _DIGITS.sub(lambda run: next(row_numbers).zfill(len(run[0])), pattern)

    return [pattern and text(row, pattern) for row, pattern in enumerate(patterns)]


def _lists(values: pd.Series, add: Add) -> dict[str, Any]:
    rows = np.empty(len(values), dtype=object)
    rows[:] = [_tuple(value) for value in values]
    codes, uniques = pd.factorize(rows)
    lists = [[str(item) for item in value] for value in uniques]
    return _codes("list", codes, lists, add) if lists else {"enc": "none"}


def _tuple(value: Any) -> tuple[Any, ...] | None:
    if isinstance(value, (list, tuple, np.ndarray)) and len(value):
        return tuple(value)
    return None


def _codes(enc: str, codes: npt.NDArray[np.intp], values: list[Any], add: Add) -> dict[str, Any]:
    width = 1 if len(values) < 2**8 else 2 if len(values) < 2**16 else 4
    block = add((codes + 1).astype(f"<u{width}").tobytes())
    return {"enc": enc, "width": width, **block, "values": values}


def _dates(values: pd.Series, add: Add) -> dict[str, Any]:
    days = values.to_numpy().astype("datetime64[D]")
    known = ~np.isnat(days)
    return {"enc": "date", **_ints(days[known].astype(np.int64), known, add)}


def _numbers(numbers: npt.NDArray[np.float64], add: Add) -> dict[str, Any]:
    known = np.isfinite(numbers)
    values = numbers[known]
    for scale in (10**digits for digits in range(7)):
        if (np.abs(values) >= _INT_LIMIT / scale).any():
            break
        scaled = np.round(values * scale)
        if (scaled / scale == values).all():
            return {"enc": "int", "scale": scale, **_ints(scaled.astype(np.int64), known, add)}
    return {"enc": "float", **add(np.where(known, numbers, np.nan).astype("<f8").tobytes())}


def _ints(whole: npt.NDArray[np.int64], known: npt.NDArray[np.bool_], add: Add) -> dict[str, Any]:
    base = int(whole.min()) if len(whole) else 0
    plain = whole - base + 1
    differences = zigzag(np.diff(whole, prepend=0)) + 1
    delta = estimated_bits(differences) < estimated_bits(plain)
    codes = np.zeros(len(known), dtype=np.int64)
    codes[known] = differences if delta else plain
    return {"delta": True, **add(pack(codes))} if delta else {"base": base, **add(pack(codes))}


def _decode_ints(column: Mapping[str, Any], n: int, read: Read) -> list[int | None]:
    codes = unpack(read(column), n)
    known = codes > 0
    whole = codes[known] - 1
    whole = np.cumsum(unzigzag(whole)) if column.get("delta") else whole + column["base"]
    values = iter(whole.tolist())
    return [next(values) if k else None for k in known]


def dump(value: Any) -> bytes:
    """Return compact JSON as UTF-8, with a question mark for each lone surrogate."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
