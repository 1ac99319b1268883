/* Canvases that hold pixels only. What is drawn goes to an offscreen canvas first, and its pixels from there to the
   canvas that is shown; a canvas that is drawn on directly keeps the drawing commands as well. */

const isSupported =
  typeof ImageBitmapRenderingContext === "function" &&
  typeof OffscreenCanvasRenderingContext2D === "function" &&
  "roundRect" in OffscreenCanvasRenderingContext2D.prototype;

/* One offscreen canvas, for one picture at a time: `begin` gives an empty context of w by h pixels, `transfer` shows
   what was drawn. Browsers without offscreen canvases draw on the visible canvas. */
export function createOffscreen() {
  const buffer = isSupported ? new OffscreenCanvas(1, 1) : null;
  let shown = null;

  function begin(canvas, w, h) {
    shown = canvas;
    const drawn = buffer ?? canvas;
    // Setting a size, even to its present value, discards the pixels and allocates new ones.
    for (const each of new Set([canvas, drawn])) {
      if (each.width !== w || each.height !== h) [each.width, each.height] = [w, h];
    }
    const ctx = drawn.getContext("2d");
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, w, h);
    return ctx;
  }

  function transfer() {
    if (buffer) shown.getContext("bitmaprenderer").transferFromImageBitmap(buffer.transferToImageBitmap());
  }

  return { begin, transfer };
}
