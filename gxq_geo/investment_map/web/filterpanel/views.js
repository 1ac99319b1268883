/* The body of each facet: options with their counts, flags, or a range with a histogram. A view is { body, update(counts) }. */
import { el, focused } from "../base/dom.js";
import { monthsBefore } from "../data/lenses.js";
import { endsOf, isoOf, UNKNOWN } from "../filters/terms.js";

const MONTHS = [3, 6, 12]; // within which a record was updated
const NUMBER = /^-?\d+(\.\d+)?$/;

/* Full-width digits become digits; separators and spaces are removed. */
const normalised = (value) => value.normalize("NFKC").replace(/[,\s]/g, "");

/* The swatches of the facets that the map shows. */
const SWATCH = {
  status: (value) => `status:${value}`,
  kind: (value) => `carrier:${value}`,
  sector: (value) => `sector:${value}`,
  use: (value) => `landuse:${value}`,
};

/**
 * Gives a function that makes the view of a facet for a layer.
 * @param {import("../start/ui.js").Ui} ui
 * @param {ReturnType<typeof import("./words.js").createFilterWords>} words
 * @param {{ terms: (key: string) => readonly string[], set: (key: string, terms: readonly string[]) => void }} filter
 */
export function createFacetViews(ui, words, { terms, set }) {
  const { text, facts, store, engine } = ui;
  const { t } = text;
  const { filters } = facts;
  const counted = (name, n) => text.count(`n_${name}`, n);
  const size = (name, sum) =>
    name === "sites" ? text.area(sum)[0] : [text.whole(sum), text.unit(text.field(name, ui.data.filters.total[name]).unit)];
  const toggle = (key, value) =>
    set(key, terms(key).includes(value) ? terms(key).filter((term) => term !== value) : [...terms(key), value]);

  /* ---- options */

  function swatch(facet, value) {
    const key = value !== UNKNOWN && SWATCH[facet.key]?.(value);
    return key ? engine.swatch(key, 16, 12) : null;
  }

  function option(facet, value, name) {
    const [n, sum] = [el("span", { class: "check-n" }), el("span", { class: "check-sum" })];
    const input = el("input", { type: "checkbox", "data-term": value, onchange: () => toggle(facet.key, value) });
    const label = words.term(facet, name, value);
    const node = el("label", { class: "check", "data-term": value }, input, swatch(facet, value),
      el("span", { class: "check-name", title: label }, label), n, sum);
    const update = (count) => {
      input.checked = terms(facet.key).includes(value);
      node.dataset.none = String(!count.n);
      n.textContent = text.number(count.n);
      const [figure, unit] = size(name, count.sum);
      sum.replaceChildren(figure, el("span", { class: "unit" }, unit));
    };
    return { node, update, value };
  }

  function optionsView(facet, name) {
    const all = filters.tally(name, filters.clean({}), facet.key);
    const present = all.options.filter(({ n, value }) => n > 0 || terms(facet.key).includes(value));
    const options = present.map(({ value }) => option(facet, value, name));
    const hasClass = all.options.some(({ value }) => value === "unknown"); // a lens has a class for unknown values
    if (!hasClass) options.push(option(facet, UNKNOWN, name));
    const update = (counts) => {
      const byValue = new Map(counts.options.map((count) => [count.value, count]));
      for (const { value, update: draw } of options) draw(byValue.get(value) ?? counts.unknown);
    };
    return { body: options.map(({ node }) => node), update };
  }

  /* ---- the unknown values of a range or of flags: without them, with them, or only them */

  function unknownView(facet, name) {
    const known = () => terms(facet.key).filter((term) => term !== UNKNOWN);
    const WAYS = {
      without: () => set(facet.key, known().length ? known() : facet.ranged ? ["~"] : []),
      with: () => set(facet.key, known()[0] === "~" ? [] : [...known(), UNKNOWN].filter((_term, _k, all) => all.length > 1)),
      only: () => set(facet.key, [UNKNOWN]),
    };
    const way = () => (!terms(facet.key).length ? "" : !terms(facet.key).includes(UNKNOWN) ? "without" : known().length ? "with" : "only");
    const buttons = Object.keys(WAYS).map((key) =>
      el("button", { type: "button", "data-way": key, onclick: WAYS[key] }, t(`filter.${key}_short`)));
    const line = el("span", { class: "unknown-n" });
    const node = el("div", { class: "unknown" }, line,
      el("div", { class: "segmented", role: "group", "aria-label": `${words.label(facet, name)} ${t("missing")}` }, buttons));
    const update = ({ unknown }) => {
      line.textContent = `${t("missing")} ${counted(name, unknown.n)}`;
      for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.way === way()));
    };
    return { node, update };
  }

  function flagsView(facet, name) {
    const options = facet.fieldsOf(name).map((value) => option(facet, value, name));
    const unknown = unknownView(facet, name);
    const update = (counts) => {
      options.forEach(({ update: draw }, k) => draw(counts.options[k]));
      unknown.update(counts);
    };
    return { body: [options.map(({ node }) => node), unknown.node], update };
  }

  /* ---- ranges */

  function rangeView(facet, name) {
    const date = facet.kind === "date";
    const ends = facet.kind === "distance" ? "max" : facet.ends;
    const { unit, per } = words.scaleOf(facet, name);
    const label = unit ? t("area_line", { area: words.label(facet, name), other: text.unitOver(unit) }) : words.label(facet, name);
    const input = (end) => el("input", {
      type: date ? "date" : "text", inputmode: date ? null : "decimal", class: "end-input", "data-end": end,
      autocomplete: "off", placeholder: date ? null : t(`filter.${end}`), "aria-label": `${label} ${t(`filter.${end}`)}`,
      onchange: apply, oninput: date ? null : applyLater,
    });
    const inputs = ["min", "max"].filter((end) => !ends || ends === end).map(input);

    function apply() {
      clearTimeout(timer);
      const read = (end) => {
        const field = inputs.find(({ dataset }) => dataset.end === end);
        const value = field ? normalised(field.value) : "";
        const valid = value === "" || date || NUMBER.test(value);
        field?.setAttribute("aria-invalid", String(!valid));
        if (value === "" || !valid) return "";
        return date ? value : String(Number((Number(value) / per).toFixed(6)));
      };
      const term = `${read("min")}~${read("max")}`;
      const unknown = terms(facet.key).includes(UNKNOWN) && terms(facet.key).length > 1 ? [UNKNOWN] : [];
      const before = terms(facet.key)[0] === "~" ? ["~"] : [];
      set(facet.key, term === "~" ? before : [term, ...unknown]);
    }
    let timer = 0;
    function applyLater() {
      clearTimeout(timer);
      timer = setTimeout(apply, 350);
    }

    const bars = el("div", { class: "bars", "aria-hidden": "true" });
    const unknown = unknownView(facet, name);
    const unitWord = unit && el("span", { class: "unit" }, text.unitOver(unit));
    const line = el("div", { class: "ends" }, inputs.flatMap((field, k) => (k ? ["–", field] : [field])), unitWord);

    /** @param {number[]} ends */
    function write([low, high]) {
      for (const field of inputs) {
        const value = field.dataset.end === "min" ? low : high;
        if (focused() === field) continue;
        field.value = !Number.isFinite(value) ? "" : date ? isoOf(value) : words.shown(value, per);
        field.setAttribute("aria-invalid", "false");
      }
    }

    /**
     * @param {{ bins: Uint32Array, span: { low: number, high: number } | null }} counts
     * @param {number[]} ends
     */
    function draw({ bins, span }, [low, high]) {
      const most = Math.max(1, ...bins);
      const width = span ? (span.high - span.low) / bins.length : 0;
      bars.hidden = bins.length < 2;
      bars.replaceChildren(...Array.from(bins, (n, k) => {
        const from = span.low + k * width;
        const inside = from + width > low && from < high;
        return el("i", { "data-in": String(inside), css: { height: n ? `${Math.max(8, (100 * n) / most)}%` : "1px" } });
      }));
    }

    const update = (counts) => {
      const term = terms(facet.key).find((other) => other !== UNKNOWN && other !== "~");
      const ends = (term && endsOf(facet.kind, term)) || [-Infinity, Infinity];
      write(ends);
      draw(counts, ends);
      unknown.update(counts);
    };
    return { body: [bars, line, presets(facet), unknown.node], update };
  }

  /* Buttons for common dates: updated within some months, ready by the end of a year. */
  function presets(facet) {
    const day = ui.data.meta.data_date;
    if (facet.kind !== "date" || !day) return null;
    const preset = (term, label) =>
      el("button", { type: "button", class: "preset", "data-term": term, onclick: () => set(facet.key, [term]) }, label);
    const year = Number(day.slice(0, 4));
    const all = facet.ends === "min"
      ? MONTHS.map((n) => preset(`${monthsBefore(day, n)}~`, t("filter.months", { n })))
      : [year, year + 1].map((end) => preset(`~${end}-12-31`, t("filter.year_end", { year: end })));
    return el("div", { class: "presets" }, all);
  }

  /* The unit of land, which applies to the whole page. */
  function unitChoice() {
    const button = (unit) =>
      el("button", { type: "button", "data-unit": unit, "aria-pressed": String(unit === text.areaUnit),
        onclick: () => store.set({ unit }) }, text.unit(unit));
    return el("div", { class: "units" }, el("span", null, t("filter.unit")),
      el("div", { class: "segmented", role: "group", "aria-label": t("filter.unit") }, text.AREAS.map(button)));
  }

  return (facet, name) => {
    if (facet.kind === "flags") return flagsView(facet, name);
    if (!facet.ranged) return optionsView(facet, name);
    const view = rangeView(facet, name);
    const isLand = words.fieldOf(facet, name).unit === "mu";
    return { ...view, body: [isLand && unitChoice(), ...view.body] };
  };
}
