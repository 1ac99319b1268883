/* Draws the map without labels: a list of passes from the ground up. Each pass is a generator that yields after a
   piece of work, so that drawing can stop at the end of a frame and continue in the next one. */
import * as World from "./world.js";

const CHUNK = 400; // records in one path
const PIXEL = 1.5; // css px below which a parcel is drawn as one pixel

/* A width that is given at some zooms: exponential in between, constant beyond them. */
function widthAt(stops, zoom) {
  let [z0, w0] = stops[0];
  if (zoom <= z0) return w0;
  for (const [z1, w1] of stops.slice(1)) {
    if (zoom <= z1) return w0 * (w1 / w0) ** ((zoom - z0) / (z1 - z0));
    [z0, w0] = [z1, w1];
  }
  return w0;
}

const rows = (layer, v, margin = 20) => (layer ? layer.tree.search(v.box(margin)) : []);

function pathOf(layer, ids, v) {
  const path = new Path2D();
  for (const i of ids) World.trace(path, layer.shapes, i, v);
  return path;
}

const isShown = (layer, i) => !layer.shown || layer.shown[i] === 1;

function fillAll(ctx, v, layer, color) {
  const ids = rows(layer, v);
  if (!ids.length) return null;
  const path = pathOf(layer, ids, v);
  ctx.fillStyle = color;
  ctx.fill(path, "evenodd");
  return path;
}

function stroke(ctx, path, color, width, dash = []) {
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.stroke(path);
  ctx.setLineDash([]);
}

function* ground(ctx, v, { scene, palette, baseKind }) {
  const frame = scene.layer("zone_frame");
  if (baseKind) {
    veil(ctx, v, frame, palette);
    return;
  }
  ctx.fillStyle = palette.token(frame ? "outside" : "ground");
  ctx.fillRect(-1, -1, v.w + 2, v.h + 2);
  fillAll(ctx, v, frame, palette.token("ground"));
  yield;
}

/* On a base map only the land outside the zone is covered, by a translucent veil. */
function veil(ctx, v, frame, palette) {
  if (!frame) return;
  const path = pathOf(frame, rows(frame, v), v);
  path.rect(-1, -1, v.w + 2, v.h + 2);
  ctx.globalAlpha = palette.style.over_base.veil;
  ctx.fillStyle = palette.token("outside");
  ctx.fill(path, "evenodd");
  ctx.globalAlpha = 1;
}

function* green(ctx, v, { scene, palette }) {
  fillAll(ctx, v, scene.layer("green"), palette.token("green"));
  yield;
}

function* bodies(ctx, v, { scene, palette, baseKind }) {
  ctx.globalAlpha = baseKind ? palette.style.over_base.body : 1;
  fillAll(ctx, v, scene.layer("parks"), palette.token("parkfill"));
  ctx.globalAlpha = 1;
  yield;
}

/* Records in chunks of one style key each: one path a chunk. */
function* chunks(ids, keyOf) {
  const groups = new Map();
  for (const i of ids) {
    const key = keyOf(i);
    if (key === null) continue;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(i);
  }
  for (const [key, group] of groups) {
    for (let at = 0; at < group.length; at += CHUNK) yield [key, group.slice(at, at + CHUNK)];
  }
}

function* zoning(ctx, v, { scene, palette, lens, baseKind }) {
  const layer = scene.layer("zoning");
  const own = lens.part("zoning");
  const { codes, styles } = own ?? scene.lens("zoning").part("zoning");
  const keyOf = (i) => {
    const { swatch } = styles[codes[i]];
    return own || (swatch === "zoning:green" && !baseKind) ? swatch : null;
  };
  for (const [key, ids] of chunks(rows(layer, v), keyOf)) {
    const path = pathOf(layer, ids.filter((i) => isShown(layer, i)), v);
    ctx.globalAlpha = (palette.fill(key).alpha ?? 1) * (baseKind ? palette.style.over_base.zoning : 1);
    ctx.fillStyle = palette.paint(ctx, key, v);
    ctx.fill(path, "evenodd");
    ctx.globalAlpha = 1;
    yield;
  }
}

function* water(ctx, v, { scene, palette }) {
  const rivers = scene.layer("rivers");
  const metre = v.scale * World.unitsPerMetre(scene.origin);
  for (const i of rows(rivers, v, 100)) {
    const width = Math.max(1.2, 0.9 * (rivers.data.get(i, "width_m") ?? 0) * metre);
    stroke(ctx, pathOf(rivers, [i], v), palette.token("water"), width);
  }
  const path = fillAll(ctx, v, scene.layer("water"), palette.token("water"));
  if (path) stroke(ctx, path, palette.token("shore"), palette.style.edges.shore.width);
  yield;
}

function* streets(ctx, v, { scene, palette }) {
  const layer = scene.layer("zoning");
  const width = widthAt(palette.style.streets.width, v.zoom);
  for (const [, ids] of chunks(rows(layer, v), () => "")) {
    stroke(ctx, pathOf(layer, ids, v), palette.token("street"), width);
    yield;
  }
}

/* All casings before all fills, the small roads first, so that crossings stay open. */
function* roads(ctx, v, { scene, palette }, names) {
  const layer = scene.layer("roads");
  const found = rows(layer, v, 40);
  const drawn = names.flatMap((name) => {
    const spec = palette.style.roads[name];
    if (!spec || v.zoom < spec.from) return [];
    const path = pathOf(layer, found.filter((i) => layer.keys[layer.codes[i]] === name), v);
    return [{ path, spec, width: widthAt(spec.width, v.zoom) }];
  });
  for (const { path, spec, width } of drawn) {
    const hair = Math.min(1.6, 0.6 + width / 6);
    stroke(ctx, path, palette.token(spec.casing), width + hair);
  }
  for (const { path, spec, width } of drawn) stroke(ctx, path, palette.token(spec.fill), width);
  yield;
}

function* smallRoads(ctx, v, state) {
  if (!state.scene.layer("roads")) return;
  const known = Object.keys(state.palette.style.roads);
  yield* roads(ctx, v, state, known.filter((name) => name !== "expressway").reverse());
  yield* roads(ctx, v, state, ["expressway"]);
}

function* railways(ctx, v, { scene, palette }) {
  const layer = scene.layer("railways");
  ctx.lineCap = "butt";
  for (const [key, ids] of chunks(rows(layer, v), (i) => layer.keys[layer.codes[i]])) {
    const spec = palette.style.railways[key] ?? palette.style.railways.conventional;
    if (v.zoom < spec.from) continue;
    const path = pathOf(layer, ids, v);
    stroke(ctx, path, palette.token("halo"), spec.width + 1.4);
    stroke(ctx, path, palette.token("rail"), spec.width, spec.dash);
  }
  ctx.lineCap = "round";
  yield;
}

function* subdistricts(ctx, v, { scene, palette }) {
  const layer = scene.layer("subdistricts");
  const { width, dash } = palette.style.edges.subdistrict;
  const path = new Path2D();
  for (const line of layer.edges) {
    line.forEach((k, at) => {
      const [x, y] = [v.px(layer.shapes.x[k]), v.py(layer.shapes.y[k])];
      if (at) path.lineTo(x, y); else path.moveTo(x, y);
    });
  }
  stroke(ctx, path, palette.token("sub"), width, dash);
  yield;
}

/* Bands along the inside of an outline: wide strokes, clipped to the area. */
function glow(ctx, path, color, bands) {
  ctx.save();
  ctx.clip(path, "evenodd");
  for (const [width, opacity] of bands) {
    ctx.globalAlpha = opacity;
    stroke(ctx, path, color, width);
  }
  ctx.restore();
}

function* frame(ctx, v, { scene, palette }) {
  const layer = scene.layer("zone_frame");
  const { width, dash, band, opacity } = palette.style.edges.frame;
  for (const i of rows(layer, v)) {
    const path = pathOf(layer, [i], v);
    glow(ctx, path, palette.token("frame"), [[band, opacity]]);
    stroke(ctx, path, palette.token("frame"), width, dash);
  }
  yield;
}

function* parks(ctx, v, { scene, palette, baseKind }) {
  const layer = scene.layer("parks");
  const spec = palette.style.edges.park;
  for (const i of rows(layer, v)) {
    const path = pathOf(layer, [i], v);
    if (!isShown(layer, i)) {
      stroke(ctx, path, palette.token("sub"), 1);
      continue;
    }
    glow(ctx, path, palette.token("glow"), spec.glow);
    if (baseKind) stroke(ctx, path, palette.token("halo"), spec.width + palette.style.over_base.casing);
    stroke(ctx, path, palette.token("park"), spec.width);
    yield;
  }
}

/* How a parcel of this size is drawn: "pixel" where it is no larger than one, "tint" where a pattern would only be
   noise, else "full". */
function sizeClass(layer, i, v, tintBelow) {
  const b = layer.shapes.boxes;
  const w = (b[4 * i + 2] - b[4 * i]) * v.scale;
  const h = (b[4 * i + 3] - b[4 * i + 1]) * v.scale;
  if (w < PIXEL && h < PIXEL) return "pixel";
  return Math.min(w, h) < tintBelow ? "tint" : "full";
}

function pixels(ctx, layer, ids, v) {
  const b = layer.shapes.boxes;
  for (const i of ids) ctx.fillRect(v.px(b[4 * i]), v.py(b[4 * i + 1]), 1, 1);
}

function drawSites(ctx, v, { palette, baseKind }, layer, key, ids) {
  const [size, name] = [key.slice(0, key.indexOf("|")), key.slice(key.indexOf("|") + 1)];
  const fill = palette.fill(name);
  if (size === "off") {
    stroke(ctx, pathOf(layer, ids, v), palette.token("line"), 0.8);
    return;
  }
  const path = size === "pixel" ? null : pathOf(layer, ids, v);
  if (baseKind && path && v.zoom > 11) stroke(ctx, path, palette.token("halo"), palette.style.over_base.casing);
  ctx.fillStyle = size === "full" ? palette.paint(ctx, name, v) : fill.tint;
  ctx.globalAlpha = fill.alpha ?? 1;
  if (path) ctx.fill(path, "evenodd");
  else pixels(ctx, layer, ids, v);
  ctx.globalAlpha = 1;
  if (!path) return;
  if (v.zoom > 11 && fill.edge) stroke(ctx, path, fill.edge, palette.style.edges.site.width);
}

function* sites(ctx, v, { scene, palette, lens, baseKind }) {
  const layer = scene.layer("sites");
  const part = lens.part("sites");
  if (!part) return;
  const { codes, styles } = part;
  const tintBelow = palette.style.patterns.tint_below_px;
  const keys = Object.fromEntries(["pixel", "tint", "full"].map((size) => [size, styles.map(({ swatch }) => `${size}|${swatch}`)]));
  const keyOf = (i) => {
    const size = sizeClass(layer, i, v, tintBelow);
    if (isShown(layer, i)) return keys[size][codes[i]];
    return size === "pixel" ? null : "off|";
  };
  for (const [key, ids] of chunks(rows(layer, v, 4), keyOf)) {
    drawSites(ctx, v, { palette, baseKind }, layer, key, ids);
    yield;
  }
}

/* The footprints of buildings; those that are points are symbols, which the labels draw. */
function* carriers(ctx, v, { scene, palette }) {
  const layer = scene.layer("carriers");
  const ids = [...rows(layer, v)].filter((i) => layer.shapes.kinds[i] === 3 && isShown(layer, i));
  if (ids.length && v.zoom >= 13) {
    const path = pathOf(layer, ids, v);
    ctx.fillStyle = palette.token("panel");
    ctx.fill(path, "evenodd");
    stroke(ctx, path, palette.token("ink2"), 1);
  }
  yield;
}

const PASSES = { ground, green, bodies, zoning, water, streets, roads: smallRoads, railways,
  subdistricts, frame, parks, sites, carriers };
const NEEDS = { bodies: "parks", streets: "zoning", frame: "zone_frame" };
const ALWAYS = new Set(["ground", "water"]);
// What a base map shows by itself.
const ON_BASEMAP = new Set(["green", "water", "streets", "roads", "railways"]);

/* Draws all passes, or those named in `only`. state: { scene, palette, lens, baseKind }; baseKind: that of the base map
   beneath, or null. */
export function* paint(ctx, v, state, only = Object.keys(PASSES)) {
  ctx.setTransform(v.dpr, 0, 0, v.dpr, 0, 0);
  ctx.lineJoin = ctx.lineCap = "round";
  for (const name of only) {
    if (state.over && ON_BASEMAP.has(name)) continue;
    if (!ALWAYS.has(name) && !state.scene.layer(NEEDS[name] ?? name)) continue;
    yield* PASSES[name](ctx, v, state);
  }
}
