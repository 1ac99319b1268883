/* The internal edition: projects, customers and who is responsible, over the panel; their cards; what the cards of
   sites, buildings and parks say of them. Figures are those of `gxq projects` and `gxq customers` (internal.py).
   No page for the public holds this file.

   ui.internal.at(layer, i)                  where a record lies on the map: [layer, i], or null
   ui.internal.cards(fields)                 { heads, sections(layer, i) } for card.js
   ui.internal.show("projects", { park })    opens the list, of some records only */
State.CARDS.push("projects", "customers");
State.INNER = ["projects", "customers", "leaders"];

const createInternal = (ui) => {
  const { el, icon, byId } = Dom;
  const { data, text, facts, store } = ui;
  const say = (key, places) => text.t(`internal.${key}`, places);
  const tally = (key, n) => text.count(`internal.${key}`, n);
  const { projects: OF, customers: WHOM } = data.internal;
  const STEP = 100;
  const FEW = 8; // groups of customers, before all are asked for
  const NONE = ""; // stands for what a record does not say

  const [projects, customers] = [facts.layer("projects"), facts.layer("customers")];
  const by = (rows, key) => new Map(rows.map((row) => [row[key], row]));
  const [stuck, due, dueCustomers] = [by(OF.stuck, "project_id"), by(OF.due, "project_id"), by(WHOM.due, "customer_id")];
  const unled = new Set(OF.responsible.filter((row) => !row.leader).map((row) => row.project_id));
  const stages = OF.by_stage.map(({ stage }) => stage ?? NONE);
  const tab = () => store.get().inner;

  let asked = {}; // of the projects: stage, leader, park, stuck, due, unled; of the customers: value, soon
  let grouped = "region"; // how customers are counted
  let whole = false;
  let room = STEP;

  /* ---- words */

  const yi = (value) => [text.number(value), text.unit("yi")];
  const withUnit = ([value, unit]) => [value, el("span", { class: "unit" }, unit)];
  const missing = () => el("span", { class: "missing" }, text.t("missing"));
  const stageName = (stage) => (stage ? text.word("project_stage", stage) : text.t("missing"));
  const joined = (...parts) => parts.filter(Boolean).join(" · ");
  const apart = (...parts) => parts.filter(Boolean).flatMap((part, k) => (k ? [" · ", part] : [part]));

  /* How far off a day is from the date of the data. */
  function when(left) {
    if (left === null || left === undefined) return null;
    return left < 0 ? tally("overdue", -left) : left === 0 ? say("today") : tally("in_days", left);
  }

  function groupName(of, value) {
    if (value === null || value === NONE) return text.t("missing");
    if (of === "team_id") return text.nameOf("teams", value);
    return of === "region" ? value : text.choice(text.field("customers", of), value, () => null);
  }

  /* ---- what is listed */

  const all = (layer) => Array.from({ length: layer?.n ?? 0 }, (_, i) => i);
  const FAR = "9999-99-99";
  const byDay = (layer) => (a, b) => {
    const [x, y] = [a, b].map((i) => layer.get(i, "next_action_date") ?? FAR);
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
  const MINE = { projects: ["stage", "leader", "park", "stuck", "due", "unled"], customers: ["value", "soon"] };

  function listed(name) {
    const layer = facts.layer(name);
    const tests = MINE[name].filter((key) => asked[key] !== undefined);
    return all(layer).filter((i) => tests.every((key) => TESTS[key](i, asked[key]))).sort(byDay(layer));
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
        tail: text.known(known) ? withUnit(yi(known)) : missing(),
        below: joined(stageName(projects.get(i, "stage")), projects.get(i, "park_id") && text.nameOf("parks", projects.get(i, "park_id"))),
        end: dayOf(projects, i, due.get(projects.id(i))?.days_left),
        note: apart(projects.get(i, "leader"), reasons.length > 0 && el("b", null, reasons.map((one) => say(`reason_${one}`)).join(text.t("list_join")))),
      });
    },
    customers(i) {
      const status = customers.get(i, "customer_status");
      return rowOf("customers", i, {
        tail: status ? text.word("customer_status", status) : missing(),
        below: joined(groupName("customer_class", customers.get(i, "customer_class")), customers.get(i, "region")),
        end: dayOf(customers, i, dueCustomers.get(customers.id(i))?.days_left),
        note: apart(customers.get(i, "next_action")),
      });
    },
  };

  /* ---- bars: a line for each group, which is also a filter */

  function bar({ name, figures, share, key, value }) {
    const on = asked[key] === value;
    return el("button", { type: "button", class: "inner-bar", "aria-pressed": String(on), "data-key": `${key}:${value}`, onclick: () => ask({ [key]: on ? undefined : value }) },
      el("span", { class: "inner-name", title: name }, name),
      el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "track-fill", css: { width: `${100 * share}%` } })),
      figures.map((figure) => el("span", { class: "entry-n" }, figure)));
  }

  const heads = (...words) => el("div", { class: "inner-bar inner-heads" }, el("span"), el("span"), words.map((word) => el("span", { class: "entry-n" }, word)));

  function pipeline() {
    const most = Math.max(1, ...OF.by_stage.map((row) => row.projects));
    const days = by(OF.durations, "stage");
    const line = (row) => bar({
      name: stageName(row.stage), key: "stage", value: row.stage ?? NONE, share: row.projects / most,
      figures: [text.number(row.projects), text.number(row.investment_yi), text.known(days.get(row.stage)?.median_days) ? text.number(days.get(row.stage).median_days) : "–"],
    });
    return el("div", { class: "inner-bars three", role: "group", "aria-label": say("pipeline") },
      heads(say("n"), text.unit("yi"), say("median")), OF.by_stage.map(line));
  }

  const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);

  /* What stands under the pipeline: the sum, what is not known, and totals that were published as such. */
  function money() {
    const known = { n: text.number(sum(OF.by_stage, "projects")), sum: yi(sum(OF.by_stage, "investment_yi")).join(" "), landed: yi(sum(OF.by_stage, "landed_investment_yi")).join(" "), unknown: text.number(sum(OF.by_stage, "investment_unknown")) };
    const published = OF.investment.filter((row) => text.known(row.published_yi));
    return [
      el("p", { class: "inner-hint" }, say("money", known)),
      published.map((row) => el("p", { class: "inner-hint" },
        say("published", { name: text.nameOf("events", row.event_id), n: text.number(row.projects), total: yi(row.published_yi).join(" "), unknown: text.number(row.known_unknown) }))),
    ];
  }

  function groups() {
    const rows = WHOM[grouped];
    const most = Math.max(1, ...rows.map((row) => row.customers));
    const open = (row) => row.customers - row.signed - row.dropped;
    const line = (row) => bar({ name: groupName(grouped, row[grouped]), key: "value", value: row[grouped] ?? NONE, share: row.customers / most,
      figures: [text.number(row.customers), text.number(open(row)), text.number(row.signed)] });
    const sorted = rows.slice().sort((a, b) => b.customers - a.customers);
    const kept = sorted.filter((row, k) => whole || k < FEW || (row[grouped] ?? NONE) === asked.value);
    return el("div", { class: "inner-bars three", role: "group", "aria-label": say("customers") },
      heads(say("n"), say("open_now"), text.word("customer_status", "signed")), kept.map(line),
      kept.length < rows.length && el("button", { type: "button", class: "inner-all", onclick: () => { whole = true; ask({}, `[data-by=${grouped}]`); } }, say("all_groups", { n: text.number(rows.length) })));
  }

  function grouping() {
    const choice = (of) => el("button", { type: "button", "aria-pressed": String(of === grouped), "data-by": of, onclick: () => { grouped = of; whole = false; ask({ value: undefined }, `[data-by=${of}]`); } }, say(`by_${of}`));
    return el("div", { class: "segmented inner-by", role: "group", "aria-label": say("group_by") }, Object.keys(WHOM).filter((of) => of !== "due").map(choice));
  }

  /* ---- chips: what else the list may be narrowed to */

  function chip(key, value, words) {
    const on = asked[key] !== undefined;
    return el("button", { type: "button", class: "inner-chip", "aria-pressed": String(on), "data-key": key, onclick: () => ask({ [key]: on ? undefined : value }) },
      words, on && icon("close"));
  }

  const CHIPS = {
    projects: () => [
      chip("stuck", true, tally("stuck", stuck.size)),
      chip("due", true, tally("due", due.size)),
      chip("unled", true, tally("unled", unled.size)),
      asked.leader !== undefined && chip("leader", null, asked.leader),
      asked.park !== undefined && chip("park", null, text.nameOf("parks", asked.park)),
    ],
    customers: () => [chip("soon", true, tally("due", dueCustomers.size))],
  };

  /* ---- the three lists */

  function list(name) {
    const rows = listed(name);
    const left = rows.length - room;
    const demo = all(facts.layer(name)).filter((i) => facts.layer(name).get(i, "demo")).length;
    const more = () => {
      room += STEP;
      draw();
    };
    return [
      el("div", { class: "inner-chips" }, CHIPS[name]()),
      el("p", { class: "inner-count", role: "status" }, el("b", null, tally(`n_${name}`, rows.length))),
      el("div", { class: "inner-rows" }, rows.slice(0, room).map(ROWS[name])),
      left > 0 && el("button", { type: "button", class: "issue-more", onclick: more }, say("more", { n: text.number(left) })),
      demo > 0 && el("p", { class: "inner-hint" }, say("demo", { n: text.number(demo), of: text.number(facts.size(name)) })),
    ];
  }

  function leaders() {
    const most = Math.max(1, ...OF.leaders.map((row) => row.projects));
    const roles = data.schema.domains.leader_role.map(([role]) => role);
    const lacking = (row) => roles.filter((role) => row[role] < row.projects).map((role) => text.word("leader_role", role));
    const sorted = OF.leaders.slice().sort((a, b) => b.projects - a.projects);
    const line = (row) => el("button", { type: "button", class: "inner-bar one", "data-leader": row.leader, onclick: () => show("projects", { leader: row.leader }) },
      el("span", { class: "inner-name" }, row.leader),
      el("span", { class: "track", "aria-hidden": "true" }, el("span", { class: "track-fill", css: { width: `${(100 * row.projects) / most}%` } })),
      el("span", { class: "entry-n" }, text.number(row.projects)),
      lacking(row).length > 0 && el("span", { class: "inner-note" }, say("lacks", { roles: lacking(row).join(text.t("list_join")) })));
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
    const sizes = { projects: facts.size("projects"), customers: facts.size("customers"), leaders: OF.leaders.length };
    tabs.setAttribute("aria-label", say("title"));
    tabs.replaceChildren(...State.INNER.map((name) =>
      el("button", { type: "button", role: "tab", id: `inner-${name}`, "aria-controls": "internal-body", "aria-selected": String(name === tab()), tabindex: name === tab() ? "0" : "-1", onclick: () => show(name) },
        say(`tab_${name}`), el("span", { class: "count" }, text.number(sizes[name])))));
    body.setAttribute("aria-labelledby", `inner-${tab()}`);
  }

  function stepTab(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    show(State.INNER[(State.INNER.indexOf(tab()) + step + 3) % 3]);
    byId(`inner-${tab()}`).focus();
  }

  function draw() {
    if (!tab()) return;
    const scroll = body.scrollTop;
    body.replaceChildren(...BODIES[tab()]().flat(Infinity).filter(Boolean));
    body.scrollTop = scroll;
  }

  /* Narrows the list; the focus stays on what was pressed. */
  function ask(patch, focus = document.activeElement?.dataset.key && `[data-key="${CSS.escape(document.activeElement.dataset.key)}"]`) {
    asked = { ...asked, ...patch };
    room = STEP;
    draw();
    if (focus) body.querySelector(focus)?.focus({ preventScroll: true });
  }

  function show(name, only = {}) {
    asked = only;
    room = STEP;
    if (tab() === name) draw();
    else store.set({ inner: name });
    body.scrollTop = 0;
    if (ui.sheet.narrow) {
      if (store.get().selection) ui.select(null);
      ui.sheet.go("full");
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
    const afresh = ["lang", "theme", "inner"].some((key) => changed.has(key));
    if (changed.has("lang")) drawWords();
    if (changed.has("inner")) {
      box.hidden = !state.inner;
      for (const one of box.parentElement.children) if (one !== box && !one.matches(".grip, #foot")) one.inert = Boolean(state.inner);
      if (state.inner && !changed.has("start")) heading.focus({ preventScroll: true });
    }
    if (afresh && state.inner) {
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
  return { at, show, render, cards: (fields) => createInternalCards(ui, fields, { stuck, when, due, dueCustomers, stages, yi, stageName, say, tally }) };
};

/* The cards of projects and customers, and what other cards say of projects. */
const createInternalCards = (ui, fields, { stuck, when, due, dueCustomers, stages, yi, stageName, say, tally }) => {
  const { el, icon } = Dom;
  const { text, facts, data } = ui;
  const [projects, customers] = [facts.layer("projects"), facts.layer("customers")];

  const section = (name, title, note, ...content) =>
    el("section", { class: "group", "data-part": name }, el("h3", null, title, note && el("span", { class: "count" }, note)), ...content);
  const big = (value, field, name) =>
    el("div", { class: "figure" },
      el("div", { class: "figure-n" }, text.known(value) ? fields.figure(...yi(value)) : fields.missing()),
      el("div", { class: "figure-label" }, text.pick(text.field(name, field).label)));
  const joined = (...parts) => parts.filter(Boolean).flatMap((part, k) => (k ? [" · ", part] : [part]));

  /* What is to be done next, until when, and why it does not move. */
  function next(layer, i) {
    const [action, day] = [layer.get(i, "next_action"), layer.get(i, "next_action_date")];
    const left = (layer.name === "projects" ? due : dueCustomers).get(layer.id(i))?.days_left;
    const found = layer.name === "projects" ? stuck.get(layer.id(i)) : null;
    return section("next", text.pick(text.field(layer.name, "next_action").label), day && joined(day, when(left)),
      el("p", { class: action ? "inner-action" : "missing" }, action || text.t("missing")),
      found && el("p", { class: "stale" }, icon("warn"), el("span", null, say("stuck_because", { reasons: found.reasons.map((one) => say(`reason_${one}`)).join(text.t("list_join")) }))));
  }

  /* The stages with the day on which each was entered; days in between are those of the history. */
  function history(i) {
    const rows = facts.groupOf("project_stages", "project_id", projects.id(i));
    const of = facts.layer("project_stages");
    const entered = new Map(rows.map((k) => [of.get(k, "stage"), of.get(k, "entered")]));
    const spells = new Map(data.internal.projects.history.filter((row) => row.project_id === projects.id(i)).map((row) => [row.stage, row]));
    const now = projects.get(i, "stage");
    const line = (stage) => {
      const { days, moved } = spells.get(stage) ?? {};
      const said = text.known(days) && (moved ? tally("days", days) : tally("days_so_far", days));
      return el("li", { "data-state": stage === now ? "now" : entered.has(stage) ? "past" : "none" },
        el("span", { class: "stage-name" }, stageName(stage)),
        el("span", { class: "stage-day" }, entered.get(stage) || (entered.has(stage) || stage === now ? text.t("missing") : "")),
        el("span", { class: "end" }, said));
    };
    return section("stages", say("stages"), null, el("ol", { class: "stage-list" }, stages.filter(Boolean).map(line)));
  }

  /* Who is responsible, in which of the five roles. */
  function leader(i) {
    const who = projects.get(i, "leader");
    if (!who) return section("leader", say("leader"), null, el("p", { class: "missing" }, text.t("missing")));
    const held = projects.get(i, "leader_roles") ?? [];
    const chip = ([role]) => {
      const on = held.includes(role);
      return el("li", { class: "role", "data-state": String(on) }, icon(on ? "check" : "no"), text.word("leader_role", role), el("span", { class: "aside" }, text.t(on ? "yes" : "no")));
    };
    return section("leader", say("leader"), null,
      el("button", { type: "button", class: "link inner-who", onclick: () => ui.internal.show("projects", { leader: who }) }, who),
      el("ul", { class: "roles" }, data.schema.domains.leader_role.map(chip)));
  }

  const line = (name, k, note) => {
    const layer = facts.layer(name);
    return el("li", null,
      el("button", { type: "button", class: "link", onclick: () => ui.select(name, k, { fit: true }) }, text.name(layer, k)),
      el("span", { class: "end note-n" }, note));
  };
  const ofProject = (k) => line("projects", k, joined(stageName(projects.get(k, "stage")), projects.get(k, "leader")));

  /* The projects on a site, in a building, of a customer. */
  function linked(field, id) {
    const rows = facts.groupOf("projects", field, id);
    if (!rows.length) return null;
    return section("projects", text.pick(data.schema.layers.projects.label), text.number(rows.length), el("ul", { class: "lines sites" }, rows.map(ofProject)));
  }

  /* A park's projects by stage, and who is responsible for them. */
  function ofPark(id) {
    const row = data.internal.projects.by_park.find((one) => one.park_id === id);
    if (!row) return null;
    const line = (stage) => el("li", null, stageName(stage), el("span", { class: "end" }, text.number(row[stage])));
    const who = [...new Set(facts.groupOf("projects", "park_id", id).map((k) => projects.get(k, "leader")).filter(Boolean))].sort();
    return section("projects", text.pick(data.schema.layers.projects.label), text.number(row.projects),
      el("ul", { class: "lines sites" }, stages.filter((stage) => stage && row[stage]).map(line)),
      el("p", { class: "inner-hint" }, say("park_money", { sum: yi(row.investment_yi).join(" "), unknown: text.number(row.investment_unknown) })),
      who.length > 0 && el("p", { class: "inner-hint" }, `${say("leader")} ${who.join(text.t("list_join"))}`),
      el("button", { type: "button", class: "action", onclick: () => ui.internal.show("projects", { park: id }) }, tally("list_projects", row.projects)));
  }

  /* What no field of the card shows: the note that stays inside. */
  function note(layer, i) {
    const field = text.field(layer.name, "note_internal");
    const said = field && layer.get(i, "note_internal");
    return said ? section("note", text.pick(field.label), null, el("p", { class: "inner-said" }, said)) : null;
  }

  const FIELDS = { sites: "site_id", carriers: "carrier_id" };
  function sections(layer, i) {
    const own = layer.name === "parks" ? ofPark(layer.id(i)) : FIELDS[layer.name] ? linked(FIELDS[layer.name], layer.id(i)) : null;
    return [own, note(layer, i)];
  }

  const pill = (words) => el("span", { class: "stage-pill" }, words);
  const heads = {
    projects: (layer, i) => ({
      mark: [pill(stageName(layer.get(i, "stage")))],
      below: joined(layer.get(i, "park_id") && fields.link("parks", layer.get(i, "park_id")), text.names("sectors", [layer.get(i, "sector_id")].filter(Boolean))),
      figures: ["investment_yi", "landed_investment_yi"].map((field) => big(layer.get(i, field), field, "projects")),
      without: ["stage", "park_id", "sector_id", "investment_yi", "landed_investment_yi", "leader", "leader_roles", "next_action", "next_action_date"],
      extra: [next(layer, i), leader(i), history(i)],
    }),
    customers: (layer, i) => ({
      mark: [pill(text.word("customer_status", layer.get(i, "customer_status")) || text.t("missing"))],
      below: joined(text.word("customer_class", layer.get(i, "customer_class")), layer.get(i, "region")),
      figures: [],
      without: ["customer_class", "region", "customer_status", "next_action", "next_action_date"],
      extra: [next(layer, i), linked("customer_id", layer.id(i))],
    }),
  };
  return { heads, sections };
};
