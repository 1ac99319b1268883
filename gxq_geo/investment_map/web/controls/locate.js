/* Shows the device's position on the map, if it lies in the zone. */

/** @param {import("../start/ui.js").Ui} ui */
export function createLocate(ui) {
  const { text, map, facts } = ui;
  let mark = null;

  function found({ coords }) {
    const here = L.latLng(coords.latitude, coords.longitude);
    const [w, s, e, n] = facts.extent() ?? [-180, -85, 180, 85];
    if (!L.latLngBounds([s, w], [n, e]).pad(0.2).contains(here)) return ui.say(text.t("locate_outside"));
    mark?.remove();
    mark = L.layerGroup([
      L.circle(here, { radius: coords.accuracy, interactive: false, className: "here-around" }),
      L.circleMarker(here, { radius: 7, interactive: false, className: "here" }),
    ]).addTo(map);
    map.setView(here, Math.max(map.getZoom(), 14));
  }

  /* Shows the position, or removes it where it is shown. */
  return () => {
    if (mark) {
      mark.remove();
      mark = null;
      return;
    }
    const failed = () => ui.say(text.t("locate_denied"));
    navigator.geolocation.getCurrentPosition(found, failed, { timeout: 15000, enableHighAccuracy: true });
  };
}
