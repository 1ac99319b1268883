/* Starts the page: decodes the payload, makes the parts, and keeps them and the engine in step with the state. */
import { byId } from "../base/dom.js";
import { decodePayload } from "../data/decode.js";
import * as Foot from "../layout/foot.js";
import { applyTheme, onSystemTheme, resolvedTheme } from "../layout/theme.js";
import * as State from "../state/state.js";
import { createHistory } from "./history.js";
import { createUi, everything } from "./ui.js";

/** @typedef {import("./ui.js").Ui} Ui */

/* The parts of the page once it can be used; an error with the code "damaged" where the payload cannot be read. */
export async function start(edition, api) {
  const data = await readPayload();
  delete byId("app").dataset.waiting;
  byId("splash").remove();
  const ui = createUi(data, edition, api);
  ui.bottomSheet.adapt();
  const state = ui.store.get();
  const follow = createFollower(ui);
  follow(state, everything(state));
  if (showsMore(state) || data.issues) ui.complete();
  ui.store.on((now, changed) => {
    ui.complete();
    follow(now, changed);
  });
  ui.view.open(state.view, state.selection);
  listen(ui, follow);
  completeSoon(ui);
  return ui;
}

/* Whether a state shows something of later.js. */
const showsMore = ({ selection, table, compare, find, need, filter }) =>
  Boolean(selection || table || compare || find || need || Object.values(filter).some((terms) => terms.length));

/* Makes the parts of later.js when the map is drawn and the browser is idle; at once when the reader does something. */
function completeSoon({ engine, complete }) {
  const onceIdle = window.requestIdleCallback ?? ((run) => setTimeout(run, 200));
  const later = () => {
    engine.buildIndexes();
    Packed.unzipLater().then(() => onceIdle(complete));
  };
  const wait = () => onceIdle(engine.isIdle() ? later : wait);
  wait();
  for (const name of ["pointerdown", "keydown", "focusin", "click"])
    addEventListener(name, complete, { capture: true, once: true });
}

async function readPayload() {
  const held = byId("gxq-data");
  held.remove(); // it is large, and read once
  return decodePayload(held.textContent).catch((error) => {
    throw Object.assign(error, { code: "damaged" });
  });
}

/* Opens the view that an address names; what it does not mention is as when the page opens by itself. */
export function open(ui, address) {
  const asked = State.parse(address, ui.choices);
  ui.store.set({ ...ui.home, ...asked });
  ui.view.open(asked.view, ui.store.get().selection);
}

/* ---- what follows a change of the state: the document, the engine, the parts, the address */

/** @param {Ui} ui */
function createFollower(ui) {
  const { engine, view } = ui;
  const past = createHistory(ui, (address) => open(ui, address));
  ui.map.on("moveend", past.moved);

  return (state, changed) => {
    if (changed.has("lang")) setLanguage(ui, state.lang);
    if (changed.has("theme")) setTheme(ui, state.theme);
    if (changed.has("unit")) setUnit(ui, state.unit, changed);
    if (changed.has("lens")) engine.setLens(state.lens);
    if (changed.has("filter") || changed.has("need")) showFiltered(ui);
    for (const part of ui.parts) part.render(state, changed);
    if (changed.has("selection")) showSelected(ui, state.selection);
    if (["selection", "lens", "lang", "filter", "need", "folded", "shortlist"].some((key) => changed.has(key))) view.update();
    // The legend's size has changed.
    if (changed.has("lens") || changed.has("lang")) view.refit();
    if (changed.has("start")) past.begin();
    else past.note(state);
  };
}

function setTheme({ engine }, theme) {
  applyTheme(theme);
  engine.setTheme(resolvedTheme(theme));
}

/** @param {Ui} ui */
function setLanguage(ui, lang) {
  const { text, engine, map } = ui;
  text.lang = lang;
  engine.setLang(lang);
  document.documentElement.lang = text.tag;
  map.getContainer().setAttribute("aria-label", text.t("map"));
  map.getContainer().setAttribute("role", "application");
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", text.t(node.dataset.label));
  Foot.draw(ui);
}

/* Everything that shows an area is drawn again. */
function setUnit({ text, engine }, unit, changed) {
  text.areaUnit = unit;
  engine.relabel();
  changed.add("theme");
}

function showFiltered({ engine, visible }) {
  for (const name of ["sites", "carriers", "zoning"]) engine.setFilter(name, visible.mask(name));
  engine.relabel();
}

/** @param {Ui} ui */
function showSelected(ui, selection) {
  const i = selection ? ui.facts.layer(selection.layer).indexOf(selection.id) : -1;
  ui.engine.selectAlso("sites", []);
  ui.engine.select(...(selection ? ui.at(selection.layer, i) : [null, -1]));
  document.documentElement.dataset.card = String(Boolean(selection));
}

/** @param {Ui} ui */
function listen(ui, follow) {
  const { engine, map, store } = ui;
  engine.on("hover", (hit) => {
    map.getContainer().style.cursor = hit ? "pointer" : "";
  });
  engine.on("click", (hit) => {
    if (hit && ui.choices.cards.includes(hit.layer)) ui.select(hit.layer, hit.index);
    else ui.select(null);
  });
  onSystemTheme(() => store.get().theme === "auto" && follow(store.get(), new Set(["theme"])));
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && store.get().selection) ui.select(null);
  });
}
