/* The bottom sheet: on a narrow screen, panel and card slide up from below to one of three heights. */
import { byId } from "../base/dom.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createBottomSheet(ui) {
  const { text, store } = ui;
  const STOPS = ["title", "half", "full"];
  const narrow = matchMedia("(max-width: 760px), (max-height: 480px)");
  const root = document.documentElement;
  const grips = [...document.querySelectorAll(".grip")];
  let stop = "half";

  const HEIGHTS = {
    title: () => 136,
    half: () => Math.round(innerHeight * 0.46),
    full: () => innerHeight - 60 - byId("bands").offsetHeight,
  };
  const height = (name) => HEIGHTS[name]();

  const setHeight = (px) => root.style.setProperty("--sheet", `${px}px`);

  function go(name) {
    stop = name;
    root.dataset.stop = name;
    if (narrow.matches) setHeight(height(name));
    for (const grip of grips) {
      grip.setAttribute("aria-expanded", String(name !== "title"));
      grip.setAttribute("aria-label", text.t(`sheet_${STOPS[(STOPS.indexOf(name) + 1) % 3]}`));
    }
    ui.view.update();
    ui.view.refit();
  }

  /* ---- dragging, by the grip or the head of the sheet */

  let drag = null;

  function start(event) {
    if (!narrow.matches || event.button) return;
    drag = {
      y: event.clientY,
      from: height(stop),
      moved: false,
      last: [event.clientY, event.timeStamp],
      speed: 0,
    };
  }

  function move(event) {
    if (!drag) return;
    const by = drag.y - event.clientY;
    if (!drag.moved && Math.abs(by) < 6) return;
    drag.moved = true;
    root.classList.add("dragging");
    drag.speed = (drag.last[0] - event.clientY) / Math.max(1, event.timeStamp - drag.last[1]);
    drag.last = [event.clientY, event.timeStamp];
    setHeight(Math.min(height("full"), Math.max(height("title"), drag.from + by)));
  }

  function end(event) {
    if (!drag) return;
    const { moved, from, y, speed } = drag;
    drag = null;
    root.classList.remove("dragging");
    if (!moved) return;
    const aim = from + y - event.clientY + speed * 160;
    go([...STOPS].sort((a, b) => Math.abs(height(a) - aim) - Math.abs(height(b) - aim))[0]);
    addEventListener("click", swallow, { capture: true, once: true });
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 60);
  }

  /* The click at the end of a drag is not meant for the button under the finger. */
  const swallow = (event) => {
    event.stopPropagation();
    event.preventDefault();
  };

  for (const handle of document.querySelectorAll(".grip, #figures, .card-head"))
    handle.addEventListener("pointerdown", start);
  addEventListener("pointermove", move);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
  for (const grip of grips) grip.addEventListener("click", () => go(STOPS[(STOPS.indexOf(stop) + 1) % 3]));
  byId("search").addEventListener("focus", () => narrow.matches && go("full"));

  /* While the card covers the panel, the panel cannot be reached. */
  const cover = ({ selection }) => {
    byId("panel").inert = narrow.matches && selection !== null;
  };

  function adapt() {
    cover(store.get());
    if (narrow.matches) byId("foot").tabIndex = 0; // it scrolls there
    else byId("foot").removeAttribute("tabindex");
    byId(narrow.matches ? "panel" : "app").append(byId("foot"));
    if (narrow.matches || innerWidth < 1080) store.set({ folded: true });
    go(stop);
  }

  narrow.addEventListener("change", adapt);
  addEventListener("resize", () => go(stop));

  return {
    adapt,
    go,
    get narrow() {
      return narrow.matches;
    },
    get height() {
      return narrow.matches ? height(stop) : 0;
    },
    render: (state, changed) => {
      if (changed.has("selection")) cover(state);
      if (changed.has("lang")) go(stop);
      if (narrow.matches && changed.has("selection") && state.selection && stop === "title") go("half");
      if (narrow.matches && changed.has("tab") && !changed.has("lang") && stop === "title") go("half");
    },
  };
}
