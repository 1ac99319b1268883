/* Words and numbers in the reader's language. */
const createText = (data, first) => {
  let lang = first;
  const format = (least, most) =>
    new Intl.NumberFormat("en-US", { minimumFractionDigits: least, maximumFractionDigits: most });
  const plain = format(0, 2);
  const tenths = format(1, 1);
  const domains = Object.fromEntries(
    Object.entries(data.schema.domains).map(([name, pairs]) => [name, new Map(pairs)]),
  );

  /* Of words in every language; of an address or a credit that lacks one, none. */
  const pick = (words) => words?.[lang] ?? "";

  /* The words of a key, with its {places} filled. */
  function t(key, places) {
    const words = data.words[lang][key] ?? key;
    return places ? words.replace(/\{(\w+)\}/g, (all, name) => places[name] ?? all) : words;
  }

  /* Words that depend on a number: `key` and, for one, `key_one`. */
  const count = (key, n) => t(n === 1 ? `${key}_one` : key, { n: plain.format(n) });

  /* A unit that begins with a figure, such as 10k CNY, is set off: 19.6 ×10k CNY. */
  const unit = (name) => pick(data.schema.units[name]).replace(/^(?=\d)/, "×");
  const known = (value) => value !== null && value !== undefined && value !== "";

  /* An area in mu as [number, unit] pairs, the reader's own unit first. */
  const AREAS = { mu: [1, tenths], ha: [1 / 15, tenths], m2: [10000 / 15, format(0, 0)] };
  let chosen = "";
  const ownUnit = () => (Object.hasOwn(AREAS, data.langs[lang].area_unit) ? data.langs[lang].area_unit : "ha");
  const areaUnit = () => chosen || ownUnit();
  function area(mu) {
    const first = areaUnit();
    const second = first !== ownUnit() ? ownUnit() : first === "ha" ? "mu" : "ha";
    return [first, second].map((name) => [AREAS[name][1].format(mu * AREAS[name][0]), unit(name)]);
  }

  /* 1,234.5 亩（82.3 公顷） */
  function areaLine(mu) {
    const [[n, u], [minor, minorUnit]] = area(mu);
    return t("area_line", { area: `${n} ${u}`, other: `${minor} ${minorUnit}` });
  }

  const domainOf = (field, other) =>
    domains[field.domain || (field.domain_by ? field.domain_by[other(field.domain_by.field)] : "")];

  function choice(field, value, other) {
    const words = pick(domainOf(field, other)?.get(value));
    if (!words) return value;
    return field.domain_by ? `${words} ${value}` : words;
  }

  /* ---- what a record says in several languages: name_zh and name_en are of one stem, name */

  const order = () => data.langs[lang].order;
  const stemOf = (field) => (field.lang ? field.name.slice(0, -field.lang.length - 1) : field.name);
  const fieldsOf = (layerName) => data.schema.layers[layerName]?.fields ?? [];

  /* The fields that say the same, the reader's own language first. */
  function twins(fields, field) {
    const all = fields.filter((one) => one.lang && stemOf(one) === stemOf(field));
    const place = ({ lang: code }) => (order().indexOf(code) + 1 || Infinity);
    return all.length ? all.sort((a, b) => place(a) - place(b)) : [field];
  }

  /* Of the fields of one stem, the one nearest to the reader. */
  const own = (fields) => fields.filter((field) => !field.lang || twins(fields, field)[0] === field);

  const ranked = new WeakMap(); // field -> { lang, all }
  function alike(layer, field) {
    if (ranked.get(field)?.lang !== lang) ranked.set(field, { lang, all: twins(fieldsOf(layer.name), field) });
    return ranked.get(field).all;
  }
  /* What a record says in a field: { value, lang }, in the nearest language in which it says it;
     lang is the HTML tag where that is not the reader's. */
  function said(layer, i, field) {
    const all = field.lang ? alike(layer, field) : [field];
    const found = all.find((one) => known(layer.get(i, one.name))) ?? field;
    const foreign = found.lang && found.lang !== lang ? data.langs[found.lang]?.tag ?? found.lang : null;
    return { value: layer.get(i, found.name), lang: foreign };
  }

  /* A label without the language that it names in brackets at its end: the reader sees one alone. */
  function label(field) {
    const words = pick(field?.label);
    return field?.lang ? words.replace(/\s*[(（][^()（）]*[)）]\s*$/, "") : words;
  }

  /* The name of a record, in the nearest language in which it has one. */
  const nameOfRecord = (layer, i) => order().map((code) => layer.get(i, `name_${code}`)).find(known);
  const name = (layer, i) => nameOfRecord(layer, i) || layer.id(i) || t("missing");

  /* The name of the record that an id refers to. */
  function nameOf(layerName, id) {
    const layer = data.layer(layerName);
    const i = layer ? layer.indexOf(id) : -1;
    return i < 0 ? id : name(layer, i);
  }

  const names = (layerName, ids) => (ids || []).map((id) => nameOf(layerName, id)).join(t("list_join"));

  return {
    t,
    count,
    unit,
    pick,
    known,
    area,
    areaLine,
    choice,
    own,
    said,
    label,
    stemOf,
    name,
    nameOf,
    names,
    number: (value) => plain.format(value),
    tenths: (value) => tenths.format(value),
    whole: (value) => AREAS.m2[1].format(value),
    AREAS: Object.keys(AREAS),
    /* The unit in which land is measured on the whole page: mu, ha or m2; "" for the language's own. */
    get areaUnit() {
      return areaUnit();
    },
    set areaUnit(name) {
      chosen = Object.hasOwn(AREAS, name) ? name : "";
    },
    get areaPerMu() {
      return AREAS[areaUnit()][0];
    },
    word: (domain, value) => pick(domains[domain]?.get(value)) || value,
    field: (layer, field) => data.schema.layers[layer]?.fields.find((one) => one.name === field),
    get tag() {
      return data.langs[lang].tag;
    },
    get lang() {
      return lang;
    },
    set lang(code) {
      lang = code;
    },
  };
};
