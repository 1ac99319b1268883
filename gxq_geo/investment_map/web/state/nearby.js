/* What lies near a record: named places with their straight-line distance, other sites, and the zoning block below.

   places(layer, i)    [{ layer, index, kind, km }], nearest first within each kind of access
   sites(layer, i, n)  [{ index, km }]: the nearest available sites other than the record itself
   block(layer, i)     the index of the zoning block on which the record lies, or -1 */
import * as Geodesy from "../geometry/geodesy.js";
import * as Polygons from "../geometry/polygons.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createNearby(ui) {
  const { facts } = ui;
  const NEXT_TO = 0.06; // km between the outlines of neighbours: a street may lie between them
  const MOST_VERTICES = 4000; // a record with more is measured from a point inside it
  const STATIONS = 3; // stations that are listed
  const RADIAN = Math.PI / 180;

  /* The outlines of a record as lists of [lon, lat]; rings are closed. */
  function lines(layer, i) {
    const middle = layer.centre(i);
    if (!middle) return [];
    const polygon = layer.kindOf(i) === "polygon";
    const rings = layer.rings(i).flat();
    if (rings.reduce((sum, ring) => sum + ring.length, 0) > 2 * MOST_VERTICES) return [[middle]];
    return rings.map((ring) => {
      const line = Array.from({ length: ring.length / 2 }, (_, k) => [ring[2 * k], ring[2 * k + 1]]);
      return polygon && line.length ? [...line, line[0]] : line;
    });
  }

  /* The distance from p to a segment and the nearest point on it, on a plane whose unit is a degree of latitude: exact
     enough to find the nearest point. */
  function toSegment(p, a, b, east) {
    const [dx, dy] = [(b[0] - a[0]) * east, b[1] - a[1]];
    const [px, py] = [(p[0] - a[0]) * east, p[1] - a[1]];
    const long = dx * dx + dy * dy;
    const t = long ? Math.min(1, Math.max(0, (px * dx + py * dy) / long)) : 0;
    return [Math.hypot(px - t * dx, py - t * dy), [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]];
  }

  function nearestOf(points, others, east, best) {
    for (const p of points)
      for (const line of others)
        for (let k = 0; k < Math.max(1, line.length - 1); k++) {
          const [distance, at] = toSegment(p, line[k], line[k + 1] ?? line[k], east);
          if (distance < best.distance) best = { distance, from: p, to: at };
        }
    return best;
  }

  /* The distance between the outlines of two records, in km; null where one has no geometry. */
  function between(layer, i, other, j) {
    const [a, b] = [lines(layer, i), lines(other, j)];
    if (!a.length || !b.length) return null;
    const east = Math.cos(a[0][0][1] * RADIAN);
    const there = nearestOf(a.flat(), b, east, { distance: Infinity, from: null, to: null });
    const best = nearestOf(b.flat(), a, east, there);
    return Geodesy.distance(best.from, best.to) / 1000;
  }

  const among = (name, field, values) => {
    const layer = facts.layer(name);
    if (!layer) return [];
    return [...Array(layer.n).keys()].filter((i) => values.includes(layer.get(i, field)));
  };

  function ranked(layer, i, name, rows, kind) {
    const other = facts.layer(name);
    return rows
      .map((j) => ({ layer: name, index: j, kind: kind ?? other.get(j, "kind"), km: between(layer, i, other, j) }))
      .filter(({ km }) => km !== null)
      .sort((a, b) => a.km - b.km);
  }

  /* The nearest stations with a high-speed one among them, the nearest airport, and the nearest expressway. */
  function places(layer, i) {
    const stations = ranked(layer, i, "stations", among("stations", "kind", ["rail", "high_speed"]));
    const fast = stations.find(({ kind }) => kind === "high_speed");
    const kept = stations.filter((station, k) => k < STATIONS - 1 || station === fast || (!fast && k < STATIONS));
    return [
      ...kept.slice(0, STATIONS),
      ...ranked(layer, i, "stations", among("stations", "kind", ["airport"])).slice(0, 1),
      ...ranked(layer, i, "roads", among("roads", "road_class", ["expressway"]), "expressway").slice(0, 1),
    ];
  }

  /* First by one vertex, which is fast for any number of sites, then by the outlines of the nearest. */
  function sites(layer, i, n) {
    const all = facts.layer("sites");
    const middle = layer.centre(i);
    if (!all?.shapes || !middle) return [];
    const { shapes } = all;
    const east = Math.cos(middle[1] * RADIAN);
    const offered = [];
    for (let j = 0; j < all.n; j++) {
      if (!shapes.kinds[j] || (layer === all && j === i) || all.get(j, "status") !== "available") continue;
      const k = shapes.vertex[shapes.ring[shapes.part[j]]];
      const [lon, lat] = shapes.degrees(shapes.x[k], shapes.y[k]);
      offered.push([Math.hypot((lon - middle[0]) * east, lat - middle[1]), j]);
    }
    const candidates = offered.sort((a, b) => a[0] - b[0]).slice(0, 3 * n);
    return candidates
      .map(([, index]) => ({ index, km: between(layer, i, all, index) }))
      .sort((a, b) => a.km - b.km)
      .slice(0, n);
  }

  function block(layer, i) {
    const zoning = facts.layer("zoning");
    const id = layer.get(i, "zoning_id");
    if (!zoning?.shapes || id) return zoning ? zoning.indexOf(id) : -1;
    const at = layer.centre(i);
    if (!at) return -1;
    const [x, y] = zoning.shapes.at(at[0], at[1]);
    for (let k = 0; k < zoning.n; k++) if (zoning.shapes.kinds[k] && Polygons.contains(zoning.shapes, k, x, y)) return k;
    return -1;
  }

  return { places, sites, block, NEXT_TO };
}
