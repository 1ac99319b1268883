/* The payload's bytes back into columns and geometries; written by payload.py, which says how.
   Columns are decoded when first asked for: a page that shows ten fields pays for ten. */
const Decode = (() => {
  const SCALE = 2e6; // steps a degree, as outlines.py counts them
  const DAY = 86400000;
  const KINDS = ["none", "point", "line", "polygon"];

  function failure(code, message) {
    return Object.assign(new Error(message), { code });
  }

  function bytesOf(base64) {
    const text = base64.replace(/\s+/g, "");
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return bytes;
  }

  async function unzipped(bytes) {
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
    if (typeof DecompressionStream === "undefined") {
      throw failure("no-gzip", "this browser cannot unzip the data");
    }
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  function varints(bytes, count) {
    const out = new Uint32Array(count);
    for (let i = 0, at = 0; i < count; i++) {
      let byte = bytes[at++];
      let value = byte & 127;
      for (let shift = 7; byte > 127; shift += 7) {
        byte = bytes[at++];
        value |= (byte & 127) << shift;
      }
      out[i] = value;
    }
    return out;
  }

  const unzigzag = (code) => (code >>> 1) ^ -(code & 1);

  /* Ends of consecutive groups: the k-th group is [ends[k], ends[k + 1]). */
  function offsets(counts) {
    const out = new Uint32Array(counts.length + 1);
    for (let i = 0; i < counts.length; i++) out[i + 1] = out[i] + counts[i];
    return out;
  }

  const total = (ends) => ends[ends.length - 1];

  function steps(bytes, count, origin) {
    const codes = varints(bytes, count);
    const out = new Int32Array(count);
    for (let i = 0, value = origin; i < count; i++) out[i] = value += unzigzag(codes[i]);
    return out;
  }

  /* Geometry of one layer: kind of each record, and the vertex ranges below it.
     Record i has the parts part[i]..part[i+1], part p the rings ring[p]..ring[p+1], ring r the
     vertices vertex[r]..vertex[r+1] of x and y, in steps of 1 / SCALE degree. */
  function outlines(where, n, read) {
    const part = offsets(varints(read(where.parts), n));
    const ring = offsets(varints(read(where.rings), total(part)));
    const vertex = offsets(varints(read(where.sizes), total(ring)));
    return {
      kinds: read(where.kinds),
      part, ring, vertex,
      x: steps(read(where.x), where.vertices, where.origin[0]),
      y: steps(read(where.y), where.vertices, where.origin[1]),
    };
  }

  function numbers(column, n, bytes) {
    if (column.enc === "float") return new Float64Array(bytes.slice().buffer);
    const codes = varints(bytes, n);
    const out = new Float64Array(n);
    const scale = column.scale || 1;
    for (let i = 0, last = 0; i < n; i++) {
      if (codes[i] === 0) { out[i] = NaN; continue; }
      const value = unzigzag(codes[i] - 1) + (column.delta ? last : 0);
      last = value;
      out[i] = value / scale;
    }
    return out;
  }

  function codesOf(column, bytes) {
    if (column.width === 1) return bytes;
    const buffer = bytes.slice().buffer;
    return column.width === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
  }

  const isoDay = (day) => new Date(day * DAY).toISOString().slice(0, 10);

  /* A column as { get(i), codes?, values?, numbers? }: the typed arrays are for those who loop. */
  function openColumn(column, n, read) {
    if (column.enc === "none") return { get: () => null };
    const bytes = read(column);
    if (column.enc === "dict" || column.enc === "list") {
      const codes = codesOf(column, bytes);
      const values = column.values;
      return { get: (i) => (codes[i] ? values[codes[i] - 1] : null), codes, values };
    }
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
    return [w / SCALE, s / SCALE, e / SCALE, n / SCALE];
  }

  /* The vertices of record i: from its first part's first ring to its last part's last ring. */
  function span(shapes, i) {
    return [shapes.vertex[shapes.ring[shapes.part[i]]],
      shapes.vertex[shapes.ring[shapes.part[i + 1]]]];
  }

  function boundsOf(shapes, i) {
    const [from, to] = span(shapes, i);
    return extentOf({ x: shapes.x.subarray(from, to), y: shapes.y.subarray(from, to) });
  }

  function ringsOf(shapes, i) {
    const polygons = [];
    for (let p = shapes.part[i]; p < shapes.part[i + 1]; p++) {
      const rings = [];
      for (let r = shapes.ring[p]; r < shapes.ring[p + 1]; r++) {
        const from = shapes.vertex[r], to = shapes.vertex[r + 1];
        const out = new Float64Array(2 * (to - from));
        for (let k = from, at = 0; k < to; k++) {
          out[at++] = shapes.x[k] / SCALE;
          out[at++] = shapes.y[k] / SCALE;
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
      const [x, y] = Inside.point(this.shapes, i);
      return [x / SCALE, y / SCALE];
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
    const body = raw.subarray(8 + length);
    const read = (block) => body.subarray(block.at, block.at + block.len);
    const layers = new Map(Object.entries(header.layers).map(([name, where]) =>
      [name, new Layer(name, where, header.schema.layers[name], read)]));
    const { layers: _, ...rest } = header;
    return { ...rest, layerNames: [...layers.keys()], layer: (name) => layers.get(name) ?? null };
  }

  async function decodePayload(base64) {
    return open(await unzipped(bytesOf(base64)));
  }

  return { decodePayload, SCALE };
})();
