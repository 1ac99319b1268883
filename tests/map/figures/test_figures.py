"""Every figure of the page is the one that Python gives: panel, lists, legends, and every card.

Walked on this repository's zone as the public sees it, and on the zone of three parks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Browser

from gxq_geo.analysis import carriers, parks, sites
from gxq_geo.investment_map import InvestmentMap
from gxq_geo.investment_map.page import style
from gxq_geo.schemas import Field, schema
from gxq_geo.schemas.display import ValueFormatter, plain, tenths
from gxq_geo.zone import Zone, open_zone
from gxq_geo.zone.publication import public_layers
from tests.conftest import LAYERS
from tests.support.browser import Visit, visited
from tests.support.bureau import bureau

LANGS = ("zh", "en")


@dataclass(frozen=True)
class Walk:
    """A page that is open, and the zone that it shows, as the public may see it."""

    visit: Visit
    zone: Zone

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        return public_layers(self.zone, "public")

    def fmt(self, lang: str) -> ValueFormatter:
        return ValueFormatter(self.frames, lang)

    def go(self, address: str) -> None:
        self.visit.go(address)

    def lines(self, at: str, *cells: str) -> list[tuple[str, ...]]:
        """What each of several elements says, cell by cell."""
        found = self.visit.js(
            "([at, cells]) => [...document.querySelectorAll(at)].map((one) =>"
            " cells.map((cell) => one.querySelector(cell)?.textContent ?? ''))",
            [at, list(cells)],
        )
        return [tuple(cells) for cells in found]

    def area(self, mu: float, lang: str) -> str:
        """An area in the reader's own unit, as the page writes it."""
        return str(self.fmt(lang).area(mu)[0]).replace(" ", "")


@pytest.fixture(scope="module", params=["zone", "three parks"])
def walk(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    folder = tmp_path_factory.mktemp("walk")
    layers = LAYERS if request.param == "zone" else bureau(folder / "layers")
    one = open_zone(layers)
    InvestmentMap(one).save(folder / "map.html")
    with visited(browser, folder / "map.html") as visit:
        yield Walk(visit, one)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def narrowed(walk: Walk) -> list[tuple[str, pd.DataFrame]]:
    """Addresses, and the sites that they leave: all, those of one park, those of two statuses."""
    every = walk.frames["sites"]
    park = every["park_id"].iloc[0]
    two = ["reserve", "negotiating"]
    return [
        ("v=1", every),
        (f"park={park}", every[every["park_id"] == park]),
        (f"status={','.join(two)}", every[every["status"].isin(two)]),
    ]


# ------------------------------------------------------------------ panel and lists


@pytest.mark.parametrize("lang", LANGS)
def test_panel_and_tabs(walk: Walk, lang: str) -> None:
    for address, frame in narrowed(walk):
        walk.go(f"lang={lang}&{address}")
        offer = sites.availability(frame, ["status"])[["sites", "area_mu"]]
        free = offer.reindex(["available"], fill_value=0).iloc[0]
        figures = [squeezed(one) for one in walk.visit.texts("#figures .figure-n")]
        assert figures[0] == str(len(walk.frames["parks"]))
        assert re.sub(r"\D", "", figures[1]) == str(int(free["sites"]))
        assert figures[2] == walk.area(free["area_mu"], lang)
        counts = [int(one.replace(",", "")) for one in walk.visit.texts("#tabs .count")]
        fixed = [len(walk.frames[name]) for name in ("parks", "sectors")]
        assert [counts[0], counts[1], counts[3]] == [fixed[0], len(frame), fixed[1]]


@pytest.mark.parametrize("lang", LANGS)
def test_lists(walk: Walk, lang: str) -> None:
    walk.go(f"lang={lang}&tab=sites")
    assert walk.area(walk.frames["sites"]["area_mu"].sum(), lang) in squeezed(
        walk.visit.texts("#result span")[0]
    )
    walk.go(f"lang={lang}&tab=carriers")
    vacant = carriers.vacancy(walk.frames["carriers"], ["kind"])["vacant_floor_area_m2"].sum()
    assert plain(vacant) in walk.visit.texts("#result span")[0]
    assert walk.visit.texts("#tabs .count")[2] == str(len(walk.frames["carriers"]))
    walk.go(f"lang={lang}&tab=parks")
    free = sites.availability(walk.frames["sites"]).reset_index()
    free = free[free["status"] == "available"].set_index("park_id")
    fmt = walk.fmt(lang)
    found = [
        (name, squeezed(tail), re.sub(r"\D", "", below))
        for name, tail, below in walk.lines(
            "#list .row", ".row-head", ".row-tail", ".row-below-tail"
        )
    ]
    order = walk.frames["parks"].sort_values("rank", kind="stable")["park_id"]
    assert found == [
        (
            fmt.name_of("parks", park),
            walk.area(free["area_mu"].get(park, 0.0), lang),
            str(free["sites"].get(park, 0)),
        )
        for park in order
    ]


@pytest.mark.parametrize("lang", LANGS)
def test_sectors(walk: Walk, lang: str) -> None:
    walk.go(f"lang={lang}&tab=sectors")
    blocks = walk.frames["zoning"].explode("sectors")["sectors"].value_counts()
    ground = parks.zoned_area(walk.frames["zoning"]).groupby("sector_id")["value"].sum() / 100
    offer = sites.availability(walk.frames["sites"], ["sectors", "status"])["sites"]
    fmt = walk.fmt(lang)
    found = [
        (name, squeezed(tail), below.strip().split()[0], re.sub(r"\D", "", free_here))
        for name, tail, below, free_here in walk.lines(
            "#list .row", ".row-head", ".row-tail", ".row-below", ".row-below-tail"
        )
    ]
    order = walk.frames["sectors"].sort_values("rank", kind="stable")["sector_id"]
    assert found == [
        (
            fmt.name_of("sectors", sector),
            tenths(ground.get(sector, 0.0)) + fmt.unit("km2"),
            str(blocks.get(sector, 0)),
            str(offer.get((sector, "available"), 0)),
        )
        for sector in order
    ]


# ------------------------------------------------------------------ legends


UTILITIES = [
    "has_road", "has_water_supply", "has_drainage", "has_power",
    "has_telecom", "has_heating", "has_gas", "is_levelled",
]  # fmt: skip


def family(scheme: Any, code: Any) -> str:
    """The family of a land use: by the longest beginning of its code."""
    if pd.isna(code):
        return "unknown"
    table = style()["land_use"]["codes"].get(scheme, {})
    begins = (code[:n] for n in range(len(code), 0, -1))
    return next((table[begin] for begin in begins if begin in table), "other")


def prices(frame: pd.DataFrame, keys: list[str]) -> "pd.Series[str]":
    """By the classes that the legend itself names: lt20, 20-25, ge50."""

    def holds(key: str, value: float) -> bool:
        low, _, high = key.partition("-")
        if key.startswith(("lt", "ge")):
            return (value < float(key[2:])) == key.startswith("lt")
        return bool(high) and float(low) <= value < float(high)

    classed = frame["start_price_wan_per_mu"].map(
        lambda value: next((key for key in keys if holds(key, value)), "unknown"),
        na_action="ignore",
    )
    return classed.astype(object).fillna("unknown")


def readiness(frame: pd.DataFrame) -> "pd.Series[str]":
    flags = frame[UTILITIES].astype("boolean")
    there, known = flags.fillna(False).sum(axis=1), flags.notna().any(axis=1)
    ready, cleared = frame["ready_to_build"].astype("boolean"), frame["clearance_pct"]
    some = known | ready.notna() | cleared.notna()
    out = pd.Series("unknown", frame.index).mask(some, "pending").mask(there >= 6, "partly")
    return out.mask((there == 8) & (cleared >= 100), "net").mask(ready.fillna(False), "ready")


def freshness(frame: pd.DataFrame, keys: list[str], *, on: date) -> "pd.Series[str]":
    out = pd.Series("older", frame.index)
    for key in reversed([one for one in keys if re.fullmatch(r"m\d+", one)]):
        since = pd.Timestamp(on) - pd.DateOffset(months=int(key[1:]))
        out = out.mask(frame["updated"] >= since, key)
    return out.mask(frame["updated"].isna(), "unknown")


def classes(walk: Walk, lens: str, frame: pd.DataFrame, keys: list[str]) -> "pd.Series[str]":
    """The class of each site under a lens."""
    if lens == "availability":
        return frame["status"].astype(str)
    if lens == "landuse":
        pairs = zip(frame["land_use_scheme"], frame["land_use"], strict=True)
        return pd.Series([family(*pair) for pair in pairs], frame.index, dtype=str)
    # The page knows no date but those of what the public may see.
    latest = max(f["updated"].max().date() for f in walk.frames.values() if len(f))
    made = {
        "price": lambda: prices(frame, keys),
        "readiness": lambda: readiness(frame),
        "freshness": lambda: freshness(frame, keys, on=latest),
    }[lens]()
    offered = frame["status"].isin(style()["lenses"]["offered"])
    return made.where(offered, "taken")


def share(part: float, total: float) -> str:
    if not total:
        return "–"
    return "<1%" if 0 < part / total < 0.005 else f"{int(100 * part / total + 0.5)}%"


def legend(walk: Walk) -> dict[str, tuple[str, ...]]:
    keys = walk.visit.js(
        "[...document.querySelectorAll('#legend .entry')].map((one) => one.dataset.key)"
    )
    cells = walk.lines("#legend .entry", "span:nth-of-type(2)", "span:nth-of-type(3)", ".share")
    return {key.split(":", 1)[1]: row for key, row in zip(keys, cells, strict=True)}


@pytest.mark.parametrize("lens", ["availability", "landuse", "price", "readiness", "freshness"])
def test_legend_of_sites(walk: Walk, lens: str) -> None:
    for lang, (address, frame) in zip((*LANGS, "zh"), narrowed(walk), strict=True):
        if lens == "availability" and address.startswith("status"):
            continue  # The legend counts what the other filters leave.
        walk.go(f"lang={lang}&lens={lens}&{address}")
        found = legend(walk)
        groups = frame.groupby(classes(walk, lens, frame, list(found)))["area_mu"]
        count, mu = groups.size(), groups.sum()
        assert set(count.index) <= set(found)
        for key, (n, area, part) in found.items():
            assert n == plain(count.get(key, 0)), (address, key)
            assert area == walk.fmt(lang).area(mu.get(key, 0.0))[0].value
            assert part == share(mu.get(key, 0.0), mu.sum())


@pytest.mark.parametrize("lang", LANGS)
def test_legend_of_zoning(walk: Walk, lang: str) -> None:
    walk.go(f"lang={lang}&lens=zoning")
    zoning = walk.frames["zoning"]
    blocks = zoning.explode("sectors")
    uses = {"G": "green", "R": "living", "B": "living"}
    other = zoning[zoning["sectors"].map(len) == 0]
    by_use = other.groupby(other["land_use"].map(lambda c: uses.get(str(c)[:1], "public")))
    count = pd.concat([blocks["sectors"].value_counts(), by_use.size()])
    of_sectors = parks.zoned_area(zoning).groupby("sector_id")["value"].sum()
    ha = pd.concat([of_sectors, by_use["area_ha"].sum()])
    for key, (n, area, part) in legend(walk).items():
        assert n == plain(count.get(key, 0))
        assert area == tenths(ha.get(key, 0.0) / 100)
        assert part == share(ha.get(key, 0.0), ha.sum())


# ------------------------------------------------------------------ cards


@pytest.mark.parametrize("lang", LANGS)
def test_cards_of_parks(walk: Walk, lang: str) -> None:
    fmt = walk.fmt(lang)
    offer = sites.availability(walk.frames["sites"])
    ground = parks.zoned_area(walk.frames["zoning"]).set_index(["park_id", "sector_id"])["value"]
    of_park = parks.profile(
        walk.frames["parks"],
        zoning=walk.frames["zoning"],
        sites=walk.frames["sites"],
        projects=walk.zone.projects,
    ).set_index("park_id")
    for park, row in of_park.iterrows():
        walk.go(f"lang={lang}&on=parks:{park}")
        free, size = (squeezed(one) for one in walk.visit.texts("#card-figures .figure-n"))
        assert free == walk.area(row["available_mu"], lang)
        assert size == plain(row["area_km2"]) + fmt.unit("km2")
        supply = walk.lines("#card [data-part=supply] li", ".swatch ~ .end", ".note-n")
        mine = offer.loc[[park]] if park in offer.index.get_level_values(0) else offer.iloc[:0]
        assert [re.sub(r"\D", "", n) for _, n in supply] == [
            str(n) for n, mu in zip(mine["sites"], mine["area_mu"], strict=True) if mu
        ]
        for (said, note), mu in zip(supply, mine["area_mu"][mine["area_mu"] > 0], strict=True):
            assert squeezed(said.removeprefix(note)) == walk.area(mu, lang)
        mix = [squeezed(one) for (one,) in walk.lines("#card [data-part=mix] li", ".end")]
        planned = ground.get(park, pd.Series(dtype=float))
        order = walk.frames["sectors"].sort_values("rank", kind="stable")["sector_id"]
        expected = [tenths(planned[one] / 100) + fmt.unit("km2") for one in order if one in planned]
        assert mix[: len(expected)] == expected


CARDS = """
async ([layer, ids]) => ids.map((id) => {
  gxq.select(layer, id);
  const all = (at) => [...document.querySelectorAll(`#card ${at}`)].map((one) => one.textContent);
  const pairs = [...document.querySelectorAll("#card .pair")];
  return {
    pairs: pairs.map((one) => [...one.querySelectorAll("dt, dd")].map((part) => part.textContent)),
    large: all("#card-figures .figure-n"),
    below: all("#card-figures .figure-label"),
    utilities: all("[data-group=utilities] h3 .count"),
  };
})
"""
LARGE = {
    "sites": ("area_mu", "start_price_wan_per_mu"),
    "carriers": ("vacant_floor_area_m2", "rent_yuan_per_m2_month"),
}
COUNTED = ("number", "integer", "date", "boolean")


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("layer", ["sites", "carriers"])
def test_cards_of_sites_and_buildings(walk: Walk, layer: str, lang: str) -> None:
    """Each field on a card is formatted as in reports and sheets: by `ValueFormatter`."""
    fmt, known = walk.fmt(lang), schema().layers[layer]
    records = [
        {str(name): value for name, value in row.items()}
        for row in pd.DataFrame(walk.frames[layer]).to_dict("records")
    ]
    walk.go(f"lang={lang}")
    cards = walk.visit.js(CARDS, [layer, [one[known.id] for one in records]])
    fields = {fmt.label(f): f for f in fmt.fields_of(known) if f.type in COUNTED}
    seen = set()

    def said(record: dict[str, Any], field: Field) -> str:
        return squeezed(str(fmt.value(record, field) or fmt.text("page.missing")))

    for record, card in zip(records, cards, strict=True):
        for label, shown in card["pairs"]:
            if label in fields and fields[label].name not in ("far_min", "far_max"):
                assert squeezed(shown) == said(record, fields[label]), label
                seen.add(label)
        large = [said(record, known.fields[name]) for name in LARGE[layer]]
        assert [squeezed(one) for one in card["large"]] == large
        if layer == "sites" and pd.notna(record["area_mu"]):
            mu = record["area_mu"]
            assert all(str(one).replace(" ", "") in squeezed(card["large"][0] + card["below"][0])
                       for one in fmt.area(mu))  # fmt: skip
        if layer == "sites":
            there = sum(pd.notna(record[name]) and bool(record[name]) for name in UTILITIES)
            assert re.findall(r"\d+", card["utilities"][0]) == [str(there), "8"]
    assert len(seen) >= (9 if layer == "sites" else 5)
