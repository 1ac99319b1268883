/* How much lies beneath the labels: a grid of cells with a weight each, summed so that the mean of any box takes four
   look-ups. */

export const CELL = 8; // css px

export function createDensity(w, h) {
  const columns = Math.ceil(w / CELL) + 1;
  const lines = Math.ceil(h / CELL) + 1;
  const cells = new Float32Array(columns * lines);
  let sums = null;

  const cellOf = (value, last) => Math.max(0, Math.min(last, Math.floor(value / CELL)));

  function addBox(x0, y0, x1, y1, weight) {
    if (x1 < 0 || y1 < 0 || x0 > w || y0 > h) return;
    for (let row = cellOf(y0, lines - 2); row <= cellOf(y1, lines - 2); row++) {
      for (let col = cellOf(x0, columns - 2); col <= cellOf(x1, columns - 2); col++) {
        cells[row * columns + col] = Math.max(cells[row * columns + col], weight);
      }
    }
  }

  function addSegment(x0, y0, x1, y1, weight) {
    const length = Math.hypot(x1 - x0, y1 - y0);
    if (length > 4 * (w + h)) return;
    for (let at = 0; at <= length; at += CELL - 1) {
      const t = length ? at / length : 0;
      const [x, y] = [x0 + t * (x1 - x0), y0 + t * (y1 - y0)];
      addBox(x, y, x, y, weight);
    }
  }

  /* A summed-area table: the sum of all cells above and to the left. */
  function summedCells() {
    const out = new Float64Array(columns * lines);
    for (let row = 1; row < lines; row++) {
      for (let col = 1; col < columns; col++) {
        out[row * columns + col] = cells[(row - 1) * columns + col - 1] +
          out[(row - 1) * columns + col] + out[row * columns + col - 1] -
          out[(row - 1) * columns + col - 1];
      }
    }
    return out;
  }

  /* The mean weight beneath a box, 0 to 1. */
  function mean([x0, y0, x1, y1]) {
    sums ??= summedCells();
    const [a, b] = [cellOf(x0, columns - 2), cellOf(x1, columns - 2) + 1];
    const [c, d] = [cellOf(y0, lines - 2), cellOf(y1, lines - 2) + 1];
    const sum = sums[d * columns + b] - sums[c * columns + b] - sums[d * columns + a] + sums[c * columns + a];
    return sum / ((b - a) * (d - c));
  }

  return { addBox, addSegment, mean };
}
