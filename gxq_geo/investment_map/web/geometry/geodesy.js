/* Lengths, areas and grid coordinates on the ellipsoid. A position is [lon, lat], in degrees.

   Lengths: Vincenty's inverse formula (1975) on GRS 80, good to a millimetre; for points nearly
   opposite on the globe, where it does not converge, the great circle (0.5 %).
   Areas: positions are mapped to the authalic sphere, which keeps areas exactly, and the spherical
   excess is summed. Sides become great circles instead of geodesics: below 0.001 % for sides of
   50 km, below 0.02 % for sides of 500 km.
   Grid: transverse Mercator by Krueger's series to the fourth order in n, good to a millimetre
   within 6 degrees of the central meridian. */
const { sin, cos, tan, atan, atan2, asin, sinh, cosh, atanh, sqrt, hypot, log, PI } = Math;
const RADIAN = PI / 180;
const A = 6378137;
const F = 1 / 298.257222101;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = sqrt(E2);

/* Metres between two positions. */
export function distance([lon1, lat1], [lon2, lat2]) {
  const [u1, u2] = [lat1, lat2].map((lat) => atan((1 - F) * tan(lat * RADIAN)));
  const turn = (lon2 - lon1) * RADIAN;
  let lambda = turn;
  for (let k = 0; k < 100; k++) {
    const [sl, cl] = [sin(lambda), cos(lambda)];
    const sinSigma = hypot(cos(u2) * sl, cos(u1) * sin(u2) - sin(u1) * cos(u2) * cl);
    if (sinSigma === 0) return 0;
    const cosSigma = sin(u1) * sin(u2) + cos(u1) * cos(u2) * cl;
    const sigma = atan2(sinSigma, cosSigma);
    const sinAlpha = (cos(u1) * cos(u2) * sl) / sinSigma;
    const cos2 = 1 - sinAlpha * sinAlpha;
    const mid = cos2 < 1e-12 ? 0 : cosSigma - (2 * sin(u1) * sin(u2)) / cos2;
    const c = (F / 16) * cos2 * (4 + F * (4 - 3 * cos2));
    const before = lambda;
    lambda = turn + (1 - c) * F * sinAlpha *
      (sigma + c * sinSigma * (mid + c * cosSigma * (2 * mid * mid - 1)));
    if (Math.abs(lambda - before) < 1e-12) return arc(cos2, mid, sigma, sinSigma, cosSigma);
  }
  return greatCircle([lon1, lat1], [lon2, lat2]);
}

function arc(cos2, mid, sigma, sinSigma, cosSigma) {
  const u2 = (cos2 * (A * A - B * B)) / (B * B);
  const a = 1 + (u2 / 16384) * (4096 + u2 * (u2 * (320 - 175 * u2) - 768));
  const b = (u2 / 1024) * (256 + u2 * (u2 * (74 - 47 * u2) - 128));
  const more = b * sinSigma * (mid + (b / 4) * (cosSigma * (2 * mid * mid - 1) -
    (b / 6) * mid * (4 * sinSigma * sinSigma - 3) * (4 * mid * mid - 3)));
  return B * a * (sigma - more);
}

function greatCircle([lon1, lat1], [lon2, lat2]) {
  const half = (a, b) => sin(((b - a) * RADIAN) / 2) ** 2;
  const h = half(lat1, lat2) + cos(lat1 * RADIAN) * cos(lat2 * RADIAN) * half(lon1, lon2);
  return 2 * 6371008.8 * asin(Math.min(1, sqrt(h)));
}

/* The length of a line, in metres. */
export const length = (points) =>
  points.slice(1).reduce((sum, point, k) => sum + distance(points[k], point), 0);

const q = (s) => (1 - E2) * (s / (1 - E2 * s * s) - log((1 - E * s) / (1 + E * s)) / (2 * E));
const POLE = q(1);

/* The area inside a ring, open or closed, in either direction, in square metres. */
export function area(points) {
  const on = points.map(([lon, lat]) => [lon * RADIAN, tan(asin(q(sin(lat * RADIAN)) / POLE) / 2)]);
  const excess = on.reduce((sum, [lon, t], k) => {
    const [next, u] = on[(k + 1) % on.length];
    return sum + 2 * atan2(tan((next - lon) / 2) * (t + u), 1 + t * u);
  }, 0);
  return (Math.abs(excess) * A * A * POLE) / 2;
}

/* grid: { a, rf, lon_0, lat_0, k, x_0, y_0 }. Gives (lon, lat) -> [easting, northing] in metres. */
export function transverse(grid) {
  const n = 1 / (2 * grid.rf - 1);
  const r = (grid.k * grid.a * (1 + n ** 2 / 4 + n ** 4 / 64)) / (1 + n);
  const bend = (2 * sqrt(n)) / (1 + n);
  const series = [
    n / 2 - (2 * n ** 2) / 3 + (5 * n ** 3) / 16 + (41 * n ** 4) / 180,
    (13 * n ** 2) / 48 - (3 * n ** 3) / 5 + (557 * n ** 4) / 1440,
    (61 * n ** 3) / 240 - (103 * n ** 4) / 140,
    (49561 * n ** 4) / 161280,
  ];
  function plane(lon, lat) {
    const s = sin(lat * RADIAN);
    const t = sinh(atanh(s) - bend * atanh(bend * s));
    const turn = (lon - grid.lon_0) * RADIAN;
    const [xi, eta] = [atan2(t, cos(turn)), atanh(sin(turn) / sqrt(1 + t * t))];
    const sum = (first, second) => series.reduce((all, c, j) => all + c * first(2 * (j + 1) * xi) * second(2 * (j + 1) * eta), 0);
    return [r * (eta + sum(cos, sinh)), r * (xi + sum(sin, cosh))];
  }
  const [, foot] = plane(grid.lon_0, grid.lat_0);
  return (lon, lat) => {
    const [x, y] = plane(lon, lat);
    return [grid.x_0 + x, grid.y_0 + y - foot];
  };
}
