/* A packed Hilbert R-tree over the boxes of records, in flat arrays. It is built once, and searched for every tile,
   label and movement of the pointer. To build it takes as long as to look at all boxes a few hundred times, so the
   page opens without it. */
const NODE = 16; // children of a node
const GRID = 65535; // largest coordinate on the Hilbert curve

/* The position of a cell of the 65536 by 65536 grid along the Hilbert curve. */
function hilbert(x, y) {
  let place = 0;
  for (let s = 32768; s > 0; s >>= 1) {
    const rx = x & s ? 1 : 0;
    const ry = y & s ? 1 : 0;
    place += s * s * ((3 * rx) ^ ry);
    if (ry === 0) {
      if (rx === 1) { x = GRID - x; y = GRID - y; }
      [x, y] = [y, x];
    }
  }
  return place;
}

/* The records that have a geometry. */
function present(boxes) {
  const ids = new Uint32Array(boxes.length / 4);
  let count = 0;
  for (let i = 0; i < ids.length; i++) if (boxes[4 * i] <= boxes[4 * i + 2]) ids[count++] = i;
  return ids.subarray(0, count);
}

function extentOf(boxes, ids) {
  let w = Infinity, n = Infinity, e = -Infinity, s = -Infinity;
  for (const i of ids) {
    w = Math.min(w, boxes[4 * i]);
    n = Math.min(n, boxes[4 * i + 1]);
    e = Math.max(e, boxes[4 * i + 2]);
    s = Math.max(s, boxes[4 * i + 3]);
  }
  return [w, n, e, s];
}

function inOrder(boxes, ids) {
  const [w, n, e, s] = extentOf(boxes, ids);
  const kx = GRID / (2 * (e - w) || 1);
  const ky = GRID / (2 * (s - n) || 1);
  const keys = new Float64Array(ids.length);
  // One number holds the position and the record, so that sorting a typed array is enough.
  ids.forEach((i, at) => {
    const x = Math.floor((boxes[4 * i] + boxes[4 * i + 2] - 2 * w) * kx);
    const y = Math.floor((boxes[4 * i + 1] + boxes[4 * i + 3] - 2 * n) * ky);
    keys[at] = Math.floor(hilbert(x, y) / 4096) * 4294967296 + i;
  });
  keys.sort();
  return Uint32Array.from(keys, (key) => key % 4294967296);
}

/* The levels of the tree: first the boxes of the records, then their unions, sixteen in one. */
function levelsOf(boxes, order) {
  let level = new Float32Array(4 * order.length);
  order.forEach((i, at) => level.set(boxes.subarray(4 * i, 4 * i + 4), 4 * at));
  const levels = [level];
  while (level.length > 4) {
    const above = new Float32Array(4 * Math.ceil(level.length / 4 / NODE));
    for (let at = 0; at < above.length; at += 4) above.set(union(level, at * NODE), at);
    levels.push(level = above);
  }
  return levels;
}

function union(level, from) {
  let w = Infinity, n = Infinity, e = -Infinity, s = -Infinity;
  for (let k = from; k < Math.min(from + 4 * NODE, level.length); k += 4) {
    if (level[k] < w) w = level[k];
    if (level[k + 1] < n) n = level[k + 1];
    if (level[k + 2] > e) e = level[k + 2];
    if (level[k + 3] > s) s = level[k + 3];
  }
  return [w, n, e, s];
}

/* boxes: (w, n, e, s) of each record; a record without geometry has w > e and is not found.
   search(box) gives the records whose boxes meet it, in ascending order: all tiles must agree on what lies above.
   cover(box, size, report) calls report(w, n, e, s) for boxes that together cover all that meets a box: of records, or
   of whole nodes that are smaller than `size`, so that a million records at a small scale are a few thousand boxes.
   build() builds the tree, without which they look at every box. */
export function createIndex(boxes) {
  let finder = createScan(boxes);
  let isBuilt = false;
  return {
    search: (box) => finder.search(box),
    cover: (box, size, report) => finder.cover(box, size, report),
    build() {
      if (!isBuilt) finder = createRTree(boxes);
      isBuilt = true;
    },
  };
}

function createScan(boxes) {
  function search([w, n, e, s]) {
    const found = new Uint32Array(boxes.length / 4);
    let count = 0;
    for (let k = 0; k < boxes.length; k += 4) {
      if (boxes[k] <= e && boxes[k + 2] >= w && boxes[k + 1] <= s && boxes[k + 3] >= n) found[count++] = k / 4;
    }
    return found.slice(0, count);
  }

  function cover(box, _, report) {
    for (const i of search(box)) report(boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]);
  }
  return { search, cover };
}

function createRTree(boxes) {
  const ids = present(boxes);
  if (!ids.length) return createScan(boxes);
  const order = inOrder(boxes, ids);
  const levels = levelsOf(boxes, order);

  function search([w, n, e, s]) {
    const found = [];
    const visit = (depth, at) => {
      const level = levels[depth];
      const k = 4 * at;
      if (level[k] > e || level[k + 2] < w || level[k + 1] > s || level[k + 3] < n) return;
      if (depth === 0) { found.push(order[at]); return; }
      const end = Math.min((at + 1) * NODE, levels[depth - 1].length / 4);
      for (let child = at * NODE; child < end; child++) visit(depth - 1, child);
    };
    visit(levels.length - 1, 0);
    return Uint32Array.from(found).sort();
  }

  function cover([w, n, e, s], size, report) {
    const visit = (depth, at) => {
      const level = levels[depth];
      const k = 4 * at;
      if (level[k] > e || level[k + 2] < w || level[k + 1] > s || level[k + 3] < n) return;
      if (depth === 0 || (level[k + 2] - level[k] < size && level[k + 3] - level[k + 1] < size)) {
        report(level[k], level[k + 1], level[k + 2], level[k + 3]);
        return;
      }
      const end = Math.min((at + 1) * NODE, levels[depth - 1].length / 4);
      for (let child = at * NODE; child < end; child++) visit(depth - 1, child);
    };
    visit(levels.length - 1, 0);
  }
  return { search, cover };
}
