"""Axe-core finds no violation in any state of the page, on a desktop and on a phone."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.accessibility import DESK, HAND, looks, violations
from tests.support.browser import PHONE_CONTEXT, Open, Visit

VIEWS = (
    "gxq.lens('availability')",
    "gxq.select('sites', 'AQ-015')",
    "gxq.select('parks', 'liaohe')",
    "gxq.lens('zoning')",
    "gxq.lang('en')",
    "gxq.theme('dark')",
)


@pytest.mark.parametrize("context", [{}, PHONE_CONTEXT], ids=["desktop", "phone"])
@pytest.mark.parametrize("step", VIEWS)
def test_axe_finds_no_violation(visit: Open, step: str, context: dict[str, Any]) -> None:
    v = visit(reduced_motion="reduce", **context)
    v.js(step)
    v.still()
    assert violations(v) == []


NEED = "need=1,sites,area_mu:80,sectors:new_materials&status=available,reserve"
KEPT = "keep=AQ-015,BH-001,BS-004"


@dataclass(frozen=True)
class State:
    """Something open on the page: an address, what is pressed there, and what closes it again."""

    name: str
    address: str = ""
    opens: tuple[str, ...] = ()
    closes: tuple[str, ...] = ()
    on: tuple[str, ...] = (DESK, HAND)


STATES = (
    State("filters", "status=available&area=50~", ("#refine",), (".facets-done",), (HAND,)),
    State("all filters", "status=available", ("#refine", ".facet-more"), ("#refine",), (DESK,)),
    State("an empty list", "tab=sites&q=zz"),
    State("sectors", "tab=sectors&sector=equipment"),
    State("table", f"table=1&{KEPT}", on=(DESK,)),
    State("columns", "table=1", ("[data-tool=columns]",), on=(DESK,)),
    State("comparison", f"{KEPT}&compare=1"),
    State("form", "", ("#need-open",), (".need-head .round",)),
    State("results", NEED),
    State("results in the table", f"{NEED}&table=1", on=(DESK,)),
    State("results with filters", NEED, ("#refine",), ("#refine",), (DESK,)),
    State("legend", "lens=readiness", (".fold",), (".fold",), (HAND,)),
    State("tools", "", ("[data-tool=more]",), ("[data-tool=more]",), (HAND,)),
    State("notice", "on=sites:AQ-015", ("#card-actions [data-act=share]",)),
    State("station", "on=stations:jining"),
    State("measuring", "", ("[data-tool=measure]",), ("#measure [data-act=close]",), (DESK,)),
)
STOPS = ("half", "full", "title")
SHEETS = tuple(
    State(f"{name} {stop}", address, (f"#{name} .grip",) * turns, on=(HAND,))
    for name, address in (("panel", ""), ("card", "on=sites:AQ-015"))
    for turns, stop in enumerate(STOPS)
)


def press(visit: Visit, selectors: tuple[str, ...]) -> None:
    for selector in selectors:
        visit.page.locator(selector).filter(visible=True).first.click()


@pytest.mark.slow
@pytest.mark.random
@pytest.mark.parametrize(("look", "device", "context"), looks())
def test_axe_finds_no_violation_in_any_state(
    visit: Open, look: str, device: str, context: dict[str, Any]
) -> None:
    """One page goes through all its states, by link and by pressing."""
    v = visit(f"#{look}", reduced_motion="reduce", **context)
    found = {}
    for state in STATES + SHEETS:
        if device not in state.on:
            continue
        for _ in range(3):
            if device == HAND and v.js("document.documentElement.dataset.stop") != "half":
                v.page.locator(".grip").filter(visible=True).last.click()
        v.go(f"{look}&{state.address}")
        v.still()
        press(v, state.opens)
        v.still()
        found[state.name] = violations(v)
        press(v, state.closes)
    assert {name: said for name, said in found.items() if said} == {}
