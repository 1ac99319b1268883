/* What browsers have had since about 2022, for those a little older. */
(() => {
  const give = (kind, name, value) => kind[name] || Object.defineProperty(kind, name, { value, writable: true, configurable: true });
  give(Object, "hasOwn", (object, key) => Object.prototype.hasOwnProperty.call(object, key));
  give(Array.prototype, "at", function at(k) {
    return this[k < 0 ? k + this.length : k];
  });
  /* As the page calls it: with one radius. */
  function roundRect(x, y, w, h, radius) {
    const r = Math.min(radius, w / 2, h / 2);
    this.moveTo(x + r, y);
    this.arcTo(x + w, y, x + w, y + h, r);
    this.arcTo(x + w, y + h, x, y + h, r);
    this.arcTo(x, y + h, x, y, r);
    this.arcTo(x, y, x + w, y, r);
    this.closePath();
  }
  give(CanvasRenderingContext2D.prototype, "roundRect", roundRect);
  give(Path2D.prototype, "roundRect", roundRect);
})();
