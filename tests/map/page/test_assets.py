"""Which installed file stands in for what an added element would load, and which does not."""

import base64
import time
from pathlib import Path

import pytest

from gxq_geo.investment_map import assets
from gxq_geo.investment_map.assets import fits, inlined, installed, parse_asset

DRAW = "https://cdn.example/ajax/libs/leaflet.draw/1.0.2/leaflet.draw"
PNG = b"\x89PNG small"


def install(site: Path, name: str, version: str, files: dict[str, bytes]) -> None:
    """A distribution as pip leaves it."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for path, data in files.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_bytes(data)
    record = [*files, f"{info.name}/METADATA", f"{info.name}/RECORD"]
    (info / "RECORD").write_text("".join(f"{path},,\n" for path in record))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("place", "file", "library", "version"),
    [
        (
            "x://h/ajax/libs/leaflet.draw/1.0.2/leaflet.draw.js",
            "leaflet.draw.js",
            "leafletdraw",
            "1.0.2",
        ),
        ("x://h/npm/leaflet-ant-path@1.1.2/dist/a.min.js", "a.js", "leafletantpath", "1.1.2"),
        ("x://h/@scope/free-thing@6.2.0/css/all.min.css", "all.css", "freething", "6.2.0"),
        ("x://h/jquery-3.7.1.min.js", "jquery.js", "jquery", "3.7.1"),
        ("x://h/d3.v4.min.js", "d3.js", "d3", "4"),
        ("x://h/ajax/libs/moment.js/2.18.1/moment.min.js", "moment.js", "moment", "2.18.1"),
        ("x://h/gh/owner/Leaflet.Thing/src/L.Thing.min.js", "l.thing.js", "leafletthing", ""),
        ("x://h/gh/owner/tool@main/tool/templates/heat.min.js", "heat.js", "tool", ""),
        ("xstatic/pkg/leaflet_draw/data/leaflet.draw.js", "leaflet.draw.js", "leafletdraw", ""),
    ],
)
def test_what_an_address_says(place: str, file: str, library: str, version: str) -> None:
    said = parse_asset(place)
    assert said.file == file
    assert library in said.libraries
    assert said.version == (tuple(map(int, version.split("."))) if version else None)


@pytest.mark.parametrize(
    ("wanted", "found", "may"),
    [
        ((1, 1, 0), (1, 4, 1, 1), True),
        ((1, 1, 0), (1, 1, 0), True),
        ((1, 4, 1), (1, 1, 0), False),
        ((1, 9, 3), (2, 0, 0), False),
        ((3, 0, 0), (2, 9, 9), False),
        ((0, 6, 1), (0, 6, 9), True),
        ((0, 6, 1), (0, 7, 0), False),
        ((2,), (2, 4, 0), True),
        ((2,), (3, 0), False),
        ((1, 0), None, False),
        (None, None, True),
        (None, (7, 1), True),
    ],
)
def test_which_version_may_stand_in(
    wanted: tuple[int, ...] | None, found: tuple[int, ...] | None, may: bool
) -> None:
    assert fits(wanted, found) is may


@pytest.mark.parametrize(
    ("name", "version", "folder", "text", "taken"),
    [
        ("XStatic-Leaflet-Draw", "1.0.4.1", "xstatic/pkg/leaflet_draw/data", "a()", True),
        ("XStatic-Leaflet-Draw", "2.0.0.1", "xstatic/pkg/leaflet_draw/data", "a()", False),
        ("XStatic-Leaflet-Draw", "1.0.1.9", "xstatic/pkg/leaflet_draw/data", "a()", False),
        ("web-things", "7.1", "web_things/leaflet.draw/1.0.4", "a()", True),
        ("web-things", "7.1", "web_things/leaflet-draw@2.0.0", "a()", False),
        ("web-things", "1.1", "web_things/draw", "/* Leaflet.draw 1.0.4, a plugin */ a()", True),
        ("web-things", "1.1", "web_things/draw", "/* Leaflet.draw 0.4 */ a()", False),
        ("web-things", "1.1", "web_things/draw", "/* Other thing 1.0.4 */ a()", False),
        ("web-things", "1.1", "web_things/leaflet_draw", "a() // no version anywhere", False),
    ],
)
def test_name_library_and_version_have_to_agree(
    site: Path, name: str, version: str, folder: str, text: str, taken: bool
) -> None:
    install(site, name, version, {f"{folder}/leaflet.draw.js": text.encode()})
    assert installed(f"{DRAW}.js") == (text if taken else None)


def test_a_file_of_the_same_name_of_another_library_is_not_taken(site: Path) -> None:
    install(site, "other", "1.0.2", {"other/static/css/style.css": b"p{}"})
    assert installed("https://cdn.example/npm/thing@1.0.2/dist/style.css") is None
    assert installed("https://cdn.example/gh/owner/thing/src/css/style.css") is None


def test_the_newest_that_fits_is_taken(site: Path) -> None:
    for k, version in enumerate(("1.0.2", "1.3.0", "2.0.0")):
        files = {f"lib{k}/leaflet_draw/leaflet.draw.js": version.encode()}
        install(site / str(k), "XStatic-Leaflet-Draw", version, files)
    with pytest.MonkeyPatch.context() as patch:
        for k in range(3):
            patch.syspath_prepend(site / str(k))
        assert installed(f"{DRAW}.js") == "1.3.0"


def test_what_is_installed_later_is_found(site: Path) -> None:
    assert installed(f"{DRAW}.js") is None
    install(site, "XStatic-Leaflet-Draw", "1.0.4", {"leaflet_draw/leaflet.draw.js": b"now()"})
    assert installed(f"{DRAW}.js") == "now()"


def test_a_style_sheet_brings_its_small_pictures_or_stays_away(site: Path) -> None:
    css = b"\xef\xbb\xbfa{background:url('images/a.png?v=1#x')}\r\nb{background:url(data:,)}"
    files = {"leaflet_draw/leaflet.draw.css": css, "leaflet_draw/images/a.png": PNG}
    install(site, "XStatic-Leaflet-Draw", "1.0.4", files)
    inside = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    told = f"a{{background:url({inside})}}\nb{{background:url(data:,)}}"
    assert installed(f"{DRAW}.css") == told
    sheet, picture = site / "leaflet_draw/leaflet.draw.css", site / "leaflet_draw/images/a.png"
    picture.write_bytes(b"x" * 100_000)
    assert installed(f"{DRAW}.css") is None
    picture.unlink()
    assert installed(f"{DRAW}.css") is None
    for text in ("@import 'b.css';", "a{src:url(a.woff2)}", "a{background:url(https://b/c.png)}"):
        sheet.write_text(text)
        assert installed(f"{DRAW}.css") is None


def test_a_script_cannot_end_its_block(site: Path) -> None:
    text = b"a('</script><!--'); // \xe4\xb8\xad\r\nb();\n//# sourceMappingURL=a.map\n"
    install(site, "XStatic-Leaflet-Draw", "1.0.4", {"leaflet_draw/leaflet.draw.js": text})
    assert installed(f"{DRAW}.js") == "a('\\x3C/script>\\x3C!--'); // 中\nb();\n\n"
    (site / "leaflet_draw/leaflet.draw.js").write_bytes(b"\xff\xfe")
    assert installed(f"{DRAW}.js") is None


def test_the_head_keeps_what_is_not_found(site: Path) -> None:
    install(site, "XStatic-Leaflet-Draw", "1.0.4", {"leaflet_draw/leaflet.draw.js": b"a()"})
    absent = f'<link rel="stylesheet" href="{DRAW}.css"/>'
    head = inlined(f'<meta><script src="{DRAW}.js"></script>{absent}<style>p{{}}</style>')
    assert head.text == f"<meta><script>a()</script>{absent}<style>p{{}}</style>"
    assert head.remainder == f"<meta>{absent}<style>p{{}}</style>"
    assert head.missing == (f"{DRAW}.css",)


def test_nothing_is_looked_for_where_nothing_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.distributions", lambda: pytest.fail("looked"))
    assets._listing.cache_clear()
    assert inlined("<style>a{}</style><script>b()</script>").missing == ()


def test_looking_again_costs_nothing() -> None:
    installed(f"{DRAW}.js")
    start = time.perf_counter()
    for _ in range(50):
        installed(f"{DRAW}.js")
    assert time.perf_counter() - start < 0.5
