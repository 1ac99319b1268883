/* The filter panel: the facets of the open list, each option with the number of records that it would give, and the chips
   of the current filter. It opens above the list, on a phone over the whole screen. */
import { byId, el, icon, setInert } from "../base/dom.js";
import { createFacetViews } from "./views.js";
import { createFilterWords } from "./words.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createFilterPanel(ui) {
  const { text, facts, store } = ui;
  const { t } = text;
  const { filters } = facts;
  const words = createFilterWords(ui);
  const createView = createFacetViews(ui, words, { terms, set });
  const [box, button, chipBox] = [byId("facets"), byId("refine"), byId("filters")];
  const unfolded = new Set(filters.facets.filter(({ first }) => first).slice(0, 1).map(({ key }) => key));
  let shown = false; // as the state says, once it is drawn
  let more = false;
  let views = []; // the facets of the open list: { facet, node, update }
  let parts = null; // of the open panel: { more, done, clear }

  const tab = () => store.get().tab;

  function terms(key) {
    return store.get().filter[key] ?? [];
  }

  function set(key, list) {
    store.set({ filter: filters.clean({ ...store.get().filter, [key]: list }) });
  }

  /* What each option of a facet would give. */
  function tally(name, key) {
    return filters.tally(name, store.get().filter, key, ui.listing.found(name));
  }

  /* ---- one facet */

  function view(facet) {
    const name = tab();
    const options = createView(facet, name);
    const id = `facet-${facet.key}`;
    const summary = el("span", { class: "facet-said" });
    const head = el("button", { type: "button", class: "facet-head", "aria-controls": id, onclick: () => unfold(facet.key) },
      el("span", { class: "facet-name" }, words.label(facet, name)), summary, icon("down"));
    const body = el("div", { id, class: "facet-body", role: "group", "aria-label": words.label(facet, name) },
      options.body);
    const node = el("div", { class: "facet", "data-key": facet.key }, el("h2", { class: "facet-title" }, head), body);
    const update = () => {
      const own = terms(facet.key);
      summary.textContent = own.length ? words.summary(facet, name, own) : "";
      const open = unfolded.has(facet.key);
      head.setAttribute("aria-expanded", String(open));
      body.hidden = !open;
      node.hidden = !(facet.first || more || own.length);
      if (open && !node.hidden) options.update(tally(name, facet.key));
    };
    return { facet, node, update };
  }

  function unfold(key) {
    if (!unfolded.delete(key)) unfolded.add(key);
    update();
  }

  /* ---- the panel */

  const narrow = () => ui.bottomSheet.narrow;
  const show = (on) => store.set({ refine: on });

  function showOrHide(on) {
    if (shown === on) return;
    shown = on;
    if (on) build();
    update();
    lock(on && narrow());
    if (!narrow()) return;
    if (on) box.querySelector("button").focus({ preventScroll: true });
    else button.focus({ preventScroll: true });
  }

  /* On a phone, nothing behind the filters can be reached. */
  function lock(on) {
    document.documentElement.dataset.refine = String(on);
    box.setAttribute("role", on ? "dialog" : "group");
    if (on) box.setAttribute("aria-modal", "true");
    else box.removeAttribute("aria-modal");
    const behind = [...document.querySelectorAll("#app > *, #panel > *")];
    setInert(behind.filter((node) => node !== box && node.id !== "say" && !node.contains(box)), on);
  }

  function build() {
    const offered = filters.facetsOf(tab());
    views = offered.map(view);
    const toggleMore = el("button", { type: "button", class: "facet-more", onclick: () => { more = !more; update(); } });
    const body = el("div", { class: "facets-body" }, views.filter(({ facet }) => facet.first).map(({ node }) => node),
      toggleMore, views.filter(({ facet }) => !facet.first).map(({ node }) => node));
    const clear = el("button", { type: "button", class: "facets-clear", onclick: clearAll }, t("filter.clear"));
    const done = el("button", { type: "button", class: "facets-done", onclick: () => show(false) });
    box.replaceChildren(
      el("div", { class: "facets-head" }, el("b", null, t("filter.title")),
        el("button", { type: "button", class: "round", "aria-label": t("filter.close"), onclick: () => show(false) }, icon("close"))),
      body, el("div", { class: "facets-foot" }, clear, done));
    box.setAttribute("aria-label", t("filter.title"));
    parts = { more: toggleMore, done, clear };
  }

  function drawParts(offered) {
    parts.more.textContent = t(more ? "filter.less" : "filter.more");
    parts.more.setAttribute("aria-expanded", String(more));
    parts.more.hidden = offered.every(({ first }) => first);
    parts.done.textContent = text.count(`filter.show_${tab()}`, ui.listing.rows(tab()).length);
    parts.clear.disabled = !active().length;
  }

  const active = () => filters.facets.filter(({ key }) => terms(key).length);
  const clearAll = () => store.set({ filter: filters.clean({}), query: "" });

  function update() {
    const offered = filters.facetsOf(tab());
    const open = shown && offered.length > 0;
    box.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    for (const facetView of views) facetView.update();
    drawParts(offered);
  }

  /* ---- chips */

  function countOf(facet, value) {
    const name = words.layerOf(facet, tab());
    const { need } = store.get();
    if (!name || (need && name !== need.layer)) return null; // a filter of the layer that the requirement is not about
    const counts = tally(name, facet.key);
    if (value === null) return counts.passing;
    return counts.options.find((option) => option.value === value) ?? counts.unknown;
  }

  function chip(facet, { words: label, terms: rest, value }) {
    const count = countOf(facet, value);
    return el("button", { type: "button", class: "chip", "data-key": facet.key, "aria-label": t("remove_filter", { name: label }),
      onclick: () => set(facet.key, rest) },
    el("span", { class: "chip-words" }, label), count && el("span", { class: "chip-n" }, text.number(count.n)), icon("close"));
  }

  /* The chips of the requirement stand before those of the filter; each is removed by itself. */
  function wantChip({ words: label, drop }) {
    return el("button", { type: "button", class: "chip want", "aria-label": t("match.remove", { name: label }), onclick: drop },
      el("span", { class: "chip-words" }, label), icon("close"));
  }

  function drawChips() {
    const wants = ui.matchForm.wants().map(wantChip);
    const all = active().flatMap((facet) => words.chips(facet, tab(), terms(facet.key)).map((part) => chip(facet, part)));
    chipBox.hidden = !wants.length && !all.length;
    chipBox.replaceChildren(...wants, ...all, all.length > 1
      ? el("button", { type: "button", class: "link", onclick: () => store.set({ filter: filters.clean({}) }) },
        t(wants.length ? "filter.clear_these" : "filter.clear")) : "");
  }

  /* ---- start */

  button.addEventListener("click", () => show(!shown));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    show(false);
    button.focus({ preventScroll: true });
  });
  matchMedia("(max-width: 760px), (max-height: 480px)").addEventListener("change", () => lock(shown && narrow()));

  function render(state, changed) {
    if (changed.has("refine")) showOrHide(state.refine);
    const rebuilds = ["lang", "theme", "tab", "unit"].some((key) => changed.has(key));
    if (!rebuilds && !["filter", "need", "query"].some((key) => changed.has(key))) return;
    if (rebuilds && shown) build();
    drawChips();
    update();
  }

  return { render, show };
}
