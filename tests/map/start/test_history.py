"""Back and forward: what is opened over the page is a step; a link carries what was seen."""

from typing import Any

import pytest

from tests.support.browser import PHONE_CONTEXT, Open, Visit

SITE = "gxq.select('sites', gxq.visible().sites[0])"
KEEP = "gxq.shortlist(gxq.visible().sites.slice(0, 2).map((id) => ({ layer: 'sites', id })))"
# How each thing is opened, and what tells that it is open.
OPENED = {
    "card": (SITE, "!document.querySelector('#card').hidden"),
    "table": (
        "document.querySelector('#as-table').click()",
        "!document.querySelector('#table').hidden",
    ),
    "filters": (
        "document.querySelector('#refine').click()",
        "!document.querySelector('#facets').hidden",
    ),
    "need": (
        "document.querySelector('#need-open').click()",
        "!document.querySelector('#need').hidden",
    ),
    "comparison": (
        f"{KEEP} && document.querySelector('.tray-go').click()",
        "!document.querySelector('#compare').hidden",
    ),
}


def steps(v: Visit) -> int:
    return int(v.js("history.state?.gxq?.length ?? 0"))


def back(v: Visit) -> None:
    v.js("history.back()")


def forward(v: Visit) -> None:
    v.js("history.forward()")


@pytest.mark.parametrize("context", [{}, PHONE_CONTEXT], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", [name for name in OPENED if name != "table"])
def test_back_closes_what_was_opened_and_forward_opens_it(
    visit: Open, name: str, context: dict[str, Any]
) -> None:
    v = visit("#status=available", **context)
    opening, is_open = OPENED[name]
    v.js(f"{{ {opening} }}")
    v.until(is_open)
    shown = v.js("JSON.stringify(gxq.filter())")
    back(v)
    v.until(f"!({is_open})")
    forward(v)
    v.until(is_open)
    assert v.js("JSON.stringify(gxq.filter())") == shown
    assert v.js("gxq.filter().status") == ["available"]


def test_back_closes_the_table(visit: Open) -> None:
    v = visit()
    opening, is_open = OPENED["table"]
    v.js(f"{{ {opening} }}")
    v.until(is_open)
    back(v)
    v.until(f"!({is_open})")


def test_back_closes_the_topmost_first(visit: Open) -> None:
    v = visit()
    for name in ("table", "card"):
        v.js(f"{{ {OPENED[name][0]} }}")
        v.until(OPENED[name][1])
    back(v)
    v.until(f"!({OPENED['card'][1]}) && {OPENED['table'][1]}")
    back(v)
    v.until(f"!({OPENED['table'][1]})")
    forward(v)
    forward(v)
    v.until(f"{OPENED['card'][1]} && {OPENED['table'][1]}")


def test_what_is_closed_by_hand_leaves_no_step(visit: Open) -> None:
    v = visit()
    v.js(f"{{ {SITE} }}")
    assert steps(v) == 2
    v.page.keyboard.press("Escape")
    v.until("history.state.gxq.length === 1")
    assert v.js("gxq.select()") is None
    v.js(f"{{ {SITE} }}")
    v.js("gxq.select('sites', gxq.visible().sites[1])")
    assert steps(v) == 2  # Another card in the place of the first.
    back(v)
    v.until("gxq.select() === null")


def test_filters_and_map_stay_where_they_are(visit: Open) -> None:
    v = visit()
    v.js(f"{{ {SITE} }}")
    v.still()
    v.js("gxq.filter({ status: ['available'] })")
    v.js("map_gxq.setView([35.41, 116.68], 13, { animate: false })")
    back(v)
    v.until("gxq.select() === null")
    assert v.js("gxq.filter().status") == ["available"]
    assert v.js("map_gxq.getZoom()") == 13
    assert "status=available" in v.link()


@pytest.mark.parametrize("context", [{}, PHONE_CONTEXT], ids=["desktop", "phone"])
def test_from_a_link_the_first_back_closes_the_card(visit: Open, context: dict[str, Any]) -> None:
    v = visit("#lens=zoning&on=sites:AQ-015", **context)
    assert v.js("gxq.select().id") == "AQ-015"
    back(v)
    v.until("gxq.select() === null")
    assert v.js("gxq.lens()") == "zoning"
    assert v.link().startswith("#v=1&at=")
    forward(v)
    v.until("gxq.select()?.id === 'AQ-015'")


def test_a_page_that_is_loaded_again_keeps_its_steps(visit: Open) -> None:
    v = visit()
    v.js(f"{{ {SITE} }}")
    v.link()
    v.page.reload()
    v.js("gxq.ready")
    assert v.js("gxq.select() !== null")
    back(v)
    v.until("gxq.ready && gxq.select() === null")


# ------------------------------------------------------------------ links on other screens

WIDTHS = (360, 390, 1280, 1440, 1920)
# The corners of the part of the map that no panel covers.
SEEN = """() => {
  const [, , , width, height] = gxq.link().match(/at=([^&]*)/)[1].split(",").map(Number);
  const [lat, lng, zoom] = gxq.link().match(/at=([^&]*)/)[1].split(",").map(Number);
  const middle = map_gxq.project([lat, lng], zoom), half = L.point(width / 2, height / 2);
  const [a, b] = [middle.subtract(half), middle.add(half)].map((p) => map_gxq.unproject(p, zoom));
  return [a.lng, b.lat, b.lng, a.lat];
}"""


@pytest.mark.parametrize("sender", [1440, 390])
def test_a_link_shows_on_each_screen_what_was_seen(visit: Open, sender: int) -> None:
    v = visit("", **screen(sender))
    v.js("map_gxq.setView([35.43, 116.68], 13, { animate: false })")
    link, seen = v.link(), v.js(SEEN)
    for width in WIDTHS:
        other = visit(link, **screen(width))
        west, south, east, north = other.js(SEEN)
        slack = 1e-4
        assert west <= seen[0] + slack
        assert south <= seen[1] + slack
        assert east >= seen[2] - slack
        assert north >= seen[3] - slack
        # It fills one of the two sides, but for a step of the zoom.
        fills = max((seen[2] - seen[0]) / (east - west), (seen[3] - seen[1]) / (north - south))
        assert fills > 0.8
        if width == sender:
            assert other.link() == link


def screen(width: int) -> dict[str, Any]:
    if width < 760:
        return {**PHONE_CONTEXT, "viewport": {"width": width, "height": 800}}
    return {"viewport": {"width": width, "height": width * 10 // 16}}


def test_an_older_link_still_opens(visit: Open) -> None:
    v = visit("#v=1&at=35.41000,116.68000,12.50")
    centre = v.js("map_gxq.getCenter()")
    assert abs(centre["lat"] - 35.41) < 1e-3
    assert abs(centre["lng"] - 116.68) < 1e-3
    assert v.js("map_gxq.getZoom()") == 12.5
    assert v.link() == "#v=1&at=35.41000,116.68000,12.50"
