/* Points in polygons: whether a point lies inside a record, and which point represents it. Works on a layer's shapes,
   in the units of their x and y, by the even-odd rule: neither holes nor the direction of rings matter. */
const rangeOf = (shapes, i) => [shapes.ring[shapes.part[i]], shapes.ring[shapes.part[i + 1]]];

export function contains(shapes, i, px, py) {
  const { x, y, vertex } = shapes;
  const [from, to] = rangeOf(shapes, i);
  let inside = false;
  for (let r = from; r < to; r++) {
    for (let k = vertex[r], j = vertex[r + 1] - 1; k < vertex[r + 1]; j = k++) {
      if ((y[k] > py) !== (y[j] > py) &&
          px < ((x[j] - x[k]) * (py - y[k])) / (y[j] - y[k]) + x[k]) inside = !inside;
    }
  }
  return inside;
}

/* The x at which the outline crosses a horizontal line, sorted: each pair encloses a stretch inside. */
export function crossings(shapes, i, level) {
  const { x, y, vertex } = shapes;
  const [from, to] = rangeOf(shapes, i);
  const out = [];
  for (let r = from; r < to; r++) {
    for (let k = vertex[r], j = vertex[r + 1] - 1; k < vertex[r + 1]; j = k++) {
      if ((y[k] > level) !== (y[j] > level)) {
        out.push(((x[j] - x[k]) * (level - y[k])) / (y[j] - y[k]) + x[k]);
      }
    }
  }
  return out.sort((a, b) => a - b);
}

function box(shapes, i) {
  const [from, to] = rangeOf(shapes, i);
  let [w, s, e, n] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = shapes.vertex[from]; k < shapes.vertex[to]; k++) {
    w = Math.min(w, shapes.x[k]);
    e = Math.max(e, shapes.x[k]);
    s = Math.min(s, shapes.y[k]);
    n = Math.max(n, shapes.y[k]);
  }
  return [w, s, e, n];
}

/* Of fifteen horizontal lines, the middle of the widest stretch inside; lines near the middle weigh more, so that
   the point of a rectangle is its centre. */
function polygonPoint(shapes, i) {
  const [w, s, e, n] = box(shapes, i);
  let best = [(w + e) / 2, (s + n) / 2];
  let bestScore = -1;
  for (let k = 1; k < 16; k++) {
    const level = s + ((n - s) * (k + 0.013)) / 16;
    const cuts = crossings(shapes, i, level);
    const weight = 1 - Math.abs(k - 8) / 16;
    for (let c = 0; c + 1 < cuts.length; c += 2) {
      const score = (cuts[c + 1] - cuts[c]) * weight;
      if (score > bestScore) {
        bestScore = score;
        best = [(cuts[c] + cuts[c + 1]) / 2, level];
      }
    }
  }
  return best;
}

/* A point that represents record i: inside a polygon, on a line, or the point itself. */
export function point(shapes, i) {
  if (shapes.kinds[i] === 3) return polygonPoint(shapes, i);
  const [from, to] = rangeOf(shapes, i);
  const a = shapes.vertex[from], b = shapes.vertex[to];
  const k = shapes.kinds[i] === 2 ? (a + b) >> 1 : a;
  return [shapes.x[k], shapes.y[k]];
}
