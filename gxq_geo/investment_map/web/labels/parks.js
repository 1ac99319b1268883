/* Park names: along a long body, else in rows at the calmest place inside it. */
import * as World from "../engine/world.js";
import { cheapest, corners, gridPoints, isWithin } from "./areas.js";
import { meets } from "./collisions.js";
import { CELL, createDensity } from "./density.js";
import * as Spine from "./spine.js";

const GRID = 13; // places that are tried in each direction
const WIDEST = 130; // css px of a row of a Latin name

/* Sites and lines beneath the labels. */
function densityBeneath(context, v) {
  const { scene, lens, rows } = context;
  const density = createDensity(v.w, v.h);
  const sites = lens.part("sites") ? scene.layer("sites") : null;
  sites?.tree.cover(v.box(0), CELL / v.scale, (x0, y0, x1, y1) =>
    density.addBox(v.px(x0), v.py(y0), v.px(x1), v.py(y1), 1));
  for (const [name, weight] of [["roads", 0.3], ["railways", 0.5], ["rivers", 0.4]]) {
    const layer = scene.layer(name);
    for (const i of rows(layer, v)) {
      World.segments(layer.shapes, i, v, (x0, y0, x1, y1) => density.addSegment(x0, y0, x1, y1, weight));
    }
  }
  return density;
}

/**
 * @param {import("./context.js").Context} context
 * @param {import("./labels.js").Placement} placement
 */
export function placeParks(context, placement) {
  const { v, collisions, labels } = placement;
  const { specs, boxOf, nameOf, rows } = context;
  const layer = context.scene.layer("parks");
  if (!layer || v.zoom < specs.park.from) return;
  const density = densityBeneath(context, v);
  const size = (i) => {
    const [x0, y0, x1, y1] = boxOf(layer, i, v);
    return (x1 - x0) * (y1 - y0);
  };
  for (const i of rows(layer, v).sort((a, b) => size(b) - size(a))) {
    const name = nameOf(layer, i);
    if (!name) continue;
    const figure = v.zoom >= specs.figure.from ? figureRow(context, layer, i) : null;
    const label = alongBody(context, placement, layer, i, name, figure) ??
      insideBody(context, placement, layer, i, name, figure, density);
    if (!label) continue;
    collisions.insert(label.boxes);
    labels.push(label);
  }
}

/* The second row: what is available in the park, or its area. */
function figureRow({ lens, figures, specs, withUnit }, layer, i) {
  if (lens.layer === "sites") {
    const text = figures?.park(layer.data.id(i));
    return text ? { text, spec: specs.figure } : null;
  }
  const area = layer.data.get(i, "area_km2");
  return area === null ? null : { text: withUnit(area, "km2"), spec: specs.area };
}

function alongBody({ specs, shaping }, { v, area, collisions }, layer, i, name, figure) {
  if (v.zoom < specs.park_along.from) return null;
  const points = Spine.of(layer.shapes, i, v);
  if (!points) return null;
  const glyphs = shaping.glyphs(name, specs.park_along);
  if (figure) glyphs.push({ ch: " ", spec: figure.spec, w: 6 }, ...shaping.glyphs(figure.text, figure.spec));
  const inArea = points.filter(([x, y]) => meets([x, y, x + 1, y + 1], area));
  if (inArea.length < 3) return null;
  return shaping.along(inArea, glyphs).sort((a, b) => a.offset + a.bend - b.offset - b.bend)
    .find((label) => collisions.isFree(label.boxes)) ?? null;
}

/* With the figure if it fits, else without, else the name in two rows. */
function insideBody(context, placement, layer, i, name, figure, density) {
  const { shaping, specs } = context;
  const rowsOf = (texts) => texts.map((text) => ({ text, spec: specs.park }));
  const rows = rowsOf(shaping.wrap(name, specs.park, WIDEST));
  const broken = rowsOf(shaping.breakCjk(name));
  for (const tried of [figure && [...rows, figure], rows, broken.length > 1 && broken]) {
    const label = tried && calmest(context, placement, layer, i, tried, density);
    if (label) return label;
  }
  return null;
}

/* The place with the least beneath it, near the middle, and with all corners inside if that can be. */
function calmest(context, placement, layer, i, rows, density) {
  const { v, area } = placement;
  const [x0, y0, x1, y1] = context.boxOf(layer, i, v);
  const inArea = [Math.max(x0, area[0]), Math.max(y0, area[1]), Math.min(x1, area[2]), Math.min(y1, area[3])];
  if (inArea[0] >= inArea[2] || inArea[1] >= inArea[3]) return null;
  const middle = context.pointOf(layer, i, v);
  /** @param {number[]} point */
  const inside = ([x, y]) => context.contains(layer, i, v, x, y);
  return cheapest(context, placement, [middle, ...gridPoints(inArea, GRID)], rows, (box, point, least) => {
    const distance = Math.hypot(point[0] - middle[0], point[1] - middle[1]) / Math.hypot(x1 - x0, y1 - y0);
    const cost = 3 * density.mean(box) + 0.8 * distance;
    if (cost >= least || !isWithin(box, area) || !inside(point)) return Infinity;
    return cost + 0.5 * corners(box).filter((corner) => !inside(corner)).length;
  });
}
