/* The shortlist: up to five sites or buildings that the reader keeps, in a tray below the map (on a narrow screen in the
   bottom sheet), numbered there and on the map, and in the address. */
import { byId, el, focused, icon } from "../base/dom.js";
import * as State from "../state/state.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createShortlist(ui) {
  const { text, facts, store, engine } = ui;
  const t = text.t;
  const root = document.documentElement;
  const tray = byId("stage").appendChild(el("section", { id: "tray", hidden: true }));

  const items = () => store.get().shortlist;
  const isSame = (layer, id) => (item) => item.layer === layer && item.id === id;
  const has = (layer, id) => items().some(isSame(layer, id));
  const takes = (layer) => State.KEPT.includes(layer);

  function toggle(layer, id) {
    if (!takes(layer)) return;
    const now = items();
    const name = text.nameOf(layer, id);
    if (has(layer, id)) {
      store.set({ shortlist: Object.freeze(now.filter((item) => !isSame(layer, id)(item))) });
      ui.say(t("shortlist.dropped", { name }));
    } else if (now.length >= State.MOST) ui.say(t("shortlist.full", { n: State.MOST }));
    else {
      store.set({ shortlist: Object.freeze([...now, Object.freeze({ layer, id })]) });
      ui.say(t("shortlist.kept", { name, n: now.length + 1, of: State.MOST }));
    }
  }

  function set(list) {
    const known = [list ?? []].flat().filter((item) => item && takes(item.layer) && ui.choices.exists(item.layer, item.id));
    const found = new Map(known.map(({ layer, id }) => [`${layer}:${id}`, Object.freeze({ layer, id })]));
    store.set({ shortlist: Object.freeze([...found.values()].slice(0, State.MOST)) });
  }

  /* The figure of a record beside its name. */
  function figure(layer, i) {
    const [field, format] =
      layer.name === "sites" ? ["area_mu", (mu) => text.area(mu)[0]] : ["vacant_floor_area_m2", (m2) => [text.number(m2), text.unit("m2")]];
    const value = layer.get(i, field);
    return text.known(value) ? format(value) : null;
  }

  const disc = (n) => el("span", { class: "disc" }, String(n));

  function entry({ layer: name, id }, k) {
    const layer = facts.layer(name);
    const i = layer.indexOf(id);
    const { selection } = store.get();
    const title = text.name(layer, i);
    const size = figure(layer, i);
    return el(
      "li",
      { class: "kept", "data-picked": String(Boolean(selection) && isSame(selection.layer, selection.id)({ layer: name, id })) },
      el(
        "button",
        { type: "button", class: "kept-main", onclick: () => ui.select(name, i, { fit: true }) },
        disc(k + 1),
        el("span", { class: "kept-name", title }, name === "sites" ? id : title),
        size && el("span", { class: "kept-size" }, size[0], el("span", { class: "unit" }, size[1])),
        el("span", { class: "kept-park" }, text.nameOf("parks", layer.get(i, "park_id"))),
      ),
      el(
        "button",
        { type: "button", class: "kept-drop", "aria-label": t("shortlist.drop_one", { name: title }), onclick: () => toggle(name, id) },
        icon("close"),
      ),
    );
  }

  function draw(state) {
    const hadFocus = tray.contains(focused());
    const { shortlist } = state;
    tray.hidden = !shortlist.length;
    root.dataset.tray = String(shortlist.length > 0);
    tray.setAttribute("aria-label", t("shortlist.title"));
    tray.replaceChildren(
      el(
        "div",
        { class: "tray-head" },
        el("b", null, t("shortlist.title")),
        el("span", null, t("shortlist.count", { n: shortlist.length, of: State.MOST })),
      ),
      el("ol", { class: "tray-list" }, shortlist.map(entry)),
      el(
        "button",
        { type: "button", class: "tray-go", disabled: shortlist.length < 2, title: shortlist.length < 2 ? t("shortlist.two") : null, onclick: () => store.set({ compare: true }) },
        t("shortlist.compare"),
      ),
    );
    if (hadFocus && shortlist.length) tray.querySelector(".tray-go:not(:disabled), .kept-main")?.focus({ preventScroll: true });
    engine.setNumbers(shortlist.map(({ layer, id }, k) => ({ layer, index: facts.layer(layer).indexOf(id), n: k + 1 })));
  }

  /* Below the map, or at the foot of the bottom sheet. */
  function place() {
    const home = byId(ui.bottomSheet.narrow ? "panel" : "stage");
    if (tray.parentNode === home) return;
    if (ui.bottomSheet.narrow) home.insertBefore(tray, byId("foot").parentNode === home ? byId("foot") : null);
    else home.append(tray);
  }

  const height = () => (tray.hidden || ui.bottomSheet.narrow ? 0 : tray.offsetHeight + 12);

  function render(state, changed) {
    place();
    if (!["shortlist", "lang", "theme", "selection", "unit"].some((key) => changed.has(key))) return;
    draw(state);
    root.style.setProperty("--tray", `${height()}px`);
  }

  addEventListener("resize", () => {
    place();
    root.style.setProperty("--tray", `${height()}px`);
  });

  return { has, takes, toggle, set, items, height, disc, render };
}
