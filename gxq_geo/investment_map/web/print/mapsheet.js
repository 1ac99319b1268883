/* The map on one A4 page: what is in view, with title, legend, scale bar and notices. */
import { byId, el } from "../base/dom.js";
import { scaleBar } from "../controls/scalebar.js";
import { copyOfNotices } from "../layout/foot.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createMapSheet(ui, { picture, legend }) {
  const { map, text, store, facts } = ui;
  const t = text.t;
  /* The size of the map on the page, in css px. */
  const PORTRAIT = [716, 716];
  const LANDSCAPE = [776, 560];

  /* What is in view, in px of the map's zoom; the whole zone where the reader looks at it. */
  function inView() {
    const zoom = map.getZoom();
    const extent = ui.view.isWhole() && facts.extent();
    if (extent) {
      const [a, b] = [map.project([extent[3], extent[0]], zoom), map.project([extent[1], extent[2]], zoom)];
      return { middle: a.add(b).divideBy(2), wide: (b.x - a.x) * 1.04, high: (b.y - a.y) * 1.04, zoom };
    }
    const [left, top, right, bottom] = ui.view.covered();
    const { x, y } = map.getSize();
    const middle = map.project(map.containerPointToLatLng([(left + x - right) / 2, (top + y - bottom) / 2]), zoom);
    return { middle, wide: x - left - right, high: y - top - bottom, zoom };
  }

  /* Portrait or landscape, whichever shows the view larger. */
  function frame() {
    const { middle, wide, high, zoom } = inView();
    /** @param {number[]} size */
    const reduction = ([width, height]) => Math.max(wide / width, high / height);
    const landscape = reduction(LANDSCAPE) < reduction(PORTRAIT);
    const size = landscape ? LANDSCAPE : PORTRAIT;
    const half = L.point(...size).multiplyBy(reduction(size) / 2);
    const bounds = L.latLngBounds(map.unproject(middle.subtract(half), zoom), map.unproject(middle.add(half), zoom));
    return { bounds, size, landscape, zoom: zoom - Math.log2(reduction(size)) };
  }

  function head() {
    const { meta } = ui.data;
    const { lens } = store.get();
    return el(
      "header",
      { class: "paper-head" },
      el("div", null, el("p", null, text.pick(meta.name)), el("h2", null, text.pick(meta.title))),
      el(
        "div",
        { class: "paper-figures" },
        [...byId("figures").children].map((node) => node.cloneNode(true)),
      ),
      el("p", { class: "paper-lens" }, el("b", null, t(`lens_${lens}`)), chips().length > 0 && ` · ${t("print.filtered", { names: chips().join(t("list_join")) })}`),
    );
  }

  const chips = () => [...document.querySelectorAll("#filters .chip")].map((node) => node.textContent.trim()).filter(Boolean);

  function make() {
    const { bounds, size, landscape, zoom } = frame();
    const body = el(
      "div",
      { class: "paper-map" },
      picture(bounds, ...size, { numbers: true, boxes: [[0, size[1] - 44, 210, size[1]]] }),
      scaleBar(text, bounds.getCenter().lat, zoom, 150),
    );
    const side = [el("div", { class: "paper-legend" }, legend()), el("p", { class: "paper-hint" }, t("paper_hint"))];
    const node = el(
      "article",
      { class: `mapsheet ${landscape ? "landscape" : "portrait"}` },
      head(),
      el("div", { class: "paper-body" }, body, el("div", { class: "paper-side" }, side)),
      el("footer", { class: "paper-foot" }, copyOfNotices()),
    );
    return { node, landscape };
  }

  return { make };
}
