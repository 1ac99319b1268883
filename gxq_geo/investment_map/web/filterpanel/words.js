/* The words of filters: names of facets, options and chips, from those of the schema. */
import * as Lenses from "../data/lenses.js";
import { endsOf, isoOf, UNKNOWN } from "../filters/terms.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createFilterWords(ui) {
  const { text } = ui;
  const { t } = text;
  // Their terms need no name of the facet before them.
  const PLAIN = ["status", "kind", "sector", "park", "land"];

  const layerOf = (facet, tab) => (facet.appliesTo(tab) ? tab : facet.layers[0]);
  const fieldOf = (facet, tab) => facet.field(layerOf(facet, tab));

  function label(facet, tab) {
    if (facet.word) return t(`filter.${facet.word}`);
    if (facet.silent) return facet.key === "land" ? "" : t(`lens_${lensOf(facet).key}`);
    return text.pick(fieldOf(facet, tab)?.label);
  }

  const lensOf = (facet) => Lenses.of(ui.data).get(Lenses.lensOfFilter[facet.key]);

  /* The unit of a facet: of land the reader's, else that of the field. `per` converts from the field's unit. */
  function scaleOf(facet, tab) {
    const unit = fieldOf(facet, tab)?.unit ?? "";
    return unit === "mu" ? { unit: text.areaUnit, per: text.areaPerMu } : { unit, per: text.pattern(unit).factor };
  }

  const shown = (value, per) => String(Number((value * per).toFixed(per === 1 ? 6 : 4)));

  function lensTerm(facet, term) {
    const { lens, name } = Lenses.find(ui.data, facet.key, term);
    if (!lens.unit || !/\d/.test(term)) return text.pick(name);
    const { prefix, plural } = text.pattern(lens.unit);
    return text.joined([text.pick(name).replace(/\d/, (first) => prefix + first), plural]);
  }

  /* The words of one option. */
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
    const [low, high] = endsOf(facet.kind, value);
    const { unit, per } = scaleOf(facet, tab);
    const { prefix, plural } = text.pattern(unit);
    const write = (end) => (facet.kind === "date" ? isoOf(end) : text.number(end * per));
    const withUnit = (words) => text.joined([words, plural]);
    const date = facet.kind === "date" ? "_date" : "";
    if (!Number.isFinite(high)) return withUnit(t(`filter.least${date}`, { low: prefix + write(low) }));
    if (!Number.isFinite(low)) return withUnit(t(`filter.most${date}`, { high: prefix + write(high) }));
    const words = low === high ? write(low) : t("filter.between", { low: write(low), high: write(high) });
    return withUnit(prefix + words);
  }

  /* What happens to unknown values, which ranges and flags have to tell. */
  function unknownWords(terms) {
    if (terms.length === 1 && terms[0] === UNKNOWN) return t("filter.only");
    return t(terms.includes(UNKNOWN) ? "filter.with" : "filter.without");
  }

  function summary(facet, tab, terms) {
    const known = terms.filter((value) => value !== UNKNOWN);
    const words = facet.ranged ? range : term;
    if (!facet.ranged && facet.kind !== "flags") return terms.map((value) => words(facet, tab, value)).join(t("list_join"));
    const ranges = known.filter((value) => value !== "~").map((value) => words(facet, tab, value)).join(t("list_join"));
    return [ranges, unknownWords(terms)].filter(Boolean).join(" · ");
  }

  const withLabel = (facet, tab, value) =>
    PLAIN.includes(facet.key) && value !== UNKNOWN ? term(facet, tab, value)
      : [label(facet, tab), term(facet, tab, value)].filter(Boolean).join(facet.silent ? " · " : t("filter.colon"));

  /* The chips of a facet: [{ words, value, terms: those that remain without the chip }]. */
  function chips(facet, tab, terms) {
    if (facet.ranged || facet.kind === "flags")
      return [{ words: `${label(facet, tab)} ${summary(facet, tab, terms)}`, terms: [], value: null }];
    return terms.map((value) => ({
      words: withLabel(facet, tab, value),
      terms: terms.filter((other) => other !== value),
      value,
    }));
  }

  return { label, term, summary, chips, scaleOf, layerOf, fieldOf, shown };
}
