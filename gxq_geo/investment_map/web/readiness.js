/* How ready a site is, by one rule. The first line that fits counts:

   ready     拿地即开工  ready_to_build is true
   net       净地        clearance_pct is 100, and all eight utilities are there (levelled ground is one)
   partly    基本具备    at least `partly_utilities` (style.toml) of the eight are there
   pending   待完善      something of the above is known, but not that much is there
   unknown   未提供      none of it is known

   What is not known counts as not there: a site is never made better than its record. */
const Readiness = (() => {
  const UTILITIES = ["has_road", "has_water_supply", "has_drainage", "has_power", "has_telecom",
    "has_heating", "has_gas", "is_levelled"];
  const CLASSES = ["ready", "net", "partly", "pending", "unknown"];

  /* layer: the sites. Gives { utilities(i) -> how many are there, classOf(i) -> name of the class }. */
  function create(layer, partly) {
    const columns = UTILITIES.map((field) => layer.column(field));
    const [prepared, cleared] = [layer.column("ready_to_build"), layer.column("clearance_pct")];

    const utilities = (i) => columns.reduce((sum, column) => sum + (column.get(i) === true), 0);

    const isKnown = (i) => prepared.get(i) !== null || cleared.get(i) !== null ||
      columns.some((column) => column.get(i) !== null);

    function classOf(i) {
      if (prepared.get(i) === true) return "ready";
      const there = utilities(i);
      if (there === UTILITIES.length && cleared.get(i) >= 100) return "net";
      if (there >= partly) return "partly";
      return isKnown(i) ? "pending" : "unknown";
    }

    return { utilities, classOf };
  }

  return { CLASSES, UTILITIES, create };
})();
