/* The fields of a record as the card shows them: grouped and labelled by the schema. */
const createFields = (ui) => {
  const { el, icon } = Dom;
  const { text, facts, engine } = ui;
  const t = text.t;

  const LINKED = State.CARDS.filter((name) => name !== "stations");
  /* Two fields that read as one: a range. */
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
    integer: (value, field) =>
      figure(field.unit ? text.number(value) : String(value), field.unit && text.unit(field.unit)),
    number: (value, field) => {
      if (field.unit === "mu") return figure(...text.area(value)[0]);
      return figure(
        (TENTHS.includes(field.unit) ? text.tenths : text.number)(value),
        field.unit && text.unit(field.unit),
      );
    },
    boolean: (value) => t(value ? "yes" : "no"),
    texts: (value) => value.join(t("list_join")),
    choice: (value, field, other) => text.choice(field, value, other),
    choices: (value, field, other) =>
      el(
        "ul",
        { class: "lines" },
        value.map((one) => el("li", null, text.choice(field, one, other))),
      ),
    ref: (value, field) => link(field.ref, value),
    refs: (value, field) =>
      field.ref === "sectors"
        ? el("span", { class: "sectors" }, value.map(sector))
        : text.names(field.ref, value),
  };

  const has = (value) => text.known(value) && !(Array.isArray(value) && !value.length);

  function value(layer, i, field) {
    const said = text.said(layer, i, field);
    if (!has(said.value)) return missing();
    return SHOW[field.type]?.(said.value, field, others(layer, i)) ?? spoken(said);
  }

  /* Words of a record in another language than the page's are marked for those who hear them. */
  const spoken = ({ value, lang }) => (lang ? el("span", { lang }, value) : value);

  /* Rough width in css px: Chinese characters are twice as wide as Latin ones. */
  const width = (words, size) =>
    [...words].reduce((sum, one) => sum + (one > "\u2e80" ? size : size / 2 + 0.5), 0);

  /* A label and its value: half a line where both fit, else a whole one, else one above the other. */
  function pair(name, shown) {
    const value = el("dd", null, shown);
    const needs = width(name, 11) + width(value.textContent, 13);
    const shape = needs > 290 || value.querySelector("ul") ? "pair long" : needs > 132 ? "pair wide" : "pair";
    return el("div", { class: shape }, el("dt", null, name), value);
  }

  function range(layer, i, field) {
    const [least, most] = [layer.get(i, field.name), layer.get(i, RANGES[field.name])];
    if (!has(least) && !has(most)) return pair(t("far"), missing());
    const said = [least, most].filter(has).map(text.tenths);
    return pair(t("far"), said.length === 2 ? said.join("–") : (has(least) ? "≥ " : "≤ ") + said[0]);
  }

  function row(layer, i, field) {
    if (RANGES[field.name]) return range(layer, i, field);
    return pair(text.label(field), value(layer, i, field));
  }

  /* The utilities: one chip each, and how many of them are there. */
  function chips(layer, i, fields) {
    const MARKS = { true: "check", false: "no", null: "unknown" };
    const said = fields.map((field) => layer.get(i, field.name));
    const chip = (field, k) =>
      el(
        "li",
        { class: "utility", "data-state": String(said[k]), title: t(`utility_${said[k]}`) },
        icon(MARKS[said[k]]),
        text.label(field),
        el("span", { class: "aside" }, t(`utility_${said[k]}`)),
      );
    return {
      node: el("ul", { class: "utilities" }, fields.map(chip)),
      note: t("n_utilities", { n: said.filter(Boolean).length, of: fields.length }),
    };
  }

  function group(name, layer, i, fields) {
    const flags = name === "utilities" ? fields.filter((field) => field.type === "boolean") : [];
    const uppers = Object.values(RANGES);
    const rest = fields.filter((field) => !flags.includes(field) && !uppers.includes(field.name));
    const any = rest.some((field) => has(text.said(layer, i, field).value) || has(layer.get(i, RANGES[field.name])));
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

  /* One group of a record, without the fields that are said elsewhere; null where nothing is left. */
  function section(name, layer, i, without) {
    const all = ui.data.schema.layers[layer.name].fields.filter((field) => !without.includes(field.name));
    const fields = text.own(all).filter((field) => field.group === name);
    return fields.length ? group(name, layer, i, fields) : null;
  }

  return { section, value, spoken, figure, missing, has, link, sector, pair };
};
