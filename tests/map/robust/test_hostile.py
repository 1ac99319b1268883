"""Zones that mean harm, and zones that lack nearly everything: the page stays usable."""

import json
from pathlib import Path
from typing import Any

import pytest

from gxq_geo.investment_map import InvestmentMap
from gxq_geo.schemas import schema
from gxq_geo.zone import open_zone
from tests.support import zones
from tests.support.browser import PHONE_CONTEXT, Open
from tests.support.nightly import times

BLNS = Path(__file__).parents[4] / "shared" / "corpora" / "blns.json"
EVIL = [
    "{{ 7*7 }}",
    "{% raw %}",
    "<img src=x onerror=window.ran=1>",
    "${7*7}",
    "</script><script>window.ran=1</script>",
    "<!--",
    "]]>",
    "[[csp]]",
    "\u2028",
    "javascript:window.ran=1",
    "\" onclick='window.ran=1' x=\"",
    "&lt;b&gt;",
    "__proto__",
]


def save(folder: Path, path: Path, **options: Any) -> Path:
    InvestmentMap(open_zone(folder), **options).save(path)
    return path


def naughty() -> list[str]:
    if not BLNS.exists():
        pytest.skip(f"{BLNS} is absent")
    strings = json.loads(BLNS.read_text("utf-8"))
    return [text for text in strings if text and encodes(text)]


def encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def hostile_zone(folder: Path, strings: list[str]) -> Path:
    """A zone in which every text of every layer is one of the strings."""
    zones.tiny_zone(folder)
    for path in sorted(folder.glob("*.geojson")):
        known = schema().layers[path.stem]
        plain = zones.load_features(path)
        many = path.stem in ("sites", "carriers")
        features = []
        for k in range(len(strings) if many else len(plain)):
            one = json.loads(json.dumps(plain[k % len(plain)]))
            texts = [f.name for f in known.fields.values() if f.type == "text"]
            one["properties"] |= dict.fromkeys(texts, strings[k % len(strings)])
            # The ids of a few stay, for others refer to them.
            own = str(k) if many else plain[k]["properties"][known.id]
            one["properties"][known.id] = own
            features.append(one)
        zones.save_features(path, features)
    return folder


def spoil_tables(folder: Path, text: str) -> None:
    for name in ("sectors", "departments"):
        path = folder / f"{name}.csv"
        rows = zones.load_rows(path)
        for row in rows:
            row |= {"name_zh": text, "name_en": text, "source": text}
        zones.save_rows(path, rows)


CARDS = """([layer, count, lang]) => {
  gxq.lang(lang);
  return Array.from({ length: count }, (_, k) => {
    gxq.select(layer, String(k));
    return [document.getElementById("card-title").textContent,
      document.getElementById("card-body").textContent];
  });
}"""


def reads_as_typed(visit: Open, folder: Path, path: Path, strings: list[str]) -> None:
    v = visit(path=save(folder, path))
    for layer, lang in (("sites", "zh"), ("carriers", "en")):
        shown = v.js(CARDS, [layer, len(strings), lang])
        for text, (title, body) in zip(strings, shown, strict=True):
            assert title == text
            assert text in body
    v.js("gxq.select('parks', 'xi')")
    assert v.texts("#card-title")
    for lens in ("zoning", "availability"):
        v.js("(lens) => gxq.lens(lens)", lens)
        v.still()
    assert v.js("window.ran") is None
    assert v.js("document.querySelectorAll('img, #card script, #panel script').length") == 0


def test_hostile_names_stay_text(visit: Open, tmp_path: Path) -> None:
    folder = hostile_zone(tmp_path / "layers", EVIL)
    spoil_tables(folder, EVIL[2])
    reads_as_typed(visit, folder, tmp_path / "map.html", EVIL)


@pytest.mark.slow
@pytest.mark.random
def test_naughty_strings_stay_text(visit: Open, tmp_path: Path) -> None:
    strings = naughty()
    assert len(strings) > 400
    strings = strings[:: times(4, 1)]
    folder = hostile_zone(tmp_path / "layers", strings)
    reads_as_typed(visit, folder, tmp_path / "map.html", strings)


def test_hostile_ids_stay_text(visit: Open, tmp_path: Path) -> None:
    folder = zones.tiny_zone(tmp_path / "layers")
    for k, text in enumerate(EVIL):
        given = {"site_id": text, "name_zh": text, "park_id": "xi", "status": "available"}
        zones.add(folder / "sites.geojson", given, zones.block(10 * k, 900, 9, 9))
    v = visit(path=save(folder, tmp_path / "map.html"))
    for text in EVIL:
        assert v.js("(id) => gxq.select('sites', id).id", text) == text
        v.still()
    v = visit(v.link(), path=tmp_path / "map.html")
    assert v.texts("#card-title") == [EVIL[-1]]


@pytest.mark.parametrize(
    "kept",
    [(), ("parks",), ("parks", "zone_frame"), ("sites", "parks"), ("carriers",), ("stations",)],
    ids=str,
)
def test_degenerate_zones_stay_usable(visit: Open, tmp_path: Path, kept: tuple[str, ...]) -> None:
    folder = zones.tiny_zone(tmp_path / "layers")
    for path in [*folder.glob("*.geojson"), *folder.glob("*.csv")]:
        if path.stem == "parks" and "parks" not in kept:
            zones.save_features(path, [])
        elif path.stem not in kept:
            path.unlink()
    page = save(folder, tmp_path / "map.html")
    for context in ({}, PHONE_CONTEXT):
        v = visit(path=page, **context)
        for tab in ("parks", "sites", "carriers", "sectors"):
            v.page.click(f"#tab-{tab}")
            assert v.texts("#list .row") or v.texts("#empty")[0]
        for lens in ("zoning", "availability"):
            v.page.click(f"#lens [data-value={lens}]")
        v.js("gxq.lang('en')")
        assert "NaN" not in v.texts("body")[0]
