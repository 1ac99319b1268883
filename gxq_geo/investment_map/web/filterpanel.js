/* The filters of the open list: each option with what it would give, and chips of what is in force.
   On a wide screen they unfold above the list, on a phone they fill the screen. */
const createFilterPanel = (ui) => {
  const { el, icon, byId } = Dom;
  const { text, facts, store, engine } = ui;
  const { t } = text;
  const { filters } = facts;
  const { UNKNOWN } = Filters;
  const words = createFilterWords(ui);
  const [box, button, chipBox] = [byId("facets"), byId("refine"), byId("filters")];
  const MONTHS = [3, 6, 12];
  const unfolded = new Set(filters.facets.filter(({ first }) => first).slice(0, 1).map(({ key }) => key));
  let shown = false;
  let more = false;
  let views = []; // of the facets of the open tab: { facet, node, update }

  const tab = () => store.get().tab;
  const terms = (key) => store.get().filter[key] ?? [];
  const set = (key, list) => store.set({ filter: filters.clean({ ...store.get().filter, [key]: list }) });
  const flip = (key, value) =>
    set(key, terms(key).includes(value) ? terms(key).filter((one) => one !== value) : [...terms(key), value]);
  const tally = (name, key) => filters.tally(name, store.get().filter, key, ui.listing.found(name));
  const counted = (name, n) => text.count(`n_${name}`, n);
  const amount = (name, sum) =>
    name === "sites" ? text.area(sum)[0] : [text.whole(sum), text.unit(text.field(name, ui.data.filters.total[name]).unit)];

  /* ---- options */

  const SWATCH = {
    status: (value) => `status:${value}`,
    kind: (value) => `carrier:${value}`,
    sector: (value) => `sector:${value}`,
    use: (value) => `landuse:${value}`,
  };

  function swatch(facet, value) {
    const key = value !== UNKNOWN && SWATCH[facet.key]?.(value);
    return key ? engine.swatch(key, 16, 12) : null;
  }

  function option(facet, value, name) {
    const [n, sum] = [el("span", { class: "check-n" }), el("span", { class: "check-sum" })];
    const input = el("input", { type: "checkbox", "data-term": value, onchange: () => flip(facet.key, value) });
    const said = words.term(facet, name, value);
    const node = el("label", { class: "check", "data-term": value }, input, swatch(facet, value),
      el("span", { class: "check-name", title: said }, said), n, sum);
    const update = (count) => {
      input.checked = terms(facet.key).includes(value);
      node.dataset.none = String(!count.n);
      n.textContent = text.number(count.n);
      const [figure, unit] = amount(name, count.sum);
      sum.replaceChildren(figure, el("span", { class: "unit" }, unit));
    };
    return { node, update, value };
  }

  function optionsView(facet, name) {
    const all = filters.tally(name, filters.clean({}), facet.key);
    const there = all.options.filter(({ n, value }) => n > 0 || terms(facet.key).includes(value));
    const options = there.map(({ value }) => option(facet, value, name));
    const own = all.options.some(({ value }) => value === "unknown"); // a lens has a class for it
    if (!own) options.push(option(facet, UNKNOWN, name));
    const update = (counts) => {
      const byValue = new Map(counts.options.map((one) => [one.value, one]));
      for (const one of options) one.update(byValue.get(one.value) ?? counts.unknown);
    };
    return { body: options.map(({ node }) => node), update };
  }

  /* ---- the unknown of a range or of flags: without, with, or only they */

  function unknownView(facet, name) {
    const known = () => terms(facet.key).filter((one) => one !== UNKNOWN);
    const WAYS = {
      without: () => set(facet.key, known().length ? known() : facet.ranged ? ["~"] : []),
      with: () => set(facet.key, known()[0] === "~" ? [] : [...known(), UNKNOWN].filter((_, k, all) => all.length > 1)),
      only: () => set(facet.key, [UNKNOWN]),
    };
    const way = () => (!terms(facet.key).length ? "" : !terms(facet.key).includes(UNKNOWN) ? "without" : known().length ? "with" : "only");
    const buttons = Object.keys(WAYS).map((key) =>
      el("button", { type: "button", "data-way": key, onclick: WAYS[key] }, t(`filter.${key}_short`)));
    const line = el("span", { class: "unknown-n" });
    const node = el("div", { class: "unknown" }, line,
      el("div", { class: "segmented", role: "group", "aria-label": `${words.label(facet, name)} ${t("missing")}` }, buttons));
    const update = ({ unknown }) => {
      line.textContent = `${t("missing")} ${counted(name, unknown.n)}`;
      for (const one of buttons) one.setAttribute("aria-pressed", String(one.dataset.way === way()));
    };
    return { node, update };
  }

  function flagsView(facet, name) {
    const options = facet.fieldsOf(name).map((value) => option(facet, value, name));
    const unknown = unknownView(facet, name);
    const update = (counts) => {
      options.forEach((one, k) => one.update(counts.options[k]));
      unknown.update(counts);
    };
    return { body: [options.map(({ node }) => node), unknown.node], update };
  }

  /* ---- ranges */

  const NUMBER = /^-?\d+(\.\d+)?$/;
  const typed = (value) => value.normalize("NFKC").replace(/[,\s]/g, "");

  function rangeView(facet, name) {
    const date = facet.kind === "date";
    const ends = facet.kind === "distance" ? "max" : facet.ends;
    const { unit, per } = words.scaleOf(facet, name);
    const label = `${words.label(facet, name)}${unit ? `（${text.unit(unit)}）` : ""}`;
    const input = (end) => el("input", {
      type: date ? "date" : "text", inputmode: date ? null : "decimal", class: "end-input", "data-end": end,
      autocomplete: "off", placeholder: date ? null : t(`filter.${end}`), "aria-label": `${label} ${t(`filter.${end}`)}`,
      onchange: apply, oninput: date ? null : later,
    });
    const inputs = ["min", "max"].filter((end) => !ends || ends === end).map(input);

    function apply() {
      clearTimeout(waiting);
      const read = (end) => {
        const one = inputs.find((other) => other.dataset.end === end);
        const value = one ? typed(one.value) : "";
        const sound = value === "" || date || NUMBER.test(value);
        one?.setAttribute("aria-invalid", String(!sound));
        if (value === "" || !sound) return "";
        return date ? value : String(Number((Number(value) / per).toFixed(6)));
      };
      const term = `${read("min")}~${read("max")}`;
      const unknown = terms(facet.key).includes(UNKNOWN) && terms(facet.key).length > 1 ? [UNKNOWN] : [];
      const before = terms(facet.key)[0] === "~" ? ["~"] : [];
      set(facet.key, term === "~" ? before : [term, ...unknown]);
    }
    let waiting = 0;
    function later() {
      clearTimeout(waiting);
      waiting = setTimeout(apply, 350);
    }

    const bars = el("div", { class: "bars", "aria-hidden": "true" });
    const unknown = unknownView(facet, name);
    const unitWord = unit && el("span", { class: "unit" }, text.unit(unit));
    const line = el("div", { class: "ends" }, inputs.flatMap((one, k) => (k ? ["–", one] : [one])), unitWord);

    function write([low, high]) {
      for (const one of inputs) {
        const value = one.dataset.end === "min" ? low : high;
        if (document.activeElement === one) continue;
        one.value = !Number.isFinite(value) ? "" : date ? Filters.isoOf(value) : words.shown(value, per);
        one.setAttribute("aria-invalid", "false");
      }
    }

    function draw({ bins, span }, [low, high]) {
      const most = Math.max(1, ...bins);
      const width = span ? (span.high - span.low) / bins.length : 0;
      bars.hidden = bins.length < 2;
      bars.replaceChildren(...Array.from(bins, (n, k) => {
        const from = span.low + k * width;
        const inside = from + width > low && from < high;
        return el("i", { "data-in": String(inside), css: { height: n ? `${Math.max(8, (100 * n) / most)}%` : "1px" } });
      }));
    }

    const update = (counts) => {
      const term = terms(facet.key).find((one) => one !== UNKNOWN && one !== "~");
      const pair = (term && Filters.endsOf(facet.kind, term)) || [-Infinity, Infinity];
      write(pair);
      draw(counts, pair);
      unknown.update(counts);
    };
    return { body: [bars, line, presets(facet), unknown.node], update };
  }

  /* Dates that are asked for most: updated within months, ready by the end of a year. */
  function presets(facet) {
    const day = ui.data.meta.data_date;
    if (facet.kind !== "date" || !day) return null;
    const preset = (term, said) =>
      el("button", { type: "button", class: "preset", "data-term": term, onclick: () => set(facet.key, [term]) }, said);
    const year = Number(day.slice(0, 4));
    const all = facet.ends === "min"
      ? MONTHS.map((n) => preset(`${Lenses.monthsBefore(day, n)}~`, t("filter.months", { n })))
      : [year, year + 1].map((one) => preset(`~${one}-12-31`, t("filter.year_end", { year: one })));
    return el("div", { class: "presets" }, all);
  }

  /* Land is measured in the unit that the reader chose once, on the whole page. */
  function unitChoice() {
    const one = (unit) =>
      el("button", { type: "button", "data-unit": unit, "aria-pressed": String(unit === text.areaUnit),
        onclick: () => store.set({ unit }) }, text.unit(unit));
    return el("div", { class: "units" }, el("span", null, t("filter.unit")),
      el("div", { class: "segmented", role: "group", "aria-label": t("filter.unit") }, text.AREAS.map(one)));
  }

  /* ---- one facet */

  function view(facet) {
    const name = tab();
    const made = facet.ranged ? rangeView(facet, name) : facet.kind === "flags" ? flagsView(facet, name) : optionsView(facet, name);
    const land = facet.ranged && words.fieldOf(facet, name).unit === "mu";
    const id = `facet-${facet.key}`;
    const said = el("span", { class: "facet-said" });
    const head = el("button", { type: "button", class: "facet-head", "aria-controls": id, onclick: () => unfold(facet.key) },
      el("span", { class: "facet-name" }, words.label(facet, name)), said, icon("down"));
    const body = el("div", { id, class: "facet-body", role: "group", "aria-label": words.label(facet, name) },
      land && unitChoice(), made.body);
    const node = el("div", { class: "facet", "data-key": facet.key }, el("h2", { class: "facet-title" }, head), body);
    const update = () => {
      const own = terms(facet.key);
      said.textContent = own.length ? words.summary(facet, name, own) : "";
      const open = unfolded.has(facet.key);
      head.setAttribute("aria-expanded", String(open));
      body.hidden = !open;
      node.hidden = !(facet.first || more || own.length);
      if (open && !node.hidden) made.update(tally(name, facet.key));
    };
    return { facet, node, update };
  }

  function unfold(key) {
    if (!unfolded.delete(key)) unfolded.add(key);
    update();
  }

  /* ---- the panel */

  const narrow = () => ui.sheet?.narrow ?? false;
  const show = (on) => {
    if (shown === on) return;
    shown = on;
    if (on) build();
    update();
    lock(on && narrow());
    if (!narrow()) return;
    if (on) box.querySelector("button").focus({ preventScroll: true });
    else button.focus({ preventScroll: true });
  };

  /* On a phone nothing behind the filters is reached. */
  function lock(on) {
    document.documentElement.dataset.refine = String(on);
    box.setAttribute("role", on ? "dialog" : "group");
    if (on) box.setAttribute("aria-modal", "true");
    else box.removeAttribute("aria-modal");
    const behind = [...document.querySelectorAll("#app > *, #panel > *")];
    for (const node of behind) if (node !== box && node.id !== "say" && !node.contains(box)) node.inert = on;
  }

  function build() {
    const offered = filters.of(tab());
    views = offered.map(view);
    const all = el("button", { type: "button", class: "facet-more", onclick: () => { more = !more; update(); } });
    const body = el("div", { class: "facets-body" }, views.filter(({ facet }) => facet.first).map(({ node }) => node),
      all, views.filter(({ facet }) => !facet.first).map(({ node }) => node));
    const clear = el("button", { type: "button", class: "facets-clear", onclick: clearAll }, t("filter.clear"));
    const done = el("button", { type: "button", class: "facets-done", onclick: () => show(false) });
    box.replaceChildren(
      el("div", { class: "facets-head" }, el("b", null, t("filter.title")),
        el("button", { type: "button", class: "round", "aria-label": t("filter.close"), onclick: () => show(false) }, icon("close"))),
      body, el("div", { class: "facets-foot" }, clear, done));
    box.setAttribute("aria-label", t("filter.title"));
    box.update = (n) => {
      all.textContent = t(more ? "filter.less" : "filter.more");
      all.setAttribute("aria-expanded", String(more));
      all.hidden = offered.every(({ first }) => first);
      done.textContent = text.count(`filter.show_${tab()}`, n);
      clear.disabled = !active().length;
    };
  }

  const active = () => filters.facets.filter(({ key }) => terms(key).length);
  const clearAll = () => store.set({ filter: filters.clean({}), query: "" });

  function update() {
    const offered = filters.of(tab());
    const open = shown && offered.length > 0;
    box.hidden = !open;
    button.hidden = !offered.length;
    button.setAttribute("aria-expanded", String(open));
    const n = active().length;
    button.replaceChildren(icon("sliders"), t("filter.title"), n ? el("span", { class: "badge-n" }, text.number(n)) : "");
    if (!open) return;
    for (const one of views) one.update();
    box.update(ui.listing.rows(tab()).length);
  }

  /* ---- chips */

  function countOf(facet, value) {
    const name = words.layerOf(facet, tab());
    const { need } = store.get();
    if (!name || (need && name !== need.layer)) return null; // a filter of what is not asked for
    const counts = tally(name, facet.key);
    if (value === null) return counts.passing;
    return counts.options.find((one) => one.value === value) ?? counts.unknown;
  }

  function chip(facet, { words: said, terms: rest, value }) {
    const count = countOf(facet, value);
    return el("button", { type: "button", class: "chip", "data-key": facet.key, "aria-label": t("remove_filter", { name: said }),
      onclick: () => set(facet.key, rest) },
    el("span", { class: "chip-words" }, said), count && el("span", { class: "chip-n" }, text.number(count.n)), icon("close"));
  }

  /* What a requirement asks stands before what is filtered by; either is taken away without the other. */
  function wantChip({ words: said, drop }) {
    return el("button", { type: "button", class: "chip want", "aria-label": t("match.remove", { name: said }), onclick: drop },
      el("span", { class: "chip-words" }, said), icon("close"));
  }

  function drawChips() {
    const wants = ui.wants().map(wantChip);
    const all = active().flatMap((facet) => words.chips(facet, tab(), terms(facet.key)).map((one) => chip(facet, one)));
    chipBox.hidden = !wants.length && !all.length;
    chipBox.replaceChildren(...wants, ...all, all.length > 1
      ? el("button", { type: "button", class: "link", onclick: () => store.set({ filter: filters.clean({}) }) },
        t(wants.length ? "filter.clear_these" : "filter.clear")) : "");
  }

  /* ---- start */

  button.addEventListener("click", () => show(!shown));
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    show(false);
    button.focus({ preventScroll: true });
  });
  matchMedia("(max-width: 760px), (max-height: 480px)").addEventListener("change", () => lock(shown && narrow()));

  function render(state, changed) {
    const anew = ["lang", "theme", "tab", "unit"].some((key) => changed.has(key));
    if (!anew && !["filter", "need", "query"].some((key) => changed.has(key))) return;
    if (anew && shown) build();
    drawChips();
    update();
  }

  return { render, show };
};
