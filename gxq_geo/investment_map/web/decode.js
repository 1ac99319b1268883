/* The payload's bytes back into columns and geometries; written by payload.py, which says how.
   Columns are decoded when first asked for: a page that shows ten fields pays for ten. */
const Decode = (() => {
  const DAY = 86400000;
  const KINDS = ["none", "point", "line", "polygon"];

  function failure(code, message) {
    return Object.assign(new Error(message), { code });
  }

  async function unzipped(bytes) {
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
    if (typeof DecompressionStream === "undefined") return Inflate.gunzip(bytes);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  /* The i-th whole number of byte planes, the lowest first; see planes.py. */
  function planes(bytes, count) {
    const [second, third, fourth] = [count, 2 * count, 3 * count];
    if (bytes.length <= second) return (i) => bytes[i] | 0;
    if (bytes.length <= third) return (i) => bytes[i] | (bytes[second + i] << 8);
    if (bytes.length <= fourth) return (i) => bytes[i] | (bytes[second + i] << 8) | (bytes[third + i] << 16);
    return (i) => bytes[i] | (bytes[second + i] << 8) | (bytes[third + i] << 16) | (bytes[fourth + i] << 24);
  }

  const unzigzag = (code) => (code >>> 1) ^ -(code & 1);

  /* Ends of consecutive groups: the k-th group is [ends[k], ends[k + 1]). */
  function offsets(bytes, count) {
    const sizes = planes(bytes, count);
    const out = new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) out[i + 1] = out[i] + sizes(i);
    return out;
  }

  const total = (ends) => ends[ends.length - 1];

  /* The first vertex of each ring from the ring before, then the others from the vertex before. */
  function steps(bytes, vertex, origin) {
    const rings = vertex.length - 1;
    const codes = planes(bytes, total(vertex));
    const out = new Int32Array(total(vertex));
    for (let r = 0, first = origin, next = rings; r < rings; r++) {
      let value = (first += unzigzag(codes(r)));
      for (let k = vertex[r]; k < vertex[r + 1]; k++) {
        if (k > vertex[r]) value += unzigzag(codes(next++));
        out[k] = value;
      }
    }
    return out;
  }

  /* Geometry of one layer: kind of each record, and the vertex ranges below it.
     Record i has the parts part[i]..part[i+1], part p the rings ring[p]..ring[p+1], ring r the
     vertices vertex[r]..vertex[r+1] of x and y; in units of their own, which degrees(x, y) makes
     longitude and latitude, and at(lon, lat) makes of them. */
  function outlines(where, n, read) {
    const part = offsets(read(where.parts), n);
    const ring = offsets(read(where.rings), total(part));
    const vertex = offsets(read(where.sizes), total(ring));
    const [dx, dy] = where.scale.map((scale) => 1 / scale);
    return {
      kinds: read(where.kinds).slice(),
      part, ring, vertex,
      x: steps(read(where.x), vertex, where.origin[0]),
      y: steps(read(where.y), vertex, where.origin[1]),
      degrees: (x, y) => [x * dx, y * dy],
      at: (lon, lat) => [lon / dx, lat / dy],
    };
  }

  function numbers(column, n, bytes) {
    if (column.enc === "float") return new Float64Array(bytes.slice().buffer);
    const codes = planes(bytes, n);
    const out = new Float64Array(n);
    const scale = column.scale || 1;
    for (let i = 0, last = 0; i < n; i++) {
      const code = codes(i);
      if (code === 0) { out[i] = NaN; continue; }
      last = column.delta ? last + unzigzag(code - 1) : column.base + code - 1;
      out[i] = last / scale;
    }
    return out;
  }

  function codesOf(column, bytes) {
    if (column.width === 1) return bytes;
    const buffer = bytes.slice().buffer;
    return column.width === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
  }

  const isoDay = (day) => new Date(day * DAY).toISOString().slice(0, 10);

  /* Text that is a pattern with numbers in it: made when it is asked for. */
  function numbered(column, n, read) {
    const codes = codesOf(column, read(column));
    const runs = column.numbers.map((one) => Uint32Array.from(numbers(one, n, read(one))));
    const text = (i, pattern) => {
      let k = 0;
      return pattern.replace(/0{1,9}/g, (run) => String(runs[k++][i]).padStart(run.length, "0"));
    };
    /* Where a text is, without making all the others. */
    function find(wanted) {
      const code = column.values.indexOf(wanted.replace(/[0-9]/g, "0")) + 1;
      const own = (wanted.match(/[0-9]{1,9}/g) ?? []).map(Number);
      return code ? codes.findIndex((one, i) => one === code && own.every((number, k) => runs[k][i] === number)) : -1;
    }
    return { get: (i) => (codes[i] ? text(i, column.values[codes[i] - 1]) : null), find };
  }

  /* A column as { get(i), codes?, values?, numbers? }: the typed arrays are for those who loop. */
  function openColumn(column, n, read) {
    if (column.enc === "none") return { get: () => null };
    const bytes = read(column);
    if (column.enc === "dict" || column.enc === "list") {
      const codes = codesOf(column, bytes);
      const values = column.values;
      return { get: (i) => (codes[i] ? values[codes[i] - 1] : null), codes, values };
    }
    if (column.enc === "numbered") return numbered(column, n, read);
    if (column.enc === "text") {
      const texts = JSON.parse(new TextDecoder().decode(bytes));
      return { get: (i) => texts[i] ?? null };
    }
    if (column.enc === "bool") return { get: (i) => [false, true][bytes[i]] ?? null };
    const values = numbers(column, n, bytes);
    const shown = column.enc === "date" ? isoDay : (value) => value;
    return { get: (i) => (values[i] === values[i] ? shown(values[i]) : null), numbers: values };
  }

  function extentOf(shapes) {
    if (!shapes || !shapes.x.length) return null;
    let [w, e, s, n] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let k = 0; k < shapes.x.length; k++) {
      const x = shapes.x[k], y = shapes.y[k];
      if (x < w) w = x;
      if (x > e) e = x;
      if (y < s) s = y;
      if (y > n) n = y;
    }
    const [a, b] = [shapes.degrees(w, s), shapes.degrees(e, n)];
    return [a[0], Math.min(a[1], b[1]), b[0], Math.max(a[1], b[1])];
  }

  /* The vertices of record i: from its first part's first ring to its last part's last ring. */
  function span(shapes, i) {
    return [shapes.vertex[shapes.ring[shapes.part[i]]],
      shapes.vertex[shapes.ring[shapes.part[i + 1]]]];
  }

  function boundsOf(shapes, i) {
    const [from, to] = span(shapes, i);
    return extentOf({ ...shapes, x: shapes.x.subarray(from, to), y: shapes.y.subarray(from, to) });
  }

  function ringsOf(shapes, i) {
    const polygons = [];
    for (let p = shapes.part[i]; p < shapes.part[i + 1]; p++) {
      const rings = [];
      for (let r = shapes.ring[p]; r < shapes.ring[p + 1]; r++) {
        const from = shapes.vertex[r], to = shapes.vertex[r + 1];
        const out = new Float64Array(2 * (to - from));
        for (let k = from, at = 0; k < to; k++) {
          out.set(shapes.degrees(shapes.x[k], shapes.y[k]), at);
          at += 2;
        }
        rings.push(out);
      }
      polygons.push(rings);
    }
    return polygons;
  }

  class Layer {
    #columns = new Map();
    #read;
    #rows = null;
    #extent;

    constructor(name, where, schema, read) {
      this.name = name;
      this.n = where.n;
      this.schema = schema;
      this.fields = Object.keys(where.columns);
      this.where = where;
      this.#read = read;
      this.shapes = where.geometry && outlines(where.geometry, where.n, read);
      this.kind = KINDS[this.shapes ? this.shapes.kinds.reduce((a, b) => Math.max(a, b), 0) : 0];
    }

    column(field) {
      if (!this.#columns.has(field)) {
        const known = Object.hasOwn(this.where.columns, field);
        this.#columns.set(field, known
          ? openColumn(this.where.columns[field], this.n, this.#read) : { get: () => null });
      }
      return this.#columns.get(field);
    }

    get(i, field) { return i >= 0 && i < this.n ? this.column(field).get(i) : null; }

    id(i) { return this.get(i, this.schema.id); }

    indexOf(id) {
      const { find } = this.column(this.schema.id);
      if (find) return typeof id === "string" ? find(id) : -1;
      if (!this.#rows) {
        this.#rows = new Map();
        for (let i = this.n - 1; i >= 0; i--) this.#rows.set(this.id(i), i);
      }
      return this.#rows.get(id) ?? -1;
    }

    kindOf(i) { return KINDS[this.shapes && i >= 0 && i < this.n ? this.shapes.kinds[i] : 0]; }

    bounds(i) { return this.kindOf(i) === "none" ? null : boundsOf(this.shapes, i); }

    centre(i) {
      if (this.kindOf(i) === "none") return null;
      return this.shapes.degrees(...Inside.point(this.shapes, i));
    }

    rings(i) { return this.kindOf(i) === "none" ? [] : ringsOf(this.shapes, i); }

    get extent() {
      if (this.#extent === undefined) this.#extent = extentOf(this.shapes);
      return this.#extent;
    }
  }

  function open(raw) {
    const magic = String.fromCharCode(...raw.subarray(0, 4));
    if (magic !== "GXQ1") throw failure("not-payload", "the data are damaged");
    const length = new DataView(raw.buffer, raw.byteOffset + 4, 4).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(raw.subarray(8, 8 + length)));
    let body = raw.subarray(8 + length);
    const read = (block) => body.subarray(block.at, block.at + block.len);
    const layers = new Map(Object.entries(header.layers).map(([name, where]) =>
      [name, new Layer(name, where, header.schema.layers[name], read)]));
    body = body.slice(0, header.columns_end); // the geometries are decoded
    const { layers: _, ...rest } = header;
    return { ...rest, layerNames: [...layers.keys()], layer: (name) => layers.get(name) ?? null };
  }

  async function decodePayload(text) {
    return open(await unzipped(Base91.decode(text)));
  }

  return { decodePayload };
})();
