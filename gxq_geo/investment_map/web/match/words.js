/* The words of a requirement: its wants, their terms, and the figures of records beside them. */

/** @param {import("../start/ui.js").Ui} ui */
export function createMatchWords(ui) {
  const { text, match } = ui;
  const { WANTS } = match;
  const { t } = text;

  const label = (name) => text.pick(WANTS[name].label);
  const figure = (value, unit) => text.joined(unit === "mu" ? text.area(value)[0] : text.amount(value, unit));

  /* One term of a want that is a list. */
  function option(name, value) {
    const want = WANTS[name];
    if (want.families) return text.pick(match.FAMILIES[value].label);
    if (want.fields) return text.pick(text.field("sites", value)?.label) || value;
    return want.ref ? text.nameOf(want.ref, value) : text.word(want.domain, value);
  }

  function want(name, value) {
    const { type, unit } = WANTS[name];
    if (type === "list") return value.map((term) => option(name, term)).join(t("list_join"));
    return type === "date" ? value : unit ? figure(value, unit) : text.number(value);
  }

  return { label, figure, option, want };
}
