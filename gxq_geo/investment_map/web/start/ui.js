/* Makes the parts of the page, each once, and the object through which they reach each other. */
import { usableBasemaps } from "../controls/basemaps.js";
import { createLegend } from "../controls/legend.js";
import { createSwitches } from "../controls/switches.js";
import { createTip } from "../controls/tip.js";
import { createTools } from "../controls/tools.js";
import { createFacts } from "../data/facts.js";
import { createGroups } from "../data/groups.js";
import { createMatch } from "../data/match.js";
import { createText } from "../data/text.js";
import { createEngine } from "../engine/engine.js";
import { createBottomSheet } from "../layout/bottomsheet.js";
import { createNotice } from "../layout/notice.js";
import { resolvedTheme } from "../layout/theme.js";
import { createView } from "../layout/view.js";
import { createPanel } from "../panel/panel.js";
import { createToolbar } from "../panel/toolbar.js";
import { createPrintCommand } from "../print/command.js";
import { createShortlist } from "../shortlist/shortlist.js";
import { createListing } from "../state/listing.js";
import { createNearby } from "../state/nearby.js";
import { createRecord } from "../state/record.js";
import { createShare } from "../state/share.js";
import * as State from "../state/state.js";
import { createVisible } from "../state/visible.js";
import { createEmbed } from "./embed.js";

/**
 * A part of the page that is drawn: `changed` names the properties of the state that are other than before.
 * At the start these are all of them, and "start".
 * @typedef {{ render(state: State.PageState, changed: Set<string>): void }} Part
 */

/**
 * What every part of the page is given. `createUi` below is the only place that sets a property.
 * @typedef {object} Ui
 * @property {import("../data/decode.js").Data} data  the payload
 * @property {ReturnType<typeof createFacts>} facts
 * @property {ReturnType<typeof createMatch>} match
 * @property {ReturnType<typeof createGroups>} groups
 * @property {ReturnType<typeof createText>} text  words and numbers in the reader's language
 * @property {State.Choices} choices  what an address may name in this page
 * @property {Partial<State.PageState>} home  how the page opens by itself
 * @property {ReturnType<typeof State.createStore>} store  what the reader chose
 * @property {ReturnType<typeof createVisible>} visible  which records are in question
 * @property {any} map  the Leaflet map
 * @property {ReturnType<typeof createEngine>} engine
 * @property {ReturnType<typeof createView>} view
 * @property {ReturnType<typeof createListing>} listing
 * @property {ReturnType<typeof createNearby>} nearby
 * @property {ReturnType<typeof createRecord>} record
 * @property {ReturnType<typeof createShare>} share
 * @property {ReturnType<typeof createNotice>} say  shows a message for some seconds
 * @property {ReturnType<typeof createBottomSheet>} bottomSheet
 * @property {ReturnType<typeof createShortlist>} shortlist
 * @property {ReturnType<typeof import("../internal/internal.js").createInternal> | null} internal  in an internal page
 * @property {ReturnType<typeof createPanel>} panel
 * @property {ReturnType<typeof import("../match/form.js").createMatchForm>} matchForm
 * @property {ReturnType<typeof import("../issues/issues.js").createIssues>} issues
 * @property {ReturnType<typeof createPrintCommand>} print
 * @property {ReturnType<typeof import("../print/print.js").createPrint>} paper  what is printed
 * @property {Part[]} parts  all that is drawn again when the state changes, in this order
 * @property {(layer: string | null, i?: number, options?: { fit?: boolean }) => void} select  opens a card, or closes it
 * @property {(key: string, value: string) => void} toggle  sets or clears one term of a filter
 * @property {(id: string) => void} showPark  lists the sites of a park
 * @property {(layer: string, i: number) => [string | null, number]} at  where a record lies on the map
 * @property {() => void} recolour  draws everything again that shows a colour of the engine
 * @property {() => void} complete  makes the parts of later.js, once
 */

/**
 * @param {import("../data/decode.js").Data} data
 * @param {any} edition  the module internal/internal.js, or null in a page for the public
 * @param {any} api  window.gxq
 */
export function createUi(data, edition, api) {
  const ui = /** @type {Ui} */ ({ data });
  ui.facts = createFacts(data);
  ui.match = createMatch(data);
  ui.groups = createGroups(data, ui.match);
  ui.choices = choicesOf(ui, edition);
  ui.home = homeOf(ui);
  ui.store = State.createStore({ ...ui.home, query: "", folded: false, ...State.parse(location.hash, ui.choices) });
  ui.text = createText(data, ui.store.get().lang);
  ui.text.areaUnit = ui.store.get().unit;
  ui.visible = createVisible(ui);
  ui.map = map_gxq;
  ui.engine = engineOf(ui);
  Object.assign(ui, actionsOf(ui));
  ui.say = createNotice();
  ui.view = createView(ui);
  ui.listing = createListing(ui);
  ui.bottomSheet = createBottomSheet(ui);
  ui.nearby = createNearby(ui);
  ui.record = createRecord(ui);
  ui.share = createShare(ui);
  ui.shortlist = createShortlist(ui);
  ui.internal = edition && data.internal ? edition.createInternal(ui) : null;
  const [legend, switches, tools] = [createLegend(ui), createSwitches(ui), createTools(ui)];
  ui.panel = createPanel(ui);
  const [inPanel, onMap] = [[ui.panel, createToolbar(ui)], [legend, switches, ui.shortlist, ui.bottomSheet, tools]];
  createTip(ui);
  ui.print = createPrintCommand(ui);
  const last = [...(ui.internal ? [ui.internal] : []), createEmbed(ui, api)];
  ui.parts = [...inPanel, ...onMap, ...last];
  ui.complete = once(() => {
    const { before, after } = Packed.later().createLaterParts(ui, legend.paper);
    ui.parts = [...inPanel, ...before, ...onMap, ...after, ...last];
    for (const part of [...before, ...after]) part.render(ui.store.get(), everything(ui.store.get()));
  });
  return ui;
}

/* What has changed when a part is drawn for the first time. */
export const everything = (state) => new Set([...Object.keys(state), "start"]);

function once(run) {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    run();
  };
}

function choicesOf({ data, facts, match }, edition) {
  return {
    langs: Object.keys(data.langs),
    filters: facts.filters,
    bases: usableBasemaps(data.meta),
    cards: [...State.CARDS, ...(edition?.CARDS ?? [])],
    inner: edition?.LISTS ?? [],
    exists: (layer, id) => (facts.layer(layer)?.indexOf(id) ?? -1) >= 0,
    needOf: match.parse,
  };
}

/** @returns {Partial<State.PageState>} */
function homeOf({ data, facts }) {
  const tab = facts.size("sites") ? "sites" : "parks";
  return { lens: "availability", lang: data.meta.lang, theme: "auto", tab, base: "", unit: "", table: false, refine: false, columns: {}, inner: "" };
}

function engineOf({ map, data, store, text, visible }) {
  const { lens, theme, lang } = store.get();
  const area = (mu) => text.area(mu)[0].join(" ");
  /* The second row of a park's label; null where there is nothing to say. */
  function park(id) {
    const { n, mu, words } = visible.ofPark(id);
    return n ? `${words} · ${area(mu)}` : null;
  }
  return createEngine(map, data, { lens, theme: resolvedTheme(theme), lang, figures: { area, park } });
}

/** @param {Ui} ui */
function actionsOf(ui) {
  const { store, facts } = ui;
  return {
    select(layerName, i, { fit = false } = {}) {
      if (layerName === null) return store.set({ selection: null });
      store.set({ selection: { layer: layerName, id: facts.layer(layerName).id(i) } });
      if (fit) ui.view.fit(layerName, i);
      else ui.view.reveal(layerName, i);
    },
    toggle(key, value) {
      const { filter } = store.get();
      const terms = filter[key].includes(value) ? filter[key].filter((term) => term !== value) : [...filter[key], value];
      store.set({ filter: facts.filters.clean({ ...filter, [key]: terms }) });
    },
    showPark(id) {
      store.set({ tab: "sites", query: "", filter: facts.filters.clean({ park: [id] }), ...State.stated(null), find: "", selection: null });
    },
    /* A project lies on its site; what lies nowhere is [null, -1]. */
    at: (layerName, i) => (ui.internal ? ui.internal.at(layerName, i) : [layerName, i]) ?? [null, -1],
    recolour: () => ui.parts.forEach((part) => part.render(store.get(), new Set(["theme"]))),
  };
}
