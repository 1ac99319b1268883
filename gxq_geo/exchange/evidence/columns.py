"""Assign the columns of a foreign table to the fields of a layer, one to one, or ask.

A column is recognised by a field's name, its labels and aliases, or by what a format left of them:
a shapefile cuts names to ten bytes, QGIS to ten characters with a number.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from gxq_geo.exchange.evidence import units
from gxq_geo.exchange.source import Loss, SourceTable
from gxq_geo.schemas import Field, LayerSchema, schema
from gxq_geo.schemas.normalise import fold

# Columns that programs add for themselves.
_LEFTOVERS = re.compile(
    r"(?:ogc_?)?fid_?\d*|fid_.*|(?:arc)?objectid_?\d*|oid_?\d*|shape|shape_+(?:area|leng|length|le_\d)"
    r"|shape__(?:area|length)|globalid|layer|path|auxiliary_storage_.*|gid|ogr_style|ogr_geometry"
    r"|begin|end|timestamp|tessellate|extrude|visibility|draworder|icon|altitudemode|geometry_name"
)
# A running number, where the layer has no order of its own.
_RUNNING_NUMBERS = frozenset({"序号", "no", "no.", "#"})
_MARKS = re.compile(r"^[*★※]+|[*★※]+$")
# Words that an id or a name is called by in its own table, and nowhere else.
_OWN_ID = ("编号", "代码", "编码", "id", "code")
_OWN_NAME = ("名称", "中文名", "中文名称", "name")
_GENERIC = frozenset(map(fold, (*_OWN_ID, *_OWN_NAME, "序号")))
# A part of a heading of several rows that adds nothing to the part above it.
_WHOLE = frozenset(("总额", "总计", "合计", "总量", "总数", "金额", "数额", "数量", "总", "total"))
_CUT_NUMBER = re.compile(r"(.{4,8}?)_?\d{1,2}")
_SHORTEST_STUMP = 3


@dataclass(frozen=True, slots=True)
class Target:
    """The field of a column.

    Parameters
    ----------
    field
        The name of the field.
    factor
        By what numbers are multiplied to be in the field's unit; None if they are not converted.
    unit
        The unit of the column as the file writes it; empty if it states none.
    """

    field: str
    factor: Fraction | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What the user has to decide; the message is under ``exchange.<kind>``.

    Parameters
    ----------
    kind
        ``sheets.question.several-fields``, ``several-columns``, ``unit`` or ``no-such-field``.
    columns, fields
        The columns and fields between which to decide.
    unit
        For a unit that cannot be converted: the unit.
    """

    kind: str
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    unit: str = ""

    @property
    def params(self) -> Mapping[str, str]:
        """The parameters of the message."""
        listed = {"columns": ", ".join(self.columns), "fields": ", ".join(self.fields)}
        return {**listed, "unit": self.unit}


@dataclass(frozen=True, slots=True)
class Assignment:
    """Which column holds which field.

    Parameters
    ----------
    fields
        The field of each column that has one.
    open
        What has to be decided; its columns are in none of the other parts.
    unknown
        Columns that are kept aside.
    dropped
        Columns that other programs added for themselves.
    """

    fields: Mapping[str, Target]
    open: tuple[Question, ...] = ()
    unknown: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def losses(self) -> tuple[Loss, ...]:
        """The columns that are not taken over, for the table of losses."""
        return tuple(Loss("sheets.loss.leftover-column", 1, name) for name in self.dropped)


def assign(
    table: SourceTable, layer: LayerSchema, *, stated: Mapping[str, str] | None = None
) -> Assignment:
    """Assign the columns of a table to the fields of a layer.

    Parameters
    ----------
    table
        The table; a unit that a line of its sheet states (a note ``unit-line``) holds for the
        columns without a unit of their own.
    layer
        The layer.
    stated
        The field of each column that the user decided; an empty text keeps the column aside.
    """
    decided = {name: field for name, field in (stated or {}).items() if name in table.columns}
    claims = _claims(table, layer, decided)
    fields, questions = _settled(claims, layer)
    wrong = [
        Question("sheets.question.no-such-field", (name,), (field,))
        for name, field in decided.items()
        if field and field not in layer.fields
    ]
    targets, unit_questions = _with_units(fields, table, layer)
    asked = (*wrong, *questions, *unit_questions)
    rest = set(table.columns) - set(fields) - {name for one in asked for name in one.columns}
    kept = {name for name in rest if name in decided or not is_leftover(name, layer)}
    return Assignment(
        {name: targets[name] for name in table.columns if name in targets},
        asked,
        tuple(name for name in table.columns if name in kept),
        tuple(name for name in table.columns if name in rest - kept),
    )


def is_leftover(column: str, layer: LayerSchema) -> bool:
    """Whether a program, or a running number, left a column in the file."""
    text = fold(column)
    running = text in _RUNNING_NUMBERS and "rank" not in layer.fields
    return running or bool(_LEFTOVERS.fullmatch(text))


# ------------------------------------------------------------------ who claims what


def _claims(
    table: SourceTable, layer: LayerSchema, decided: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """The fields that each column may be; one where it is decided or has the field's own name."""
    columns = [name for name in table.columns if name not in decided]
    own = {name: name for name in columns if name in layer.fields}
    own |= {name: field for name, field in decided.items() if field in layer.fields}
    taken = set(own.values())
    claims: dict[str, tuple[str, ...]] = {name: (field,) for name, field in own.items()}
    for name in columns:
        if name not in own and not is_leftover(name, layer):
            found = [field for field in candidates(name, layer) if field not in taken]
            claims[name] = tuple(found)
    return {name: fields for name, fields in claims.items() if fields}


def candidates(column: str, layer: LayerSchema) -> tuple[str, ...]:
    """The fields of a layer that a column's name may mean, by the best kind of evidence."""
    names = _names(layer.name)
    texts = list(_readings(column))
    for text in texts:
        if found := names.get(text):
            return found
    return tuple(dict.fromkeys(field for text in texts for field in _stumps(text, layer)))


def _readings(column: str) -> Iterator[str]:
    """What a heading may say, folded: as it is, without its unit, by its parts."""
    plain = _MARKS.sub("", column.strip())
    base, _ = units.split(plain)
    yield _key(plain)
    yield _key(base)
    parent, slash, child = base.rpartition("/")
    if slash:
        yield _key(parent + child)
        yield _key(child)
        if fold(child) in _WHOLE:
            yield _key(parent)


def _key(text: str) -> str:
    return fold(text).replace("_", "")


@cache
def _names(layer_name: str) -> Mapping[str, tuple[str, ...]]:
    """The fields of a layer by each folded name, label and alias."""
    layer = schema().layers[layer_name]
    found: dict[str, dict[str, None]] = {}
    for field in layer.fields.values():
        for name in _names_of(field, layer):
            texts = [name] if name == field.name else [name, units.split(name)[0]]
            for text in texts:
                found.setdefault(_key(text), {})[field.name] = None
    # A field's own label counts for more than another's alias.
    labels = {_key(t): field.name for field in layer.fields.values() for t in field.label.values()}
    return {
        key: (labels[key],) if key in labels and labels[key] in fields else tuple(fields)
        for key, fields in found.items()
    }


def _names_of(field: Field, layer: LayerSchema) -> Iterable[str]:
    """The texts that mean a field in a layer.

    In a table of projects 园区名称 and 园区编号 are the park, 编号 and 名称 the project's own.
    """
    named = [field.name, *field.label.values(), *field.aliases]
    own = layer.label["zh"]
    if field.name == layer.id:
        return [*named, *_OWN_ID, *(own + word for word in ("编号", "代码", "编码", "号"))]
    if field.name == "name_zh":
        others = {f"{label}名称" for label in _layer_labels() - {own}}
        return [*(name for name in named if name not in others), *_OWN_NAME, own + "名称"]
    if field.ref and not field.is_list:
        whole = [name for name in named if fold(name) not in _GENERIC]
        label = schema().layers[field.ref].label["zh"]
        is_first = field.name == schema().layers[field.ref].id
        return [*whole, *((label + "名称", label + "编号") if is_first else ())]
    return named


@cache
def _layer_labels() -> frozenset[str]:
    return frozenset(layer.label["zh"] for layer in schema().layers.values())


# ------------------------------------------------------------------ cut names


def _stumps(text: str, layer: LayerSchema) -> Iterator[str]:
    """The fields whose name or heading a format may have cut to a text."""
    if len(text) < _SHORTEST_STUMP:
        return
    for field in layer.fields.values():
        if any(_is_cut(text, fold(name)) for name in _full_names(field)):
            yield field.name


def _full_names(field: Field) -> Iterator[str]:
    """The names of a field as a program may have written them before they were cut."""
    yield from (field.name, *field.label.values(), *field.aliases)
    if field.unit:
        unit = schema().units[field.unit]
        yield from (f"{label}({unit[lang]})" for lang, label in field.label.items() if lang in unit)


def _is_cut(text: str, full: str) -> bool:
    """Whether a text is the beginning of a name, cut to ten bytes, ten characters or five Hanzi."""
    plain = full.replace("_", "")
    if len(text) >= len(plain):
        return False
    if plain.startswith(text):
        return text in {_key(stump) for stump in _cuts(full)}
    match = _CUT_NUMBER.fullmatch(text)
    return bool(match and full.isascii() and _key(full[:8]) == match[1])


def _cuts(full: str) -> Iterator[str]:
    """What ten bytes or characters, or five Hanzi, hold of a name."""
    yield full[:10]
    if not full.isascii():
        yield full[:5]
        for encoding in ("gb18030", "utf-8"):
            yield full.encode(encoding)[:10].decode(encoding, "ignore")
            yield full.encode(encoding)[:9].decode(encoding, "ignore")


# ------------------------------------------------------------------ one to one


def _settled(
    claims: Mapping[str, tuple[str, ...]], layer: LayerSchema
) -> tuple[dict[str, str], list[Question]]:
    """The claims that are one to one, and questions about the others."""
    claimed: dict[str, list[str]] = {}
    for column, fields in claims.items():
        for field in fields:
            claimed.setdefault(field, []).append(column)
    settled: dict[str, str] = {}
    questions: list[Question] = []
    asked: set[str] = set()
    for column, fields in claims.items():
        rivals = list(dict.fromkeys(name for field in fields for name in claimed[field]))
        if len(fields) == 1 and len(rivals) == 1:
            settled[column] = fields[0]
        elif len(fields) > 1:
            questions.append(Question("sheets.question.several-fields", (column,), fields))
        elif fields[0] not in asked:
            asked.add(fields[0])
            questions.append(Question("sheets.question.several-columns", tuple(rivals), fields))
    return settled, questions


# ------------------------------------------------------------------ units


def _with_units(
    fields: Mapping[str, str], table: SourceTable, layer: LayerSchema
) -> tuple[dict[str, Target], list[Question]]:
    """The targets with their factors, and questions about units that cannot be converted."""
    general = [str(n.params["unit"]) for n in table.notes if n.kind == "sheets.note.unit-line"]
    targets, questions = {}, []
    for column, name in fields.items():
        field = layer.fields[name]
        unit = _unit(column, name, layer)
        factor = _factor(unit, field, is_cut=units.is_cut(column))
        if not unit and field.unit:
            found = ((one, units.factor(one, field)) for one in general)
            unit, factor = next(((u, f) for u, f in found if f is not None), ("", None))
        if unit and factor is None and field.type in ("number", "integer"):
            questions.append(Question("sheets.question.unit", (column,), (name,), unit))
        else:
            targets[column] = Target(name, factor if unit else None, unit)
    return targets, questions


def _unit(column: str, field: str, layer: LayerSchema) -> str:
    """The unit in a column's heading; a name such as ``supply year`` has none."""
    plain = _MARKS.sub("", column.strip())
    is_name = field in _names(layer.name).get(_key(plain), ())
    return "" if is_name and not units.is_bracketed(plain) else units.split(plain)[1]


def _factor(unit: str, field: Field, *, is_cut: bool) -> Fraction | None:
    """The factor of a unit; 1 for the beginning of the field's own unit, if the end was cut off."""
    found = units.factor(unit, field) if unit else None
    if found is None and is_cut and field.unit:
        own = fold(schema().units[field.unit]["zh"])
        return Fraction(1) if own.startswith(fold(unit)) else None
    return found
