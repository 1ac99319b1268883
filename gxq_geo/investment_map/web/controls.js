/* What stands on the map: lens, zoom, scale bar; and the switches of language and theme. */
const createControls = (ui) => {
  const { el, icon, byId } = Dom;
  const { text, store, map } = ui;
  const t = text.t;

  const zoomButton = (name, key, act) =>
    el(
      "button",
      { type: "button", class: "tool", "data-tool": name, "data-words": key, onclick: act },
      icon(name),
    );

  byId("zooms").append(
    zoomButton("plus", "zoom_in", () => map.zoomIn()),
    zoomButton("minus", "zoom_out", () => map.zoomOut()),
    zoomButton("whole", "zoom_whole", () => ui.fitAll()),
  );

  const next = (among, value) => among[(among.indexOf(value) + 1) % among.length];
  byId("theme").addEventListener("click", () => store.set({ theme: next(State.THEMES, store.get().theme) }));

  function segmented(box, values, words, current, choose) {
    box.replaceChildren(
      ...values.map((value) =>
        el(
          "button",
          {
            type: "button",
            "aria-pressed": String(value === current),
            "data-value": value,
            lang: ui.data.langs[value]?.tag,
            onclick: () => choose(value),
          },
          words(value),
        ),
      ),
    );
  }

  /* Two languages are two buttons; of more, a list to choose from. */
  function languages(current) {
    const choose = (lang) => store.set({ lang });
    const box = byId("lang");
    box.dataset.many = String(ui.langs.length > 2);
    box.hidden = ui.langs.length < 2;
    if (ui.langs.length < 3) return segmented(box, ui.langs, (code) => ui.data.langs[code].short, current, choose);
    const option = (code) =>
      el("option", { value: code, lang: ui.data.langs[code].tag, selected: code === current }, ui.data.langs[code].name);
    const select = box.querySelector("select") ?? box.appendChild(el("select", { onchange: () => choose(select.value) }));
    select.setAttribute("aria-label", t("aria_lang"));
    select.replaceChildren(...ui.langs.map(option));
  }

  /* A length for the bar: 1, 2 or 5 times a power of ten, at most `most` metres. */
  function round(most) {
    const power = 10 ** Math.floor(Math.log10(most));
    return [5, 2, 1].map((k) => k * power).find((metres) => metres <= most) ?? power;
  }

  /* Metres for one css px at a latitude and zoom of the web Mercator map. */
  const metresPerPixel = (lat, zoom) => (40075016.686 * Math.cos((lat * Math.PI) / 180)) / 2 ** (zoom + 8);

  function scaleBar(lat, zoom, widest) {
    const each = metresPerPixel(lat, zoom);
    const metres = round(each * widest);
    const [length, unit] = metres >= 1000 ? [metres / 1000, text.unit("km")] : [metres, text.unit("m")];
    return el(
      "div",
      {
        class: "scale",
        role: "img",
        "aria-label": `${text.number(length)} ${unit}`,
        css: { width: `${metres / each}px` },
      },
      el(
        "div",
        { class: "scale-words" },
        el("span", null, "0"),
        el("span", null, text.number(length / 2)),
        el("span", null, text.number(length), ` ${unit}`),
      ),
      el("div", { class: "scale-bar" }, el("i"), el("i"), el("i"), el("i")),
    );
  }

  function drawScale() {
    byId("scale").replaceChildren(scaleBar(map.getCenter().lat, map.getZoom(), 110));
  }

  map.on("move zoom resize", drawScale);

  /* The chips of a narrow screen do not all fit: the one in force is brought into view. */
  function showLens() {
    const [row, chip] = [byId("lens"), byId("lens").querySelector("[aria-pressed=true]")];
    if (chip) row.scrollLeft = chip.offsetLeft - (row.clientWidth - chip.offsetWidth) / 2;
  }

  function render(state, changed) {
    const all = changed.has("lang");
    if (all)
      for (const tool of document.querySelectorAll(".tool")) {
        tool.setAttribute("aria-label", t(tool.dataset.words));
        tool.title = t(tool.dataset.words);
      }
    if (all) languages(state.lang);
    if (all || changed.has("lens"))
      segmented(
        byId("lens"),
        State.LENSES,
        (lens) => t(`lens_${lens}`),
        state.lens,
        (lens) => ui.lens(lens),
      );
    if (all || changed.has("lens")) showLens();
    if (all || changed.has("theme")) {
      byId("theme").replaceChildren(icon(state.theme));
      byId("theme").title = t(`theme_${state.theme}`);
      byId("theme").setAttribute("aria-label", t(`theme_${state.theme}`));
    }
    if (all) drawScale();
  }

  return { render, scaleBar };
};
