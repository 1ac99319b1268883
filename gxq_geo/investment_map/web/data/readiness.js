/* How ready a site is to be built on. The first class that fits counts:

   ready     拿地即开工  ready_to_build is true
   net       净地        clearance_pct is 100 and all eight utilities are present (levelled ground is one)
   partly    基本具备    at least `partly_utilities` (style.toml) of the eight are present
   pending   待完善      some of these fields are known, but fewer utilities are present
   unknown   未提供      none of these fields is known

   An unknown utility counts as absent: a site is never rated better than its record. */
export const UTILITIES = ["has_road", "has_water_supply", "has_drainage", "has_power", "has_telecom",
  "has_heating", "has_gas", "is_levelled"];
export const CLASSES = ["ready", "net", "partly", "pending", "unknown"];

/* layer: the sites; partly: the least number of utilities of the class "partly". */
export function createReadiness(layer, partly) {
  const columns = UTILITIES.map((field) => layer.column(field));
  const [prepared, cleared] = [layer.column("ready_to_build"), layer.column("clearance_pct")];

  /* How many of the eight utilities site i has. */
  const utilities = (i) => columns.reduce((sum, column) => sum + Number(column.get(i) === true), 0);

  const isKnown = (i) => prepared.get(i) !== null || cleared.get(i) !== null ||
    columns.some((column) => column.get(i) !== null);

  function classOf(i) {
    if (prepared.get(i) === true) return "ready";
    const present = utilities(i);
    if (present === UTILITIES.length && cleared.get(i) >= 100) return "net";
    if (present >= partly) return "partly";
    return isKnown(i) ? "pending" : "unknown";
  }

  return { utilities, classOf };
}
