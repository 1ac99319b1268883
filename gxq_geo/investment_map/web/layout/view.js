/* What part of the world the map shows: fits records and the zone between the panels that cover the map, and
   tells the engine which parts are covered. All sizes are in css px. */
import { byId } from "../base/dom.js";

const ALIKE = 16; // px by which the free parts of two maps may differ for a link to open at the same zoom

/** @param {import("../start/ui.js").Ui} ui */
export function createView(ui) {
  const { map, engine, facts } = ui;
  let whole = false; // whether the reader looks at the whole zone
  let shown = null; // the view of an address that the map shows, and the situation in which it does
  let isOpen = false; // until the page is complete, measuring it would only lay it out several times

  const cardWidth = () => (byId("card").hidden || ui.bottomSheet.narrow ? 0 : byId("card").offsetWidth);

  /* How far panels cover the map from each side: [left, top, right, bottom]. */
  function covered() {
    if (!ui.bottomSheet.narrow) return [0, 0, cardWidth(), ui.shortlist.height() + byId("table").offsetHeight];
    const top = byId("lens").getBoundingClientRect().bottom + 8;
    if (innerWidth > 760) return [byId("panel").offsetWidth, top, 0, 0]; // a phone in landscape
    return [0, top, 0, Math.min(ui.bottomSheet.height, innerHeight * 0.5)];
  }

  /* The part of the map that no panel covers, in px. Leaflet learns of a change of the map's size only with the window's. */
  function freePart() {
    const [left, top, right, bottom] = covered().map(Math.round);
    const { clientWidth, clientHeight } = map.getContainer();
    return { x: left, y: top, width: Math.max(1, clientWidth - left - right), height: Math.max(1, clientHeight - top - bottom) };
  }

  /* The padding within which something is fitted: what is covered, and some space for the map's own controls. */
  function padding() {
    const [left, top, right, bottom] = covered();
    if (ui.bottomSheet.narrow) return [left + 16, top, right + 16, bottom + 56];
    const wide = map.getSize().x - right > 860;
    return [left + (wide ? byId("corner").offsetWidth + 24 : 24), top + 64, right + (wide ? 64 : 24), bottom + 24];
  }

  /* The boxes of the controls on the map, which labels avoid. */
  function boxes() {
    const stage = byId("stage").getBoundingClientRect();
    const inStage = ({ left, top, right, bottom }) =>
      [left - stage.left, top - stage.top, right - stage.left, bottom - stage.top].map(Math.round);
    return ["legend", "lens", "tools", "furniture", "coordinates"]
      .map((id) => byId(id).getBoundingClientRect())
      .filter(({ width }) => width)
      .map(inStage);
  }

  /* Tells the engine where labels may stand. */
  function update() {
    if (!isOpen) return;
    const [left, top, right, bottom] = covered();
    const furniture = ui.bottomSheet.narrow ? byId("furniture").offsetHeight + 12 : 0;
    engine.setSafeArea([left, top, right, bottom + furniture], boxes());
  }

  /* Zooms to a record: close enough to recognise it, far enough to see where it lies. */
  function fit(layerName, i) {
    const [layer, k] = ui.at(layerName, i);
    engine.fit(layer, k, { padding: padding(), maxZoom: layer === "stations" ? 12.5 : 14.25 });
  }

  function fitBounds(bounds, maxZoom) {
    const [left, top, right, bottom] = padding();
    whole = false;
    map.fitBounds(bounds, { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom], maxZoom, animate: false });
  }

  function fitAll() {
    whole = false;
    engine.fitAll({ padding: padding(), animate: false });
    whole = true;
    update();
  }

  /* A reader who looks at the whole zone still sees it whole when the free part of the map changes. */
  function refit() {
    if (whole) fitAll();
  }

  /* Moves the map just far enough that a record does not lie under the card. */
  function reveal(layerName, i) {
    const [layer, k] = ui.at(layerName, i);
    const at = facts.layer(layer)?.centre(k);
    if (!at) return;
    const [left, top, right, bottom] = covered();
    const point = map.latLngToContainerPoint([at[1], at[0]]);
    const size = map.getSize();
    const beyond = (value, least, most) => (value < least ? value - least : value > most ? value - most : 0);
    const by = [beyond(point.x, left + 40, size.x - right - 40), beyond(point.y, top + 40, size.y - bottom - 40)];
    if (by[0] || by[1]) map.panBy(by);
  }

  /* Shows what somebody saw in the free part of another map in the free part of this one. */
  function show(view) {
    const { x, y, width, height } = freePart();
    const isLike = !view.width || Math.max(Math.abs(view.width - width), Math.abs(view.height - height)) <= ALIKE;
    const step = Math.log2(Math.min(width / view.width, height / view.height));
    const zoom = isLike ? view.zoom : Math.floor((view.zoom + step) * 4) / 4;
    const near = Math.min(map.getMaxZoom(), Math.max(map.getMinZoom(), zoom));
    const aside = view.width ? L.point(x + width / 2, y + height / 2).subtract(map.getSize().divideBy(2)) : L.point(0, 0);
    map.setView(map.unproject(map.project([view.lat, view.lng], near).subtract(aside), near), near, { animate: false });
    shown = isLike ? { view, by: situation() } : null;
  }

  /* What the position of the map depends on. */
  const situation = () => JSON.stringify([map.getCenter(), map.getZoom(), freePart()]);

  /* What the map shows; until it moves, it is just what the address named. */
  function position() {
    if (shown?.by === situation()) return shown.view;
    const { x, y, width, height } = freePart();
    const { lat, lng } = map.containerPointToLatLng([x + width / 2, y + height / 2]);
    return { lat, lng, zoom: map.getZoom(), width, height };
  }

  /* The view that an address names, else the selected record, else the whole zone. */
  function open(view, selection) {
    if (!isOpen) map.invalidateSize({ animate: false });
    isOpen = true;
    if (view) show(view);
    else if (selection) fit(selection.layer, facts.layer(selection.layer).indexOf(selection.id));
    else return fitAll();
    if (!map._loaded) return fitAll(); // the record lies nowhere
    update();
  }

  map.on("dragstart zoomstart", () => {
    if (!whole) return;
    whole = false;
    update();
  });

  return {
    covered,
    update,
    fit,
    fitBounds,
    fitAll,
    refit,
    reveal,
    open,
    isWhole: () => whole,
    isOpen: () => isOpen,
    position,
  };
}
