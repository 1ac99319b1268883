/* The spine of a long body, along which its name stands: a smooth line through the middle of its width. */
import * as Polygons from "../geometry/polygons.js";

const GRID = 26; // sample points along the longer side of the box
const SECTIONS = 14; // cross-sections of which the spine is made
const LONG = 5; // variance along the body over variance across: more than twice as long as wide
const STEEP = 0.75; // sine of the slope beyond which a name in rows reads better

/* The points of a regular grid that lie inside record i, in css px. */
function samples(shapes, i, v) {
  const [w, n, e, s] = shapes.boxes.subarray(4 * i, 4 * i + 4);
  const step = Math.max(e - w, s - n) / GRID;
  const out = [];
  for (let y = n + step / 2; y < s; y += step) {
    const cuts = Polygons.crossings(shapes, i, y);
    for (let c = 0; c + 1 < cuts.length; c += 2) {
      for (let x = w + step / 2; x < e; x += step) {
        if (x >= cuts[c] && x <= cuts[c + 1]) out.push([v.px(x), v.py(y)]);
      }
    }
  }
  return out;
}

/* The centre of the points, the direction of their greatest variance, and its ratio to the variance across. */
function axis(points) {
  const mx = points.reduce((sum, p) => sum + p[0], 0) / points.length;
  const my = points.reduce((sum, p) => sum + p[1], 0) / points.length;
  let xx = 0, xy = 0, yy = 0;
  for (const [x, y] of points) {
    xx += (x - mx) ** 2;
    xy += (x - mx) * (y - my);
    yy += (y - my) ** 2;
  }
  const root = Math.hypot((xx - yy) / 2, xy);
  const middle = (xx + yy) / 2;
  const angle = Math.atan2(2 * xy, xx - yy) / 2;
  return { mx, my, ux: Math.cos(angle), uy: Math.sin(angle),
    ratio: (middle + root) / Math.max(middle - root, 1e-9) };
}

/* The middle of each cross-section: [distance along the axis, distance across]. */
function sections(points, { mx, my, ux, uy }) {
  const turned = points.map(([x, y]) =>
    [(x - mx) * ux + (y - my) * uy, (y - my) * ux - (x - mx) * uy]);
  const from = Math.min(...turned.map((p) => p[0]));
  const to = Math.max(...turned.map((p) => p[0]));
  const bins = Array.from({ length: SECTIONS }, () => []);
  for (const [t, c] of turned) {
    bins[Math.min(SECTIONS - 1, Math.floor(((t - from) / (to - from)) * SECTIONS))].push(c);
  }
  return bins.flatMap((across, k) => (across.length ? [[
    from + ((k + 0.5) / SECTIONS) * (to - from),
    across.reduce((a, b) => a + b, 0) / across.length]] : []));
}

function smooth(line) {
  return line.map(([t, c], k) => {
    const [, before] = line[Math.max(0, k - 1)];
    const [, after] = line[Math.min(line.length - 1, k + 1)];
    return [t, (before + 2 * c + after) / 4];
  });
}

/* The spine of record i as points in css px; null where the body is not long, or too steep. */
export function of(shapes, i, v) {
  const points = samples(shapes, i, v);
  if (points.length < 2 * SECTIONS) return null;
  const along = axis(points);
  if (along.ratio < LONG || Math.abs(along.uy) > STEEP) return null;
  const line = smooth(smooth(sections(points, along))).slice(1, -1);
  return line.map(([t, c]) =>
    [along.mx + t * along.ux - c * along.uy, along.my + t * along.uy + c * along.ux]);
}
