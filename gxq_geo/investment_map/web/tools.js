/* The tools beside the map: base map, measuring, position, full screen; and the coordinates below them. */
const createTools = (ui) => {
  const { el, icon, byId } = Dom;
  const { text, map, facts, data } = ui;
  const t = text.t;
  const root = document.documentElement;

  /* ---- coordinates */

  const grid = data.meta.grid ? Geodesy.transverse(data.meta.grid) : null;
  ui.degreesOf = ({ lng, lat }) => t("coordinates", { lon: lng.toFixed(5), lat: lat.toFixed(5) });
  /* Coordinates in the zone's own grid; nothing far from its meridian, where the series does not hold. */
  ui.gridOf = ({ lng, lat }, digits = 0) => {
    if (!grid || Math.abs(lng - data.meta.grid.lon_0) > 6 || Math.abs(lat) > 84) return "";
    const [east, north] = grid(lng, lat);
    return t("grid_coordinates", { north: north.toFixed(digits), east: east.toFixed(digits) });
  };

  function drawCoordinates(latlng) {
    const own = ui.gridOf(latlng);
    byId("coordinates").replaceChildren(el("span", null, ui.degreesOf(latlng)), ...(own ? [el("span", { title: t("grid_name", { name: data.meta.grid.name }) }, own)] : []));
  }
  map.on("moveend", () => drawCoordinates(map.getCenter()));
  map.on("mousemove", (event) => drawCoordinates(event.latlng));

  /* ---- position */

  let mark = null;

  function extent() {
    return ["zone_frame", "parks", "sites"].map((name) => facts.layer(name)?.extent).find(Boolean);
  }

  function found({ coords }) {
    const here = L.latLng(coords.latitude, coords.longitude);
    const [w, s, e, n] = extent() ?? [-180, -85, 180, 85];
    if (!L.latLngBounds([s, w], [n, e]).pad(0.2).contains(here)) return ui.say(t("locate_outside"));
    mark?.remove();
    mark = L.layerGroup([
      L.circle(here, { radius: coords.accuracy, interactive: false, className: "here-around" }),
      L.circleMarker(here, { radius: 7, interactive: false, className: "here" }),
    ]).addTo(map);
    map.setView(here, Math.max(map.getZoom(), 14));
  }

  function locate() {
    if (mark) {
      mark.remove();
      mark = null;
    } else navigator.geolocation.getCurrentPosition(found, () => ui.say(t("locate_denied")), { timeout: 15000, enableHighAccuracy: true });
  }

  /* ---- full screen */

  function fullscreen() {
    const done = document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen();
    done.catch(() => {}); // refused by the reader's settings: nothing changes
  }

  function label(tool, key) {
    tool.dataset.words = key;
    tool.title = t(key);
    tool.setAttribute("aria-label", t(key));
  }

  document.addEventListener("fullscreenchange", () =>
    label(tools.fullscreen, document.fullscreenElement ? "fullscreen_off" : "fullscreen"));

  /* ---- the buttons */

  const button = (name, key, run) =>
    el("button", { type: "button", class: "tool", "data-tool": name, "data-words": key, onclick: run }, icon(name));

  const open = { base: false, more: false };
  const measure = createMeasure(ui);
  const bases = Bases.create(ui, () => show({ base: false, more: false }));

  const tools = {
    base: button("base", "base", () => show({ base: !open.base, more: false })),
    measure: button("measure", "measure", () => {
      show({ base: false, more: false });
      measure.toggle();
      ui.pressed();
    }),
    locate: button("locate", "locate", () => {
      show({ base: false, more: false });
      locate();
    }),
    fullscreen: button("fullscreen", "fullscreen", () => {
      show({ base: false, more: false });
      fullscreen();
    }),
    more: button("more", "tools_more", () => show({ base: false, more: !open.more })),
  };

  function show(wanted) {
    Object.assign(open, wanted);
    byId("bases").hidden = !open.base;
    root.dataset.tools = String(open.more);
    ui.pressed();
    if (open.base) byId("bases").querySelector("[aria-pressed=true]").focus({ preventScroll: true, focusVisible: false });
  }

  ui.pressed = () => {
    if (byId("bases").childElementCount) tools.base.setAttribute("aria-expanded", String(open.base));
    tools.more.setAttribute("aria-expanded", String(open.more));
    tools.measure.setAttribute("aria-pressed", String(measure.isOn()));
  };

  byId("zooms").append(tools.more);
  byId("extras").append(...[
    Bases.all(data.meta).length && tools.base,
    tools.measure,
    "geolocation" in navigator && isSecureContext && tools.locate,
    document.fullscreenEnabled && tools.fullscreen,
  ].filter(Boolean));

  addEventListener("pointerdown", (event) => {
    if ((open.base || open.more) && !byId("tools").contains(event.target)) show({ base: false, more: false });
  });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !(open.base || open.more)) return;
    event.stopPropagation();
    const back = open.base && !tools.base.offsetParent ? tools.more : open.base ? tools.base : tools.more;
    show({ base: false, more: false });
    back.focus();
  }, { capture: true });

  return {
    render(state, changed) {
      bases.render(state, changed);
      measure.render(state, changed);
      if (!changed.has("lang")) return;
      drawCoordinates(map.getCenter());
      ui.pressed();
    },
  };
};
