/* Free text search in names, ids, addresses and pinyin initials, in every language; all words must be found. Full and
   half width, upper and lower case are the same. */
/** @param {ReturnType<typeof import("./facts.js").createFacts>} facts */
export function createSearch(facts) {
  const FIELDS = ["address_zh", "address_en", "park_id", "gbt4754"];
  const CHINESE = /[\u3007\u3400-\u9fff]+/g; // as in gxq_geo/words/pinyin.py
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const lines = new Map(); // layer -> the text of each record, made at the first search

  /* 蓼河新区 A1 is also found as lhxqa1. */
  const initials = (name) =>
    (name ?? "").replace(CHINESE, (run) => facts.initials[run] ?? "").replace(/[^\p{L}\p{N}]/gu, "");
  const namesOf = (layer, i) => [layer.get(i, "name_zh"), layer.get(i, "name_en"), initials(layer.get(i, "name_zh"))];

  function parkWords() {
    const parks = facts.layer("parks");
    const words = (i) => namesOf(parks, i);
    return new Map(Array.from({ length: facts.size("parks") }, (_, i) => [parks.id(i), words(i)]));
  }

  function linesOf(name) {
    if (lines.has(name)) return lines.get(name);
    const layer = facts.layer(name);
    const columns = FIELDS.filter((field) => layer.fields.includes(field)).map((field) => layer.column(field));
    const parks = parkWords();
    const line = (i) =>
      [layer.id(i), ...namesOf(layer, i), ...columns.map((column) => column.get(i)), parks.get(layer.get(i, "park_id"))].flat();
    const texts = Array.from({ length: layer.n }, (_, i) => fold(line(i).join(" ")));
    lines.set(name, texts);
    return texts;
  }

  let last = { key: null, found: null };

  /* 1 for each record in which all words are found; null without a query. */
  function mask(name, query) {
    const words = fold(query).split(/\s+/).filter(Boolean);
    if (!words.length || !facts.layer(name)) return null;
    const key = `${name} ${words.join(" ")}`;
    if (last.key !== key)
      last = {
        key,
        found: Uint8Array.from(linesOf(name), (line) => Number(words.every((word) => line.includes(word)))),
      };
    return last.found;
  }

  return { mask };
}
