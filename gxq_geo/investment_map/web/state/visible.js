/* Which records are visible: the filters eliminate, and a requirement ranks what they leave. Map, labels, legend,
   figures, lists, table, export and gxq.visible() all ask this module, so that all show the same records.

   A requirement is about sites or carriers. Of its layer those records are visible that pass the filters and do not fail
   it, best first; of the other layer none. It opens its own list in its own order (stated in state.js). Filters and
   requirement are cleared separately.

   mask(layer, filter)  1 for each visible record; null without filters and requirement. The same array until something
                        changes
   rows(layer)          the visible records, in the order of the requirement where there is one
   size(layer)          how many they are
   ranking()            of the requirement: { order, place, counts, among, found }, or null; see rank in data/match.js
   ofPark(id)           { n, mu, words } of a park's sites: those found, or without filters those available */
/** @param {import("../start/ui.js").Ui} ui */
export function createVisible(ui) {
  const { facts, match, store, text } = ui;
  const needOf = (name) => (store.get().need?.layer === name ? store.get().need : null);

  const joined = new WeakMap(); // mask of the filters -> its intersection with that of the requirement
  function mask(name, filter = store.get().filter) {
    const [passing, fitting] = [facts.mask(name, filter), match.mask(name, store.get().need)];
    if (!passing || !fitting) return passing ?? fitting;
    if (joined.get(passing)?.fitting !== fitting)
      joined.set(passing, { fitting, both: passing.map((passes, i) => passes & fitting[i]) });
    return joined.get(passing).both;
  }

  let last = { need: null, filter: null, ranking: null };
  function ranking() {
    const { need, filter } = store.get();
    const found = match.found(need);
    if (!found) return null;
    if (last.need !== need || last.filter !== filter)
      last = { need, filter, ranking: { found, ...match.rank(found, facts.mask(need.layer, filter)) } };
    return last.ranking;
  }

  function rows(name) {
    if (needOf(name)) return ranking().order;
    const shown = mask(name);
    const all = Int32Array.from({ length: facts.size(name) }, (_, i) => i);
    return shown ? all.filter((i) => shown[i]) : all;
  }

  const size = (name) => mask(name)?.reduce((sum, visible) => sum + visible, 0) ?? facts.size(name);

  let parks = { shown: null, sums: null }; // by park: { n, mu } of its sites
  function parkSums() {
    const shown = mask("sites");
    if (parks.sums && parks.shown === shown) return parks.sums;
    const [status, park, area] = ["status", "park_id", "area_mu"].map((field) => facts.layer("sites")?.column(field));
    const sums = new Map();
    for (let i = 0; i < facts.size("sites"); i++) {
      if (shown ? !shown[i] : status.get(i) !== "available") continue;
      const id = park.get(i);
      if (!sums.has(id)) sums.set(id, { n: 0, mu: 0 });
      const sum = sums.get(id);
      sum.n += 1;
      sum.mu += facts.number(area.get(i));
    }
    parks = { shown, sums };
    return sums;
  }

  const counted = (n, isFiltered) => text.count(isFiltered ? "n_found" : "n_available", n);
  const isFiltered = () => mask("sites") !== null;
  function ofPark(id) {
    const { n, mu } = parkSums().get(id) ?? { n: 0, mu: 0 };
    return { n, mu, words: counted(n, isFiltered()) };
  }

  return { mask, rows, size, ranking, ofPark, counted, isFiltered, needOf };
}
