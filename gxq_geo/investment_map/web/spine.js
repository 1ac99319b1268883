/* The line along which the name of a long body is set: through the middle of its breadth. */
const Spine = (() => {
  const GRID = 26;
  const STATIONS = 14;
  // Spread along over spread across, as variances: five means more than twice as long as broad.
  const LONG = 5;
  // Beyond this slope (as a sine) a name in rows reads better.
  const LEVEL = 0.75;

  /* Points of a regular grid inside record i, in css px of the view. */
  function samples(shapes, i, v) {
    const [w, n, e, s] = shapes.boxes.subarray(4 * i, 4 * i + 4);
    const step = Math.max(e - w, s - n) / GRID;
    const out = [];
    for (let y = n + step / 2; y < s; y += step) {
      const cuts = Inside.crossings(shapes, i, y);
      for (let c = 0; c + 1 < cuts.length; c += 2) {
        for (let x = w + step / 2; x < e; x += step) {
          if (x >= cuts[c] && x <= cuts[c + 1]) out.push([v.px(x), v.py(y)]);
        }
      }
    }
    return out;
  }

  /* Centre, direction of the greatest spread, and how much greater it is than across. */
  function axis(points) {
    const mx = points.reduce((sum, p) => sum + p[0], 0) / points.length;
    const my = points.reduce((sum, p) => sum + p[1], 0) / points.length;
    let xx = 0, xy = 0, yy = 0;
    for (const [x, y] of points) {
      xx += (x - mx) ** 2;
      xy += (x - mx) * (y - my);
      yy += (y - my) ** 2;
    }
    const root = Math.hypot((xx - yy) / 2, xy);
    const middle = (xx + yy) / 2;
    const angle = Math.atan2(2 * xy, xx - yy) / 2;
    return { mx, my, ux: Math.cos(angle), uy: Math.sin(angle),
      ratio: (middle + root) / Math.max(middle - root, 1e-9) };
  }

  function stations(points, { mx, my, ux, uy }) {
    const turned = points.map(([x, y]) =>
      [(x - mx) * ux + (y - my) * uy, (y - my) * ux - (x - mx) * uy]);
    const from = Math.min(...turned.map((p) => p[0]));
    const to = Math.max(...turned.map((p) => p[0]));
    const bins = Array.from({ length: STATIONS }, () => []);
    for (const [t, c] of turned) {
      bins[Math.min(STATIONS - 1, Math.floor(((t - from) / (to - from)) * STATIONS))].push(c);
    }
    return bins.flatMap((across, k) => (across.length ? [[
      from + ((k + 0.5) / STATIONS) * (to - from),
      across.reduce((a, b) => a + b, 0) / across.length]] : []));
  }

  function smooth(line) {
    return line.map(([t, c], k) => {
      const [, before] = line[Math.max(0, k - 1)];
      const [, after] = line[Math.min(line.length - 1, k + 1)];
      return [t, (before + 2 * c + after) / 4];
    });
  }

  /* The spine of record i as points in css px, or null where the body is not a long one. */
  function of(shapes, i, v) {
    const points = samples(shapes, i, v);
    if (points.length < 2 * STATIONS) return null;
    const along = axis(points);
    if (along.ratio < LONG || Math.abs(along.uy) > LEVEL) return null;
    const line = smooth(smooth(stations(points, along))).slice(1, -1);
    return line.map(([t, c]) =>
      [along.mx + t * along.ux - c * along.uy, along.my + t * along.uy + c * along.ux]);
  }

  return { of };
})();
