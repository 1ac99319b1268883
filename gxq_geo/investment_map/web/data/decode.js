/* Decodes the payload into layers: columns and geometries. gxq_geo/investment_map/payload/ writes it and describes the
   format. A column is decoded when it is first used. */
import * as Polygons from "../geometry/polygons.js";

const DAY = 86400000;
const KINDS = ["none", "point", "line", "polygon"];

/**
 * The payload: its layers, and what its header holds for the page.
 * @typedef {object} Data
 * @property {string[]} layerNames
 * @property {(name: string) => Layer | null} layer
 * @property {any} meta
 * @property {any} schema
 * @property {any} style  data/style.toml
 * @property {any} filters  data/filters.toml
 * @property {any} criteria  data/criteria.toml
 * @property {Record<string, any>} langs
 * @property {Record<string, Record<string, string>>} words
 * @property {Record<string, string>} [initials]  Chinese names -> their pinyin initials
 * @property {[number[], number[]]} [beside]  the pairs of sites that touch
 * @property {any} [issues]
 * @property {any} [internal]  in a page for internal use
 */

/**
 * Geometries of one layer. Record i has the parts part[i] to part[i + 1], part p the rings ring[p] to ring[p + 1], ring r
 * the vertices vertex[r] to vertex[r + 1] of x and y. These are in units of their own: degrees(x, y) gives longitude
 * and latitude, at(lon, lat) the reverse.
 * @typedef {object} Shapes
 * @property {Uint8Array} kinds  0 none, 1 point, 2 line, 3 polygon
 * @property {Uint32Array} part
 * @property {Uint32Array} ring
 * @property {Uint32Array} vertex
 * @property {Int32Array | Float32Array} x
 * @property {Int32Array | Float32Array} y
 * @property {(x: number, y: number) => number[]} degrees
 * @property {(lon: number, lat: number) => number[]} at
 * @property {Float32Array} [boxes]  (w, n, e, s) of each record, once the shapes are projected
 */

/**
 * One field of all records. The typed arrays are for loops over all of them.
 * @typedef {object} Column
 * @property {(i: number) => any} get
 * @property {ArrayLike<number> & { findIndex: any }} [codes]  record -> 0 where unknown, else 1 + its place in `values`
 * @property {any[]} [values]
 * @property {Float64Array} [numbers]  NaN where unknown
 * @property {(value: string) => number} [find]  the record that has a value, or -1
 */

function failure(code, message) {
  return Object.assign(new Error(message), { code });
}

/* The integers of byte planes, the lowest plane first; see payload/planes.py. */
function planes(bytes, count) {
  const out = new Int32Array(count);
  for (let at = 0, shift = 0; at < bytes.length && shift < 32; at += count, shift += 8) {
    for (let i = 0; i < count; i++) out[i] |= bytes[at + i] << shift;
  }
  return out;
}

const unzigzag = (code) => (code >>> 1) ^ -(code & 1);

/* The offsets of consecutive groups: group k is [offsets[k], offsets[k + 1]). */
function offsets(bytes, count) {
  const sizes = planes(bytes, count);
  const out = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) out[i + 1] = out[i] + sizes[i];
  return out;
}

const total = (ends) => ends[ends.length - 1];

/* Coordinates, delta-coded: first vertices of rings from the ring before, other vertices from the vertex before. */
function coordinates(bytes, vertex, origin) {
  const rings = vertex.length - 1;
  const codes = planes(bytes, total(vertex));
  const out = new Int32Array(total(vertex));
  for (let r = 0, first = origin, next = rings; r < rings; r++) {
    let value = (first += unzigzag(codes[r]));
    for (let k = vertex[r]; k < vertex[r + 1]; k++) {
      if (k > vertex[r]) value += unzigzag(codes[next++]);
      out[k] = value;
    }
  }
  return out;
}

/** @returns {Shapes} */
function decodeShapes(where, n, read) {
  const part = offsets(read(where.parts), n);
  const ring = offsets(read(where.rings), total(part));
  const vertex = offsets(read(where.sizes), total(ring));
  const [dx, dy] = where.scale.map((scale) => 1 / scale);
  return {
    kinds: read(where.kinds).slice(),
    part, ring, vertex,
    x: coordinates(read(where.x), vertex, where.origin[0]),
    y: coordinates(read(where.y), vertex, where.origin[1]),
    degrees: (x, y) => [x * dx, y * dy],
    at: (lon, lat) => [lon / dx, lat / dy],
  };
}

function decodeNumbers(column, n, bytes) {
  if (column.enc === "float") return new Float64Array(bytes.slice().buffer);
  const codes = planes(bytes, n);
  const out = new Float64Array(n);
  const scale = column.scale || 1;
  for (let i = 0, last = 0; i < n; i++) {
    const code = codes[i];
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

/* Texts such as AQ-001, from a pattern and the numbers in it; each is made when it is used. */
function decodeNumbered(column, n, read) {
  const codes = codesOf(column, read(column));
  const runs = column.numbers.map((run) => Uint32Array.from(decodeNumbers(run, n, read(run))));
  const text = (i, pattern) => {
    let k = 0;
    return pattern.replace(/0{1,9}/g, (run) => String(runs[k++][i]).padStart(run.length, "0"));
  };
  /* Finds a text without making all the others. */
  function find(wanted) {
    const code = column.values.indexOf(wanted.replace(/[0-9]/g, "0")) + 1;
    const digits = (wanted.match(/[0-9]{1,9}/g) ?? []).map(Number);
    return code ? codes.findIndex((other, i) => other === code && digits.every((number, k) => runs[k][i] === number)) : -1;
  }
  return { get: (i) => (codes[i] ? text(i, column.values[codes[i] - 1]) : null), find };
}

/** @returns {Column} */
function decodeColumn(column, n, read) {
  if (column.enc === "none") return { get: () => null };
  const bytes = read(column);
  if (column.enc === "dict" || column.enc === "list") {
    const codes = codesOf(column, bytes);
    const values = column.values;
    return { get: (i) => (codes[i] ? values[codes[i] - 1] : null), codes, values };
  }
  if (column.enc === "numbered") return decodeNumbered(column, n, read);
  if (column.enc === "text") {
    const texts = JSON.parse(new TextDecoder().decode(bytes));
    return { get: (i) => texts[i] ?? null };
  }
  if (column.enc === "bool") return { get: (i) => [false, true][bytes[i]] ?? null };
  const values = decodeNumbers(column, n, bytes);
  const format = column.enc === "date" ? isoDay : (value) => value;
  return { get: (i) => (values[i] === values[i] ? format(values[i]) : null), numbers: values };
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

/* The range of the vertices of record i. */
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
    this.shapes = where.geometry && decodeShapes(where.geometry, where.n, read);
    this.kind = KINDS[this.shapes ? this.shapes.kinds.reduce((a, b) => Math.max(a, b), 0) : 0];
  }

  column(field) {
    if (!this.#columns.has(field)) {
      const known = Object.hasOwn(this.where.columns, field);
      this.#columns.set(field, known
        ? decodeColumn(this.where.columns[field], this.n, this.#read) : { get: () => null });
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
    const [x, y] = Polygons.point(this.shapes, i);
    return this.shapes.degrees(x, y);
  }

  rings(i) { return this.kindOf(i) === "none" ? [] : ringsOf(this.shapes, i); }

  get extent() {
    if (this.#extent === undefined) this.#extent = extentOf(this.shapes);
    return this.#extent;
  }
}

/** @returns {Data} */
function open(raw) {
  const magic = String.fromCharCode(...raw.subarray(0, 4));
  if (magic !== "GXQ1") throw failure("not-payload", "the data are damaged");
  const length = new DataView(raw.buffer, raw.byteOffset + 4, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(raw.subarray(8, 8 + length)));
  let body = raw.subarray(8 + length);
  const read = (block) => body.subarray(block.at, block.at + block.len);
  const layers = new Map(Object.entries(header.layers).map(([name, where]) =>
    [name, new Layer(name, where, header.schema.layers[name], read)]));
  body = body.slice(0, header.columns_end); // frees the geometries, which are decoded
  const { layers: _, ...rest } = header;
  return { ...rest, layerNames: [...layers.keys()], layer: (name) => layers.get(name) ?? null };
}

export async function decodePayload(text) {
  return open(await Inflate.unzip(Base91.decode(text)));
}
