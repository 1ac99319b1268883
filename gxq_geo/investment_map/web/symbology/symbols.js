/* The symbols of stations and buildings, all drawn alike, and the clustering of buildings. */
const FIELD = 18; // px: the square in which the strokes of a symbol lie
const paths = new Map();

function glyph(palette, kind) {
  const { glyphs } = palette.style.symbols;
  if (!paths.has(kind)) paths.set(kind, new Path2D(glyphs[kind] ?? glyphs.office));
  return paths.get(kind);
}

export function box(x, y, size) {
  return [x - size / 2, y - size / 2, x + size / 2, y + size / 2];
}

/* Symbols are smaller at zooms where the whole zone is in view. */
export const sizeAt = (spec, zoom) => (zoom < spec.small_below ? spec.small : spec.size);

/* The plate under a symbol, with a halo and a thin edge. */
function drawPlate(ctx, palette, field, edge) {
  ctx.strokeStyle = palette.token("halo");
  ctx.lineWidth = 3;
  ctx.stroke(field);
  ctx.fillStyle = palette.token("panel");
  ctx.fill(field);
  ctx.strokeStyle = palette.token("ink2");
  ctx.lineWidth = edge;
  ctx.stroke(field);
}

export function draw(ctx, palette, kind, x, y, size = palette.style.symbols.size) {
  ctx.save();
  ctx.translate(x - size / 2, y - size / 2);
  ctx.scale(size / FIELD, size / FIELD);
  ctx.lineJoin = ctx.lineCap = "round";
  const field = new Path2D();
  field.roundRect(0.6, 0.6, FIELD - 1.2, FIELD - 1.2, 4);
  drawPlate(ctx, palette, field, 1.2);
  ctx.stroke(glyph(palette, kind));
  ctx.restore();
}

/* The width of a cluster: a symbol and the number of its members. */
export const countWidth = (count) => 24 + 7 * String(count).length;

export function drawCount(ctx, palette, count, x, y) {
  const [w, h] = [countWidth(count), 17];
  ctx.save();
  ctx.translate(x - w / 2, y - h / 2);
  ctx.lineJoin = ctx.lineCap = "round";
  const field = new Path2D();
  field.roundRect(0, 0, w, h, h / 2);
  drawPlate(ctx, palette, field, 1.1);
  ctx.fillStyle = palette.token("ink");
  ctx.font = palette.font({ size: 11, weight: 600 });
  ctx.textAlign = "left";
  ctx.textBaseline = "alphabetic";
  ctx.fillText(String(count), 17, h / 2 + 4);
  ctx.translate(2.5, 1);
  ctx.scale(0.8, 0.8);
  ctx.lineWidth = 1.3;
  ctx.stroke(glyph(palette, "office"));
  ctx.restore();
}

/* Clusters of the points that lie within `reach` of each other: [{ x, y, ids }], x and y their mean. A point joins the
   first cluster whose first point is near; a grid of cells finds it. */
export function cluster(points, reach) {
  const cells = new Map();
  const clusters = [];
  for (const { i, x, y } of points) {
    const [col, line] = [Math.floor(x / reach), Math.floor(y / reach)];
    const group = clusterNear(cells, col, line, x, y, reach) ?? addCluster(cells, clusters, col, line, x, y);
    group.sumX += x;
    group.sumY += y;
    group.ids.push(i);
  }
  return clusters.map(({ sumX, sumY, ids }) => ({ x: sumX / ids.length, y: sumY / ids.length, ids }));
}

function clusterNear(cells, col, line, x, y, reach) {
  for (let c = col - 1; c <= col + 1; c++) {
    for (let l = line - 1; l <= line + 1; l++) {
      const group = cells.get(`${c},${l}`)?.find((g) => Math.hypot(g.x - x, g.y - y) < reach);
      if (group) return group;
    }
  }
  return null;
}

function addCluster(cells, clusters, col, line, x, y) {
  const group = { x, y, sumX: 0, sumY: 0, ids: [] };
  const key = `${col},${line}`;
  if (!cells.has(key)) cells.set(key, []);
  cells.get(key).push(group);
  clusters.push(group);
  return group;
}
