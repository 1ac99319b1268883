/* The lenses: the questions by which the map is coloured. Map, legend, filters and labels take their classes from
   here.

   Lenses.of(data) -> Map of key -> lens, made once:
   lens.key       "availability" | "zoning" | "landuse" | "price" | "readiness" | "freshness"
   lens.layer     the layer that its legend counts, "sites" or "zoning"
   lens.filter    the filter of its classes: "status", "use", "price" ...
   lens.unit      the unit of its classes, where they are numbers, or null
   lens.classes   [{ key, filter, name: { zh, en, ... }, swatch }], in the order of the legend
   lens.classOf(i) -> index of the record's (first) class
   lens.part(layer) -> null where the lens does not colour that layer, else
                  { codes: record -> style, styles: [{ swatch, classes: [index] }] }
                  A mixed block has one style and several classes.
   lens.figure(i) -> what the label of site i shows beside its id: { value, unit } below it; a short { text }, or
                  { value, unit, above: true } without the unit, above it; or null */
import { numberFormat } from "../base/numbers.js";
import { MU_PER_HA } from "../base/units.js";
import { patternOf } from "./figures.js";
import * as Readiness from "./readiness.js";
import { sectorRows, useOf } from "./sectors.js";
import { fill } from "./text.js";

export const KEYS = ["availability", "zoning", "landuse", "price", "readiness", "freshness"];
// The filters that lenses add to status, sector and land.
export const FILTERS = ["use", "price", "ready", "fresh"];
/* ---- parts of a lens */

/* swatchOf(i) -> swatch key; classesOf(swatch, i) -> indices, called once for each style. */
function classify(layer, swatchOf, classesOf) {
  const styles = [];
  const known = new Map();
  const codes = new Uint16Array(layer?.n ?? 0);
  for (let i = 0; i < codes.length; i++) {
    const swatch = swatchOf(i);
    if (!known.has(swatch)) {
      known.set(swatch, styles.length);
      styles.push({ swatch, classes: classesOf(swatch, i) });
    }
    codes[i] = known.get(swatch);
  }
  return { codes, styles };
}

const once = (make) => {
  let made;
  return () => (made ??= make());
};

/* A text that is made once is also found faster in a Map, for each of a million records. */
function memoized(make) {
  const made = new Map();
  return (value) => {
    if (!made.has(value)) made.set(value, make(value));
    return made.get(value);
  };
}

function lensOf({ key, layer, filter, unit = null, classes, parts, figure = () => null }) {
  const lazy = Object.fromEntries(Object.entries(parts).map(([name, make]) => [name, once(make)]));
  const part = (name) => lazy[name]?.() ?? null;
  const classOf = (i) => part(layer).styles[part(layer).codes[i]].classes[0];
  return { key, layer, filter, unit, classes: classes.map((own) => ({ filter, ...own })), part, classOf, figure };
}

/* ---- what all lenses take from the data */

function sharedData(data) {
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
    words: (key, places = {}) => every((lang) => fill(data.words[lang]?.[key] ?? key, places)),
  };
}

/* A lens of sites that distinguishes only those on offer. */
function siteLens(context, { key, filter, unit = null, classes, nameOf, figure }) {
  const all = [...classes, { key: "unknown", name: context.words("missing") }, { key: "taken", name: context.words("lens_taken") }]
    .map((own) => ({ ...own, swatch: `${key}:${own.look ?? own.key}` }));
  const index = new Map(all.map(({ swatch }, k) => [swatch, k]));
  const swatches = new Map(all.map((own) => [own.key, own.swatch]));
  const swatchOf = (i) => swatches.get(context.isOffered(i) ? nameOf(i) : "taken");
  return lensOf({ key, layer: "sites", filter, unit, classes: all, figure: (i) => (context.isOffered(i) ? figure(i) : null),
    parts: { sites: () => classify(context.sites, swatchOf, (swatch) => [index.get(swatch)]) } });
}

/* ---- availability 可供地块 */

function availability(context) {
  const { sites, data } = context;
  const classes = (data.schema.domains.site_status ?? []).map(([key, name]) => ({ key, name, swatch: `status:${key}` }));
  const index = new Map(classes.map(({ swatch }, k) => [swatch, k]));
  const status = sites?.column("status");
  const swatchOf = memoized((value) => `status:${value}`);
  return lensOf({ key: "availability", layer: "sites", filter: "status", classes,
    figure: (i) => ({ value: sites.get(i, "area_mu"), unit: "mu" }),
    parts: { sites: () => classify(sites, (i) => swatchOf(status.get(i)), (swatch) => [index.get(swatch)].filter((k) => k >= 0)) } });
}

/* ---- sector zoning 产业分区 */

function zoning(context) {
  const { data, style } = context;
  const uses = Object.entries(style.zoning);
  const sectors = data.layer("sectors");
  const rows = sectorRows(data);
  const nameOf = (i) => context.every((lang) =>
    data.langs[lang].order.map((code) => sectors.get(i, `name_${code}`)).find(Boolean) ?? sectors.id(i));
  const classes = [
    ...rows.map((i) => ({ key: sectors.id(i), filter: "sector", name: nameOf(i), swatch: `sector:${sectors.id(i)}` })),
    ...uses.map(([use]) => ({ key: use, filter: "land", name: context.words(`land_${use}`), swatch: `zoning:${use}` })),
  ];
  const index = new Map(classes.map(({ key, filter }, k) => [`${filter}:${key}`, k]));
  const planned = (i) => context.zoning.get(i, "sectors") ?? [];
  const swatchOf = (i) => {
    const ids = planned(i);
    return ids.length ? `sector${ids.length > 1 ? "s" : ""}:${ids.join("+")}` : `zoning:${useOf(style, context.zoning.get(i, "land_use") ?? "")}`;
  };
  const classesOf = (swatch, i) => {
    const found = planned(i).length ? planned(i).map((id) => index.get(`sector:${id}`)) : [index.get(swatch.replace("zoning", "land"))];
    return found.filter((k) => k !== undefined);
  };
  return lensOf({ key: "zoning", layer: "zoning", filter: "sector", classes,
    parts: { zoning: () => classify(context.zoning, swatchOf, classesOf) } });
}

/* ---- land use 用地 */

/* A function from a record to its land use family: that of the longest prefix of its code in the table of its scheme. */
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

function landuse(context) {
  const families = Object.keys(context.style.lenses.landuse);
  const layers = ["sites", "zoning"].filter((name) => context.data.layer(name));
  const of = Object.fromEntries(layers.map((name) => [name, familyOf(context.data.layer(name), context.style)]));
  const present = new Set();
  for (const name of layers) for (let i = 0; i < context.data.layer(name).n; i++) present.add(of[name](i));
  const classes = families.filter((key) => present.has(key))
    .map((key) => ({ key, name: context.words(key === "unknown" ? "missing" : `use_${key}`), swatch: `landuse:${key}` }));
  const index = new Map(classes.map(({ key }, k) => [key, k]));
  const classesOf = (swatch) => [index.get(swatch.slice(swatch.indexOf(":") + 1))];
  const [strong, soft] = ["landuse", "landuse-soft"].map((look) => Object.fromEntries(families.map((key) => [key, `${look}:${key}`])));
  const swatchesOf = {
    sites: (i) => (context.isOffered(i) ? strong : soft)[of.sites(i)],
    zoning: (i) => soft[of.zoning(i)],
  };
  const parts = Object.fromEntries(layers.map((name) => [name, () => classify(context.data.layer(name), swatchesOf[name], classesOf)]));
  return lensOf({ key: "landuse", layer: "sites", filter: "use", classes, parts,
    figure: (i) => ({ text: context.sites.get(i, "land_use") }) });
}

/* ---- price 价格 */

/* The largest of ... 0.5, 1, 2, 5, 10 ... that is not above x. */
function niceBelow(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return [5, 2, 1].map((k) => k * power).find((step) => step <= x * (1 + 1e-9));
}

/* Four class breaks: the quintiles, each rounded to a step of about a quarter of itself, so that they are easy to
   remember: 20, 25, 30, 50. */
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

const PRICE_UNIT = "wan_per_mu";
const thousandths = numberFormat(0, 3);

/* The names of the classes are numbers as each language counts them. */
function priceClasses(context, breaks) {
  if (!breaks.length) return [];
  const write = (value, lang) => thousandths(value * patternOf(context.data.schema, PRICE_UNIT, lang).factor);
  const say = (key, text) => ({ key, name: context.every((lang) => text((value) => write(value, lang))) });
  const between = breaks.slice(1).map((high, k) => say(`${breaks[k]}-${high}`, (n) => `${n(breaks[k])}–${n(high)}`));
  const all = [say(`lt${breaks[0]}`, (n) => `< ${n(breaks[0])}`), ...between, say(`ge${breaks.at(-1)}`, (n) => `≥ ${n(breaks.at(-1))}`)];
  return all.map((own, k) => ({ ...own, look: String(k + 1) }));
}

function price(context) {
  const asked = context.sites?.column("start_price_wan_per_mu");
  const values = [];
  for (let i = 0; i < (context.sites?.n ?? 0); i++) {
    const value = asked.get(i);
    if (value !== null && context.isOffered(i)) values.push(value);
  }
  const breaks = priceBreaks(values);
  const classes = priceClasses(context, breaks);
  const nameOf = (i) => {
    const value = asked.get(i);
    return value === null || !classes.length ? "unknown" : classes[breaks.filter((limit) => value >= limit).length].key;
  };
  return siteLens(context, { key: "price", filter: "price", unit: PRICE_UNIT, classes, nameOf,
    figure: (i) => ({ value: asked.get(i), unit: PRICE_UNIT, above: true }) });
}

/* ---- readiness 就绪 */

function readiness(context) {
  const rule = context.sites && Readiness.createReadiness(context.sites, context.style.lenses.partly_utilities);
  const classes = Readiness.CLASSES.filter((key) => key !== "unknown").map((key) => ({ key, name: context.words(`ready_${key}`) }));
  return siteLens(context, { key: "readiness", filter: "ready", classes, nameOf: (i) => rule.classOf(i),
    figure: (i) => ({ text: `${rule.utilities(i)}/${Readiness.UTILITIES.length}` }) });
}

/* ---- freshness 更新 */

/* The day a number of months earlier: the same day of the month, or its last day. */
export function monthsBefore(day, months) {
  const [year, month, date] = day.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 - months, Math.min(date, last))).toISOString().slice(0, 10);
}

function freshness(context) {
  const limits = context.style.lenses.freshness_months;
  const dataDate = context.data.meta?.data_date;
  const since = dataDate ? limits.map((months) => monthsBefore(dataDate, months)) : [];
  const updated = context.sites?.column("updated");
  const classes = [
    ...limits.map((n, k) => ({ key: `m${n}`, look: String(k + 1), name: context.words("fresh_within", { n }) })),
    { key: "older", name: context.words("fresh_older", { n: limits.at(-1) }) },
  ];
  const nameOf = (i) => {
    const day = updated.get(i);
    if (day === null || !since.length) return "unknown";
    const k = since.findIndex((first) => day >= first);
    return k < 0 ? "older" : classes[k].key;
  };
  return siteLens(context, { key: "freshness", filter: "fresh", classes, nameOf, figure: (i) => ({ text: updated.get(i)?.slice(0, 7) }) });
}

/* ---- all lenses */

const MAKERS = { availability, zoning, landuse, price, readiness, freshness };
const made = new WeakMap();

export function of(data) {
  if (!made.has(data)) {
    const shared = sharedData(data);
    made.set(data, new Map(KEYS.map((key) => [key, once(() => MAKERS[key](shared))])));
  }
  const makers = made.get(data);
  return { keys: KEYS, get: (key) => (makers.get(key) ?? makers.get(KEYS[0]))() };
}

export const lensOfFilter = { use: "landuse", price: "price", ready: "readiness", fresh: "freshness" };

/* The terms that the filter of a lens may have. */
export const allowed = (data, filter) => of(data).get(lensOfFilter[filter]).classes.map(({ key }) => key);

/* What a filter requires of a layer: [{ codes, wanted: style -> 1 | 0 }], of which a record must pass all. */
export function tests(data, layerName, filter) {
  return FILTERS.filter((name) => filter[name]?.length).flatMap((name) => {
    const lens = of(data).get(lensOfFilter[name]);
    const part = lens.part(layerName);
    if (!part) return [];
    const wanted = part.styles.map(({ classes }) => Number(classes.some((k) => filter[name].includes(lens.classes[k].key))));
    return [{ codes: part.codes, wanted }];
  });
}

/* The class of a filter's term: { lens, name }. */
export function find(data, filter, value) {
  const lens = of(data).get(lensOfFilter[filter]);
  return { lens, name: lens.classes.find(({ key }) => key === value)?.name ?? null };
}

/* How much there is of each class among the records of a mask (null for all): [{ ...class, count, mu, share, mask() }].
   A record of several classes counts in each, and its area is shared evenly; share is that of the area, null where
   there is none. */
export function legend(data, key, shown = null) {
  const lens = of(data).get(key);
  const layer = data.layer(lens.layer);
  const sums = lens.classes.map((own) => ({ ...own, count: 0, mu: 0 }));
  const part = layer ? lens.part(lens.layer) : { codes: [], styles: [] };
  const column = layer?.column(lens.layer === "zoning" ? "area_ha" : "area_mu");
  const factor = lens.layer === "zoning" ? MU_PER_HA : 1;
  part.codes.forEach((code, i) => {
    if (shown && !shown[i]) return;
    const { classes } = part.styles[code];
    const mu = ((column.get(i) ?? 0) * factor) / (classes.length || 1);
    for (const k of classes) { sums[k].count += 1; sums[k].mu += mu; }
  });
  const total = sums.reduce((sum, { mu }) => sum + mu, 0);
  return sums.map((own, k) => ({ ...own, share: total ? own.mu / total : null,
    mask: () => Uint8Array.from(part.codes, (code) => Number(part.styles[code].classes.includes(k))) }));
}
