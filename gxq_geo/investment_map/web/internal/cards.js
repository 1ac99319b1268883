/* The cards of projects and customers, and what the cards of sites, buildings and parks show of them. */
import { el, icon } from "../base/dom.js";

/**
 * @param {import("../start/ui.js").Ui} ui
 * @param {ReturnType<typeof import("../card/fields.js").createFields>} fields
 * @param {{ words: ReturnType<typeof import("./words.js").createInternalWords>, stuck: Map<string, any>, due: Map<string, any>,
 *   dueCustomers: Map<string, any>, stages: string[], show: (list: string, filter: any) => void }} tables
 */
export function createInternalCards(ui, fields, { words, stuck, due, dueCustomers, stages, show }) {
  const { say, tally, when, yi, stageName, joined } = words;
  const { text, facts, data } = ui;
  const projects = facts.layer("projects");

  const section = (name, title, note, ...content) =>
    el("section", { class: "group", "data-part": name }, el("h3", null, title, note && el("span", { class: "count" }, note)), ...content);
  const big = (value, field, name) =>
    el("div", { class: "figure" },
      el("div", { class: "figure-n" }, text.known(value) ? fields.figure(...yi(value)) : fields.missing()),
      el("div", { class: "figure-label" }, text.pick(text.field(name, field).label)));

  /* The next action, its day, and why the project does not advance. */
  function next(layer, i) {
    const [action, day] = [layer.get(i, "next_action"), layer.get(i, "next_action_date")];
    const left = (layer.name === "projects" ? due : dueCustomers).get(layer.id(i))?.days_left;
    const found = layer.name === "projects" ? stuck.get(layer.id(i)) : null;
    return section("next", text.pick(text.field(layer.name, "next_action").label), day && joined(day, when(left)),
      el("p", { class: action ? "inner-action" : "missing" }, action || text.t("missing")),
      found && el("p", { class: "stale" }, icon("warn"), el("span", null, say("stuck_because", { reasons: words.reasons(found.reasons) }))));
  }

  /* The stages with the day on which each began; the days spent in them are those of the history. */
  function history(i) {
    const rows = facts.groupOf("project_stages", "project_id", projects.id(i));
    const entries = facts.layer("project_stages");
    const entered = new Map(rows.map((k) => [entries.get(k, "stage"), entries.get(k, "entered")]));
    const spells = new Map(data.internal.projects.history.filter((row) => row.project_id === projects.id(i)).map((row) => [row.stage, row]));
    const now = projects.get(i, "stage");
    const line = (stage) => {
      const { days, moved } = spells.get(stage) ?? {};
      const duration = text.known(days) && (moved ? tally("days", days) : tally("days_so_far", days));
      return el("li", { "data-state": stage === now ? "now" : entered.has(stage) ? "past" : "none" },
        el("span", { class: "stage-name" }, stageName(stage)),
        el("span", { class: "stage-day" }, entered.get(stage) || (entered.has(stage) || stage === now ? text.t("missing") : "")),
        el("span", { class: "end" }, duration));
    };
    return section("stages", say("stages"), null, el("ol", { class: "stage-list" }, stages.filter(Boolean).map(line)));
  }

  /* The responsible leader, and which of the five roles are filled. */
  function leader(i) {
    const who = projects.get(i, "leader");
    if (!who) return section("leader", say("leader"), null, el("p", { class: "missing" }, text.t("missing")));
    const held = projects.get(i, "leader_roles") ?? [];
    const chip = ([role]) => {
      const on = held.includes(role);
      return el("li", { class: "role", "data-state": String(on) }, icon(on ? "check" : "no"), text.word("leader_role", role), el("span", { class: "aside" }, text.t(on ? "yes" : "no")));
    };
    return section("leader", say("leader"), null,
      el("button", { type: "button", class: "link inner-who", onclick: () => show("projects", { leader: who }) }, who),
      el("ul", { class: "roles" }, data.schema.domains.leader_role.map(chip)));
  }

  const line = (name, k, note) => {
    const layer = facts.layer(name);
    return el("li", null,
      el("button", { type: "button", class: "link", onclick: () => ui.select(name, k, { fit: true }) }, text.name(layer, k)),
      el("span", { class: "end note-n" }, note));
  };
  const ofProject = (k) => line("projects", k, joined(stageName(projects.get(k, "stage")), projects.get(k, "leader")));

  /* The projects on a site, in a building, or of a customer. */
  function linked(field, id) {
    const rows = facts.groupOf("projects", field, id);
    if (!rows.length) return null;
    return section("projects", text.pick(data.schema.layers.projects.label), text.number(rows.length), el("ul", { class: "lines sites" }, rows.map(ofProject)));
  }

  /* The projects of a park by stage, and their leaders. */
  function ofPark(id) {
    const row = data.internal.projects.by_park.find(({ park_id: parkId }) => parkId === id);
    if (!row) return null;
    const stageLine = (stage) => el("li", null, stageName(stage), el("span", { class: "end" }, text.number(row[stage])));
    const who = [...new Set(facts.groupOf("projects", "park_id", id).map((k) => projects.get(k, "leader")).filter(Boolean))].sort();
    return section("projects", text.pick(data.schema.layers.projects.label), text.number(row.projects),
      el("ul", { class: "lines sites" }, stages.filter((stage) => stage && row[stage]).map(stageLine)),
      el("p", { class: "inner-hint" }, say("park_money", { sum: yi(row.investment_yi).join(" "), unknown: text.number(row.investment_unknown) })),
      who.length > 0 && el("p", { class: "inner-hint" }, `${say("leader")} ${who.join(text.t("list_join"))}`),
      el("button", { type: "button", class: "action", onclick: () => show("projects", { park: id }) }, tally("list_projects", row.projects)));
  }

  /* The internal note. */
  function note(layer, i) {
    const field = text.field(layer.name, "note_internal");
    const content = field && layer.get(i, "note_internal");
    return content ? section("note", text.pick(field.label), null, el("p", { class: "inner-said" }, content)) : null;
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
}
