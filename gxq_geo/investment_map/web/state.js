/* What the reader chose, and its form in the address, so that a link reopens the same view.

   #v=1&at=35.42000,116.69000,12.50&lens=zoning&lang=en&on=sites:AQ-015&status=available,reserve
   &keep=AQ-015,BH-001&compare=1     the shortlist, and whether it stands side by side
   &inner=projects     which list of the internal edition is open
   &need=1,sites,area_mu:80,sectors:new_materials    what is wanted, see match.js */
const State = (() => {
  const LENSES = Lenses.KEYS;
  const THEMES = ["auto", "light", "dark"];
  const UNITS = ["mu", "ha", "m2"];
  const TABS = ["parks", "sites", "carriers", "sectors"];
  const FILTERS = ["status", "sector", "land", "park", ...Lenses.FILTERS];
  const CARDS = ["sites", "carriers", "parks", "zoning", "stations"];
  const KEPT = ["sites", "carriers"]; // what a shortlist may hold
  const MOST = 5;

  /* A requirement names its list, finds in it and orders it: what the reader searched and sorted by gives way. */
  const stated = (need) => ({ need, sort: "", ...(need ? { tab: need.layer, query: "" } : {}) });

  const NO_FILTER = Object.freeze(Object.fromEntries(FILTERS.map((key) => [key, Object.freeze([])])));

  function createStore(initial) {
    let state = Object.freeze(initial);
    const listeners = [];
    return {
      get: () => state,
      on: (listener) => listeners.push(listener),
      set(patch) {
        const before = state;
        state = Object.freeze({ ...state, ...patch });
        const changed = new Set(Object.keys(patch).filter((key) => before[key] !== state[key]));
        if (changed.size) for (const listener of listeners) listener(state, changed);
      },
    };
  }

  function view(text) {
    const [lat, lng, zoom] = (text || "").split(",").map(Number);
    const sane = Math.abs(lat) <= 85 && Math.abs(lng) <= 180 && zoom >= 1 && zoom <= 20;
    return sane ? { lat, lng, zoom } : null;
  }

  function selection(text, exists) {
    const colon = (text || "").indexOf(":");
    const [layer, id] = [(text || "").slice(0, colon), (text || "").slice(colon + 1)];
    return colon > 0 && CARDS.includes(layer) && exists(layer, id) ? { layer, id } : null;
  }

  /* A filter of known terms only, with every key; see filters.js. */
  const cleanFilter = (spec, filters) => filters.clean(spec);

  /* Terms in an address are parted by commas; a comma within one is escaped. */
  const joined = (terms) => terms.map((term) => term.replace(/[%,]/g, encodeURIComponent)).join(",");
  function parted(text) {
    try {
      return text.split(",").slice(0, 200).map(decodeURIComponent);
    } catch {
      return [];
    }
  }

  /* The shortlist in an address: sites by their id alone, others as layer:id. */
  function kept(text, exists) {
    const read = (word) => {
      const layer = KEPT.find((name) => word.startsWith(`${name}:`));
      return layer ? { layer, id: word.slice(layer.length + 1) } : { layer: KEPT[0], id: word };
    };
    const found = new Map(parted(text || "").filter(Boolean).map((word) => [word, read(word)]));
    const good = [...found.values()].filter(({ layer, id }) => exists(layer, id));
    return Object.freeze(good.slice(0, MOST));
  }
  const keptWord = ({ layer, id }) => (layer === KEPT[0] ? id : `${layer}:${id}`);

  /* Columns of the table by layer: sites:status.area_mu,carriers:kind */
  function columns(text) {
    const found = (text || "").split(",").map((part) => /^([a-z]+):([a-z0-9_.]{0,900})$/.exec(part)).filter(Boolean);
    const known = found.filter(([, name]) => TABS.includes(name));
    return Object.freeze(Object.fromEntries(known.map(([, name, list]) => [name, list.split(".").filter(Boolean).slice(0, 60)])));
  }

  /* Reads an address; whatever is not understood is left out. */
  function parse(hash, { langs, allowed, exists, bases, needOf }) {
    const query = new URLSearchParams(hash.replace(/^#/, ""));
    const need = needOf(query.get("need"));
    const one = (key, among) => (among.includes(query.get(key)) ? { [key]: query.get(key) } : {});
    const lists = Object.fromEntries(allowed.keys.map((key) => [key, parted(query.get(key) || "")]));
    return {
      ...one("lens", LENSES),
      ...one("lang", langs),
      ...one("theme", THEMES),
      ...one("tab", TABS),
      ...one("inner", State.INNER ?? []),
      ...one("base", bases),
      query: (query.get("q") || "").slice(0, 80),
      ...one("unit", UNITS),
      sort: (/^-?[a-z0-9_]{1,60}$/.exec(query.get("sort") ?? "") ?? [""])[0],
      table: query.get("table") === "1",
      columns: columns(query.get("cols")),
      filter: cleanFilter(lists, allowed),
      view: view(query.get("at")),
      selection: selection(query.get("on"), exists),
      shortlist: kept(query.get("keep"), exists),
      compare: query.get("compare") === "1",
      ...(need ? { tab: need.layer, query: "" } : {}),
      need,
      find: need ? "list" : "",
    };
  }

  const encode = (value) => {
    try {
      return encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%3F/g, "?");
    } catch {
      return ""; // half of a surrogate pair
    }
  };

  /* The address of a state: only what differs from how the page opens by itself. */
  function format(state, home) {
    const pairs = [["v", "1"]];
    const { view: at, selection: on } = state;
    if (at) pairs.push(["at", `${at.lat.toFixed(5)},${at.lng.toFixed(5)},${at.zoom.toFixed(2)}`]);
    for (const key of ["lens", "lang", "theme", "tab", "base", "inner"])
      if (state[key] !== home[key]) pairs.push([key, state[key]]);
    if (on) pairs.push(["on", `${on.layer}:${on.id}`]);
    if (state.need) pairs.push(["need", state.need.text]);
    if (state.query) pairs.push(["q", state.query]);
    for (const key of ["unit", "sort"]) if (state[key]) pairs.push([key, state[key]]);
    if (state.table) pairs.push(["table", "1"]);
    const chosen = Object.entries(state.columns ?? {});
    if (chosen.length) pairs.push(["cols", chosen.map(([name, list]) => `${name}:${list.join(".")}`).join(",")]);
    if (state.shortlist?.length) pairs.push(["keep", joined(state.shortlist.map(keptWord))]);
    if (state.compare) pairs.push(["compare", "1"]);
    for (const key in state.filter)
      if (state.filter[key].length) pairs.push([key, joined(state.filter[key])]);
    return "#" + pairs.map(([key, value]) => `${key}=${encode(value)}`).join("&");
  }

  return { LENSES, THEMES, TABS, FILTERS, CARDS, KEPT, MOST, NO_FILTER, createStore, stated, cleanFilter, parse, format };
})();
