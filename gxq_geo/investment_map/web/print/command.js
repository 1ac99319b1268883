/* The command to print, wherever it came from. What it prints is made later (start/later.js); as a browser that prints
   does not wait, it is made now where it is not there yet.

   ui.print("record" | "map" | "compare")   prints that page, the comparison also where it is not open yet; see print.js for
                                            what the browser's own command prints */

/** @param {import("../start/ui.js").Ui} ui */
export function createPrintCommand(ui) {
  let requested;

  addEventListener("beforeprint", () => {
    ui.complete();
    ui.paper.before(requested);
  });
  addEventListener("afterprint", () => {
    requested = undefined;
    ui.paper?.after();
  });

  return (mode) => {
    if (mode === "compare" && ui.store.get().shortlist.length > 1) ui.store.set({ compare: true });
    requested = mode;
    print();
  };
}
