/* The card: everything about the one thing that is selected. */
const createCard = (ui) => {
  const { el, icon, byId } = Dom;
  const { text, facts, store, engine } = ui;
  const t = text.t;
  const fields = createFields(ui);
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
    return fields.has(value) ? fields.figure(text.number(value), unit && text.unit(unit)) : fields.missing();
  };
  const labelOf = (layer, field) => text.pick(text.field(layer.name, field)?.label);
  const big = (value, label) => el("div", { class: "figure" }, el("div", { class: "figure-n" }, value), el("div", { class: "figure-label" }, label));

  function bigArea(mu, label) {
    if (!fields.has(mu)) return big(fields.missing(), label);
    const [main, [minor, minorUnit]] = text.area(mu);
    return big(fields.figure(...main), `${label} · ${minor} ${minorUnit}`);
  }

  /* ---- what each kind of thing shows above its fields */

  const HEADS = {
    sites: (layer, i) => {
      const status = layer.get(i, "status");
      return {
        mark: [engine.swatch(`status:${status}`, 22, 14), text.word("site_status", status)], tone: status,
        below: joined(park(layer, i), text.names("sectors", layer.get(i, "sectors"))),
        figures: [bigArea(layer.get(i, "area_mu"), labelOf(layer, "area_mu")), big(number(layer, i, "start_price_wan_per_mu"), labelOf(layer, "start_price_wan_per_mu"))],
        without: ["park_id", "sectors", "area_mu", "start_price_wan_per_mu"],
      };
    },
    carriers: (layer, i) => {
      const kind = layer.get(i, "kind");
      return {
        mark: [engine.swatch(`carrier:${kind}`, 20, 20), text.word("carrier_kind", kind)],
        below: joined(park(layer, i), text.names("sectors", layer.get(i, "sectors"))),
        figures: ["vacant_floor_area_m2", "rent_yuan_per_m2_month"].map((field) => big(number(layer, i, field), labelOf(layer, field))),
        without: ["park_id", "sectors", "vacant_floor_area_m2", "rent_yuan_per_m2_month"],
      };
    },
    zoning: (layer, i) => {
      const planned = layer.get(i, "sectors") || [];
      const use = facts.landOf(layer.get(i, "land_use"));
      const ha = layer.get(i, "area_ha");
      const title = planned.length ? text.names("sectors", planned) : t(`land_${use}`);
      return {
        mark: [engine.swatch(planned.length ? `sectors:${planned.join("+")}` : `zoning:${use}`, 22, 14), text.pick(ui.data.schema.layers.zoning.label)],
        title: layer.get(i, "name_zh") ? null : title,
        below: joined(layer.id(i), park(layer, i)),
        figures: [bigArea(fields.has(ha) ? ha * 15 : null, t("planned_area"))],
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
      mark: [engine.swatch(`station:${layer.get(i, "kind")}`, 20, 20), text.word("station_kind", layer.get(i, "kind"))],
      below: place(layer, i), figures: [], without: [],
    }),
  };

  const place = (layer, i) => {
    const at = layer.centre(i);
    return at ? t("coordinates", { lon: at[0].toFixed(4), lat: at[1].toFixed(4) }) : null;
  };

  function inside(rows) {
    if (!rows.length) return null;
    const sites = facts.layer("sites");
    const line = (i) => el("li", null, engine.swatch(`status:${sites.get(i, "status")}`, 14, 10), fields.link("sites", sites.id(i)),
      el("span", { class: "end" }, fields.figure(...text.area(facts.number(sites.get(i, "area_mu")))[0])));
    return el("section", { class: "group" }, el("h3", null, t("sites_inside"), el("span", { class: "count" }, text.number(rows.length))), el("ul", { class: "lines sites" }, rows.map(line)));
  }

  /* ---- park: what is free in it, and what it is planned for */

  const parkSites = (layer, i) => facts.groupOf("sites", "park_id", layer.id(i));

  function parkFigures(layer, i) {
    const { available } = facts.byStatus(parkSites(layer, i));
    return [bigArea(available.mu, text.count("n_available", available.n)), big(number(layer, i, "area_km2"), labelOf(layer, "area_km2"))];
  }

  /* Parts of a whole as one bar and as lines that say the same in figures. */
  function bar(parts, measure) {
    const kept = parts.filter((part) => part.size > 0);
    const total = kept.reduce((sum, part) => sum + part.size, 0);
    const piece = (part) => {
      const canvas = engine.swatch(part.swatch, Math.max(4, Math.round((316 * part.size) / total)), 12);
      canvas.style.flex = `${part.size} 1 0`;
      return canvas;
    };
    const line = (part) => el("li", null, engine.swatch(part.swatch, 14, 10), part.name, el("span", { class: "end" }, part.note && el("span", { class: "note-n" }, part.note), fields.figure(...measure(part.size))));
    return [el("div", { class: "bar", "aria-hidden": "true" }, kept.map(piece)), el("ul", { class: "lines sites" }, kept.map(line))];
  }

  function parkExtra(layer, i) {
    const rows = parkSites(layer, i);
    const sums = facts.byStatus(rows);
    const uses = facts.byUse(facts.groupOf("zoning", "park_id", layer.id(i)));
    const statuses = facts.statuses.map((status) => ({ swatch: `status:${status}`, name: text.word("site_status", status), size: sums[status].mu, note: text.count("n_sites", sums[status].n) }));
    const mix = [...facts.sectors.map((id) => ({ swatch: `sector:${id}`, name: text.nameOf("sectors", id), size: uses[id].km2 })),
      ...facts.LAND.map((use) => ({ swatch: `zoning:${use}`, name: t(`land_${use}`), size: uses[use].km2 }))];
    const section = (title, content, any) => el("section", { class: "group" }, el("h3", null, title), any ? content() : el("p", { class: "missing" }, t("missing")));
    return [
      section(t("park_sites"), () => bar(statuses, (mu) => text.area(mu)[0]), rows.length),
      rows.length > 0 && el("button", { type: "button", class: "action", onclick: () => ui.showPark(layer.id(i)) }, t("list_park_sites", { n: text.number(rows.length) })),
      section(t("park_mix"), () => bar(mix, (km2) => [text.tenths(km2), text.unit("km2")]), mix.some((part) => part.size > 0)),
    ];
  }

  /* ---- the card itself */

  function badges(layer, i) {
    const badge = (words, hint) => el("span", { class: "badge", title: hint }, words);
    return [
      layer.get(i, "demo") && badge(t("badge_demo"), t("notice_demo")),
      layer.get(i, "geometry_source") === "schematic" && badge(t("badge_schematic"), t("notice_schematic")),
    ];
  }

  function draw(layer, i) {
    const head = HEADS[layer.name](layer, i);
    const title = head.title ?? text.name(layer, i);
    byId("card-mark").replaceChildren(el("span", { class: "mark", "data-tone": head.tone }, head.mark), ...badges(layer, i).filter(Boolean));
    byId("card-title").textContent = title;
    byId("card-below").replaceChildren(...[head.below].flat().filter(Boolean));
    byId("card-figures").replaceChildren(...head.figures);
    byId("card-figures").hidden = !head.figures.length;
    const extra = [head.extra].flat().filter(Boolean);
    const named = HEADED.filter((name) => name !== "kind" || layer.name !== "zoning");
    body.replaceChildren(...extra, ...fields.groups(layer, i, [...named, ...head.without]).filter(Boolean));
  }

  let before = null; // where the focus was

  function open(fresh) {
    box.hidden = false;
    if (!fresh) return;
    byId("card-scroll").scrollTop = 0;
    // Who works with keys is led to the card; who points stays where they are.
    const active = document.activeElement;
    if (box.contains(active) || !active?.matches(":focus-visible")) return;
    before = active;
    byId("card-title").focus({ preventScroll: true });
  }

  function close() {
    if (box.hidden) return;
    const inside = box.contains(document.activeElement);
    box.hidden = true;
    if (inside && before?.isConnected) before.focus({ preventScroll: true });
  }

  byId("card-close").append(icon("close"));
  byId("card-close").addEventListener("click", () => ui.select(null));

  function render(state, changed) {
    const relevant = ["selection", "lang", "theme"].some((key) => changed.has(key));
    if (!relevant) return;
    if (!state.selection) return close();
    const layer = facts.layer(state.selection.layer);
    draw(layer, layer.indexOf(state.selection.id));
    open(changed.has("selection") && !changed.has("start"));
  }

  return { render };
};
