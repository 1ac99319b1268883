/* The issues of a check: a list over the panel, and a mark on the map for each that has a place. A click on either shows
   the other. The payload may hold issues; `set` replaces them.

   { counts: { error, warning, advice }, list: [{ rule, severity, file, where, place: [lon, lat] | null,
     said: { zh: [record and field, what is wrong and what to do], en: ... } }] }

   The changes between two states of a zone are listed in the same way: { of: "changes", about: { zh: which states,
   en: ... }, counts: { added, removed, changed }, list: [{ severity: one of these, file: { zh: the layer, en: ... },
   place, said, was: [[[lon, lat], ...], ...], is }] }; `was` and `is` are the outlines of a geometry that changed. */
import { byId, el, icon } from "../base/dom.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createIssues(ui) {
  const { text, map } = ui;
  const LEVELS = { issues: ["error", "warning", "advice"], changes: ["removed", "added", "changed"] };
  const PANE = "gxqIssues";
  const STEP = 200; // rows shown at first, and with each "more"
  const MOST_MARKS = 2000;
  const CLOSE = 15.5; // the zoom at which a parcel fills a good part of the map
  let issues = null;
  let hidden = new Set(); // severities that are not listed
  let limit = STEP; // how many rows are shown
  let picked = -1;
  let marks = null;

  const box = el("section", { id: "issues", hidden: true });
  const opener = el("button", { id: "issues-open", type: "button", hidden: true, onclick: () => show(true) });
  byId("panel").append(box);
  byId("figures").before(opener);

  const kind = () => issues.of ?? "issues";
  const levels = () => LEVELS[kind()];
  const says = (key, params) => text.t(`${kind()}.${key}`, params);
  const inWords = (texts) => texts[text.lang] ?? texts.en ?? texts.zh;
  const rows = () => issues.list.map((_, k) => k).filter((k) => !hidden.has(issues.list[k].severity));
  const total = () => levels().reduce((sum, level) => sum + issues.counts[level], 0);

  /* ---- marks */

  function layer() {
    if (!map.getPane(PANE)) map.createPane(PANE).style.zIndex = "440";
    return L.layerGroup().addTo(map);
  }

  function mark(k) {
    const { place, severity } = issues.list[k];
    const className = `issue-mark issue-${severity}${k === picked ? " issue-picked" : ""}`;
    const radius = k === picked ? 10 : 6;
    const circle = L.circleMarker([place[1], place[0]], { pane: PANE, renderer: marks.svg, radius, className, bubblingMouseEvents: false });
    return circle.on("click", () => pick(k, { go: false }));
  }

  /* The outlines of a geometry that changed: as it was, and as it is. */
  function outlines(k) {
    const { was, is } = issues.list[k];
    const line = (parts, name) => {
      const className = `issue-outline issue-${name}${k === picked ? " issue-traced" : ""}`;
      const turned = parts.map((part) => part.map(([lon, lat]) => [lat, lon]));
      return L.polyline(turned, { pane: PANE, renderer: marks.svg, className, interactive: false });
    };
    return [was && line(was, "was"), is && line(is, "is")].filter(Boolean);
  }

  /* Errors lie above advice, and the picked issue above all. */
  function drawMarks() {
    marks ??= { svg: L.svg({ pane: PANE, padding: 0.3 }), group: layer() };
    const weight = (k) => levels().indexOf(issues.list[k].severity);
    const placed = rows().filter((k) => issues.list[k].place).sort((a, b) => weight(a) - weight(b)).slice(0, MOST_MARKS).reverse();
    marks.group.clearLayers();
    const order = [...placed.filter((k) => k !== picked), ...placed.filter((k) => k === picked)];
    for (const k of order) for (const outline of outlines(k)) marks.group.addLayer(outline);
    for (const k of order) marks.group.addLayer(mark(k));
  }

  function goTo([lon, lat]) {
    ui.view.fitBounds(L.latLngBounds([[lat, lon], [lat, lon]]), Math.max(CLOSE, map.getZoom()));
  }

  /* ---- list */

  function pick(k, { go }) {
    picked = k;
    const at = rows().indexOf(k);
    limit = Math.max(limit, at + 1);
    if (!go) show(true);
    draw();
    box.querySelector(`[data-issue="${k}"]`)?.scrollIntoView({ block: "nearest" });
    if (go && issues.list[k].place) {
      if (ui.bottomSheet.narrow) ui.bottomSheet.go("half");
      goTo(issues.list[k].place);
    }
  }

  function row(k) {
    const { severity, where, rule, place, said } = issues.list[k];
    const [subject, message] = inWords(said);
    return el("button", { type: "button", class: "issue", "data-issue": k, "data-severity": severity, "aria-pressed": String(k === picked), onclick: () => pick(k, { go: true }) },
      el("span", { class: "issue-head" }, el("b", { class: "issue-level" }, says(severity)), " ", subject),
      el("span", { class: "issue-said" }, message),
      (rule || !place) && el("span", { class: "issue-where" }, [rule && `${where} · ${rule}`, !place && says("nowhere")].filter(Boolean).join(" · ")));
  }

  function groups(shown) {
    const out = [];
    let file = null;
    for (const k of shown) {
      const here = issues.list[k].file;
      const name = typeof here === "string" ? here : inWords(here);
      if (name !== file) out.push(el("h3", null, (file = name)));
      out.push(row(k));
    }
    return out;
  }

  function level(name) {
    const on = !hidden.has(name);
    const toggle = () => {
      if (on) hidden.add(name);
      else hidden.delete(name);
      draw();
      box.querySelector(`[data-level=${name}]`).focus({ preventScroll: true });
    };
    return el("button", { type: "button", class: "issue-filter", "data-level": name, "aria-pressed": String(on), onclick: toggle },
      says(name), " ", el("b", null, text.number(issues.counts[name])));
  }

  function more(all) {
    const left = all.length - limit;
    const showMore = () => {
      limit += STEP;
      draw();
    };
    return left > 0 && el("button", { type: "button", class: "issue-more", onclick: showMore }, says("more", { n: text.number(left) }));
  }

  function draw() {
    const all = rows();
    const scroll = box.querySelector(".issue-list")?.scrollTop ?? 0;
    const missing = total() - issues.list.length;
    box.setAttribute("aria-label", says("title"));
    box.replaceChildren(...[
      el("div", { class: "issues-head" }, el("h2", null, says("title")),
        el("button", { type: "button", class: "round", "aria-label": says("close"), title: says("close"), onclick: () => show(false) }, icon("close"))),
      issues.about && el("p", { class: "issue-where" }, inWords(issues.about)),
      el("div", { class: "issue-filters", role: "group", "aria-label": says("title") }, levels().map(level)),
      el("div", { class: "issue-list", tabindex: "0", role: "group", "aria-label": says("title") },
        total() ? groups(all.slice(0, limit)) : el("p", { class: "issue-none" }, says("none")), more(all),
        missing > 0 && el("p", { class: "issue-none" }, says("unlisted", { n: text.number(missing) }))),
    ].filter(Boolean));
    box.querySelector(".issue-list").scrollTop = scroll;
    opener.textContent = says("open", { n: text.number(total()) });
    drawMarks();
  }

  function show(on) {
    box.hidden = !on;
    opener.hidden = on;
  }

  /* What the reader sees of the list, which `set` restores, also in another page; null without issues. */
  const looked = () =>
    issues && { open: !box.hidden, hidden: [...hidden], room: limit, picked: issues.list[picked] ?? null, scroll: box.querySelector(".issue-list").scrollTop };

  /* Shows the issues of a later check; the picked issue stays picked if it is still there. */
  function set(found, was = looked()) {
    const keyOf = (issue) => JSON.stringify([issue.rule, issue.where, issue.said]);
    issues = found;
    if (!found) {
      marks?.group.clearLayers();
      box.hidden = opener.hidden = true;
      return;
    }
    hidden = new Set(was?.hidden);
    limit = was?.room ?? STEP;
    picked = was?.picked ? found.list.findIndex((issue) => keyOf(issue) === keyOf(was.picked)) : -1;
    show(was?.open ?? true);
    draw();
    box.querySelector(".issue-list").scrollTop = was?.scroll ?? 0;
  }

  return {
    set,
    looked,
    render(_state, changed) {
      if (changed.has("start")) set(ui.data.issues ?? null);
      else if (issues && changed.has("lang")) draw();
    },
  };
}
