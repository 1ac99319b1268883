/* What a requirement finds, as a ranked list: records by verdict, each with its criteria, and groups of adjacent sites. */
import { el, icon } from "../base/dom.js";

const STEP = 20; // results shown at first, and with each "more"
const ICONS = ["check", "unknown", "near", "close"]; // by verdict

/**
 * @param {import("../start/ui.js").Ui} ui
 * @param {ReturnType<typeof import("./words.js").createMatchWords>} words
 * @param {HTMLElement} list
 */
export function createResults(ui, words, list) {
  const { text, facts, store, engine, match } = ui;
  const { t } = text;
  let shown = {}; // section -> how many results it shows

  const layerName = () => store.get().need?.layer;
  const fieldOf = (name) => text.field(layerName(), name);

  /* ---- criteria */

  /* The record's own figure for a criterion. */
  function figureOf(criterion, part, i) {
    if (part.verdict[i] === match.UNKNOWN && criterion.kind !== "all_true") return t("missing");
    const value = part.figure(i);
    const layer = facts.layer(layerName());
    if (criterion.kind === "all_true") {
      const wanted = store.get().need.wants[criterion.want];
      const present = wanted.filter((name) => layer.get(i, name) === true).length;
      return `${present}/${wanted.length}`;
    }
    const field = fieldOf(criterion.field);
    if (typeof value === "number") return field.unit ? words.figure(value, field.unit) : text.number(value);
    if (criterion.kind === "by") return value;
    if (Array.isArray(value)) return text.names(field.ref, value);
    return field.ref ? text.nameOf(field.ref, value) : text.choice(field, value, (name) => layer.get(i, name));
  }

  function chip(criterion, part, i) {
    const verdict = match.VERDICTS[part.verdict[i]];
    // The icon alone shows a pass, and the figure of a missing value is "missing".
    const isPlain = verdict === "pass" || (verdict === "unknown" && criterion.kind !== "all_true");
    const word = el("span", { class: isPlain ? "aside" : "verdict-word" }, t(`match.verdict_${verdict}`), " ");
    return el("li", { class: "verdict", "data-verdict": verdict, "data-key": criterion.key },
      icon(ICONS[part.verdict[i]]), word, `${text.pick(criterion.label)} `, el("b", null, figureOf(criterion, part, i)));
  }

  /* What would have to change for a near miss to meet a criterion. */
  function change(criterion, part, i) {
    const label = text.pick(criterion.label);
    if (criterion.kind === "one_of") return t("match.change_one_of", { label });
    return t(`match.change_${criterion.kind}`, { label, gap: gapOf(criterion, part, i) });
  }

  function gapOf(criterion, part, i) {
    if (criterion.kind === "all_true")
      return part.figure(i).map((name) => text.pick(fieldOf(name)?.label) || name).join(t("list_join"));
    const gap = Number(part.gap[i].toPrecision(4));
    const { unit } = fieldOf(criterion.field);
    return criterion.kind === "by" || !unit ? text.number(gap) : words.figure(gap, unit);
  }

  /* ---- one result: a record or a group */

  function result(attributes, { title, onpick, below, verdict, score, criteria, i }) {
    const changes = criteria.filter(([criterion, part]) => criterion.hard && part.verdict[i] === match.NEAR)
      .map(([criterion, part]) => change(criterion, part, i));
    const rounded = text.number(Math.round(score));
    return el("li", { class: "found", ...attributes },
      el("div", { class: "found-head" },
        el("button", { type: "button", onclick: onpick }, title),
        el("span", { class: "score", role: "img", "aria-label": `${t("match.score")} ${rounded}` },
          el("span", { class: "score-track" }, el("span", { class: "score-fill", "data-verdict": match.VERDICTS[verdict], css: { width: `${score}%` } })), el("b", null, rounded))),
      el("p", { class: "found-below" }, below.filter(Boolean).join(" · ")),
      changes.length > 0 && el("p", { class: "found-change" }, el("span", null, t("match.change")), changes.join(t("source_join"))),
      el("ul", { class: "verdicts" }, criteria.filter(([criterion]) => criterion.want).map(([criterion, part]) => chip(criterion, part, i))));
  }

  const completeness = (known) => known < 1 && t("match.completeness", { n: Math.floor(known * 100) });

  function isPicked(layer, i) {
    const { selection } = store.get();
    return selection?.layer === layer.name && selection.id === layer.id(i);
  }

  function recordResult({ layer, active, parts, tier, score, known }, i) {
    const criteria = active.map((criterion, k) => [criterion, parts[k]]);
    const unasked = criteria.filter(([criterion]) => !criterion.want).map(([criterion, part]) => figureOf(criterion, part, i));
    const attributes = {
      "data-id": layer.id(i),
      "data-picked": String(isPicked(layer, i)),
      onpointerenter: () => engine.hover(layer.name, i),
      onpointerleave: () => engine.hover(null, -1),
    };
    return result(attributes, {
      title: text.name(layer, i),
      onpick: () => ui.select(layer.name, i, { fit: true }),
      below: [...unasked, text.nameOf("parks", layer.get(i, "park_id")), completeness(known[i])],
      verdict: tier[i],
      score: score[i],
      criteria,
      i,
    });
  }

  function groupResult({ rows, ids, i, area, tier, score, known, parts, active }) {
    const layer = facts.layer("sites");
    const parks = [...new Set(rows.map((k) => text.nameOf("parks", layer.get(k, "park_id"))))];
    return result({ "data-ids": ids.join("+") }, {
      title: ids.join(" + "),
      onpick: () => showGroup(rows),
      below: [text.count("n_sites", rows.length), text.area(area)[0].join(" "), ...parks, completeness(known)],
      verdict: tier,
      score,
      criteria: active.map((criterion, k) => [criterion, parts[k]]),
      i,
    });
  }

  function showGroup(rows) {
    const layer = facts.layer("sites");
    const corners = rows.map((i) => layer.bounds(i)).filter(Boolean).flatMap(([west, south, east, north]) => [[south, west], [north, east]]);
    if (!corners.length) return;
    ui.select("sites", rows[0]);
    engine.selectAlso("sites", rows.slice(1));
    ui.view.fitBounds(corners, 15);
  }

  /* ---- sections */

  /* The first results of a section, and a button for more. */
  function section(name, n, atFirst, resultsTo) {
    const count = (shown[name] ??= atFirst);
    const left = n - count;
    const more = () => {
      shown[name] += STEP;
      draw();
      /** @type {HTMLElement} */ (list.querySelectorAll(`[data-section=${name}] .found button`)[count])?.focus();
    };
    return el("section", { "data-section": name },
      el("h3", null, t(`match.section_${name}`), el("span", { class: "count" }, text.number(n))),
      el("ol", null, resultsTo(count)),
      left > 0 && el("button", { type: "button", class: "action", onclick: more }, t("match.show_more", { n: text.number(Math.min(STEP, left)) })));
  }

  function recordSection({ found, order, counts }, verdict) {
    const from = counts.slice(0, verdict).reduce((sum, n) => sum + n, 0);
    const rows = order.subarray(from, from + counts[verdict]);
    if (!rows.length) return null;
    return section(match.VERDICTS[verdict], rows.length, STEP, (count) =>
      Array.from(rows.subarray(0, count), (i) => recordResult(found, i)));
  }

  function groupSection() {
    const { need, filter } = store.get();
    const groups = ui.groups.of(need, facts.mask("sites", filter));
    if (!groups.length) return null;
    return section("groups", groups.length, STEP / 4, (count) => groups.slice(0, count).map(groupResult));
  }

  /* Which criteria have other weights than usual. */
  function changedWeights() {
    const { layer, weights } = store.get().need;
    const changed = match.CRITERIA.filter(({ key, layers }) => layers.includes(layer) && Object.hasOwn(weights, key))
      .map(({ key, label, weight }) => t("match.weighed", { label: text.pick(label), n: text.number(weights[key]), usual: text.number(weight) }));
    return changed.length > 0 && el("p", { class: "need-hint", "data-weights": "" }, `${t("match.weights")} ${changed.join(t("list_join"))}`);
  }

  function draw() {
    const ranking = ui.visible.ranking();
    if (!ranking) return list.replaceChildren();
    const [pass, unknown, near, fail] = ranking.counts;
    const all = facts.size(ranking.found.layer.name);
    const empty = pass + unknown + near === 0 ? t("match.none_at_all") : pass + unknown === 0 ? t("match.none_fit") : null;
    list.replaceChildren(...[
      ranking.among < all && el("p", { class: "need-hint" }, t("match.among", { n: text.number(ranking.among), of: text.number(all) })),
      empty && el("p", { class: "need-hint" }, empty),
      recordSection(ranking, match.PASS),
      groupSection(),
      ...[match.UNKNOWN, match.NEAR].map((verdict) => recordSection(ranking, verdict)),
      fail > 0 && el("p", { class: "need-hint" }, t("match.failed", { n: text.number(fail) })),
      changedWeights(),
      el("p", { class: "need-hint" }, t("match.method")),
    ].filter(Boolean));
  }

  /* Marks the result of the open card. */
  function markPicked() {
    const layer = facts.layer(layerName());
    for (const row of list.querySelectorAll(".found"))
      row.dataset.picked = String(isPicked(layer, layer.indexOf(row.dataset.id)));
  }

  /* Sections show their first results again. */
  function reset() {
    shown = {};
  }

  return { draw, markPicked, reset };
}
