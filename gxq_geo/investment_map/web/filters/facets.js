/* The facets by which sites and carriers are filtered: those of data/filters.toml and those of the lenses; their options,
   and the columns that they read. */
import * as Lenses from "../data/lenses.js";
import { DAY } from "./terms.js";

/* The values of a field whose domain depends on another field: "domain:value". */
function pairOf(layer, field) {
  const by = field.domain_by.field;
  return (i) => {
    const value = layer.get(i, field.name);
    return value === null ? [] : [`${layer.get(i, by) ?? ""}:${value}`];
  };
}

const listed = (value) => (value === null || value === undefined ? [] : [value].flat().map(String));

function valuesIn(layer, valuesOf) {
  const found = new Set();
  for (let i = 0; i < layer.n; i++) for (const value of valuesOf(i)) found.add(value);
  return [...found];
}

/* Finding the options of a facet reads every record: it waits until somebody asks for them. */
function withOptions(facet, find) {
  let options = null;
  return Object.defineProperty(facet, "options", { get: () => (options ??= find()) });
}

export function createFacets(data, ranks) {
  const schemaOf = (layer, name) => data.schema.layers[layer]?.fields.find((field) => field.name === name);
  const reader = (layer, field) =>
    field.domain_by ? pairOf(layer, field) : (i) => listed(layer.get(i, field.name));

  /* The values of the field in the order of the schema or of the layer that it refers to, then all others. */
  function optionsOf(facet) {
    const own = facet.layers.flatMap((name) => {
      const field = facet.field(name);
      const found = valuesIn(data.layer(name), reader(data.layer(name), field));
      const order = field.ref ? (ranks[field.ref] ?? []) : field.type === "boolean" ? ["true", "false"]
        : (data.schema.domains[field.domain] ?? []).map(([value]) => value);
      const rest = found.filter((value) => !order.includes(value)).sort();
      return field.domain_by ? [...found].sort() : [...order, ...rest];
    });
    return [...new Set(own)];
  }

  function facet(spec) {
    const fieldsOf = (name) => [spec[name] ?? []].flat().filter((field) => schemaOf(name, field));
    const layers = ["sites", "carriers"].filter((name) => data.layer(name) && fieldsOf(name).length);
    const created = {
      ...spec,
      layers,
      ranged: ["range", "distance", "date"].includes(spec.kind),
      fieldsOf,
      field: (name) => schemaOf(name, fieldsOf(name)[0]),
      appliesTo: (name) => layers.includes(name),
    };
    return withOptions(created, () => (spec.kind === "flags" ? layers.flatMap(fieldsOf)
      : spec.kind === "lens" ? Lenses.allowed(data, spec.key)
      : created.ranged ? [] : optionsOf(created)));
  }

  const specs = data.filters.filters.map(facet).filter(({ layers, kind }) => layers.length || kind === "refs");
  const named = new Set(specs.map(({ key }) => key));
  /* A filter without a facet in the panel: legend and address set it. */
  const silent = (key, find, layers) => withOptions({ key, kind: "lens", layers, silent: true,
    ranged: false, fieldsOf: () => [], field: () => null, appliesTo: (name) => layers.includes(name) }, find);
  const lenses = Lenses.FILTERS.filter((key) => !named.has(key))
    .map((key) => silent(key, () => Lenses.allowed(data, key), data.layer("sites") ? ["sites"] : []));
  const bare = ["status", "sector", "park"].filter((key) => !named.has(key)).map((key) => silent(key, () => [], []));
  return [...specs, ...bare, silent("land", () => Object.keys(data.style.zoning), []), ...lenses];
}

/* ---- columns: what a facet reads in a layer */

/* Records by their options: { codes: record -> code, indices: code -> indices of options }. */
function coded(n, valuesOf, options) {
  const place = new Map(options.map((value, k) => [value, k]));
  const codes = new Uint16Array(n);
  const [indices, known] = [[], new Map()];
  for (let i = 0; i < n; i++) {
    const values = valuesOf(i);
    const key = values.join("\u0000");
    if (!known.has(key)) {
      known.set(key, indices.length);
      indices.push(values.map((value) => place.get(value)).filter((k) => k !== undefined));
    }
    codes[i] = known.get(key);
  }
  return { codes, indices };
}

/* The same, from a column that is coded already. */
function recoded(column, options) {
  const place = new Map(options.map((value, k) => [value, k]));
  const indices = [[], ...column.values.map((value) => [value].flat().map((option) => place.get(String(option))))];
  return { codes: column.codes, indices: indices.map((list) => list.filter((k) => k !== undefined)) };
}

/* The numbers of a field, or of the first of several that has one; a year is its last day. */
function numbersOf(layer, fields) {
  const columns = fields.map((field) => [layer.column(field).numbers, field.endsWith("_year")]);
  const [[first]] = columns;
  if (columns.length === 1) return first ?? new Float64Array(layer.n).fill(NaN);
  const read = (values, isYear, i) => (isYear ? Date.UTC(values[i], 11, 31) / DAY : values[i]);
  return Float64Array.from({ length: layer.n }, (_, i) => {
    for (const [values, isYear] of columns)
      if (values && values[i] === values[i]) return read(values, isYear, i);
    return NaN;
  });
}

/* Booleans: 1 true, 2 false, 0 unknown. */
function flagsOf(layer, fields) {
  return fields.map((field) => {
    const column = layer.column(field);
    return Uint8Array.from({ length: layer.n }, (_, i) => ({ true: 1, false: 2 })[column.get(i)] ?? 0);
  });
}

/* The range of the values; null where all are unknown. */
function spanOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? { low, high } : null;
}

/* What a facet reads in a layer: flags, { codes, indices }, or { values, span }. */
export function columnOf(data, facet, layer) {
  const fields = facet.fieldsOf(layer.name);
  if (facet.kind === "flags") return flagsOf(layer, fields);
  if (facet.kind === "lens") {
    const part = Lenses.of(data).get(Lenses.lensOfFilter[facet.key]).part(layer.name);
    return { codes: part.codes, indices: part.styles.map(({ classes }) => classes) };
  }
  if (facet.ranged) {
    const values = numbersOf(layer, fields);
    return { values, span: spanOf(values) };
  }
  const field = facet.field(layer.name);
  const column = layer.column(field.name);
  if (field.domain_by) return coded(layer.n, pairOf(layer, field), facet.options);
  if (column.codes) return recoded(column, facet.options);
  return coded(layer.n, (i) => listed(column.get(i)), facet.options);
}
