/* The panel: the figures of the zone, the tabs, the search, and the list of the open tab. */
import { byId, el, focused, icon } from "../base/dom.js";
import * as State from "../state/state.js";
import { createList } from "./list.js";
import { createRows } from "./rows.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createPanel(ui) {
  const { text, facts, store, engine } = ui;
  const t = text.t;
  const draw = createRows(ui);
  let rows = []; // the records of the open list

  const list = createList(byId("list"), {
    onpick: (k) => pick(k),
    onhover: (k) => engine.hover(...(k < 0 || tab() === "sectors" ? [null, -1] : [tab(), rows[k]])),
  });
  const search = /** @type {HTMLInputElement} */ (byId("search"));
  const tab = () => store.get().tab;
  engine.on("hover", (hit) => list.mark(hit && hit.layer === tab() ? rows.indexOf(hit.index) : -1));

  function pick(k) {
    if (tab() === "sectors") ui.toggle("sector", facts.layer("sectors").id(rows[k]));
    else ui.select(tab(), rows[k], { fit: true });
  }

  /* ---- figures */

  const figure = (value, unit, label, accent) =>
    el(
      "div",
      { class: accent ? "figure strong" : "figure" },
      el("div", { class: "figure-n" }, value, unit && el("span", { class: "unit" }, unit)),
      el("div", { class: "figure-label" }, label),
    );

  /* The available land; with a requirement for buildings, their vacant floor. */
  function drawFigures() {
    const supply = ui.visible.needOf("carriers") ? buildings() : land();
    byId("figures").replaceChildren(figure(text.number(facts.size("parks")), "", t("parks")), ...supply);
  }

  function land() {
    const available = facts.available(ui.visible.mask("sites"));
    const [[main, mainUnit], [minor, minorUnit]] = text.area(available.sum);
    return [
      figure(text.number(available.n), t("unit_sites"), t("sites_available"), true),
      figure(main, mainUnit, t("area_available", { area: `${minor} ${minorUnit}` }), true),
    ];
  }

  function buildings() {
    const found = ui.visible.rows("carriers");
    const { label, unit } = text.field("carriers", ui.data.filters.total.carriers);
    return [
      figure(text.number(found.length), "", t("tab_carriers"), true),
      figure(text.whole(ui.listing.total("carriers", found)), text.unit(unit), text.pick(label), true),
    ];
  }

  /* ---- tabs */

  const TABS = State.TABS;
  const tabButton = (name) =>
    el("button", {
      id: `tab-${name}`,
      type: "button",
      role: "tab",
      "aria-controls": "list",
      onclick: () => store.set({ tab: name }),
    });

  /* How many records the list of a tab holds; the lists of parks and sectors always hold all. */
  const sizeOf = (name) => (["sites", "carriers"].includes(name) ? ui.visible.size(name) : facts.size(name));

  function drawTabs() {
    for (const name of TABS) {
      const on = name === tab();
      const button = byId(`tab-${name}`);
      button.replaceChildren(t(`tab_${name}`), el("span", { class: "count" }, text.number(sizeOf(name))));
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

  /* ---- list */

  const HEIGHTS = { sites: 56, carriers: 56, parks: 56, sectors: 74 };

  function drawList(reset) {
    const name = tab();
    const { selection } = store.get();
    rows = ui.listing.rows(name);
    const picked = selection?.layer === name ? rows.indexOf(facts.layer(name).indexOf(selection.id)) : -1;
    list.set({ n: rows.length, height: HEIGHTS[name], draw: (k) => draw[name](rows[k]), picked }, reset);
    byId("empty").hidden = rows.length > 0;
    byId("empty").textContent = t(facts.size(name) ? "none_found" : `none_${name}`);
    drawResult(name);
    return picked;
  }

  function drawResult(name) {
    const total = {
      sites: () => text.areaLine(ui.listing.total(name, rows)),
      carriers: () => t("vacant_line", { area: text.number(ui.listing.total(name, rows)) }),
      parks: () => t(ui.visible.isFiltered() ? "by_found" : "by_available"),
      sectors: () => t("mixed_shared"),
    };
    byId("result").replaceChildren(
      el("b", null, text.count(`n_${name}`, rows.length)),
      el("span", null, total[name]()),
    );
  }

  /* ---- start */

  let timer = 0;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => store.set({ query: search.value.slice(0, 80) }), 80);
  });
  search.before(icon("search"));
  byId("tabs").append(...TABS.map(tabButton));
  byId("tabs").addEventListener("keydown", stepTab);

  function render(state, changed) {
    const all = changed.has("lang") || changed.has("theme");
    const filtered = changed.has("filter") || changed.has("need");
    if (all || filtered) drawFigures();
    if (all || filtered || changed.has("tab")) drawTabs();
    if (all || changed.has("tab")) search.placeholder = t(`search_${state.tab}`);
    const { query } = state;
    if (focused() !== search && search.value !== query) search.value = query;
    const afresh = ["tab", "filter", "need", "query", "sort", "lens"].some((key) => changed.has(key));
    if (all || afresh || changed.has("selection")) {
      const picked = drawList(afresh);
      if (picked >= 0 && (afresh || changed.has("selection"))) list.show(picked);
    }
  }

  /* What the list shows, in its order. */
  const listed = () => ({ layer: tab(), rows });

  return { render, listed };
}
