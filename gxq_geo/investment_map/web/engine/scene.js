/* The layers as the engine draws them: projected shapes, a spatial index, and the style key of each road and railway.
   The styles of sites and blocks are the lens's (data/lenses.js). */
import * as Lenses from "../data/lenses.js";
import { sectorTokens } from "../data/sectors.js";
import { createIndex } from "../geometry/rtree.js";
import * as World from "./world.js";

const KEYS = {
  roads: (layer) => (i) => layer.get(i, "road_class") ?? "street",
  railways: (layer) => (i) => layer.get(i, "kind") ?? "conventional",
};

/* The key of each record as a code, and the keys by code. */
function classify(n, keyOf) {
  const keys = [];
  const known = new Map();
  const codes = new Uint16Array(n);
  for (let i = 0; i < n; i++) {
    const key = keyOf(i);
    if (!known.has(key)) { known.set(key, keys.length); keys.push(key); }
    codes[i] = known.get(key);
  }
  return { codes, keys };
}

/* The edges of subdistricts, each once, without those of the zone's frame: a dashed line that is drawn twice has no
   gaps. */
function innerEdges(shapes, frame) {
  const seen = new Set();
  if (frame) eachEdge(frame, (key) => seen.add(key));
  const lines = [];
  eachEdge(shapes, (key, a, b, joined) => {
    if (seen.has(key)) return;
    seen.add(key);
    const last = lines[lines.length - 1];
    if (joined && last && last[last.length - 1] === a) last.push(b);
    else lines.push([a, b]);
  });
  return lines;
}

function eachEdge(shapes, visit) {
  const { x, y, vertex } = shapes;
  const name = (k) => `${x[k]},${y[k]}`;
  for (let r = 0; r + 1 < vertex.length; r++) {
    const [from, to] = [vertex[r], vertex[r + 1]];
    for (let k = from; k < to; k++) {
      const next = k + 1 < to ? k + 1 : from;
      const [a, b] = [name(k), name(next)];
      visit(a < b ? `${a} ${b}` : `${b} ${a}`, k, next, k > from);
    }
  }
}

export function createScene(data) {
  const drawn = data.layerNames.map((name) => data.layer(name)).filter((layer) => layer.shapes);
  const origin = World.originOf(drawn.map((layer) => layer.extent));
  const layers = new Map();
  for (const layer of drawn) {
    const shapes = World.projectShapes(layer.shapes, origin);
    const styled = KEYS[layer.name] && classify(layer.n, KEYS[layer.name](layer));
    layers.set(layer.name, {
      name: layer.name, data: layer, n: layer.n, shapes, shown: null, ...styled,
      tree: createIndex(shapes.boxes),
    });
  }
  const [frame, subdistricts] = [layers.get("zone_frame"), layers.get("subdistricts")];
  if (subdistricts) subdistricts.edges = innerEdges(subdistricts.shapes, frame?.shapes);
  const lenses = Lenses.of(data);
  let datum = "wgs84";
  let isIndexed = false;

  /* Projects all layers for a base map of another datum. The origin stays. */
  function setDatum(wanted) {
    if (wanted === datum) return;
    datum = wanted;
    for (const layer of layers.values()) {
      const { shapes } = layer.data;
      layer.shapes = datum === "wgs84" ? shapes : World.shiftShapes(shapes, origin, datum);
      layer.tree = createIndex(layer.shapes.boxes);
    }
    if (isIndexed) buildIndexes();
  }

  function buildIndexes() {
    isIndexed = true;
    for (const layer of layers.values()) layer.tree.build();
  }

  /* World x and y of a position, from the origin. */
  function project(lon, lat) {
    const [x, y] = World.project(lon, lat, datum);
    return [x - origin[0], y - origin[1]];
  }

  return { origin, setDatum, buildIndexes, project, layer: (name) => layers.get(name) ?? null, lens: lenses.get, sectorTokens: sectorTokens(data) };
}
