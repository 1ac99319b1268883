/* A requirement matched with sites or carriers: the same computation as matching.py, over the same criteria,
   which come with the data. A requirement is {layer, wants: {area_mu: 80, sectors: ["new_materials"], ...}}, and may
   weigh criteria otherwise than they come: weights: {price: 5}. */
const createMatch = (data) => {
  const { version, unknown_value: NEUTRAL, wants: WANTS, families: FAMILIES, criteria: CRITERIA } = data.criteria;
  const VERDICTS = ["pass", "unknown", "near", "fail"];
  const [PASS, UNKNOWN, NEAR, FAIL] = [0, 1, 2, 3];
  const LAYERS = ["sites", "carriers"];
  const DAY = 86400000;
  const millionths = (number) => Math.floor(number * 1e6 + 0.5) / 1e6;
  const days = (iso) => Date.parse(iso) / DAY;

  /* ---- what may be stated */

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
      const known = [value].flat().filter((one, k, all) => allowed[name].includes(one) && all.indexOf(one) === k);
      return known.length ? known : null;
    },
  };

  /* A requirement of what is known and makes sense for the layer; null where nothing is left. */
  function clean(spec) {
    const layer = LAYERS.includes(spec?.layer) ? spec.layer : "sites";
    const wants = {};
    for (const [name, want] of Object.entries(WANTS)) {
      if (!Object.hasOwn(spec?.wants ?? {}, name) || !CRITERIA.some((one) => one.want === name && one.layers.includes(layer))) continue;
      const value = CLEAN[want.type](spec.wants[name], name);
      if (value !== null) wants[name] = value;
    }
    if (!Object.keys(wants).length) return null;
    const weights = reweighted(active(layer, wants), spec.weights ?? {});
    return Object.freeze({ layer, wants: Object.freeze(wants), weights: Object.freeze(weights), text: format(layer, wants, weights) });
  }

  /* The criteria that a requirement sets off. */
  const active = (layer, wants) => CRITERIA.filter((one) => one.layers.includes(layer) && (!one.want || Object.hasOwn(wants, one.want)));

  /* Of given weights those that are some, of criteria that count here, and other than usual. */
  function reweighted(some, given) {
    const weights = {};
    for (const { key, weight } of some) {
      const value = Object.hasOwn(given, key) && typeof given[key] !== "boolean" && given[key] !== "" ? millionths(Number(given[key])) : weight;
      if (value >= 0 && value < 1e12 && value !== weight) weights[key] = value;
    }
    return weights;
  }

  /* The requirement's form in the address, its `text`: 1,sites,area_mu:80,sectors:new_materials:equipment,~price:5 */
  function format(layer, wants, weights) {
    const part = ([name, value]) => [name, ...[value].flat().map((one) => encodeURIComponent(one))].join(":");
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

  /* ---- the kinds of criteria: each judges every record */

  const judged = (n, figure) => ({ verdict: new Uint8Array(n), value: new Float64Array(n), gap: new Float64Array(n), figure });

  /* The value function: straight between its points, level outside them. */
  function valueAt(points, x) {
    const last = points.length - 1;
    if (x <= points[0][0]) return points[0][1];
    if (x >= points[last][0]) return points[last][1];
    let k = 1;
    while (points[k][0] < x) k++;
    const [[x0, y0], [x1, y1]] = [points[k - 1], points[k]];
    return y0 + (x - x0) * ((y1 - y0) / (x1 - x0));
  }

  function measured(layer, one, { ratio, gap, near }) {
    const out = judged(layer.n, (i) => layer.get(i, one.field));
    const figures = layer.column(one.field).numbers;
    for (let i = 0; i < layer.n; i++) {
      const figure = figures ? figures[i] : NaN;
      const miss = gap(figure);
      const unknown = !Number.isFinite(figure);
      out.verdict[i] = unknown ? UNKNOWN : miss <= 0 ? PASS : near(figure) ? NEAR : FAIL;
      out.value[i] = unknown ? NEUTRAL : valueAt(one.value, ratio(figure));
      out.gap[i] = unknown ? NaN : Math.max(miss, 0);
    }
    return out;
  }

  function tableOf(one, wanted) {
    if (one.scores) return new Map(Object.entries(one.scores));
    return new Map((wanted ?? []).map((value) => [value, 1]));
  }

  /* What a list or a single value counts, -1 where nothing of it is wanted, null where nothing is said. */
  function scorer(layer, one, wanted) {
    if (!one.families_by) {
      const table = tableOf(one, wanted);
      return (i) => {
        const values = [layer.get(i, one.field) ?? []].flat();
        return values.length ? Math.max(...values.map((value) => table.get(value) ?? -1)) : null;
      };
    }
    const starts = wanted.flatMap((family) => Object.entries(FAMILIES[family].codes).flatMap(([scheme, codes]) => codes.map((code) => `${scheme} ${code}`)));
    return (i) => {
      const [scheme, code] = [layer.get(i, one.families_by), layer.get(i, one.field)];
      if (scheme === null || code === null) return null;
      return starts.some((start) => `${scheme} ${code}`.startsWith(start)) ? 1 : -1;
    };
  }

  function oneOf(layer, one, wanted) {
    const out = judged(layer.n, (i) => layer.get(i, one.field));
    const score = scorer(layer, one, wanted);
    for (let i = 0; i < layer.n; i++) {
      const best = score(i);
      out.verdict[i] = best === null ? UNKNOWN : best >= 0 ? PASS : FAIL;
      out.value[i] = best === null ? NEUTRAL : Math.max(best, 0);
      out.gap[i] = best === null ? NaN : best >= 0 ? 0 : 1;
    }
    return out;
  }

  function allTrue(layer, one, wanted) {
    const out = judged(layer.n, (i) => wanted.filter((name) => layer.get(i, name) === false));
    const columns = wanted.map((name) => layer.column(name));
    for (let i = 0; i < layer.n; i++) {
      let [absent, unsaid] = [0, 0];
      for (const column of columns) {
        const there = column.get(i);
        if (there === false) absent++;
        else if (there === null) unsaid++;
      }
      const missed = absent <= one.tolerance * wanted.length ? NEAR : FAIL;
      out.verdict[i] = absent ? missed : unsaid ? UNKNOWN : PASS;
      out.value[i] = (wanted.length - absent - unsaid + NEUTRAL * unsaid) / wanted.length;
      out.gap[i] = out.verdict[i] === UNKNOWN ? NaN : absent;
    }
    return out;
  }

  const JUDGES = {
    one_of: oneOf,
    all_true: allTrue,
    at_least(layer, one, wanted) {
      const limit = millionths(wanted * (1 - one.tolerance));
      return measured(layer, one, { ratio: (x) => x / wanted, gap: (x) => wanted - x, near: (x) => x >= limit });
    },
    at_most(layer, one, wanted) {
      const limit = millionths(wanted * (1 + one.tolerance));
      return measured(layer, one, { ratio: (x) => x / wanted, gap: (x) => x - wanted, near: (x) => x <= limit });
    },
    by(layer, one, wanted) {
      const late = (x) => x - days(wanted);
      return measured(layer, one, { ratio: late, gap: late, near: (x) => late(x) <= one.tolerance });
    },
  };

  /* ---- all records: verdict, score and order */

  function totals(some, parts, n) {
    const [tier, score, known] = [new Uint8Array(n), new Float64Array(n), new Float64Array(n)];
    let weights = 0;
    some.forEach((one, k) => {
      const { verdict, value } = parts[k];
      for (let i = 0; i < n; i++) {
        if (one.hard && verdict[i] > tier[i]) tier[i] = verdict[i];
        score[i] += one.weight * value[i];
        if (verdict[i] !== UNKNOWN) known[i] += one.weight;
      }
      weights += one.weight;
    });
    const whole = weights || 1;
    for (let i = 0; i < n; i++) {
      score[i] = Math.floor((score[i] / whole) * 1e8 + 0.5) / 1e6;
      known[i] /= whole;
    }
    return { tier, score, known };
  }

  /* {layer, active: criteria, parts: one judgement each, tier, score, known} */
  function run({ layer: name, wants, weights }) {
    const layer = data.layer(name);
    const some = active(name, wants).map((one) => ({ ...one, weight: weights[one.key] ?? one.weight }));
    const parts = some.map((one) => JUDGES[one.kind](layer, one, wants[one.want]));
    return { layer, active: some, parts, ...totals(some, parts, layer.n), fits: null };
  }

  /* Texts in the order of their code points, as Python has it; < compares UTF-16 units, of which those of a
     surrogate pair (D800 to DFFF) stand before E000 to FFFF, though they are the greater character. */
  const raised = (unit) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);
  function byCodePoint(left, right) {
    const least = Math.min(left.length, right.length);
    let k = 0;
    while (k < least && left.charCodeAt(k) === right.charCodeAt(k)) k++;
    return k < least ? raised(left.charCodeAt(k)) - raised(right.charCodeAt(k)) : left.length - right.length;
  }

  /* Best first. */
  function sorted({ layer, tier, score }, rows) {
    const ids = (a, b) => byCodePoint(layer.id(a) ?? "", layer.id(b) ?? "") || a - b;
    return rows.sort((a, b) => tier[a] - tier[b] || score[b] - score[a] || ids(a, b));
  }

  /* Of the records that pass filters (a mask, or null for all): those that do not fail, best first, and the place of
     each (1, 2 ...; 0 for the others); how many have each verdict, and how many there are. */
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
    order.forEach((i, k) => (place[i] = k + 1));
    return { order, place, counts, among: kept + counts[FAIL] };
  }

  /* The same, computed once for a requirement; null for none. */
  let last = [null, null];
  function found(need) {
    if (need !== last[0]) last = [need, need && data.layer(need.layer) ? run(need) : null];
    return last[1];
  }

  /* 1 for each record in question for a requirement: of the layer that it is about those that do not fail, of the
     other none; null where there is no requirement, or it says nothing about the layer. */
  function mask(name, need) {
    const made = found(need);
    if (!made || !LAYERS.includes(name)) return null;
    const fit = (layer) => (layer === need.layer ? made.tier.map((tier) => Number(tier !== FAIL)) : new Uint8Array(data.layer(layer)?.n ?? 0));
    made.fits ??= Object.fromEntries(LAYERS.map((layer) => [layer, fit(layer)]));
    return made.fits[name];
  }

  /* All records in plain values, for window.gxq: what fails comes last. */
  function list(found) {
    const { layer, active, parts, tier, score, known } = found;
    const order = sorted(found, Int32Array.from({ length: layer.n }, (_, i) => i));
    const criterion = (part, i) => ({ verdict: VERDICTS[part.verdict[i]], figure: part.figure(i), gap: Number.isNaN(part.gap[i]) ? null : part.gap[i] });
    return Array.from(order, (i, k) => ({
      rank: tier[i] === FAIL ? null : k + 1, id: layer.id(i), score: score[i], verdict: VERDICTS[tier[i]], completeness: known[i],
      criteria: Object.fromEntries(active.map((one, c) => [one.key, criterion(parts[c], i)])),
    }));
  }

  const judge = (one, layer, wanted) => JUDGES[one.kind](layer, one, wanted);

  return { judge, totals, byCodePoint, millionths, VERDICTS, PASS, UNKNOWN, NEAR, FAIL, LAYERS, WANTS, FAMILIES, CRITERIA, allowed, active, clean, parse, found, rank, mask, list };
};
