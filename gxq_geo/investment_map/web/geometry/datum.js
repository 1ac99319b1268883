/* The datums of base maps. The data are in WGS 84; for tiles in GCJ-02, positions are shifted when they are
   projected, by Leaflet and by the engine. The formula is that of gxq_geo/zone/datum.py. Positions outside mainland
   China, for which it is not defined, are not shifted. */
const RADIAN = Math.PI / 180;
const { sin, cos, sqrt, abs, PI } = Math;
const A = 6378245; // semi-major axis of the Krasovsky 1940 ellipsoid, in metres
const E2 = 0.006693421622965943; // its first eccentricity squared
const CHINA = { w: 72.004, e: 137.8347, s: 0.8293, n: 55.8271 };
const STEPS = 6; // of the inverse

/* Writes into out how far GCJ-02 lies east and north of WGS 84 at a position, in degrees. */
export function shift(lon, lat, out) {
  if (!(lon >= CHINA.w && lon <= CHINA.e && lat >= CHINA.s && lat <= CHINA.n)) {
    out[0] = out[1] = 0;
    return;
  }
  const x = lon - 105;
  const y = lat - 35;
  // The sines of pi t / 3, pi t, 2 pi t and 6 pi t follow from that of pi t / 12, which saves a third of the time.
  const [sx, cx, sy, cy] = [sin((PI * x) / 12), cos((PI * x) / 12), sin((PI * y) / 12), cos((PI * y) / 12)];
  const thirdX = 4 * sx * cx * (1 - 2 * sx * sx);
  const cosThird = 1 - 8 * sx * sx * cx * cx;
  const thirdY = 4 * sy * cy * (1 - 2 * sy * sy);
  const onceX = thirdX * (3 - 4 * thirdX * thirdX);
  const onceY = thirdY * (3 - 4 * thirdY * thirdY);
  const twice = 2 * onceX * cosThird * (4 * cosThird * cosThird - 3);
  const common = 20 * twice * (4 - 4 * twice * twice);
  const root = sqrt(abs(x));
  const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root +
    ((common + 20 * onceY + 40 * thirdY + 160 * sy + 320 * sin((PI * y) / 30)) * 2) / 3;
  const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root +
    ((common + 20 * onceX + 40 * thirdX + 150 * sx + 300 * sin((PI * x) / 30)) * 2) / 3;
  const s = sin(lat * RADIAN);
  const scale = 1 - E2 * s * s;
  out[0] = east * sqrt(scale) / (A * sqrt(1 - s * s) * RADIAN);
  out[1] = north * scale * sqrt(scale) / (A * (1 - E2) * RADIAN);
}

const by = new Float64Array(2);

export function toGcj([lon, lat]) {
  shift(lon, lat, by);
  return [lon + by[0], lat + by[1]];
}

/* By fixed-point iteration: the shift changes so slowly that each step gains three digits. */
export function fromGcj([lon, lat]) {
  let [x, y] = [lon, lat];
  for (let k = 0; k < STEPS; k++) {
    shift(x, y, by);
    [x, y] = [lon - by[0], lat - by[1]];
  }
  return [x, y];
}

function gcjCrs() {
  const mercator = L.Projection.SphericalMercator;
  return L.Util.extend({}, L.CRS.EPSG3857, {
    code: "GCJ-02",
    projection: L.Util.extend({}, mercator, {
      project({ lng, lat }) {
        const [x, y] = toGcj([lng, lat]);
        return mercator.project(L.latLng(y, x));
      },
      unproject(point) {
        const { lng, lat } = mercator.unproject(point);
        const [x, y] = fromGcj([lng, lat]);
        return L.latLng(y, x);
      },
    }),
  });
}

let gcj = null;
/* The Leaflet CRS that projects WGS 84 positions onto tiles of a datum. */
export const crs = (name) => (name === "gcj02" ? (gcj ??= gcjCrs()) : L.CRS.EPSG3857);
