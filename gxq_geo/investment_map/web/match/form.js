/* "Find a site": the form of a requirement, in the place of the panel's lists; results.js lists what it finds. */
import { byId, el, focused, icon } from "../base/dom.js";
import * as State from "../state/state.js";
import { createResults } from "./results.js";
import { createMatchWords } from "./words.js";

/* The wants of the form in groups; rare ones are folded below. "area" is a range of two wants. */
const PLACE = ["place", ["station_km", "conventional_km", "high_speed_km", "airport_km", "expressway_km", "parks"]];
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

/** @param {import("../start/ui.js").Ui} ui */
export function createMatchForm(ui) {
  const { text, facts, store, match } = ui;
  const { t } = text;
  const { WANTS } = match;
  const panel = byId("panel");
  const words = createMatchWords(ui);
  let draft = { layer: "sites", wants: {}, weights: {} }; // what the form holds

  const valuesOf = (name) => (WANTS[name].ref === "sectors" ? facts.sectors : match.allowed[name]);

  /* ---- fields of the form */

  const setWant = (name, value) => {
    draft.wants = { ...draft.wants, [name]: value };
    stateLater();
  };

  function numberInput(name, label, factor = 1) {
    const value = draft.wants[name];
    return el("input", {
      type: "number", min: 0, step: "any", inputmode: "decimal", name, "aria-label": label,
      value: value > 0 ? String(Number((value / factor).toPrecision(10))) : null,
      oninput: (event) => setWant(name, event.target.value === "" ? null : Number(event.target.value) * factor),
    });
  }

  const line = (label, ...content) => el("div", { class: "need-line" }, el("span", { class: "need-label" }, label), content);
  const unit = (name) => name && el("span", { class: "unit" }, text.unitOver(name));
  /* A number as the language counts it; the requirement has it in the unit of the field. */
  const amountInput = (name) => numberInput(name, words.label(name), 1 / text.pattern(WANTS[name].unit).factor);

  const FIELDS = {
    number: (name) => line(words.label(name), el("span", { class: "need-input" }, amountInput(name), unit(WANTS[name].unit))),
    date: (name) =>
      line(words.label(name), el("span", { class: "need-input wide" },
        el("input", { type: "date", name, "aria-label": words.label(name), value: draft.wants[name] ?? null, oninput: (event) => setWant(name, event.target.value || null) }))),
    list: (name) =>
      el("div", { class: "need-options", role: "group", "aria-label": words.label(name) },
        el("span", { class: "need-label" }, words.label(name)),
        el("div", { class: "options" }, valuesOf(name).map((value) => option(name, value)))),
  };

  function option(name, value) {
    const chosen = () => draft.wants[name] ?? [];
    const change = (event) => setWant(name, event.target.checked ? [...chosen(), value] : chosen().filter((other) => other !== value));
    return el("label", { class: "option" },
      el("input", { type: "checkbox", name, value, checked: chosen().includes(value), onchange: change }),
      el("span", null, words.option(name, value)));
  }

  function areaField() {
    const factor = 1 / text.areaPerMu;
    const units = el("select", {
      name: "area_unit", "aria-label": t("match.area_unit"),
      onchange: (event) => {
        store.set({ unit: event.target.value });
        box.querySelector("[name=area_unit]").focus();
      },
    }, text.AREAS.map((name) => el("option", { value: name, selected: name === text.areaUnit }, text.unit(name))));
    return line(t("match.area"), el("span", { class: "need-input range" },
      numberInput("area_mu", t("match.area_from"), factor), el("span", { class: "unit" }, t("match.to")),
      numberInput("area_max_mu", t("match.area_to"), factor), units));
  }

  const field = (name) => (name === "area" ? areaField() : FIELDS[WANTS[name].type](name));
  const hasField = (name) => name === "area" || WANTS[name].type !== "list" || match.allowed[name].length > 0;
  const group = ([title, names]) =>
    el("fieldset", null, el("legend", null, t(`match.group_${title}`)), names.filter(hasField).map(field));

  function layerSwitch() {
    const choose = (layer) => {
      draft = { ...draft, layer };
      drawForm();
      stateLater();
      box.querySelector(`[data-value=${layer}]`).focus();
    };
    const layers = match.LAYERS.filter((layer) => facts.size(layer));
    return layers.length > 1 && el("div", { class: "segmented need-layer", role: "group", "aria-label": t("match.layer") },
      layers.map((layer) => el("button", { type: "button", "data-value": layer, "aria-pressed": String(layer === draft.layer), onclick: () => choose(layer) }, t(`match.layer_${layer}`))));
  }

  /* ---- weights of the criteria that the requirement uses */

  const weights = el("details", { class: "need-weights" });

  function drawWeights() {
    const wants = match.clean(draft)?.wants ?? {};
    const own = draft.weights;
    const setWeight = (key, value) => {
      draft.weights = { ...draft.weights, [key]: value };
      stateLater();
    };
    const input = ({ key, label, weight }) => line(text.pick(label), el("span", { class: "need-input" },
      el("input", { type: "number", min: 0, step: "any", inputmode: "decimal", name: `~${key}`, "aria-label": `${t("match.weight")} ${text.pick(label)}`, value: String(own[key] ?? weight), placeholder: String(weight), oninput: (event) => setWeight(key, event.target.value) })));
    weights.hidden = !Object.keys(wants).length;
    weights.replaceChildren(el("summary", null, t("match.weights")), el("p", { class: "need-hint" }, t("match.weights_hint")), ...match.active(draft.layer, wants).map(input));
  }

  let isDrawn = false; // the form has many fields: they wait until it is opened
  function drawForm() {
    isDrawn = true;
    const { groups, more } = FORMS[draft.layer];
    const folded = more.length && el("details", { open: more.some((name) => draft.wants[name]) },
      el("summary", null, t("match.more")), more.map(field));
    form.replaceChildren(...[el("p", { class: "need-hint" }, t("match.hint")), layerSwitch(), ...groups.map(group), folded, weights].filter(Boolean));
    drawWeights();
  }

  /* ---- the foot: how many are found, and the switch between form and list */

  function drawFoot() {
    const { need, find } = store.get();
    const counts = ui.visible.ranking()?.counts;
    const [pass, unknown, near] = (counts ?? []).map((n) => text.number(n));
    status.textContent = counts
      ? [t("match.count_pass", { n: pass }), t("match.count_unknown", { n: unknown }), t("match.count_near", { n: near })].join(" · ")
      : t("match.nothing_stated");
    turn.textContent = t(find === "list" ? "match.edit" : "match.show");
    turn.disabled = !need;
    turn.className = find === "list" ? "need-turn" : "need-turn main";
  }

  /* ---- elements */

  const form = el("div", { class: "need-form", onkeydown: (event) => event.key === "Enter" && event.target.matches("input") && show("list") });
  const list = el("div", { class: "need-list" });
  const heading = el("h2", { tabindex: "-1", id: "need-title" });
  const clear = el("button", { type: "button", class: "link", onclick: () => reset() });
  const close = el("button", { type: "button", class: "round", onclick: () => leave() }, icon("close"));
  const status = el("p", { class: "need-status", role: "status" });
  const turn = el("button", { type: "button", onclick: () => show(store.get().find === "list" ? "form" : "list") });
  const box = el("section", { id: "need", "aria-labelledby": "need-title", hidden: true },
    el("div", { class: "need-head" }, heading, clear, close), form, list, el("div", { class: "need-foot" }, status, turn));
  const open = byId("need-open");
  const results = createResults(ui, words, list);

  /* ---- from the form to the state */

  let timer = 0;
  function stateLater() {
    clearTimeout(timer);
    timer = setTimeout(state, 120);
  }

  function state() {
    clearTimeout(timer);
    timer = 0;
    const need = match.clean(draft);
    if (need?.text === store.get().need?.text) return;
    store.set(State.stated(need));
    if (!weights.contains(focused())) drawWeights();
  }

  /* The wants of the requirement as chips. Without its last want there is nothing to rank, and the form opens again. */
  const wants = () => Object.entries(store.get().need?.wants ?? {}).map(([name, value]) => ({
    words: `${words.label(name)} ${words.want(name, value)}`,
    drop() {
      draft.wants = { ...draft.wants, [name]: null };
      drawForm();
      state();
      if (!store.get().need && store.get().find === "list") store.set({ find: "form" });
      heading.focus({ preventScroll: true });
    },
  }));

  /** @param {"form" | "list"} find */
  function show(find) {
    if (timer || find === "form") state();
    if (find === "list" && !store.get().need) return;
    results.reset();
    store.set({ find });
    (find === "form" ? form : list).scrollTop = 0;
    heading.focus({ preventScroll: true });
    if (ui.bottomSheet.narrow) ui.bottomSheet.go("full");
  }

  function reset() {
    draft = { layer: draft.layer, wants: {}, weights: {} };
    store.set({ ...State.stated(null), find: "form" });
    drawForm();
  }

  function leave() {
    clearTimeout(timer);
    timer = 0;
    store.set({ ...State.stated(null), find: "" });
    open.focus({ preventScroll: true });
  }

  /* ---- from the state to the form */

  function drawWords() {
    heading.textContent = t("match.title");
    clear.textContent = t("match.clear");
    close.setAttribute("aria-label", t("match.close"));
    if (isDrawn) drawForm();
  }

  function drawFind(find) {
    if (find && !isDrawn) drawForm();
    panel.dataset.find = find;
    box.hidden = !find;
    form.hidden = find !== "form";
    list.hidden = find !== "list";
    // The button of the filters is above the lists, or beside the results.
    const [place, refine] = [document.querySelector(find ? ".result-tools" : ".seek"), byId("refine")];
    // A button that is put back where it is while the reader presses it gets no click.
    if (refine.parentElement !== place) place.append(refine);
  }

  function render(now, changed) {
    const all = changed.has("lang") || changed.has("theme");
    // A link or gxq.need states a requirement that the form does not hold.
    if (changed.has("need") && now.need && now.need.text !== match.clean(draft)?.text) {
      draft = { layer: now.need.layer, wants: { ...now.need.wants }, weights: { ...now.need.weights } };
      results.reset();
      drawForm();
    }
    if (all) drawWords();
    if (changed.has("find")) drawFind(now.find);
    if (!now.find) return;
    const isStale = ["need", "find", "filter"].some((key) => all || changed.has(key));
    if (isStale) drawFoot();
    if (isStale && now.find === "list") results.draw();
    else if (changed.has("selection") && now.find === "list") results.markPicked();
  }

  open.addEventListener("click", () => show("form"));
  panel.append(box);
  return { render, wants };
}
