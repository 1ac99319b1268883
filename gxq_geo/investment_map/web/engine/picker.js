/* Which record lies under the pointer: symbols first, then parcels or blocks, then parks, as they are drawn. */
import * as Polygons from "../geometry/polygons.js";

const PICKED = ["sites", "zoning"];
const REACH = 4; // css px around a symbol that count as the symbol

/**
 * What lies at a position: a record, or a cluster of several.
 * @typedef {{ layer: string, index: number, ids?: number[], latlng: any, point: any }} Hit
 */

/* Gives a function from a LatLng to a Hit or null. */
export function createPicker(map, scene, state) {
  function symbolAt({ x, y }) {
    const near = state.symbols.filter(({ box }) =>
      x >= box[0] - REACH && x <= box[2] + REACH && y >= box[1] - REACH && y <= box[3] + REACH);
    return near[near.length - 1] ?? null;
  }

  function polygonAt(name, [x, y]) {
    const layer = scene.layer(name);
    if (!layer) return -1;
    const found = Array.from(layer.tree.search([x, y, x, y])).filter((i) =>
      (!layer.shown || layer.shown[i] === 1) && Polygons.contains(layer.shapes, i, x, y));
    return found.length ? found[found.length - 1] : -1;
  }

  return (latlng) => {
    const point = map.latLngToContainerPoint(latlng);
    const symbol = symbolAt(point);
    if (symbol) return { layer: symbol.layer, index: symbol.ids[0], ids: symbol.ids, latlng, point };
    const at = scene.project(latlng.lng, latlng.lat);
    const lens = scene.lens(state.lens);
    for (const name of [...PICKED.filter((layer) => lens.part(layer)), "parks"]) {
      const index = polygonAt(name, at);
      if (index >= 0) return { layer: name, index, latlng, point };
    }
    return null;
  };
}
