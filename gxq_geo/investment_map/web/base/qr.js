/* Makes QR codes (ISO/IEC 18004:2015): byte mode, error correction level M, versions 1 to 20.

   Qr.encode(text) -> { size, dark(x, y) }, or null where the text is too long (666 bytes)
   Qr.canvas(text, px) -> a canvas with a quiet zone of four modules, or null */
/* By version, from 1: error correction codewords in a block, and the number of blocks (table 9, level M). */
const CHECKS = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => ((y >> 1) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/* ---- arithmetic in GF(256), modulo x^8 + x^4 + x^3 + x^2 + 1 */

const EXP = new Uint8Array(512);
const LOG = new Uint8Array(256);
for (let k = 0, value = 1; k < 255; k++) {
  EXP[k] = EXP[k + 255] = value;
  LOG[value] = k;
  value = (value << 1) ^ (value & 128 ? 0x11d : 0);
}
const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);

/* Coefficients of (x - 1)(x - 2)(x - 4)…, without the leading one. */
function generator(degree) {
  const out = new Uint8Array(degree);
  out[degree - 1] = 1;
  for (let k = 0; k < degree; k++)
    for (let j = 0; j < degree; j++)
      out[j] = times(out[j], EXP[k]) ^ (j + 1 < degree ? out[j + 1] : 0);
  return out;
}

function checkBytes(data, divisor) {
  const rest = new Uint8Array(divisor.length);
  for (const byte of data) {
    const factor = byte ^ rest[0];
    rest.copyWithin(0, 1);
    rest[rest.length - 1] = 0;
    for (let k = 0; k < rest.length; k++) rest[k] ^= times(divisor[k], factor);
  }
  return rest;
}

/* ---- capacity */

const sizeOf = (version) => 17 + 4 * version;

function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
  const out = [6];
  for (let at = sizeOf(version) - 7; out.length < count; at -= step) out.splice(1, 0, at);
  return out;
}

function codewords(version) {
  const n = alignments(version).length;
  const fixed = n ? 25 * n * n - 10 * n - 55 : 0;
  const modules = (16 * version + 128) * version + 64 - fixed - (version >= 7 ? 36 : 0);
  return modules >> 3;
}

const dataBytes = (version) => codewords(version) - CHECKS[version - 1] * BLOCKS[version - 1];
const headBits = (version) => 4 + (version < 10 ? 8 : 16);

function versionFor(length) {
  for (let version = 1; version <= CHECKS.length; version++)
    if (headBits(version) + 8 * length <= 8 * dataBytes(version)) return version;
  return 0;
}

/* ---- codewords */

function payload(bytes, version) {
  const bits = [];
  const put = (value, n) => {
    for (let k = n - 1; k >= 0; k--) bits.push((value >> k) & 1);
  };
  put(4, 4);
  put(bytes.length, headBits(version) - 4);
  for (const byte of bytes) put(byte, 8);
  const room = 8 * dataBytes(version);
  put(0, Math.min(4, room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
  return Uint8Array.from({ length: room / 8 }, (_, k) =>
    bits.slice(8 * k, 8 * k + 8).reduce((sum, bit) => 2 * sum + bit, 0),
  );
}

/* Blocks of nearly equal length, each with its error correction codewords, interleaved. */
function interleaved(data, version) {
  const [count, checks] = [BLOCKS[version - 1], CHECKS[version - 1]];
  const short = Math.floor(data.length / count);
  const longFrom = count - (data.length % count);
  const divisor = generator(checks);
  const blocks = [];
  for (let k = 0, at = 0; k < count; k++) {
    const part = data.subarray(at, (at += short + (k >= longFrom ? 1 : 0)));
    blocks.push([part, checkBytes(part, divisor)]);
  }
  const across = (which, length) =>
    Array.from({ length }, (_, k) => blocks.filter((block) => k < block[which].length).map((block) => block[which][k]));
  return [...across(0, short + 1), ...across(1, checks)].flat();
}

/* ---- modules */

/* An empty code; `fixed` marks the modules that are not masked. */
function blank(version) {
  const size = sizeOf(version);
  const [dark, fixed] = [new Uint8Array(size * size), new Uint8Array(size * size)];
  const set = (x, y, value) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return;
    dark[y * size + x] = value ? 1 : 0;
    fixed[y * size + x] = 1;
  };
  return { version, size, dark, fixed, set };
}

const ring = (dx, dy) => Math.max(Math.abs(dx), Math.abs(dy));

function square(code, cx, cy, reach, isDark) {
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) code.set(cx + dx, cy + dy, isDark(ring(dx, dy)));
}

function patterns(code) {
  const { size, version } = code;
  for (let k = 0; k < size; k++) {
    code.set(6, k, k % 2 === 0);
    code.set(k, 6, k % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]])
    square(code, x, y, 4, (r) => r !== 2 && r !== 4);
  const places = alignments(version);
  const last = places.length - 1;
  places.forEach((x, a) =>
    places.forEach((y, b) => {
      if ((a === 0 && (b === 0 || b === last)) || (a === last && b === 0)) return;
      square(code, x, y, 2, (r) => r !== 1);
    }),
  );
}

/* A value followed by its remainder: the BCH code of the format and version information. */
function bchCode(value, bits, divisor) {
  let rest = value;
  for (let k = 0; k < bits; k++) rest = (rest << 1) ^ ((rest >> (bits - 1)) * divisor);
  return (value << bits) | rest;
}

function formatInformation(code, mask) {
  const { size, set } = code;
  const bits = bchCode(mask, 10, 0x537) ^ 0x5412; // level M is 00
  const bit = (k) => (bits >> k) & 1;
  for (let k = 0; k < 6; k++) set(8, k, bit(k));
  set(8, 7, bit(6));
  set(8, 8, bit(7));
  set(7, 8, bit(8));
  for (let k = 9; k < 15; k++) set(14 - k, 8, bit(k));
  for (let k = 0; k < 8; k++) set(size - 1 - k, 8, bit(k));
  for (let k = 8; k < 15; k++) set(8, size - 15 + k, bit(k));
  set(8, size - 8, 1);
}

function versionInformation({ version, size, set }) {
  if (version < 7) return;
  const bits = bchCode(version, 12, 0x1f25);
  for (let k = 0; k < 18; k++) {
    const [a, b] = [size - 11 + (k % 3), Math.floor(k / 3)];
    set(a, b, (bits >> k) & 1);
    set(b, a, (bits >> k) & 1);
  }
}

/* Places the bits in columns of two, up and down, from the right, around the fixed modules. */
function fill({ size, dark, fixed }, bytes) {
  let at = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const up = ((right + 1) & 2) === 0;
    for (let step = 0; step < size; step++) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (fixed[y * size + x] || at >= 8 * bytes.length) continue;
        dark[y * size + x] = (bytes[at >> 3] >> (7 - (at & 7))) & 1;
        at += 1;
      }
    }
  }
}

function masked({ size, dark, fixed }, mask) {
  const out = dark.slice();
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      if (!fixed[y * size + x] && MASKS[mask](x, y)) out[y * size + x] ^= 1;
  return out;
}

/* ---- penalties (7.8.3.1): long runs, blocks, patterns like a finder, imbalance */

const FINDERS = [0b00001011101, 0b10111010000];

function linePenalty(line) {
  let [sum, run, last] = [0, 0, -1];
  for (const bit of [...line, -1]) {
    if (bit === last) { run += 1; continue; }
    if (run >= 5) sum += run - 2;
    [run, last] = [1, bit];
  }
  for (let k = 0, window = 0; k < line.length; k++) {
    window = ((window << 1) | line[k]) & 0x7ff;
    if (k >= 10 && FINDERS.includes(window)) sum += 40;
  }
  return sum;
}

function penalty(dark, size) {
  let sum = 0;
  for (let k = 0; k < size; k++) {
    sum += linePenalty(dark.subarray(k * size, (k + 1) * size));
    sum += linePenalty(Uint8Array.from({ length: size }, (_, j) => dark[j * size + k]));
  }
  for (let k = 0; k < dark.length - size; k++)
    if (k % size < size - 1 && dark[k] === dark[k + 1] && dark[k] === dark[k + size] && dark[k] === dark[k + size + 1]) sum += 3;
  const share = dark.reduce((all, bit) => all + bit, 0) / dark.length;
  return sum + 10 * Math.floor(Math.abs(share - 0.5) * 20);
}

export function encode(text) {
  const bytes = new TextEncoder().encode(text);
  const version = versionFor(bytes.length);
  if (!version) return null;
  const code = blank(version);
  patterns(code);
  formatInformation(code, 0);
  versionInformation(code);
  fill(code, interleaved(payload(bytes, version), version));
  let best = null;
  for (let mask = 0; mask < MASKS.length; mask++) {
    const tried = { ...code, dark: masked(code, mask) };
    tried.set = (x, y, value) => { tried.dark[y * code.size + x] = value ? 1 : 0; };
    formatInformation(tried, mask);
    const cost = penalty(tried.dark, code.size);
    if (!best || cost < best.cost) best = { cost, dark: tried.dark };
  }
  return { size: code.size, version, dark: (x, y) => best.dark[y * code.size + x] === 1 };
}

export function canvas(text, px) {
  const code = encode(text);
  if (!code) return null;
  const whole = code.size + 8;
  const each = Math.max(1, Math.round(px / whole));
  const node = document.createElement("canvas");
  node.width = node.height = whole * each;
  const ctx = node.getContext("2d");
  ctx.fillStyle = "#FFFFFF";
  ctx.fillRect(0, 0, node.width, node.height);
  ctx.fillStyle = "#000000";
  for (let y = 0; y < code.size; y++)
    for (let x = 0; x < code.size; x++)
      if (code.dark(x, y)) ctx.fillRect((x + 4) * each, (y + 4) * each, each, each);
  return node;
}
