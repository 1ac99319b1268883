/* The engine: draws the data on a Leaflet map and reports what the pointer is on.

   engine = createEngine(map, data, { lens, theme, lang, figures })
   figures             texts about land for labels, in the page's own words and unit: { area(mu), park(id) }, or null
   lenses  lens(key)   the lenses of data/lenses.js: [{ key, layer, classes, ... }], and one of them
   legend(key, shown)  how much there is of each class of a lens, among the sites (or blocks) of a mask, or all:
                       [{ key, filter, name, swatch, count, mu, share, mask() }]
   setLens(name) setTheme(name) setLang(code)
   setFilter(layer, Uint8Array | null)   1 = shown; the others are drawn faintly
   select(layer | null, i)  hover(layer | null, i)
   selectAlso(layer, [i, ...])   records that belong to the selected one and are outlined with it
   fit(layer, i, { padding })  fitAll({ padding })   padding: [left, top, right, bottom] in css px
   setSafeArea([left, top, right, bottom], boxes)   css px that panels cover, and boxes [left, top, right, bottom] on the
                       map that controls cover: no label stands there
   setNumbers([{ layer, index, n }])   numbers beside records: the shortlist
   swatchKey(layer, i) the swatch key of a record under the lens; null where the lens does not colour its layer
   relabel()           places the labels again, where their figures have another unit
   swatch(key, w, h)   a small image:  "status:reserve", "sector:x", "sectors:x+y", "zoning:green", "price:2",
                       "landuse:M1", "carrier:office", "station:rail", "park", "frame", "road:avenue", "rail:freight"
   color(key)          the css colour of such a key
   on("hover" | "click", listener)   listener({ layer, index, latlng, point }) or listener(null)
   drawTo(canvas, bounds, { width, height, scale, lens, passes, labels, boxes, mark, frame, numbers })
                       draws a map at once; bounds: [w, s, e, n] or LatLngBounds; the size is the canvas's own unless
                       given in css px; scale: canvas pixels in one css px
   setBase({ datum, kind })   the datum of the base map beneath, and its kind once it is visible ("vector", "imagery", or
                       null): then the schematic ground is not drawn
   mute(boolean)       while muted nothing is hovered or clicked: the pointer measures
   buildIndexes()      builds what finds records faster, once there is time for it
   isIdle()            whether everything in view is drawn */
import { MU_PER_HA } from "../base/units.js";
import * as Lenses from "../data/lenses.js";
import * as Datum from "../geometry/datum.js";
import { createLabels } from "../labels/labels.js";
import { createPalette } from "../symbology/palette.js";
import { createSwatch } from "../symbology/swatch.js";
import * as Highlight from "./highlight.js";
import { createOverlay } from "./overlay.js";
import * as Paint from "./paint.js";
import { createPicker } from "./picker.js";
import { createScene } from "./scene.js";
import { createTiles } from "./tiles.js";
import * as World from "./world.js";

const PANES = { ground: ["gxqGround", 250], marks: ["gxqMarks", 410], labels: ["gxqLabels", 420] };
const CLOSEST = 16; // the zoom beyond which nothing is fitted
function makePanes(map) {
  for (const [name, z] of Object.values(PANES)) {
    if (map.getPane(name)) continue;
    const pane = map.createPane(name);
    pane.style.zIndex = String(z);
    pane.style.pointerEvents = "none";
  }
}

const sameHit = (a, b) => a === b || (a && b && a.layer === b.layer && a.index === b.index);

function rectOf(bounds) {
  return L.latLngBounds([bounds[1], bounds[0]], [bounds[3], bounds[2]]);
}

const edgesOf = (bounds) => (Array.isArray(bounds) ? bounds
  : [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);

function fitting({ padding = [0, 0, 0, 0], ...rest }) {
  return { ...rest, paddingTopLeft: padding.slice(0, 2), paddingBottomRight: padding.slice(2) };
}

/* The part of a padded window that no panel covers, and the strips that panels cover. */
function areas(v, safe) {
  const [w, h] = [v.w - 2 * v.margin.x, v.h - 2 * v.margin.y];
  const area = [v.margin.x + safe[0] + 4, v.margin.y + safe[1] + 4,
    v.margin.x + w - safe[2] - 4, v.margin.y + h - safe[3] - 4];
  const covered = [];
  if (safe[0]) covered.push([0, 0, area[0], v.h]);
  if (safe[1]) covered.push([0, 0, v.w, area[1]]);
  if (safe[2]) covered.push([area[2], 0, v.w, v.h]);
  if (safe[3]) covered.push([0, area[3], v.w, v.h]);
  return { area, covered };
}

/**
 * The view that shows bounds [w, s, e, n] in a window of w by h css px.
 * @param {number[]} bounds
 */
function viewOf([west, south, east, north], w, h, dpr, scene) {
  const [[x0, y0], [x1, y1]] = [scene.project(west, north), scene.project(east, south)];
  const scale = Math.min(w / Math.max(x1 - x0, 1e-9), h / Math.max(y1 - y0, 1e-9));
  const left = ((x0 + x1) / 2) * scale - w / 2;
  const top = ((y0 + y1) / 2) * scale - h / 2;
  return World.view(Math.log2(scale), left, top, w, h, dpr);
}

export function createEngine(map, data, options = {}) {
  const scene = createScene(data);
  const { figures } = options;
  const state = { numbers: [], lens: options.lens ?? "availability", theme: options.theme ?? "light",
    lang: options.lang ?? Object.keys(data.langs)[0], safe: [0, 0, 0, 0], boxes: [], hovered: null, selected: null, also: [],
    symbols: [], baseKind: null, muted: false };
  const listeners = { hover: new Set(), click: new Set() };
  let palette = createPalette(data.style, state.theme, scene.sectorTokens);
  let labels = makeLabels();
  makePanes(map);
  map.options.zoomSnap = Math.min(map.options.zoomSnap, 0.25);

  function makeLabels(lens = state.lens, baseKind = state.baseKind) {
    return createLabels({ scene, data, palette, lens: scene.lens(lens), lang: state.lang, baseKind, figures });
  }

  const recordAt = (layerName, i) => {
    const layer = layerName && scene.layer(layerName);
    return layer && i >= 0 && i < layer.n && layer.shapes.kinds[i] ? { layer, index: i } : null;
  };

  function flagOf(at, v) {
    if (!at || at.layer.name === "parks") return null;
    const { layer, index } = at;
    const [name, more] = flagWords(layer, index);
    const [w, n, e] = layer.shapes.boxes.subarray(4 * index, 4 * index + 4);
    const lift = layer.shapes.kinds[index] === 1 ? 14 : 0;
    return name ? Highlight.flag(labels.shaping, palette, name, more, v.px((w + e) / 2), v.py(n) - lift) : null;
  }

  /* No label may lie on a small record that is selected. */
  function selectedBox(v) {
    if (!state.selected || state.selected.layer.name === "parks") return [];
    const b = state.selected.layer.shapes.boxes.subarray(4 * state.selected.index, 4 * state.selected.index + 4);
    const box = [v.px(b[0]) - 3, v.py(b[1]) - 3, v.px(b[2]) + 3, v.py(b[3]) + 3];
    return box[2] - box[0] < 60 ? [box] : [];
  }

  function flagWords(layer, i) {
    const [field, mu] = { sites: ["area_mu", 1], zoning: ["area_ha", MU_PER_HA] }[layer.name] ?? [];
    const value = field && layer.data.get(i, field);
    const name = field ? layer.data.id(i) : labels.nameOf(layer, i);
    return [name, value === null || value === undefined ? "" : labels.land(value * mu)];
  }

  function drawLabels(ctx, v) {
    const { area, covered } = areas(v, state.safe);
    const boxes = state.boxes.map((box) => box.map((at, k) => at + (k % 2 ? v.margin.y : v.margin.x)));
    const discs = Highlight.discs(labels.shaping, palette, state.numbers, v);
    const taken = [...covered, ...boxes, ...selectedBox(v), ...discs.map(({ box }) => box)];
    const placed = labels.place(v, area, taken, flagOf(state.selected, v));
    for (const label of placed) label.draw(ctx);
    for (const disc of discs) disc.draw(ctx);
    state.symbols = placed.filter(({ symbol }) => symbol).map(({ symbol }) => ({ ...symbol,
      box: symbol.box.map((at, k) => at - (k % 2 ? v.margin.y : v.margin.x)) }));
  }

  const tiles = createTiles(map, (ctx, v) =>
    Paint.paint(ctx, v, { scene, palette, lens: scene.lens(state.lens), baseKind: state.baseKind }), scene.origin, PANES.ground[0]);
  const highlight = createOverlay(map, PANES.marks[0], scene.origin, (ctx, v) => Highlight.draw(ctx, v, palette, state),
    () => Boolean(state.hovered || state.selected || state.also.length));
  const labelOverlay = createOverlay(map, PANES.labels[0], scene.origin, drawLabels);

  function restyle() {
    palette = createPalette(data.style, state.theme, scene.sectorTokens);
    labels = makeLabels();
    map.getContainer().style.backgroundColor = palette.token("outside");
    tiles.repaint();
    highlight.redraw();
    labelOverlay.redraw();
  }
  map.getContainer().style.backgroundColor = palette.token("outside");

  /* Another screen, or another zoom of the browser, has another pixel ratio: everything is drawn again. */
  function watchPixelRatio() {
    matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`)
      .addEventListener("change", () => { restyle(); watchPixelRatio(); }, { once: true });
  }
  watchPixelRatio();

  const change = (key, value, after) => {
    if (state[key] === value) return;
    state[key] = value;
    after();
  };

  const pick = createPicker(map, scene, state);
  const emit = (name, hit) => listeners[name].forEach((listener) => listener(hit));

  /* The pointer moves more often than a frame is drawn: it is looked up once in each frame. */
  let pointed = null;
  let frameId = 0;
  let lastHit = null;
  function lookUp() {
    frameId = 0;
    const hit = state.muted || !pointed ? null : pick(pointed);
    if (sameHit(hit, lastHit)) return;
    lastHit = hit;
    setHover(hit && !isCluster(hit) ? recordAt(hit.layer, hit.index) : null);
    emit("hover", hit);
  }
  function pointAt(latlng) {
    pointed = latlng;
    frameId ||= requestAnimationFrame(lookUp);
  }
  function setHover(at) {
    if (sameHit(state.hovered, at)) return;
    state.hovered = at;
    highlight.redraw();
  }

  const isCluster = (hit) => hit?.ids?.length > 1;

  /* Zooms to the members of a cluster, close enough to separate them. */
  function openCluster(hit) {
    const layer = scene.layer(hit.layer);
    const bounds = L.latLngBounds(hit.ids.map((i) => {
      const [lon, lat] = layer.data.centre(i);
      return [lat, lon];
    }));
    const zoom = Math.max(map.getBoundsZoom(bounds, false, L.point(80, 80)), map.getZoom() + 1);
    map.setView(bounds.getCenter(), Math.min(zoom, CLOSEST));
  }

  // A finger does not hover: what it touched last would stay outlined.
  if (matchMedia("(hover: hover)").matches) {
    map.on("mousemove", (event) => pointAt(event.latlng));
    map.on("mouseout movestart", () => pointAt(null));
  }
  map.on("click", (event) => {
    if (state.muted) return;
    const hit = pick(event.latlng);
    if (isCluster(hit) && map.getZoom() < CLOSEST) openCluster(hit);
    else emit("click", hit);
  });

  /* Another datum is another projection; the centre of the map stays where it is. */
  function setBase({ datum = "wgs84", kind = null } = {}) {
    const crs = Datum.crs(datum);
    scene.setDatum(datum === "gcj02" ? datum : "wgs84");
    state.baseKind = kind;
    labels = makeLabels();
    if (map.options.crs === crs) return restyle();
    const view = map._loaded && [map.getCenter(), map.getZoom()];
    map.options.crs = crs;
    if (view) map.setView(...view, { reset: true, animate: false });
  }

  function fit(layerName, i, how = {}) {
    const at = recordAt(layerName, i);
    if (at) fitBounds(at.layer.data.bounds(i), how);
  }

  /* The first view appears at once; later ones may be animated. */
  let hasView = false;
  function fitBounds(bounds, how) {
    const animate = hasView && (how.animate ?? true);
    hasView = true;
    map.fitBounds(rectOf(bounds), fitting({ maxZoom: CLOSEST, ...how, animate }));
  }

  function wholeExtent() {
    for (const name of ["zone_frame", "parks", "sites", "carriers"]) {
      const extent = scene.layer(name)?.data.extent;
      if (extent) return extent;
    }
    return null;
  }

  function fitAll(how = {}) {
    const extent = wholeExtent();
    if (extent) fitBounds(extent, how);
    else map.setView([0, 0], 2, { animate: false });
  }

  function drawTo(canvas, bounds, how = {}) {
    const dpr = how.scale ?? window.devicePixelRatio ?? 1;
    const [w, h] = [how.width ?? canvas.width / dpr, how.height ?? canvas.height / dpr];
    canvas.width = Math.round(w * dpr);
    canvas.height = Math.round(h * dpr);
    const lens = how.lens ?? state.lens;
    const v = { ...viewOf(edgesOf(bounds), w, h, dpr, scene), margin: { x: 0, y: 0 } };
    const ctx = canvas.getContext("2d");
    const steps = Paint.paint(ctx, v, { scene, palette, lens: scene.lens(lens), baseKind: null }, how.passes);
    while (!steps.next().done);
    const mark = how.mark === undefined ? state.selected : recordAt(how.mark?.layer, how.mark?.index);
    Highlight.draw(ctx, v, palette, { hovered: null, selected: mark });
    const discs = how.numbers ? Highlight.discs(labels.shaping, palette, state.numbers, v) : [];
    if (how.labels ?? true) {
      const { area } = areas(v, [0, 0, 0, 0]);
      const taken = [...(how.boxes ?? []), ...discs.map(({ box }) => box)];
      for (const label of makeLabels(lens, null).place(v, area, taken, flagOf(mark, v))) label.draw(ctx);
    }
    for (const disc of discs) disc.draw(ctx);
    if (how.frame) drawFrame(ctx, v, how.frame);
    return { zoom: v.zoom };
  }

  function drawFrame(ctx, v, [w, s, e, n]) {
    const [[x0, y0], [x1, y1]] = [scene.project(w, n), scene.project(e, s)];
    ctx.strokeStyle = palette.token("accent");
    ctx.lineWidth = 1.5;
    ctx.strokeRect(v.px(x0), v.py(y0), v.px(x1) - v.px(x0), v.py(y1) - v.py(y0));
  }

  const { keys } = Lenses.of(data);
  return {
    get lenses() { return keys.map(scene.lens); },
    lens: scene.lens,
    legend: (key, shown = null) => Lenses.legend(data, key, shown),
    setLens: (lens) => change("lens", lens, restyle),
    setTheme: (theme) => change("theme", theme, restyle),
    setLang: (lang) => change("lang", lang, () => { labels = makeLabels(); labelOverlay.redraw(); }),
    setFilter(layerName, shown) {
      const layer = scene.layer(layerName);
      if (!layer || layer.shown === shown) return;
      layer.shown = shown;
      tiles.repaint();
      labelOverlay.redraw();
    },
    select(layerName, i) {
      const at = recordAt(layerName, i);
      if (sameHit(state.selected, at)) return;
      state.selected = at;
      highlight.redraw();
      labelOverlay.redraw();
    },
    selectAlso(layerName, rows) {
      if (!rows.length && !state.also.length) return;
      state.also = rows.map((i) => recordAt(layerName, i)).filter(Boolean);
      highlight.redraw();
    },
    hover: (layerName, i) => setHover(recordAt(layerName, i)),
    setNumbers(list) {
      state.numbers = list.map(({ layer, index, n }) => ({ at: recordAt(layer, index), n })).filter(({ at }) => at);
      labelOverlay.redraw();
    },
    swatchKey(layerName, i) {
      const part = scene.lens(state.lens).part(layerName);
      return part ? part.styles[part.codes[i]].swatch : null;
    },
    relabel: () => labelOverlay.redraw(),
    fit, fitAll, drawTo, setBase,
    mute(muted) { state.muted = muted; pointAt(null); },
    swatch: (key, w, h) => createSwatch(key, w, h, palette),
    color: (key) => palette.fill(key).color,
    on(name, listener) {
      listeners[name].add(listener);
      return () => listeners[name].delete(listener);
    },
    setSafeArea(safe, boxes = []) {
      if (String([safe, boxes]) === String([state.safe, state.boxes])) return;
      Object.assign(state, { safe, boxes });
      labelOverlay.redraw();
    },
    buildIndexes: scene.buildIndexes,
    isIdle: () => tiles.isIdle() && highlight.isIdle() && labelOverlay.isIdle(),
  };
}
