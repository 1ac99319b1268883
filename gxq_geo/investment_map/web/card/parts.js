/* The parts of the card below a record's own fields: what lies below and around it, its contact, its sources. */
import { el, icon } from "../base/dom.js";

/**
 * @param {import("../start/ui.js").Ui} ui
 * @param {ReturnType<typeof import("./fields.js").createFields>} fields
 */
export function createCardParts(ui, fields) {
  const { text, facts, engine, nearby, record, share } = ui;
  const t = text.t;

  const section = (name, title, note, ...content) =>
    el(
      "section",
      { class: "group", "data-part": name },
      el("h3", null, title, note && el("span", { class: "count" }, note)),
      ...content,
    );
  const km = (value) => fields.figure(text.tenths(value), text.unit("km"));

  /* ---- the zoning block below */

  function zoningBelow(layer, i) {
    const k = nearby.block(layer, i);
    if (k < 0) return null;
    const zoning = facts.layer("zoning");
    const planned = zoning.get(k, "sectors") || [];
    const use = facts.landOf(zoning.get(k, "land_use"));
    return section(
      "zoning",
      t("card.zoning"),
      null,
      el(
        "div",
        { class: "beneath" },
        engine.swatch(planned.length ? `sectors:${planned.join("+")}` : `zoning:${use}`, 22, 14),
        fields.link("zoning", zoning.id(k)),
        el("span", { class: "end sectors" }, planned.length ? planned.map(fields.sector) : t(`land_${use}`)),
      ),
    );
  }

  /* ---- distances to named places, with a bar each */

  function placeRow({ layer: layerName, index, kind, km: distance }, most) {
    const layer = facts.layer(layerName);
    const road = layerName === "roads";
    const number = road && layer.get(index, "road_no");
    const name = road ? [number, text.name(layer, index)].filter(Boolean).join(" ") : text.name(layer, index);
    return el(
      "li",
      { "data-kind": kind },
      engine.swatch(road ? "road:expressway" : `station:${kind}`, 16, 16),
      el("span", { class: "place" }, name, !road && [" ", el("span", { class: "count" }, t(`card.kind_${kind}`))]),
      el(
        "span",
        { class: "gauge", "aria-hidden": "true" },
        el("span", { css: { width: `${Math.max(2, (100 * distance) / most)}%` } }),
      ),
      el("span", { class: "end" }, km(distance)),
    );
  }

  function places(layer, i) {
    const found = nearby.places(layer, i);
    if (!found.length) return null;
    const most = Math.max(...found.map((place) => place.km), 0.1);
    const rows = found.map((place) => placeRow(place, most));
    return section("places", t("card.distances"), t("card.straight"), el("ul", { class: "lines sites places" }, rows));
  }

  /* ---- available sites nearby */

  function nearbySites(layer, i) {
    const found = nearby.sites(layer, i, 3);
    if (!found.length) return null;
    const sites = facts.layer("sites");
    const row = ({ index, km: distance }) => {
      const mu = sites.get(index, "area_mu");
      return el(
        "li",
        null,
        engine.swatch("status:available", 14, 10),
        fields.link("sites", sites.id(index)),
        el("span", { class: "end area" }, text.known(mu) ? fields.figure(...text.area(mu)[0]) : fields.missing()),
        el("span", { class: "far" }, distance <= nearby.NEXT_TO ? t("card.next_to") : km(distance)),
      );
    };
    const parkId = layer.get(i, "park_id");
    const inPark = facts.byStatus(facts.groupOf("sites", "park_id", parkId)).available;
    const note = parkId && inPark.n > 0 && t("card.of_park", { n: text.number(inPark.n), area: text.area(inPark.mu)[0].join(" ") });
    return section("nearby", t("card.nearby"), note, el("ul", { class: "lines sites nearby" }, found.map(row)));
  }

  /* ---- contact */

  function contact(layer, i, more = null) {
    const { name, phone, department } = record.contact(layer, i);
    if (!name && !phone && !department && !more) return null;
    const href = record.tel(phone);
    return section(
      "contact",
      t("card.contact"),
      null,
      el(
        "div",
        { class: "contact" },
        el(
          "div",
          { class: "contact-who" },
          el("b", null, name || department || t("missing")),
          name && department && el("span", null, department),
        ),
        el(
          "div",
          { class: "contact-phone" },
          phone ? el(href ? "a" : "span", { class: "tel", href }, phone) : fields.missing(),
          phone &&
            el(
              "button",
              { type: "button", class: "round copy", "aria-label": t("card.copy_phone"), title: t("card.copy_phone"), onclick: () => share.copy(phone) },
              icon("copy"),
            ),
        ),
      ),
      more,
    );
  }

  /* ---- source and age */

  function provenance(layer, i) {
    const updated = layer.get(i, "updated");
    const source = layer.get(i, "source");
    const outline = text.field(layer.name, "geometry_source");
    const old = record.stale(layer, i);
    const lines = [
      [t("card.updated"), updated || t("missing")],
      outline && [text.pick(outline.label), layer.get(i, "geometry_source") ? text.choice(outline, layer.get(i, "geometry_source"), (name) => layer.get(i, name)) : t("missing")],
      [t("sources"), source || t("missing")],
    ].filter(Boolean);
    return el(
      "section",
      { class: "group provenance", "data-part": "record" },
      old && el("p", { class: "stale" }, icon("warn"), el("span", null, t("card.stale", { months: record.months, date: updated }))),
      el("p", null, lines.map(([name, value], k) => [k ? " · " : "", el("span", null, `${name} `, el("span", { class: "said" }, value))])),
    );
  }

  /* ---- parks: what is available, and what is planned */

  /* The parts of a whole as one bar, and as lines with figures. */
  function bar(parts, measure) {
    const kept = parts.filter((part) => part.size > 0);
    const total = kept.reduce((sum, part) => sum + part.size, 0);
    const piece = (part) => {
      const image = engine.swatch(part.swatch, Math.max(4, Math.round((316 * part.size) / total)), 12);
      image.style.flex = `${part.size} 1 0`;
      return image;
    };
    const line = (part) =>
      el(
        "li",
        null,
        engine.swatch(part.swatch, 14, 10),
        part.name,
        el(
          "span",
          { class: "end" },
          part.note && el("span", { class: "note-n" }, part.note),
          fields.figure(...measure(part.size)),
        ),
      );
    return [
      el("div", { class: "bar", "aria-hidden": "true" }, kept.map(piece)),
      el("ul", { class: "lines sites" }, kept.map(line)),
    ];
  }

  const orMissing = (name, title, any, content) =>
    section(name, title, null, any ? content() : el("p", { class: "missing" }, t("missing")));

  /* A park's sites by status, in area. */
  function supply(layer, i) {
    const rows = facts.groupOf("sites", "park_id", layer.id(i));
    const sums = facts.byStatus(rows);
    const statuses = facts.statuses.map((status) => ({
      swatch: `status:${status}`,
      name: text.word("site_status", status),
      size: sums[status].mu,
      note: text.count("n_sites", sums[status].n),
    }));
    return orMissing("supply", t("park_sites"), rows.length, () => bar(statuses, (mu) => text.area(mu)[0]));
  }

  /* The zoning blocks of a park by sector and use, in area. */
  function mix(layer, i) {
    const uses = facts.byUse(facts.groupOf("zoning", "park_id", layer.id(i)));
    const planned = [
      ...facts.sectors.map((id) => ({
        swatch: `sector:${id}`,
        name: text.nameOf("sectors", id),
        size: uses[id].km2,
      })),
      ...facts.LAND.map((use) => ({ swatch: `zoning:${use}`, name: t(`land_${use}`), size: uses[use].km2 })),
    ];
    const any = planned.some((part) => part.size > 0);
    return orMissing("mix", t("park_mix"), any, () => bar(planned, (km2) => [text.tenths(km2), text.unit("km2")]));
  }

  return { supply, mix, zoningBelow, places, nearbySites, contact, provenance };
}
