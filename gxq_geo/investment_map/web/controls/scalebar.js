/* The scale bar: a round length in metres or kilometres, on the screen and on paper. */
import { el } from "../base/dom.js";

const EQUATOR_M = 40075016.686;

/* 1, 2 or 5 times a power of ten, at most `most`. */
function roundLength(most) {
  const power = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((k) => k * power).find((metres) => metres <= most) ?? power;
}

/* Metres in one css px of a web Mercator map. */
const metresPerPixel = (lat, zoom) => (EQUATOR_M * Math.cos((lat * Math.PI) / 180)) / 2 ** (zoom + 8);

/* The bar for a latitude and zoom, at most `widest` css px long. */
export function scaleBar(text, lat, zoom, widest) {
  const each = metresPerPixel(lat, zoom);
  const metres = roundLength(each * widest);
  const [length, unit] = metres >= 1000 ? [metres / 1000, text.unit("km")] : [metres, text.unit("m")];
  return el(
    "div",
    { class: "scale", role: "img", "aria-label": `${text.number(length)} ${unit}`, css: { width: `${metres / each}px` } },
    el(
      "div",
      { class: "scale-words" },
      el("span", null, "0"),
      el("span", null, text.number(length / 2)),
      el("span", null, text.number(length), ` ${unit}`),
    ),
    el("div", { class: "scale-bar" }, el("i"), el("i"), el("i"), el("i")),
  );
}
