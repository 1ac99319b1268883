/* What all parts of the placement share: names and figures of records, and where records lie in a view. */
import { numberFormat } from "../base/numbers.js";
import { joined, patternOf } from "../data/figures.js";
import * as Polygons from "../geometry/polygons.js";
import { createShaping } from "./shaping.js";

/** @typedef {ReturnType<typeof createContext>} Context */

const [oneDecimal, whole] = [numberFormat(1, 1), numberFormat(0, 0)];

export function createContext({ scene, data, palette, lens, lang, figures }) {
  const nameOf = (layer, i) =>
    data.langs[lang].order.map((code) => layer.data.get(i, `name_${code}`)).find(Boolean) ?? "";

  /* A number as the language counts it, without its unit: with one decimal where the language does not convert it. */
  function converted(value, unit) {
    const { factor } = patternOf(data.schema, unit, lang);
    return factor === 1 ? oneDecimal(value) : whole(value * factor);
  }

  const withUnit = (value, unit) => {
    const { prefix, plural } = patternOf(data.schema, unit, lang);
    return joined([prefix + converted(value, unit), plural]);
  };

  /* An area of land in the reader's unit. */
  const land = (mu) => figures?.area(mu) ?? withUnit(mu, "mu");

  const isShown = (layer, i) => !layer.shown || layer.shown[i] === 1;

  /* The records in view that pass the filters. */
  const rows = (layer, v) => (layer ? Array.from(layer.tree.search(v.box(0))) : []).filter((i) => isShown(layer, i));

  /* The box of a record in css px. */
  function boxOf(layer, i, v) {
    const [w, n, e, s] = layer.shapes.boxes.subarray(4 * i, 4 * i + 4);
    return [v.px(w), v.py(n), v.px(e), v.py(s)];
  }

  /* A point inside a record, in css px. */
  function pointOf(layer, i, v) {
    const [x, y] = Polygons.point(layer.shapes, i);
    return [v.px(x), v.py(y)];
  }

  /* Whether a point in css px lies inside a record. */
  const contains = (layer, i, v, x, y) =>
    Polygons.contains(layer.shapes, i, (x + v.left) / v.scale, (y + v.top) / v.scale);

  return {
    scene,
    palette,
    lens,
    figures,
    specs: palette.style.labels,
    shaping: createShaping(palette),
    nameOf,
    converted,
    withUnit,
    land,
    isShown,
    rows,
    boxOf,
    pointOf,
    contains,
  };
}
