"""Base maps as data, in the page's policy, and on the command line."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gxq_geo import words
from gxq_geo.investment_map import InvestmentMap
from gxq_geo.investment_map import basemaps as bases
from gxq_geo.investment_map.payload import decode
from gxq_geo.words.errors import GxqError
from gxq_geo.zone import Zone, open_zone
from tests.map.page.test_page import payload_of
from tests.support import zones
from tests.support.command import gxq

PLAIN = bases.BaseMap(key="plain", name={"zh": "甲"}, urls=("https://a.example/{z}/{x}/{y}.png",))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return zones.tiny_zone(tmp_path / "layers")


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GXQ_TIANDITU_TK", "0a1b2c")
    return "0a1b2c"


def images_of(text: str) -> list[str]:
    found = re.search(r"img-src ([^;\"]*)", text)
    assert found
    return found[1].split()


@pytest.mark.parametrize("key", bases.known())
def test_every_entry_is_whole(key: str) -> None:
    base = bases.known()[key]
    assert re.fullmatch(r"[a-z][a-z-]*", key)
    assert base.datum in bases.DATUMS
    assert base.kind in bases.KINDS
    assert 0 <= base.min_zoom < base.max_zoom <= 20
    for said in (base.name, base.attribution, base.terms):
        assert all(said[lang].strip() for lang in words.langs()), said
    assert base.urls
    for url in base.urls:
        assert urlsplit(url).scheme == "https"
        assert all(place in url for place in ("{z}", "{x}", "{y}"))
        assert ("{s}" in url) == bool(base.subdomains)
        assert ("{token}" in url) == bool(base.token)
        assert set(re.findall(r"{(\w+)}", url)) <= {"s", "x", "y", "z", "token"}
    assert all(re.fullmatch(r"https://[a-z0-9.]+", host) for host in base.hosts())
    assert len(base.hosts()) == max(1, len(base.subdomains))


@pytest.mark.parametrize("key", bases.known())
def test_every_entry_goes_into_the_page_with_its_hosts_alone(
    tiny: Path, token: str, key: str
) -> None:
    base = bases.known()[key]
    text = InvestmentMap(open_zone(tiny), basemaps=[key]).to_html()
    assert images_of(text) == ["data:", "blob:", *base.hosts()]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert policy[1].count("http") == len(base.hosts())
    [said] = decode(payload_of(text)).header["meta"]["basemaps"]
    assert said["key"] == key
    assert "{token}" not in "".join(said["urls"])
    assert (token in "".join(said["urls"])) == bool(base.token)


def test_without_a_base_map_the_page_names_no_host(tiny: Path) -> None:
    text = InvestmentMap(open_zone(tiny)).to_html()
    assert images_of(text) == ["data:", "blob:"]
    assert decode(payload_of(text)).header["meta"]["basemaps"] == []


def test_one_of_ones_own(tiny: Path) -> None:
    m = InvestmentMap(open_zone(tiny), basemaps=[PLAIN, PLAIN])
    assert m.basemaps == (PLAIN,)
    assert "https://a.example" in images_of(m.to_html())


def test_an_unknown_one_is_refused_with_the_list(zone: Zone) -> None:
    with pytest.raises(GxqError, match="tianditu, tianditu-imagery, amap, amap-imagery, osm"):
        InvestmentMap(zone, basemaps=["google"])
    with pytest.raises(GxqError, match=r"amap\W*$"):
        InvestmentMap(zone, basemaps=["amapp"])


def test_without_its_token_it_is_refused(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> None:
    for value in (None, "", "  "):
        monkeypatch.delenv("GXQ_TIANDITU_TK", raising=False)
        if value is not None:
            monkeypatch.setenv("GXQ_TIANDITU_TK", value)
        with pytest.raises(GxqError, match="GXQ_TIANDITU_TK"):
            InvestmentMap(zone, basemaps=["tianditu"])


def test_a_token_cannot_break_out_of_its_place(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GXQ_TIANDITU_TK", 'x"&{s}</script>')
    [said] = [base.for_page() for base in bases.choose(["tianditu"])]
    assert said["urls"][0].endswith("tk=x%22%26%7Bs%7D%3C%2Fscript%3E")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_command_warns_of_a_missing_review(tiny: Path, tmp_path: Path, lang: str) -> None:
    out = tmp_path / "m.html"
    options = ["map", str(tiny), "-o", str(out), "--lang", lang]
    plain = gxq(*options)
    assert plain.err == ""
    done = gxq(*options, "--basemap", "amap", "--basemap", "amap-imagery")
    assert done.status == 0
    lines = done.err.splitlines()
    assert lines == [
        words.text("cli.basemap-unreviewed", lang),
        words.text("cli.basemap-terms", lang, terms=bases.known()["amap"].terms[lang]),
    ]
    settings = tiny / "zone.toml"
    settings.write_text('map_review_no = "GS(2026)1"\n' + settings.read_text("utf-8"), "utf-8")
    assert words.text("cli.basemap-unreviewed", lang) not in gxq(*options, "--basemap", "osm").err


@pytest.mark.parametrize("wanted", ["nonsense", "tianditu"])
def test_command_refuses_in_one_line(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.delenv("GXQ_TIANDITU_TK", raising=False)
    done = gxq("map", str(tiny), "-o", str(tmp_path / "m.html"), "--basemap", wanted)
    assert done.status == 2
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "m.html").exists()
