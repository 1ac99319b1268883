"""Which field a column's heading means: names, labels and aliases, and headings made from them."""

from collections.abc import Iterable, Iterator, Mapping

from gxq_geo.schemas.model import Field, LayerSchema, schema
from gxq_geo.schemas.normalise import fold_all

# The meanings of each layer's headings, with the layer, by its identity: a schema is not hashable.
_found: dict[int, tuple[LayerSchema, Mapping[str, tuple[str, ...]]]] = {}


def meanings(layer: LayerSchema) -> Mapping[str, tuple[str, ...]]:
    """Return the fields that each recognised heading may mean, by the folded heading.

    Besides a field's name, its labels and its aliases, these are the id and the name of a record
    (编号, 项目名称), the id or the name of a record that is referred to (园区名称), and a label
    with the field's unit in brackets or after a slash (投资额（亿元）).
    """
    if id(layer) not in _found:
        _found[id(layer)] = (layer, _meanings(layer))
    return _found[id(layer)][1]


def _meanings(layer: LayerSchema) -> Mapping[str, tuple[str, ...]]:
    pairs = [pair for field in layer.fields.values() for pair in _headings(field)]
    pairs += _headings_of_record(layer)
    folded = fold_all([heading for heading, _ in pairs])
    found: dict[str, tuple[str, ...]] = {}
    for heading, (_, name) in zip(folded, pairs, strict=True):
        found[heading] = tuple(dict.fromkeys((*found.get(heading, ()), name)))
    return found


def _headings(field: Field) -> Iterator[tuple[str, str]]:
    known = (field.name, *field.label.values(), *field.aliases)
    yield from ((heading, field.name) for heading in known)
    units = schema().units.get(field.unit, {}).values()
    yield from ((form, field.name) for word in known for form in _with_units(word, units))
    if field.ref:
        yield from ((heading, field.name) for heading in _identified(known))


def _with_units(word: str, units: Iterable[str]) -> Iterator[str]:
    for unit in units:
        yield f"{word}({unit})"
        yield f"{word}/{unit}"


def _identified(words: Iterable[str]) -> Iterator[str]:
    """Yield headings of a column that says of which record a row is: 园区名称, 园区编号."""
    for kind in ("id", "name"):
        yield from (f"{word}{end}" for word in words for end in schema().headings[kind])


def _headings_of_record(layer: LayerSchema) -> Iterator[tuple[str, str]]:
    """Yield the headings of the id and the name of a layer's own records."""
    own = ("", *layer.label.values())
    for field, kind in ((layer.id, "id"), ("name_zh", "name")):
        if field in layer.fields:
            yield from ((f"{o}{e}", field) for o in own for e in schema().headings[kind])
