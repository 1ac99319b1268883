/* Labels on lines: names along rivers, roads and railways, and the numbers of roads. */
import * as World from "../engine/world.js";
import { isWithin } from "./areas.js";

/** @typedef {import("./context.js").Context} Context */
/** @typedef {import("./labels.js").Placement} Placement */

const REPEAT = 420; // css px within which the same text does not stand twice
const SHIELD_HEIGHT = 16;

/* Which texts have been placed, and where. */
function createRepetitions() {
  const placed = [];
  const isNear = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) < REPEAT;
  return {
    has: (text, box) => placed.some((other) => other.text === text && isNear(other.box, box)),
    add: (text, box) => placed.push({ text, box }),
  };
}

/**
 * One name along each stretch of a line in view.
 * @param {Context} context
 * @param {Placement} placement
 * @param {string} name
 * @param {any} spec
 * @param {(layer: any, i: number) => any} skip
 */
export function placeLineNames(context, { v, area, collisions, labels }, name, spec, skip = () => false) {
  const { scene, shaping } = context;
  const layer = scene.layer(name);
  if (!layer || v.zoom < spec.from) return;
  const repetitions = createRepetitions();
  for (const i of context.rows(layer, v)) {
    const text = context.nameOf(layer, i);
    if (!text || skip(layer, i)) continue;
    for (const points of World.stretches(layer.shapes, i, v, area)) {
      const label = shaping.along(points, shaping.glyphs(text, spec))
        .sort((a, b) => a.bend + a.offset / 2 - b.bend - b.offset / 2)
        .find(({ boxes }) => boxes.every((box) => isWithin(box, area)) && collisions.isFree(boxes) &&
          !repetitions.has(text, boxes[0]));
      if (!label) continue;
      collisions.insert(label.boxes);
      repetitions.add(text, label.boxes[0]);
      labels.push(label);
    }
  }
}

/**
 * The numbers of roads, in shields; solid ones on expressways.
 * @param {Context} context
 * @param {Placement} placement
 */
export function placeShields(context, { v, area, collisions, labels }) {
  const { scene, specs } = context;
  const layer = scene.layer("roads");
  if (!layer || v.zoom < specs.shield.from) return;
  const repetitions = createRepetitions();
  for (const i of context.rows(layer, v)) {
    const text = layer.data.get(i, "road_no");
    if (!text) continue;
    const solid = layer.data.get(i, "road_class") === "expressway";
    for (const points of World.stretches(layer.shapes, i, v, area)) {
      const places = points.length > 2 ? points.slice(1, -1) : pointsBetween(points[0], points[1]);
      for (const [x, y] of fromMiddle(places)) {
        const label = shield(context, text, solid, Math.round(x), Math.round(y));
        const box = label.boxes[0];
        if (!isWithin(box, area) || repetitions.has(text, box) || !collisions.tryInsert(label.boxes)) continue;
        repetitions.add(text, box);
        labels.push(label);
      }
    }
  }
}

const pointsBetween = (a, b) => [0.5, 0.3, 0.7].map((t) => [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]);

/* The points in the order of their distance from the middle of the list. */
function fromMiddle(points) {
  const half = (points.length - 1) / 2;
  const ranked = points.map((point, k) => ({ point, distance: Math.abs(k - half) }));
  return ranked.sort((a, b) => a.distance - b.distance).map(({ point }) => point);
}

function shield({ palette, shaping, specs }, text, solid, x, y) {
  const spec = specs.shield;
  const w = shaping.width(text, spec) + 10;
  const h = SHIELD_HEIGHT;
  const [left, top] = [x - w / 2, y - h / 2];
  const [fill, edge] = [palette.token(solid ? "shield" : "panel"), palette.token(solid ? "panel" : "shield")];
  const number = shaping.block([{ text, spec, color: edge }], x, y);
  return {
    boxes: [[left - 2, top - 2, left + w + 2, top + h + 2]],
    draw(ctx) {
      ctx.beginPath();
      ctx.roundRect(left, top, w, h, 3);
      ctx.fillStyle = fill;
      ctx.fill();
      ctx.strokeStyle = edge;
      ctx.lineWidth = 1;
      ctx.stroke();
      number.draw(ctx);
    },
  };
}
