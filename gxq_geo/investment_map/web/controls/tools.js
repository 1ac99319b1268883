/* The tools beside the map: base maps, measuring, the device's position, full screen. */
import { byId, el, icon } from "../base/dom.js";
import { allBasemaps, createBasemaps } from "./basemaps.js";
import { createCoordinates } from "./coordinates.js";
import { createLocate } from "./locate.js";
import { createMeasure } from "./measure.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createTools(ui) {
  const { text, data } = ui;
  const t = text.t;
  const root = document.documentElement;
  const open = { base: false, more: false }; // which menu is open
  const close = () => show({ base: false, more: false });

  const coordinates = createCoordinates(ui);
  const measure = createMeasure(ui, { coordinates, onstop: () => drawPressed() });
  const basemaps = createBasemaps(ui, close);
  const locate = createLocate(ui);

  const button = (name, key, run) =>
    el("button", { type: "button", class: "tool", "data-tool": name, "data-words": key, onclick: run }, icon(name));

  /* A tool that closes the menus and then does something. */
  const action = (name, run) => button(name, name, () => {
    close();
    run();
  });

  const tools = {
    base: button("base", "base", () => show({ base: !open.base, more: false })),
    measure: action("measure", () => {
      measure.toggle();
      drawPressed();
    }),
    locate: action("locate", locate),
    fullscreen: action("fullscreen", toggleFullscreen),
    print: button("print", "print.map", () => ui.print("map")),
    more: button("more", "tools_more", () => show({ base: false, more: !open.more })),
  };

  function show(wanted) {
    Object.assign(open, wanted);
    byId("bases").hidden = !open.base;
    root.dataset.tools = String(open.more);
    drawPressed();
    if (open.base) byId("bases").querySelector("[aria-pressed=true]").focus({ preventScroll: true, focusVisible: false });
  }

  function drawPressed() {
    if (byId("bases").childElementCount) tools.base.setAttribute("aria-expanded", String(open.base));
    tools.more.setAttribute("aria-expanded", String(open.more));
    tools.measure.setAttribute("aria-pressed", String(measure.isOn()));
  }

  function toggleFullscreen() {
    const done = document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
    done.catch(() => {}); // the reader's settings refuse it
  }

  document.addEventListener("fullscreenchange", () => {
    const key = document.fullscreenElement ? "fullscreen_off" : "fullscreen";
    tools.fullscreen.dataset.words = key;
    tools.fullscreen.title = t(key);
    tools.fullscreen.setAttribute("aria-label", t(key));
  });

  byId("zooms").append(tools.more);
  byId("extras").append(...[
    allBasemaps(data.meta).length && tools.base,
    tools.measure,
    "geolocation" in navigator && isSecureContext && tools.locate,
    document.fullscreenEnabled && tools.fullscreen,
    tools.print,
  ].filter(Boolean));

  addEventListener("pointerdown", (event) => {
    if ((open.base || open.more) && !byId("tools").contains(/** @type {Node} */ (event.target))) close();
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(open.base || open.more)) return;
    event.stopPropagation();
    const opener = open.base && tools.base.offsetParent ? tools.base : tools.more;
    close();
    opener.focus();
  }, { capture: true });

  return {
    render(state, changed) {
      basemaps.render(state, changed);
      measure.render(state, changed);
      if (!changed.has("lang")) return;
      if (ui.view.isOpen()) coordinates.draw();
      drawPressed();
    },
  };
}
