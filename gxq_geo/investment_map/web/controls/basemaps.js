/* Base maps that the reader may choose: the chooser, their tiles, and the return to the schematic map where
   tiles do not load. The schematic map stays until the first tile has loaded, so that the map is never empty;
   nothing is requested before the reader chooses. */
import { byId, el, icon } from "../base/dom.js";

const TIMEOUT_MS = 12000;
const FAILURES_FIRST = 4; // failed tiles that end a base map of which none has loaded
const FAILURES_LATER = 16; // failed tiles in a row that end it afterwards

const served = location.protocol.startsWith("http");
const isUsable = (base) => served || !base.http_only;
export const allBasemaps = (meta) => meta.basemaps ?? [];

/* The keys that an address may name; "" is the schematic map. */
export const usableBasemaps = (meta) => ["", ...allBasemaps(meta).filter(isUsable).map((base) => base.key)];

function tileLayers(base) {
  return base.urls.map((url, k) =>
    L.tileLayer(url, {
      subdomains: base.subdomains,
      minNativeZoom: base.zooms[0],
      maxNativeZoom: base.zooms[1],
      maxZoom: 24,
      zIndex: k + 1,
      className: `gxq-base gxq-${base.kind}`,
      referrerPolicy: base.referrer || false,
    }),
  );
}

/* Adds a base map and gives a function that removes it. `loaded` is called at the first tile; `failed` once, when
   tiles do not load. */
function addBasemap(map, base, { loaded, failed }) {
  const group = L.layerGroup(tileLayers(base));
  const [first] = group.getLayers();
  let [tiles, failures, ended] = [0, 0, false];
  const end = (tell) => {
    if (ended) return;
    ended = true;
    clearTimeout(waiting);
    group.remove();
    tell?.();
  };
  const waiting = setTimeout(() => { if (!tiles) end(failed); }, TIMEOUT_MS);
  first.on("tileload", () => {
    failures = 0;
    if (!tiles++) loaded();
  });
  first.on("tileerror", () => {
    if (++failures >= (tiles ? FAILURES_LATER : FAILURES_FIRST)) end(failed);
  });
  first.on("load", () => { if (!tiles) end(failed); });
  group.addTo(map);
  return () => end();
}

/** @param {import("../start/ui.js").Ui} ui */
export function createBasemaps(ui, close) {
  const { text, store, engine, map, data } = ui;
  const t = text.t;
  let remove = null;

  function show(key) {
    remove?.();
    remove = null;
    const base = allBasemaps(data.meta).find((one) => one.key === key);
    engine.setBase({ datum: base?.datum });
    if (!base) return;
    remove = addBasemap(map, base, {
      loaded: () => engine.setBase({ datum: base.datum, kind: base.kind }),
      failed: () => {
        store.set({ base: "" });
        ui.say(t("base_failed", { name: text.pick(base.name) }));
      },
    });
  }

  function choice(key, name, help, disabled) {
    const on = key === store.get().base;
    const choose = () => {
      store.set({ base: key });
      close();
    };
    return el(
      "button",
      { type: "button", class: "base", "data-base": key, "aria-pressed": String(on), disabled, onclick: choose },
      el("span", { class: "base-mark" }, on && icon("check")),
      el("span", null, name, help && el("span", { class: "base-help" }, help)),
    );
  }

  function chooser() {
    const choices = allBasemaps(data.meta).map((base) => {
      const disabled = !isUsable(base);
      return choice(base.key, text.pick(base.name), disabled && t("base_needs_http"), disabled);
    });
    const warning = !data.meta.map_review_no && el("p", { class: "base-note strong" }, t("base_unreviewed"));
    return [
      el("h3", null, t("base")),
      choice("", t("base_none"), t("base_none_help"), false),
      ...choices,
      el("p", { class: "base-note" }, t("base_online")),
      warning,
    ].filter(Boolean);
  }

  function render(state, changed) {
    if (!allBasemaps(data.meta).length) return;
    if (changed.has("base") && (state.base || remove)) show(state.base);
    if (!changed.has("base") && !changed.has("lang")) return;
    const base = allBasemaps(data.meta).find((one) => one.key === state.base);
    byId("credit").textContent = base ? text.pick(base.attribution) : "";
    byId("bases").replaceChildren(...chooser());
  }

  return { render };
}
