/* Words of the internal edition: sums of money, days, stages, and why a project does not advance. */

/** @param {import("../start/ui.js").Ui} ui */
export function createInternalWords(ui) {
  const { text } = ui;
  const say = (key, places) => text.t(`internal.${key}`, places);
  const tally = (key, n) => text.count(`internal.${key}`, n);

  /* How far a day is from the date of the data. */
  function when(daysLeft) {
    if (daysLeft === null || daysLeft === undefined) return null;
    return daysLeft < 0 ? tally("overdue", -daysLeft) : daysLeft === 0 ? say("today") : tally("in_days", daysLeft);
  }

  return {
    say,
    tally,
    when,
    /** @returns {[string, string]} */
    yi: (value) => text.amount(value, "yi"),
    stageName: (stage) => (stage ? text.word("project_stage", stage) : text.t("missing")),
    reasons: (reasons) => reasons.map((reason) => say(`reason_${reason}`)).join(text.t("list_join")),
    /* Texts and elements with a dot between them. */
    joined: (...parts) => parts.filter(Boolean).flatMap((part, k) => (k ? [" · ", part] : [part])),
  };
}
