/* A record on one A4 page: map with locator, figures, indicators, distances, contact, and the QR code of its link. */
import { el } from "../base/dom.js";
import * as Qr from "../base/qr.js";
import { createFields } from "../card/fields.js";
import { createCardParts } from "../card/parts.js";
import { scaleBar } from "../controls/scalebar.js";
import { copyOfNotices } from "../layout/foot.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createRecordSheet(ui, picture) {
  const { text, facts, engine, store, record } = ui;
  const t = text.t;
  const fields = createFields(ui);
  const parts = createCardParts(ui, fields);
  const [WIDTH, HEIGHT] = [716, 256];
  const TAKES = ["sites", "carriers", "parks"];
  const HEADED = ["name_zh", "name_en", "demo", "status", "kind", "park_id", "zoning_id", "sectors", "lead_sectors", "rank"];
  const ELSEWHERE = ["department_id", "contact_name", "contact_phone", "geometry_source", "source", "updated"];

  /* ---- map, with a locator */

  function around(layer, i) {
    const [w, s, e, n] = layer.bounds(i);
    const east = Math.cos((s * Math.PI) / 180);
    const least = layer.name === "parks" ? 0 : 0.024; // degrees of latitude, which show enough of the surroundings of a site
    const high = Math.max((n - s) * 1.25, ((e - w) * east * 1.15 * HEIGHT) / WIDTH, least);
    const wide = (high * WIDTH) / HEIGHT / east;
    const [x, y] = [(w + e) / 2, (s + n) / 2];
    return [x - wide / 2, y - high / 2, x + wide / 2, y + high / 2];
  }

  function locator(frame) {
    const whole = facts.extent();
    if (!whole) return null;
    const [w, s, e, n] = whole;
    const high = 104;
    const wide = Math.min(110, Math.max(52, (high * (e - w) * Math.cos((s * Math.PI) / 180)) / (n - s)));
    const [mx, my] = [(e - w) * 0.04, (n - s) * 0.04];
    const small = picture([w - mx, s - my, e + mx, n + my], wide, high, { labels: false, mark: null, frame, passes: ["ground", "green", "bodies", "water", "parks", "frame"] });
    small.className = "locator";
    return small;
  }

  function mapOf(layer, i) {
    if (!layer.bounds(i)) return null;
    const frame = around(layer, i);
    const canvasZoom = Math.log2((WIDTH * 360) / (frame[2] - frame[0]) / 256);
    const lens = layer.name === "parks" ? store.get().lens : "availability";
    const statuses = lens === "availability" ? facts.statuses : [];
    const key = (status) => el("span", { class: "key" }, engine.swatch(`status:${status}`, 16, 11), text.word("site_status", status));
    return [
      el(
        "div",
        { class: "paper-map" },
        picture(frame, WIDTH, HEIGHT, { lens, mark: { layer: layer.name, index: i }, boxes: [[WIDTH - 130, 0, WIDTH, 126], [0, HEIGHT - 44, 190, HEIGHT]] }),
        locator(frame),
        scaleBar(text, (frame[1] + frame[3]) / 2, canvasZoom, 130),
      ),
      el("div", { class: "paper-key" }, el("span", null, t(`print.here_${layer.name}`)), el("span", { class: "keys" }, statuses.map(key))),
    ];
  }

  /* ---- figures */

  const labelOf = (layer, name) => text.pick(text.field(layer.name, name)?.label);
  const big = (value, label) => el("div", { class: "figure" }, el("div", { class: "figure-n" }, value), el("div", { class: "figure-label" }, label));

  function bigField(layer, i, name) {
    const field = text.field(layer.name, name);
    return field ? big(fields.value(layer, i, field), labelOf(layer, name)) : null;
  }

  function bigPrice(layer, i, name) {
    const field = text.field(layer.name, name);
    const label = [labelOf(layer, name), text.perHectare(layer.get(i, name))].filter(Boolean).join(" · ");
    return field ? big(fields.value(layer, i, field), label) : null;
  }

  function bigArea(mu, label) {
    if (!fields.has(mu)) return big(fields.missing(), label);
    const [main, ...others] = record.areas(mu);
    return big(fields.figure(...main), `${label} · ${others.map((pair) => pair.join(" ")).join(" · ")}`);
  }

  function far(layer, i) {
    const both = ["far_min", "far_max"].map((name) => layer.get(i, name));
    const limits = both.filter(fields.has).map(text.tenths);
    if (!limits.length) return big(fields.missing(), t("far"));
    return big(limits.length === 2 ? limits.join("–") : `${fields.has(both[0]) ? "≥" : "≤"} ${limits[0]}`, t("far"));
  }

  const FIGURES = {
    sites: (layer, i) => [
      bigArea(layer.get(i, "area_mu"), labelOf(layer, "area_mu")),
      bigPrice(layer, i, "start_price_wan_per_mu"),
      far(layer, i),
      bigField(layer, i, "term_years"),
    ],
    carriers: (layer, i) => ["vacant_floor_area_m2", "rent_yuan_per_m2_month", "storey_height_m", "floor_load_t_per_m2"].map((name) => bigField(layer, i, name)),
    parks: (layer, i) => {
      const rows = facts.groupOf("sites", "park_id", layer.id(i));
      const { available } = facts.byStatus(rows);
      return [
        bigField(layer, i, "area_km2"),
        big(text.number(available.n), t("sites_available")),
        bigArea(available.mu, t("print.available_area")),
      ];
    },
  };
  const IN_FIGURES = {
    sites: ["area_mu", "start_price_wan_per_mu", "far_min", "far_max", "term_years"],
    carriers: ["vacant_floor_area_m2", "rent_yuan_per_m2_month", "storey_height_m", "floor_load_t_per_m2"],
    parks: ["area_km2"],
  };
  const COLUMNS = {
    sites: [["planning", "indicators"], ["price", "standard_land", "readiness"], ["utilities"]],
    carriers: [["space", "planning"], ["price", "readiness", "utilities"], []],
    parks: [["planning"], [], []],
  };
  /* Where a record lies, in words: a line of its own. */
  const PLACE = ["address_zh", "address_en", "bounded_by_zh", "bounded_by_en", "positioning_zh", "positioning_en"];

  function place(layer, i) {
    const own = text.own(PLACE.map((name) => text.field(layer.name, name)).filter(Boolean));
    const lines = own.map((field) => [text.label(field), text.translated(layer, i, field)]).filter(([, words]) => fields.has(words.value));
    if (!lines.length) return null;
    return el("p", { class: "sheet-place" }, lines.map(([name, words]) => el("span", null, el("b", null, name), " ", fields.withLang(words))));
  }

  function columns(layer, i) {
    const without = [...HEADED, ...ELSEWHERE, ...PLACE, ...IN_FIGURES[layer.name], layer.schema.id];
    const [first, second, third] = COLUMNS[layer.name].map((names) => names.map((name) => fields.section(name, layer, i, without)));
    if (layer.name === "parks") {
      second.push(parts.supply(layer, i));
      third.push(parts.mix(layer, i));
    } else third.push(parts.places(layer, i));
    return el("div", { class: "paper-columns" }, [first, second, third].map((column) => el("div", null, column)));
  }

  /* ---- head and foot */

  function head(layer, i) {
    const { meta } = ui.data;
    const status = layer.get(i, "status");
    const kind = layer.get(i, "kind");
    const at = layer.centre(i);
    const mark = layer.name === "sites"
      ? [engine.swatch(`status:${status}`, 22, 14), text.word("site_status", status)]
      : [layer.name === "carriers" ? engine.swatch(`carrier:${kind}`, 18, 18) : engine.swatch("park", 22, 14), text.word(layer.name === "parks" ? "park_kind" : "carrier_kind", kind)];
    const parkId = layer.name === "parks" ? null : layer.get(i, "park_id");
    const sectors = layer.get(i, layer.name === "parks" ? "lead_sectors" : "sectors");
    const badge = (words) => el("span", { class: "badge" }, words);
    return el(
      "header",
      { class: "sheet-head" },
      el(
        "div",
        null,
        el("p", null, [text.pick(meta.name), text.pick(meta.title), t(`print.sheet_${layer.name}`)].join(" · ")),
        el("h2", null, text.name(layer, i)),
        el("p", null, [parkId && text.nameOf("parks", parkId), text.names("sectors", sectors)].filter(Boolean).join(" · ")),
      ),
      el(
        "div",
        { class: "sheet-mark" },
        el("p", null, el("span", { class: "mark", "data-tone": status }, mark), layer.get(i, "demo") && badge(t("badge_demo")), layer.get(i, "geometry_source") === "schematic" && badge(t("badge_schematic"))),
        el("p", null, [at && t("coordinates", { lon: at[0].toFixed(4), lat: at[1].toFixed(4) }), `${t("card.updated")} ${layer.get(i, "updated") ?? t("missing")}`].filter(Boolean).join(" · ")),
        record.stale(layer, i) && el("p", { class: "stale-note" }, t("card.stale", { months: record.months, date: layer.get(i, "updated") })),
      ),
    );
  }

  /* The QR code of the link; where the page has no address, the id by which the office finds the record. */
  function code(layer, i) {
    const link = ui.share.toRecord(layer.name, layer.id(i));
    const canvas = link && Qr.canvas(link, 400);
    if (!canvas) return el("div", { class: "sheet-id" }, el("span", null, labelOf(layer, layer.schema.id)), el("b", null, layer.id(i)));
    return el("img", { class: "qr", src: canvas.toDataURL(), alt: link, "data-link": link });
  }

  function foot(layer, i) {
    const { name, phone, department } = record.contact(layer, i);
    const coded = Boolean(ui.share.home());
    return [
      el(
        "div",
        { class: "sheet-contact" },
        code(layer, i),
        el("div", { class: "sheet-who" }, el("span", null, t("card.contact")), el("b", null, name || t("missing")), el("span", null, [text.pick(ui.data.meta.name), department].filter(Boolean).join(" · "))),
        el("div", { class: "sheet-phone" }, el("b", null, phone || fields.missing()), (coded || phone) && el("span", null, t(coded ? "print.scan" : "print.quote_id"))),
      ),
      el("footer", { class: "paper-foot" }, copyOfNotices()),
    ];
  }

  function make() {
    const { layer: name, id } = store.get().selection;
    const layer = facts.layer(name);
    const i = layer.indexOf(id);
    const node = el(
      "article",
      { class: "recordsheet", "data-layer": name },
      head(layer, i),
      mapOf(layer, i),
      el("div", { class: "sheet-figures" }, FIGURES[name](layer, i)),
      place(layer, i),
      columns(layer, i),
      foot(layer, i),
    );
    return { node, landscape: false };
  }

  return { takes: (name) => TAKES.includes(name), make };
}
