/* The parts of the page that nobody sees when it opens. They are a script of their own (boot/packed.js), which runs once
   the browser is idle, or as soon as the reader does something; see `complete` in ui.js. */
import { createCard } from "../card/card.js";
import { createFilterPanel } from "../filterpanel/panel.js";
import { createIssues } from "../issues/issues.js";
import { createMatchForm } from "../match/form.js";
import { createTable } from "../panel/table.js";
import { createPrint } from "../print/print.js";
import { createCompare } from "../shortlist/compare.js";

/**
 * Makes them and gives those that are drawn: before those of the map's own controls, and after them.
 * @param {import("./ui.js").Ui} ui
 * @param {() => any} legend  the legend for print
 */
export function createLaterParts(ui, legend) {
  ui.matchForm = createMatchForm(ui);
  ui.issues = createIssues(ui);
  ui.paper = createPrint(ui, legend);
  return {
    before: [createFilterPanel(ui), createTable(ui), ui.matchForm],
    after: [createCard(ui), createCompare(ui), ui.issues],
  };
}
