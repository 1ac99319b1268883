/* The comparison of the shortlist: a column for each record, a row for each field; what differs and what is best is
   marked. */
import { byId, el, focused, icon, setInert } from "../base/dom.js";
import { createFields } from "../card/fields.js";
import { copyOfNotices } from "../layout/foot.js";
import * as State from "../state/state.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createCompare(ui) {
  const { text, facts, store, engine, record } = ui;
  const t = text.t;
  const fields = createFields(ui);
  const box = byId("app").appendChild(
    el("section", { id: "compare", role: "dialog", "aria-modal": "true", "aria-labelledby": "compare-title", hidden: true }),
  );
  const [WIDTH, HEIGHT] = [208, 128]; // of a small map, css px
  const GROUPS = ["planning", "indicators", "space", "price", "standard_land", "utilities", "readiness", "access"];
  const SKIP = ["sectors", "far_min", "status", "kind", "area_mu"];
  let onlyDifferent = false; // whether only rows are shown that differ
  let before = null; // what had the focus

  const columns = () =>
    store.get().shortlist.map(({ layer: name, id }, k) => {
      const layer = facts.layer(name);
      return { layer, i: layer.indexOf(id), id, n: k + 1 };
    });

  /* ---- rows: { label, unit, cells: [{ node, key, rank }] }; cells of the same key are equal, the highest rank is best */

  const none = () => ({ node: fields.missing(), key: null, rank: null });
  const notApplicable = () => ({ node: el("span", { class: "missing" }, t("compare.not_meant")), key: null, rank: null, apart: true });
  const has = ({ layer }, name) => layer.fields.includes(name);

  const RANK = { number: (v) => v, integer: (v) => v, boolean: Number, date: (v) => Date.parse(v) };

  function rankOf(value, field) {
    if (!field.better || !RANK[field.type]) return null;
    return RANK[field.type](value) * (field.better === "low" ? -1 : 1);
  }

  function cell(column, field) {
    if (!has(column, field.name)) return notApplicable();
    const value = column.layer.get(column.i, field.name);
    if (!fields.has(value)) return none();
    const other = (name) => column.layer.get(column.i, name);
    const key = JSON.stringify(field.domain_by ? [value, other(field.domain_by.field)] : value);
    return { node: fields.value(column.layer, column.i, field), key, rank: rankOf(value, field) };
  }

  const unitOf = (field) => (field.unit === "mu" ? text.area(0)[0][1] : field.unit ? text.unitOver(field.unit) : "");

  function fieldRow(all, field) {
    if (field.name === "far_max") return farRow(all, field);
    return { name: field.name, label: text.label(field), unit: unitOf(field), cells: all.map((column) => cell(column, field)) };
  }

  function farRow(all, field) {
    const cells = all.map((column) => {
      if (!has(column, "far_max")) return notApplicable();
      const both = ["far_min", "far_max"].map((name) => column.layer.get(column.i, name));
      if (!both.some(fields.has)) return none();
      const limits = both.filter(fields.has).map(text.tenths);
      const node = limits.length === 2 ? limits.join("–") : `${fields.has(both[0]) ? "≥" : "≤"} ${limits[0]}`;
      return { node, key: node, rank: fields.has(both[1]) ? rankOf(both[1], field) : null };
    });
    return { name: "far", label: t("far"), unit: "", cells };
  }

  /* All utilities in one row: how many there are, and which are absent or unknown. */
  function utilitiesRow(all, flags) {
    const cells = all.map((column) => {
      const own = flags.filter((field) => has(column, field.name));
      if (!own.length) return notApplicable();
      const state = (wanted) => own.filter((field) => column.layer.get(column.i, field.name) === wanted).map(text.label);
      const [there, lacking, unknown] = [true, false, null].map(state);
      if (unknown.length === own.length) return none();
      const note = (key, names) => names.length > 0 && el("span", { class: "cell-note" }, t(key, { names: names.join(t("list_join")) }));
      const node = [t("n_utilities", { n: there.length, of: own.length }), note("compare.lacking", lacking), note("compare.unknown", unknown)];
      return { node, key: JSON.stringify([lacking, unknown]), rank: there.length };
    });
    return { name: "utilities", label: text.pick(ui.data.schema.groups.utilities), unit: "", cells };
  }

  function headRows(all) {
    const status = (column) => {
      const name = column.layer.name === "sites" ? "status" : "kind";
      const value = column.layer.get(column.i, name);
      if (!value) return none();
      const sites = name === "status";
      const words = text.word(sites ? "site_status" : "carrier_kind", value);
      return { node: el("span", { class: "mark" }, engine.swatch(`${sites ? "status" : "carrier"}:${value}`, sites ? 18 : 16, sites ? 12 : 16), words), key: value };
    };
    const area = (column) => {
      const mu = column.layer.get(column.i, "area_mu");
      if (column.layer.name !== "sites") return notApplicable();
      if (!fields.has(mu)) return none();
      const [main, ...others] = record.areas(mu);
      return { node: [main[0], el("span", { class: "cell-note" }, others.map((pair) => pair.join(" ")).join(" · "))], key: String(mu) };
    };
    const sectors = (column) => {
      const ids = column.layer.get(column.i, "sectors") || [];
      return ids.length ? { node: el("span", { class: "sectors" }, ids.map(fields.sector)), key: ids.join() } : none();
    };
    const label = (name) => text.pick(text.field("sites", name)?.label);
    return [
      { name: "status", label: label("status"), unit: "", cells: all.map(status) },
      all.some(({ layer }) => layer.name === "sites") && { name: "area_mu", label: label("area_mu"), unit: text.area(0)[0][1], cells: all.map(area) },
      { name: "sectors", label: label("sectors"), unit: "", cells: all.map(sectors) },
    ].filter(Boolean);
  }

  function groupsOf(all) {
    const known = new Map();
    for (const { layer } of all)
      for (const field of ui.data.schema.layers[layer.name].fields) if (!known.has(field.name)) known.set(field.name, field);
    const own = [...known.values()].filter(({ name, lang }) => !SKIP.includes(name) && !lang);
    const groups = GROUPS.map((name) => {
      const inGroup = own.filter((field) => field.group === name);
      const flags = name === "utilities" ? inGroup.filter(({ type }) => type === "boolean") : [];
      const rest = inGroup.filter((field) => !flags.includes(field)).map((field) => fieldRow(all, field));
      return { title: text.pick(ui.data.schema.groups[name]), rows: [...(flags.length ? [utilitiesRow(all, flags)] : []), ...rest] };
    });
    const contact = all.map(({ layer, i }) => {
      const { name, phone } = record.contact(layer, i);
      return name || phone ? { node: [name, phone && el("span", { class: "cell-note" }, phone)], key: `${name} ${phone}` } : none();
    });
    const updated = all.map(({ layer, i }) => {
      const day = layer.get(i, "updated");
      return day ? { node: [day, record.stale(layer, i) && el("span", { class: "cell-note stale-note" }, t("compare.stale"))], key: day } : none();
    });
    const last = { title: t("card.contact"), rows: [
      { name: "contact", label: t("card.contact"), unit: "", cells: contact },
      { name: "updated", label: t("card.updated"), unit: "", cells: updated },
    ] };
    return [{ title: "", rows: headRows(all) }, ...groups, last].filter(({ rows }) => rows.length);
  }

  /* ---- marks */

  const differs = ({ cells }) => new Set(cells.filter(({ apart }) => !apart).map(({ key }) => key)).size > 1;

  function best({ cells }) {
    const ranks = cells.map(({ rank }) => rank).filter((rank) => rank !== null && rank !== undefined);
    const top = Math.max(...ranks);
    return ranks.length > 1 && ranks.some((rank) => rank < top) ? top : null;
  }

  function rowNode(row) {
    const top = best(row);
    const isBest = (cell) => top !== null && cell.rank === top;
    return el(
      "tr",
      { "data-row": row.name, "data-differs": String(differs(row)) },
      el("th", { scope: "row" }, row.label, row.unit && el("span", { class: "unit" }, row.unit)),
      row.cells.map((cell) =>
        el("td", { class: isBest(cell) ? "best" : cell.apart ? "apart" : null }, cell.node, isBest(cell) && el("span", { class: "best-mark" }, t("compare.best"))),
      ),
    );
  }

  const empty = ({ cells }) => cells.every(({ key }) => key === null);

  /* ---- small maps, all at one scale */

  function reach(all) {
    const half = all.map(({ layer, i }) => {
      const bounds = layer.bounds(i);
      if (!bounds) return 0;
      const [w, s, e, n] = bounds;
      return Math.max(((e - w) / WIDTH) * HEIGHT * Math.cos((s * Math.PI) / 180), n - s) / 2;
    });
    return Math.max(0.006, ...half.map((degrees) => degrees * 1.6));
  }

  function inset({ layer, i }, half) {
    const at = layer.centre(i);
    if (!at) return el("p", { class: "missing" }, t("missing"));
    const wide = (half * WIDTH) / HEIGHT / Math.cos((at[1] * Math.PI) / 180);
    const canvas = el("canvas", { class: "inset", role: "img", "aria-label": t("compare.inset", { name: text.name(layer, i) }) });
    engine.drawTo(canvas, [at[0] - wide, at[1] - half, at[0] + wide, at[1] + half], {
      width: WIDTH, height: HEIGHT, scale: 3, labels: false, lens: "availability", mark: { layer: layer.name, index: i },
    });
    return canvas;
  }

  /* ---- the table */

  function head(column, half) {
    const { layer, i, id, n } = column;
    const parkId = layer.get(i, "park_id");
    const name = text.name(layer, i);
    return el(
      "th",
      { scope: "col" },
      inset(column, half),
      el(
        "div",
        { class: "compare-name" },
        ui.shortlist.disc(n),
        el("button", { type: "button", class: "link", onclick: () => leave(() => ui.select(layer.name, i, { fit: true })) }, name),
        el("button", { type: "button", class: "kept-drop", "aria-label": t("shortlist.drop_one", { name }), onclick: () => ui.shortlist.toggle(layer.name, id) }, icon("close")),
      ),
      el("p", { class: "compare-park" }, parkId ? text.nameOf("parks", parkId) : ""),
    );
  }

  function table(all) {
    const half = reach(all);
    const groups = groupsOf(all).map(({ title, rows }) => ({ title, rows: rows.filter((row) => !empty(row) && (!onlyDifferent || differs(row))) }));
    const bodies = groups.filter(({ rows }) => rows.length).map(({ title, rows }) =>
      el(
        "tbody",
        null,
        title && el("tr", { class: "compare-group" }, el("th", { scope: "rowgroup", colspan: all.length + 1 }, el("span", null, title))),
        rows.map(rowNode),
      ),
    );
    const missing = groupsOf(all).flatMap(({ rows }) => rows.filter(empty)).map(({ label }) => label);
    return [
      el("div", { class: "compare-scroll", tabindex: "0", role: "region", "aria-labelledby": "compare-title" },
        el("table", { css: { "--columns": String(all.length) } },
          el("thead", null, el("tr", null, el("td", { class: "corner" }, el("span", { class: "cell-note" }, t("compare.one_scale"))), all.map((column) => head(column, half)))),
          bodies)),
      el("p", { class: "compare-note" }, t("compare.note"), missing.length > 0 && ` ${t("compare.all_missing", { names: missing.join(t("list_join")) })}`),
    ];
  }

  function draw() {
    const all = columns();
    const focusedId = box.contains(focused()) && focused().id;
    const checkbox = el("input", { type: "checkbox", id: "compare-only", onchange: () => { onlyDifferent = checkbox.checked; draw(); } });
    checkbox.checked = onlyDifferent;
    const zone = text.pick(ui.data.meta.name);
    box.replaceChildren(
      el(
        "header",
        { class: "compare-head" },
        el("div", null, el("p", { class: "compare-zone" }, `${zone} · ${text.pick(ui.data.meta.title)}`), el("h2", { id: "compare-title", tabindex: "-1" }, t("compare.title"), el("span", { class: "count" }, t("shortlist.count", { n: all.length, of: State.MOST })))),
        el("label", { class: "compare-only" }, checkbox, t("compare.only")),
        el("div", { class: "compare-acts" },
          el("button", { type: "button", class: "act", id: "compare-share", "aria-label": t("card.share"), title: t("card.share"), onclick: () => shareAll(all) }, icon("share")),
          el("button", { type: "button", class: "act", id: "compare-print", "aria-label": t("card.print"), title: t("card.print"), onclick: () => ui.print("compare") }, icon("print")),
          el("button", { type: "button", class: "act", id: "compare-close", "aria-label": t("aria_close"), title: t("aria_close"), onclick: () => leave() }, icon("close"))),
      ),
      ...table(all),
      el("footer", { class: "compare-foot" }, copyOfNotices()),
    );
    if (focusedId) byId(focusedId)?.focus({ preventScroll: true });
  }

  const shareAll = (all) =>
    ui.share.share(t("compare.title"), all.map(({ layer, i, n }) => `${n}. ${text.name(layer, i)} · ${text.nameOf("parks", layer.get(i, "park_id"))}`).join("\n"), ui.share.toView());

  function leave(then) {
    store.set({ compare: false });
    then?.();
  }

  function show(on) {
    if (box.hidden === !on) return;
    box.hidden = !on;
    setInert([...byId("app").children].filter((node) => node !== box && node.id !== "say"), on);
    if (on) {
      before = focused();
      byId("compare-title").focus({ preventScroll: true });
    } else if (before?.isConnected) before.focus({ preventScroll: true });
  }

  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || box.hidden) return;
    event.stopImmediatePropagation();
    leave();
  }, { capture: true });

  function render(state, changed) {
    if (!["compare", "shortlist", "lang", "theme", "unit"].some((key) => changed.has(key))) return;
    const on = state.compare && state.shortlist.length > 1;
    if (on) draw();
    show(on);
  }

  return { render };
}
