/* The card: everything about the selected record. */
import { byId, el, focused, icon } from "../base/dom.js";
import { MU_PER_HA } from "../base/units.js";
import { createFields } from "./fields.js";
import { createCardParts } from "./parts.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createCard(ui) {
  const { text, facts, engine } = ui;
  const t = text.t;
  const fields = createFields(ui);
  const parts = createCardParts(ui, fields);
  const { record, share } = ui;
  const box = byId("card");
  const body = byId("card-body");

  const HEADED = ["name_zh", "name_en", "demo", "status", "kind"];
  const joined = (...parts) => parts.filter(Boolean).flatMap((part, k) => (k ? [" · ", part] : [part]));
  const park = (layer, i) => {
    const id = layer.get(i, "park_id");
    return id ? fields.link("parks", id) : null;
  };
  const number = (layer, i, field) => {
    const value = layer.get(i, field);
    const { unit } = text.field(layer.name, field) ?? {};
    return fields.has(value) ? fields.figure(...text.amount(value, unit)) : fields.missing();
  };
  const labelOf = (layer, field) => text.pick(text.field(layer.name, field)?.label);
  const big = (value, label) =>
    el(
      "div",
      { class: "figure" },
      el("div", { class: "figure-n" }, value),
      el("div", { class: "figure-label" }, label),
    );

  /* An area in three units: the reader's own large, the others below. */
  function bigArea(mu, label) {
    if (!fields.has(mu)) return big(fields.missing(), label);
    const [main, ...others] = record.areas(mu);
    const inOthers = others.map(([n, unit]) => `${n} ${unit}`).join(" · ");
    return big(fields.figure(...main), [el("span", { class: "aside" }, label, " "), inOthers]);
  }

  /* A price of land: for each mu large, for each hectare below it where the reader measures land in hectares. */
  function bigPrice(layer, i, name) {
    return big(number(layer, i, name), joined(labelOf(layer, name), text.perHectare(layer.get(i, name))));
  }

  /* ---- the head of the card, by layer */

  const HEADS = {
    sites: (layer, i) => {
      const status = layer.get(i, "status");
      return {
        mark: [engine.swatch(`status:${status}`, 22, 14), text.word("site_status", status)],
        tone: status,
        below: joined(park(layer, i), text.names("sectors", layer.get(i, "sectors"))),
        figures: [
          bigArea(layer.get(i, "area_mu"), labelOf(layer, "area_mu")),
          bigPrice(layer, i, "start_price_wan_per_mu"),
        ],
        without: ["park_id", "zoning_id", "sectors", "area_mu", "start_price_wan_per_mu"],
        after: [parts.places, parts.zoningBelow, parts.nearbySites],
      };
    },
    carriers: (layer, i) => {
      const kind = layer.get(i, "kind");
      return {
        mark: [engine.swatch(`carrier:${kind}`, 20, 20), text.word("carrier_kind", kind)],
        below: joined(park(layer, i), text.names("sectors", layer.get(i, "sectors"))),
        figures: ["vacant_floor_area_m2", "rent_yuan_per_m2_month"].map((field) =>
          big(number(layer, i, field), labelOf(layer, field)),
        ),
        without: ["park_id", "sectors", "vacant_floor_area_m2", "rent_yuan_per_m2_month"],
        after: [parts.places, parts.zoningBelow, parts.nearbySites],
      };
    },
    zoning: (layer, i) => {
      const planned = layer.get(i, "sectors") || [];
      const use = facts.landOf(layer.get(i, "land_use"));
      const ha = layer.get(i, "area_ha");
      const title = planned.length ? text.names("sectors", planned) : t(`land_${use}`);
      return {
        mark: [
          engine.swatch(planned.length ? `sectors:${planned.join("+")}` : `zoning:${use}`, 22, 14),
          text.pick(ui.data.schema.layers.zoning.label),
        ],
        title: layer.get(i, "name_zh") ? null : title,
        below: joined(layer.id(i), park(layer, i)),
        figures: [bigArea(fields.has(ha) ? ha * MU_PER_HA : null, t("planned_area"))],
        without: ["zoning_id", "park_id", "area_ha"],
        extra: [inside(facts.groupOf("sites", "zoning_id", layer.id(i)))],
      };
    },
    parks: (layer, i) => ({
      mark: [engine.swatch("park", 22, 14), text.word("park_kind", layer.get(i, "kind"))],
      below: joined(text.names("sectors", layer.get(i, "lead_sectors"))),
      figures: parkFigures(layer, i),
      without: ["area_km2", "rank"],
      extra: parkExtra(layer, i),
    }),
    stations: (layer, i) => ({
      mark: [
        engine.swatch(`station:${layer.get(i, "kind")}`, 20, 20),
        text.word("station_kind", layer.get(i, "kind")),
      ],
      below: place(layer, i),
      figures: [],
      without: [],
    }),
  };

  const internal = ui.internal?.cards(fields) ?? { heads: {}, sections: () => [] };
  Object.assign(HEADS, internal.heads);

  const place = (layer, i) => {
    const at = layer.centre(i);
    return at ? t("coordinates", { lon: at[0].toFixed(4), lat: at[1].toFixed(4) }) : null;
  };

  function inside(rows) {
    if (!rows.length) return null;
    const sites = facts.layer("sites");
    const line = (i) =>
      el(
        "li",
        null,
        engine.swatch(`status:${sites.get(i, "status")}`, 14, 10),
        fields.link("sites", sites.id(i)),
        el("span", { class: "note-n" }, text.word("site_status", sites.get(i, "status"))),
        el("span", { class: "end" }, fields.figure(...text.area(facts.number(sites.get(i, "area_mu")))[0])),
      );
    return el(
      "section",
      { class: "group" },
      el("h3", null, t("sites_inside"), el("span", { class: "count" }, text.number(rows.length))),
      el("ul", { class: "lines sites" }, rows.map(line)),
    );
  }

  /* ---- parks: what is available, and what is planned */

  const parkSites = (layer, i) => facts.groupOf("sites", "park_id", layer.id(i));

  function parkFigures(layer, i) {
    const { available } = facts.byStatus(parkSites(layer, i));
    return [
      big(fields.figure(...text.area(available.mu)[0]), text.count("n_available", available.n)),
      big(number(layer, i, "area_km2"), labelOf(layer, "area_km2")),
    ];
  }

  function parkExtra(layer, i) {
    const rows = parkSites(layer, i);
    const list =
      rows.length > 0 &&
      el(
        "button",
        { type: "button", class: "action", onclick: () => ui.showPark(layer.id(i)) },
        t("list_park_sites", { n: text.number(rows.length) }),
      );
    return [parts.supply(layer, i), list, parts.mix(layer, i)];
  }

  /* ---- the card itself */

  function badges(layer, i) {
    const badge = (words, hint) => el("span", { class: "badge", title: hint }, words);
    return el(
      "span",
      { class: "badges" },
      layer.get(i, "demo") && badge(t("badge_demo"), t("notice_demo")),
      layer.get(i, "geometry_source") === "schematic" && badge(t("badge_schematic"), t("notice_schematic")),
    );
  }

  /* The groups of fields in their order; they omit the fields that the card shows in another way. */
  const ORDER = ["planning", "indicators", "space", "price", "standard_land", "utilities", "readiness", "progress"];
  const ELSEWHERE = ["department_id", "contact_name", "contact_phone", "geometry_source", "source", "updated"];
  const named = (layer) => HEADED.filter((name) => name !== "kind" || layer.name !== "zoning");

  function sections(layer, i, head) {
    const without = [...named(layer), ...ELSEWHERE, ...head.without];
    const group = (name) => fields.section(name, layer, i, without);
    return [
      head.extra,
      internal.sections(layer, i),
      ORDER.map(group),
      (head.after ?? []).map((part) => part(layer, i)),
      group("identity"),
      parts.contact(layer, i, group("contact")?.querySelector("dl")),
      parts.provenance(layer, i),
    ];
  }

  function draw(layer, i) {
    const head = HEADS[layer.name](layer, i);
    const title = head.title ?? text.name(layer, i);
    byId("card-mark").replaceChildren(
      el("span", { class: "mark", "data-tone": head.tone }, head.mark),
      badges(layer, i),
    );
    byId("card-title").textContent = title;
    const foreign = !head.title && text.translated(layer, i, text.field(layer.name, "name_zh")).lang;
    if (foreign) byId("card-title").lang = foreign;
    else byId("card-title").removeAttribute("lang");
    byId("card-below").replaceChildren(...[head.below].flat().filter(Boolean));
    byId("card-figures").replaceChildren(...head.figures);
    byId("card-figures").hidden = !head.figures.length;
    body.replaceChildren(...sections(layer, i, head).flat(Infinity).filter(Boolean));
    // Where nothing inside can have the focus, the card itself can, so that keys scroll it.
    if (byId("card-scroll").querySelector("button, a")) byId("card-scroll").removeAttribute("tabindex");
    else byId("card-scroll").tabIndex = 0;
    drawActions(layer, i, title);
    drawSteps(layer, i);
  }

  /* ---- actions */

  const actions = box.appendChild(el("div", { id: "card-actions" }));
  const action = (name, label, act, more = {}) =>
    el("button", { type: "button", class: `act ${name}`, "data-act": name, title: label, "aria-label": label, onclick: act, ...more }, icon(name));

  /* One or two lines about the record, for a message. */
  function summary(layer, i, title) {
    const { name, phone } = record.contact(layer, i);
    const mu = layer.name === "sites" ? layer.get(i, "area_mu") : null;
    const parkId = layer.get(i, "park_id");
    return [
      [title, parkId && text.nameOf("parks", parkId), fields.has(mu) && text.areaLine(mu)].filter(Boolean).join(" · "),
      [name, phone].filter(Boolean).join(" "),
    ]
      .filter(Boolean)
      .join("\n");
  }

  /* A phone calls the contact; a desktop copies its number. */
  const isDesktop = matchMedia("(hover: hover) and (pointer: fine)");
  function mainAction({ name, phone, department }) {
    const href = record.tel(phone);
    const words = [name || department, phone].filter(Boolean).join(" ");
    if (phone && isDesktop.matches)
      return el("button", { type: "button", class: "call", "data-act": "copy", onclick: () => share.copy(words, t("card.copied_contact", { words })) },
        icon("copy"), el("span", null, t("card.copy_contact")));
    return href && el("a", { class: "call", href }, icon("phone"), el("span", null, t("card.call")), el("span", { class: "aside" }, phone));
  }

  function drawActions(layer, i, title) {
    const id = layer.id(i);
    const kept = ui.shortlist.has(layer.name, id);
    const keep = () => ui.shortlist.toggle(layer.name, id);
    actions.replaceChildren(
      ...[
        mainAction(record.contact(layer, i)),
        ui.shortlist.takes(layer.name) &&
          el("button", { type: "button", class: "act words", "data-act": "keep", "aria-pressed": String(kept), onclick: keep }, t(kept ? "shortlist.drop" : "shortlist.keep")),
        !internal.heads[layer.name] && action("share", t("card.share"), () => share.share(title, summary(layer, i, title), share.toRecord(layer.name, id))),
        layer.name !== "stations" && !internal.heads[layer.name] && action("print", t("card.print"), () => ui.print("record")),
      ].filter(Boolean),
    );
  }

  /* ---- the previous and the next record of the list, on a narrow screen */

  const steps = el("div", { id: "card-steps" });
  byId("card-close").before(steps);

  function drawSteps(layer, i) {
    const listed = ui.panel.listed();
    const at = listed.layer === layer.name ? listed.rows.indexOf(i) : -1;
    steps.hidden = at < 0 || listed.rows.length < 2;
    if (steps.hidden) return;
    const step = (name, to) =>
      el(
        "button",
        {
          type: "button",
          class: "round",
          "aria-label": t(`card.${name}`),
          disabled: to < 0 || to >= listed.rows.length,
          onclick: () => {
            ui.select(layer.name, listed.rows[to], { fit: true });
            steps.querySelector(`[data-step=${name}]:not(:disabled)`)?.focus({ preventScroll: true });
          },
          "data-step": name,
        },
        icon(name === "previous" ? "up" : "down"),
      );
    const where = t("card.position", { i: text.number(at + 1), n: text.number(listed.rows.length) });
    steps.replaceChildren(el("span", { class: "count" }, where), step("previous", at - 1), step("next", at + 1));
  }

  let before = null; // what had the focus

  function open(fresh) {
    box.hidden = false;
    if (!fresh) return;
    byId("card-scroll").scrollTop = 0;
    // Keyboard users are led to the card; the focus of pointer users stays.
    const active = focused();
    if (box.contains(active) || !active?.matches(":focus-visible")) return;
    before = active;
    byId("card-title").focus({ preventScroll: true });
  }

  function close() {
    if (box.hidden) return;
    const inside = box.contains(focused());
    box.hidden = true;
    if (inside && before?.isConnected) before.focus({ preventScroll: true });
  }

  byId("card-close").append(icon("close"));
  byId("card-close").addEventListener("click", () => ui.select(null));

  function render(state, changed) {
    const relevant = ["selection", "lang", "theme", "shortlist"].some((key) => changed.has(key));
    if (!state.selection) return changed.has("selection") && close();
    const layer = facts.layer(state.selection.layer);
    if (!relevant) return drawSteps(layer, layer.indexOf(state.selection.id));
    draw(layer, layer.indexOf(state.selection.id));
    open(changed.has("selection") && !changed.has("start"));
  }

  return { render };
}
