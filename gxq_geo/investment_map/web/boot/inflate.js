/* Decompresses gzip (RFC 1952, RFC 1951), for browsers without DecompressionStream and for scripts that have to run at
   once. */
const Inflate = (() => {
  const LONGEST = 15; // bits of a Huffman code
  const END = 256;
  const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

  /* The base values of length and distance codes, and the number of their extra bits. */
  function ranges(count, first, bitsOf) {
    const bits = Uint8Array.from({ length: count }, (_, i) => bitsOf(i));
    const start = new Uint16Array(count);
    for (let i = 0, at = first; i < count; at += 1 << bits[i++]) start[i] = at;
    return { start, bits };
  }
  const LENGTHS = ranges(29, 3, (i) => (i < 8 || i === 28 ? 0 : (i >> 2) - 1));
  LENGTHS.start[28] = 258;
  const REACHES = ranges(30, 1, (i) => (i < 4 ? 0 : (i >> 1) - 1));

  const damaged = () => new Error("the data are damaged");

  function reversed(code, length) {
    let out = 0;
    for (let k = 0; k < length; k++) out |= ((code >> k) & 1) << (length - 1 - k);
    return out;
  }

  /* A table with an entry for every value of the next bits: symbol << 4 | length of its code; 0 where no code fits. */
  function tableOf(lengths) {
    const count = new Uint16Array(LONGEST + 1);
    for (const length of lengths) count[length]++;
    count[0] = 0;
    const next = new Uint16Array(LONGEST + 2);
    for (let k = 1; k <= LONGEST; k++) next[k + 1] = (next[k] + count[k]) << 1;
    const bits = Math.max(1, ...lengths);
    const table = new Uint16Array(1 << bits);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      const length = lengths[symbol];
      if (!length) continue;
      for (let at = reversed(next[length]++, length); at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
    }
    return { table, mask: table.length - 1 };
  }

  const FIXED = [
    tableOf(Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
    tableOf(new Uint8Array(30).fill(5)),
  ];

  function inflate(bytes, from, size) {
    const out = new Uint8Array(size);
    let [at, to, held, n] = [from, 0, 0, 0]; // `held` is a buffer of the next n bits

    /* The next bits, which remain in the buffer; past the end they are 0. */
    function peek(mask, wanted) {
      for (; n < wanted; n += 8) held |= bytes[at++] << n;
      return held & mask;
    }
    function take(wanted) {
      const value = peek((1 << wanted) - 1, wanted);
      held >>>= wanted;
      n -= wanted;
      return value;
    }
    function symbol({ table, mask }) {
      const entry = table[peek(mask, LONGEST)];
      if (!entry) throw damaged();
      held >>>= entry & 15;
      n -= entry & 15;
      return entry >> 4;
    }

    function stored() {
      at -= n >> 3; // whole bytes that were read ahead
      [held, n] = [0, 0];
      const length = bytes[at] | (bytes[at + 1] << 8);
      const part = bytes.subarray(at + 4, at + 4 + length);
      if (part.length < length || to + length > size) throw damaged();
      out.set(part, to);
      at += 4 + length;
      to += length;
    }

    function codes() {
      const [literals, reaches, own] = [take(5) + 257, take(5) + 1, take(4) + 4];
      const small = new Uint8Array(19);
      for (let k = 0; k < own; k++) small[ORDER[k]] = take(3);
      const table = tableOf(small);
      const lengths = new Uint8Array(literals + reaches);
      for (let k = 0; k < lengths.length; ) {
        const code = symbol(table);
        if (code < 16) { lengths[k++] = code; continue; }
        const times = code === 16 ? 3 + take(2) : code === 17 ? 3 + take(3) : 11 + take(7);
        if (k + times > lengths.length || (code === 16 && !k)) throw damaged();
        lengths.fill(code === 16 ? lengths[k - 1] : 0, k, (k += times));
      }
      return [tableOf(lengths.subarray(0, literals)), tableOf(lengths.subarray(literals))];
    }

    function block([literals, reaches]) {
      for (;;) {
        const code = symbol(literals);
        if (code === END) return;
        if (at > bytes.length + 4 || to >= size) throw damaged();
        if (code < END) { out[to++] = code; continue; }
        const k = code - END - 1;
        const length = LENGTHS.start[k] + take(LENGTHS.bits[k]);
        const r = symbol(reaches);
        const back = to - REACHES.start[r] - take(REACHES.bits[r]);
        if (!(back >= 0 && to + length <= size)) throw damaged();
        for (let m = 0; m < length; m++) out[to + m] = out[back + m]; // source and target may overlap
        to += length;
      }
    }

    for (let last = 0; !last; ) {
      if (at > bytes.length) throw damaged();
      last = take(1);
      const kind = take(2);
      if (kind === 3) throw damaged();
      if (kind === 0) stored();
      else block(kind === 1 ? FIXED : codes());
    }
    if (to !== size) throw damaged();
    return out;
  }

  function checksum(bytes) {
    const table = Int32Array.from({ length: 256 }, (_, i) => {
      for (let k = 0; k < 8; k++) i = i & 1 ? (i >>> 1) ^ 0xedb88320 : i >>> 1;
      return i;
    });
    let sum = -1;
    for (let i = 0; i < bytes.length; i++) sum = table[(sum ^ bytes[i]) & 255] ^ (sum >>> 8);
    return ~sum >>> 0;
  }

  /* A gzip file whose header has no optional fields, as Python writes it. */
  function gunzip(bytes) {
    if (bytes.length < 18 || bytes[2] !== 8 || bytes[3] !== 0) throw damaged();
    const end = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 8);
    const size = end.getUint32(4, true);
    if (size > bytes.length * 1032) throw damaged(); // beyond the compression ratio of deflate
    const out = inflate(bytes.subarray(0, -8), 10, size);
    if (checksum(out) !== end.getUint32(0, true)) throw damaged();
    return out;
  }

  /* The same, by the browser where it can; what is not zipped remains as it is. */
  async function unzip(bytes) {
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
    if (typeof DecompressionStream === "undefined") return gunzip(bytes);
    const { readable, writable } = new DecompressionStream("gzip");
    const writer = writable.getWriter();
    const whole = new Response(readable).arrayBuffer();
    await Promise.all([writer.write(bytes), writer.close(), whole]);
    return new Uint8Array(await whole);
  }

  return { gunzip, unzip };
})();
