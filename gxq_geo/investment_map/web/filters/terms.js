/* The terms of a filter: what is sought in one field.

     choice, refs, lens      values of the field (of a boolean "true", "false"), and "?" for unknown
     range, distance, date   "50~100", "50~", "~100"; "~" any known value; "?" unknown
     flags                   names of fields; with "?" an unknown field does not count as missing; "?" alone: at least one
                             of them is unknown */

export const UNKNOWN = "?";
export const DAY = 86400000; // ms
const NUMBER = /^(-?\d{1,12}(?:\.\d{1,9})?)?~(-?\d{1,12}(?:\.\d{1,9})?)?$/;
const DATE = /^(\d{4}-\d\d-\d\d)?~(\d{4}-\d\d-\d\d)?$/;

/* A day, counted from 1970, as YYYY-MM-DD. */
export const isoOf = (day) => new Date(day * DAY).toISOString().slice(0, 10);

/* The reverse; NaN for a day that does not exist. */
function dayOf(iso) {
  const day = Math.floor(Date.parse(`${iso}T00:00:00Z`) / DAY);
  return day === day && isoOf(day) === iso ? day : NaN;
}

const plain = (value) => String(Number(value.toFixed(6)));

/* A term of a range as [low, high], open ends infinite; null where it is not one. */
export function endsOf(kind, term) {
  const found = (kind === "date" ? DATE : NUMBER).exec(term);
  if (!found) return null;
  const read = kind === "date" ? dayOf : Number;
  const [low, high] = [found[1] ? read(found[1]) : -Infinity, found[2] ? read(found[2]) : Infinity];
  if (Number.isNaN(low) || Number.isNaN(high)) return null;
  return low <= high ? [low, high] : [high, low];
}

function rangeTerm(kind, [low, high]) {
  const write = (value) => (Number.isFinite(value) ? (kind === "date" ? isoOf(value) : plain(value)) : "");
  return `${write(low)}~${write(high)}`;
}

/* { min, max, unknown } as terms; a list or a text remains as it is. */
function listOf(wanted) {
  if (wanted === null || typeof wanted !== "object" || Array.isArray(wanted)) return [wanted ?? []].flat();
  const { min, max, unknown } = wanted;
  const given = [min, max].some((end) => end !== undefined && end !== null && end !== "");
  const known = given ? [`${min ?? ""}~${max ?? ""}`] : unknown === "not" ? ["~"] : [];
  return unknown === "only" ? [UNKNOWN] : unknown === "also" ? [...known, UNKNOWN] : known;
}

function cleanRange(facet, terms) {
  const ends = terms.slice(0, 20).map((term) => endsOf(facet.kind, term)).filter(Boolean);
  const known = [...new Set(ends.map((pair) => rangeTerm(facet.kind, pair)))];
  const all = terms.includes(UNKNOWN) ? [...known, UNKNOWN] : known;
  return all.includes("~") && all.includes(UNKNOWN) ? [] : all; // any known value or the unknown: everything passes
}

/* The terms that a facet knows, of whatever was asked for, in the order of its options. */
export function cleanTerms(facet, wanted) {
  const terms = listOf(wanted).map(String);
  if (!terms.length) return terms;
  if (facet.ranged) return cleanRange(facet, terms);
  const wantedTerms = new Set(terms);
  return [...facet.options, UNKNOWN].filter((term) => wantedTerms.has(term));
}
