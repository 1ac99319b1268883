/* Where a canvas is painted: on a desk, from which the pixels go to the canvas that shows them.
   That one holds the pixels only; a canvas that is drawn on holds what drew them as well. */
const Desk = (() => {
  const hands =
    typeof ImageBitmapRenderingContext === "function" &&
    typeof OffscreenCanvasRenderingContext2D === "function" &&
    "roundRect" in OffscreenCanvasRenderingContext2D.prototype;

  /* For one picture at a time: lay(canvas, w, h) gives a clean context of so many pixels, and
     hand() shows what was drawn with it. Without such canvases a browser draws where it shows. */
  function create() {
    const desk = hands ? new OffscreenCanvas(1, 1) : null;
    let shown = null;

    function lay(canvas, w, h) {
      shown = canvas;
      const on = desk ?? canvas;
      // Setting a size, even the same one, throws the pixels away and makes new ones.
      for (const one of new Set([canvas, on])) {
        if (one.width !== w || one.height !== h) [one.width, one.height] = [w, h];
      }
      const ctx = on.getContext("2d");
      ctx.setTransform(1, 0, 0, 1, 0, 0);
      ctx.clearRect(0, 0, w, h);
      return ctx;
    }

    function hand() {
      if (desk) shown.getContext("bitmaprenderer").transferFromImageBitmap(desk.transferToImageBitmap());
    }

    return { lay, hand };
  }

  return { create };
})();
