/* The labels of the map: which are placed, and in which order. A label that finds no free place is left out.

   First comes what covers the map and the flag of the selected record, then symbols of stations, parks (the large
   ones first), names of stations, buildings, rivers, road numbers, roads, railways, sites, subdistricts, lakes. */
import { isRiver, overParks, placeNames } from "./areas.js";
import { createCollisionIndex } from "./collisions.js";
import { createContext } from "./context.js";
import { placeLineNames, placeShields } from "./lines.js";
import { placeParks } from "./parks.js";
import { createCarriers, placeStations, placeSymbolNames } from "./points.js";
import { placeSites } from "./sites.js";

/**
 * What is drawn for a label, and the boxes that it needs, in css px.
 * @typedef {object} Label
 * @property {number[][]} boxes
 * @property {(ctx: any) => void} draw
 * @property {{ box: number[], layer: string, ids: number[], x: number, y: number }} [symbol]  what a pointer finds there
 * @property {number} [bend]  of a label along a line: how far its letters turn, in radians
 * @property {number} [offset]  of a label along a line: its distance from the middle, 0 to 0.5
 */

/**
 * One run of the placement: the view, the part of it that no panel covers, what is taken, and the labels so far.
 * @typedef {object} Placement
 * @property {import("../engine/world.js").View} v
 * @property {number[]} area
 * @property {ReturnType<typeof createCollisionIndex>} collisions
 * @property {Label[]} labels
 */

/* options: { scene, data, palette, lens, lang, baseKind, figures }; a base map names rivers, roads and lakes itself. */
export function createLabels(options) {
  const context = createContext(options);
  const carriers = createCarriers(context);
  const { specs, nameOf, land, shaping } = context;
  const { baseKind } = options;

  /* The names of what a base map would name itself. */
  function placeWays(placement) {
    placeLineNames(context, placement, "rivers", specs.river);
    placeShields(context, placement);
    placeLineNames(context, placement, "roads", specs.road, (layer, i) => layer.data.get(i, "road_no"));
    placeLineNames(context, placement, "railways", specs.railway);
  }

  /* v: the view of the whole overlay; area: the part that no panel covers; covered: boxes in which no label may
     stand; flag: a label that has its place before all others, or null. Gives what to draw, in this order. */
  function place(v, area, covered, flag) {
    const collisions = createCollisionIndex();
    collisions.insert(covered);
    if (flag) collisions.insert(flag.boxes);
    /** @type {Placement} */
    const placement = { v, area, collisions, labels: [] };
    placeStations(context, placement);
    carriers.place(placement, true);
    placeParks(context, placement);
    placeSymbolNames(context, placement, "stations", specs.station);
    carriers.place(placement, false);
    if (!baseKind) placeWays(placement);
    placeSites(context, placement);
    placeNames(context, placement, "subdistricts", specs.subdistrict, { cost: overParks(context, placement) });
    if (!baseKind) placeNames(context, placement, "water", specs.lake, { skip: isRiver });
    placeSymbolNames(context, placement, "carriers", specs.carrier);
    if (flag) placement.labels.push(flag);
    return placement.labels;
  }

  return { place, nameOf, land, shaping };
}
