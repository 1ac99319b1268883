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
  function area(mu) {
    const pairs = [[tenths.format(mu), unit("mu")], [tenths.format(mu / 15), unit("ha")]];
    return lang === "zh" ? pairs : pairs.reverse();
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
    t, count, unit, pick, known, area, areaLine, choice, name, nameOf, names,
    number: (value) => plain.format(value),
    tenths: (value) => tenths.format(value),
    word: (domain, value) => pick(domains[domain]?.get(value)) || value,
    field: (layer, field) => data.schema.layers[layer]?.fields.find((one) => one.name === field),
    get lang() { return lang; },
    set lang(code) { lang = code; },
  };
};
