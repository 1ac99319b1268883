/* What filters are called: names of facets, terms and chips, from the schema's words. */
const createFilterWords = (ui) => {
  const { text, facts } = ui;
  const { t } = text;
  const { filters } = facts;
  const { UNKNOWN } = Filters;
  // Their values say by themselves what they are about.
  const PLAIN = ["status", "kind", "sector", "park", "land"];

  const layerOf = (facet, tab) => (facet.on(tab) ? tab : facet.layers[0]);
  const fieldOf = (facet, tab) => facet.field(layerOf(facet, tab));

  function label(facet, tab) {
    if (facet.word) return t(`filter.${facet.word}`);
    if (facet.silent) return facet.key === "land" ? "" : t(`lens_${lensOf(facet).key}`);
    return text.pick(fieldOf(facet, tab)?.label);
  }

  const lensOf = (facet) => Lenses.of(ui.data).get(Lenses.lensOfFilter[facet.key]);

  /* Areas of land are in the reader's unit; everything else in the field's own. */
  function scaleOf(facet, tab) {
    const unit = fieldOf(facet, tab)?.unit ?? "";
    return unit === "mu" ? { unit: text.areaUnit, per: text.areaPerMu } : { unit, per: 1 };
  }

  const shown = (value, per) => String(Number((value * per).toFixed(per === 1 ? 6 : 4)));

  function lensTerm(facet, term) {
    const { lens, name } = Lenses.find(ui.data, facet.key, term);
    const unit = lens.unit && /\d/.test(term) ? ` ${text.unit(lens.unit)}` : "";
    return `${text.pick(name)}${unit}`;
  }

  /* One option of a facet. */
  function term(facet, tab, value) {
    if (value === UNKNOWN) return t("missing");
    if (facet.key === "land") return t(`land_${value}`);
    if (facet.kind === "lens") return lensTerm(facet, value);
    const field = fieldOf(facet, tab);
    if (facet.kind === "flags") return text.pick(text.field(layerOf(facet, tab), value).label);
    if (field.type === "boolean") return t(value === "true" ? "yes" : "no");
    if (field.ref) return text.nameOf(field.ref, value);
    if (!field.domain_by) return text.choice(field, value, () => "");
    const colon = value.indexOf(":");
    return text.choice(field, value.slice(colon + 1), () => value.slice(0, colon));
  }

  /* 50–100 亩, ≥ 50 亩, 2026-12-31 及以前 */
  function range(facet, tab, value) {
    if (value === UNKNOWN) return t("missing");
    if (value === "~") return t("filter.known");
    const [low, high] = Filters.endsOf(facet.kind, value);
    const { unit, per } = scaleOf(facet, tab);
    const write = (end) => (facet.kind === "date" ? Filters.isoOf(end) : text.number(end * per));
    const tail = unit ? ` ${text.unit(unit)}` : "";
    const date = facet.kind === "date" ? "_date" : "";
    if (!Number.isFinite(high)) return t(`filter.least${date}`, { low: write(low) }) + tail;
    if (!Number.isFinite(low)) return t(`filter.most${date}`, { high: write(high) }) + tail;
    return low === high ? write(low) + tail : t("filter.between", { low: write(low), high: write(high) }) + tail;
  }

  /* How the unknown is treated: of a range or of flags this has to be said. */
  function unknownWords(terms) {
    if (terms.length === 1 && terms[0] === UNKNOWN) return t("filter.only");
    return t(terms.includes(UNKNOWN) ? "filter.with" : "filter.without");
  }

  function summary(facet, tab, terms) {
    const known = terms.filter((value) => value !== UNKNOWN);
    const say = facet.ranged ? range : term;
    if (!facet.ranged && facet.kind !== "flags") return terms.map((value) => say(facet, tab, value)).join(t("list_join"));
    const said = known.filter((value) => value !== "~").map((value) => say(facet, tab, value)).join(t("list_join"));
    return [said, unknownWords(terms)].filter(Boolean).join(" · ");
  }

  const named = (facet, tab, value) =>
    PLAIN.includes(facet.key) && value !== UNKNOWN ? term(facet, tab, value)
      : [label(facet, tab), term(facet, tab, value)].filter(Boolean).join(facet.silent ? " · " : t("filter.colon"));

  /* The chips of a facet: [{ words, terms: what stays when it is taken away, value }]. */
  function chips(facet, tab, terms) {
    if (facet.ranged || facet.kind === "flags")
      return [{ words: `${label(facet, tab)} ${summary(facet, tab, terms)}`, terms: [], value: null }];
    return terms.map((value) => ({
      words: named(facet, tab, value),
      terms: terms.filter((one) => one !== value),
      value,
    }));
  }

  return { label, term, range, summary, chips, scaleOf, layerOf, fieldOf, shown, unknownWords };
};
