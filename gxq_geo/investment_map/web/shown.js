/* What is asked for, as one thing: the filters eliminate, and a requirement ranks what they leave. Map, labels,
   legend, figures, lists, table, export and gxq.visible() all look here, so that no two of them tell of different sets.

   A requirement is about sites or carriers. Of its layer those are shown that pass the filters and do not fail it, best
   first; of the other none. It brings its own list and its own order (State.stated). Filters and requirement are
   cleared apart from each other; clearing one leaves the other in force.

   shown.mask(layer, filter)  1 for each record in question, null where nothing is asked; one and the same array until
                              something changes
   shown.rows(layer)          their indices, in the order of the requirement where there is one
   shown.size(layer)          how many they are
   shown.ranking()            of the requirement: { order, place, counts, among, found }, or null; see match.rank
   shown.ofPark(id)           { n, mu, words } of a park's sites: what is available, or where something is asked, what is found */
const createShown = (ui) => {
  const { facts, match, store, text } = ui;
  const needOf = (name) => (store.get().need?.layer === name ? store.get().need : null);

  const joined = new WeakMap(); // what passes the filters -> the same with a requirement
  function mask(name, filter = store.get().filter) {
    const [passing, fitting] = [facts.mask(name, filter), match.mask(name, store.get().need)];
    if (!passing || !fitting) return passing ?? fitting;
    if (joined.get(passing)?.fitting !== fitting)
      joined.set(passing, { fitting, both: passing.map((one, i) => one & fitting[i]) });
    return joined.get(passing).both;
  }

  let last = { made: null };
  function ranking() {
    const { need, filter } = store.get();
    const found = match.found(need);
    if (!found) return null;
    if (last.need !== need || last.filter !== filter)
      last = { need, filter, made: { found, ...match.rank(found, facts.mask(need.layer, filter)) } };
    return last.made;
  }

  function rows(name) {
    if (needOf(name)) return ranking().order;
    const shown = mask(name);
    const all = Int32Array.from({ length: facts.size(name) }, (_, i) => i);
    return shown ? all.filter((i) => shown[i]) : all;
  }

  const size = (name) => mask(name)?.reduce((sum, one) => sum + one, 0) ?? facts.size(name);

  let parks = { of: null };
  function sums() {
    const shown = mask("sites");
    if (parks.of && parks.shown === shown) return parks.of;
    const sites = facts.layer("sites");
    const of = new Map();
    for (let i = 0; i < facts.size("sites"); i++) {
      if (shown ? !shown[i] : sites.get(i, "status") !== "available") continue;
      const id = sites.get(i, "park_id");
      if (!of.has(id)) of.set(id, { n: 0, mu: 0 });
      of.get(id).n += 1;
      of.get(id).mu += facts.number(sites.get(i, "area_mu"));
    }
    parks = { shown, of };
    return of;
  }

  const counted = (n, asked) => text.count(asked ? "n_found" : "n_available", n);
  const isAsked = () => mask("sites") !== null;
  function ofPark(id) {
    const { n, mu } = sums().get(id) ?? { n: 0, mu: 0 };
    return { n, mu, words: counted(n, isAsked()) };
  }

  return { mask, rows, size, ranking, ofPark, counted, isAsked, needOf };
};
