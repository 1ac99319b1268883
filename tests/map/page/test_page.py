"""The page as a file: whole, the same each time, nothing from elsewhere, nothing internal."""

import base64
import gzip
import hashlib
import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib import metadata
from pathlib import Path
from typing import Any

import folium
import pandas as pd
import pytest

from gxq_geo import words
from gxq_geo.investment_map import InvestmentMap, page
from gxq_geo.investment_map.payload import base91, decode
from gxq_geo.schemas import schema
from gxq_geo.words.errors import FileError
from gxq_geo.zone import Zone, open_zone
from tests.support import zones

WEB = Path(page.__file__).parent / "web"
CANARY = "Kanarienvogel"
MARKUP_OR_TALK = ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "console.")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return zones.tiny_zone(tmp_path / "layers")


def payload_of(text: str) -> bytes:
    block = re.search(r'id="gxq-data">([^<]*)<', text)
    assert block
    return base91.decode(block[1])


class References(HTMLParser):
    """What a browser would load or run because of a tag."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "href", "data", "action", "poster", "srcset", "background"):
                self.found.append(value or "")
            if name.startswith("on") or name == "style":
                self.handlers.append(f"{tag} {name}")


def references(text: str) -> References:
    parser = References()
    parser.feed(text)
    return parser


def test_two_builds_are_the_same_bytes(zone: Zone, tmp_path: Path) -> None:
    for name in ("a", "b"):
        InvestmentMap(zone).save(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert InvestmentMap(zone).to_html() == InvestmentMap(zone).to_html()


def test_rendering_again_changes_nothing(zone: Zone) -> None:
    m = InvestmentMap(zone)
    assert m.to_html() == m.to_html()


def test_page_refers_to_nothing_outside(zone_page: Path) -> None:
    text = zone_page.read_text("utf-8")
    parser = references(text)
    assert [link for link in parser.found if not link.startswith("data:")] == []
    assert parser.handlers == []
    styles = "".join(re.findall(r"<style>(.*?)</style>", text, re.DOTALL))
    assert set(re.findall(r"url\(\s*['\"]?(.{5})", styles)) <= {"data:"}
    assert "@import" not in styles
    assert "sourceMappingURL" not in text


def test_policy_allows_nothing_but_the_page_itself(zone_page: Path) -> None:
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', zone_page.read_text("utf-8"))
    assert found
    rules = dict(rule.split(" ", 1) for rule in found[1].replace("&#x27;", "'").split("; "))
    assert rules["default-src"] == "'none'"
    for rule in ("script-src", "style-src"):
        assert all(source.startswith("'sha256-") for source in rules[rule].split())
    assert rules["img-src"] == "data: blob:"
    assert "unsafe" not in found[1]
    assert "http" not in found[1]


def test_what_is_zipped_is_what_the_policy_allows(zone_page: Path) -> None:
    text = zone_page.read_text("utf-8")
    block = re.search(r'id="gxq-code">([^<]*)<', text)
    assert block
    first, later = (json.loads(gzip.decompress(base91.decode(one))) for one in block[1].split())
    assert first["script"].count("createEngine") > 1
    assert later["script"].count("createCard") > 1
    assert "createCard" not in first["script"]
    policy = html.unescape(text[: text.index("<title>")])
    for one in (first["script"], later["script"], *first["style"]):
        digest = base64.b64encode(hashlib.sha256(one.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_scripts_never_make_markup_of_text() -> None:
    for path in WEB.rglob("*.js"):
        text = path.read_text("utf-8")
        for word in MARKUP_OR_TALK:
            assert word not in text, (path.name, word)
        assert "</" not in text, path.name
        assert "<!--" not in text, path.name


def test_page_says_only_words_that_exist_and_all_of_them() -> None:
    known = words.table("page", "zh").keys()
    text = "".join(path.read_text("utf-8") for path in sorted(WEB.rglob("*.*")))
    said = set(re.findall(r'\bt\("([\w-]+)"', text)) | set(re.findall(r'data-label="(\w+)"', text))
    # issues.js lists issues or changes, in words of the one or the other.
    listed = set(re.findall(r'\bsays\("([\w-]+)"', text))
    said |= {f"{kind}.{key}" for kind in ("issues", "changes") for key in listed}
    assert said <= known
    levels = re.findall(r'(\w+): \["(\w+)", "(\w+)", "(\w+)"\]', text)
    said |= {f"{kind}.{level}" for kind, *three in levels for level in three}
    started = tuple(re.findall(r"`([a-z_.]+[._])\$\{", text))
    quoted = set(re.findall(r'"([\w.-]+)"', text + Path(page.__file__).read_text("utf-8")))
    assert {key for key in known - quoted - said if not key.startswith(started)} == set()


def test_internal_page_says_only_words_that_exist_and_all_of_them() -> None:
    known = words.table("internal", "zh").keys()
    text = "".join(path.read_text("utf-8") for path in WEB.glob("internal/*.js"))
    said = set(re.findall(r'\b(?:say|tally)\(\s*"([\w-]+)"', text))
    assert said <= known
    started = tuple(re.findall(r"(?:say|tally)\(`([a-z_]+_)\$\{", text))
    assert {key for key in known - said if not key.startswith(started)} == set()


def test_every_colour_of_the_style_sheets_is_a_token() -> None:
    tokens = page.style()["tokens"]
    assert tokens["light"].keys() == tokens["dark"].keys()
    own = {"sheet", "bands", "tray", "columns", "tracks"}
    for path in WEB.rglob("*.css"):
        used = set(re.findall(r"var\(--([\w-]+)", path.read_text("utf-8")))
        assert used <= tokens["light"].keys() | own, path.name


def test_leaflet_pictures_are_inside(zone_page: Path) -> None:
    text = zone_page.read_text("utf-8")
    assert "images/marker" not in re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    assert "\r" not in text


@pytest.mark.parametrize("audience", ["public", "internal"])
def test_the_licences_of_what_is_inside_are_there(zone: Zone, audience: str) -> None:
    page = InvestmentMap(zone, audience=audience)
    for text in (page.to_html(), html.unescape(page.to_fragment())):
        head = text.partition("<head>")[0]
        assert "Leaflet 1.9.3" in head
        for claim in ("Agafonkin", "CloudMade", "BSD 2-Clause", "2. Redistributions in binary"):
            assert claim in head
        assert "AS IS" in head
        assert "MIT License" in head
    assert metadata.version("xstatic-leaflet").startswith("1.9.3")


def test_notebook_shows_the_same_page(tiny: Path) -> None:
    m = InvestmentMap(open_zone(tiny))
    shown = m._repr_html_()
    found = re.search(r'srcdoc="([^"]*)"', shown)
    assert found
    unescaped = found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"')
    assert unescaped.replace("&#x27;", "'").replace("&amp;", "&") == m.to_html()


def test_title_is_text(tiny: Path) -> None:
    settings = tiny / "zone.toml"
    evil = "{{ 7*7 }} </title><script>alert(1)</script> [[csp]]"
    settings.write_text(f"short_zh = '{evil}'\n" + settings.read_text("utf-8"), "utf-8")
    text = InvestmentMap(open_zone(tiny)).to_html()
    assert "<title>{{ 7*7 }} &lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; [[csp]]" in text
    assert "<script>alert" not in text
    assert "49" not in re.findall(r"<title>(.*?)</title>", text)[0]


def test_language_of_the_page(tiny: Path) -> None:
    text = InvestmentMap(open_zone(tiny), lang="en").to_html()
    assert '<html lang="en">' in text
    assert "<title>Example High-tech Zone Investment Map</title>" in text


def test_a_failed_write_leaves_what_was_there(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "map.html"
    folder.mkdir()
    with pytest.raises(FileError):
        InvestmentMap(open_zone(tiny)).save(folder)
    with pytest.raises(FileError):
        InvestmentMap(open_zone(tiny)).save(tmp_path / "absent" / "map.html")


# ------------------------------------------------------------------ who may see what


def with_canaries(zone: Zone) -> Zone:
    """A zone with a canary in every text that the public may not see."""
    layers = {}
    for name, layer in zone.layers.items():
        frame = layer.frame.copy()
        known = schema().layers[name]
        for field in known.fields.values():
            internal = "internal" in (field.audience, known.audience)
            if internal and field.type == "text":
                frame[field.name] = [f"{CANARY} {name} {field.name} {k}" for k in range(len(frame))]
        layers[name] = replace(layer, frame=hidden_records(frame, known.fields))
    return replace(zone, layers=layers)


def hidden_records(frame: pd.DataFrame, fields: Any) -> pd.DataFrame:
    """The records, and each of them once more with canaries, not published and in doubt."""
    if not len(frame):
        return frame
    parts = [frame]
    for published in (False, None):
        extra = frame.copy()
        extra["published"] = pd.array([published] * len(frame), dtype="boolean")
        for field in fields.values():
            if field.type == "text":
                extra[field.name] = [f"{CANARY} hidden {k}" for k in range(len(frame))]
        parts.append(extra)
    whole = pd.concat(parts, ignore_index=True)
    return whole.astype(frame.dtypes.to_dict())


def test_public_page_holds_no_internal_word(tiny: Path) -> None:
    text = InvestmentMap(with_canaries(open_zone(tiny))).to_html()
    data = payload_of(text)
    assert CANARY not in text
    assert CANARY.encode() not in gzip.decompress(data)
    decoded = decode(data)
    for name, frame in decoded.layers.items():
        assert schema().layers[name].audience == "public"
        fields = {**schema().layers[name].fields, **schema().layers[name].derived}
        columns = [fields[column] for column in frame.columns if column != "geometry"]
        assert {field.audience for field in columns} == {"public"}
    assert len(decoded.layers["parks"]) == 2


def test_internal_page_holds_them(tiny: Path) -> None:
    text = InvestmentMap(with_canaries(open_zone(tiny)), audience="internal").to_html()
    data = gzip.decompress(payload_of(text))
    for layer in ("projects", "customers", "teams", "events"):
        assert f"{CANARY} {layer}".encode() in data
    assert decode(payload_of(text)).header["meta"]["audience"] == "internal"


def test_header_says_what_is_demo_and_schematic(tiny: Path) -> None:
    meta = decode(InvestmentMap(open_zone(tiny), draft=True).payload).header["meta"]
    assert (meta["demo"], meta["schematic"], meta["draft"]) == (True, True, True)
    assert (meta["data_date"], meta["audience"]) == ("2026-11-23", "public")


# ------------------------------------------------------------------ what may be added


def test_added_folium_elements_are_in_the_page_and_their_hosts_in_its_policy(tiny: Path) -> None:
    m = InvestmentMap(open_zone(tiny))
    plain = m.to_html()
    folium.Marker([35.4, 116.6], popup="here").add_to(m)
    folium.TileLayer("https://{s}.tiles.example/{z}/{x}/{y}.png", attr="x").add_to(m)
    text = m.to_html()
    assert "L.marker(" in text
    assert "jQuery v3" not in plain
    assert "jQuery v3" in text
    found = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert found
    assert "https://*.tiles.example" in found[1]
    assert "tiles.example" not in plain
