/* Tiles: a GridLayer of canvases that one queue paints, a few milliseconds a frame.
   A tile is repainted on a fresh canvas that takes the old one's place when it is done, so that
   a new lens or filter never shows a half-drawn map. */
const Tiles = (() => {
  const SIZE = 512;
  const BUDGET_MS = 12;
  // Neighbours overlap by a pixel: at odd device scales their edges would let the ground through.
  const BLEED = 1;

  /* Runs generators one after the other, within the frame's budget. */
  function createQueue() {
    let jobs = [];
    let asked = 0;

    function frame() {
      asked = 0;
      const until = performance.now() + BUDGET_MS;
      while (jobs.length && performance.now() < until) {
        const job = jobs[0];
        if (job.dropped || job.steps.next().done) {
          jobs.shift();
          if (!job.dropped) job.done();
        }
      }
      ask();
    }

    function ask() {
      if (jobs.length && !asked) asked = requestAnimationFrame(frame);
    }

    function add(job) {
      jobs = jobs.filter((other) => other.tile !== job.tile);
      jobs.push(job);
      ask();
    }

    return { add, isIdle: () => !jobs.length };
  }

  /* paintTile(ctx, view) is a generator; originAt(zoom) is the data's origin in pixels. */
  function create(map, paintTile, origin, pane) {
    const queue = createQueue();
    const desk = Desk.create();

    function viewOf(coords) {
      const scale = 2 ** coords.z;
      const dpr = window.devicePixelRatio || 1;
      return World.view(coords.z, coords.x * SIZE - origin[0] * scale,
        coords.y * SIZE - origin[1] * scale, SIZE + BLEED, SIZE + BLEED, dpr);
    }

    /* The queue paints one tile after the other, so they share a desk. */
    function* painting(canvas, side, v) {
      yield* paintTile(desk.lay(canvas, side, side), v);
      desk.hand();
    }

    function schedule(tile, coords, done) {
      const v = viewOf(coords);
      const canvas = document.createElement("canvas");
      const side = Math.ceil(v.w * v.dpr);
      canvas.style.width = canvas.style.height = `${side / v.dpr}px`;
      const job = { tile, steps: painting(canvas, side, v), done: () => { tile.replaceChildren(canvas); done?.(); } };
      tile.gxqJob = job;
      queue.add(job);
    }

    const Layer = L.GridLayer.extend({
      options: { tileSize: SIZE, keepBuffer: 1, pane, noWrap: true, updateWhenIdle: false,
        updateWhenZooming: false, className: "gxq-tiles" },

      createTile(coords, done) {
        const tile = document.createElement("div");
        schedule(tile, coords, () => done(null, tile));
        return tile;
      },

      // Leaflet rounds to whole zooms and would stretch the canvases; ours are painted at any zoom.
      _setView(center, zoom, noPrune, noUpdate) {
        this._exactZoom = zoom;
        L.GridLayer.prototype._setView.call(this, center, zoom, noPrune, noUpdate);
      },

      _clampZoom() { return this._exactZoom ?? this._map.getZoom(); },

      // Levels at broken zooms are nobody's parents: what is there stays until all is painted.
      _pruneTiles() {
        if (!this._map) return;
        const tiles = Object.entries(this._tiles);
        if (tiles.some(([, tile]) => tile.current && !tile.active)) return;
        for (const [key, tile] of tiles) if (!tile.current) this._removeTile(key);
      },

      repaint() {
        for (const tile of Object.values(this._tiles)) {
          if (tile.current) schedule(tile.el, tile.coords, tile.loaded ? null : () =>
            this._tileReady(tile.coords, null, tile.el));
        }
      },
    });

    const layer = new Layer();
    layer.on("tileunload", ({ tile }) => { if (tile.gxqJob) tile.gxqJob.dropped = true; });
    layer.addTo(map);
    return { repaint: () => layer.repaint(), remove: () => layer.remove(), isIdle: queue.isIdle };
  }

  return { create, createQueue };
})();
