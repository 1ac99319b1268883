/* The panel: the zone's figures, the tabs, the search, and the list of what can be found on the map. */
const createPanel = (ui) => {
  const { el, icon, byId } = Dom;
  const { text, facts, store, engine } = ui;
  const t = text.t;
  const collator = new Intl.Collator("zh");
  let rows = []; // of the open tab: indices into its layer
  let query = "";

  const list = createList(byId("list"), {
    onpick: (k) => pick(k),
    onhover: (k) => engine.hover(...(k < 0 || tab() === "sectors" ? [null, -1] : [tab(), rows[k]])),
  });
  const search = byId("search");
  const tab = () => store.get().tab;

  function pick(k) {
    if (tab() === "sectors") ui.toggle("sector", facts.layer("sectors").id(rows[k]));
    else ui.select(tab(), rows[k], { fit: true });
  }

  /* ---- figures */

  const figure = (value, unit, label, accent) =>
    el("div", { class: accent ? "figure strong" : "figure" },
      el("div", { class: "figure-n" }, value, unit && el("span", { class: "unit" }, unit)),
      el("div", { class: "figure-label" }, label));

  function drawFigures() {
    const { available } = facts.byStatus(facts.indices("sites", State.NO_FILTER));
    const [[main, mainUnit], [minor, minorUnit]] = text.area(available.mu);
    byId("figures").replaceChildren(
      figure(text.number(facts.size("parks")), "", t("parks")),
      figure(text.number(available.n), t("unit_sites"), t("sites_available"), true),
      figure(main, mainUnit, t("area_available", { area: `${minor} ${minorUnit}` }), true));
  }

  /* ---- tabs */

  const TABS = State.TABS;
  const tabButton = (name) =>
    el("button", { id: `tab-${name}`, type: "button", role: "tab", "aria-controls": "list", onclick: () => store.set({ tab: name }) });

  function drawTabs() {
    for (const name of TABS) {
      const on = name === tab();
      const button = byId(`tab-${name}`);
      button.replaceChildren(t(`tab_${name}`), el("span", { class: "count" }, text.number(facts.size(name))));
      button.setAttribute("aria-selected", String(on));
      button.tabIndex = on ? 0 : -1;
    }
    byId("list").setAttribute("aria-labelledby", `tab-${tab()}`);
  }

  function stepTab(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS[(TABS.indexOf(tab()) + step + TABS.length) % TABS.length];
    store.set({ tab: next });
    byId(`tab-${next}`).focus();
  }

  /* ---- what the list holds */

  /* What can be had first, then the large before the small; parks and sectors by their rank. */
  const area = (i) => facts.number(facts.layer("sites").get(i, "area_mu"));
  const vacant = (i) => facts.number(facts.layer("carriers").get(i, "vacant_floor_area_m2"));
  const place = {
    sites: (i) => facts.statuses.indexOf(facts.layer("sites").get(i, "status")) * 1e9 - area(i),
    carriers: (i) => -vacant(i),
    parks: (i) => facts.layer("parks").get(i, "rank") ?? 1e9,
    sectors: (i) => facts.sectors.indexOf(facts.layer("sectors").id(i)),
  };
  const places = new Map(); // layer -> the place of each record, made once
  function placesOf(name) {
    if (!places.has(name)) places.set(name, Float64Array.from({ length: facts.size(name) }, (_, i) => place[name](i)));
    return places.get(name);
  }

  const words = new Map(); // layer -> what a search looks through, made at the first search
  function searchable(name) {
    if (!words.has(name)) {
      const layer = facts.layer(name);
      const fields = ["name_zh", "name_en", "address", "park_id", "gbt4754"].filter((field) => layer.fields.includes(field));
      const line = (i) => [layer.id(i), ...fields.map((field) => layer.get(i, field)), parkNames(layer, i)].flat().join(" ").toLowerCase();
      words.set(name, Array.from({ length: layer.n }, (_, i) => line(i)));
    }
    return words.get(name);
  }

  function parkNames(layer, i) {
    const parks = facts.layer("parks");
    const at = layer.fields.includes("park_id") && parks ? parks.indexOf(layer.get(i, "park_id")) : -1;
    return at < 0 ? [] : [parks.get(at, "name_zh"), parks.get(at, "name_en")];
  }

  function find(name) {
    const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
    let found = facts.indices(name, filterOf(name));
    if (wanted.length && found.length) {
      const lines = searchable(name);
      found = found.filter((i) => wanted.every((word) => lines[i].includes(word)));
    }
    const order = placesOf(name);
    return found.sort((a, b) => order[a] - order[b]);
  }

  /* Parks and sectors are always all listed: the list is how one gets from one to the next. */
  const filterOf = (name) => (["parks", "sectors"].includes(name) ? State.NO_FILTER : store.get().filter);

  /* ---- rows */

  const row = (mark, head, tail, below, belowTail, extra) =>
    el("div", extra || {},
      el("span", { class: "row-mark" }, mark),
      el("span", { class: "row-head" }, head),
      el("span", { class: "row-tail" }, tail),
      el("span", { class: "row-below" }, below),
      el("span", { class: "row-below-tail" }, belowTail));
  const withUnit = (value, unit) => [el("b", null, value), el("span", { class: "unit" }, unit)];
  const missing = () => el("span", { class: "missing" }, t("missing"));
  const measure = (layer, i, field, format = text.number) => {
    const value = layer.get(i, field);
    return text.known(value) ? withUnit(format(value), text.unit(text.field(layer.name, field).unit)) : missing();
  };
  const joined = (...parts) => parts.filter(Boolean).join(" · ");

  const draw = {
    sites(i) {
      const layer = facts.layer("sites");
      const mu = layer.get(i, "area_mu");
      return row(
        engine.swatch(`status:${layer.get(i, "status")}`, 14, 14),
        text.name(layer, i),
        text.known(mu) ? withUnit(...text.area(mu)[0]) : missing(),
        joined(text.nameOf("parks", layer.get(i, "park_id")), text.names("sectors", layer.get(i, "sectors"))),
        layer.get(i, "status") === "available" ? measure(layer, i, "start_price_wan_per_mu", text.tenths) : text.word("site_status", layer.get(i, "status")));
    },
    carriers(i) {
      const layer = facts.layer("carriers");
      const kind = layer.get(i, "kind");
      return row(
        engine.swatch(`carrier:${kind}`, 18, 18),
        text.name(layer, i),
        measure(layer, i, "vacant_floor_area_m2"),
        joined(text.word("carrier_kind", kind), text.nameOf("parks", layer.get(i, "park_id"))),
        measure(layer, i, "rent_yuan_per_m2_month", text.tenths));
    },
    parks(i) {
      const layer = facts.layer("parks");
      const { available } = facts.byStatus(facts.groupOf("sites", "park_id", layer.id(i)));
      return row(
        engine.swatch("park", 14, 14),
        text.name(layer, i),
        withUnit(...text.area(available.mu)[0]),
        joined(text.word("park_kind", layer.get(i, "kind")), text.names("sectors", layer.get(i, "lead_sectors"))),
        text.count("n_available", available.n));
    },
    sectors(i) {
      const layer = facts.layer("sectors");
      const id = layer.id(i);
      const { uses, most, free } = sectorSums();
      const on = store.get().filter.sector.includes(id);
      const below = [
        el("span", { class: "track" }, el("span", { class: "track-fill", css: { width: `${(100 * uses[id].km2) / most}%`, background: facts.sectorColour(id) } })),
        joined(text.count("n_blocks", uses[id].n), layer.get(i, "gbt4754")?.join(" ")),
      ];
      return row(
        engine.swatch(`sector:${id}`, 14, 14),
        text.name(layer, i),
        withUnit(text.tenths(uses[id].km2), text.unit("km2")),
        below,
        text.count("n_available", free.get(id) ?? 0),
        { class: "tall", "data-on": String(on) });
    },
  };

  let sums = null;
  function sectorSums() {
    if (sums) return sums;
    const uses = facts.byUse(facts.indices("zoning", State.NO_FILTER));
    const free = new Map();
    for (const i of facts.groupOf("sites", "status", "available"))
      for (const id of facts.layer("sites").get(i, "sectors") || []) free.set(id, (free.get(id) ?? 0) + 1);
    sums = { uses, free, most: Math.max(1e-9, ...facts.sectors.map((id) => uses[id].km2)) };
    return sums;
  }

  const HEIGHTS = { sites: 56, carriers: 56, parks: 56, sectors: 74 };

  function drawList(reset) {
    const name = tab();
    const { selection } = store.get();
    rows = facts.layer(name) ? find(name) : [];
    const picked = selection?.layer === name ? rows.indexOf(facts.layer(name).indexOf(selection.id)) : -1;
    list.set({ n: rows.length, height: HEIGHTS[name], draw: (k) => draw[name](rows[k]), picked }, reset);
    byId("empty").hidden = rows.length > 0;
    byId("empty").textContent = t(facts.size(name) ? "none_found" : `none_${name}`);
    drawResult(name);
    return picked;
  }

  function drawResult(name) {
    const total = {
      sites: () => text.areaLine(rows.reduce((sum, i) => sum + area(i), 0)),
      carriers: () => t("vacant_line", { area: text.number(rows.reduce((sum, i) => sum + vacant(i), 0)) }),
      parks: () => t("by_available"),
      sectors: () => t("mixed_shared"),
    };
    byId("result").replaceChildren(el("b", null, text.count(`n_${name}`, rows.length)), el("span", null, total[name]()));
  }

  /* ---- what is filtered, each with a way out */

  const filterWord = {
    status: (value) => text.word("site_status", value),
    sector: (value) => text.nameOf("sectors", value),
    land: (value) => t(`land_${value}`),
    park: (value) => text.nameOf("parks", value),
  };

  function drawFilters() {
    const { filter } = store.get();
    const pairs = State.FILTERS.flatMap((key) => filter[key].map((value) => [key, value]));
    const chip = ([key, value]) =>
      el("button", { type: "button", class: "chip", "aria-label": t("remove_filter", { name: filterWord[key](value) }), onclick: () => ui.toggle(key, value) },
        filterWord[key](value), icon("close"));
    byId("filters").hidden = !pairs.length;
    byId("filters").replaceChildren(...pairs.map(chip),
      pairs.length > 1 ? el("button", { type: "button", class: "link", onclick: () => store.set({ filter: State.NO_FILTER }) }, t("show_all")) : "");
  }

  /* ---- start */

  let typing = 0;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => store.set({ query: search.value.slice(0, 80) }), 80);
  });
  search.before(icon("search"));
  byId("tabs").append(...TABS.map(tabButton));
  byId("tabs").addEventListener("keydown", stepTab);

  function render(state, changed) {
    const all = changed.has("lang") || changed.has("theme");
    if (all) drawFigures();
    if (all || changed.has("tab")) drawTabs();
    if (all || changed.has("tab")) search.placeholder = t(`search_${state.tab}`);
    if (all || changed.has("filter")) drawFilters();
    query = state.query;
    if (document.activeElement !== search && search.value !== query) search.value = query;
    const afresh = ["tab", "filter", "query"].some((key) => changed.has(key));
    if (all || afresh || changed.has("selection")) {
      const picked = drawList(afresh);
      if (picked >= 0 && (afresh || changed.has("selection"))) list.show(picked);
    }
  }

  return { render };
};
