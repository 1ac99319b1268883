/* Symbols of stations and buildings with their names; buildings that lie close together are one count. */
import * as Polygons from "../geometry/polygons.js";
import * as Symbols from "../symbology/symbols.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./labels.js").Placement} Placement */

/* The places that are tried for a count, in steps of `symbols.nudge`. */
const NUDGES = [[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [-1, 1], [1, -1], [-1, -1],
  [0, 2], [0, -2], [2, 0], [-2, 0]];
const TOUCHING = 4; // css px between symbols that are one count at every zoom

/**
 * @param {Context} context
 * @param {Placement} placement
 */
export function placeStations(context, { v, collisions, labels }) {
  const { scene, specs, palette } = context;
  const layer = scene.layer("stations");
  if (!layer || v.zoom < specs.station.from) return;
  for (const i of context.rows(layer, v)) {
    const [x, y] = context.pointOf(layer, i, v);
    const box = Symbols.box(x, y, palette.style.symbols.size + 2);
    if (!collisions.tryInsert([box])) continue;
    const kind = layer.data.get(i, "kind");
    labels.push({
      boxes: [box],
      symbol: { box, layer: "stations", ids: [i], x, y },
      draw: (ctx) => Symbols.draw(ctx, palette, kind, x, y),
    });
  }
}

/**
 * The names of the symbols of a layer that stand alone. They are placed later than the symbols, since the name of a
 * park matters more.
 * @param {Context} context
 * @param {Placement} placement
 */
export function placeSymbolNames(context, placement, name, spec) {
  if (placement.v.zoom < spec.from) return;
  for (const { symbol } of placement.labels.filter((label) => label.symbol?.layer === name)) {
    if (symbol.ids.length > 1) continue;
    const text = context.nameOf(context.scene.layer(name), symbol.ids[0]);
    if (text) placeBeside(context, placement, text, spec, symbol);
  }
}

/* A name to the right of its symbol, else to the left, below, or above. */
function placeBeside({ palette, shaping }, { collisions, labels }, text, spec, { x, y }) {
  const gap = palette.style.symbols.size / 2 + 3;
  const w = shaping.rowWidth(text, spec);
  const places = [[x + gap, y], [x - gap - w, y], [x - w / 2, y + gap + 6], [x - w / 2, y - gap - 6]];
  for (const [left, middle] of places) {
    const label = shaping.block([{ text, spec }], left, middle, { align: "left", pad: 1 });
    if (collisions.tryInsert(label.boxes)) {
      labels.push(label);
      return;
    }
  }
}

/** @param {Context} context */
export function createCarriers(context) {
  const { scene, lens, specs, palette } = context;
  let last = { zoom: null, shown: null, clusters: [] };

  /* Clusters are made of all buildings that are shown, not of those in view: panning must not change them. */
  function clustersOf(layer, v) {
    if (last.zoom === v.zoom && last.shown === layer.shown) return last.clusters;
    const { cluster_px: reach, cluster_until: until } = palette.style.symbols;
    const points = [];
    for (let i = 0; i < layer.n; i++) {
      if (!layer.shapes.kinds[i] || !context.isShown(layer, i)) continue;
      const [x, y] = Polygons.point(layer.shapes, i);
      points.push({ i, x, y });
    }
    const clusters = Symbols.cluster(points, (v.zoom < until ? reach : TOUCHING) / v.scale);
    last = { zoom: v.zoom, shown: layer.shown, clusters };
    return clusters;
  }

  function symbolLabel(layer, ids, x, y, v) {
    const size = Symbols.sizeAt(palette.style.symbols, v.zoom);
    const w = ids.length > 1 ? Symbols.countWidth(ids.length) : size;
    const box = [x - w / 2 - 1, y - size / 2 - 2, x + w / 2 + 1, y + size / 2 + 2];
    const kind = layer.data.get(ids[0], "kind");
    const draw = ids.length > 1
      ? (ctx) => Symbols.drawCount(ctx, palette, ids.length, x, y)
      : (ctx) => Symbols.draw(ctx, palette, kind, x, y, size);
    return { boxes: [box], symbol: { box, layer: "carriers", ids, x, y }, draw };
  }

  /* Buildings and their counts, either at zooms that are close or at those that are not. Close by, a building stands
     where it is; else it is moved to a free place nearby. */
  function place({ v, collisions, labels }, isClose) {
    const layer = scene.layer("carriers");
    const { cluster_until: until, nudge } = palette.style.symbols;
    if (!layer || v.zoom < specs.carrier[`${lens.layer}_from`] || isClose !== v.zoom >= until) return;
    for (const cluster of clustersOf(layer, v)) {
      const [x, y] = [v.px(cluster.x), v.py(cluster.y)];
      if (x < 0 || y < 0 || x > v.w || y > v.h) continue;
      const places = isClose ? [[0, 0]] : NUDGES.map(([dx, dy]) => [dx * nudge, dy * nudge]);
      const free = places.map(([dx, dy]) => symbolLabel(layer, cluster.ids, x + dx, y + dy, v))
        .find((label) => isClose || collisions.isFree(label.boxes));
      if (!free) continue;
      collisions.insert(free.boxes);
      labels.push(free);
    }
  }

  return { place };
}
