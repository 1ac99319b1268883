/* window.gxq, the API of the page:

   gxq.ready                       a Promise: the page can be used
   gxq.visible()                   { sites: [id, ...], carriers, zoning, parks }: the records that pass filters and
                                   requirement, with a requirement the best first: what map, lists, table and export show
   gxq.filter(spec | null)         sets the filter, null shows everything; gives the current one, key by key: a list of
                                   terms, of which one must be met (of flags all): values, "50~100", "?" for unknown.
                                   { area: { min: 50, max: 100, unknown: "also" | "only" | "not" } } will do too.
                                   Keys: data/filters.toml, and land, price, ready, fresh of the lenses; area in mu
   gxq.need(spec | null)           states a requirement, { layer: "sites", wants: { area_mu: 80, sectors: [...] } }, or
                                   clears it; gives the current one, or null. Filters stay: they eliminate, a requirement
                                   ranks what they leave. Other weights of criteria: { layer, wants, weights: { price: 5 } }
   gxq.match({ area_mu: 80, sectors: [...] }, layer, weights)
                                   all sites or carriers ranked by a requirement, each with its reasons (data/match.js), or
                                   as layer "groups" adjacent sites that are large enough together (data/groups.js); the
                                   page does not change
   gxq.select(layer, id)           opens the card of one of sites, carriers, parks, zoning, stations; null closes it
   gxq.shortlist([{ layer, id }, ...])   sets the shortlist, at most five records; gives the current one
   gxq.link(address)               opens the view that an address names ("#lens=zoning&on=sites:AQ-015"); gives the address
                                   of the current view, which that of the window follows a little later
   gxq.print("record" | "map" | "compare")   prints the open card, the map, or the comparison
   gxq.issues(found, looked)       lists the issues of a check over the panel (issues/issues.js), null removes them; gives
                                   what the reader sees of them (open, hidden, picked), which `looked` restores
   gxq.lang(code)  gxq.lens(name)  gxq.theme(name)   each sets a value, if one is given, and gives the current one */
import { byId } from "../base/dom.js";
import * as State from "../state/state.js";
import { open, start } from "./start.js";

/* Starts the page and gives window.gxq. `edition` is the module internal/internal.js, or null in a page for the public. */
export function startPage(edition) {
  /** @type {import("./ui.js").Ui} */
  let ui = null;

  const setting = (key, among) => (value) => {
    if (value !== undefined && among().includes(value)) ui.store.set({ [key]: value });
    return ui.store.get()[key];
  };

  const idsOf = (name) => {
    const layer = ui.facts.layer(name);
    return Array.from(layer ? ui.visible.rows(name) : [], (i) => layer.id(i));
  };

  const api = {
    ready: null,
    visible: () => Object.fromEntries(["sites", "carriers", "zoning", "parks"].map((name) => [name, idsOf(name)])),
    filter(spec) {
      if (spec !== undefined) ui.store.set({ filter: ui.facts.filters.clean(spec) });
      return ui.store.get().filter;
    },
    need(spec) {
      if (spec !== undefined) {
        const stated = ui.match.clean(spec);
        ui.store.set({ ...State.stated(stated), find: stated ? "list" : "" });
      }
      const { need } = ui.store.get();
      return need && { layer: need.layer, wants: need.wants, ...(Object.keys(need.weights).length ? { weights: need.weights } : {}) };
    },
    match(wants, layer = "sites", weights = {}) {
      const need = ui.match.clean({ layer, wants, weights });
      if (layer === "groups") return ui.groups.list(need);
      return need ? ui.match.list(ui.match.found(need)) : [];
    },
    select(layer, id) {
      const found = layer && ui.choices.cards.includes(layer) && ui.choices.exists(layer, id);
      if (layer === null) ui.select(null);
      else if (found) ui.select(layer, ui.facts.layer(layer).indexOf(id), { fit: true });
      return ui.store.get().selection;
    },
    shortlist(list) {
      if (list !== undefined) ui.shortlist.set(list);
      return ui.shortlist.items();
    },
    link(address) {
      if (address !== undefined) open(ui, String(address));
      return ui.share.address();
    },
    print: (what) => ui.print(what),
    issues(found, looked) {
      ui.complete();
      if (found !== undefined) ui.issues.set(found, looked);
      return ui.issues.looked();
    },
    lang: setting("lang", () => ui.choices.langs),
    lens: setting("lens", () => State.LENSES),
    theme: setting("theme", () => State.THEMES),
  };

  const starting = start(edition, api).catch((error) => {
    showTrouble(error.code === "damaged" ? "damaged" : "too-old");
    throw error;
  });
  api.ready = starting.then(() => undefined);
  api.ready.catch(() => {}); // the page says it already
  starting.then((made) => { ui = made; }, () => {});
  return api;
}

/* Instead of the page, the message why it cannot be shown. */
function showTrouble(code) {
  byId("app").hidden = true;
  byId("splash")?.remove();
  byId("trouble").hidden = false;
  for (const part of document.querySelectorAll("#trouble > *")) part.hidden = part.dataset.code !== code;
}
