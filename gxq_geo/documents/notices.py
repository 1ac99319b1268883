"""What paper says about itself: the zone, the date of the data, what is schematic or a demo."""

from typing import Any

from gxq_geo import words
from gxq_geo.documents.drawing.atlas import Atlas
from gxq_geo.schemas.display import Speaker


def notices(atlas: Atlas, speaker: Speaker) -> list[dict[str, str]]:
    """The lines at the foot, as on the page: a head and what it says."""
    said, t = atlas.zone.settings, speaker.text
    disclaimer = words.pick({"zh": said.disclaimer_zh, "en": said.disclaimer_en}, speaker.lang)
    sources = t("page.source_join").join(words.pick(one, speaker.lang) for one in said.sources)
    lines = [(t("page.data_date"), atlas.data_date or t("page.missing"))]
    if atlas.is_schematic:
        lines.append((t("page.badge_schematic"), disclaimer or t("page.notice_schematic")))
    if atlas.is_demo:
        lines.append((t("page.badge_demo"), t("page.notice_demo")))
    lines.append((t("page.review_no"), said.map_review_no or t("page.missing")))
    lines.append((t("page.sources"), sources or t("page.missing")))
    if disclaimer and not atlas.is_schematic:
        lines.append(("", disclaimer))
    return [{"head": head, "words": text} for head, text in lines]


def common(atlas: Atlas, speaker: Speaker) -> dict[str, Any]:
    """What each template reads of a page: the language, the zone, band and notices."""
    said, t = atlas.zone.settings, speaker.text
    band = ""
    if atlas.audience == "internal":
        band = f"{t('page.band_internal')}　{t('page.band_internal_help')}"
    return {
        "lang": words.tag(speaker.lang),
        "zone": said.name(speaker.lang),
        "title": words.pick({"zh": said.title_zh, "en": said.title_en}, speaker.lang),
        "band": band,
        "notices": notices(atlas, speaker),
    }
