/* The legend of the lens: what each look means, how much there is of it, and a filter by it. */
const createLegend = (ui) => {
  const { el, icon, byId } = Dom;
  const { text, facts, store, engine } = ui;
  const t = text.t;
  const box = byId("legend");

  /* Counts are of what the other filters leave, so that each entry says what a click would show. */
  const others = (...keys) => ({ ...store.get().filter, ...Object.fromEntries(keys.map((key) => [key, []])) });

  function availability() {
    const sums = facts.byStatus(facts.indices("sites", others("status")));
    return facts.statuses.map((status) => ({
      key: "status", value: status, swatch: `status:${status}`, name: text.word("site_status", status),
      n: sums[status].n, area: text.area(sums[status].mu)[0][0],
    }));
  }

  function zoning() {
    const sums = facts.byUse(facts.indices("zoning", others("sector", "land")));
    const entry = (key, value, swatch, name) => ({ key, value, swatch, name, n: sums[value].n, area: text.tenths(sums[value].km2) });
    return [
      ...facts.sectors.map((id) => entry("sector", id, `sector:${id}`, text.nameOf("sectors", id))),
      ...facts.LAND.map((use) => entry("land", use, `zoning:${use}`, t(`land_${use}`))),
    ];
  }

  const LENSES = {
    availability: { entries: availability, keys: ["status"], heads: () => [t("legend_sites"), text.area(0)[0][1]] },
    zoning: { entries: zoning, keys: ["sector", "land"], heads: () => [t("legend_blocks"), text.unit("km2")] },
  };

  function entryRow(entry, filtered) {
    const on = store.get().filter[entry.key].includes(entry.value);
    return el("button", {
      type: "button", class: "entry", "aria-pressed": String(on), "data-off": filtered && !on, "data-key": `${entry.key}:${entry.value}`,
      onclick: () => ui.toggle(entry.key, entry.value),
    },
      engine.swatch(entry.swatch, 22, 14),
      el("span", { class: "entry-name", title: entry.name }, entry.name),
      el("span", { class: "entry-n" }, text.number(entry.n)),
      el("span", { class: "entry-n" }, entry.area));
  }

  /* Looks that are explained but not filtered. */
  function notes() {
    const note = (swatch, words) => el("div", { class: "note" }, engine.swatch(swatch, 22, 14), words);
    const { lens } = store.get();
    const mixed = lens === "zoning" && facts.sectors.length > 1 && note(`sectors:${facts.sectors[0]}+${facts.sectors[1]}`, t("note_mixed"));
    const carriers = facts.size("carriers") > 0 && note("carrier:standard_factory", t("note_carriers", { n: text.number(facts.size("carriers")) }));
    return [mixed, carriers];
  }

  function render(state) {
    const lens = LENSES[state.lens];
    const filtered = lens.keys.some((key) => state.filter[key].length);
    const clear = () => store.set({ filter: { ...store.get().filter, ...Object.fromEntries(lens.keys.map((key) => [key, []])) } });
    const fold = el("button", {
      type: "button", class: "fold", "aria-expanded": String(!state.folded), "aria-controls": "legend-body", onclick: () => store.set({ folded: !state.folded }),
    }, icon("layers"), el("span", { class: "fold-word" }, t("legend")));
    const hint = filtered
      ? el("button", { type: "button", class: "clear", onclick: clear }, icon("close"), t("show_all"))
      : el("p", { class: "hint" }, t("legend_hint"));
    box.dataset.folded = state.folded;
    box.replaceChildren(
      el("div", { class: "legend-head" }, fold, !state.folded && lens.heads().map((head) => el("span", { class: "entry-n unit" }, head))),
      el("div", { class: "legend-body", id: "legend-body", hidden: state.folded, role: "group", "aria-label": t("legend") },
        lens.entries().map((entry) => entryRow(entry, filtered)), notes(), hint));
  }

  /* The same for paper: no buttons, and each figure with its unit. */
  function paper() {
    const lens = LENSES[store.get().lens];
    const [count, area] = lens.heads();
    const line = (entry) => el("div", { class: "paper-entry" }, engine.swatch(entry.swatch, 22, 14), el("span", null, entry.name),
      el("span", { class: "end" }, el("span", { class: "note-n" }, `${text.number(entry.n)} ${count}`), entry.area, el("span", { class: "unit" }, area)));
    return [lens.entries().map(line), notes()];
  }

  return {
    render: (state, changed) => {
      if (["lens", "lang", "theme", "filter", "folded"].some((key) => changed.has(key))) render(state);
    },
    paper,
  };
};
