/* The outlines of what is hovered and selected, the flag of the selected record, and the numbers of the shortlist. */
import * as Polygons from "../geometry/polygons.js";
import * as World from "./world.js";

function outline(ctx, layer, i, v, color, halo, spec) {
  const path = new Path2D();
  if (layer.shapes.kinds[i] === 1) ring(path, layer, i, v);
  else World.trace(path, layer.shapes, i, v);
  ctx.lineJoin = "round";
  ctx.strokeStyle = halo;
  ctx.lineWidth = spec.width + spec.halo;
  ctx.stroke(path);
  ctx.strokeStyle = color;
  ctx.lineWidth = spec.width;
  ctx.stroke(path);
}

function ring(path, layer, i, v) {
  const [x, y] = Polygons.point(layer.shapes, i);
  path.arc(v.px(x), v.py(y), 13, 0, 7);
}

/* hovered, selected: { layer, index } of the scene, or null; also: records that belong to the selected one. */
export function draw(ctx, v, palette, { hovered, selected, also = [] }) {
  const { hover, select } = palette.style.edges;
  const isSelected = hovered && selected && hovered.layer === selected.layer && hovered.index === selected.index;
  if (hovered && !isSelected) outline(ctx, hovered.layer, hovered.index, v, palette.token("ink"), palette.token("halo"), hover);
  for (const { layer, index } of also) outline(ctx, layer, index, v, palette.token("accent"), palette.token("halo"), select);
  if (selected) outline(ctx, selected.layer, selected.index, v, palette.token("accent"), palette.token("halo"), select);
}

/* A label that points down to (x, y): a name in bold, and a figure. */
export function flag(shaping, palette, name, more, x, y) {
  const spec = palette.style.labels.flag;
  const small = { ...spec, size: 11, weight: 400 };
  const [nameWidth, moreWidth] = [shaping.width(name, spec), more ? shaping.width(more, small) + 10 : 0];
  const w = nameWidth + moreWidth + 20;
  const h = 26;
  const [left, top] = [Math.round(x - w / 2), Math.round(y - h - 9)];
  const words = (text, style, x0) => shaping.block([{ text, spec: style }], x0, top + h / 2, { align: "left" });
  const nameLabel = words(name, spec, left + 10);
  const moreLabel = more ? words(more, small, left + 20 + nameWidth) : null;
  const body = new Path2D();
  body.roundRect(left, top, w, h, 4);
  body.moveTo(x - 6, top + h);
  body.lineTo(x, y - 2);
  body.lineTo(x + 6, top + h);
  return { boxes: [[left - 2, top - 2, left + w + 2, y]], draw: (c) => {
    c.lineJoin = "round";
    c.strokeStyle = palette.token("halo");
    c.lineWidth = 3;
    c.stroke(body);
    c.fillStyle = palette.token("accent");
    c.fill(body);
    nameLabel.draw(c);
    moreLabel?.draw(c);
  } };
}

/* Numbered discs at the upper right corner of areas, or above points. numbers: [{ at: { layer, index }, n }] */
export function discs(shaping, palette, numbers, v) {
  const spec = { ...palette.style.labels.flag, size: 11, ink: "panel" };
  return numbers.map(({ at: { layer, index }, n }) => {
    const [, top, right] = layer.shapes.boxes.subarray(4 * index, 4 * index + 4);
    const lift = layer.shapes.kinds[index] === 1 ? 9 : 0;
    const [x, y] = [v.px(right) + lift, v.py(top) - lift];
    const figure = shaping.block([{ text: String(n), spec }], x, y, { align: "center" });
    return { box: [x - 9, y - 9, x + 9, y + 9], draw: (ctx) => {
      ctx.beginPath();
      ctx.arc(x, y, 9.5, 0, 7);
      ctx.fillStyle = palette.token("halo");
      ctx.fill();
      ctx.beginPath();
      ctx.arc(x, y, 8, 0, 7);
      ctx.fillStyle = palette.token("ink");
      ctx.fill();
      figure.draw(ctx);
    } };
  });
}
