/* Starts the page, keeps its parts in step with what the reader chose, and offers window.gxq:

   gxq.ready                       a Promise: the page can be used
   gxq.visible()                   {sites: [id, ...], carriers, zoning, parks}: what passes the filters and the requirement,
                                   best first where there is one: what map, lists, table and export hold (shown.js)
   gxq.filter(spec | null)         filters, or with null shows everything; gives the filter in force, key by key:
                                   a list of terms, or-ed (of flags and-ed): values, "50~100", "?" for unknown;
                                   { area: { min: 50, max: 100, unknown: "also" | "only" | "not" } } will do too
                                   (keys: data/filters.toml, and land, price, ready, fresh of the lenses; area in mu)
   gxq.need(spec | null)           states a requirement, {layer: "sites", wants: {area_mu: 80, sectors: [...]}}, or clears it;
                                   gives the one in force, or null. Filters stay: they eliminate, it ranks what they leave.
                                   It may weigh criteria otherwise: {layer, wants, weights: {price: 5}}
   gxq.match({area_mu: 80, sectors: [...]}, layer, weights)
                                   all sites or carriers ranked by a requirement, each with its reasons (match.js), or as
                                   "groups" sites that touch and are large enough together (groups.js),
                                   whatever the page shows
   gxq.select(layer, id)           opens a card: sites, carriers, parks, zoning, stations; gxq.select(null) closes it
   gxq.shortlist([{layer, id}, ...])   keeps these, at most five; gives the shortlist
   gxq.link(address)               opens the view that an address names ("#lens=zoning&on=sites:AQ-015");
                                   gives the address of the view in force, which the window's own follows a little later
   gxq.print("record" | "map" | "compare")   the sheet of the open card, the map, the comparison
   gxq.issues(found, looked)       lists the issues of a check over the panel, as issues.py gives them; gxq.issues(null): none;
                                   gives how the reader looks at them (what is open, hidden, picked), which `looked` sets
   gxq.lang(code)  gxq.lens(name)  gxq.theme(name)   each sets, where something is given, and says what is in force */
const Main = (() => {
  const { byId } = Dom;

  function trouble(code) {
    byId("app").hidden = true;
    byId("splash")?.remove();
    byId("trouble").hidden = false;
    for (const part of byId("trouble").children) part.hidden = part.dataset.code !== code;
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const themeOf = (theme) => (theme === "auto" ? (dark.matches ? "dark" : "light") : theme);

  function choices(data, facts) {
    return {
      langs: Object.keys(data.langs),
      allowed: facts.allowed,
      bases: Bases.usable(data.meta),
      exists: (layer, id) => (facts.layer(layer)?.indexOf(id) ?? -1) >= 0,
    };
  }

  /* What stands below a park's name; nothing where there is nothing. */
  function parkFigure({ shown, text }, id) {
    const { n, mu, words } = shown.ofPark(id);
    return n ? `${words} · ${text.area(mu)[0].join(" ")}` : null;
  }

  /* The ui object is what every part of the page is given. */
  function prepare(data) {
    const facts = createFacts(data);
    const match = createMatch(data);
    const known = { ...choices(data, facts), needOf: match.parse };
    const tab = facts.size("sites") ? "sites" : "parks";
    const home = { lens: "availability", lang: data.meta.lang, theme: "auto", tab, base: "", unit: "", table: false, columns: {}, inner: "" };
    const asked = State.parse(location.hash, known);
    const store = State.createStore({ ...home, query: "", folded: false, ...asked });
    const { lens, theme, lang } = store.get();
    const map = map_gxq;
    const text = createText(data, lang);
    text.areaUnit = store.get().unit;
    const ui = { data, facts, match, store, text, groups: createGroups(data, match) };
    ui.shown = createShown(ui);
    const figures = { area: (mu) => text.area(mu)[0].join(" "), park: (id) => parkFigure(ui, id) };
    const engine = createEngine(map, data, { lens, theme: themeOf(theme), lang, figures });
    return {
      ...ui,
      known,
      home,
      map,
      engine,
      say: createNotice(),
      langs: known.langs,
      theme: () => themeOf(store.get().theme),
    };
  }

  function actions(ui) {
    const { store, facts, engine } = ui;
    return {
      select(layerName, i, { fit = false } = {}) {
        if (layerName === null) return store.set({ selection: null });
        store.set({ selection: { layer: layerName, id: facts.layer(layerName).id(i) } });
        if (fit) ui.fit(layerName, i);
        else ui.reveal(layerName, i);
      },
      toggle(key, value) {
        const { filter } = store.get();
        const now = filter[key].includes(value)
          ? filter[key].filter((one) => one !== value)
          : [...filter[key], value];
        store.set({ filter: State.cleanFilter({ ...filter, [key]: now }, facts.allowed) });
      },
      lens(lens) {
        store.set({ lens });
      },
      showPark(id) {
        store.set({
          tab: "sites",
          query: "",
          filter: State.cleanFilter({ park: [id] }, facts.allowed),
          ...State.stated(null),
          find: "",
          selection: null,
        });
      },
      /* Near enough to know the thing, far enough to know where it is. */
      fit(layerName, i) {
        const [layer, k] = ui.at(layerName, i);
        engine.fit(layer, k, { padding: ui.margins(), maxZoom: layer === "stations" ? 12.5 : 14.25 });
      },
      /* Where a record lies on the map: itself, or of a project its site; nowhere is [null, -1]. */
      at: (layerName, i) => (ui.internal ? ui.internal.at(layerName, i) : [layerName, i]) ?? [null, -1],
      fitAll() {
        ui.whole = false;
        engine.fitAll({ padding: ui.margins(), animate: false });
        ui.whole = true;
        ui.layout();
      },
      /* Who looks at the whole zone sees it whole when the room changes. */
      refit: () => ui.whole && ui.fitAll(),
      viewed: () => ({ ...ui.map.getCenter(), zoom: ui.map.getZoom() }),
      /* What has to be said about the map, for another place than its foot. */
      notices: () => [...byId("foot").children].map((node) => node.cloneNode(true)),
      /* Everything that shows a colour of the engine, once more. */
      recolour: () => ui.parts.forEach((part) => part.render(store.get(), new Set(["theme"]))),
      layout() {
        const [left, top, right, bottom] = ui.covered();
        const furniture = ui.sheet.narrow ? byId("furniture").offsetHeight + 12 : 0;
        engine.setSafeArea([left, top, right, bottom + furniture], ui.boxes());
      },
    };
  }

  /* Where panels cover the map: [left, top, right, bottom] in css px. */
  function covers(ui) {
    const cardWidth = () => (byId("card").hidden || ui.sheet.narrow ? 0 : byId("card").offsetWidth);
    const covered = () => {
      if (!ui.sheet.narrow) return [0, 0, cardWidth(), ui.shortlist.height() + byId("table").offsetHeight];
      const top = byId("lens").getBoundingClientRect().bottom + 8;
      if (innerWidth > 760) return [byId("panel").offsetWidth, top, 0, 0]; // a phone on its side
      return [0, top, 0, Math.min(ui.sheet.height, innerHeight * 0.5)];
    };
    const margins = () => {
      const [left, top, right, bottom] = covered();
      if (ui.sheet.narrow) return [left + 16, top, right + 16, bottom + 56];
      const room = ui.map.getSize().x - right;
      return [
        left + (room > 860 ? byId("corner").offsetWidth + 24 : 24),
        top + 64,
        right + (room > 860 ? 64 : 24),
        bottom + 24,
      ];
    };
    /* Moves the map just so far that a thing is not under the card. */
    function reveal(layerName, i) {
      const [layer, k] = ui.at(layerName, i);
      const at = ui.facts.layer(layer)?.centre(k);
      if (!at) return;
      const [left, top, right, bottom] = covered();
      const point = ui.map.latLngToContainerPoint([at[1], at[0]]);
      const size = ui.map.getSize();
      const into = (value, least, most) => (value < least ? value - least : value > most ? value - most : 0);
      const by = [
        into(point.x, left + 40, size.x - right - 40),
        into(point.y, top + 40, size.y - bottom - 40),
      ];
      if (by[0] || by[1]) ui.map.panBy(by);
    }
    /* What lies on the map, in its own css px: labels keep out of it. */
    function boxes() {
      const stage = byId("stage").getBoundingClientRect();
      const inStage = ({ left, top, right, bottom }) =>
        [left - stage.left, top - stage.top, right - stage.left, bottom - stage.top].map(Math.round);
      return ["legend", "lens", "tools", "furniture", "coordinates"]
        .map((id) => byId(id).getBoundingClientRect())
        .filter(({ width }) => width)
        .map(inStage);
    }
    return { covered, margins, reveal, boxes };
  }

  /* ---- one place that follows the state: theme, language, bands, foot, engine, address */

  function applyTheme(ui, theme) {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    ui.engine.setTheme(themeOf(theme));
  }

  function applyLanguage(ui, lang) {
    ui.text.lang = lang;
    ui.engine.setLang(lang);
    document.documentElement.lang = ui.text.tag;
    ui.map.getContainer().setAttribute("aria-label", ui.text.t("map"));
    ui.map.getContainer().setAttribute("role", "application");
    for (const node of document.querySelectorAll("[data-label]"))
      node.setAttribute("aria-label", ui.text.t(node.dataset.label));
    Foot.draw(ui);
  }

  function applyFilter(ui) {
    for (const name of ["sites", "carriers", "zoning"]) ui.engine.setFilter(name, ui.shown.mask(name));
    ui.engine.relabel();
  }

  /* Every figure of land is written anew. */
  function applyUnit(ui, changed) {
    ui.text.areaUnit = ui.store.get().unit;
    ui.engine.relabel();
    changed.add("theme");
  }

  function applySelection(ui, selection) {
    const i = selection ? ui.facts.layer(selection.layer).indexOf(selection.id) : -1;
    ui.engine.also("sites", []);
    ui.engine.select(...(selection ? ui.at(selection.layer, i) : [null, -1]));
    document.documentElement.dataset.card = String(Boolean(selection));
  }

  function follow(ui, state, changed) {
    if (changed.has("lang")) applyLanguage(ui, state.lang);
    if (changed.has("theme")) applyTheme(ui, state.theme);
    if (changed.has("unit")) applyUnit(ui, changed);
    if (changed.has("lens")) ui.engine.setLens(state.lens);
    if (changed.has("filter") || changed.has("need")) applyFilter(ui);
    for (const part of ui.parts) part.render(state, changed);
    if (changed.has("selection")) applySelection(ui, state.selection);
    if (["selection", "lens", "lang", "filter", "need", "folded", "shortlist"].some((key) => changed.has(key))) ui.layout();
    // The legend is of another size.
    if (changed.has("lens") || changed.has("lang")) ui.refit();
    ui.remember();
  }

  /* The address follows a little later; in a frame without one (a notebook) it just does not. */
  function memory(ui) {
    let waiting = 0;
    const write = () => {
      waiting = 0;
      try {
        history.replaceState(null, "", ui.share.address());
      } catch {
        /* no address here */
      }
    };
    return () => {
      waiting ||= setTimeout(write, 200);
    };
  }

  /* The view that an address names; what it does not speak of is as the page opens by itself. */
  function open(ui, address) {
    const asked = State.parse(address, ui.known);
    const { view } = asked;
    ui.store.set({ ...ui.home, ...asked });
    look(ui, view);
  }

  function look(ui, view) {
    const { selection } = ui.store.get();
    if (view) ui.map.setView([view.lat, view.lng], view.zoom, { animate: false });
    else if (selection) ui.fit(selection.layer, ui.facts.layer(selection.layer).indexOf(selection.id));
    else ui.fitAll();
  }

  function listen(ui) {
    const { engine, map, store } = ui;
    engine.on("hover", (hit) => {
      map.getContainer().style.cursor = hit ? "pointer" : "";
    });
    engine.on("click", (hit) => {
      if (hit && State.CARDS.includes(hit.layer)) ui.select(hit.layer, hit.index);
      else ui.select(null);
    });
    map.on("moveend", ui.remember);
    map.on("dragstart zoomstart", () => {
      if (!ui.whole) return;
      ui.whole = false;
      ui.layout();
    });
    dark.addEventListener(
      "change",
      () => store.get().theme === "auto" && follow(ui, store.get(), new Set(["theme"])),
    );
    // The event's own address: `remember` may have written another one since.
    addEventListener("hashchange", ({ newURL }) => open(ui, new URL(newURL).hash));
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && store.get().selection) ui.select(null);
    });
  }

  async function start() {
    const held = byId("gxq-data");
    held.remove(); // much text, read once
    const data = await Decode.decodePayload(held.textContent).catch((error) => {
      throw Object.assign(error, { code: "damaged" });
    });
    delete byId("app").dataset.waiting;
    byId("splash").remove();
    map_gxq.invalidateSize({ animate: false });
    const ui = prepare(data);
    Object.assign(ui, actions(ui), covers(ui), { remember: memory(ui), parts: [] });
    ui.listing = createListing(ui);
    ui.sheet = createSheet(ui);
    Object.assign(ui, { near: createNear(ui), record: createRecord(ui), share: createShare(ui) });
    ui.shortlist = createShortlist(ui);
    ui.internal = data.internal ? createInternal(ui) : null;
    const [legend, controls] = [createLegend(ui), createControls(ui)];
    ui.parts.push(createPanel(ui), createFilterPanel(ui), createTable(ui), createMatchForm(ui), legend, controls, ui.shortlist, createCard(ui), createCompare(ui), ui.sheet, createTools(ui), (ui.issues = createIssues(ui)));
    if (ui.internal) ui.parts.push(ui.internal);
    createTip(ui);
    ui.parts.push(createEmbed(ui, Main));
    ui.print = createPrint(ui, { scaleBar: controls.scaleBar, legend: legend.paper });
    ui.sheet.adapt();
    const state = ui.store.get();
    ui.store.on((now, changed) => follow(ui, now, changed));
    follow(ui, state, new Set([...Object.keys(state), "start"]));
    look(ui, state.view);
    listen(ui);
    return ui;
  }

  /* ---- window.gxq */

  const starting = start().catch((error) => {
    trouble(error.code === "damaged" ? "damaged" : "too-old");
    throw error;
  });
  const ready = starting.then(() => undefined);
  ready.catch(() => {}); // the page says it already

  let ui = null;
  starting.then(
    (made) => {
      ui = made;
    },
    () => {},
  );

  const setting = (key, among) => (value) => {
    if (value !== undefined && among().includes(value)) ui.store.set({ [key]: value });
    return ui.store.get()[key];
  };

  return {
    ready,
    visible: () =>
      Object.fromEntries(
        ["sites", "carriers", "zoning", "parks"].map((name) => [
          name,
          Array.from(ui.facts.layer(name) ? ui.shown.rows(name) : [], (i) => ui.facts.layer(name).id(i)),
        ]),
      ),
    filter(spec) {
      if (spec !== undefined) ui.store.set({ filter: State.cleanFilter(spec, ui.facts.allowed) });
      return ui.store.get().filter;
    },
    need(spec) {
      if (spec !== undefined) {
        const stated = ui.match.clean(spec);
        ui.store.set({ ...State.stated(stated), find: stated ? "list" : "" });
      }
      const { need } = ui.store.get();
      return need && { layer: need.layer, wants: need.wants, ...(Object.keys(need.weights).length && { weights: need.weights }) };
    },
    match(wants, layer = "sites", weights = {}) {
      const need = ui.match.clean({ layer, wants, weights });
      if (layer === "groups") return ui.groups.list(need);
      return need ? ui.match.list(ui.match.found(need)) : [];
    },
    select(layer, id) {
      const found = layer && State.CARDS.includes(layer) && ui.known.exists(layer, id);
      if (layer === null) ui.select(null);
      else if (found) ui.select(layer, ui.facts.layer(layer).indexOf(id), { fit: true });
      return ui.store.get().selection;
    },
    shortlist(list) {
      if (list !== undefined) ui.shortlist.set(list);
      return ui.shortlist.items();
    },
    link(address) {
      if (address !== undefined) open(ui, String(address));
      return ui.share.address();
    },
    print: (what) => ui.print(what),
    issues(found, looked) {
      if (found !== undefined) ui.issues.set(found, looked);
      return ui.issues.looked();
    },
    lang: setting("lang", () => ui.langs),
    lens: setting("lens", () => State.LENSES),
    theme: setting("theme", () => State.THEMES),
  };
})();
window.gxq = Main;
