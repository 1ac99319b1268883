/* Base maps that the reader may lay under the map: the chooser, the tiles, and the way back to the
   schematic map where they do not come. Until the first tile is there the schematic ground stays,
   so that the map is never empty; nothing is asked of the network before a choice. */
const Bases = (() => {
  const { el, icon, byId } = Dom;
  const PATIENCE_MS = 12000;
  const AT_FIRST = 4; // failures that end it before any tile came
  const LATER = 16; // failures in a row that end it afterwards

  const served = location.protocol.startsWith("http");
  const isUsable = (base) => served || !base.http_only;
  const all = (meta) => meta.basemaps ?? [];

  /* The keys that an address may name. */
  const usable = (meta) => ["", ...all(meta).filter(isUsable).map((base) => base.key)];

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

  /* Puts tiles on the map; came() at the first of them, failed() once when they do not come. */
  function lay(map, base, { came, failed }) {
    const group = L.layerGroup(tileLayers(base));
    const [first] = group.getLayers();
    let [loaded, failures, ended] = [0, 0, false];
    const end = (tell) => {
      if (ended) return;
      ended = true;
      clearTimeout(waiting);
      group.remove();
      tell?.();
    };
    const waiting = setTimeout(() => loaded || end(failed), PATIENCE_MS);
    first.on("tileload", () => {
      failures = 0;
      if (!loaded++) came();
    });
    first.on("tileerror", () => {
      if (++failures >= (loaded ? LATER : AT_FIRST)) end(failed);
    });
    first.on("load", () => loaded || end(failed));
    group.addTo(map);
    return () => end();
  }

  function chooser(ui, close) {
    const { text, store, data } = ui;
    const t = text.t;
    const row = (key, name, help, off) =>
      el(
        "button",
        {
          type: "button",
          class: "base",
          "data-base": key,
          "aria-pressed": String(key === store.get().base),
          disabled: off,
          onclick: () => {
            store.set({ base: key });
            close();
          },
        },
        el("span", { class: "base-mark" }, key === store.get().base && icon("check")),
        el("span", null, name, help && el("span", { class: "base-help" }, help)),
      );
    const rows = all(data.meta).map((base) => {
      const off = !isUsable(base);
      return row(base.key, text.pick(base.name), off && t("base_needs_http"), off);
    });
    const warning = !data.meta.map_review_no && el("p", { class: "base-note strong" }, t("base_unreviewed"));
    return [
      el("h3", null, t("base")),
      row("", t("base_none"), t("base_none_help"), false),
      rows,
      el("p", { class: "base-note" }, t("base_online")),
      warning,
    ];
  }

  function create(ui, close) {
    const { text, store, engine, map, data } = ui;
    let remove = null;

    function put(key) {
      remove?.();
      remove = null;
      const base = all(data.meta).find((one) => one.key === key);
      engine.setBase({ datum: base?.datum });
      if (!base) return;
      remove = lay(map, base, {
        came: () => engine.setBase({ datum: base.datum, over: base.kind }),
        failed: () => {
          store.set({ base: "" });
          ui.say(text.t("base_failed", { name: text.pick(base.name) }));
        },
      });
    }

    function render(state, changed) {
      if (!all(data.meta).length) return;
      if (changed.has("base") && (state.base || remove)) put(state.base);
      if (!changed.has("base") && !changed.has("lang")) return;
      const base = all(data.meta).find((one) => one.key === state.base);
      byId("credit").textContent = base ? text.pick(base.attribution) : "";
      byId("bases").replaceChildren(...chooser(ui, close).flat().filter(Boolean));
    }

    return { render };
  }

  return { all, usable, create };
})();
