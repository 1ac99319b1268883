/* The coordinates of the pointer, or of the map's centre, below the map: in degrees and in the zone's own grid. */
import { byId, el } from "../base/dom.js";
import * as Geodesy from "../geometry/geodesy.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createCoordinates(ui) {
  const { text, map, data } = ui;
  const t = text.t;
  const { grid } = data.meta;
  const project = grid ? Geodesy.transverse(grid) : null;

  const degrees = ({ lng, lat }) => t("coordinates", { lon: lng.toFixed(5), lat: lat.toFixed(5) });

  /* Empty far from the grid's central meridian, where the series of the projection does not hold. */
  function onGrid({ lng, lat }, digits = 0) {
    if (!project || Math.abs(lng - grid.lon_0) > 6 || Math.abs(lat) > 84) return "";
    const [east, north] = project(lng, lat);
    return t("grid_coordinates", { north: north.toFixed(digits), east: east.toFixed(digits) });
  }

  function draw(latlng) {
    const own = onGrid(latlng);
    const title = own && t("grid_name", { name: grid.name });
    byId("coordinates").replaceChildren(el("span", null, degrees(latlng)), ...(own ? [el("span", { title }, own)] : []));
  }

  map.on("moveend", () => draw(map.getCenter()));
  map.on("mousemove", (event) => draw(event.latlng));

  return { degrees, onGrid, draw: () => draw(map.getCenter()) };
}
