/* On paper: the map as it stands, drawn anew for an A4 sheet in the light theme, with its legend. */
const createPrint = (ui, parts) => {
  const { el, byId } = Dom;
  const { engine, map, text } = ui;
  const [WIDTH, HEIGHT] = [704, 720]; // css px: what an A4 sheet holds between its margins
  const DENSITY = 3;

  /* The part of the world that the view shows, widened to the shape of the paper. */
  function frame() {
    const zoom = map.getZoom();
    const [left, top, right, bottom] = ui.covered();
    const { x, y } = map.getSize();
    const middle = map.project(map.containerPointToLatLng([(left + x - right) / 2, (top + y - bottom) / 2]), zoom);
    const grow = Math.max((x - left - right) / WIDTH, (y - top - bottom) / HEIGHT);
    const half = L.point(WIDTH, HEIGHT).multiplyBy(grow / 2);
    return { bounds: L.latLngBounds(map.unproject(middle.subtract(half), zoom), map.unproject(middle.add(half), zoom)), zoom: zoom - Math.log2(grow) };
  }

  /* As a picture, for a canvas is printed a little smaller than its place. */
  function picture(bounds) {
    const canvas = el("canvas", {});
    engine.drawTo(canvas, bounds, { width: WIDTH, height: HEIGHT, scale: DENSITY });
    return el("img", { src: canvas.toDataURL(), alt: "", width: WIDTH, height: HEIGHT });
  }

  function before() {
    const { bounds, zoom } = frame();
    engine.setTheme("light");
    ui.recolour();
    const body = el("div", { class: "paper-map" }, picture(bounds), parts.scaleBar(bounds.getCenter().lat, zoom, 150));
    const legend = el("div", { class: "paper-legend" }, parts.legend());
    byId("paper").replaceChildren(body, legend, el("p", { class: "paper-hint" }, text.t("paper_hint")));
  }

  function after() {
    byId("paper").replaceChildren();
    engine.setTheme(ui.theme());
    ui.recolour();
  }

  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);
};
