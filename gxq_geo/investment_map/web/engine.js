/* The engine: draws the data on a Leaflet map and says what the reader points at.

   engine = createEngine(map, data, { lens, theme, lang, figures })
   figures             what labels say of land: { area(mu), park(id) }, each a text or null; the page's own words and unit
   lenses              what lenses.js defines: [{ key, layer, classes, ... }]
   legend(key, shown)  how much there is of each class of a lens, among the sites (or blocks) that a
                       mask shows, or all: [{ key, filter, name, swatch, count, mu, share, mask() }]
   setLens(name) setTheme(name) setLang(code)
   setFilter(layer, Uint8Array | null)   1 = shown; the rest recedes
   select(layer | null, i)  hover(layer | null, i)
   also(layer, [i, ...])    what belongs to the chosen one, outlined with it
   fit(layer, i, { padding })  fitAll({ padding })   padding: [left, top, right, bottom] css px
   setSafeArea([left, top, right, bottom], boxes)   css px that panels cover, and boxes (left, top,
                       right, bottom in the map) that lie on it: labels keep out
   setNumbers([{ layer, index, n }])   numbers beside these things: the shortlist
   look(layer, i)      the swatch key of a record under the lens, or null where the lens does not colour its layer
   relabel()           writes the labels anew, where their figures have another unit
   swatch(key, w, h)   a small canvas: "status:reserve", "sector:x", "sectors:x+y", "zoning:green",
                       "price:2", "landuse:M1", "carrier:office", "station:rail", "park", "frame", "road:avenue", "rail:freight"
   color(key)          the css colour of such a key
   on("hover" | "click", tell)   tell({ layer, index, latlng, point }) or tell(null)
   drawTo(canvas, bounds, { width, height, scale, lens, passes, labels, boxes, mark, frame, numbers })
                       draws the map at once; bounds: [w, s, e, n] or LatLngBounds; the size is the
                       canvas's own unless given in css px; scale: canvas pixels a css px
   setBase({ datum, over })   the datum of the base map beneath, and its kind once it shows ("vector",
                       "imagery" or null): our own ground then gives way to it
   mute(boolean)       while muted nothing is picked: the pointer is used for something else
   isIdle()            whether everything in view is drawn */
const createEngine = (() => {
  const PANES = { ground: ["gxqGround", 250], marks: ["gxqMarks", 410], labels: ["gxqLabels", 420] };
  const PICKED = ["sites", "zoning"];
  const CLOSEST = 16;
  const REACH = 4;

  function makePanes(map) {
    for (const [name, z] of Object.values(PANES)) {
      if (map.getPane(name)) continue;
      const pane = map.createPane(name);
      pane.style.zIndex = String(z);
      pane.style.pointerEvents = "none";
    }
  }

  const sameHit = (a, b) => a === b || (a && b && a.layer === b.layer && a.index === b.index);

  /* Which record lies at a point (css px of the map's container)? Symbols first, then parcels or
     blocks, then parks: what is drawn on top is what is meant. */
  function createPicker(map, scene, state) {
    function symbolAt({ x, y }) {
      const near = state.symbols.filter(({ box }) =>
        x >= box[0] - REACH && x <= box[2] + REACH && y >= box[1] - REACH && y <= box[3] + REACH);
      return near[near.length - 1] ?? null;
    }

    function bodyAt(name, [x, y]) {
      const layer = scene.layer(name);
      if (!layer) return -1;
      const found = Array.from(layer.tree.search([x, y, x, y])).filter((i) =>
        (!layer.shown || layer.shown[i] === 1) && Inside.contains(layer.shapes, i, x, y));
      return found.length ? found[found.length - 1] : -1;
    }

    return (latlng) => {
      const point = map.latLngToContainerPoint(latlng);
      const symbol = symbolAt(point);
      if (symbol) return { layer: symbol.layer, index: symbol.ids[0], ids: symbol.ids, latlng, point };
      const at = scene.place(latlng.lng, latlng.lat);
      for (const name of [...PICKED.filter((one) => scene.lens(state.lens).part(one)), "parks"]) {
        const index = bodyAt(name, at);
        if (index >= 0) return { layer: name, index, latlng, point };
      }
      return null;
    };
  }

  function rectOf(bounds) {
    return L.latLngBounds([bounds[1], bounds[0]], [bounds[3], bounds[2]]);
  }

  const edgesOf = (bounds) => (Array.isArray(bounds) ? bounds
    : [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);

  function fitting({ padding = [0, 0, 0, 0], ...rest }) {
    return { ...rest, paddingTopLeft: padding.slice(0, 2), paddingBottomRight: padding.slice(2) };
  }

  /* The part of a padded window that no panel covers, and the strips that are covered. */
  function areas(v, safe) {
    const [w, h] = [v.w - 2 * v.margin.x, v.h - 2 * v.margin.y];
    const area = [v.margin.x + safe[0] + 4, v.margin.y + safe[1] + 4,
      v.margin.x + w - safe[2] - 4, v.margin.y + h - safe[3] - 4];
    const covered = [];
    if (safe[0]) covered.push([0, 0, area[0], v.h]);
    if (safe[1]) covered.push([0, 0, v.w, area[1]]);
    if (safe[2]) covered.push([area[2], 0, v.w, v.h]);
    if (safe[3]) covered.push([0, area[3], v.w, v.h]);
    return { area, covered };
  }

  /* The view that shows bounds in a window of w by h. */
  function viewOf([west, south, east, north], w, h, dpr, scene) {
    const [[x0, y0], [x1, y1]] = [scene.place(west, north), scene.place(east, south)];
    const scale = Math.min(w / Math.max(x1 - x0, 1e-9), h / Math.max(y1 - y0, 1e-9));
    const left = ((x0 + x1) / 2) * scale - w / 2;
    const top = ((y0 + y1) / 2) * scale - h / 2;
    return World.view(Math.log2(scale), left, top, w, h, dpr);
  }

  return function createEngine(map, data, options = {}) {
    const scene = Scene.create(data);
    const { figures } = options;
    const state = { numbers: [], lens: options.lens ?? "availability", theme: options.theme ?? "light",
      lang: options.lang ?? Object.keys(data.langs)[0], safe: [0, 0, 0, 0], boxes: [], hovered: null, selected: null, also: [],
      symbols: [], over: null, muted: false };
    const listeners = { hover: new Set(), click: new Set() };
    let ink = Ink.create(data.style, state.theme, scene.palette);
    let labels = makeLabels();
    makePanes(map);
    map.options.zoomSnap = Math.min(map.options.zoomSnap, 0.25);

    function makeLabels(lens = state.lens, over = state.over) {
      return Labels.create({ scene, data, ink, lens: scene.lens(lens), lang: state.lang, over, figures });
    }

    const place = (layerName, i) => {
      const layer = layerName && scene.layer(layerName);
      return layer && i >= 0 && i < layer.n && layer.shapes.kinds[i] ? { layer, index: i } : null;
    };

    function flagOf(at, v) {
      if (!at || at.layer.name === "parks") return null;
      const { layer, index } = at;
      const [name, more] = flagWords(layer, index);
      const [w, n, e] = layer.shapes.boxes.subarray(4 * index, 4 * index + 4);
      const lift = layer.shapes.kinds[index] === 1 ? 14 : 0;
      return name ? Marks.flag(labels.type, ink, name, more, v.px((w + e) / 2), v.py(n) - lift) : null;
    }

    /* No name may lie on a small thing that is chosen. */
    function chosenBox(v) {
      if (!state.selected || state.selected.layer.name === "parks") return [];
      const b = state.selected.layer.shapes.boxes.subarray(4 * state.selected.index, 4 * state.selected.index + 4);
      const box = [v.px(b[0]) - 3, v.py(b[1]) - 3, v.px(b[2]) + 3, v.py(b[3]) + 3];
      return box[2] - box[0] < 60 ? [box] : [];
    }

    function flagWords(layer, i) {
      const [field, mu] = { sites: ["area_mu", 1], zoning: ["area_ha", 15] }[layer.name] ?? [];
      const value = field && layer.data.get(i, field);
      const name = field ? layer.data.id(i) : labels.nameOf(layer, i);
      return [name, value === null || value === undefined ? "" : labels.land(value * mu)];
    }

    function drawLabels(ctx, v) {
      const { area, covered } = areas(v, state.safe);
      const boxes = state.boxes.map((box) => box.map((at, k) => at + (k % 2 ? v.margin.y : v.margin.x)));
      const discs = Marks.discs(labels.type, ink, state.numbers, v);
      const taken = [...covered, ...boxes, ...chosenBox(v), ...discs.map(({ box }) => box)];
      const placed = labels.place(v, area, taken, flagOf(state.selected, v));
      for (const label of placed) label.draw(ctx);
      for (const disc of discs) disc.draw(ctx);
      state.symbols = placed.filter(({ symbol }) => symbol).map(({ symbol }) => ({ ...symbol,
        box: symbol.box.map((at, k) => at - (k % 2 ? v.margin.y : v.margin.x)) }));
    }

    const tiles = Tiles.create(map, (ctx, v) =>
      Paint.paint(ctx, v, { scene, ink, lens: scene.lens(state.lens), over: state.over }), scene.origin, PANES.ground[0]);
    const marks = Overlay.create(map, PANES.marks[0], scene.origin, (ctx, v) => Marks.draw(ctx, v, ink, state),
      () => Boolean(state.hovered || state.selected || state.also.length));
    const names = Overlay.create(map, PANES.labels[0], scene.origin, drawLabels);

    function restyle() {
      ink = Ink.create(data.style, state.theme, scene.palette);
      labels = makeLabels();
      map.getContainer().style.backgroundColor = ink.token("outside");
      tiles.repaint();
      marks.redraw();
      names.redraw();
    }
    map.getContainer().style.backgroundColor = ink.token("outside");

    /* Another screen or the browser's own zoom: draw in its pixels. */
    function watchPixels() {
      matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`)
        .addEventListener("change", () => { restyle(); watchPixels(); }, { once: true });
    }
    watchPixels();

    const change = (key, value, after) => {
      if (state[key] === value) return;
      state[key] = value;
      after();
    };

    const pick = createPicker(map, scene, state);
    const tell = (name, hit) => listeners[name].forEach((listener) => listener(hit));

    /* At most one look-up a frame; a pointer moves more often than that. */
    let pointed = null;
    let waiting = 0;
    let told = null;
    function lookUp() {
      waiting = 0;
      const hit = state.muted || !pointed ? null : pick(pointed);
      if (sameHit(hit, told)) return;
      told = hit;
      setHover(hit && !isCluster(hit) ? place(hit.layer, hit.index) : null);
      tell("hover", hit);
    }
    function pointAt(latlng) {
      pointed = latlng;
      waiting ||= requestAnimationFrame(lookUp);
    }
    function setHover(at) {
      if (sameHit(state.hovered, at)) return;
      state.hovered = at;
      marks.redraw();
    }

    const isCluster = (hit) => hit?.ids?.length > 1;

    /* A count opens: the map zooms to its members, as far as that parts them. */
    function openCluster(hit) {
      const layer = scene.layer(hit.layer);
      const bounds = L.latLngBounds(hit.ids.map((i) => {
        const [lon, lat] = layer.data.centre(i);
        return [lat, lon];
      }));
      const zoom = Math.max(map.getBoundsZoom(bounds, false, L.point(80, 80)), map.getZoom() + 1);
      map.setView(bounds.getCenter(), Math.min(zoom, CLOSEST));
    }

    // A finger does not hover: what it last touched would stay outlined.
    if (matchMedia("(hover: hover)").matches) {
      map.on("mousemove", (event) => pointAt(event.latlng));
      map.on("mouseout movestart", () => pointAt(null));
    }
    map.on("click", (event) => {
      if (state.muted) return;
      const hit = pick(event.latlng);
      if (isCluster(hit) && map.getZoom() < CLOSEST) openCluster(hit);
      else tell("click", hit);
    });

    /* Another datum is another projection: the same place stays in the middle. */
    function setBase({ datum = "wgs84", over = null } = {}) {
      const crs = Datum.crs(datum);
      const [centre, zoom] = [map.getCenter(), map.getZoom()];
      scene.setDatum(datum === "gcj02" ? datum : "wgs84");
      state.over = over;
      labels = makeLabels();
      if (map.options.crs === crs) return restyle();
      map.options.crs = crs;
      map.setView(centre, zoom, { reset: true, animate: false });
    }

    function fit(layerName, i, how = {}) {
      const at = place(layerName, i);
      if (at) look(at.layer.data.bounds(i), how);
    }

    /* The first look is there at once; later ones may glide. */
    let looked = false;
    function look(bounds, how) {
      const animate = looked && (how.animate ?? true);
      looked = true;
      map.fitBounds(rectOf(bounds), fitting({ maxZoom: CLOSEST, ...how, animate }));
    }

    function whole() {
      for (const name of ["zone_frame", "parks", "sites", "carriers"]) {
        const extent = scene.layer(name)?.data.extent;
        if (extent) return extent;
      }
      return null;
    }

    function fitAll(how = {}) {
      const extent = whole();
      if (extent) look(extent, how);
      else map.setView([0, 0], 2, { animate: false });
    }

    function drawTo(canvas, bounds, how = {}) {
      const dpr = how.scale ?? window.devicePixelRatio ?? 1;
      const [w, h] = [how.width ?? canvas.width / dpr, how.height ?? canvas.height / dpr];
      canvas.width = Math.round(w * dpr);
      canvas.height = Math.round(h * dpr);
      const lens = how.lens ?? state.lens;
      const v = { ...viewOf(edgesOf(bounds), w, h, dpr, scene), margin: { x: 0, y: 0 } };
      const ctx = canvas.getContext("2d");
      const steps = Paint.paint(ctx, v, { scene, ink, lens: scene.lens(lens) }, how.passes);
      while (!steps.next().done);
      const mark = how.mark === undefined ? state.selected : place(how.mark?.layer, how.mark?.index);
      Marks.draw(ctx, v, ink, { hovered: null, selected: mark });
      const discs = how.numbers ? Marks.discs(labels.type, ink, state.numbers, v) : [];
      if (how.labels ?? true) {
        const { area } = areas(v, [0, 0, 0, 0]);
        const taken = [...(how.boxes ?? []), ...discs.map(({ box }) => box)];
        for (const label of makeLabels(lens, null).place(v, area, taken, flagOf(mark, v))) label.draw(ctx);
      }
      for (const disc of discs) disc.draw(ctx);
      if (how.frame) frameOn(ctx, v, how.frame);
      return { zoom: v.zoom };
    }

    function frameOn(ctx, v, [w, s, e, n]) {
      const [[x0, y0], [x1, y1]] = [scene.place(w, n), scene.place(e, s)];
      ctx.strokeStyle = ink.token("accent");
      ctx.lineWidth = 1.5;
      ctx.strokeRect(v.px(x0), v.py(y0), v.px(x1) - v.px(x0), v.py(y1) - v.py(y0));
    }

    const { keys } = Lenses.of(data);
    return {
      get lenses() { return keys.map(scene.lens); },
      legend: (key, shown = null) => Lenses.legend(data, key, shown),
      setLens: (lens) => change("lens", lens, restyle),
      setTheme: (theme) => change("theme", theme, restyle),
      setLang: (lang) => change("lang", lang, () => { labels = makeLabels(); names.redraw(); }),
      setFilter(layerName, shown) {
        const layer = scene.layer(layerName);
        if (!layer || layer.shown === shown) return;
        layer.shown = shown;
        tiles.repaint();
        names.redraw();
      },
      select(layerName, i) {
        const at = place(layerName, i);
        if (sameHit(state.selected, at)) return;
        state.selected = at;
        marks.redraw();
        names.redraw();
      },
      also(layerName, rows) {
        if (!rows.length && !state.also.length) return;
        state.also = rows.map((i) => place(layerName, i)).filter(Boolean);
        marks.redraw();
      },
      hover: (layerName, i) => setHover(place(layerName, i)),
      setNumbers(list) {
        state.numbers = list.map(({ layer, index, n }) => ({ at: place(layer, index), n })).filter(({ at }) => at);
        names.redraw();
      },
      look(layerName, i) {
        const part = scene.lens(state.lens).part(layerName);
        return part ? part.looks[part.codes[i]].swatch : null;
      },
      relabel: () => names.redraw(),
      fit, fitAll, drawTo, setBase,
      mute(muted) { state.muted = muted; pointAt(null); },
      swatch: (key, w, h) => Swatch.create(key, w, h, ink),
      color: (key) => ink.fill(key).color,
      on(name, listener) {
        listeners[name].add(listener);
        return () => listeners[name].delete(listener);
      },
      setSafeArea(safe, boxes = []) {
        if (String([safe, boxes]) === String([state.safe, state.boxes])) return;
        Object.assign(state, { safe, boxes });
        names.redraw();
      },
      isIdle: () => tiles.isIdle() && marks.isIdle() && names.isIdle(),
    };
  };
})();
