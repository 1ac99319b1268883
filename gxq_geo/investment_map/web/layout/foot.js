/* The titles, bands and notices of the page: its name, what is schematic or a demonstration, the sources of the data. */
import { byId, el } from "../base/dom.js";

export function draw({ data: { meta }, text }) {
  const t = text.t;
  const zone = text.pick(meta.name);
  const title = text.pick(meta.title);
  document.title = `${zone} ${title}`;
  byId("zone-name").textContent = zone;
  byId("title").textContent = title;
  drawBands(meta, t);
  drawNotices(meta, text);
}

function drawBands(meta, t) {
  const band = (key) =>
    el(
      "p",
      { class: "band", "data-band": key },
      el("b", null, t(`band_${key}`)),
      " ",
      t(`band_${key}_help`),
    );
  byId("bands").replaceChildren(
    ...[meta.draft && band("draft"), meta.audience === "internal" && band("internal")].filter(Boolean),
  );
  const [first] = byId("bands").children;
  if (first) {
    byId("bands").setAttribute("role", "region");
    byId("bands").setAttribute("aria-label", first.querySelector("b").textContent);
  }
  document.documentElement.style.setProperty("--bands", `${first ? byId("bands").offsetHeight : 0}px`);
}

function drawNotices(meta, text) {
  const t = text.t;
  const notice = (head, words) => el("span", { class: "notice" }, el("b", null, head), " ", words);
  const sources = meta.sources.map(text.pick).filter(Boolean).join(t("source_join"));
  const { needs } = byId("foot").dataset;
  byId("foot").replaceChildren(
    ...[
      notice(t("data_date"), meta.data_date || t("missing")),
      meta.schematic && notice(t("badge_schematic"), text.pick(meta.disclaimer) || t("notice_schematic")),
      meta.demo && notice(t("badge_demo"), t("notice_demo")),
      notice(t("review_no"), meta.map_review_no || t("missing")),
      meta.basemaps.length > 0 && !meta.map_review_no && notice(t("base"), t("base_unreviewed")),
      needs && notice(t("network"), t("network_needed", { hosts: needs })),
      notice(t("sources"), sources || t("missing")),
      !meta.schematic &&
        text.pick(meta.disclaimer) &&
        el("span", { class: "notice" }, text.pick(meta.disclaimer)),
    ].filter(Boolean),
  );
  const marks = [meta.schematic && t("badge_schematic"), meta.demo && t("badge_demo")].filter(Boolean);
  byId("note").textContent = marks.join(" · ");
}

/* The notices again, for print and comparison. */
export const copyOfNotices = () => [...byId("foot").children].map((node) => node.cloneNode(true));
