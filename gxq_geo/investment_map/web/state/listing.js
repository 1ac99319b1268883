/* The records of a list or table: those that pass filters, requirement and search, in the chosen order.

   rows(layer) -> Int32Array of records, sorted by "area_mu" or "-area_mu", unknown values last, ties in the default order
   of the list: what is available first, the large before the small. With a requirement the default order is by rank, and
   "match_rank", "match_verdict" and "match_score" sort too. */
import { createSearch } from "../data/search.js";

/** @param {import("../start/ui.js").Ui} ui */
export function createListing(ui) {
  const { facts, store, text } = ui;
  const search = createSearch(facts);
  const UNFILTERED = ["parks", "sectors"]; // their lists always hold all records

  /* By layer, from its columns a function that gives the place of a record. */
  const DEFAULT_RANKS = {
    sites(layer) {
      const [status, area] = [layer.column("status"), layer.column("area_mu")];
      return (i) => facts.statuses.indexOf(status.get(i)) * 1e9 - facts.number(area.get(i));
    },
    carriers(layer) {
      const vacant = layer.column("vacant_floor_area_m2");
      return (i) => -facts.number(vacant.get(i));
    },
    parks: (layer) => (i) => layer.get(i, "rank") ?? 1e9,
    sectors: (layer) => (i) => facts.sectors.indexOf(layer.id(i)),
  };

  /* Records by a number, the smallest first, ties in their own order. A browser sorts numbers much faster than records:
     each record takes the first free place of its number. */
  function sortedBy(numbers) {
    const ranks = numbers.slice().sort();
    const [records, taken] = [new Int32Array(ranks.length), new Int32Array(ranks.length)];
    for (let i = 0; i < records.length; i++) {
      let [first, last] = [0, ranks.length - 1];
      while (first < last) {
        const middle = (first + last) >> 1;
        if (ranks[middle] < numbers[i]) first = middle + 1;
        else last = middle;
      }
      records[first + taken[first]++] = i;
    }
    return records;
  }

  const defaultOrders = new Map(); // layer -> all its records in the default order
  function defaultOrder(name) {
    if (!defaultOrders.has(name)) {
      const [ranks, rankOf] = [new Float64Array(facts.size(name)), DEFAULT_RANKS[name](facts.layer(name))];
      for (let i = 0; i < ranks.length; i++) ranks[i] = rankOf(i);
      defaultOrders.set(name, sortedBy(ranks));
    }
    return defaultOrders.get(name);
  }

  /* ---- sort keys: a number for each record, NaN where unknown */

  /* The ranks of texts in the order of the reader's language. */
  function textRanks(n, textOf) {
    const texts = Array.from({ length: n }, (_, i) => textOf(i));
    const collator = new Intl.Collator(text.tag, { numeric: true });
    const unique = [...new Set(texts)].filter(Boolean).sort(collator.compare);
    const rank = new Map(unique.map((value, k) => [value, k]));
    return Float64Array.from(texts, (value) => rank.get(value) ?? NaN);
  }

  function keysOf(name, field) {
    const layer = facts.layer(name);
    const { numbers } = layer.column(field.name);
    if (numbers) return numbers;
    const get = (i) => layer.get(i, field.name);
    if (field.type === "boolean")
      return Float64Array.from({ length: layer.n }, (_, i) => (get(i) === null ? NaN : Number(get(i))));
    const domain = ui.data.schema.domains[field.domain];
    if (field.type === "choice" && domain) {
      const place = new Map(domain.map(([value], k) => [value, k]));
      return Float64Array.from({ length: layer.n }, (_, i) => place.get(get(i)) ?? NaN);
    }
    if (field.name.startsWith("name_")) return textRanks(layer.n, (i) => text.name(layer, i));
    if (field.lang) return textRanks(layer.n, (i) => text.translated(layer, i, field).value ?? "");
    if (field.ref) return textRanks(layer.n, (i) => text.names(field.ref, [get(i) ?? []].flat()));
    return textRanks(layer.n, (i) => [get(i) ?? []].flat().join(" "));
  }

  const orders = new Map(); // layer, sort and language -> all records in that order
  function order(name, sort) {
    const down = sort.startsWith("-");
    const field = text.field(name, down ? sort.slice(1) : sort);
    if (!field || !facts.layer(name).fields.includes(field.name)) return defaultOrder(name);
    const at = `${name} ${sort} ${text.lang}`;
    if (!orders.has(at)) {
      if (orders.size > 8) orders.clear();
      const [keys, place] = [keysOf(name, field), new Int32Array(facts.size(name))];
      defaultOrder(name).forEach((i, k) => { place[i] = k; });
      orders.set(at, defaultOrder(name).slice().sort(by(keys, place, down ? -1 : 1)));
    }
    return orders.get(at);
  }

  const by = (keys, place, sign) => (a, b) => {
    const [x, y] = [keys[a], keys[b]];
    if (x !== x || y !== y) return Number(x !== x) - Number(y !== y) || place[a] - place[b];
    return sign * (x - y) || place[a] - place[b];
  };

  /* ---- rows */

  const searched = (name) => search.mask(name, store.get().query);
  /* The mask beside the filters: that of the requirement, else that of the search. */
  const found = (name) => ui.match.mask(name, store.get().need) ?? searched(name);

  /* What a requirement finds, by rank or in the chosen order; null without a requirement. */
  function ranked(name, sort) {
    const ranking = ui.visible.needOf(name) && ui.visible.ranking();
    if (!ranking) return null;
    const [down, key] = [sort.startsWith("-"), sort.replace("-", "")];
    const { tier, score } = ranking.found;
    const keys = { "": ranking.place, match_rank: ranking.place, match_verdict: tier, match_score: score }[key];
    if (!keys) return null;
    return sort ? ranking.order.slice().sort(by(keys, ranking.place, down ? -1 : 1)) : ranking.order;
  }

  function rows(name) {
    if (!facts.layer(name)) return new Int32Array(0);
    const { sort } = store.get();
    const shown = UNFILTERED.includes(name) ? null : ui.visible.mask(name);
    return ranked(name, sort) ?? [shown, searched(name)].filter(Boolean).reduce(keep, order(name, sort));
  }

  function keep(list, mask) {
    const kept = new Int32Array(list.length);
    let count = 0;
    for (let k = 0; k < list.length; k++) {
      const i = list[k];
      if (mask[i] === 1) kept[count++] = i;
    }
    return kept.subarray(0, count);
  }

  /* What the rows add up to: mu of sites, vacant floor of carriers. */
  function total(name, list) {
    const sizes = facts.filters.sizesOf(name);
    let sum = 0;
    for (let k = 0; k < list.length; k++) sum += sizes[list[k]];
    return sum;
  }

  /* Several parts ask at each change of the state: computed once. */
  let last = [];
  function rowsOnce(name) {
    const { filter, need, sort, query } = store.get();
    const key = [name, filter, need, sort, query, text.lang];
    if (!key.every((part, k) => part === last[k])) last = [...key, rows(name)];
    return last[key.length];
  }

  return { rows: rowsOnce, found, total };
}
