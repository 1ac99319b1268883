/* Polyfills for browsers older than about 2022. */

function define(target, name, value) {
  if (!target[name]) Object.defineProperty(target, name, { value, writable: true, configurable: true });
}

define(Object, "hasOwn", (object, key) => Object.prototype.hasOwnProperty.call(object, key));
define(Array.prototype, "at", /** @this {any[]} */ function at(k) {
  return this[k < 0 ? k + this.length : k];
});
/* With one radius for all corners, as the page calls it. */
/** @this {CanvasPath} */
function roundRect(x, y, w, h, radius) {
  const r = Math.min(radius, w / 2, h / 2);
  this.moveTo(x + r, y);
  this.arcTo(x + w, y, x + w, y + h, r);
  this.arcTo(x + w, y + h, x, y + h, r);
  this.arcTo(x, y + h, x, y, r);
  this.arcTo(x, y, x + w, y, r);
  this.closePath();
}
define(CanvasRenderingContext2D.prototype, "roundRect", roundRect);
define(Path2D.prototype, "roundRect", roundRect);
