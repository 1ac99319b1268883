/* A canvas over the whole map that moves and zooms with it and is redrawn when it rests. Leaflet's Renderer keeps
   the element in place. */
import { createOffscreen } from "./offscreen.js";
import * as World from "./world.js";

const PADDING = 0.12;

/* draw(ctx, view): the view is the padded window; its margins are { x, y } beyond the map.
   isNeeded: whether there is anything to draw; an empty canvas would take as much memory as a full one.
   Redrawing waits for the next frame, so that several changes are drawn once. */
export function createOverlay(map, pane, origin, draw, isNeeded = () => true) {
  const offscreen = createOffscreen();
  let waiting = 0;
  const Layer = L.Renderer.extend({
    options: { pane, padding: PADDING },

    _initContainer() {
      this._container = document.createElement("canvas");
      this._container.setAttribute("aria-hidden", "true");
    },

    _destroyContainer() { this._container.remove(); },

    _update() {
      if (this._map._animatingZoom && this._bounds) return;
      L.Renderer.prototype._update.call(this);
      L.DomUtil.setPosition(this._container, this._bounds.min);
      // What is already visible must not lag behind the map.
      if (this._drawn) this.paint();
      else this.redraw();
    },

    redraw() {
      waiting ||= requestAnimationFrame(() => this.paint());
    },

    paint() {
      cancelAnimationFrame(waiting);
      waiting = 0;
      if (!this._bounds || !this._map) return;
      this._drawn = isNeeded();
      if (!this._drawn) {
        this._container.width = this._container.height = 0;
        return;
      }
      const { min } = this._bounds;
      const size = this._bounds.getSize();
      const dpr = window.devicePixelRatio || 1;
      const corner = this._map.getPixelOrigin().add(min);
      const scale = 2 ** this._zoom;
      const v = World.view(this._zoom, corner.x - origin[0] * scale, corner.y - origin[1] * scale,
        size.x, size.y, dpr);
      const edge = this._map.layerPointToContainerPoint(min);
      v.margin = { x: -edge.x, y: -edge.y };
      draw(this.cleared(size, dpr), v);
      offscreen.transfer();
    },

    cleared(size, dpr) {
      const { style } = this._container;
      [style.width, style.height] = [`${size.x}px`, `${size.y}px`];
      const ctx = offscreen.begin(this._container, Math.round(size.x * dpr), Math.round(size.y * dpr));
      ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
      return ctx;
    },

    /* A long drag leaves the padded window: redraw before its edge is visible. */
    follow() {
      if (!this._bounds || this._map._animatingZoom || this._map.getZoom() !== this._zoom) return;
      const edge = this._map.layerPointToContainerPoint(this._bounds.min);
      const size = this._map.getSize();
      const [x, y] = [edge.x / size.x + PADDING, edge.y / size.y + PADDING];
      if (Math.max(Math.abs(x), Math.abs(y)) > PADDING * 0.9) this._update();
    },
  });
  const layer = new Layer().addTo(map);
  map.on("move", layer.follow, layer);
  return { redraw: () => layer.redraw(), isIdle: () => !waiting, element: () => layer._container };
}
