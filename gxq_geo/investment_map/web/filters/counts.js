/* What passes one facet, and how many records each of its options would give: loops over typed arrays, which run over
   every record. */
import { endsOf, UNKNOWN } from "./terms.js";

const BINS = 24; // of a histogram

/* ---- passing: 1 for each record that passes */

export function passCoded({ codes, indices }, terms, options) {
  const wanted = new Set(terms.map((term) => (term === UNKNOWN ? -1 : options.indexOf(term))));
  const want = Uint8Array.from(indices, (list) =>
    Number(list.length ? list.some((k) => wanted.has(k)) : wanted.has(-1)));
  const pass = new Uint8Array(codes.length);
  for (let i = 0; i < codes.length; i++) pass[i] = want[codes[i]];
  return pass;
}

export function passRange(values, terms, kind) {
  const ends = terms.map((term) => endsOf(kind, term)).filter(Boolean);
  const unknown = Number(terms.includes(UNKNOWN));
  // 30 m² that were converted to mu and back are no longer exactly 30 m².
  const tolerance = (end) => (kind === "date" || !Number.isFinite(end) ? 0 : 1e-9 * Math.max(1, Math.abs(end)));
  const pairs = ends.map(([low, high]) => [low - tolerance(low), high + tolerance(high)]);
  const pass = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value !== value) pass[i] = unknown;
    else for (const [low, high] of pairs) if (value >= low && value <= high) pass[i] = 1;
  }
  return pass;
}

export function passFlags(flags, terms, options) {
  const n = flags[0]?.length ?? 0;
  const lenient = terms.includes(UNKNOWN);
  const chosen = terms.filter((term) => term !== UNKNOWN).map((term) => flags[options.indexOf(term)]);
  const pass = new Uint8Array(n).fill(chosen.length ? 1 : 0);
  if (!chosen.length) for (const flag of flags) for (let i = 0; i < n; i++) pass[i] |= Number(flag[i] === 0);
  for (const flag of chosen)
    for (let i = 0; i < n; i++) pass[i] &= Number(flag[i] === 1 || (lenient && flag[i] === 0));
  return pass;
}

/* ---- counting: the number of records, and the sum of their sizes */

export const emptySum = () => ({ n: 0, sum: 0 });

export function add(to, amount) {
  to.n += 1;
  to.sum += amount;
}

export function countCoded({ codes, indices }, options, rows, sizes) {
  const [counts, amounts] = [new Uint32Array(indices.length), new Float64Array(indices.length)];
  for (let k = 0; k < rows.length; k++) {
    const code = codes[rows[k]];
    counts[code] += 1;
    amounts[code] += sizes[rows[k]];
  }
  const sums = options.map(emptySum);
  const unknown = emptySum();
  indices.forEach((list, code) => {
    for (const to of list.length ? list.map((k) => sums[k]) : [unknown]) {
      to.n += counts[code];
      to.sum += amounts[code];
    }
  });
  return { options: options.map((value, k) => ({ value, ...sums[k] })), unknown };
}

export function countFlags(flags, options, rows, sizes, terms) {
  const chosen = terms.filter((term) => term !== UNKNOWN).map((term) => flags[options.indexOf(term)]);
  const examined = chosen.length ? chosen : flags;
  const lenient = terms.includes(UNKNOWN);
  const [sums, unknown] = [options.map(emptySum), emptySum()];
  for (const i of rows) {
    let [met, sound, open] = [true, true, false];
    for (const flag of chosen) {
      met &&= flag[i] === 1 || (lenient && flag[i] === 0);
      sound &&= flag[i] !== 2;
    }
    for (const flag of examined) open ||= flag[i] === 0;
    for (let k = 0; met && k < flags.length; k++) if (flags[k][i] === 1) add(sums[k], sizes[i]);
    if (open && sound) add(unknown, sizes[i]);
  }
  return { options: options.map((value, k) => ({ value, ...sums[k] })), unknown };
}

export function countRange(column, rows, sizes) {
  const { values, span } = column;
  const bins = new Uint32Array(span && span.high > span.low ? BINS : span ? 1 : 0);
  const scale = span && span.high > span.low ? BINS / (span.high - span.low) : 0;
  const unknown = emptySum();
  for (const i of rows) {
    const value = values[i];
    if (value !== value) add(unknown, sizes[i]);
    else bins[Math.min(bins.length - 1, Math.floor((value - span.low) * scale))] += 1;
  }
  return { options: [], unknown, bins, span };
}
