/* The fields of a record as the card shows them: grouped and labelled by the schema. */
import { el, icon } from "../base/dom.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createFields(ui) {
  const { text, facts, engine } = ui;
  const t = text.t;

  const LINKED = ui.choices.cards.filter((name) => name !== "stations");
  /* Pairs of fields that are shown as one range. */
  const RANGES = { far_min: "far_max" };

  const missing = () => el("span", { class: "missing" }, t("missing"));
  const figure = (value, unit) => [value, unit && el("span", { class: "unit" }, unit)];

  function link(layerName, id) {
    const layer = facts.layer(layerName);
    const i = layer ? layer.indexOf(id) : -1;
    const name = text.nameOf(layerName, id);
    if (i < 0 || !LINKED.includes(layerName)) return name;
    return el(
      "button",
      { type: "button", class: "link", onclick: () => ui.select(layerName, i, { fit: true }) },
      name,
    );
  }

  const sector = (id) =>
    el("span", { class: "sector" }, engine.swatch(`sector:${id}`, 12, 12), text.nameOf("sectors", id));

  const TENTHS = ["km", "ha", "km2"];
  const others = (layer, i) => (name) => layer.get(i, name);
  const SHOW = {
    integer: (value, field) => (field.unit ? figure(...text.amount(value, field.unit)) : String(value)),
    number: (value, field) => {
      if (field.unit === "mu") return figure(...text.area(value)[0]);
      return figure(...text.amount(value, field.unit, TENTHS.includes(field.unit) ? text.tenths : text.number));
    },
    boolean: (value) => t(value ? "yes" : "no"),
    texts: (value) => value.join(t("list_join")),
    choice: (value, field, other) => text.choice(field, value, other),
    choices: (value, field, other) =>
      el(
        "ul",
        { class: "lines" },
        value.map((item) => el("li", null, text.choice(field, item, other))),
      ),
    ref: (value, field) => link(field.ref, value),
    refs: (value, field) =>
      field.ref === "sectors"
        ? el("span", { class: "sectors" }, value.map(sector))
        : text.names(field.ref, value),
  };

  const has = (value) => text.known(value) && !(Array.isArray(value) && !value.length);

  function value(layer, i, field) {
    const source = text.translated(layer, i, field);
    if (!has(source.value)) return missing();
    return SHOW[field.type]?.(source.value, field, others(layer, i)) ?? withLang(source);
  }

  /* Words in another language than the page's are marked for screen readers. */
  const withLang = ({ value, lang }) => (lang ? el("span", { lang }, value) : value);

  /* The approximate width in css px: Chinese characters are twice as wide as Latin ones. */
  const width = (words, size) =>
    [...words].reduce((sum, letter) => sum + (letter > "\u2e80" ? size : size / 2 + 0.5), 0);

  /* A label and its value: in half a line where both fit, else in a whole line, else in two lines. */
  function pair(name, shown) {
    const value = el("dd", null, shown);
    const needs = width(name, 11) + width(value.textContent, 13);
    const shape = needs > 290 || value.querySelector("ul") ? "pair long" : needs > 132 ? "pair wide" : "pair";
    return el("div", { class: shape }, el("dt", null, name), value);
  }

  function range(layer, i, field) {
    const [least, most] = [layer.get(i, field.name), layer.get(i, RANGES[field.name])];
    if (!has(least) && !has(most)) return pair(t("far"), missing());
    const limits = [least, most].filter(has).map(text.tenths);
    return pair(t("far"), limits.length === 2 ? limits.join("–") : (has(least) ? "≥ " : "≤ ") + limits[0]);
  }

  function row(layer, i, field) {
    if (RANGES[field.name]) return range(layer, i, field);
    return pair(text.label(field), value(layer, i, field));
  }

  /* The utilities: one chip each, and how many are present. */
  function chips(layer, i, fields) {
    const MARKS = { true: "check", false: "no", null: "unknown" };
    const states = fields.map((field) => layer.get(i, field.name));
    const chip = (field, k) =>
      el(
        "li",
        { class: "utility", "data-state": String(states[k]), title: t(`utility_${states[k]}`) },
        icon(MARKS[states[k]]),
        text.label(field),
        el("span", { class: "aside" }, t(`utility_${states[k]}`)),
      );
    return {
      node: el("ul", { class: "utilities" }, fields.map(chip)),
      note: t("n_utilities", { n: states.filter(Boolean).length, of: fields.length }),
    };
  }

  function group(name, layer, i, fields) {
    const flags = name === "utilities" ? fields.filter((field) => field.type === "boolean") : [];
    const uppers = Object.values(RANGES);
    const rest = fields.filter((field) => !flags.includes(field) && !uppers.includes(field.name));
    const any = rest.some((field) => has(text.translated(layer, i, field).value) || has(layer.get(i, RANGES[field.name])));
    const shown = flags.length ? chips(layer, i, flags) : null;
    return el(
      "section",
      { class: "group", "data-group": name },
      el(
        "h3",
        null,
        text.pick(ui.data.schema.groups[name]),
        shown && el("span", { class: "count" }, shown.note),
      ),
      shown?.node,
      any
        ? el(
            "dl",
            { class: "pairs" },
            rest.map((field) => row(layer, i, field)),
          )
        : !shown && el("p", { class: "missing" }, t("missing")),
    );
  }

  /* A group of fields, without those that are shown elsewhere; null where none is left. */
  function section(name, layer, i, without) {
    const all = ui.data.schema.layers[layer.name].fields.filter((field) => !without.includes(field.name));
    const fields = text.own(all).filter((field) => field.group === name);
    return fields.length ? group(name, layer, i, fields) : null;
  }

  return { section, value, withLang, figure, missing, has, link, sector, pair };
}
