/* Matches a requirement with sites or carriers, by the criteria of data/criteria.toml, as gxq_geo/matching does. A
   requirement is { layer, wants: { area_mu: 80, sectors: ["new_materials"], ... } }, with other weights of criteria where
   `weights: { price: 5 }` says so. */
/** @param {import("./decode.js").Data} data */
export function createMatch(data) {
  const { version, unknown_value: NEUTRAL, wants: WANTS, families: FAMILIES, criteria: CRITERIA } = data.criteria;
  const VERDICTS = ["pass", "unknown", "near", "fail"];
  const [PASS, UNKNOWN, NEAR, FAIL] = [0, 1, 2, 3];
  const LAYERS = ["sites", "carriers"];
  const DAY = 86400000;
  const millionths = (number) => Math.floor(number * 1e6 + 0.5) / 1e6;
  const days = (iso) => Date.parse(iso) / DAY;

  /* ---- requirements */

  const idsOf = (name) => {
    const layer = data.layer(name);
    return layer ? Array.from({ length: layer.n }, (_, i) => layer.id(i)) : [];
  };
  const allowed = Object.fromEntries(Object.entries(WANTS).filter(([, want]) => want.type === "list").map(([name, want]) => [name,
    want.families ? Object.keys(FAMILIES) : want.fields ?? (want.ref ? idsOf(want.ref) : (data.schema.domains[want.domain] ?? []).map(([value]) => value))]));

  const CLEAN = {
    number(value) {
      const number = typeof value === "boolean" || value === "" ? NaN : millionths(Number(value));
      return number > 0 && number < 1e12 ? number : null;
    },
    date: (value) => (/^\d{4}-\d\d-\d\d$/.test(value) && new Date(days(value) * DAY || NaN).getTime() && new Date(value).toISOString().startsWith(value) ? value : null),
    list(value, name) {
      const known = [value].flat().filter((term, k, all) => allowed[name].includes(term) && all.indexOf(term) === k);
      return known.length ? known : null;
    },
  };

  /* A requirement of known wants that apply to the layer; null where none is left. */
  function clean(spec) {
    const layer = LAYERS.includes(spec?.layer) ? spec.layer : "sites";
    const wants = {};
    for (const [name, want] of Object.entries(WANTS)) {
      if (!Object.hasOwn(spec?.wants ?? {}, name) || !CRITERIA.some((criterion) => criterion.want === name && criterion.layers.includes(layer))) continue;
      const value = CLEAN[want.type](spec.wants[name], name);
      if (value !== null) wants[name] = value;
    }
    if (!Object.keys(wants).length) return null;
    const weights = changedWeights(active(layer, wants), spec.weights ?? {});
    return Object.freeze({ layer, wants: Object.freeze(wants), weights: Object.freeze(weights), text: format(layer, wants, weights) });
  }

  /* The criteria that a requirement uses. */
  const active = (layer, wants) => CRITERIA.filter((criterion) => criterion.layers.includes(layer) && (!criterion.want || Object.hasOwn(wants, criterion.want)));

  /* The given weights that are numbers, belong to one of the criteria, and differ from its usual weight. */
  function changedWeights(criteria, given) {
    const weights = {};
    for (const { key, weight } of criteria) {
      const value = Object.hasOwn(given, key) && typeof given[key] !== "boolean" && given[key] !== "" ? millionths(Number(given[key])) : weight;
      if (value >= 0 && value < 1e12 && value !== weight) weights[key] = value;
    }
    return weights;
  }

  /* The text of a requirement in an address: 1,sites,area_mu:80,sectors:new_materials:equipment,~price:5 */
  function format(layer, wants, weights) {
    const part = ([name, value]) => [name, ...[value].flat().map((term) => encodeURIComponent(term))].join(":");
    return [version, layer, ...Object.entries(wants).map(part), ...Object.entries(weights).map(([key, value]) => `~${key}:${value}`)].join(",");
  }

  const unescaped = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return "";
    }
  };

  function parse(text) {
    const [first, layer, ...parts] = (text || "").slice(0, 4000).split(",");
    if (Number(first) !== version || !LAYERS.includes(layer)) return null;
    const [wants, weights] = [{}, {}];
    for (const [name, ...values] of parts.map((part) => part.split(":").map(unescaped)))
      if (name.startsWith("~")) weights[name.slice(1)] = values[0] ?? "";
      else if (Object.hasOwn(WANTS, name)) wants[name] = WANTS[name].type === "list" ? values : values[0];
    return clean({ layer, wants, weights });
  }

  /* ---- the kinds of criteria: each evaluates all records */

  const evaluation = (n, figure) => ({ verdict: new Uint8Array(n), value: new Float64Array(n), gap: new Float64Array(n), figure });

  /* The value function: linear between its points, constant beyond them. */
  function valueAt(points, x) {
    const last = points.length - 1;
    if (x <= points[0][0]) return points[0][1];
    if (x >= points[last][0]) return points[last][1];
    let k = 1;
    while (points[k][0] < x) k++;
    const [[x0, y0], [x1, y1]] = [points[k - 1], points[k]];
    return y0 + (x - x0) * ((y1 - y0) / (x1 - x0));
  }

  function measured(layer, criterion, { ratio, gap, near }) {
    const out = evaluation(layer.n, (i) => layer.get(i, criterion.field));
    const figures = layer.column(criterion.field).numbers;
    for (let i = 0; i < layer.n; i++) {
      const figure = figures ? figures[i] : NaN;
      const miss = gap(figure);
      const unknown = !Number.isFinite(figure);
      out.verdict[i] = unknown ? UNKNOWN : miss <= 0 ? PASS : near(figure) ? NEAR : FAIL;
      out.value[i] = unknown ? NEUTRAL : valueAt(criterion.value, ratio(figure));
      out.gap[i] = unknown ? NaN : Math.max(miss, 0);
    }
    return out;
  }

  function tableOf(criterion, wanted) {
    if (criterion.scores) return new Map(Object.entries(criterion.scores));
    return new Map((wanted ?? []).map((value) => [value, 1]));
  }

  /* A function that scores a record: the best of its values, -1 where none is wanted, null where it has none. */
  function scorer(layer, criterion, wanted) {
    if (!criterion.families_by) {
      const table = tableOf(criterion, wanted);
      return (i) => {
        const values = [layer.get(i, criterion.field) ?? []].flat();
        return values.length ? Math.max(...values.map((value) => table.get(value) ?? -1)) : null;
      };
    }
    const starts = wanted.flatMap((family) => Object.entries(FAMILIES[family].codes).flatMap(([scheme, codes]) => codes.map((code) => `${scheme} ${code}`)));
    return (i) => {
      const [scheme, code] = [layer.get(i, criterion.families_by), layer.get(i, criterion.field)];
      if (scheme === null || code === null) return null;
      return starts.some((start) => `${scheme} ${code}`.startsWith(start)) ? 1 : -1;
    };
  }

  function oneOf(layer, criterion, wanted) {
    const out = evaluation(layer.n, (i) => layer.get(i, criterion.field));
    const score = scorer(layer, criterion, wanted);
    for (let i = 0; i < layer.n; i++) {
      const best = score(i);
      out.verdict[i] = best === null ? UNKNOWN : best >= 0 ? PASS : FAIL;
      out.value[i] = best === null ? NEUTRAL : Math.max(best, 0);
      out.gap[i] = best === null ? NaN : best >= 0 ? 0 : 1;
    }
    return out;
  }

  function allTrue(layer, criterion, wanted) {
    const out = evaluation(layer.n, (i) => wanted.filter((name) => layer.get(i, name) === false));
    const columns = wanted.map((name) => layer.column(name));
    for (let i = 0; i < layer.n; i++) {
      let [absent, unknown] = [0, 0];
      for (const column of columns) {
        const there = column.get(i);
        if (there === false) absent++;
        else if (there === null) unknown++;
      }
      const missed = absent <= criterion.tolerance * wanted.length ? NEAR : FAIL;
      out.verdict[i] = absent ? missed : unknown ? UNKNOWN : PASS;
      out.value[i] = (wanted.length - absent - unknown + NEUTRAL * unknown) / wanted.length;
      out.gap[i] = out.verdict[i] === UNKNOWN ? NaN : absent;
    }
    return out;
  }

  const EVALUATORS = {
    one_of: oneOf,
    all_true: allTrue,
    at_least(layer, criterion, wanted) {
      const limit = millionths(wanted * (1 - criterion.tolerance));
      return measured(layer, criterion, { ratio: (x) => x / wanted, gap: (x) => wanted - x, near: (x) => x >= limit });
    },
    at_most(layer, criterion, wanted) {
      const limit = millionths(wanted * (1 + criterion.tolerance));
      return measured(layer, criterion, { ratio: (x) => x / wanted, gap: (x) => x - wanted, near: (x) => x <= limit });
    },
    by(layer, criterion, wanted) {
      const late = (x) => x - days(wanted);
      return measured(layer, criterion, { ratio: late, gap: late, near: (x) => late(x) <= criterion.tolerance });
    },
  };

  /* ---- the result for all records: verdict, score and order */

  function totals(criteria, parts, n) {
    const [tier, score, known] = [new Uint8Array(n), new Float64Array(n), new Float64Array(n)];
    let weights = 0;
    criteria.forEach((criterion, k) => {
      const { verdict, value } = parts[k];
      for (let i = 0; i < n; i++) {
        if (criterion.hard && verdict[i] > tier[i]) tier[i] = verdict[i];
        score[i] += criterion.weight * value[i];
        if (verdict[i] !== UNKNOWN) known[i] += criterion.weight;
      }
      weights += criterion.weight;
    });
    const whole = weights || 1;
    for (let i = 0; i < n; i++) {
      score[i] = Math.floor((score[i] / whole) * 1e8 + 0.5) / 1e6;
      known[i] /= whole;
    }
    return { tier, score, known };
  }

  /* { layer, active: the criteria, parts: the evaluation by each of them, tier, score, known } */
  function run({ layer: name, wants, weights }) {
    const layer = data.layer(name);
    const criteria = active(name, wants).map((criterion) => ({ ...criterion, weight: weights[criterion.key] ?? criterion.weight }));
    const parts = criteria.map((criterion) => EVALUATORS[criterion.kind](layer, criterion, wants[criterion.want]));
    return { layer, active: criteria, parts, ...totals(criteria, parts, layer.n), fits: null };
  }

  /* Compares texts by code point, as Python does. The operator < compares UTF-16 units, of which the surrogates (D800 to
     DFFF) stand before E000 to FFFF although their characters come after them. */
  const orderOf = (unit) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);
  function byCodePoint(left, right) {
    const least = Math.min(left.length, right.length);
    let k = 0;
    while (k < least && left.charCodeAt(k) === right.charCodeAt(k)) k++;
    return k < least ? orderOf(left.charCodeAt(k)) - orderOf(right.charCodeAt(k)) : left.length - right.length;
  }

  /* Best first. */
  function sorted({ layer, tier, score }, rows) {
    const ids = (a, b) => byCodePoint(layer.id(a) ?? "", layer.id(b) ?? "") || a - b;
    return rows.sort((a, b) => tier[a] - tier[b] || score[b] - score[a] || ids(a, b));
  }

  /* Ranks the records of a mask (null for all): those that do not fail, best first; the place of each record (1, 2 ...;
     0 for the others); how many have each verdict; and how many there are. */
  function rank(found, passing) {
    const { tier } = found;
    const [rows, place, counts] = [new Int32Array(tier.length), new Uint32Array(tier.length), [0, 0, 0, 0]];
    let kept = 0;
    for (let i = 0; i < tier.length; i++) {
      if (passing && !passing[i]) continue;
      counts[tier[i]]++;
      if (tier[i] !== FAIL) rows[kept++] = i;
    }
    const order = sorted(found, rows.subarray(0, kept));
    order.forEach((i, k) => { place[i] = k + 1; });
    return { order, place, counts, among: kept + counts[FAIL] };
  }

  /* The result of a requirement, computed once; null without a requirement. */
  let last = [null, null];
  function found(need) {
    if (need !== last[0]) last = [need, need && data.layer(need.layer) ? run(need) : null];
    return last[1];
  }

  /* 1 for each record that a requirement leaves: those of its layer that do not fail, and none of the other layer; null
     without a requirement, and for layers to which none applies. */
  function mask(name, need) {
    const result = found(need);
    if (!result || !LAYERS.includes(name)) return null;
    const fit = (layer) => (layer === need.layer ? result.tier.map((tier) => Number(tier !== FAIL)) : new Uint8Array(data.layer(layer)?.n ?? 0));
    result.fits ??= Object.fromEntries(LAYERS.map((layer) => [layer, fit(layer)]));
    return result.fits[name];
  }

  /* All records as plain values, for window.gxq; those that fail come last. */
  function list(found) {
    const { layer, active, parts, tier, score, known } = found;
    const order = sorted(found, Int32Array.from({ length: layer.n }, (_, i) => i));
    const evaluated = (part, i) => ({ verdict: VERDICTS[part.verdict[i]], figure: part.figure(i), gap: Number.isNaN(part.gap[i]) ? null : part.gap[i] });
    return Array.from(order, (i, k) => ({
      rank: tier[i] === FAIL ? null : k + 1, id: layer.id(i), score: score[i], verdict: VERDICTS[tier[i]], completeness: known[i],
      criteria: Object.fromEntries(active.map(({ key }, c) => [key, evaluated(parts[c], i)])),
    }));
  }

  const evaluate = (criterion, layer, wanted) => EVALUATORS[criterion.kind](layer, criterion, wanted);

  return { evaluate, totals, byCodePoint, millionths, VERDICTS, PASS, UNKNOWN, NEAR, FAIL, LAYERS, WANTS, FAMILIES, CRITERIA, allowed, active, clean, parse, found, rank, mask, list };
}
