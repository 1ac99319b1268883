/* World coordinates and views of them. The unit is Leaflet's pixel at zoom 0 (the world is 256 wide, y points down),
   measured from an origin near the data, so that 32-bit floats are exact to a hundredth of a pixel at zoom 20.
   A view is a window: px = x * scale - left, py = y * scale - top, in css px. */
import * as Datum from "../geometry/datum.js";

const RADIAN = Math.PI / 180;
const MAX_LATITUDE = 85.0511287798;
const NEAR = 0.75; // css px between vertices that are drawn

const shift = new Float64Array(2);

const projectX = (lon) => (256 * (lon + 180)) / 360;

function projectY(lat) {
  const bounded = Math.max(Math.min(lat, MAX_LATITUDE), -MAX_LATITUDE);
  const sin = Math.sin(bounded * RADIAN);
  return 128 - (64 / Math.PI) * Math.log((1 + sin) / (1 - sin));
}

function unproject(x, y) {
  const lat = Math.atan(Math.sinh((Math.PI * (128 - y)) / 128)) / RADIAN;
  return [(x * 360) / 256 - 180, lat];
}

/* World x and y of a position on a map of a datum. */
export function project(lon, lat, datum = "wgs84") {
  if (datum !== "gcj02") return [projectX(lon), projectY(lat)];
  Datum.shift(lon, lat, shift);
  return [projectX(lon + shift[0]), projectY(lat + shift[1])];
}

/* World units in one metre at the origin: the Mercator scale grows with the latitude. */
export function unitsPerMetre(origin) {
  const [, lat] = unproject(origin[0], origin[1]);
  return 256 / (40075016.686 * Math.cos(lat * RADIAN));
}

export function originOf(extents) {
  const all = extents.filter(Boolean);
  if (!all.length) return [128, 128];
  const lon = (Math.min(...all.map((e) => e[0])) + Math.max(...all.map((e) => e[2]))) / 2;
  const lat = (Math.min(...all.map((e) => e[1])) + Math.max(...all.map((e) => e[3]))) / 2;
  return project(lon, lat);
}

/* Projects the x and y of a layer's shapes in place: there may be millions of them. Longitude and latitude can be
   computed from them again to a few millimetres. */
export function projectShapes(shapes, origin) {
  const [x, y] = [shapes.x, shapes.y].map(({ buffer, length }) => new Float32Array(buffer, 0, length));
  const [dx, dy] = shapes.degrees(1, 1);
  for (let k = 0; k < x.length; k++) x[k] = projectX(shapes.x[k] * dx) - origin[0];
  for (let k = 0; k < y.length; k++) y[k] = projectY(shapes.y[k] * dy) - origin[1];
  const degrees = (px, py) => unproject(px + origin[0], py + origin[1]);
  const at = (lon, lat) => [projectX(lon) - origin[0], projectY(lat) - origin[1]];
  return withBoxes(Object.assign(shapes, { x, y, degrees, at }));
}

/* A copy of the shapes where a map of another datum shows them. */
export function shiftShapes(shapes, origin, datum) {
  const [x, y] = [new Float32Array(shapes.x.length), new Float32Array(shapes.y.length)];
  for (let k = 0; k < x.length; k++) {
    const [lon, lat] = shapes.degrees(shapes.x[k], shapes.y[k]);
    const [px, py] = project(lon, lat, datum);
    x[k] = px - origin[0];
    y[k] = py - origin[1];
  }
  return withBoxes({ ...shapes, x, y });
}

const withBoxes = (shapes) => Object.assign(shapes, { boxes: boxes(shapes) });

function boxes(shapes) {
  const { x, y, part, ring, vertex, kinds } = shapes;
  const out = new Float32Array(4 * kinds.length);
  for (let i = 0; i < kinds.length; i++) {
    let w = Infinity, n = Infinity, e = -Infinity, s = -Infinity;
    for (let k = vertex[ring[part[i]]], end = vertex[ring[part[i + 1]]]; k < end; k++) {
      if (x[k] < w) w = x[k];
      if (x[k] > e) e = x[k];
      if (y[k] < n) n = y[k];
      if (y[k] > s) s = y[k];
    }
    out[4 * i] = w;
    out[4 * i + 1] = n;
    out[4 * i + 2] = e;
    out[4 * i + 3] = s;
  }
  return out;
}

/**
 * A window of w by h css px; left and top are world pixels at its zoom, from the origin.
 * @typedef {ReturnType<typeof view> & { margin?: { x: number, y: number } }} View
 */
export function view(zoom, left, top, w, h, dpr) {
  const scale = 2 ** zoom;
  return {
    zoom, scale, left, top, w, h, dpr,
    box: (margin) => [(left - margin) / scale, (top - margin) / scale,
      (left + w + margin) / scale, (top + h + margin) / scale],
    px: (x) => x * scale - left,
    py: (y) => y * scale - top,
  };
}

/* Adds record i to a path, without vertices that lie nearer than NEAR to the one before. */
export function trace(path, shapes, i, v) {
  const closed = shapes.kinds[i] === 3;
  for (let r = shapes.ring[shapes.part[i]]; r < shapes.ring[shapes.part[i + 1]]; r++) {
    traceRing(path, shapes, r, v, closed);
  }
}

function traceRing(path, shapes, r, v, closed) {
  const { x, y, vertex } = shapes;
  const { scale, left, top } = v;
  const end = vertex[r + 1];
  let k = vertex[r];
  let lastX = x[k] * scale - left;
  let lastY = y[k] * scale - top;
  path.moveTo(lastX, lastY);
  for (k++; k < end; k++) {
    const px = x[k] * scale - left;
    const py = y[k] * scale - top;
    const near = Math.abs(px - lastX) < NEAR && Math.abs(py - lastY) < NEAR;
    if (near && (closed || k < end - 1)) continue;
    path.lineTo(px, py);
    lastX = px;
    lastY = py;
  }
  if (closed) path.closePath();
}

/* Calls visit(x0, y0, x1, y1) for each segment of a line, in css px. */
export function segments(shapes, i, v, visit) {
  for (let r = shapes.ring[shapes.part[i]]; r < shapes.ring[shapes.part[i + 1]]; r++) {
    for (let k = shapes.vertex[r] + 1; k < shapes.vertex[r + 1]; k++) {
      visit(v.px(shapes.x[k - 1]), v.py(shapes.y[k - 1]), v.px(shapes.x[k]), v.py(shapes.y[k]));
    }
  }
}

/* The stretches of a line within an area [left, top, right, bottom], as points in css px. */
export function stretches(shapes, i, v, area) {
  const out = [];
  let run = null;
  let [endX, endY] = [NaN, NaN];
  segments(shapes, i, v, (x0, y0, x1, y1) => {
    if (Math.max(x0, x1) < area[0] || Math.min(x0, x1) > area[2] ||
        Math.max(y0, y1) < area[1] || Math.min(y0, y1) > area[3]) { run = null; return; }
    if (!run || x0 !== endX || y0 !== endY) out.push(run = [[x0, y0]]);
    run.push([x1, y1]);
    [endX, endY] = [x1, y1];
  });
  return out.map((points) => cutEnds(points, area));
}

/* Cuts the first and the last segment back to the area, beyond which they may reach far. */
function cutEnds(points, area) {
  const cut = ([x0, y0], [x1, y1]) => {
    let t = 0;
    if (x0 < area[0]) t = Math.max(t, (area[0] - x0) / (x1 - x0));
    if (x0 > area[2]) t = Math.max(t, (x0 - area[2]) / (x0 - x1));
    if (y0 < area[1]) t = Math.max(t, (area[1] - y0) / (y1 - y0));
    if (y0 > area[3]) t = Math.max(t, (y0 - area[3]) / (y0 - y1));
    return t < 1 ? [x0 + t * (x1 - x0), y0 + t * (y1 - y0)] : [x0, y0];
  };
  const last = points.length - 1;
  const out = points.slice();
  out[0] = cut(points[0], points[1]);
  out[last] = cut(points[last], points[last - 1]);
  return out;
}
