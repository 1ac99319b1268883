/* The switches of lens, language and theme, the zoom buttons, and the scale bar on the map. */
import { byId, el, icon } from "../base/dom.js";
import * as State from "../state/state.js";
import { scaleBar } from "./scalebar.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createSwitches(ui) {
  const { text, store, map } = ui;
  const t = text.t;

  const zoomButton = (name, key, act) =>
    el("button", { type: "button", class: "tool", "data-tool": name, "data-words": key, onclick: act }, icon(name));

  byId("zooms").append(
    zoomButton("plus", "zoom_in", () => map.zoomIn()),
    zoomButton("minus", "zoom_out", () => map.zoomOut()),
    zoomButton("whole", "zoom_whole", () => ui.view.fitAll()),
  );

  const next = (among, value) => among[(among.indexOf(value) + 1) % among.length];
  byId("theme").addEventListener("click", () => store.set({ theme: next(State.THEMES, store.get().theme) }));

  function segmented(box, values, words, current, choose) {
    const button = (value) => el("button", {
      type: "button",
      "aria-pressed": String(value === current),
      "data-value": value,
      lang: ui.data.langs[value]?.tag,
      onclick: () => choose(value),
    }, words(value));
    box.replaceChildren(...values.map(button));
  }

  /* Two languages are two buttons, more are a list to choose from. */
  function drawLanguages(current) {
    const { langs } = ui.choices;
    const choose = (lang) => store.set({ lang });
    const box = byId("lang");
    box.dataset.many = String(langs.length > 2);
    box.hidden = langs.length < 2;
    if (langs.length < 3) return segmented(box, langs, (code) => ui.data.langs[code].short, current, choose);
    const option = (code) =>
      el("option", { value: code, lang: ui.data.langs[code].tag, selected: code === current }, ui.data.langs[code].name);
    const select = box.querySelector("select") ?? box.appendChild(el("select", { onchange: () => choose(select.value) }));
    select.setAttribute("aria-label", t("aria_lang"));
    select.replaceChildren(...langs.map(option));
  }

  function drawLenses(current) {
    const row = byId("lens");
    segmented(row, State.LENSES, (lens) => t(`lens_${lens}`), current, (lens) => store.set({ lens }));
    requestAnimationFrame(showLens);
  }

  /* A narrow screen does not show all lenses: the current one is scrolled into view. */
  function showLens() {
    const row = byId("lens");
    const chip = row.querySelector("[aria-pressed=true]");
    if (chip) row.scrollLeft = chip.offsetLeft - (row.clientWidth - chip.offsetWidth) / 2;
  }

  function drawTheme(theme) {
    byId("theme").replaceChildren(icon(theme));
    byId("theme").title = t(`theme_${theme}`);
    byId("theme").setAttribute("aria-label", t(`theme_${theme}`));
  }

  function drawLabels() {
    for (const tool of document.querySelectorAll(".tool")) {
      tool.setAttribute("aria-label", t(tool.dataset.words));
      tool.title = t(tool.dataset.words);
    }
  }

  const drawScale = () => byId("scale").replaceChildren(scaleBar(text, map.getCenter().lat, map.getZoom(), 110));
  map.on("move zoom resize", drawScale);

  function render(state, changed) {
    const all = changed.has("lang");
    if (all) drawLabels();
    if (all) drawLanguages(state.lang);
    if (all || changed.has("lens")) drawLenses(state.lens);
    if (all || changed.has("theme")) drawTheme(state.theme);
    if (all && ui.view.isOpen()) drawScale();
  }

  return { render };
}
