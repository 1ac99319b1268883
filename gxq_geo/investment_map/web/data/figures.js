/* How a language writes a number with its unit. In the schema "CNY {10000}/mu" is a prefix, the factor of the number, and
   a suffix, whose singular and plural "|" separates. A unit without such a pattern stands after its number. */
const PATTERN = /^(.*?)\{(\d+)\}(.*)$/;

export function patternOf(schema, unit, lang) {
  const match = PATTERN.exec(schema.figures?.[unit]?.[lang] ?? "");
  const [prefix, factor, suffix] = match ? match.slice(1) : ["", "1", schema.units[unit]?.[lang] ?? ""];
  const [singular, plural = singular] = suffix.split("|");
  return { prefix, factor: Number(factor), singular: singular.trim(), plural: plural.trim() };
}

/**
 * A figure and its unit as one text: "12 km", but "CNY 300,000/mu".
 * @param {string[]} pair
 */
export const joined = ([figure, unit]) => `${figure}${unit.startsWith("/") ? "" : " "}${unit}`.trimEnd();

/* The unit for a heading over the numbers: "CNY/mu". */
export const headingOf = ({ prefix, plural }) => (prefix ? joined([prefix.trimEnd(), plural]) : plural);
