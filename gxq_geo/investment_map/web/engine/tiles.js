/* The tiles: a Leaflet GridLayer of canvases, which one queue paints for a few milliseconds in each frame. A tile is
   repainted on a new canvas, which replaces the old one when it is done: no half-drawn map is ever visible. */
import { createOffscreen } from "./offscreen.js";
import * as World from "./world.js";

const SIZE = 512;
const BUDGET_MS = 8; // with what else is in a frame, it still comes in time
const BLEED = 1; // css px by which tiles overlap: at fractional device scales, gaps would show between them

/* Runs generators one after the other, within the time budget of each frame. */
function createQueue() {
  let jobs = [];
  let frameId = 0;

  function frame() {
    frameId = 0;
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
    if (jobs.length && !frameId) frameId = requestAnimationFrame(frame);
  }

  function add(job) {
    jobs = jobs.filter((other) => other.tile !== job.tile);
    jobs.push(job);
    ask();
  }

  return { add, isIdle: () => !jobs.length };
}

/* paintTile(ctx, view) is a generator; origin is that of the scene, in world units. */
export function createTiles(map, paintTile, origin, pane) {
  const queue = createQueue();
  const offscreen = createOffscreen();

  function viewOf(coords) {
    const scale = 2 ** coords.z;
    const dpr = window.devicePixelRatio || 1;
    return World.view(coords.z, coords.x * SIZE - origin[0] * scale,
      coords.y * SIZE - origin[1] * scale, SIZE + BLEED, SIZE + BLEED, dpr);
  }

  /* The queue paints one tile after the other, so all share one offscreen canvas. */
  function* painting(canvas, side, v) {
    yield* paintTile(offscreen.begin(canvas, side, side), v);
    offscreen.transfer();
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

    // Leaflet rounds to whole zooms and stretches the tiles; these are painted at any zoom.
    _setView(center, zoom, noPrune, noUpdate) {
      this._exactZoom = zoom;
      L.GridLayer.prototype._setView.call(this, center, zoom, noPrune, noUpdate);
    },

    _clampZoom() { return this._exactZoom ?? this._map.getZoom(); },

    // Levels at fractional zooms have no parents: old tiles stay until all new ones are painted.
    _pruneTiles() {
      if (!this._map) return;
      const tiles = Object.entries(this._tiles);
      if (tiles.some(([, tile]) => tile.current && !tile.active)) return;
      for (const [key, tile] of tiles) if (!tile.current) this._removeTile(key);
    },

    repaint() {
      for (const tile of Object.values(this._tiles ?? {})) {
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
