/* The shape of a label's text: in one row, in several, or letter by letter along a line. Each shape gives a label:
   the boxes that it needs, and a function that draws it. */
const CJK = /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/;
const STEEP = 1.43; // the slope beyond which Chinese letters stand upright, one above the other
const MOST_BEND = 0.42; // between neighbouring letters: the chord of their angle, in a unit circle
const BASELINE = 0.36; // from the middle of a row to its baseline, in font sizes
const LEADING = 1.32; // the height of a row, in font sizes

const isCjk = (text) => CJK.test(text);

/** @param {any} palette  of symbology/palette.js */
export function createShaping(palette) {
  const ctx = document.createElement("canvas").getContext("2d");
  const widths = new Map();

  function width(text, spec) {
    const font = palette.font(spec);
    const key = `${font}|${text}`;
    if (!widths.has(key)) {
      ctx.font = font;
      widths.set(key, ctx.measureText(text).width);
    }
    return widths.get(key);
  }

  function glyphs(text, spec) {
    const spacing = isCjk(text) ? spec.spacing : spec.spacing / 3;
    return Array.from(text, (ch) => ({ ch, spec, w: width(ch, spec) + spacing }));
  }

  function rowWidth(text, spec) {
    if (!spec.spacing) return width(text, spec);
    return glyphs(text, spec).reduce((sum, glyph) => sum + glyph.w, 0);
  }

  /* The letters of a row with their places; the whole text at once where letters are not spaced. */
  function row(text, spec, x, y, color) {
    const left = x - rowWidth(text, spec) / 2;
    if (!spec.spacing) return [{ ch: text, spec, color, x: left, y }];
    let at = left;
    return glyphs(text, spec).map(({ ch, w }) => {
      const placed = { ch, spec, color, x: at, y };
      at += w;
      return placed;
    });
  }

  function drawLetters(c, letters, halo) {
    c.textAlign = "left";
    c.textBaseline = "alphabetic";
    c.lineJoin = "round";
    for (const pass of ["halo", "fill"]) {
      for (const letter of letters) {
        if (pass === "halo" && !letter.spec.halo) continue;
        c.font = palette.font(letter.spec);
        if (pass === "halo") {
          c.strokeStyle = letter.haloColor ?? halo ?? palette.token("halo");
          c.lineWidth = letter.spec.halo;
        } else c.fillStyle = letter.color ?? palette.token(letter.spec.ink);
        drawLetter(c, letter, pass);
      }
    }
  }

  function drawLetter(c, { ch, spec, x, y, angle }, pass) {
    const put = pass === "halo" ? c.strokeText : c.fillText;
    if (!angle) { put.call(c, ch, x, y + BASELINE * spec.size); return; }
    c.save();
    c.translate(x, y);
    c.rotate(angle);
    put.call(c, ch, 0, BASELINE * spec.size);
    c.restore();
  }

  /* Rows around (x, y), or with `align: "left"` to the right of it: [{ text, spec, color, haloColor }]. */
  function block(rows, x, y, options = {}) {
    const heights = rows.map(({ spec }) => spec.size * LEADING);
    const total = heights.reduce((a, b) => a + b, 0);
    const wide = Math.max(...rows.map(({ text, spec }) => rowWidth(text, spec)));
    const middle = options.align === "left" ? x + wide / 2 : x;
    let top = y - total / 2;
    const letters = rows.flatMap(({ text, spec, color, haloColor }, k) => {
      const at = top + heights[k] / 2;
      top += heights[k];
      const rowX = options.align === "left" ? x + rowWidth(text, spec) / 2 : middle;
      return row(text, spec, rowX, at, color).map((letter) => ({ ...letter, haloColor }));
    });
    const pad = options.pad ?? 3;
    const box = [middle - wide / 2 - pad, y - total / 2 - pad / 2,
      middle + wide / 2 + pad, y + total / 2 + pad / 2];
    return { boxes: [box], draw: (c) => drawLetters(c, letters) };
  }

  /* A Latin name that is wider than `limit`, in two rows of about the same width. */
  function wrap(text, spec, limit) {
    if (isCjk(text) || rowWidth(text, spec) <= limit || !text.includes(" ")) return [text];
    const words = text.split(" ");
    const cuts = words.slice(1).map((_, k) =>
      [words.slice(0, k + 1).join(" "), words.slice(k + 1).join(" ")]);
    const longest = (pair) => Math.max(...pair.map((part) => rowWidth(part, spec)));
    return cuts.reduce((best, pair) => (longest(pair) < longest(best) ? pair : best));
  }

  /* A long Chinese name in two rows, the longer one first. */
  function breakCjk(text) {
    const letters = Array.from(text);
    if (!isCjk(text) || letters.length < 6) return [text];
    const half = Math.ceil(letters.length / 2);
    return [letters.slice(0, half).join(""), letters.slice(half).join("")];
  }

  function lengthsAlong(points) {
    const lengths = [0];
    for (let k = 1; k < points.length; k++) {
      lengths.push(lengths[k - 1] +
        Math.hypot(points[k][0] - points[k - 1][0], points[k][1] - points[k - 1][1]));
    }
    return lengths;
  }

  function pointAt(points, lengths, at) {
    let k = 1;
    while (k < points.length - 1 && lengths[k] < at) k++;
    const t = (at - lengths[k - 1]) / (lengths[k] - lengths[k - 1] || 1);
    return [points[k - 1][0] + t * (points[k][0] - points[k - 1][0]),
      points[k - 1][1] + t * (points[k][1] - points[k - 1][1])];
  }

  const stackedHeight = (spec) => spec.size * 1.12 + Math.min(spec.spacing, 3);

  /* The letters of a run of glyphs along a line from `start` on, or null where the line bends too much. */
  function lettersAlong(line, run, start, upright) {
    const letters = [];
    let at = start;
    let before = null;
    for (const { ch, spec, w, color } of run) {
      const size = upright ? stackedHeight(spec) : w;
      const a = pointAt(line.points, line.lengths, at);
      const b = pointAt(line.points, line.lengths, at + size);
      const angle = Math.atan2(b[1] - a[1], b[0] - a[0]);
      if (before !== null && Math.abs(Math.sin((angle - before) / 2)) * 2 > MOST_BEND) return null;
      before = angle;
      at += size;
      const middle = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
      letters.push(upright
        ? { ch, spec, color, x: middle[0] - width(ch, spec) / 2, y: middle[1], middle }
        : { ch, spec, color, x: a[0], y: a[1], angle, middle });
    }
    return letters;
  }

  /* The length of a run of glyphs along a line: upright letters take their height, others their width. */
  const lengthOf = (run, upright) => run.reduce((sum, glyph) =>
    sum + (upright ? stackedHeight(glyph.spec) : glyph.w), 0);

  /* Candidate labels along a line, of which the caller chooses. Each reads from left to right; Chinese letters on a
     steep stretch stand upright and read downwards. */
  function along(points, run) {
    const cjk = run.some(({ ch }) => isCjk(ch));
    const line = { points, lengths: lengthsAlong(points) };
    const reversed = [...points].reverse();
    const back = { points: reversed, lengths: lengthsAlong(reversed) };
    const length = line.lengths[line.lengths.length - 1];
    const steps = Math.min(24, Math.max(2, Math.round(length / 30)));
    const out = [];
    for (let k = 0; k <= steps && length > 0; k++) {
      const label = labelAt(line, back, (k / steps) * length, length, run, cjk);
      if (label) out.push({ ...label, offset: Math.abs(k / steps - 0.5) });
    }
    return out;
  }

  function labelAt(line, back, centre, length, run, cjk) {
    const reach = lengthOf(run, false) / 2;
    const a = pointAt(line.points, line.lengths, Math.max(0, centre - reach));
    const b = pointAt(line.points, line.lengths, Math.min(length, centre + reach));
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const upright = cjk && Math.abs(dy) > Math.abs(dx) * STEEP;
    const half = lengthOf(run, upright) / 2;
    if (centre < half || centre > length - half) return null;
    const backwards = upright ? dy < 0 : dx < 0;
    const letters = lettersAlong(backwards ? back : line, run,
      (backwards ? length - centre : centre) - half, upright);
    if (!letters) return null;
    const boxes = letters.map(({ middle: [x, y], spec }) =>
      [x - spec.size * 0.62, y - spec.size * 0.62, x + spec.size * 0.62, y + spec.size * 0.62]);
    return { boxes, bend: bendOf(letters), draw: (c) => drawLetters(c, letters) };
  }

  function bendOf(letters) {
    const angles = letters.map(({ angle }) => angle ?? 0);
    return Math.max(...angles) - Math.min(...angles);
  }

  return { width, rowWidth, glyphs, block, wrap, breakCjk, along };
}
