/* Measures a distance, an area, or a position on the map. A click or tap adds a point, one on the last point (a double
   click) finishes the figure; Enter adds the centre of the map, Backspace removes the last point, Escape ends. */
import { byId, el, focused, icon } from "../base/dom.js";
import { MU_PER_HA } from "../base/units.js";
import * as Geodesy from "../geometry/geodesy.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createMeasure(ui, { coordinates, onstop }) {
  const { text, map, engine } = ui;
  const t = text.t;
  const MODES = ["distance", "area", "point"];
  const NEAR_PX = matchMedia("(pointer: coarse)").matches ? 14 : 6;
  const PANE = "gxqMeasure";
  const box = byId("measure");
  let mode = "distance";
  let points = [];
  let pointer = null; // where the mouse is
  let finished = false;
  let group = null;
  let line = null;

  const isOn = () => group !== null;
  const place = ({ lng, lat }) => [lng, lat];
  /* What is measured: the points, and the mouse where the next point may be. */
  const shape = () => (pointer && !finished && mode !== "point" && points.length ? [...points, pointer] : points);

  /* ---- words */

  const metres = (m) => (m < 1000 ? [text.number(Math.round(m * 10) / 10), text.unit("m")] : [text.number(m / 1000), text.unit("km")]).join(" ");

  function areas(m2) {
    const pairs = text.area((m2 * MU_PER_HA) / 10000);
    const fine = m2 < 1e6 ? [text.number(Math.round(m2)), text.unit("m2")] : [text.number(m2 / 1e6), text.unit("km2")];
    return [...pairs, fine].map((pair) => pair.join(" "));
  }

  /* The figure and what is said beside it, or null where there is nothing to measure. */
  function reading() {
    const at = shape().map(place);
    if (mode === "point") return at.length ? [coordinates.degrees(points[0]), coordinates.onGrid(points[0], 2)] : null;
    if (mode === "distance") return at.length > 1 ? [metres(Geodesy.length(at)), t("measure_points", { n: points.length })] : null;
    if (at.length < 3) return null;
    const [first, ...rest] = areas(Geodesy.area(at));
    const round = t("measure_perimeter", { length: metres(Geodesy.length([...at, at[0]])) });
    return [first, [...rest, round].join(" · ")];
  }

  /* ---- drawing */

  function createPane() {
    if (map.getPane(PANE)) return;
    const pane = map.createPane(PANE);
    pane.style.zIndex = "430";
    pane.style.pointerEvents = "none";
  }

  function tag(words) {
    const at = shape();
    const where = mode === "area" ? L.latLngBounds(at).getCenter() : at[at.length - 1];
    const html = el("span", null, words);
    const mark = L.divIcon({ className: `measure-tag measure-${mode}`, html, iconSize: null });
    return L.marker(where, { icon: mark, pane: PANE, interactive: false, keyboard: false });
  }

  function draw() {
    const at = shape();
    const now = reading();
    const how = { pane: PANE, renderer: line, interactive: false };
    group.clearLayers();
    if (mode === "area" && at.length > 2) group.addLayer(L.polygon(at, { ...how, className: "measure-line" }));
    else if (mode !== "point") group.addLayer(L.polyline(at, { ...how, className: "measure-line" }));
    for (const point of points) group.addLayer(L.circleMarker(point, { ...how, radius: 4, className: "measure-dot" }));
    if (now && mode !== "point") group.addLayer(tag(now[0]));
    const [figure, more] = now ?? [null, t(`measure_hint_${mode}`)];
    byId("measured").replaceChildren(...[figure && el("b", null, figure), el("span", null, more)].filter(Boolean));
    for (const name of ["undo", "trash"]) /** @type {HTMLButtonElement} */ (box.querySelector(`[data-act=${name}]`)).disabled = !points.length;
  }

  /* ---- actions */

  function add(latlng) {
    if (mode === "point" || finished) points = [];
    finished = false;
    const last = points[points.length - 1];
    const isLast = last && map.latLngToLayerPoint(last).distanceTo(map.latLngToLayerPoint(latlng)) < NEAR_PX;
    if (isLast) finished = points.length > 1;
    else points = [...points, latlng];
    draw();
  }

  function undo() {
    points = points.slice(0, -1);
    finished = false;
    draw();
  }

  function clear() {
    points = [];
    finished = false;
    draw();
  }

  function choose(wanted) {
    mode = wanted;
    clear();
    pointer = null;
    build();
  }

  const onMap = {
    click: ({ latlng }) => add(latlng),
    mousemove: ({ latlng }) => {
      pointer = latlng;
      if (points.length && !finished) draw();
    },
    mouseout: () => {
      pointer = null;
      draw();
    },
  };
  // A finger does not hover.
  if (!matchMedia("(hover: hover)").matches) {
    delete onMap.mousemove;
    delete onMap.mouseout;
  }

  const keys = {
    Escape: stop,
    Backspace: undo,
    Enter: () => focused() === map.getContainer() && add(map.getCenter()),
  };

  function onKey(event) {
    const typing = event.target.closest?.("input, textarea, select");
    if (!isOn() || !keys[event.key] || (typing && event.key !== "Escape")) return;
    if (event.key === "Enter" && focused() !== map.getContainer()) return;
    event.stopPropagation();
    event.preventDefault();
    keys[event.key]();
  }

  /* ---- the bar */

  function act(name, key, run) {
    const words = t(key);
    return el("button", { type: "button", class: "round", "data-act": name, "aria-label": words, title: words, onclick: run }, icon(name));
  }

  function build() {
    const choices = MODES.map((name) =>
      el("button", { type: "button", "aria-pressed": String(name === mode), "data-mode": name, onclick: () => choose(name) }, t(`measure_${name}`)),
    );
    box.replaceChildren(
      el("div", { class: "segmented", role: "group", "aria-label": t("measure") }, choices),
      el("div", { id: "measured", role: "status" }),
      el("div", { class: "measure-acts" }, act("undo", "measure_undo", undo), act("trash", "measure_clear", clear), act("close", "measure_close", stop)),
    );
    draw();
  }

  function start() {
    createPane();
    line ??= L.svg({ pane: PANE, padding: 0.3 });
    group = L.layerGroup().addTo(map);
    engine.mute(true);
    map.on(onMap);
    map.doubleClickZoom.disable();
    box.hidden = false;
    document.documentElement.dataset.measuring = "true";
    if (ui.bottomSheet.narrow) ui.bottomSheet.go("title");
    build();
  }

  function stop() {
    if (!isOn()) return;
    map.off(onMap);
    group.remove();
    group = null;
    points = [];
    map.doubleClickZoom.enable();
    engine.mute(false);
    box.hidden = true;
    delete document.documentElement.dataset.measuring;
    onstop();
  }

  addEventListener("keydown", onKey, { capture: true });

  return {
    isOn,
    toggle: () => (isOn() ? stop() : start()),
    render: (_state, changed) => {
      if (isOn() && changed.has("lang")) build();
    },
  };
}
