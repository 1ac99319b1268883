/* Small images for legends and lists, drawn as the map draws the same things. */
import { el } from "../base/dom.js";
import * as Symbols from "./symbols.js";

/* All are drawn on one canvas, which is read and therefore not kept by the graphics card. */
let context = null;

/** @returns {CanvasRenderingContext2D} */
function emptied(w, h, dpr) {
  context ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  [context.canvas.width, context.canvas.height] = [Math.round(w * dpr), Math.round(h * dpr)];
  context.scale(dpr, dpr);
  context.lineJoin = context.lineCap = "round";
  return context;
}

function line(ctx, w, h, color, width, dash = []) {
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(1, h / 2);
  ctx.lineTo(w - 1, h / 2);
  ctx.stroke();
}

function body(ctx, w, h, palette, key) {
  const fill = palette.fill(key);
  const inset = fill.edge ? 0.5 : 0;
  const box = new Path2D();
  box.roundRect(inset, inset, w - 2 * inset, h - 2 * inset, Math.min(2, h / 4));
  const v = { left: 0, top: 0, dpr: window.devicePixelRatio || 1 };
  if (fill.alpha) {
    ctx.fillStyle = palette.token("parkfill");
    ctx.fill(box);
    ctx.globalAlpha = fill.alpha;
  }
  ctx.fillStyle = Math.min(w, h) < 9 ? fill.tint : palette.paint(ctx, key, v);
  ctx.fill(box);
  ctx.globalAlpha = 1;
  if (!fill.edge) return;
  ctx.strokeStyle = fill.edge;
  ctx.lineWidth = 0.9;
  ctx.stroke(box);
}

function park(ctx, w, h, palette) {
  const box = new Path2D();
  box.roundRect(0.75, 0.75, w - 1.5, h - 1.5, Math.min(2, h / 4));
  ctx.fillStyle = palette.token("parkfill");
  ctx.fill(box);
  ctx.strokeStyle = palette.token("park");
  ctx.lineWidth = 1.5;
  ctx.stroke(box);
}

function road(ctx, w, h, palette, name) {
  const spec = palette.style.roads[name] ?? palette.style.roads.arterial;
  line(ctx, w, h, palette.token(spec.casing), 4.4);
  line(ctx, w, h, palette.token(spec.fill), 3);
}

function symbol(ctx, w, h, palette, kind) {
  const size = palette.style.symbols.size;
  const scale = Math.min(w, h) / size;
  ctx.translate(w / 2, h / 2);
  ctx.scale(scale, scale);
  Symbols.draw(ctx, palette, kind, 0, 0);
}

function draw(ctx, w, h, palette, key) {
  const [family, name] = key.split(":");
  const { edges, railways } = palette.style;
  if (family === "carrier" || family === "station") symbol(ctx, w, h, palette, name);
  else if (family === "park") park(ctx, w, h, palette);
  else if (family === "road") road(ctx, w, h, palette, name);
  else if (family === "frame") line(ctx, w, h, palette.token("frame"), edges.frame.width, edges.frame.dash);
  else if (family === "subdistrict") line(ctx, w, h, palette.token("sub"), edges.subdistrict.width, edges.subdistrict.dash);
  else if (family === "rail") line(ctx, w, h, palette.token("rail"), 1.4, (railways[name] ?? railways.conventional).dash);
  else body(ctx, w, h, palette, key);
}

/* Each is drawn once for a theme. An image, not a canvas: a browser composes every canvas anew in each frame. */
const drawn = new WeakMap(); // palette -> Map of its images
function imageOf(key, w, h, palette) {
  if (!drawn.has(palette)) drawn.set(palette, new Map());
  const dpr = window.devicePixelRatio || 1;
  const [images, name] = [drawn.get(palette), [key, w, h, dpr].join(" ")];
  if (!images.has(name)) {
    const ctx = emptied(w, h, dpr);
    draw(ctx, w, h, palette, key);
    images.set(name, `url(${ctx.canvas.toDataURL()})`);
  }
  return images.get(name);
}

export function createSwatch(key, w, h, palette) {
  return el("i", { class: "swatch", "aria-hidden": "true", css: {
    width: `${w}px`, height: `${h}px`, "background-image": imageOf(key, w, h, palette),
  } });
}
