/* The internal edition: lists of projects, customers and leaders over the panel. The figures are those of `gxq projects`
   and `gxq customers` (gxq_geo/investment_map/internal.py). No page for the public holds this folder.

   at(layer, i)                  where a record lies on the map: [layer, i], or null
   cards(fields)                 { heads, sections(layer, i) } for card/card.js
   show("projects", { park })    opens a list, with some of its records only */
import { byId, el, focused, icon, setInert } from "../base/dom.js";
import { createInternalCards } from "./cards.js";
import { createInternalWords } from "./words.js";

/* The layers whose records have a card, beside those of a public page. */
export const CARDS = ["projects", "customers"];
export const LISTS = ["projects", "customers", "leaders"];

/** @param {import("../start/ui.js").Ui} ui */
export function createInternal(ui) {
  const { data, text, facts, store } = ui;
  const { projects: projectTables, customers: customerTables } = data.internal;
  const STEP = 100; // rows shown at first, and with each "more"
  const FEW = 8; // groups of customers shown at first
  const NONE = ""; // the key of an unknown value

  const [projects, customers] = [facts.layer("projects"), facts.layer("customers")];
  const by = (rows, key) => new Map(rows.map((row) => [row[key], row]));
  const stuck = by(projectTables.stuck, "project_id");
  const due = by(projectTables.due, "project_id");
  const dueCustomers = by(customerTables.due, "customer_id");
  const unled = new Set(projectTables.responsible.filter((row) => !row.leader).map((row) => row.project_id));
  const stages = projectTables.by_stage.map(({ stage }) => stage ?? NONE);
  const tab = () => store.get().inner;
  const words = createInternalWords(ui);
  const { say, tally, yi, when, stageName } = words;

  /** @type {Record<string, any>} */
  let filter = {}; // of projects: stage, leader, park, stuck, due, unled; of customers: value, soon
  let grouped = "region"; // the field by which customers are counted
  let allGroups = false;
  let limit = STEP; // how many rows are shown

  /* ---- words */

  const withUnit = (value, unit) => [value, el("span", { class: "unit" }, unit)];
  const missing = () => el("span", { class: "missing" }, text.t("missing"));
  const joined = (...parts) => parts.filter(Boolean).join(" · ");
  const joinedNodes = words.joined;

  function groupName(field, value) {
    if (value === null || value === NONE) return text.t("missing");
    if (field === "team_id") return text.nameOf("teams", value);
    return field === "region" ? value : text.choice(text.field("customers", field), value, () => null);
  }

  /* ---- which records are listed */

  const all = (layer) => Array.from({ length: layer?.n ?? 0 }, (_, i) => i);
  const LATEST = "9999-99-99"; // sorts after every day
  const byDay = (layer) => (a, b) => {
    const [x, y] = [a, b].map((i) => layer.get(i, "next_action_date") ?? LATEST);
    return x < y ? -1 : x > y ? 1 : a - b;
  };

  const TESTS = {
    stage: (i, wanted) => (projects.get(i, "stage") ?? NONE) === wanted,
    leader: (i, wanted) => projects.get(i, "leader") === wanted,
    park: (i, wanted) => projects.get(i, "park_id") === wanted,
    stuck: (i) => stuck.has(projects.id(i)),
    due: (i) => due.has(projects.id(i)),
    unled: (i) => unled.has(projects.id(i)),
    value: (i, wanted) => (customers.get(i, grouped) ?? NONE) === wanted,
    soon: (i) => dueCustomers.has(customers.id(i)),
  };
  const FILTERS = { projects: ["stage", "leader", "park", "stuck", "due", "unled"], customers: ["value", "soon"] };

  function listed(name) {
    const layer = facts.layer(name);
    const tests = FILTERS[name].filter((key) => filter[key] !== undefined);
    return all(layer).filter((i) => tests.every((key) => TESTS[key](i, filter[key]))).sort(byDay(layer));
  }

  /* ---- rows */

  const rowOf = (name, i, { tail, below, end, note }) =>
    el("button", { type: "button", class: "inner-row", "data-id": facts.layer(name).id(i), "data-picked": String(isPicked(name, i)), onclick: () => ui.select(name, i, { fit: true }) },
      el("span", { class: "row-head" }, text.name(facts.layer(name), i)),
      el("span", { class: "row-tail" }, tail),
      el("span", { class: "inner-below" }, below),
      el("span", { class: "inner-end" }, end),
      note?.length > 0 && el("span", { class: "inner-note" }, note));

  function isPicked(name, i) {
    const { selection } = store.get();
    return selection?.layer === name && selection.id === facts.layer(name).id(i);
  }

  function dayOf(layer, i, left) {
    const day = layer.get(i, "next_action_date");
    if (!day) return null;
    return el("span", { class: left < 0 ? "late" : left !== undefined ? "soon" : "" }, day, left !== undefined && ` · ${when(left)}`);
  }

  const ROWS = {
    projects(i) {
      const known = projects.get(i, "investment_yi");
      const reasons = stuck.get(projects.id(i))?.reasons ?? [];
      return rowOf("projects", i, {
        tail: text.known(known) ? withUnit(...yi(known)) : missing(),
        below: joined(stageName(projects.get(i, "stage")), projects.get(i, "park_id") && text.nameOf("parks", projects.get(i, "park_id"))),
        end: dayOf(projects, i, due.get(projects.id(i))?.days_left),
        note: joinedNodes(projects.get(i, "leader"), reasons.length > 0 && el("b", null, words.reasons(reasons))),
      });
    },
    customers(i) {
      const status = customers.get(i, "customer_status");
      return rowOf("customers", i, {
        tail: status ? text.word("customer_status", status) : missing(),
        below: joined(groupName("customer_class", customers.get(i, "customer_class")), customers.get(i, "region")),
        end: dayOf(customers, i, dueCustomers.get(customers.id(i))?.days_left),
        note: joinedNodes(customers.get(i, "next_action")),
      });
    },
  };

  /* ---- bars: a line for each group, which filters by it */

  function bar({ name, figures, share, key, value }) {
    const on = filter[key] === value;
    return el("button", { type: "button", class: "inner-bar", "aria-pressed": String(on), "data-key": `${key}:${value}`, onclick: () => narrow({ [key]: on ? undefined : value }) },
      el("span", { class: "inner-name", title: name }, name),
      el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "track-fill", css: { width: `${100 * share}%` } })),
      figures.map((figure) => el("span", { class: "entry-n" }, figure)));
  }

  const heads = (...words) => el("div", { class: "inner-bar inner-heads" }, el("span"), el("span"), words.map((word) => el("span", { class: "entry-n" }, word)));

  function pipeline() {
    const most = Math.max(1, ...projectTables.by_stage.map((row) => row.projects));
    const days = by(projectTables.durations, "stage");
    const line = (row) => bar({
      name: stageName(row.stage), key: "stage", value: row.stage ?? NONE, share: row.projects / most,
      figures: [text.number(row.projects), text.converted(row.investment_yi, "yi"), text.known(days.get(row.stage)?.median_days) ? text.number(days.get(row.stage).median_days) : "–"],
    });
    return el("div", { class: "inner-bars three", role: "group", "aria-label": say("pipeline") },
      heads(say("n"), text.unitOver("yi"), say("median")), projectTables.by_stage.map(line));
  }

  const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);

  /* The sums below the pipeline: known and unknown investment, and totals that were published. */
  function money() {
    const known = { n: text.number(sum(projectTables.by_stage, "projects")), sum: yi(sum(projectTables.by_stage, "investment_yi")).join(" "), landed: yi(sum(projectTables.by_stage, "landed_investment_yi")).join(" "), unknown: text.number(sum(projectTables.by_stage, "investment_unknown")) };
    const published = projectTables.investment.filter((row) => text.known(row.published_yi));
    return [
      el("p", { class: "inner-hint" }, say("money", known)),
      published.map((row) => el("p", { class: "inner-hint" },
        say("published", { name: text.nameOf("events", row.event_id), n: text.number(row.projects), total: yi(row.published_yi).join(" "), unknown: text.number(row.known_unknown) }))),
    ];
  }

  function groups() {
    const rows = customerTables[grouped];
    const most = Math.max(1, ...rows.map((row) => row.customers));
    const open = (row) => row.customers - row.signed - row.dropped;
    const line = (row) => bar({ name: groupName(grouped, row[grouped]), key: "value", value: row[grouped] ?? NONE, share: row.customers / most,
      figures: [text.number(row.customers), text.number(open(row)), text.number(row.signed)] });
    const sorted = rows.slice().sort((a, b) => b.customers - a.customers);
    const kept = sorted.filter((row, k) => allGroups || k < FEW || (row[grouped] ?? NONE) === filter.value);
    return el("div", { class: "inner-bars three", role: "group", "aria-label": say("customers") },
      heads(say("n"), say("open_now"), text.word("customer_status", "signed")), kept.map(line),
      kept.length < rows.length && el("button", { type: "button", class: "inner-all", onclick: () => { allGroups = true; narrow({}, `[data-by=${grouped}]`); } }, say("all_groups", { n: text.number(rows.length) })));
  }

  function grouping() {
    const choose = (field) => {
      grouped = field;
      allGroups = false;
      narrow({ value: undefined }, `[data-by=${field}]`);
    };
    const choice = (field) => el("button", { type: "button", "aria-pressed": String(field === grouped), "data-by": field, onclick: () => choose(field) }, say(`by_${field}`));
    return el("div", { class: "segmented inner-by", role: "group", "aria-label": say("group_by") }, Object.keys(customerTables).filter((field) => field !== "due").map(choice));
  }

  /* ---- chips: other filters of the list */

  function chip(key, value, words) {
    const on = filter[key] !== undefined;
    return el("button", { type: "button", class: "inner-chip", "aria-pressed": String(on), "data-key": key, onclick: () => narrow({ [key]: on ? undefined : value }) },
      words, on && icon("close"));
  }

  const CHIPS = {
    projects: () => [
      chip("stuck", true, tally("stuck", stuck.size)),
      chip("due", true, tally("due", due.size)),
      chip("unled", true, tally("unled", unled.size)),
      filter.leader !== undefined && chip("leader", null, filter.leader),
      filter.park !== undefined && chip("park", null, text.nameOf("parks", filter.park)),
    ],
    customers: () => [chip("soon", true, tally("due", dueCustomers.size))],
  };

  /* ---- the three lists */

  function list(name) {
    const rows = listed(name);
    const left = rows.length - limit;
    const demo = all(facts.layer(name)).filter((i) => facts.layer(name).get(i, "demo")).length;
    const more = () => {
      limit += STEP;
      draw();
    };
    return [
      el("div", { class: "inner-chips" }, CHIPS[name]()),
      el("p", { class: "inner-count", role: "status" }, el("b", null, tally(`n_${name}`, rows.length))),
      el("div", { class: "inner-rows" }, rows.slice(0, limit).map(ROWS[name])),
      left > 0 && el("button", { type: "button", class: "issue-more", onclick: more }, say("more", { n: text.number(left) })),
      demo > 0 && el("p", { class: "inner-hint" }, say("demo", { n: text.number(demo), of: text.number(facts.size(name)) })),
    ];
  }

  function leaders() {
    const most = Math.max(1, ...projectTables.leaders.map((row) => row.projects));
    const sorted = projectTables.leaders.slice().sort((a, b) => b.projects - a.projects);
    const line = (row) => el("button", { type: "button", class: "inner-bar one", "data-leader": row.leader, onclick: () => show("projects", { leader: row.leader }) },
      el("span", { class: "inner-name" }, row.leader),
      el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "track-fill", css: { width: `${(100 * row.projects) / most}%` } })),
      el("span", { class: "entry-n" }, text.number(row.projects)));
    return [
      unled.size > 0 && el("button", { type: "button", class: "action inner-unled", onclick: () => show("projects", { unled: true }) }, tally("unled_list", unled.size)),
      el("div", { class: "inner-bars", role: "group", "aria-label": say("tab_leaders") }, el("div", { class: "inner-bar one inner-heads" }, el("span"), el("span"), el("span", { class: "entry-n" }, say("n"))), sorted.map(line)),
      el("p", { class: "inner-hint" }, say("leaders_note")),
    ];
  }

  const BODIES = {
    projects: () => [pipeline(), money(), list("projects")],
    customers: () => [grouping(), groups(), list("customers")],
    leaders,
  };

  /* ---- the section over the panel */

  const heading = el("h2", { id: "internal-title", tabindex: "-1" });
  const close = el("button", { type: "button", class: "round", onclick: () => leave() }, icon("close"));
  const tabs = el("div", { class: "inner-tabs", role: "tablist", onkeydown: stepTab });
  const body = el("div", { class: "inner-body", role: "tabpanel", tabindex: "0", id: "internal-body" });
  const box = el("section", { id: "internal", "aria-labelledby": "internal-title", hidden: true }, el("div", { class: "issues-head" }, heading, close), tabs, body);
  const opener = el("button", { type: "button", id: "internal-open", onclick: () => show("projects") });

  function drawTabs() {
    const sizes = { projects: facts.size("projects"), customers: facts.size("customers"), leaders: projectTables.leaders.length };
    tabs.setAttribute("aria-label", say("title"));
    tabs.replaceChildren(...LISTS.map((name) =>
      el("button", { type: "button", role: "tab", id: `inner-${name}`, "aria-controls": "internal-body", "aria-selected": String(name === tab()), tabindex: name === tab() ? "0" : "-1", onclick: () => show(name) },
        say(`tab_${name}`), el("span", { class: "count" }, text.number(sizes[name])))));
    body.setAttribute("aria-labelledby", `inner-${tab()}`);
  }

  function stepTab(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    show(LISTS[(LISTS.indexOf(tab()) + step + 3) % 3]);
    byId(`inner-${tab()}`).focus();
  }

  function draw() {
    if (!tab()) return;
    const scroll = body.scrollTop;
    body.replaceChildren(...BODIES[tab()]().flat(Infinity).filter(Boolean));
    body.scrollTop = scroll;
  }

  const focusedKey = () => focused()?.dataset.key && `[data-key="${CSS.escape(focused().dataset.key)}"]`;

  /* Narrows the list; the focus stays on what was pressed. */
  function narrow(patch, focus = focusedKey()) {
    filter = { ...filter, ...patch };
    limit = STEP;
    draw();
    if (focus) body.querySelector(focus)?.focus({ preventScroll: true });
  }

  function show(name, only = {}) {
    filter = only;
    limit = STEP;
    if (tab() === name) draw();
    else store.set({ inner: name });
    body.scrollTop = 0;
    if (ui.bottomSheet.narrow) {
      if (store.get().selection) ui.select(null);
      ui.bottomSheet.go("full");
    }
  }

  function leave() {
    store.set({ inner: "" });
    opener.focus({ preventScroll: true });
  }

  function drawWords() {
    heading.textContent = say("title");
    close.setAttribute("aria-label", say("close"));
    opener.replaceChildren(icon("more"), say("open"), icon("right"));
  }

  function render(state, changed) {
    const isStale = ["lang", "theme", "inner"].some((key) => changed.has(key));
    if (changed.has("lang")) drawWords();
    if (changed.has("inner")) {
      box.hidden = !state.inner;
      setInert([...box.parentElement.children].filter((node) => node !== box && !node.matches(".grip, #foot")), Boolean(state.inner));
      if (state.inner && !changed.has("start")) heading.focus({ preventScroll: true });
    }
    if (isStale && state.inner) {
      drawTabs();
      draw();
    } else if (changed.has("selection") && state.inner)
      for (const row of body.querySelectorAll(".inner-row")) row.dataset.picked = String(row.dataset.id === state.selection?.id && state.selection?.layer === tab());
  }

  /* ---- on the map */

  function at(name, i) {
    if (!["projects", "customers"].includes(name)) return [name, i];
    if (name === "customers") return null;
    for (const [layer, field] of [["sites", "site_id"], ["carriers", "carrier_id"], ["parks", "park_id"]]) {
      const k = projects.get(i, field) ? (facts.layer(layer)?.indexOf(projects.get(i, field)) ?? -1) : -1;
      if (k >= 0) return [layer, k];
    }
    return null;
  }

  byId("tabs").before(opener);
  byId("panel").append(box);
  const cards = (fields) => createInternalCards(ui, fields, { words, stuck, due, dueCustomers, stages, show });
  return { at, show, render, cards };
}
