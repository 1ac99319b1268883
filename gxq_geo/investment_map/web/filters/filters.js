/* Which records pass a filter, and what each option would give besides.

   A filter is { key: terms }: a record passes one key if it meets any of its terms (of flags: all), and the filter if it
   passes every key. An unknown value passes only where "?" is one of the terms; a key without terms requires nothing.
   The keys are those of data/filters.toml, the terms those of terms.js.

   createFilters(data, { ranks }) ->
     keys, facets, facetsOf(layer) -> the facets that apply to a layer, those that are used most first
     clean(spec) -> a filter of known terms only; of a facet, { min, max, unknown: "only" | "also" | "not" } will do too
     mask(layer, filter) -> Uint8Array, 1 where a record passes; null where nothing is required of the layer
     tally(layer, filter, key, within) -> what each option would give beside the other keys:
       { options: [{ value, n, sum }], unknown: { n, sum }, passing: { n, sum }, bins } */
import { add, countCoded, countFlags, countRange, emptySum, passCoded, passFlags, passRange } from "./counts.js";
import { columnOf, createFacets } from "./facets.js";
import { cleanTerms } from "./terms.js";

/* Adds what facet k rejects: how many facets each record fails, and the last of them. */
function addFails(pass, k, fails, failing) {
  for (let i = 0; i < pass.length; i++) {
    if (pass[i] === 1) continue;
    fails[i] += 1;
    failing[i] = k;
  }
}

/* 1 for each record that fails no facet. */
function passAll(fails) {
  const shown = new Uint8Array(fails.length);
  for (let i = 0; i < fails.length; i++) shown[i] = fails[i] === 0 ? 1 : 0;
  return shown;
}

/**
 * @param {import("../data/decode.js").Data} data
 * @param {{ ranks: Record<string, string[]> }} options  the ids of a layer by rank, for fields that refer to it
 */
export function createFilters(data, { ranks }) {
  const facets = createFacets(data, ranks);
  const byKey = new Map(facets.map((facet) => [facet.key, facet]));
  const columns = new Map();

  function column(facet, name) {
    const at = `${facet.key} ${name}`;
    if (!columns.has(at)) columns.set(at, columnOf(data, facet, data.layer(name)));
    return columns.get(at);
  }

  function pass(facet, name, terms) {
    const own = column(facet, name);
    if (facet.kind === "flags") return passFlags(own, terms, facet.options);
    if (facet.ranged) return passRange(own.values, terms, facet.kind);
    return passCoded(own, terms, facet.options);
  }

  /* The last result of each facet, since mostly one facet changes at a time. */
  const passes = new Map();
  function passOf(facet, name, terms) {
    const [at, text] = [`${facet.key} ${name}`, terms.join("\u0000")];
    if (passes.get(at)?.text !== text) passes.set(at, { text, pass: pass(facet, name, terms) });
    return passes.get(at).pass;
  }

  const active = (name, filter) => facets.filter((facet) => facet.appliesTo(name) && filter[facet.key]?.length);

  /* How many facets each record fails, and which, where it is a single one: computed once for each filter. */
  const computed = new WeakMap();
  function failsOf(name, filter) {
    if (!computed.has(filter)) computed.set(filter, {});
    return (computed.get(filter)[name] ??= countFails(name, filter));
  }
  function countFails(name, filter) {
    const { n } = data.layer(name);
    const required = active(name, filter);
    const [fails, failing] = [new Uint8Array(n), new Uint8Array(n)];
    required.forEach((facet, k) => addFails(passOf(facet, name, filter[facet.key]), k, fails, failing));
    return { required, fails, failing, shown: required.length ? passAll(fails) : null };
  }

  /* What the records add up to: mu of sites, vacant floor of carriers. */
  const sizes = new Map();
  function sizesOf(name) {
    if (!sizes.has(name)) {
      const numbers = data.layer(name).column(data.filters.total[name]).numbers;
      sizes.set(name, Float64Array.from({ length: data.layer(name).n }, (_, i) => numbers?.[i] || 0));
    }
    return sizes.get(name);
  }

  /* The records that pass all facets but one; they are the same for all facets without terms. */
  function others(name, filter, key, within) {
    const own = failsOf(name, filter);
    const { required, fails, failing } = own;
    const k = required.findIndex((facet) => facet.key === key);
    if (k < 0 && own.passing?.within === within) return own.passing.rows;
    const rows = new Int32Array(fails.length);
    let count = 0;
    for (let i = 0; i < fails.length; i++)
      if ((fails[i] === 0 || (fails[i] === 1 && failing[i] === k)) && (!within || within[i])) rows[count++] = i;
    const found = rows.subarray(0, count);
    if (k < 0) own.passing = { within, rows: found };
    return found;
  }

  function tally(name, filter, key, within = null) {
    const facet = byKey.get(key);
    const rows = others(name, filter, key, within);
    const [values, amounts] = [column(facet, name), sizesOf(name)];
    const { fails } = failsOf(name, filter);
    const passing = emptySum();
    for (const i of rows) if (fails[i] === 0) add(passing, amounts[i]);
    const counted = facet.ranged ? countRange(values, rows, amounts)
      : facet.kind === "flags" ? countFlags(values, facet.options, rows, amounts, filter[key] ?? [])
      : countCoded(values, facet.options, rows, amounts);
    return { ...counted, passing };
  }

  function clean(spec) {
    const wanted = spec !== null && typeof spec === "object" ? spec : {};
    const termsOf = (key) => (Object.hasOwn(wanted, key) ? wanted[key] : []);
    return Object.freeze(Object.fromEntries(facets.map((facet) =>
      [facet.key, Object.freeze(cleanTerms(facet, termsOf(facet.key)))])));
  }

  const facetsOf = (name) => facets.filter((facet) => facet.appliesTo(name) && !facet.silent);
  return {
    keys: facets.map(({ key }) => key),
    facets,
    facetsOf,
    clean,
    mask: (name, filter) => failsOf(name, filter).shown,
    tally,
    sizesOf,
  };
}
