/* Room for labels: which rectangles are taken, and how busy the map is beneath.
   Boxes are [left, top, right, bottom] in css pixels. */
const Room = (() => {
  const CELL = 8;

  const meets = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];

  function create() {
    const taken = [];
    const isFree = (boxes) => !boxes.some((box) => taken.some((other) => meets(box, other)));
    const take = (boxes) => taken.push(...boxes);
    /* Takes the room if all of it is free, and says whether it did. */
    const claim = (boxes) => isFree(boxes) && (take(boxes), true);
    return { isFree, take, claim };
  }

  /* A coarse picture of what lies beneath the labels: how much is in each cell of 8 px, summed so
     that any box is answered with four look-ups. */
  function createGround(w, h) {
    const columns = Math.ceil(w / CELL) + 1;
    const lines = Math.ceil(h / CELL) + 1;
    const cells = new Float32Array(columns * lines);
    let sums = null;

    const clamp = (value, limit) => Math.max(0, Math.min(limit, Math.floor(value / CELL)));

    function addBox(x0, y0, x1, y1, weight) {
      if (x1 < 0 || y1 < 0 || x0 > w || y0 > h) return;
      for (let row = clamp(y0, lines - 2); row <= clamp(y1, lines - 2); row++) {
        for (let col = clamp(x0, columns - 2); col <= clamp(x1, columns - 2); col++) {
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

    function summed() {
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

    /* Mean weight beneath a box, 0 to 1. */
    function busy([x0, y0, x1, y1]) {
      sums ??= summed();
      const [a, b] = [clamp(x0, columns - 2), clamp(x1, columns - 2) + 1];
      const [c, d] = [clamp(y0, lines - 2), clamp(y1, lines - 2) + 1];
      const sum = sums[d * columns + b] - sums[c * columns + b] - sums[d * columns + a] +
        sums[c * columns + a];
      return sum / ((b - a) * (d - c));
    }

    return { addBox, addSegment, busy };
  }

  return { create, createGround, meets, CELL };
})();
