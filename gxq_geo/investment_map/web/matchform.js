/* "Find a site": a requirement as a form, and what meets it as a ranked list, in the place of the panel's lists. */
const createMatchForm = (ui) => {
  const { el, icon, byId } = Dom;
  const { text, facts, store, engine, match } = ui;
  const t = text.t;
  const { WANTS } = match;
  const panel = byId("panel");

  /* What the form asks, in groups; what is rarely asked comes last, folded. */
  const PLACE = ["place", ["station_km", "high_speed_km", "airport_km", "expressway_km", "parks"]];
  const FORMS = {
    sites: {
      groups: [
        ["use", ["sectors", "land_use"]],
        ["land", ["area", "budget_wan_per_mu"]],
        ["utilities", ["utilities", "power_kva"]],
        PLACE,
        ["time", ["by"]],
      ],
      more: ["far", "height_m", "investment_wan_per_mu", "output_wan_per_mu", "tax_wan_per_mu", "energy_tce_per_wan"],
    },
    carriers: {
      groups: [
        ["use", ["kinds", "sectors"]],
        ["space", ["floor_m2", "rent_yuan_per_m2_month", "storey_height_m", "floor_load_t_per_m2"]],
        ["utilities", ["power_kva"]],
        PLACE,
        ["time", ["by"]],
      ],
      more: [],
    },
  };
  const STEP = 20; // results shown at first, and with each "more"

  let drawn = { layer: "sites", wants: {}, weights: {} }; // what the form holds, stated or not yet
  let shown = {}; // section -> how many results it shows

  /* ---- words */

  const label = (name) => text.pick(WANTS[name].label);
  const figure = (value, unit) => (unit === "mu" ? text.area(value)[0].join(" ") : `${text.number(value)} ${text.unit(unit)}`);
  const valuesOf = (name) => (WANTS[name].ref === "sectors" ? facts.sectors : match.allowed[name]);
  const fieldOf = (name) => text.field(drawn.layer, name);

  function optionWord(name, value) {
    const want = WANTS[name];
    if (want.families) return text.pick(match.FAMILIES[value].label);
    if (want.fields) return text.pick(text.field("sites", value)?.label) || value;
    return want.ref ? text.nameOf(want.ref, value) : text.word(want.domain, value);
  }

  function wantWord(name, value) {
    const want = WANTS[name];
    if (want.type === "list") return value.map((one) => optionWord(name, one)).join(t("list_join"));
    return want.type === "date" ? value : want.unit ? figure(value, want.unit) : text.number(value);
  }

  /* ---- the form */

  const put = (name, value) => {
    drawn.wants = { ...drawn.wants, [name]: value };
    later();
  };

  function numberInput(name, words, factor = 1) {
    const value = drawn.wants[name];
    return el("input", {
      type: "number", min: 0, step: "any", inputmode: "decimal", name, "aria-label": words,
      value: value > 0 ? String(Number((value / factor).toPrecision(10))) : null,
      oninput: (event) => put(name, event.target.value === "" ? null : Number(event.target.value) * factor),
    });
  }

  const line = (words, ...content) => el("div", { class: "need-line" }, el("span", { class: "need-label" }, words), content);
  const unit = (name) => name && el("span", { class: "unit" }, text.unit(name));

  const WIDGETS = {
    number: (name) => line(label(name), el("span", { class: "need-input" }, numberInput(name, label(name)), unit(WANTS[name].unit))),
    date: (name) =>
      line(label(name), el("span", { class: "need-input wide" },
        el("input", { type: "date", name, "aria-label": label(name), value: drawn.wants[name] ?? null, oninput: (event) => put(name, event.target.value || null) }))),
    list: (name) =>
      el("div", { class: "need-options", role: "group", "aria-label": label(name) },
        el("span", { class: "need-label" }, label(name)),
        el("div", { class: "options" }, valuesOf(name).map((value) => option(name, value)))),
  };

  function option(name, value) {
    const among = () => drawn.wants[name] ?? [];
    const change = (event) => put(name, event.target.checked ? [...among(), value] : among().filter((one) => one !== value));
    return el("label", { class: "option" },
      el("input", { type: "checkbox", name, value, checked: among().includes(value), onchange: change }),
      el("span", null, optionWord(name, value)));
  }

  function areaLine() {
    const factor = 1 / text.areaPerMu;
    const units = el("select", {
      name: "area_unit", "aria-label": t("match.area_unit"),
      onchange: (event) => {
        store.set({ unit: event.target.value });
        box.querySelector("[name=area_unit]").focus();
      },
    }, text.AREAS.map((one) => el("option", { value: one, selected: one === text.areaUnit }, text.unit(one))));
    return line(t("match.area"), el("span", { class: "need-input range" },
      numberInput("area_mu", t("match.area_from"), factor), el("span", { class: "unit" }, t("match.to")),
      numberInput("area_max_mu", t("match.area_to"), factor), units));
  }

  const widget = (name) => (name === "area" ? areaLine() : WIDGETS[WANTS[name].type](name));
  const asked = (name) => name === "area" || WANTS[name].type !== "list" || match.allowed[name].length > 0;
  const group = ([title, names]) =>
    el("fieldset", null, el("legend", null, t(`match.group_${title}`)), names.filter(asked).map(widget));

  function layerSwitch() {
    const choose = (layer) => {
      drawn = { ...drawn, layer };
      drawForm();
      later();
      box.querySelector(`[data-value=${layer}]`).focus();
    };
    const layers = match.LAYERS.filter((layer) => facts.size(layer));
    return layers.length > 1 && el("div", { class: "segmented need-layer", role: "group", "aria-label": t("match.layer") },
      layers.map((layer) => el("button", { type: "button", "data-value": layer, "aria-pressed": String(layer === drawn.layer), onclick: () => choose(layer) }, t(`match.layer_${layer}`))));
  }

  function drawForm() {
    const { groups, more } = FORMS[drawn.layer];
    const folded = more.length && el("details", { open: more.some((name) => drawn.wants[name]) },
      el("summary", null, t("match.more")), more.map(widget));
    form.replaceChildren(...[el("p", { class: "need-hint" }, t("match.hint")), layerSwitch(), ...groups.map(group), folded, weighing].filter(Boolean));
    drawWeights();
  }

  /* What each criterion weighs, of those that the requirement sets off. */
  const weighing = el("details", { class: "need-weights" });

  function drawWeights() {
    const wants = match.clean(drawn)?.wants ?? {};
    const own = drawn.weights;
    const weigh = (key, value) => {
      drawn.weights = { ...drawn.weights, [key]: value };
      later();
    };
    const input = ({ key, label: words, weight }) => line(text.pick(words), el("span", { class: "need-input" },
      el("input", { type: "number", min: 0, step: "any", inputmode: "decimal", name: `~${key}`, "aria-label": `${t("match.weight")} ${text.pick(words)}`, value: String(own[key] ?? weight), placeholder: String(weight), oninput: (event) => weigh(key, event.target.value) })));
    const some = match.active(drawn.layer, wants);
    weighing.hidden = !Object.keys(wants).length;
    weighing.replaceChildren(el("summary", null, t("match.weights")), el("p", { class: "need-hint" }, t("match.weights_hint")), ...some.map(input));
  }

  /* Where criteria are weighed otherwise than usual: which, and how. */
  function weighed() {
    const { layer, weights } = store.get().need ?? {};
    const words = match.CRITERIA.filter(({ key, layers }) => layers.includes(layer) && Object.hasOwn(weights, key)).map(({ key, label: one, weight }) => t("match.weighed", { label: text.pick(one), n: text.number(weights[key]), usual: text.number(weight) }));
    return words.length > 0 && el("p", { class: "need-hint", "data-weights": "" }, `${t("match.weights")} ${words.join(t("list_join"))}`);
  }

  /* ---- what is found */

  const MARKS = ["check", "unknown", "near", "close"];

  /* The record's own figure for a criterion. */
  function said(one, part, i) {
    if (part.verdict[i] === match.UNKNOWN && one.kind !== "all_true") return t("missing");
    const value = part.figure(i);
    if (one.kind === "all_true") {
      const wanted = store.get().need.wants[one.want];
      const there = wanted.filter((name) => facts.layer(drawn.layer).get(i, name) === true).length;
      return `${there}/${wanted.length}`;
    }
    const field = fieldOf(one.field);
    if (typeof value === "number") return field.unit ? figure(value, field.unit) : text.number(value);
    if (one.kind === "by") return value;
    if (Array.isArray(value)) return text.names(field.ref, value);
    return field.ref ? text.nameOf(field.ref, value) : text.choice(field, value, (name) => facts.layer(drawn.layer).get(i, name));
  }

  function chip(one, part, i) {
    const verdict = match.VERDICTS[part.verdict[i]];
    // A pass is plain from its mark, and a missing figure says itself that it is missing.
    const told = verdict === "pass" || (verdict === "unknown" && one.kind !== "all_true");
    const word = el("span", { class: told ? "aside" : "verdict-word" }, t(`match.verdict_${verdict}`), " ");
    return el("li", { class: "verdict", "data-verdict": verdict, "data-key": one.key },
      icon(MARKS[part.verdict[i]]), word, `${text.pick(one.label)} `, el("b", null, said(one, part, i)));
  }

  /* What would have to change for a near miss to meet a criterion. */
  function change(one, part, i) {
    const places = { label: text.pick(one.label) };
    if (one.kind === "all_true") places.gap = part.figure(i).map((name) => text.pick(fieldOf(name)?.label) || name).join(t("list_join"));
    else if (one.kind !== "one_of") {
      const gap = Number(part.gap[i].toPrecision(4));
      const { unit: of } = fieldOf(one.field);
      places.gap = one.kind === "by" ? text.number(gap) : of ? figure(gap, of) : text.number(gap);
    }
    return t(`match.change_${one.kind}`, places);
  }

  function result(found, i) {
    const { layer, active, parts, tier, score, known } = found;
    const each = active.map((one, k) => [one, parts[k]]);
    const changes = each.filter(([one, part]) => one.hard && part.verdict[i] === match.NEAR).map(([one, part]) => change(one, part, i));
    const rounded = text.number(Math.round(score[i]));
    const unasked = each.filter(([one]) => !one.want).map(([one, part]) => said(one, part, i));
    const place = [...unasked, text.nameOf("parks", layer.get(i, "park_id")), known[i] < 1 && t("match.completeness", { n: Math.floor(known[i] * 100) })];
    return el("li", { class: "found", "data-id": layer.id(i), "data-picked": String(isPicked(layer, i)), onpointerenter: () => engine.hover(layer.name, i), onpointerleave: () => engine.hover(null, -1) },
      el("div", { class: "found-head" },
        el("button", { type: "button", onclick: () => ui.select(layer.name, i, { fit: true }) }, text.name(layer, i)),
        el("span", { class: "score", role: "img", "aria-label": `${t("match.score")} ${rounded}` },
          el("span", { class: "score-track" }, el("span", { class: "score-fill", "data-verdict": match.VERDICTS[tier[i]], css: { width: `${score[i]}%` } })), el("b", null, rounded))),
      el("p", { class: "found-below" }, place.filter(Boolean).join(" · ")),
      changes.length > 0 && el("p", { class: "found-change" }, el("span", null, t("match.change")), changes.join(t("source_join"))),
      el("ul", { class: "verdicts" }, each.filter(([one]) => one.want).map(([one, part]) => chip(one, part, i))));
  }

  const isPicked = (layer, i) => {
    const { selection } = store.get();
    return selection?.layer === layer.name && selection.id === layer.id(i);
  };

  function section({ found, order, counts }, verdict) {
    const name = match.VERDICTS[verdict];
    const from = counts.slice(0, verdict).reduce((sum, n) => sum + n, 0);
    const rows = order.subarray(from, from + counts[verdict]);
    if (!rows.length) return null;
    const count = (shown[name] ??= STEP);
    const left = rows.length - count;
    const more = () => {
      shown[name] += STEP;
      drawResults();
      list.querySelectorAll(`[data-section=${name}] .found button`)[count]?.focus();
    };
    return el("section", { "data-section": name },
      el("h3", null, t(`match.section_${name}`), el("span", { class: "count" }, text.number(rows.length))),
      el("ol", null, Array.from(rows.subarray(0, count), (i) => result(found, i))),
      left > 0 && el("button", { type: "button", class: "action", onclick: more }, t("match.show_more", { n: text.number(Math.min(STEP, left)) })));
  }

  /* ---- sites that are large enough together */

  function lookAt(rows) {
    const layer = facts.layer("sites");
    const corners = rows.map((i) => layer.bounds(i)).filter(Boolean).flatMap(([west, south, east, north]) => [[south, west], [north, east]]);
    if (!corners.length) return;
    ui.select("sites", rows[0]);
    engine.also("sites", rows.slice(1));
    const [left, top, right, bottom] = ui.margins();
    ui.whole = false;
    ui.map.fitBounds(corners, { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom], maxZoom: 15, animate: false });
  }

  function together({ rows, ids, i, area, tier, score, known, parts, active }) {
    const layer = facts.layer("sites");
    const each = active.map((one, k) => [one, parts[k]]);
    const changes = each.filter(([one, part]) => one.hard && part.verdict[i] === match.NEAR).map(([one, part]) => change(one, part, i));
    const rounded = text.number(Math.round(score));
    const parks = [...new Set(rows.map((k) => text.nameOf("parks", layer.get(k, "park_id"))))];
    const place = [text.count("n_sites", rows.length), text.area(area)[0].join(" "), ...parks, known < 1 && t("match.completeness", { n: Math.floor(known * 100) })];
    return el("li", { class: "found", "data-ids": ids.join("+") },
      el("div", { class: "found-head" },
        el("button", { type: "button", onclick: () => lookAt(rows) }, ids.join(" + ")),
        el("span", { class: "score", role: "img", "aria-label": `${t("match.score")} ${rounded}` },
          el("span", { class: "score-track" }, el("span", { class: "score-fill", "data-verdict": match.VERDICTS[tier], css: { width: `${score}%` } })), el("b", null, rounded))),
      el("p", { class: "found-below" }, place.filter(Boolean).join(" · ")),
      changes.length > 0 && el("p", { class: "found-change" }, el("span", null, t("match.change")), changes.join(t("source_join"))),
      el("ul", { class: "verdicts" }, each.filter(([one]) => one.want).map(([one, part]) => chip(one, part, i))));
  }

  function groupSection() {
    const { need, filter } = store.get();
    const all = ui.groups.of(need, facts.mask("sites", filter));
    if (!all.length) return null;
    const count = (shown.groups ??= STEP / 4);
    const more = () => {
      shown.groups += STEP;
      drawResults();
      list.querySelectorAll("[data-section=groups] .found button")[count]?.focus();
    };
    return el("section", { "data-section": "groups" },
      el("h3", null, t("match.section_groups"), el("span", { class: "count" }, text.number(all.length))),
      el("ol", null, all.slice(0, count).map(together)),
      all.length > count && el("button", { type: "button", class: "action", onclick: more }, t("match.show_more", { n: text.number(Math.min(STEP, all.length - count)) })));
  }

  function drawResults() {
    const ranking = ui.shown.ranking();
    if (!ranking) return list.replaceChildren();
    const [pass, unknown, near, fail] = ranking.counts;
    const all = facts.size(ranking.found.layer.name);
    const empty = pass + unknown + near === 0 ? t("match.none_at_all") : pass + unknown === 0 ? t("match.none_fit") : null;
    list.replaceChildren(...[
      ranking.among < all && el("p", { class: "need-hint" }, t("match.among", { n: text.number(ranking.among), of: text.number(all) })),
      empty && el("p", { class: "need-hint" }, empty),
      section(ranking, match.PASS),
      groupSection(),
      ...[match.UNKNOWN, match.NEAR].map((verdict) => section(ranking, verdict)),
      fail > 0 && el("p", { class: "need-hint" }, t("match.failed", { n: text.number(fail) })),
      weighed(),
      el("p", { class: "need-hint" }, t("match.method")),
    ].filter(Boolean));
  }

  /* ---- the foot: how many, and the way between form and list */

  function drawFoot() {
    const { need, find } = store.get();
    const counts = ui.shown.ranking()?.counts;
    const [pass, unknown, near] = (counts ?? []).map((n) => text.number(n));
    const words = counts ? [t("match.count_pass", { n: pass }), t("match.count_unknown", { n: unknown }), t("match.count_near", { n: near })].join(" · ") : t("match.nothing_stated");
    status.textContent = words;
    turn.textContent = t(find === "list" ? "match.edit" : "match.show");
    turn.disabled = !need;
    turn.className = find === "list" ? "need-turn" : "need-turn main";
  }

  /* ---- parts of the view */

  const form = el("div", { class: "need-form", onkeydown: (event) => event.key === "Enter" && event.target.matches("input") && show("list") });
  const list = el("div", { class: "need-list" });
  const heading = el("h2", { tabindex: "-1", id: "need-title" });
  const clear = el("button", { type: "button", class: "link", onclick: () => reset() });
  const close = el("button", { type: "button", class: "round", onclick: () => leave() }, icon("close"));
  const status = el("p", { class: "need-status", role: "status" });
  const turn = el("button", { type: "button", onclick: () => show(store.get().find === "list" ? "form" : "list") });
  const box = el("section", { id: "need", "aria-labelledby": "need-title", hidden: true },
    el("div", { class: "need-head" }, heading, clear, close), form, list, el("div", { class: "need-foot" }, status, turn));
  const open = el("button", { type: "button", id: "need-open", onclick: () => show("form") });

  let waiting = 0;
  function later() {
    clearTimeout(waiting);
    waiting = setTimeout(state, 120);
  }

  function state() {
    clearTimeout(waiting);
    waiting = 0;
    const need = match.clean(drawn);
    if (need?.text === store.get().need?.text) return;
    store.set(State.stated(need));
    if (!weighing.contains(document.activeElement)) drawWeights();
  }

  /* What is asked, as chips; without the last of them there is nothing to rank, and the form is back. */
  ui.wants = () => Object.entries(store.get().need?.wants ?? {}).map(([name, value]) => ({
    words: `${label(name)} ${wantWord(name, value)}`,
    drop() {
      drawn.wants = { ...drawn.wants, [name]: null };
      drawForm();
      state();
      if (!store.get().need && store.get().find === "list") store.set({ find: "form" });
      heading.focus({ preventScroll: true });
    },
  }));

  function show(find) {
    if (waiting || find === "form") state();
    if (find === "list" && !store.get().need) return;
    shown = {};
    store.set({ find });
    (find === "form" ? form : list).scrollTop = 0;
    heading.focus({ preventScroll: true });
    if (ui.sheet.narrow) ui.sheet.go("full");
  }

  function reset() {
    drawn = { layer: drawn.layer, wants: {}, weights: {} };
    store.set({ ...State.stated(null), find: "form" });
    drawForm();
  }

  function leave() {
    clearTimeout(waiting);
    waiting = 0;
    store.set({ ...State.stated(null), find: "" });
    open.focus({ preventScroll: true });
  }

  function pickRow() {
    for (const row of list.querySelectorAll(".found")) {
      const layer = facts.layer(drawn.layer);
      row.dataset.picked = String(isPicked(layer, layer.indexOf(row.dataset.id)));
    }
  }

  function drawWords() {
    heading.textContent = t("match.title");
    clear.textContent = t("match.clear");
    close.setAttribute("aria-label", t("match.close"));
    open.replaceChildren(icon("check"), t("match.open"), icon("right"));
    drawForm();
  }

  function render(now, changed) {
    const all = changed.has("lang") || changed.has("theme");
    // A requirement that the form did not state: from a link or gxq.need.
    if (changed.has("need") && now.need && now.need.text !== match.clean(drawn)?.text) {
      drawn = { layer: now.need.layer, wants: { ...now.need.wants }, weights: { ...now.need.weights } };
      shown = {};
      drawForm();
    }
    if (all) drawWords();
    if (changed.has("find")) {
      panel.dataset.find = now.find;
      box.hidden = !now.find;
      form.hidden = now.find !== "form";
      list.hidden = now.find !== "list";
      // The filters are at hand in both: above the lists, or beside what the requirement found.
      (now.find ? document.querySelector(".result-tools") : document.querySelector(".seek")).append(byId("refine"));
    }
    if (!now.find) return;
    const afresh = ["need", "find", "filter"].some((key) => all || changed.has(key));
    if (afresh) drawFoot();
    if (afresh && now.find === "list") drawResults();
    else if (changed.has("selection") && now.find === "list") pickRow();
  }

  byId("tabs").before(open);
  panel.append(box);
  return { render };
};
