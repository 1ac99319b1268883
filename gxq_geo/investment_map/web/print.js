/* On paper: a site sheet, the map, or the comparison, each on one A4 page in the light theme.

   ui.print("record" | "map" | "compare")   asks for that page; the browser's own command takes what is in front:
   the comparison, else the sheet of the card that is open, else the map. */
const createPrint = (ui, { scaleBar, legend }) => {
  const { el, byId } = Dom;
  const { engine, store } = ui;
  const root = document.documentElement;
  const page = new CSSStyleSheet();
  const sheets = { record: createRecordSheet(ui, { picture, scaleBar }), map: createMapSheet(ui, { picture, scaleBar, legend }) };
  let asked = null;

  /* The map as a picture, for a canvas is printed a little smaller than its place. */
  function picture(bounds, width, height, how = {}) {
    const canvas = el("canvas", {});
    engine.drawTo(canvas, bounds, { width, height, scale: 3, ...how });
    return el("img", { src: canvas.toDataURL(), alt: "", width, height });
  }

  function inFront() {
    if (!byId("compare").hidden) return "compare";
    const { selection } = store.get();
    return selection && sheets.record.takes(selection.layer) ? "record" : "map";
  }

  /* A band stands above the sheet, where else there is margin. */
  function margins(landscape) {
    if (!byId("bands").children.length) return landscape ? "8mm 10mm" : "12mm 10mm";
    return landscape ? "4mm 10mm 7mm" : "6mm 10mm 12mm";
  }

  function before() {
    const mode = asked ?? inFront();
    root.dataset.print = mode;
    engine.setTheme("light");
    ui.recolour();
    const made = mode === "compare" ? { landscape: true, node: "" } : sheets[mode].make();
    page.replaceSync(`@page { size: A4 ${made.landscape ? "landscape" : "portrait"}; margin: ${margins(made.landscape)}; }`);
    if (!document.adoptedStyleSheets.includes(page)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, page];
    byId("paper").replaceChildren(made.node);
  }

  function after() {
    asked = null;
    delete root.dataset.print;
    byId("paper").replaceChildren();
    engine.setTheme(ui.theme());
    ui.recolour();
  }

  const tool = { type: "button", class: "tool", "data-tool": "print", "data-words": "print.map", onclick: () => ui.print("map") };
  byId("extras").append(el("button", tool, Dom.icon("print")));

  addEventListener("beforeprint", before);
  addEventListener("afterprint", after);

  return (mode) => {
    asked = mode;
    print();
  };
};
