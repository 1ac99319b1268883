/* What the reader chose, and its form in the address, so that a link reopens the same view.

   #v=1&at=35.42000,116.69000,12.50&lens=zoning&lang=en&on=sites:AQ-015&status=available,reserve */
const State = (() => {
  const LENSES = ["availability", "zoning"];
  const THEMES = ["auto", "light", "dark"];
  const TABS = ["parks", "sites", "carriers", "sectors"];
  const FILTERS = ["status", "sector", "land", "park"];
  const CARDS = ["sites", "carriers", "parks", "zoning", "stations"];

  const NO_FILTER = Object.freeze({ status: [], sector: [], land: [], park: [] });

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

  /* A filter of known values only; `allowed` names them per key. */
  function cleanFilter(spec, allowed) {
    const filter = {};
    for (const key of FILTERS) {
      const wanted = [spec?.[key] ?? []].flat().map(String);
      filter[key] = allowed[key].filter((value) => wanted.includes(value));
    }
    return Object.freeze(filter);
  }

  /* Reads an address; whatever is not understood is left out. */
  function parse(hash, { langs, allowed, exists }) {
    const query = new URLSearchParams(hash.replace(/^#/, ""));
    const one = (key, among) => (among.includes(query.get(key)) ? { [key]: query.get(key) } : {});
    const lists = Object.fromEntries(FILTERS.map((key) => [key, (query.get(key) || "").split(",")]));
    return {
      ...one("lens", LENSES), ...one("lang", langs), ...one("theme", THEMES), ...one("tab", TABS),
      query: (query.get("q") || "").slice(0, 80),
      filter: cleanFilter(lists, allowed),
      view: view(query.get("at")),
      selection: selection(query.get("on"), exists),
    };
  }

  const encode = (value) => {
    try {
      return encodeURIComponent(value).replace(/%2C/g, ",").replace(/%3A/g, ":");
    } catch {
      return ""; // half of a surrogate pair
    }
  };

  /* The address of a state: only what differs from how the page opens by itself. */
  function format(state, home) {
    const pairs = [["v", "1"]];
    const { view: at, selection: on } = state;
    if (at) pairs.push(["at", `${at.lat.toFixed(5)},${at.lng.toFixed(5)},${at.zoom.toFixed(2)}`]);
    for (const key of ["lens", "lang", "theme", "tab"])
      if (state[key] !== home[key]) pairs.push([key, state[key]]);
    if (on) pairs.push(["on", `${on.layer}:${on.id}`]);
    if (state.query) pairs.push(["q", state.query]);
    for (const key of FILTERS) if (state.filter[key].length) pairs.push([key, state.filter[key].join(",")]);
    return "#" + pairs.map(([key, value]) => `${key}=${encode(value)}`).join("&");
  }

  return { LENSES, THEMES, TABS, FILTERS, CARDS, NO_FILTER, createStore, cleanFilter, parse, format };
})();
