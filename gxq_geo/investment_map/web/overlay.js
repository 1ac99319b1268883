/* A canvas over the whole map that moves and zooms with it and is drawn anew when it rests.
   Leaflet's Renderer keeps such an element in place; what is drawn is ours. */
const Overlay = (() => {
  const PADDING = 0.12;

  /* draw(ctx, view): the view is the padded window; its margins are { x, y } beyond the map.
     needed() says whether there is anything to draw: a canvas of nothing takes as much memory.
     Redrawing waits for the next frame, so that several reasons draw once. */
  function create(map, pane, origin, draw, needed = () => true) {
    const desk = Desk.create();
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
        // What is seen already must not lag behind its place.
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
        this._drawn = needed();
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
        desk.hand();
      },

      cleared(size, dpr) {
        const { style } = this._container;
        [style.width, style.height] = [`${size.x}px`, `${size.y}px`];
        const ctx = desk.lay(this._container, Math.round(size.x * dpr), Math.round(size.y * dpr));
        ctx.setTransform(dpr, 0, 0, dpr, 0, 0);
        return ctx;
      },

      /* A long drag leaves the padded window: draw before its edge is seen. */
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

  return { create };
})();
