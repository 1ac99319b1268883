/* Makes and finds elements. Text becomes text nodes, never markup. */
const SVG = "http://www.w3.org/2000/svg";

/* The strokes of the icons, in a square of 24 by 24. */
const ICONS = {
  close: "M6 6l12 12M18 6L6 18",
  search: "M16.2 16.2L21 21M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0z",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  whole: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  no: "M6 12h12",
  unknown: "M9.2 9.3a2.9 2.9 0 1 1 4.2 2.6c-.9.5-1.4 1-1.4 2.1M12 17.6v.2",
  phone:
    "M6 3.5h3l1.5 4.5-2 1.5a12 12 0 0 0 6 6l1.5-2 4.5 1.5v3a2 2 0 0 1-2.2 2A17 17 0 0 1 4 5.7a2 2 0 0 1 2-2.2z",
  auto: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 3.5v17M15 4.2v15.6M18 6.2v11.6",
  light:
    "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22M5 5l1.7 1.7M17.3 17.3L19 19M19 5l-1.7 1.7M6.7 17.3L5 19",
  dark: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  layers: "M12 4l8.5 4.5L12 13 3.5 8.5zM4 13l8 4.2 8-4.2",
  base: "M3.5 6.5l5.5-2 6 2 5.5-2v13l-5.5 2-6-2-5.5 2zM9 4.5v13M15 6.5v13",
  measure: "M3 15.5L15.5 3 21 8.5 8.5 21zM6.5 12l2.3 2.3M9.5 9l2.3 2.3M12.5 6l2.3 2.3",
  locate: "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM12 2.5v5M12 16.5v5M2.5 12h5M16.5 12h5",
  fullscreen: "M14 4h6v6M20 4l-7 7M10 20H4v-6M4 20l7-7",
  more: "M5 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6zM12 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6zM19 11.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6z",
  undo: "M8.5 5L4 9.5 8.5 14M4.5 9.5H14a5 5 0 0 1 0 10h-3",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7",
  near: "M4 9.8c2.6-2.4 5.3-2.4 8 0s5.4 2.4 8 0M4 15.8c2.6-2.4 5.3-2.4 8 0s5.4 2.4 8 0",
  right: "M9.5 5.5L16 12l-6.5 6.5",
  down: "M5.5 9.5L12 16l6.5-6.5",
  sliders: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
  up: "M5.5 14.5L12 8l6.5 6.5",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  share: "M12 15V4M8 7.5L12 3.5l4 4M5 12v8h14v-8",
  print: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
  warn: "M12 4l9 16H3zM12 10v4.5M12 17.2v.2",
};

function setProperty(node, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key === "class") node.setAttribute("class", value);
  else if (key === "css") for (const name in value) node.style.setProperty(name, value[name]);
  else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
  else node.setAttribute(key, value === true ? "" : value);
}

/**
 * An element: el("button", { class, onclick, css: { "--x": "1px" }, "aria-label": ... }, "text", node, null). Properties
 * and children that are null, undefined or false are left out; lists of children are flattened.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any> | null} [props]
 * @param {any[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const key in props) setProperty(node, key, props[key]);
  node.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(path);
  return svg;
}

export const byId = (id) => document.getElementById(id);

/* The element that has the focus. */
export const focused = () => /** @type {HTMLElement | null} */ (document.activeElement);

/* Makes elements unreachable, or reachable again. */
export function setInert(elements, inert) {
  for (const element of elements) element.inert = inert;
}

/* Handles pointer and keys for the [data-row] elements of a scrolling box: `keys(event)` gives what a key does, if
   anything; `pick(row)` is a click, `point(row)` a mouse over a row, or -1; `redraw` follows scrolling and resizing. */
export function onRows(box, { keys, pick, point, redraw }) {
  const rowOf = (event) => Number(event.target.closest("[data-row]")?.dataset.row ?? -1);
  let under = -1;
  const over = (row) => {
    if (row === under) return;
    under = row;
    point(row);
  };
  box.addEventListener("scroll", redraw, { passive: true });
  box.addEventListener("keydown", (event) => {
    const act = keys(event);
    if (!act) return;
    event.preventDefault();
    act();
  });
  box.addEventListener("click", (event) => rowOf(event) >= 0 && pick(rowOf(event)));
  box.addEventListener("pointermove", (event) => event.pointerType === "mouse" && over(rowOf(event)));
  box.addEventListener("pointerleave", () => over(-1));
  new ResizeObserver(redraw).observe(box);
}
