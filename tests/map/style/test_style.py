"""Every token of the style: both themes have it, it is a colour, and sectors stay apart."""

import itertools
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from gxq_geo.schemas import schema

Color = npt.NDArray[np.float64]

STYLE: dict[str, Any] = tomllib.loads(
    (resources.files("gxq_geo") / "data" / "style.toml").read_text("utf-8")
)
THEMES = ("light", "dark")
HEX = re.compile(r"#[0-9A-F]{6}")

# Linear RGB as eyes of each kind see it: Machado, Oliveira and Fernandes 2009, severity 1.0.
EYES = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# Smallest CIE76 distance of two sectors, as measured when the palette was chosen.
SECTOR_FLOORS = {
    "light": {"normal": 27.3, "protan": 13.3, "deutan": 18.7, "tritan": 14.0},
    "dark": {"normal": 25.3, "protan": 10.9, "deutan": 18.5, "tritan": 14.4},
}


# The same for the classes of the other lenses: what is drawn plainly, patterns by their tint.
LENS_FLOORS: dict[str, dict[str, float]] = {
    "landuse": {"normal": 25, "protan": 12, "deutan": 10, "tritan": 9.5},
    "price": {"normal": 17, "protan": 16, "deutan": 14, "tritan": 14},
    "readiness": {"normal": 14, "protan": 10, "deutan": 12.5, "tritan": 8},
    "freshness": {"normal": 15.5, "protan": 15.5, "deutan": 16, "tritan": 9.5},
}
SEQUENTIAL = {
    "price": ["1", "2", "3", "4", "5"],
    "readiness": ["ready", "net", "partly", "pending"],
    "freshness": ["1", "2", "3", "older"],
}


def rgb(theme: str, token: str) -> Color:
    text = STYLE["tokens"][theme][token]
    return np.array([int(text[k : k + 2], 16) / 255 for k in (1, 3, 5)])


def linear(color: Color) -> Color:
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def lab(color: Color, eye: str = "normal") -> Color:
    """CIELAB (D65) of an sRGB colour as an eye sees it."""
    seen = np.clip(EYES[eye] @ linear(color), 0, 1)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    t = to_xyz @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: Color, other: Color) -> float:
    """The contrast ratio of WCAG 2."""
    a, b = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (one, other))
    return (b + 0.05) / (a + 0.05)


def on_park(theme: str, token: str) -> Color:
    alpha = STYLE["sector_opacity"]
    mixed: Color = alpha * rgb(theme, token) + (1 - alpha) * rgb(theme, "parkfill")
    return mixed


NAMING = {"fill", "edge", "tint", "ink", "ground", "line", "casing"}


def named_tokens(node: object, key: str = "") -> Iterator[str]:
    """Every token that some part of the style names."""
    if isinstance(node, dict):
        for name, value in node.items():
            yield from named_tokens(value, name)
    elif isinstance(node, str) and key in NAMING:
        yield node


def test_both_themes_have_the_same_tokens() -> None:
    assert list(STYLE["tokens"]["light"]) == list(STYLE["tokens"]["dark"])


@pytest.mark.parametrize("theme", THEMES)
def test_every_token_is_a_colour(theme: str) -> None:
    for name, value in STYLE["tokens"][theme].items():
        assert HEX.fullmatch(value), name


def test_every_token_that_is_named_exists() -> None:
    parts = {key: value for key, value in STYLE.items() if key != "tokens"}
    tokens = set(STYLE["tokens"]["light"])
    assert set(named_tokens(parts)) | set(STYLE["sectors"]) <= tokens


def test_the_style_covers_the_domains() -> None:
    domains = schema().domains
    assert list(STYLE["status"]) == list(domains["site_status"])
    assert set(STYLE["roads"]) == set(domains["road_class"])
    assert set(STYLE["railways"]) == set(domains["railway_kind"])
    kinds = {*domains["station_kind"], *domains["carrier_kind"]}
    assert set(STYLE["symbols"]["glyphs"]) == kinds


def test_every_width_grows_with_the_zoom() -> None:
    stops = [spec["width"] for spec in STYLE["roads"].values()] + [STYLE["streets"]["width"]]
    for pairs in stops:
        zooms, widths = zip(*pairs, strict=True)
        assert list(zooms) == sorted(zooms)
        assert list(widths) == sorted(widths)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eye", EYES)
def test_sectors_stay_apart(theme: str, eye: str) -> None:
    colors = [lab(on_park(theme, token), eye) for token in STYLE["sectors"]]
    least = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(colors, 2))
    assert least >= SECTOR_FLOORS[theme][eye]


def lens_classes(lens: str) -> dict[str, str]:
    """Class -> the token that shows it, without what is shown by dots or by a hatch of others."""
    classes = STYLE["lenses"][lens]
    return {
        key: one["tint"] for key, one in classes.items() if key not in {"unknown", "M", "other"}
    }


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("lens", LENS_FLOORS)
def test_classes_of_a_lens_stay_apart(lens: str, eye: str, theme: str) -> None:
    colors = [lab(rgb(theme, token), eye) for token in lens_classes(lens).values()]
    least = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(colors, 2))
    assert least >= LENS_FLOORS[lens][eye]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("lens", SEQUENTIAL)
def test_ramps_hold_in_grey(lens: str, theme: str) -> None:
    """Step by step lighter, or step by step darker, and by enough to be seen."""
    tokens = lens_classes(lens)
    lightness = [float(lab(rgb(theme, tokens[key]))[0]) for key in SEQUENTIAL[lens]]
    steps = np.array([b - a for a, b in itertools.pairwise(lightness)])
    assert (np.sign(steps) == np.sign(steps[0])).all()
    assert np.abs(steps).min() > 9


def test_land_use_codes_lead_to_families() -> None:
    families = set(STYLE["lenses"]["landuse"])
    domains = schema().domains
    assert set(STYLE["land_use"]["codes"]) == set(domains["land_use_scheme"])
    for scheme, table in STYLE["land_use"]["codes"].items():
        assert set(table.values()) <= families
        assert all(code == code.strip() and code for code in table), scheme
    for code in domains["land_use_gb50137"]:
        assert any(code.startswith(known) for known in STYLE["land_use"]["codes"]["GB 50137-2011"])


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eye", EYES)
def test_what_can_be_had_stands_out(theme: str, eye: str) -> None:
    """An available site is farther from the park's body than one that is taken."""
    body = lab(rgb(theme, "parkfill"), eye)

    def away(token: str) -> float:
        return float(np.linalg.norm(lab(rgb(theme, token), eye) - body))

    assert away("avail") > 30
    assert away("avail") > max(away(token) for token in ("signed", "constr", "oper"))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("ink", "paper", "least"),
    [
        ("ink", "ground", 7),
        ("ink", "parkfill", 7),
        ("ink2", "ground", 4.5),
        ("waterink", "halo", 3),
        ("avail", "parkfill", 4.5),
        ("onavail", "avail", 4.5),
        ("onaccent", "accent", 3.4),
    ],
)
def test_text_can_be_read(theme: str, ink: str, paper: str, least: float) -> None:
    assert contrast(rgb(theme, ink), rgb(theme, paper)) >= least
