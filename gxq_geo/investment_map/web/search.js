/* Free text: names, ids, addresses and pinyin initials, in every language; all words must be found.
   Full and half width, upper and lower case are one. */
const createSearch = (facts) => {
  const FIELDS = ["name_zh", "name_en", "initials", "address", "park_id", "gbt4754"];
  const PARK = ["name_zh", "name_en", "initials"];
  const fold = (text) => text.normalize("NFKC").toLowerCase();
  const lines = new Map(); // layer -> what is looked through, made at the first search

  function parkWords() {
    const parks = facts.layer("parks");
    const words = (i) => PARK.map((field) => parks.get(i, field));
    return new Map(Array.from({ length: facts.size("parks") }, (_, i) => [parks.id(i), words(i)]));
  }

  function linesOf(name) {
    if (lines.has(name)) return lines.get(name);
    const layer = facts.layer(name);
    const columns = FIELDS.filter((field) => layer.fields.includes(field)).map((field) => layer.column(field));
    const parks = parkWords();
    const line = (i) =>
      [layer.id(i), ...columns.map((column) => column.get(i)), parks.get(layer.get(i, "park_id"))].flat();
    const made = Array.from({ length: layer.n }, (_, i) => fold(line(i).join(" ")));
    lines.set(name, made);
    return made;
  }

  let last = { key: null, found: null };

  /* 1 for each record in which all words are found; null where nothing is asked. */
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
};
