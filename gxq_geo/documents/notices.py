"""The notices of a printed page: date of the data, schematic geometry, demo records, sources."""

from typing import Any

from gxq_geo import words
from gxq_geo.documents.drawing.layers import MapLayers
from gxq_geo.schemas.display import ValueFormatter


def notices(layers: MapLayers, fmt: ValueFormatter) -> list[dict[str, str]]:
    """Return the lines of the footer, each with a heading, as the web page shows them."""
    settings, t = layers.zone.settings, fmt.text
    disclaimer = words.pick({"zh": settings.disclaimer_zh, "en": settings.disclaimer_en}, fmt.lang)
    names = (words.pick(source, fmt.lang) for source in settings.sources)
    sources = t("page.source_join").join(names)
    lines = [(t("page.data_date"), layers.data_date or t("page.missing"))]
    if layers.is_schematic:
        lines.append((t("page.badge_schematic"), disclaimer or t("page.notice_schematic")))
    if layers.is_demo:
        lines.append((t("page.badge_demo"), t("page.notice_demo")))
    lines.append((t("page.review_no"), settings.map_review_no or t("page.missing")))
    lines.append((t("page.sources"), sources or t("page.missing")))
    if disclaimer and not layers.is_schematic:
        lines.append(("", disclaimer))
    return [{"heading": heading, "text": text} for heading, text in lines]


def page_data(layers: MapLayers, fmt: ValueFormatter) -> dict[str, Any]:
    """Return the data that every template needs: language, zone, title, banner, notices."""
    settings, t = layers.zone.settings, fmt.text
    banner = ""
    if layers.audience == "internal":
        banner = f"{t('page.band_internal')}　{t('page.band_internal_help')}"
    return {
        "lang": words.tag(fmt.lang),
        "zone": settings.name(fmt.lang),
        "title": words.pick({"zh": settings.title_zh, "en": settings.title_en}, fmt.lang),
        "banner": banner,
        "notices": notices(layers, fmt),
    }
