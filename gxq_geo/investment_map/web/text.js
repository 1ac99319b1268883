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

  const pick = (words) => (words ? words[lang] || words.zh || "" : "");

  /* The words of a key, with its {places} filled. */
  function t(key, places) {
    const words = data.words[lang]?.[key] ?? data.words.zh?.[key] ?? key;
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
  const areaUnit = () => chosen || (lang === "zh" ? "mu" : "ha");
  function area(mu) {
    const first = areaUnit();
    const second = first === "ha" || (first === "m2" && lang === "zh") ? "mu" : "ha";
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

  /* The name of a record, in the reader's language where it has one. */
  function name(layer, i) {
    const [zh, en] = [layer.get(i, "name_zh"), layer.get(i, "name_en")];
    return (lang === "zh" ? zh || en : en || zh) || layer.id(i) || t("missing");
  }

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
    get lang() {
      return lang;
    },
    set lang(code) {
      lang = code;
    },
  };
};
