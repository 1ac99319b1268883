/* The state of the page, and its text in the address, so that a link reopens the same view.

   #v=1&at=35.42000,116.69000,12.50,1100,836&lens=zoning&lang=en&on=sites:AQ-015&status=available,reserve
   at     the centre of the free part of the map, the zoom, and the size of that part in px: another screen shows what
          was seen here. Without a size, as in older links, it is the centre of the whole map.
   &keep=AQ-015,BH-001&compare=1     the shortlist, and whether it is compared
   &inner=projects     which list of the internal edition is open
   &need=1,sites,area_mu:80,sectors:new_materials    the requirement, see data/match.js */
import * as Lenses from "../data/lenses.js";

export const LENSES = Lenses.KEYS;
export const THEMES = ["auto", "light", "dark"];
const UNITS = ["mu", "ha", "m2"];
export const TABS = ["parks", "sites", "carriers", "sectors"];
const FILTERS = ["status", "sector", "land", "park", ...Lenses.FILTERS];
export const CARDS = ["sites", "carriers", "parks", "zoning", "stations"];
export const KEPT = ["sites", "carriers"]; // the layers whose records a shortlist may hold
export const MOST = 5; // records in a shortlist

/**
 * What the map shows: see `at` above.
 * @typedef {{ lat: number, lng: number, zoom: number, width?: number, height?: number }} View
 */

/**
 * What the reader chose. The store freezes it and replaces it as a whole.
 * @typedef {object} PageState
 * @property {string} lens
 * @property {string} lang
 * @property {"auto" | "light" | "dark"} theme
 * @property {string} tab  the open list: one of TABS
 * @property {string} base  the key of a base map, or ""
 * @property {string} unit  the unit of land: mu, ha, m2, or "" for that of the language
 * @property {boolean} table  whether the list is open as a table
 * @property {Record<string, string[]>} columns  of the table, by layer
 * @property {string} inner  which list of an internal page is open, or ""
 * @property {string} query  the search text
 * @property {boolean} folded  whether the legend is folded
 * @property {string} sort  a field, with "-" before it for descending order, or ""
 * @property {Record<string, readonly string[]>} filter  see filters/filters.js
 * @property {{ layer: string, id: string } | null} selection  the record of the open card
 * @property {readonly { layer: string, id: string }[]} shortlist
 * @property {boolean} compare  whether the shortlist is compared
 * @property {boolean} refine  whether the filter panel is open
 * @property {any} need  the requirement, see data/match.js, or null
 * @property {"" | "form" | "list"} find  what is open of "find a site"
 * @property {View | null} view  the view that the address named
 */

/**
 * What an address may name in this page.
 * @typedef {object} Choices
 * @property {string[]} langs
 * @property {{ keys: string[], clean: (spec: any) => any }} filters
 * @property {string[]} bases  keys of base maps
 * @property {string[]} cards  layers whose records have a card
 * @property {string[]} inner  lists of an internal page
 * @property {(layer: string, id: string) => boolean} exists
 * @property {(text: string) => any} needOf  the requirement of a text
 */

/* What a new requirement changes: it opens its list and ranks it, in place of search and sorting. */
export const stated = (need) => ({ need, sort: "", ...(need ? { tab: need.layer, query: "" } : {}) });

export const NO_FILTER = Object.freeze(Object.fromEntries(FILTERS.map((key) => [key, Object.freeze([])])));

/** @param {any} initial */
export function createStore(initial) {
  /** @type {PageState} */
  let state = Object.freeze(initial);
  const listeners = [];
  return {
    get: () => state,
    /* listener(state, changed): changed is the set of the properties that are other than before. */
    on: (listener) => listeners.push(listener),
    /** @param {Partial<PageState>} patch */
    set(patch) {
      const before = state;
      state = Object.freeze({ ...state, ...patch });
      const changed = new Set(Object.keys(patch).filter((key) => before[key] !== state[key]));
      if (changed.size) for (const listener of listeners) listener(state, changed);
    },
  };
}

function view(text) {
  const [lat, lng, zoom, width, height] = (text || "").split(",").map(Number);
  const sane = Math.abs(lat) <= 85 && Math.abs(lng) <= 180 && zoom >= 1 && zoom <= 20;
  const isSize = [width, height].every((side) => side >= 1 && side <= 20000);
  return sane ? { lat, lng, zoom, ...(isSize ? { width, height } : {}) } : null;
}

function selection(text, { cards, exists }) {
  const colon = (text || "").indexOf(":");
  const [layer, id] = [(text || "").slice(0, colon), (text || "").slice(colon + 1)];
  return colon > 0 && cards.includes(layer) && exists(layer, id) ? { layer, id } : null;
}

/* Terms in an address are separated by commas; a comma within a term is escaped. */
const joinTerms = (terms) => terms.map((term) => term.replace(/[%,]/g, encodeURIComponent)).join(",");

function splitTerms(text) {
  try {
    return text.split(",").slice(0, 200).map(decodeURIComponent);
  } catch {
    return [];
  }
}

/* The shortlist of an address: sites by their id alone, others as layer:id. */
function shortlist(text, exists) {
  const read = (word) => {
    const layer = KEPT.find((name) => word.startsWith(`${name}:`));
    return layer ? { layer, id: word.slice(layer.length + 1) } : { layer: KEPT[0], id: word };
  };
  const found = new Map(splitTerms(text || "").filter(Boolean).map((word) => [word, read(word)]));
  const good = [...found.values()].filter(({ layer, id }) => exists(layer, id));
  return Object.freeze(good.slice(0, MOST));
}
const shortlistTerm = ({ layer, id }) => (layer === KEPT[0] ? id : `${layer}:${id}`);

/* The columns of the table by layer: sites:status.area_mu,carriers:kind */
function columns(text) {
  const found = (text || "").split(",").map((part) => /^([a-z]+):([a-z0-9_.]{0,900})$/.exec(part)).filter(Boolean);
  const known = found.filter(([, name]) => TABS.includes(name));
  return Object.freeze(Object.fromEntries(known.map(([, name, list]) => [name, list.split(".").filter(Boolean).slice(0, 60)])));
}

/**
 * The state that an address names; what is not understood is left out.
 * @param {string} hash
 * @param {Choices} choices
 */
export function parse(hash, { langs, filters, exists, bases, needOf, cards, inner }) {
  const query = new URLSearchParams(hash.replace(/^#/, ""));
  const need = needOf(query.get("need"));
  const oneOf = (key, among) => (among.includes(query.get(key)) ? { [key]: query.get(key) } : {});
  const lists = Object.fromEntries(filters.keys.filter((key) => query.get(key)).map((key) => [key, splitTerms(query.get(key))]));
  return {
    ...oneOf("lens", LENSES),
    ...oneOf("lang", langs),
    ...oneOf("theme", THEMES),
    ...oneOf("tab", TABS),
    ...oneOf("inner", inner),
    ...oneOf("base", bases),
    query: (query.get("q") || "").slice(0, 80),
    ...oneOf("unit", UNITS),
    sort: (/^-?[a-z0-9_]{1,60}$/.exec(query.get("sort") ?? "") ?? [""])[0],
    table: query.get("table") === "1",
    columns: columns(query.get("cols")),
    filter: filters.clean(lists),
    view: view(query.get("at")),
    selection: selection(query.get("on"), { cards, exists }),
    shortlist: shortlist(query.get("keep"), exists),
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

/* The address of a state: what differs from how the page opens by itself. */
export function format(state, home) {
  const pairs = [["v", "1"]];
  const { view: at, selection: on } = state;
  if (at) {
    const size = at.width ? [at.width, at.height] : [];
    pairs.push(["at", [at.lat.toFixed(5), at.lng.toFixed(5), at.zoom.toFixed(2), ...size].join()]);
  }
  for (const key of ["lens", "lang", "theme", "tab", "base", "inner"])
    if (state[key] !== home[key]) pairs.push([key, state[key]]);
  if (on) pairs.push(["on", `${on.layer}:${on.id}`]);
  if (state.need) pairs.push(["need", state.need.text]);
  if (state.query) pairs.push(["q", state.query]);
  for (const key of ["unit", "sort"]) if (state[key]) pairs.push([key, state[key]]);
  if (state.table) pairs.push(["table", "1"]);
  const chosen = Object.entries(state.columns ?? {});
  if (chosen.length) pairs.push(["cols", chosen.map(([name, list]) => `${name}:${list.join(".")}`).join(",")]);
  if (state.shortlist?.length) pairs.push(["keep", joinTerms(state.shortlist.map(shortlistTerm))]);
  if (state.compare) pairs.push(["compare", "1"]);
  for (const key in state.filter)
    if (state.filter[key].length) pairs.push([key, joinTerms(state.filter[key])]);
  return "#" + pairs.map(([key, value]) => `${key}=${encode(value)}`).join("&");
}
