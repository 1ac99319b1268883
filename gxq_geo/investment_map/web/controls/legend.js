/* The legend: the classes of the lens, how much there is of each, and a filter by each of them. */
import { byId, el, icon } from "../base/dom.js";
import { MU_PER_KM2 } from "../base/units.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createLegend(ui) {
  const { text, facts, store, engine } = ui;
  const t = text.t;
  const box = byId("legend");

  /* The counts ignore the filters of the lens itself, so that each entry shows what a click on it would give. */
  const others = (...keys) => ({
    ...store.get().filter,
    ...Object.fromEntries(keys.map((key) => [key, []])),
  });

  const lensNow = () => engine.lens(store.get().lens);
  const keysOf = (lens) => [...new Set(lens.classes.map(({ filter }) => filter))];
  const shareOf = (share) => (share === null ? "–" : share > 0 && share < 0.005 ? "<1%" : `${Math.round(100 * share)}%`);

  /* The classes of the lens with their figures: zoned land in km², sites in the reader's unit. */
  function entries(lens) {
    const shown = ui.visible.mask(lens.layer, others(...keysOf(lens)));
    return engine.legend(lens.key, shown).map(({ key, filter, name, swatch, count, mu, share }) => ({
      key: filter,
      value: key,
      swatch,
      name: text.pick(name),
      n: text.number(count),
      none: !count,
      area: lens.layer === "zoning" ? text.tenths(mu / MU_PER_KM2) : text.area(mu)[0][0],
      share: shareOf(share),
    }));
  }

  const heads = (lens) => [
    t(lens.layer === "zoning" ? "legend_blocks" : "legend_sites"),
    lens.layer === "zoning" ? text.unit("km2") : text.area(0)[0][1],
    t("legend_share"),
  ];

  function entryRow(entry, filtered) {
    const on = store.get().filter[entry.key].includes(entry.value);
    return el(
      "button",
      {
        type: "button",
        class: "entry",
        "aria-pressed": String(on),
        "data-off": (filtered && !on) || entry.none,
        "data-key": `${entry.key}:${entry.value}`,
        onclick: () => ui.toggle(entry.key, entry.value),
      },
      engine.swatch(entry.swatch, 22, 14),
      el("span", { class: "entry-name", title: entry.name }, entry.name),
      el("span", { class: "entry-n" }, entry.n),
      el("span", { class: "entry-n" }, entry.area),
      el("span", { class: "entry-n share" }, entry.share),
    );
  }

  /* Explanations: styles that are no classes, and what the classes mean. */
  function notes() {
    const note = (swatch, words) => el("div", { class: "note" }, swatch ? engine.swatch(swatch, 22, 14) : el("span"), words);
    const { lens } = store.get();
    const limits = { months: ui.data.style.lenses.freshness_months.at(-1), n: ui.data.style.lenses.partly_utilities, date: ui.data.meta.data_date };
    const own = {
      zoning: () => facts.sectors.length > 1 && note(`sectors:${facts.sectors[0]}+${facts.sectors[1]}`, t("note_mixed")),
      landuse: () => facts.size("zoning") > 0 && note("landuse-soft:M2", t("note_landuse")),
      price: () => note(null, t("note_price", { unit: text.unitOver("wan_per_mu") })),
      readiness: () => note(null, t("note_readiness", limits)),
      freshness: () => note(null, t("note_freshness", limits)),
    }[lens]?.();
    const carriers =
      ui.visible.size("carriers") > 0 &&
      note("carrier:standard_factory", t("note_carriers", { n: text.number(ui.visible.size("carriers")) }));
    return [own, carriers];
  }

  function render(state) {
    const lens = lensNow();
    const keys = keysOf(lens);
    const filtered = keys.some((key) => state.filter[key].length);
    const clear = () =>
      store.set({
        filter: { ...store.get().filter, ...Object.fromEntries(keys.map((key) => [key, []])) },
      });
    const fold = el(
      "button",
      {
        type: "button",
        class: "fold",
        "aria-expanded": String(!state.folded),
        "aria-controls": "legend-body",
        onclick: () => store.set({ folded: !state.folded }),
      },
      icon("layers"),
      el("span", { class: "fold-word" }, t("legend")),
    );
    const hint = filtered
      ? el("button", { type: "button", class: "clear", onclick: clear }, icon("close"), t("show_all"))
      : el("p", { class: "hint" }, t("legend_hint"));
    box.dataset.folded = state.folded;
    box.replaceChildren(
      el(
        "div",
        { class: "legend-head" },
        fold,
        !state.folded && heads(lens).map((head) => el("span", { class: "entry-n unit" }, head)),
      ),
      el(
        "div",
        {
          class: "legend-body",
          id: "legend-body",
          hidden: state.folded,
          role: "group",
          "aria-label": t("legend"),
        },
        entries(lens).map((entry) => entryRow(entry, filtered)),
        notes(),
        hint,
      ),
    );
  }

  /* The legend for print: without buttons, and each figure with its unit. */
  function paper() {
    const lens = lensNow();
    const [count, area] = heads(lens);
    const line = (entry) =>
      el(
        "div",
        { class: "paper-entry" },
        engine.swatch(entry.swatch, 22, 14),
        el("span", null, entry.name),
        el(
          "span",
          { class: "end" },
          el("span", { class: "note-n" }, `${entry.n} ${count}`),
          entry.area,
          el("span", { class: "unit" }, area),
        ),
      );
    return [entries(lens).map(line), notes()];
  }

  return {
    render: (state, changed) => {
      if (["lens", "lang", "theme", "filter", "need", "folded"].some((key) => changed.has(key))) render(state);
    },
    paper,
  };
}
