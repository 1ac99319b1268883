/* The labels of sites: inside a parcel that is large enough, its id and the figure of the lens. */
import { corners } from "./areas.js";

const [LEAST_WIDTH, LEAST_HEIGHT] = [24, 18]; // css px of a parcel that is labelled

/**
 * @param {import("./context.js").Context} context
 * @param {import("./labels.js").Placement} placement
 */
export function placeSites(context, { v, collisions, labels }) {
  const { scene, lens, palette, shaping, boxOf, pointOf } = context;
  const layer = scene.layer("sites");
  const part = lens.part("sites");
  const spec = context.specs.site;
  if (!layer || !part || v.zoom < spec.from) return;
  for (const i of context.rows(layer, v)) {
    const [x0, y0, x1, y1] = boxOf(layer, i, v);
    if (y1 - y0 < LEAST_HEIGHT || x1 - x0 < LEAST_WIDTH) continue;
    const id = layer.data.id(i);
    if (!id) continue;
    const fill = palette.fill(part.styles[part.codes[i]].swatch);
    const colors = { color: fill.ink, haloColor: fill.color };
    const row = (text, k) => ({ text, spec: k ? { ...spec, weight: 400 } : spec, ...colors });
    const rows = textsOf(context, i, id).map(row);
    const inside = (box) => corners(box).every(([x, y]) => context.contains(layer, i, v, x, y));
    const label = [rows, rows.slice(0, 1)].map((some) => shaping.block(some, pointOf(layer, i, v)[0], pointOf(layer, i, v)[1], { pad: 1 }))
      .find(({ boxes }) => inside(boxes[0]));
    if (label && collisions.tryInsert(label.boxes)) labels.push(label);
  }
}

/* The rows of a label, the more important first: "AQ-001", "79.5 亩", or with another lens "20.8", "AQ-001". */
function textsOf({ lens, land, converted, withUnit }, i, id) {
  const { text, value, unit, above } = lens.figure(i) ?? {};
  if (text) return [text, id];
  if (value === null || value === undefined) return [id];
  if (above) return [converted(value, unit), id];
  return [id, unit === "mu" ? land(value) : withUnit(value, unit)];
}
