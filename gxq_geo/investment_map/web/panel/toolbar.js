/* The buttons of the panel: find a site, filter, sort, table, export. What they open is made later (start/later.js) and
   listens to them then. */
import { byId, el, icon } from "../base/dom.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createToolbar(ui) {
  const { text, facts, store, data } = ui;
  const { t } = text;
  const { filters } = facts;
  const [find, refine] = [byId("need-open"), byId("refine")];
  const sort = /** @type {HTMLSelectElement} */ (byId("sort"));

  function drawFind() {
    find.replaceChildren(icon("check"), t("match.open"), icon("right"));
  }

  function drawRefine({ tab, filter }) {
    const n = filters.facets.filter(({ key }) => filter[key]?.length).length;
    refine.hidden = !filters.facetsOf(tab).length;
    refine.replaceChildren(icon("sliders"), t("filter.title"), n ? el("span", { class: "badge-n" }, text.number(n)) : "");
  }

  function drawTable(state) {
    byId("as-table").textContent = t("table.open");
    byId("as-table").setAttribute("aria-pressed", String(state.table));
    byId("export").textContent = t("table.export_short");
    byId("export").setAttribute("aria-label", t("table.export"));
  }

  function drawSort(state) {
    const offered = data.filters.sorts[state.tab] ?? [];
    const all = ["", ...offered, ...(state.sort && !offered.includes(state.sort) ? [state.sort] : [])];
    const label = (key) => {
      if (!key) return t("table.own");
      const field = text.field(state.tab, key.replace("-", ""));
      return field ? `${text.label(field)} ${key.startsWith("-") ? "↓" : "↑"}` : "";
    };
    sort.hidden = !offered.length;
    sort.setAttribute("aria-label", t("table.sort"));
    sort.replaceChildren(...all.filter((key) => label(key)).map((key) => el("option", { value: key }, label(key))));
    sort.value = state.sort;
    if (sort.selectedIndex < 0) sort.value = "";
  }

  sort.addEventListener("change", () => store.set({ sort: sort.value }));

  function render(state, changed) {
    const any = (...keys) => keys.some((key) => changed.has(key));
    if (any("lang")) drawFind();
    if (any("lang", "tab", "filter")) drawRefine(state);
    if (any("lang", "tab", "sort")) drawSort(state);
    if (any("lang", "table")) drawTable(state);
  }

  return { render };
}
