/* The lenses: by which question the map is coloured. Painting, legend, filter and labels all read
   their classes here.

   Lenses.of(data) -> Map of key -> lens, made once:
   lens.key       "availability" | "zoning" | "landuse" | "price" | "readiness" | "freshness"
   lens.layer     the layer that its legend counts, "sites" or "zoning"
   lens.filter    what the page's filter calls its classes: "status", "use", "price" ...
   lens.unit      the unit of the figures that are its classes, or null
   lens.classes   [{ key, filter, name: { zh, en, ... }, swatch }], in the order of the legend
   lens.classOf(i) -> index of the record's (first) class
   lens.part(layer) -> null where the lens does not colour that layer, else
                  { codes: record -> look, looks: [{ swatch, classes: [index] }] }
                  A look is what is drawn: a mixed block has one look and several classes.
   lens.figure(i) -> what the label of site i says beside its id: { value, unit } below it, or the short
                  { text } above it, which is then what the map is about; or null */
const Lenses = (() => {
  const KEYS = ["availability", "zoning", "landuse", "price", "readiness", "freshness"];
  // Filters that some lens brings along, beside status, sector and land.
  const FILTERS = ["use", "price", "ready", "fresh"];
  const MU_PER_HA = 15;

  /* ---- what all lenses are made of */

  /* lookOf(i) -> swatch key; classesOf(swatch, i) -> indices, asked once for each look. */
  function classify(layer, lookOf, classesOf) {
    const looks = [];
    const known = new Map();
    const codes = new Uint16Array(layer?.n ?? 0);
    for (let i = 0; i < codes.length; i++) {
      const swatch = lookOf(i);
      if (!known.has(swatch)) {
        known.set(swatch, looks.length);
        looks.push({ swatch, classes: classesOf(swatch, i) });
      }
      codes[i] = known.get(swatch);
    }
    return { codes, looks };
  }

  const once = (make) => {
    let made;
    return () => (made ??= make());
  };

  function lensOf({ key, layer, filter, unit = null, classes, parts, figure = () => null }) {
    const lazy = Object.fromEntries(Object.entries(parts).map(([name, make]) => [name, once(make)]));
    const part = (name) => lazy[name]?.() ?? null;
    const classOf = (i) => part(layer).looks[part(layer).codes[i]].classes[0];
    return { key, layer, filter, unit, classes: classes.map((one) => ({ filter, ...one })), part, classOf, figure };
  }

  /* ---- what they share about one zone's data */

  function context(data) {
    const every = (say) => Object.fromEntries(Object.keys(data.langs).map((lang) => [lang, say(lang)]));
    const sites = data.layer("sites");
    const offered = new Set(data.style.lenses.offered);
    const status = sites?.column("status");
    return {
      data, sites, style: data.style,
      zoning: data.layer("zoning"),
      isOffered: (i) => offered.has(status.get(i)),
      every,
      /* The words of a key in every language. */
      words: (key, places = {}) => every((lang) =>
        (data.words[lang]?.[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => places[name] ?? all)),
    };
  }

  /* Classes of sites of which only those that can be had are told apart. */
  function siteLens(ctx, { key, filter, unit, classes, nameOf, figure }) {
    const all = [...classes, { key: "unknown", name: ctx.words("missing") }, { key: "taken", name: ctx.words("lens_taken") }]
      .map((one) => ({ ...one, swatch: `${key}:${one.look ?? one.key}` }));
    const index = new Map(all.map((one, k) => [one.swatch, k]));
    const look = new Map(all.map((one) => [one.key, one.swatch]));
    const lookOf = (i) => look.get(ctx.isOffered(i) ? nameOf(i) : "taken");
    return lensOf({ key, layer: "sites", filter, unit, classes: all, figure: (i) => (ctx.isOffered(i) ? figure(i) : null),
      parts: { sites: () => classify(ctx.sites, lookOf, (swatch) => [index.get(swatch)]) } });
  }

  /* ---- availability 可供地块 */

  function availability(ctx) {
    const { sites, data } = ctx;
    const classes = (data.schema.domains.site_status ?? []).map(([key, name]) => ({ key, name, swatch: `status:${key}` }));
    const index = new Map(classes.map(({ swatch }, k) => [swatch, k]));
    const status = sites?.column("status");
    return lensOf({ key: "availability", layer: "sites", filter: "status", classes,
      figure: (i) => ({ value: sites.get(i, "area_mu"), unit: "mu" }),
      parts: { sites: () => classify(sites, (i) => `status:${status.get(i)}`, (swatch) => [index.get(swatch)].filter((k) => k >= 0)) } });
  }

  /* ---- sector zoning 产业分区 */

  function zoning(ctx) {
    const { data, style } = ctx;
    const uses = Object.entries(style.zoning);
    const sectors = data.layer("sectors");
    const rank = (i) => sectors.get(i, "rank") ?? Infinity;
    const rows = Array.from({ length: sectors?.n ?? 0 }, (_, i) => i).sort((a, b) => rank(a) - rank(b) || a - b);
    const nameOf = (i) => ctx.every((lang) =>
      data.langs[lang].order.map((code) => sectors.get(i, `name_${code}`)).find(Boolean) ?? sectors.id(i));
    const classes = [
      ...rows.map((i) => ({ key: sectors.id(i), filter: "sector", name: nameOf(i), swatch: `sector:${sectors.id(i)}` })),
      ...uses.map(([use]) => ({ key: use, filter: "land", name: ctx.words(`land_${use}`), swatch: `zoning:${use}` })),
    ];
    const index = new Map(classes.map(({ key, filter }, k) => [`${filter}:${key}`, k]));
    const planned = (i) => ctx.zoning.get(i, "sectors") ?? [];
    const useOf = (code) => (uses.find(([, { codes }]) => code && codes.includes(code[0])) ?? uses.find(([, { codes }]) => !codes))[0];
    const lookOf = (i) => {
      const ids = planned(i);
      return ids.length ? `sector${ids.length > 1 ? "s" : ""}:${ids.join("+")}` : `zoning:${useOf(ctx.zoning.get(i, "land_use") ?? "")}`;
    };
    const classesOf = (swatch, i) => {
      const found = planned(i).length ? planned(i).map((id) => index.get(`sector:${id}`)) : [index.get(swatch.replace("zoning", "land"))];
      return found.filter((k) => k !== undefined);
    };
    return lensOf({ key: "zoning", layer: "zoning", filter: "sector", classes,
      parts: { zoning: () => classify(ctx.zoning, lookOf, classesOf) } });
  }

  /* ---- land use 用地 */

  /* layer, style -> (i) -> family: the longest beginning of the code that the scheme's table names. */
  function familyOf(layer, style) {
    const [scheme, code] = [layer.column("land_use_scheme"), layer.column("land_use")];
    const known = new Map();
    const find = (table, text) => {
      for (let n = text.length; n > 0 && table; n--) if (Object.hasOwn(table, text.slice(0, n))) return table[text.slice(0, n)];
      return "other";
    };
    const keyOf = code.codes && scheme.codes ? (i) => 65536 * scheme.codes[i] + code.codes[i] : (i) => `${scheme.get(i)} ${code.get(i)}`;
    return (i) => {
      const key = keyOf(i);
      if (!known.has(key)) known.set(key, code.get(i) === null ? "unknown" : find(style.land_use.codes[scheme.get(i)], code.get(i)));
      return known.get(key);
    };
  }

  function landuse(ctx) {
    const families = Object.keys(ctx.style.lenses.landuse);
    const layers = ["sites", "zoning"].filter((name) => ctx.data.layer(name));
    const of = Object.fromEntries(layers.map((name) => [name, familyOf(ctx.data.layer(name), ctx.style)]));
    const present = new Set();
    for (const name of layers) for (let i = 0; i < ctx.data.layer(name).n; i++) present.add(of[name](i));
    const classes = families.filter((key) => present.has(key))
      .map((key) => ({ key, name: ctx.words(key === "unknown" ? "missing" : `use_${key}`), swatch: `landuse:${key}` }));
    const index = new Map(classes.map(({ key }, k) => [key, k]));
    const classesOf = (swatch) => [index.get(swatch.slice(swatch.indexOf(":") + 1))];
    const [strong, soft] = ["landuse", "landuse-soft"].map((look) => Object.fromEntries(families.map((key) => [key, `${look}:${key}`])));
    const looks = {
      sites: (i) => (ctx.isOffered(i) ? strong : soft)[of.sites(i)],
      zoning: (i) => soft[of.zoning(i)],
    };
    const parts = Object.fromEntries(layers.map((name) => [name, () => classify(ctx.data.layer(name), looks[name], classesOf)]));
    return lensOf({ key: "landuse", layer: "sites", filter: "use", classes, parts,
      figure: (i) => ({ text: ctx.sites.get(i, "land_use") }) });
  }

  /* ---- price 价格 */

  /* The largest of ... 0.5, 1, 2, 5, 10 ... that is not above x. */
  function niceBelow(x) {
    const power = 10 ** Math.floor(Math.log10(x));
    return [5, 2, 1].map((k) => k * power).find((step) => step <= x * (1 + 1e-9));
  }

  /* Four breaks that part the values about evenly: the quintiles, each to a step of about a
     quarter of itself, so that a reader can keep them in mind: 20, 25, 30, 50. */
  function priceBreaks(values) {
    const sorted = Float64Array.from(values).sort();
    const breaks = [];
    for (const share of [0.2, 0.4, 0.6, 0.8]) {
      const value = sorted[Math.floor(share * (sorted.length - 1))];
      if (!(value > 0)) continue;
      const step = niceBelow(value / 4);
      const last = breaks.at(-1) ?? 0;
      const times = Math.max(Math.round(value / step), Math.floor(last / step + 1e-9) + 1);
      breaks.push(Number((times * step).toPrecision(6)));
    }
    return breaks;
  }

  function priceClasses(ctx, breaks) {
    if (!breaks.length) return [];
    const say = (key, text) => ({ key, name: ctx.every(() => text) });
    const between = breaks.slice(1).map((high, k) => say(`${breaks[k]}-${high}`, `${breaks[k]}–${high}`));
    const all = [say(`lt${breaks[0]}`, `< ${breaks[0]}`), ...between, say(`ge${breaks.at(-1)}`, `≥ ${breaks.at(-1)}`)];
    return all.map((one, k) => ({ ...one, look: String(k + 1) }));
  }

  function price(ctx) {
    const asked = ctx.sites?.column("start_price_wan_per_mu");
    const values = [];
    for (let i = 0; i < (ctx.sites?.n ?? 0); i++) {
      const value = asked.get(i);
      if (value !== null && ctx.isOffered(i)) values.push(value);
    }
    const breaks = priceBreaks(values);
    const classes = priceClasses(ctx, breaks);
    const nameOf = (i) => {
      const value = asked.get(i);
      return value === null || !classes.length ? "unknown" : classes[breaks.filter((one) => value >= one).length].key;
    };
    return siteLens(ctx, { key: "price", filter: "price", unit: "wan_per_mu", classes, nameOf,
      figure: (i) => ({ text: asked.get(i)?.toFixed(1) }) });
  }

  /* ---- readiness 就绪 */

  function readiness(ctx) {
    const rule = ctx.sites && Readiness.create(ctx.sites, ctx.style.lenses.partly_utilities);
    const classes = Readiness.CLASSES.filter((key) => key !== "unknown").map((key) => ({ key, name: ctx.words(`ready_${key}`) }));
    return siteLens(ctx, { key: "readiness", filter: "ready", classes, nameOf: (i) => rule.classOf(i),
      figure: (i) => ({ text: `${rule.utilities(i)}/${Readiness.UTILITIES.length}` }) });
  }

  /* ---- freshness 更新 */

  /* The day so many months before: the same day of the month, or that month's last. */
  function monthsBefore(day, months) {
    const [year, month, date] = day.split("-").map(Number);
    const last = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
    return new Date(Date.UTC(year, month - 1 - months, Math.min(date, last))).toISOString().slice(0, 10);
  }

  function freshness(ctx) {
    const limits = ctx.style.lenses.freshness_months;
    const dataDate = ctx.data.meta?.data_date;
    const since = dataDate ? limits.map((months) => monthsBefore(dataDate, months)) : [];
    const updated = ctx.sites?.column("updated");
    const classes = [
      ...limits.map((n, k) => ({ key: `m${n}`, look: String(k + 1), name: ctx.words("fresh_within", { n }) })),
      { key: "older", name: ctx.words("fresh_older", { n: limits.at(-1) }) },
    ];
    const nameOf = (i) => {
      const day = updated.get(i);
      if (day === null || !since.length) return "unknown";
      const k = since.findIndex((first) => day >= first);
      return k < 0 ? "older" : classes[k].key;
    };
    return siteLens(ctx, { key: "freshness", filter: "fresh", classes, nameOf, figure: (i) => ({ text: updated.get(i)?.slice(0, 7) }) });
  }

  /* ---- all of them */

  const MAKERS = { availability, zoning, landuse, price, readiness, freshness };
  const made = new WeakMap();

  function of(data) {
    if (!made.has(data)) {
      const ctx = context(data);
      made.set(data, new Map(KEYS.map((key) => [key, once(() => MAKERS[key](ctx))])));
    }
    const makers = made.get(data);
    return { keys: KEYS, get: (key) => (makers.get(key) ?? makers.get(KEYS[0]))() };
  }

  const lensOfFilter = { use: "landuse", price: "price", ready: "readiness", fresh: "freshness" };

  /* The values that the filters of the lenses may have: { use: [...], price: [...] ... }. */
  const allowed = (data) => Object.fromEntries(FILTERS.map((name) =>
    [name, of(data).get(lensOfFilter[name]).classes.map(({ key }) => key)]));

  /* What a filter asks of a layer: [{ codes, wanted: look -> 1 | 0 }], a record must pass all. */
  function tests(data, layerName, filter) {
    return FILTERS.filter((name) => filter[name]?.length).flatMap((name) => {
      const lens = of(data).get(lensOfFilter[name]);
      const part = lens.part(layerName);
      if (!part) return [];
      const wanted = part.looks.map(({ classes }) => Number(classes.some((k) => filter[name].includes(lens.classes[k].key))));
      return [{ codes: part.codes, wanted }];
    });
  }

  /* The class that a filter's value stands for: { lens, name }. */
  function find(data, filter, value) {
    const lens = of(data).get(lensOfFilter[filter]);
    return { lens, name: lens.classes.find(({ key }) => key === value)?.name ?? null };
  }

  /* How much there is of each class among the records shown (a mask, or null for all): a record
     of several classes counts in each, its area is shared evenly.
     -> [{ ...class, count, mu, share (of the area; 0 to 1, null where there is none), mask() }] */
  function legend(data, key, shown = null) {
    const lens = of(data).get(key);
    const layer = data.layer(lens.layer);
    const sums = lens.classes.map((one) => ({ ...one, count: 0, mu: 0 }));
    const part = layer ? lens.part(lens.layer) : { codes: [], looks: [] };
    const column = layer?.column(lens.layer === "zoning" ? "area_ha" : "area_mu");
    const factor = lens.layer === "zoning" ? MU_PER_HA : 1;
    part.codes.forEach((code, i) => {
      if (shown && !shown[i]) return;
      const { classes } = part.looks[code];
      const mu = ((column.get(i) ?? 0) * factor) / (classes.length || 1);
      for (const k of classes) { sums[k].count += 1; sums[k].mu += mu; }
    });
    const total = sums.reduce((sum, one) => sum + one.mu, 0);
    return sums.map((one, k) => ({ ...one, share: total ? one.mu / total : null,
      mask: () => Uint8Array.from(part.codes, (code) => Number(part.looks[code].classes.includes(k))) }));
  }

  return { KEYS, FILTERS, lensOfFilter, of, allowed, tests, find, legend, priceBreaks, monthsBefore };
})();
