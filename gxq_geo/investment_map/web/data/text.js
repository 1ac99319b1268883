/* Words, numbers and names in the reader's language. */
import { numberFormat } from "../base/numbers.js";
import { MU_PER_HA } from "../base/units.js";
import { headingOf, joined, patternOf } from "./figures.js";

/* Words with their {placeholders} replaced; {n:site|sites} is "site" where n is 1, else "sites". */
export const fill = (words, places) =>
  words.replace(/\{(\w+)(?::([^{}|]*)\|([^{}|]*))?\}/g, (all, name, singular, plural) =>
    plural === undefined ? places[name] ?? all : String(places[name]) === "1" ? singular : plural);

export function createText(data, first) {
  let lang = first;
  const plain = numberFormat(0, 2);
  const tenths = numberFormat(1, 1);
  const domains = Object.fromEntries(
    Object.entries(data.schema.domains).map(([name, pairs]) => [name, new Map(pairs)]),
  );

  /* Words in the reader's language, of an object that has them by language; empty where it lacks them. */
  const pick = (words) => words?.[lang] ?? "";

  /* The words of a key, with its placeholders filled. */
  function t(key, places) {
    const words = data.words[lang][key] ?? key;
    return places ? fill(words, places) : words;
  }

  /* Words about a number of things. */
  const count = (key, n) => t(key, { n: plain(n) });

  const unit = (name) => pick(data.schema.units[name]);
  const pattern = (name) => patternOf(data.schema, name, lang);

  /**
   * A number with its unit as the language writes it, as a pair: 30 wan_per_mu is ["CNY 300,000", "/mu"]. `write`
   * formats a number that the language does not convert.
   * @returns {[string, string]}
   */
  function amount(value, name, write = plain) {
    const { prefix, factor, singular, plural } = pattern(name);
    const figure = factor === 1 ? write(value) : plain(value * factor);
    return [prefix + figure, figure === "1" ? singular : plural];
  }
  const known = (value) => value !== null && value !== undefined && value !== "";

  const AREAS = {
    mu: { perMu: 1, format: tenths },
    ha: { perMu: 1 / MU_PER_HA, format: tenths },
    m2: { perMu: 10000 / MU_PER_HA, format: numberFormat(0, 0) },
  };
  let chosenUnit = "";
  const ownUnit = () => (Object.hasOwn(AREAS, data.langs[lang].area_unit) ? data.langs[lang].area_unit : "ha");
  const areaUnit = () => chosenUnit || ownUnit();
  /* An area in mu as two pairs of number and unit, the reader's unit first. */
  function area(mu) {
    const first = areaUnit();
    const second = first !== ownUnit() ? ownUnit() : first === "ha" ? "mu" : "ha";
    return [first, second].map((name) => [AREAS[name].format(mu * AREAS[name].perMu), unit(name)]);
  }

  /* 1,234.5 亩（82.3 公顷） */
  function areaLine(mu) {
    const [[n, u], [minor, minorUnit]] = area(mu);
    return t("area_line", { area: `${n} ${u}`, other: `${minor} ${minorUnit}` });
  }

  const domainOf = (field, other) =>
    domains[field.domain || (field.domain_by ? field.domain_by[other(field.domain_by.field)] : "")];

  function choice(field, value, other) {
    const words = pick(domainOf(field, other)?.get(value));
    if (!words) return value;
    return field.domain_by ? `${words} ${value}` : words;
  }

  /* ---- fields in several languages: name_zh and name_en have one stem, name */

  const order = () => data.langs[lang].order;
  const stemOf = (field) => (field.lang ? field.name.slice(0, -field.lang.length - 1) : field.name);
  const fieldsOf = (layerName) => data.schema.layers[layerName]?.fields ?? [];

  /* The fields of the same stem, the reader's language first. */
  function translations(fields, field) {
    const all = fields.filter((other) => other.lang && stemOf(other) === stemOf(field));
    const place = ({ lang: code }) => (order().indexOf(code) + 1 || Infinity);
    return all.length ? all.sort((a, b) => place(a) - place(b)) : [field];
  }

  /* Of the fields of each stem, the one whose language is nearest to the reader's. */
  const own = (fields) => fields.filter((field) => !field.lang || translations(fields, field)[0] === field);

  const ranked = new WeakMap(); // field -> { lang, all }
  function rankedTranslations(layer, field) {
    if (ranked.get(field)?.lang !== lang) ranked.set(field, { lang, all: translations(fieldsOf(layer.name), field) });
    return ranked.get(field).all;
  }
  /* The value of a field in the nearest language in which the record has one: { value, lang }; lang is its HTML tag
     where that is not the reader's language, else null. */
  function translated(layer, i, field) {
    const all = field.lang ? rankedTranslations(layer, field) : [field];
    const found = all.find((translation) => known(layer.get(i, translation.name))) ?? field;
    const foreign = found.lang && found.lang !== lang ? data.langs[found.lang]?.tag ?? found.lang : null;
    return { value: layer.get(i, found.name), lang: foreign };
  }

  /* The label of a field, without the language in brackets at its end: the reader sees one translation only. */
  function label(field) {
    const words = pick(field?.label);
    return field?.lang ? words.replace(/\s*[(（][^()（）]*[)）]\s*$/, "") : words;
  }

  /* The name of a record, in the nearest language in which it has one. */
  const nameOfRecord = (layer, i) => order().map((code) => layer.get(i, `name_${code}`)).find(known);
  const name = (layer, i) => nameOfRecord(layer, i) || layer.id(i) || t("missing");

  /* The name of the record that an id refers to. */
  function nameOf(layerName, id) {
    const layer = data.layer(layerName);
    const i = layer ? layer.indexOf(id) : -1;
    return i < 0 ? id : name(layer, i);
  }

  const names = (layerName, ids) => (ids || []).map((id) => nameOf(layerName, id)).join(t("list_join"));

  return {
    t,
    count,
    unit,
    pattern,
    amount,
    joined,
    /* A price of land for each hectare, in words; empty where the reader measures land in another unit. */
    perHectare: (value) => (known(value) && areaUnit() === "ha" ? joined(amount(value * MU_PER_HA, "wan_per_ha")) : ""),
    /* The unit for a heading over the numbers of `amount`, and such a number alone. */
    unitOver: (name) => headingOf(pattern(name)),
    converted: (value, name) => plain(value * pattern(name).factor),
    pick,
    known,
    area,
    areaLine,
    choice,
    own,
    translated,
    label,
    stemOf,
    name,
    nameOf,
    names,
    number: plain,
    tenths,
    whole: AREAS.m2.format,
    AREAS: Object.keys(AREAS),
    /* The unit of land on the whole page: mu, ha or m2; "" is that of the language. */
    get areaUnit() {
      return areaUnit();
    },
    set areaUnit(name) {
      chosenUnit = Object.hasOwn(AREAS, name) ? name : "";
    },
    get areaPerMu() {
      return AREAS[areaUnit()].perMu;
    },
    word: (domain, value) => pick(domains[domain]?.get(value)) || value,
    field: (layer, field) => data.schema.layers[layer]?.fields.find(({ name: other }) => other === field),
    get tag() {
      return data.langs[lang].tag;
    },
    get lang() {
      return lang;
    },
    set lang(code) {
      lang = code;
    },
  };
}
