/* Decodes bytes from text: 13 bits in two of 91 characters, six bits in a last character that stands alone.
   gxq_geo/investment_map/payload/base91.py encodes them. */
const Base91 = (() => {
  const BITS = 13;
  const NARROW = 6;
  const SYMBOLS = new Uint8Array(128);
  for (let code = 33, k = 0; code < 127; code++) if (!"&<>".includes(String.fromCharCode(code))) SYMBOLS[code] = k++;

  function decode(text) {
    const pairs = text.length >> 1;
    const out = new Uint8Array((pairs * BITS + (text.length % 2) * NARROW) >> 3);
    for (let i = 0, at = 0, bits = 0, held = 0; at < out.length; i += 2) {
      const alone = i + 1 === text.length;
      const value = SYMBOLS[text.charCodeAt(i)];
      held = alone ? (held << NARROW) | value : (held << BITS) | (value * 91 + SYMBOLS[text.charCodeAt(i + 1)]);
      for (bits += alone ? NARROW : BITS; bits > 7; bits -= 8) out[at++] = held >>> (bits - 8);
    }
    return out;
  }

  return { decode };
})();
