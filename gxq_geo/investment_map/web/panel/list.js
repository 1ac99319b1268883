/* A listbox of any number of rows, of which only those in sight are elements. */
import { el, onRows } from "../base/dom.js";

export function createList(box, { onpick, onhover }) {
  const space = el("div", { class: "list-space", role: "presentation" });
  let rows = { n: 0, height: 56, draw: null, picked: -1 };
  let active = -1;
  let frameId = 0;
  // What of the box is in sight, as last measured: to measure it again lays the page out.
  let [top, height] = [0, innerHeight / 2];
  let drawn = [0, 0]; // the rows that are elements
  box.append(space);

  function row(i) {
    const node = rows.draw(i);
    const classes = ["row", i === active && "active", i === rows.picked && "picked"];
    node.className += ` ${classes.filter(Boolean).join(" ")}`;
    const marks = {
      id: `row-${i}`,
      role: "option",
      "data-row": i,
      "aria-posinset": i + 1,
      "aria-setsize": rows.n,
    };
    for (const key in marks) node.setAttribute(key, marks[key]);
    node.setAttribute("aria-selected", String(i === rows.picked || node.dataset.on === "true"));
    node.style.setProperty("top", `${i * rows.height}px`);
    node.style.setProperty("height", `${rows.height}px`);
    return node;
  }

  /* The rows in sight and some more: from the first, to before the last. */
  const inSight = (more) => [
    Math.max(0, Math.floor(top / rows.height) - more),
    Math.min(rows.n, Math.ceil((top + height) / rows.height) + more),
  ];

  function draw() {
    const [first, last] = inSight(4);
    drawn = [first, last];
    space.replaceChildren(...Array.from({ length: Math.max(0, last - first) }, (_, k) => row(first + k)));
    if (active >= first && active < last) box.setAttribute("aria-activedescendant", `row-${active}`);
    else box.removeAttribute("aria-activedescendant");
  }

  /* After scrolling, or where the box has another size. */
  function measure() {
    frameId = 0;
    [top, height] = [box.scrollTop, box.clientHeight];
    const [first, last] = inSight(0);
    if (first < drawn[0] || last > drawn[1]) draw();
  }

  const measureLater = () => {
    frameId ||= requestAnimationFrame(measure);
  };

  function show(i) {
    const start = i * rows.height;
    if (start < box.scrollTop) box.scrollTop = start;
    else if (start + rows.height > box.scrollTop + box.clientHeight)
      box.scrollTop = start + rows.height - box.clientHeight;
    top = box.scrollTop;
  }

  function step(to) {
    active = Math.min(rows.n - 1, Math.max(0, to));
    show(active);
    onhover(active);
    draw();
  }

  const page = () => Math.max(1, Math.floor(box.clientHeight / rows.height) - 1);
  const KEYS = {
    ArrowDown: () => step(active + 1),
    ArrowUp: () => step(active - 1),
    PageDown: () => step(active + page()),
    PageUp: () => step(active - page()),
    Home: () => step(0),
    End: () => step(rows.n - 1),
    Enter: () => active >= 0 && onpick(active),
    " ": () => active >= 0 && onpick(active),
  };

  onRows(box, {
    keys: (event) => rows.n && KEYS[event.key],
    pick: (i) => onpick((active = i)),
    point: onhover,
    redraw: measureLater,
  });

  return {
    /* Shows other rows: { n, height, draw(i) -> element, picked: the selected row or -1 }; `reset` scrolls to the top. */
    set(next, reset) {
      rows = next;
      space.style.setProperty("height", `${rows.n * rows.height}px`);
      if (reset) {
        if (top) box.scrollTop = top = 0;
        active = -1;
      }
      draw();
    },
    show,
    /* Marks the row of the record under the mouse on the map. */
    mark(i) {
      for (const node of space.querySelectorAll(".under")) node.classList.remove("under");
      space.querySelector(`[data-row="${i}"]`)?.classList.add("under");
    },
  };
}
