"""The wall map on paper: its figures are those of the questions, and everything is on the sheet."""

import re
from pathlib import Path

import pytest

from gxq_geo import questions, words
from gxq_geo.cli.example import example_folder
from gxq_geo.documents import PAPERS, wall_map
from gxq_geo.schemas.display import ValueFormatter, tenths
from gxq_geo.zone import Zone, open_zone
from tests.documents.test_sheet import squeezed
from tests.support.bureau import bureau
from tests.support.command import gxq
from tests.support.pages import Pages
from tests.support.zones import edit, load_features, save_features, tiny_zone

LANGS = ("zh", "en")
MARGIN_MM = 9


@pytest.fixture(scope="module")
def zone() -> Zone:
    return open_zone(example_folder())


@pytest.fixture(scope="module")
def small(zone: Zone) -> Pages:
    return Pages(wall_map(zone, paper="A3", langs=LANGS))


def test_papers_lie_and_each_language_has_a_page(small: Pages, zone: Zone) -> None:
    assert [small.size_mm(k) for k in range(len(small))] == [(420, 297)] * 2
    large = Pages(wall_map(zone, paper="A0"))
    assert large.size_mm(0) == (1189, 841)
    numbers = re.findall(r"\b\d{1,2}\b", large.document[0].get_textpage().get_text_range())
    free = len(zone.sites.query("status == 'available' and published"))
    # Each number stands in the table, and nearly each on the map.
    assert sum(numbers.count(str(k)) >= 2 for k in range(1, free + 1)) > 0.9 * free


def test_sizes_are_the_same_on_the_command_line() -> None:
    from gxq_geo.cli.commands import documents

    assert set(documents.PAPERS) == set(PAPERS)


@pytest.mark.parametrize("lang", LANGS)
def test_figures_are_those_of_the_questions(zone: Zone, lang: str) -> None:
    text = Pages(wall_map(zone, langs=[lang], audience="internal")).text(0)
    fmt = ValueFormatter({name: one.frame for name, one in zone.layers.items()}, lang)
    tables = questions.sites(zone).tables
    whole = tables["by_park"].groupby("status", observed=True)[["sites", "area_mu"]].sum()
    for status, sites, area in whole.itertuples():
        said = fmt.choice("site_status", status)
        figure = squeezed(fmt.area(area)[0])
        assert re.search(rf"{squeezed(said)}{sites}\D{{1,6}}{figure}", text)
    free = tables["by_park"].query("status == 'available'").set_index("park_id")
    profile = questions.parks(zone).tables["profile"].set_index("park_id")
    assert len(profile) == 10
    for park in profile.index:
        name, area = fmt.name_of("parks", park), tenths(profile.loc[park, "area_km2"])
        figures = [str(free.loc[park, "sites"])]
        figures += [fmt.area(free.loc[park, c])[0].value for c in ("area_mu", "contiguous_mu")]
        row = rf"{re.escape(squeezed(name))}{area}\D*{re.escape(squeezed(*figures))}"
        assert re.search(row, text), name


@pytest.mark.parametrize("page", range(2))
def test_every_site_on_offer_is_listed(small: Pages, zone: Zone, page: int) -> None:
    text, free = small.text(page), zone.sites.query("status == 'available' and published")
    fmt = ValueFormatter({}, LANGS[page])
    for site, area in zip(free["site_id"], free["area_mu"], strict=True):
        assert re.search(rf"{site}\D+?{re.escape(fmt.area(area)[0].value)}", text), site


@pytest.mark.parametrize("page", range(2))
def test_parks_legend_scale_and_notices_are_said(small: Pages, zone: Zone, page: int) -> None:
    lang, text = LANGS[page], small.text(page)
    names = [*zone.parks[f"name_{lang}"], *zone.sectors[f"name_{lang}"]]
    for name in names:
        assert squeezed(name) in text
    for key in ("page.note_mixed", "page.badge_demo", "page.badge_schematic", "page.review_no"):
        assert squeezed(words.text(key, lang)) in text
    assert "1:80,000" in text
    assert f"012{('公里', 'km')[page]}" in text
    assert squeezed(getattr(zone.settings, f"disclaimer_{lang}")) in text


def test_letters_neither_overlap_nor_leave_the_page(small: Pages) -> None:
    for k in range(len(small)):
        assert small.outside(k, MARGIN_MM) == ""
        assert small.overlaps(k) == []


def test_the_longest_names_find_room(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    for name in ("parks", "sites", "zone_frame", "rivers", "stations"):
        features = load_features(folder / f"{name}.geojson")
        for one in features:
            one["properties"].update(name_zh="超长名称的园区，" * 25, name_en="Donau" * 40)
        save_features(folder / f"{name}.geojson", features)
    pages = Pages(wall_map(open_zone(folder), langs=LANGS))
    for k in range(2):
        assert pages.outside(k, MARGIN_MM) == ""
        assert pages.overlaps(k) == []
    assert squeezed("超长名称的园区，" * 25) in pages.text(0)


def test_more_sites_than_the_paper_holds_are_counted(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    features = load_features(folder / "sites.geojson")
    one = features[0]
    many = [
        {**one, "properties": {**one["properties"], "site_id": f"N-{k:04d}"}} for k in range(300)
    ]
    save_features(folder / "sites.geojson", many)
    text = Pages(wall_map(open_zone(folder))).text(0)
    listed = len(set(re.findall(r"N-\d{4}", text)))
    assert 50 < listed < 300
    assert f"另有{300 - listed}宗未列出" in text
    assert "300宗" in text


def test_what_is_not_known_is_not_a_nought(tmp_path: Path) -> None:
    """In the bureau's zone one of two sites of park c states no area."""
    zone = open_zone(bureau(tmp_path / "bureau"))
    text = Pages(wall_map(zone)).text(0)
    assert squeezed(words.text("paper.unknown_area", "zh", n=1)) in text
    assert "2≥45.0" in text
    folder = tiny_zone(tmp_path / "tiny")
    edit(folder / "sites.geojson", "X-1", "area_mu", None)
    assert "1未提供未提供" in Pages(wall_map(open_zone(folder))).text(0)


def test_a_public_wall_map_holds_nothing_that_is_not_published(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    edit(folder / "sites.geojson", "D-2", "published", False)
    zone = open_zone(folder)
    public, internal = (
        Pages(wall_map(zone, audience=audience)).text(0) for audience in ("public", "internal")
    )
    assert "D-2" not in public
    assert "2宗45.0亩" in public
    assert "D-2" in internal
    assert "3宗105.0亩" in internal
    assert words.text("page.band_internal", "zh") in internal


def test_an_empty_zone_has_a_wall_map_all_the_same(tmp_path: Path) -> None:
    folder = tiny_zone(tmp_path)
    for path in folder.glob("*.csv"):
        path.unlink()
    for path in folder.glob("*.geojson"):
        save_features(path, [])
    text = Pages(wall_map(open_zone(folder))).text(0)
    assert "审图号未提供" in text


def test_the_command_writes_the_same_bytes(zone: Zone, small: Pages, tmp_path: Path) -> None:
    out = tmp_path / "wall.pdf"
    done = gxq("poster", example_folder(), "-o", out, "--paper", "A2", "--lang", "en")
    assert done.status == 0
    assert str(out) in done.out
    assert out.read_bytes() == wall_map(zone, paper="A2", langs=["en"])
