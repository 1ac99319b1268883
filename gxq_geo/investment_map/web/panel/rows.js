/* The rows of the lists: draw[layer](i) gives the element of a record. */
import { el } from "../base/dom.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createRows(ui) {
  const { text, facts, store, engine } = ui;
  const t = text.t;

  const row = (mark, head, tail, below, belowTail, extra) =>
    el(
      "div",
      extra || {},
      el("span", { class: "row-mark" }, mark),
      el("span", { class: "row-head" }, head),
      el("span", { class: "row-tail" }, tail),
      el("span", { class: "row-below" }, below),
      el("span", { class: "row-below-tail" }, belowTail),
    );
  const withUnit = (value, unit) => [el("b", null, value), el("span", { class: "unit" }, unit)];
  const { offered } = ui.data.style.lenses;
  const missing = () => el("span", { class: "missing" }, t("missing"));
  const measure = (layer, i, field, format = text.number) => {
    const value = layer.get(i, field);
    return text.known(value)
      ? withUnit(...text.amount(value, text.field(layer.name, field).unit, format))
      : missing();
  };
  const joined = (...parts) => parts.filter(Boolean).join(" · ");

  const draw = {
    sites(i) {
      const layer = facts.layer("sites");
      const mu = layer.get(i, "area_mu");
      const status = layer.get(i, "status");
      return row(
        engine.swatch(ui.record.swatchKey(layer, i), 14, 14),
        text.name(layer, i),
        text.known(mu) ? withUnit(...text.area(mu)[0]) : missing(),
        [
          el("span", { class: "row-status", "data-status": status }, text.word("site_status", status)),
          ` · ${joined(text.nameOf("parks", layer.get(i, "park_id")), text.names("sectors", layer.get(i, "sectors")))}`,
        ],
        offered.includes(status) ? measure(layer, i, "start_price_wan_per_mu", text.tenths) : null,
      );
    },
    carriers(i) {
      const layer = facts.layer("carriers");
      const kind = layer.get(i, "kind");
      return row(
        engine.swatch(`carrier:${kind}`, 18, 18),
        text.name(layer, i),
        measure(layer, i, "vacant_floor_area_m2"),
        joined(text.word("carrier_kind", kind), text.nameOf("parks", layer.get(i, "park_id"))),
        measure(layer, i, "rent_yuan_per_m2_month", text.tenths),
      );
    },
    parks(i) {
      const layer = facts.layer("parks");
      const sites = ui.visible.ofPark(layer.id(i));
      return row(
        engine.swatch("park", 14, 14),
        text.name(layer, i),
        withUnit(...text.area(sites.mu)[0]),
        joined(
          text.word("park_kind", layer.get(i, "kind")),
          text.names("sectors", layer.get(i, "lead_sectors")),
        ),
        sites.words,
      );
    },
    sectors(i) {
      const layer = facts.layer("sectors");
      const id = layer.id(i);
      const { uses, most, free, isFiltered } = sectorSums();
      const on = store.get().filter.sector.includes(id);
      const below = [
        el(
          "span",
          { class: "track" },
          el("span", {
            class: "track-fill",
            css: { width: `${(100 * uses[id].km2) / most}%`, background: facts.sectorColour(id) },
          }),
        ),
        joined(text.count("n_blocks", uses[id].n), layer.get(i, "gbt4754")?.join(" ")),
      ];
      return row(
        engine.swatch(`sector:${id}`, 14, 14),
        text.name(layer, i),
        withUnit(text.tenths(uses[id].km2), text.unit("km2")),
        below,
        ui.visible.counted(free.get(id) ?? 0, isFiltered),
        { class: "tall", "data-on": String(on) },
      );
    },
  };

  /* By sector: its zoned area and its sites, as the other filters leave them. */
  let sums = { filter: null, need: null, uses: null, free: null, isFiltered: false, most: 0 };
  function sectorSums() {
    const { filter, need } = store.get();
    if (sums.filter === filter && sums.need === need) return sums;
    const others = { ...filter, sector: [], land: [] };
    const uses = facts.byUse(facts.indices("zoning", others));
    const shown = ui.visible.mask("sites", others);
    const rows = shown ? [...shown.keys()].filter((i) => shown[i]) : facts.groupOf("sites", "status", "available");
    const free = new Map();
    for (const i of rows)
      for (const id of facts.layer("sites").get(i, "sectors") || []) free.set(id, (free.get(id) ?? 0) + 1);
    sums = { filter, need, uses, free, isFiltered: shown !== null, most: Math.max(1e-9, ...facts.sectors.map((id) => uses[id].km2)) };
    return sums;
  }

  return draw;
}
