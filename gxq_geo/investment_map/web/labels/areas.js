/* Names inside areas: of the free places in a body, the one that costs least. */

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./labels.js").Placement} Placement */

const GRID = 7; // places that are tried in each direction

export const isWithin = (box, area) =>
  box[0] >= area[0] && box[1] >= area[1] && box[2] <= area[2] && box[3] <= area[3];

/**
 * The corners of a box, and the middles of its upper and lower edge.
 * @param {number[]} box
 */
export const corners = ([x0, y0, x1, y1]) =>
  [[x0, y0], [x1, y0], [x0, y1], [x1, y1], [(x0 + x1) / 2, y0], [(x0 + x1) / 2, y1]];

/**
 * The middles of the cells of a grid over a box.
 * @param {number[]} box
 */
export function gridPoints([x0, y0, x1, y1], n) {
  const at = (k) => (k + 0.5) / n;
  return Array.from({ length: n * n }, (_, k) => [x0 + at(k % n) * (x1 - x0), y0 + at(Math.floor(k / n)) * (y1 - y0)]);
}

/* The rows of a label around the point of least cost at which they are free; null where there is none.
   costOf(box, point, least) may give Infinity once a cost is not below the least so far. */
export function cheapest(context, { collisions }, points, rows, costOf) {
  const shape = context.shaping.block(rows, 0, 0).boxes[0];
  let [found, least] = [null, Infinity];
  for (const [x, y] of points) {
    const box = [shape[0] + x, shape[1] + y, shape[2] + x, shape[3] + y];
    const cost = costOf(box, [x, y], least);
    if (cost < least && collisions.isFree([box])) {
      found = [x, y];
      least = cost;
    }
  }
  return found && context.shaping.block(rows, Math.round(found[0]), Math.round(found[1]));
}

/**
 * The names of the records of a layer, each near the middle of its body.
 * @param {Context} context
 * @param {Placement} placement
 * @param {string} name
 * @param {any} spec
 * @param {{ cost?: (box: number[]) => number, skip?: (layer: any, i: number) => any }} options  cost is added to the
 *   distance from the middle, in css px
 */
export function placeNames(context, placement, name, spec, { cost = () => 0, skip = () => false }) {
  const { v, area, collisions, labels } = placement;
  const layer = context.scene.layer(name);
  if (!layer || v.zoom < spec.from) return;
  for (const i of context.rows(layer, v)) {
    const text = context.nameOf(layer, i);
    if (!text || skip(layer, i)) continue;
    const middle = context.pointOf(layer, i, v);
    const points = [middle, ...gridPoints(context.boxOf(layer, i, v), GRID)];
    const label = cheapest(context, placement, points, [{ text, spec }], (box, [x, y]) => {
      if (!isWithin(box, area) || !context.contains(layer, i, v, x, y)) return Infinity;
      return Math.hypot(x - middle[0], y - middle[1]) + cost(box);
    });
    if (!label) continue;
    collisions.insert(label.boxes);
    labels.push(label);
  }
}

/* Rivers are named along their centre lines. */
export const isRiver = (layer, i) => layer.data.get(i, "kind") === "river";

/* The name of a subdistrict belongs between the parks: what it costs to lie over them. */
export function overParks(context, { v }) {
  const parks = context.scene.layer("parks");
  return (box) => {
    const beneath = corners(box).filter(([x, y]) => context.rows(parks, v).some((i) => context.contains(parks, i, v, x, y)));
    return beneath.length > 3 ? Infinity : beneath.length * 1000;
  };
}
