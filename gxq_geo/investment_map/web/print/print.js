/* Prints a record, the map, or the comparison, each on one A4 page in the light theme.

   before(mode)   sets the page "record", "map" or "compare"; without a mode, or where nothing of it is open, the comparison
                  if it is open, else the record of the open card, else the map
   after()        removes it */
import { byId, el } from "../base/dom.js";
import { resolvedTheme } from "../layout/theme.js";
import { createMapSheet } from "./mapsheet.js";
import { createRecordSheet } from "./recordsheet.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createPrint(ui, legend) {
  const { engine, store } = ui;
  const root = document.documentElement;
  const page = new CSSStyleSheet();
  const sheets = { record: createRecordSheet(ui, picture), map: createMapSheet(ui, { picture, legend }) };

  /* The map as a picture: browsers print a canvas a little smaller than its place. */
  function picture(bounds, width, height, how = {}) {
    const canvas = el("canvas", {});
    engine.drawTo(canvas, bounds, { width, height, scale: 3, ...how });
    return el("img", { src: canvas.toDataURL(), alt: "", width, height });
  }

  const CAN = {
    compare: () => !byId("compare").hidden,
    record: () => Boolean(store.get().selection && sheets.record.takes(store.get().selection.layer)),
    map: () => true,
  };
  const currentPage = () => ["compare", "record", "map"].find((mode) => CAN[mode]());

  /* A band takes the place of a part of the margin. */
  function margins(landscape) {
    if (!byId("bands").children.length) return landscape ? "8mm 10mm" : "12mm 10mm";
    return landscape ? "4mm 10mm 7mm" : "6mm 10mm 12mm";
  }

  function before(requested) {
    const mode = CAN[requested]?.() ? requested : currentPage();
    root.dataset.print = mode;
    engine.setTheme("light");
    ui.recolour();
    const sheet = mode === "compare" ? { landscape: true, node: "" } : sheets[mode].make();
    page.replaceSync(`@page { size: A4 ${sheet.landscape ? "landscape" : "portrait"}; margin: ${margins(sheet.landscape)}; }`);
    if (!document.adoptedStyleSheets.includes(page)) document.adoptedStyleSheets = [...document.adoptedStyleSheets, page];
    byId("paper").replaceChildren(sheet.node);
  }

  function after() {
    delete root.dataset.print;
    byId("paper").replaceChildren();
    engine.setTheme(resolvedTheme(store.get().theme));
    ui.recolour();
  }

  return { before, after };
}
