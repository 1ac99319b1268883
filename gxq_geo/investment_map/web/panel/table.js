/* The list as a table over the lower part of the map, with columns to choose and to sort by, and its export as CSV. Only
   the rows in sight are elements. */
import * as Csv from "../base/csv.js";
import { byId, el, focused, icon, onRows } from "../base/dom.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createTable(ui) {
  const { text, facts, store, engine } = ui;
  const { t } = text;
  const HEIGHT = 34;
  const box = byId("table");
  const WIDTHS = { boolean: 84, date: 104, integer: 96, number: 112, choice: 132, ref: 150, refs: 190, text: 190 };
  const FIRST = 190;
  let rows = new Int32Array(0);
  let active = -1;
  let under = -1;
  let frameId = 0;
  let grid = null; // { box, head, space, columns }

  const tab = () => store.get().tab;
  const layer = () => facts.layer(tab());

  /* ---- columns */

  /* The fields that may be columns; of one in several languages, the reader's. */
  function fieldsOf(name) {
    const records = facts.layer(name);
    const all = ui.data.schema.layers[name].fields.filter((field) => records.fields.includes(field.name));
    return text.own(all).filter((field) => field.group in ui.data.schema.groups && text.stemOf(field) !== "name");
  }

  /* Whether a field is a column, which may have been chosen in another language. */
  function isOf(field, name, word) {
    const other = text.field(name, word);
    return field.name === word || Boolean(field.lang && other?.lang && text.stemOf(field) === text.stemOf(other));
  }

  function chosen(name) {
    const wanted = store.get().columns[name] ?? ui.data.filters.columns[name] ?? [];
    return [...new Set(wanted.map((word) => fieldsOf(name).find((field) => isOf(field, name, word))).filter(Boolean))];
  }

  /* The columns of a requirement. */
  const MATCH = [["match_rank", "integer", "match.rank"], ["match_verdict", "choice", "match.verdict"], ["match_score", "number", "match.score"]];
  const matchFields = (name) => (!ui.visible.needOf(name) ? []
    : MATCH.map(([field, type, word]) => ({ name: field, type, match: true, label: { [text.lang]: t(word) } })));

  function matchValue(i, field, raw) {
    const { place, found } = ui.visible.ranking();
    if (field.name === "match_rank") return String(place[i]);
    if (field.name === "match_verdict") return t(`match.verdict_${ui.match.VERDICTS[found.tier[i]]}`);
    return raw ? String(found.score[i]) : text.number(Math.round(found.score[i]));
  }

  /* The column of names, in the reader's language. */
  const nameField = () => text.field(tab(), "name_zh");
  const nameColumn = (name) => text.own(ui.data.schema.layers[name].fields).find((field) => text.stemOf(field) === "name").name;
  const columnsOf = (name) => [nameField(), ...matchFields(name), ...chosen(name)];
  const isArea = (field) => field.unit === "mu";
  const unitOf = (field) => (isArea(field) ? text.unit(text.areaUnit) : field.unit ? text.unitOver(field.unit) : "");
  const figures = (field) => ["number", "integer", "date"].includes(field.type);

  /* ---- values */

  /* A value in words; null where it is unknown. `raw`: numbers in the field's own unit, without separators. */
  function value(records, i, field, raw) {
    if (field.match) return matchValue(i, field, raw);
    if (field.name === "name_zh") return text.name(records, i);
    const got = text.translated(records, i, field).value;
    if (!text.known(got) || (Array.isArray(got) && !got.length)) return null;
    if (field.type === "boolean") return t(got ? "yes" : "no");
    if (field.type === "number") return raw ? String(got) : isArea(field) ? text.area(got)[0][0] : text.converted(got, field.unit);
    if (field.type === "integer") return raw || !field.unit ? String(got) : text.converted(got, field.unit);
    if (field.ref) return text.names(field.ref, [got].flat());
    if (field.domain || field.domain_by)
      return [got].flat().map((each) => text.choice(field, each, (name) => records.get(i, name))).join(t("list_join"));
    return [got].flat().join(t("list_join"));
  }

  function mark(records, i) {
    const kind = records.get(i, "kind");
    const key = { sites: records.name === "sites" && ui.record.swatchKey(records, i), carriers: `carrier:${kind}`, parks: "park", sectors: `sector:${records.id(i)}` }[records.name];
    return engine.swatch(key, 14, 12);
  }

  /* ---- rows in sight */

  function cell(field, k, i) {
    const records = layer();
    const words = value(records, i, field, false);
    const kind = figures(field) ? "cell end-cell" : "cell";
    return el("div", { class: k ? kind : "cell first-cell", role: k ? "gridcell" : "rowheader", "aria-colindex": k + 1, title: words, lang: text.translated(records, i, field).lang },
      !k && mark(records, i), el("span", { class: words === null ? "missing" : "cell-words" }, words ?? t("missing")));
  }

  function row(k) {
    const i = rows[k];
    const { selection } = store.get();
    const picked = selection?.layer === tab() && facts.layer(tab()).id(i) === selection.id;
    const on = tab() === "sectors" && (store.get().filter.sector ?? []).includes(facts.layer(tab()).id(i));
    const classes = ["table-row", k === active && "active", picked && "picked", i === under && "under", on && "on"];
    return el("div", { id: `table-row-${k}`, class: classes.filter(Boolean).join(" "), role: "row", "data-row": k,
      "aria-rowindex": k + 2, "aria-selected": String(picked || on), css: { top: `${k * HEIGHT}px` } },
    grid.columns.map((field, c) => cell(field, c, i)));
  }

  function draw() {
    frameId = 0;
    if (!grid) return;
    const top = grid.box.scrollTop;
    const first = Math.max(0, Math.floor(top / HEIGHT) - 3);
    const last = Math.min(rows.length, Math.ceil((top + grid.box.clientHeight) / HEIGHT) + 3);
    grid.space.replaceChildren(...Array.from({ length: Math.max(0, last - first) }, (_, k) => row(first + k)));
    if (active >= first && active < last) grid.box.setAttribute("aria-activedescendant", `table-row-${active}`);
    else grid.box.removeAttribute("aria-activedescendant");
  }

  const drawLater = () => {
    frameId ||= requestAnimationFrame(draw);
  };

  function reach(k) {
    const [top, head] = [k * HEIGHT, HEIGHT];
    const height = grid.box.clientHeight - head;
    if (top < grid.box.scrollTop) grid.box.scrollTop = top;
    else if (top + HEIGHT > grid.box.scrollTop + height) grid.box.scrollTop = top + HEIGHT - height;
  }

  /* ---- head */

  const sorted = (field) => {
    const sort = store.get().sort || (ui.visible.needOf(tab()) ? "match_rank" : "");
    if (!sort || !isOf(field, tab(), sort.replace("-", ""))) return "none";
    return sort.startsWith("-") ? "descending" : "ascending";
  };

  function turn(field) {
    const next = { none: field.name, ascending: `-${field.name}`, descending: "" }[sorted(field)];
    store.set({ sort: next });
  }

  function headCell(field, k) {
    const unit = unitOf(field);
    const way = sorted(field);
    return el("div", { class: `cell head-cell${k ? "" : " first-cell"}${figures(field) ? " end-cell" : ""}`, role: "columnheader",
      "aria-sort": way, "aria-colindex": k + 1, "data-field": field.name },
    el("button", { type: "button", "data-sort": field.name, onclick: () => turn(field) },
      el("span", null, text.label(field), unit && el("span", { class: "unit" }, unit)),
      el("span", { class: "arrow", "aria-hidden": "true" }, { ascending: "↑", descending: "↓", none: "" }[way])));
  }

  /* The width of a column in px: that of its values or of its head, in which Chinese characters are as wide as high. */
  function widthOf(field) {
    const letters = [...`${text.label(field)}${unitOf(field)}`];
    const head = letters.reduce((sum, letter) => sum + (letter > "\u2e7f" ? 11 : 6.5), 40);
    return Math.round(Math.max(WIDTHS[field.type] ?? 160, head));
  }

  /* ---- the table */

  function build() {
    const columns = columnsOf(tab());
    const head = el("div", { class: "table-head", role: "row", "aria-rowindex": 1 }, columns.map(headCell));
    const space = el("div", { class: "table-space", role: "rowgroup" });
    const scroll = el("div", { class: "table-scroll", role: "grid", tabindex: 0, "aria-colcount": columns.length,
      "aria-label": t(`tab_${tab()}`) }, el("div", { class: "table-top", role: "rowgroup" }, head), space);
    const tracks = columns.map((field, k) => `${k ? widthOf(field) : FIRST}px`).join(" ");
    scroll.style.setProperty("--tracks", tracks);
    grid = { box: scroll, head, space, columns };
    box.replaceChildren(bar(), scroll);
    listen(scroll);
  }

  function bar() {
    const tool = (key, name, act, more = {}) =>
      el("button", { type: "button", class: "table-tool", "data-tool": key, onclick: act, ...more }, name);
    return el("div", { class: "table-bar" },
      el("b", { class: "table-n" }),
      el("div", { class: "table-tools" },
        tool("columns", t("table.columns"), () => pickColumns(), { "aria-expanded": "false", "aria-haspopup": "true" }),
        tool("export", t("table.export"), () => save()),
        el("button", { type: "button", class: "round", "aria-label": t("table.close"), onclick: close }, icon("close"))));
  }

  /* The table covers the legend, which is folded. */
  const open = () => store.set({ table: true, folded: true });
  function close() {
    store.set({ table: false });
    byId("as-table").focus({ preventScroll: true });
  }

  function pickColumns() {
    const open = box.querySelector(".table-columns");
    box.querySelector("[data-tool=columns]").setAttribute("aria-expanded", String(!open));
    if (open) return open.remove();
    const name = tab();
    const now = () => chosen(name).map((field) => field.name);
    const order = fieldsOf(name).map((field) => field.name);
    function toggle(field, on) {
      const next = on ? [...now(), field] : now().filter((name) => name !== field);
      const own = ui.data.filters.columns[name] ?? [];
      const ordered = [...own.filter((column) => next.includes(column)), ...order.filter((column) => next.includes(column) && !own.includes(column))];
      store.set({ columns: { ...store.get().columns, [name]: ordered } });
    }
    const option = (field) =>
      el("label", { class: "check" },
        el("input", { type: "checkbox", checked: now().includes(field.name), "data-field": field.name,
          onchange: (event) => toggle(field.name, event.target.checked) }),
        el("span", { class: "check-name" }, text.label(field)));
    const groups = Object.entries(ui.data.schema.groups).map(([key, label]) => {
      const own = fieldsOf(name).filter((field) => field.group === key);
      return own.length ? el("fieldset", null, el("legend", null, text.pick(label)), own.map(option)) : null;
    });
    const pop = el("div", { class: "table-columns", role: "group", "aria-label": t("table.columns") }, el("div", { class: "table-groups" }, groups));
    pop.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      pickColumns();
      box.querySelector("[data-tool=columns]").focus();
    });
    box.append(pop);
    pop.querySelector("input")?.focus();
  }

  /* ---- CSV */

  /* The lines of the current list; numbers are in the units of the fields, which the head names. */
  function* lines(name) {
    const records = facts.layer(name);
    const id = ui.data.schema.layers[name].fields.find((field) => field.name === records.schema.id);
    const columns = [id, nameField(), ...matchFields(name), ...chosen(name).filter((field) => field.name !== id.name)];
    const head = (field) => (field.unit ? t("area_line", { area: text.label(field), other: text.unit(field.unit) }) : text.label(field));
    yield columns.map((field) => `${head(field)} ${field.name === "name_zh" ? nameColumn(name) : field.name}`);
    for (const i of ui.listing.rows(name)) yield columns.map((field) => value(records, i, field, true));
  }

  function save() {
    const { name, data_date: day } = ui.data.meta;
    Csv.save(Csv.fileName(text.pick(name), t(`tab_${tab()}`), day), lines(tab()));
  }

  /* ---- pointer and keys */

  const point = (k) => engine.hover(...(k < 0 || tab() === "sectors" ? [null, -1] : [tab(), rows[k]]));

  function step(to) {
    active = Math.min(rows.length - 1, Math.max(0, to));
    reach(active);
    point(active);
    draw();
  }

  function pick(k) {
    if (k < 0 || k >= rows.length) return;
    if (tab() === "sectors") ui.toggle("sector", layer().id(rows[k]));
    else ui.select(tab(), rows[k], { fit: true });
  }

  const page = () => Math.max(1, Math.floor(grid.box.clientHeight / HEIGHT) - 2);
  const side = (by) => grid.box.scrollBy({ left: by });
  const KEYS = {
    ArrowDown: () => step(active + 1),
    ArrowUp: () => step(active - 1),
    PageDown: () => step(active + page()),
    PageUp: () => step(active - page()),
    Home: () => step(0),
    End: () => step(rows.length - 1),
    ArrowRight: () => side(120),
    ArrowLeft: () => side(-120),
    Enter: () => pick(active),
    " ": () => pick(active),
  };

  function listen(scroll) {
    onRows(scroll, {
      keys: (event) => event.target === scroll && rows.length && KEYS[event.key],
      pick: (k) => pick((active = k)),
      point,
      redraw: drawLater,
    });
  }

  engine.on("hover", (hit) => {
    const now = hit && hit.layer === tab() ? hit.index : -1;
    if (now === under) return;
    under = now;
    drawLater();
  });

  byId("as-table").addEventListener("click", () => (store.get().table ? close : open)());
  byId("export").addEventListener("click", save);

  /* ---- start */

  const any = (changed, ...keys) => keys.some((key) => changed.has(key));

  function refresh(changed) {
    const isNew = any(changed, "lang", "theme", "tab", "unit", "columns", "table", "sort", "need") || !grid;
    const scroll = grid && !any(changed, "tab", "filter", "need", "query", "sort") ? [grid.box.scrollLeft, grid.box.scrollTop] : [grid?.box.scrollLeft ?? 0, 0];
    const focus = grid?.box.contains(focused()) && focused().dataset.sort;
    const popped = changed.has("columns") && box.querySelector(".table-columns");
    rows = layer() ? ui.listing.rows(tab()) : new Int32Array(0);
    if (isNew && !popped) build();
    else if (isNew) rebuildBehind(popped);
    if (any(changed, "tab", "filter", "need", "query", "sort")) active = -1;
    grid.space.style.setProperty("height", `${rows.length * HEIGHT}px`);
    grid.box.setAttribute("aria-rowcount", String(rows.length + 1));
    box.querySelector(".table-n").textContent = text.count(`n_${tab()}`, rows.length);
    grid.box.scrollTo(...scroll);
    if (focus) grid.head.querySelector(`[data-sort="${focus}"]`)?.focus({ preventScroll: true });
    draw();
  }

  /* Rebuilds the table behind the open choice of columns. */
  function rebuildBehind(popped) {
    const focus = focused();
    build();
    box.querySelector("[data-tool=columns]").setAttribute("aria-expanded", "true");
    box.append(popped);
    if (popped.contains(focus)) focus.focus({ preventScroll: true });
  }

  function render(state, changed) {
    const wanted = state.table && !ui.bottomSheet.narrow;
    if (box.hidden === wanted) {
      box.hidden = !wanted;
      document.documentElement.dataset.table = String(wanted);
      if (!wanted) { grid = null; box.replaceChildren(); }
      ui.view.update();
      ui.view.refit();
    }
    if (!wanted) return;
    const selected = changed.has("selection") && state.selection;
    if (any(changed, "lang", "theme", "tab", "unit", "columns", "table", "sort", "filter", "need", "query", "lens", "start")) refresh(changed);
    if (selected && state.selection.layer === tab()) {
      const k = rows.indexOf(layer().indexOf(state.selection.id));
      if (k >= 0) reach(k);
    }
    if (changed.has("selection")) draw();
  }

  return { render };
}
