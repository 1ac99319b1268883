/* Symbols of one family, drawn in an 18 px field: stations, airports, buildings, and counts. */
const Symbols = (() => {
  const FIELD = 18;
  // Strokes in the field of 18 by 18.
  const GLYPHS = {
    rail: "M6 4.6h6v6.6H6zM6 8h6M7.2 13.6l-1 1.6M10.8 13.6l1 1.6M6.6 12.4h4.8",
    high_speed: "M5 11.6c0-4 1.6-6.8 4-6.8s4 2.8 4 6.8zM6.2 8.6h5.6M7 13.8l-1 1.4M11 13.8l1 1.4",
    airport: "M9 3.6v10.6M9 7.2l-5 3.4M9 7.2l5 3.4M9 12.6l-2.2 1.9M9 12.6l2.2 1.9",
    office: "M6 14.4V4.4h6v10M4.6 14.4h8.8M8 7h2M8 9.4h2M8 11.8h2",
    standard_factory: "M4.2 14V9.2l3.2-2.4v2.4l3.2-2.4v2.4l3.2-2.4V14z",
    warehouse: "M4.2 14V7.8L9 4.8l4.8 3V14zM6.8 14v-4h4.4v4",
    incubator: "M9 14.4v-5M9 9.4c0-2.6-1.6-3.8-4.2-3.8 0 2.6 1.6 3.8 4.2 3.8zM9 8.4c0-2 1.4-3.2 3.8-3.2 0 2.2-1.4 3.2-3.8 3.2z",
    accelerator: "M4.6 12.8l3.2-3.6 2.4 2 3.4-5M10.8 6h2.9v2.9",
    research: "M7.6 4.4h2.8M8.2 4.4v3.8l-3 5.2c-.3.6 0 1 .6 1h6.4c.6 0 .9-.4.6-1l-3-5.2V4.4",
  };
  const paths = new Map();

  function glyph(kind) {
    if (!paths.has(kind)) paths.set(kind, new Path2D(GLYPHS[kind] ?? GLYPHS.office));
    return paths.get(kind);
  }

  function box(x, y, size) {
    return [x - size / 2, y - size / 2, x + size / 2, y + size / 2];
  }

  /* Symbols are smaller where the whole zone is in view. */
  const sizeAt = (spec, zoom) => (zoom < spec.small_below ? spec.small : spec.size);

  /* What a sign stands on: a field with a halo and a thin edge. */
  function plate(ctx, ink, field, edge) {
    ctx.strokeStyle = ink.token("halo");
    ctx.lineWidth = 3;
    ctx.stroke(field);
    ctx.fillStyle = ink.token("panel");
    ctx.fill(field);
    ctx.strokeStyle = ink.token("ink2");
    ctx.lineWidth = edge;
    ctx.stroke(field);
  }

  function draw(ctx, ink, kind, x, y, size = ink.style.symbols.size) {
    ctx.save();
    ctx.translate(x - size / 2, y - size / 2);
    ctx.scale(size / FIELD, size / FIELD);
    ctx.lineJoin = ctx.lineCap = "round";
    const field = new Path2D();
    field.roundRect(0.6, 0.6, FIELD - 1.2, FIELD - 1.2, 4);
    plate(ctx, ink, field, 1.2);
    ctx.stroke(glyph(kind));
    ctx.restore();
  }

  /* Many of one kind of thing: its sign and their number, in one capsule. */
  const countWidth = (count) => 24 + 7 * String(count).length;

  function drawCount(ctx, ink, count, x, y) {
    const [w, h] = [countWidth(count), 17];
    ctx.save();
    ctx.translate(x - w / 2, y - h / 2);
    ctx.lineJoin = ctx.lineCap = "round";
    const field = new Path2D();
    field.roundRect(0, 0, w, h, h / 2);
    plate(ctx, ink, field, 1.1);
    ctx.fillStyle = ink.token("ink");
    ctx.font = ink.font({ size: 11, weight: 600 });
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.fillText(String(count), 17, h / 2 + 4);
    ctx.translate(2.5, 1);
    ctx.scale(0.8, 0.8);
    ctx.lineWidth = 1.3;
    ctx.stroke(glyph("office"));
    ctx.restore();
  }

  /* Points nearer to each other than `reach`, gathered into one: [{ x, y, ids }]. A point joins
     the first group whose founder is near; a grid of cells finds it. */
  function gather(points, reach) {
    const cells = new Map();
    const groups = [];
    for (const { i, x, y } of points) {
      const [col, line] = [Math.floor(x / reach), Math.floor(y / reach)];
      const group = founderNear(cells, col, line, x, y, reach) ?? found(cells, groups, col, line, x, y);
      group.sumX += x;
      group.sumY += y;
      group.ids.push(i);
    }
    return groups.map(({ sumX, sumY, ids }) => ({ x: sumX / ids.length, y: sumY / ids.length, ids }));
  }

  function founderNear(cells, col, line, x, y, reach) {
    for (let c = col - 1; c <= col + 1; c++) {
      for (let l = line - 1; l <= line + 1; l++) {
        const group = cells.get(`${c},${l}`)?.find((g) => Math.hypot(g.x - x, g.y - y) < reach);
        if (group) return group;
      }
    }
    return null;
  }

  function found(cells, groups, col, line, x, y) {
    const group = { x, y, sumX: 0, sumY: 0, ids: [] };
    const key = `${col},${line}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(group);
    groups.push(group);
    return group;
  }

  return { draw, sizeAt, drawCount, countWidth, gather, box };
})();
