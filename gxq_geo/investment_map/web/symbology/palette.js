/* The colours, patterns and fonts of one theme, made from style.toml for a canvas. Each fill has a key, which legend
   and lists use too: "status:reserve", "price:2", "sectors:equipment+information", "zoning:green". */
const ROOT2 = Math.SQRT2;

function image(period, draw) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = period;
  draw(canvas.getContext("2d"));
  return canvas;
}

/* Diagonal lines that continue across the edges of a square cell. */
function diagonal(ctx, period, at, width, slope, color) {
  ctx.strokeStyle = color;
  ctx.lineWidth = width;
  ctx.beginPath();
  for (let k = -2; k <= 2; k++) {
    const x = at + k * period;
    ctx.moveTo(x - slope * period, -period);
    ctx.lineTo(x + 2 * slope * period, 2 * period);
  }
  ctx.stroke();
}

function lines(spec, ground, line, dpr) {
  const period = Math.round(spec.period * dpr);
  return image(period, (ctx) => {
    ctx.fillStyle = ground;
    ctx.fillRect(0, 0, period, period);
    diagonal(ctx, period, 0, spec.width * dpr, spec.slope, line);
  });
}

function dots(spec, ground, line, dpr) {
  const period = Math.round(spec.period * dpr);
  return image(period, (ctx) => {
    ctx.fillStyle = ground;
    ctx.fillRect(0, 0, period, period);
    ctx.fillStyle = line;
    ctx.beginPath();
    ctx.arc(period / 2, period / 2, (spec.width * dpr) / 2, 0, 7);
    ctx.fill();
  });
}

function bands(spec, colors, dpr) {
  const period = Math.round(spec.band * colors.length * dpr);
  const step = period / colors.length;
  return image(period, (ctx) => {
    ctx.fillStyle = colors[0];
    ctx.fillRect(0, 0, period, period);
    colors.slice(1).forEach((color, k) =>
      diagonal(ctx, period, (k + 1) * step, step / ROOT2, spec.slope, color));
  });
}

const channels = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
/* The luma of ITU-R BT.601, times a thousand. */
const luma = (hex) => { const [r, g, b] = channels(hex); return 299 * r + 587 * g + 114 * b; };

/* Of two text colours the one that differs more in luma from what is beneath, as in documents/drawing/styles.py. */
export const readable = (beneath, first, second) =>
  (Math.abs(luma(first) - luma(beneath)) >= Math.abs(luma(second) - luma(beneath)) ? first : second);

/* A mixture of two colours: 0 is the first, 1 the second. */
export function mix(from, to, part) {
  const [a, b] = [from, to].map(channels);
  return `#${a.map((value, k) => Math.round(value + part * (b[k] - value)).toString(16).padStart(2, "0")).join("")}`;
}

/* sectorTokens: sector id -> token; the k-th sector by rank has the k-th colour. */
export function createPalette(style, theme, sectorTokens) {
  const tokens = style.tokens[theme] ?? style.tokens.light;
  const token = (name) => tokens[name] ?? tokens.ink3;
  const images = new Map();

  function classFill(spec, change = (color) => color) {
    if (!spec) return { color: token("oper"), edge: token("doneedge"), tint: token("oper"), ink: token("ink2") };
    const own = (name) => change(token(name));
    const [color, line] = [own(spec.fill ?? spec.ground), spec.line && own(spec.line)];
    const edge = spec.edge ? own(spec.edge) : change(mix(token(spec.fill ?? spec.line), token("ink"), 0.45));
    const common = { color, edge, tint: own(spec.tint), ink: spec.ink ? token(spec.ink) : readable(color, token("ink"), token("halo")) };
    if (!spec.pattern) return common;
    const make = spec.pattern === "dots" ? dots : lines;
    return { ...common, pattern: (dpr) => make(style.patterns[spec.pattern], color, line, dpr) };
  }

  function sectorFill(ids) {
    const colors = ids.map((id) => token(sectorTokens.get(id) ?? "pub"));
    const common = { alpha: style.sector_opacity, tint: colors[0], ink: token("ink") };
    if (colors.length < 2) return { ...common, color: colors[0] };
    return { ...common, color: colors[0],
      pattern: (dpr) => bands(style.patterns.sectors, colors, dpr) };
  }

  function makeFill(key) {
    const at = key.indexOf(":");
    const [family, name] = [key.slice(0, at), key.slice(at + 1)];
    if (family === "status") return classFill(style.status[name]);
    if (family === "landuse-soft") {
      // Mixed with the ground once: painting many translucent parcels takes twice as long.
      const softened = (hex) => mix(hex, token("parkfill"), 1 - style.land_use.opacity);
      return classFill(style.lenses.landuse[name], softened);
    }
    if (Object.hasOwn(style.lenses, family)) return classFill(style.lenses[family][name]);
    if (family === "sector") return sectorFill([name]);
    if (family === "sectors") return sectorFill(name.split("+"));
    if (family === "zoning") {
      const color = token(style.zoning[name]?.fill ?? "pub");
      return { color, tint: color, ink: token("ink2") };
    }
    return { color: token(name || key), tint: token(name || key), ink: token("ink") };
  }

  const fills = new Map();
  function fill(key) {
    if (!fills.has(key)) fills.set(key, makeFill(key));
    return fills.get(key);
  }

  /* The fillStyle of a key: a colour, or a pattern whose cells are aligned to the scene's origin, so that it continues
     across tiles. */
  function paint(ctx, key, v) {
    const { color, pattern } = fill(key);
    if (!pattern) return color;
    const name = `${key}@${v.dpr}`;
    if (!images.has(name)) images.set(name, pattern(v.dpr));
    const cell = images.get(name);
    const made = ctx.createPattern(cell, "repeat");
    const phase = (at) => -(Math.round(at * v.dpr) % cell.width) / v.dpr;
    made.setTransform(new DOMMatrix([1 / v.dpr, 0, 0, 1 / v.dpr, phase(v.left), phase(v.top)]));
    return made;
  }

  const font = (spec, weight = spec.weight) =>
    `${spec.italic ? "italic " : ""}${weight} ${spec.size}px ${style.font.family}`;

  return { theme, style, token, fill, paint, font };
}
