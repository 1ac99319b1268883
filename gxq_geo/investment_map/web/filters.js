/* Which records pass a filter, and what each of its options would give: typed arrays, no element of the page.

   A filter is { key: terms }. The terms of one key are or-ed, the keys are and-ed:
     choice, refs, lens   values of the field (of a boolean: "true", "false"), and "?" for unknown
     range, distance, date   "50~100", "50~", "~100"; "~" any known value; "?" unknown
     flags                names of fields, and-ed; with "?" an unknown one does not count as missing;
                          "?" alone: at least one of them is unknown
   So an unknown value passes only where "?" stands, and a key without terms asks nothing.
   Which keys there are stands in data/filters.toml.

   createFilters(data, { ranks }) ->
     keys, facets, of(layer) -> the facets that apply to it, first those that are used most
     clean(spec) -> a filter of known terms only;  one facet of it: { min, max, unknown: "only" | "also" } will do
     mask(layer, filter) -> Uint8Array, 1 where a record passes; null where nothing is asked of the layer
     tally(layer, filter, key, within) -> what each option would give beside the other keys:
       { options: [{ value, n, sum }], unknown: { n, sum }, passing: { n, sum }, bins } */
const Filters = (() => {
  const UNKNOWN = "?";
  const DAY = 86400000;
  const BINS = 24;
  const NUMBER = /^(-?\d{1,12}(?:\.\d{1,9})?)?~(-?\d{1,12}(?:\.\d{1,9})?)?$/;
  const DATE = /^(\d{4}-\d\d-\d\d)?~(\d{4}-\d\d-\d\d)?$/;

  const isoOf = (day) => new Date(day * DAY).toISOString().slice(0, 10);
  /* NaN for a day that no calendar has. */
  function dayOf(iso) {
    const day = Math.floor(Date.parse(`${iso}T00:00:00Z`) / DAY);
    return day === day && isoOf(day) === iso ? day : NaN;
  }
  const plain = (value) => String(Number(value.toFixed(6)));

  /* ---- terms */

  /* A term of a range as [low, high], open ends infinite; null for what is none. */
  function endsOf(kind, term) {
    const found = (kind === "date" ? DATE : NUMBER).exec(term);
    if (!found) return null;
    const read = kind === "date" ? dayOf : Number;
    const [low, high] = [found[1] ? read(found[1]) : -Infinity, found[2] ? read(found[2]) : Infinity];
    if (Number.isNaN(low) || Number.isNaN(high)) return null;
    return low <= high ? [low, high] : [high, low];
  }

  function rangeTerm(kind, [low, high]) {
    const write = (value) => (Number.isFinite(value) ? (kind === "date" ? isoOf(value) : plain(value)) : "");
    return `${write(low)}~${write(high)}`;
  }

  /* { min, max, unknown } as terms; a list or a text as it is. */
  function listOf(facet, wanted) {
    if (wanted === null || typeof wanted !== "object" || Array.isArray(wanted)) return [wanted ?? []].flat();
    const { min, max, unknown } = wanted;
    const given = [min, max].some((end) => end !== undefined && end !== null && end !== "");
    const known = given ? [`${min ?? ""}~${max ?? ""}`] : unknown === "not" ? ["~"] : [];
    return unknown === "only" ? [UNKNOWN] : unknown === "also" ? [...known, UNKNOWN] : known;
  }

  function cleanRange(facet, terms) {
    const ends = terms.slice(0, 20).map((term) => endsOf(facet.kind, term)).filter(Boolean);
    const known = [...new Set(ends.map((pair) => rangeTerm(facet.kind, pair)))];
    const all = terms.includes(UNKNOWN) ? [...known, UNKNOWN] : known;
    return all.includes("~") && all.includes(UNKNOWN) ? [] : all; // any known and the unknown: everything
  }

  function cleanTerms(facet, wanted) {
    const terms = listOf(facet, wanted).map(String);
    if (facet.ranged) return cleanRange(facet, terms);
    const asked = new Set(terms);
    return [...facet.options, UNKNOWN].filter((term) => asked.has(term));
  }

  /* ---- columns: what a facet looks at in a layer */

  /* Records by the options that they have: { codes: record -> code, of: code -> indices of options }. */
  function coded(n, valuesOf, options) {
    const place = new Map(options.map((value, k) => [value, k]));
    const codes = new Uint16Array(n);
    const [of, known] = [[], new Map()];
    for (let i = 0; i < n; i++) {
      const values = valuesOf(i);
      const key = values.join("\u0000");
      if (!known.has(key)) {
        known.set(key, of.length);
        of.push(values.map((value) => place.get(value)).filter((k) => k !== undefined));
      }
      codes[i] = known.get(key);
    }
    return { codes, of };
  }

  /* The same from a column that is coded already. */
  function recoded(column, options) {
    const place = new Map(options.map((value, k) => [value, k]));
    const of = [[], ...column.values.map((value) => [value].flat().map((one) => place.get(String(one))))];
    return { codes: column.codes, of: of.map((list) => list.filter((k) => k !== undefined)) };
  }

  function numbersOf(layer, fields) {
    const columns = fields.map((field) => [layer.column(field).numbers, field.endsWith("_year")]);
    const [[first]] = columns;
    if (columns.length === 1) return first ?? new Float64Array(layer.n).fill(NaN);
    const read = (values, isYear, i) => (isYear ? Date.UTC(values[i], 11, 31) / DAY : values[i]);
    return Float64Array.from({ length: layer.n }, (_, i) => {
      for (const [values, isYear] of columns)
        if (values && values[i] === values[i]) return read(values, isYear, i);
      return NaN;
    });
  }

  /* Booleans as 1 true, 2 false, 0 unknown. */
  function flagsOf(layer, fields) {
    return fields.map((field) => {
      const column = layer.column(field);
      return Uint8Array.from({ length: layer.n }, (_, i) => ({ true: 1, false: 2 })[column.get(i)] ?? 0);
    });
  }

  const listed = (value) => (value === null || value === undefined ? [] : [value].flat().map(String));

  /* ---- facets */

  function pairOf(layer, field) {
    const by = field.domain_by.field;
    return (i) => {
      const value = layer.get(i, field.name);
      return value === null ? [] : [`${layer.get(i, by) ?? ""}:${value}`];
    };
  }

  const valuesIn = (layer, valuesOf) => {
    const found = new Set();
    for (let i = 0; i < layer.n; i++) for (const value of valuesOf(i)) found.add(value);
    return [...found];
  };

  function createFacets(data, ranks) {
    const schemaOf = (layer, name) => data.schema.layers[layer]?.fields.find((field) => field.name === name);
    const reader = (layer, field) =>
      field.domain_by ? pairOf(layer, field) : (i) => listed(layer.get(i, field.name));

    /* Words that the schema or another layer has for the field's values, then whatever else stands there. */
    function optionsOf(facet) {
      const own = facet.layers.flatMap((name) => {
        const field = facet.field(name);
        const found = valuesIn(data.layer(name), reader(data.layer(name), field));
        const order = field.ref ? (ranks[field.ref] ?? []) : field.type === "boolean" ? ["true", "false"]
          : (data.schema.domains[field.domain] ?? []).map(([value]) => value);
        const rest = found.filter((value) => !order.includes(value)).sort();
        return field.domain_by ? [...found].sort() : [...order, ...rest];
      });
      return [...new Set(own)];
    }

    function facet(spec) {
      const fieldsOf = (name) => [spec[name] ?? []].flat().filter((field) => schemaOf(name, field));
      const layers = ["sites", "carriers"].filter((name) => data.layer(name) && fieldsOf(name).length);
      const made = {
        ...spec,
        layers,
        ranged: ["range", "distance", "date"].includes(spec.kind),
        fieldsOf,
        field: (name) => schemaOf(name, fieldsOf(name)[0]),
        on: (name) => layers.includes(name),
      };
      made.options = spec.kind === "flags" ? layers.flatMap(fieldsOf)
        : spec.kind === "lens" ? Lenses.allowed(data)[spec.key]
        : made.ranged ? [] : optionsOf(made);
      return made;
    }

    /* The lenses' own filters that the table does not name, and the uses of blocks planned for no sector. */
    const specs = data.filters.filters.map(facet).filter((one) => one.layers.length || one.kind === "refs");
    const named = new Set(specs.map(({ key }) => key));
    const silent = (key, options, layers) => ({ key, kind: "lens", options, layers, silent: true,
      ranged: false, fieldsOf: () => [], field: () => null, on: (name) => layers.includes(name) });
    const lenses = Lenses.FILTERS.filter((key) => !named.has(key))
      .map((key) => silent(key, Lenses.allowed(data)[key], data.layer("sites") ? ["sites"] : []));
    const bare = ["status", "sector", "park"].filter((key) => !named.has(key)).map((key) => silent(key, [], []));
    return [...specs, ...bare, silent("land", Object.keys(data.style.zoning), []), ...lenses];
  }

  /* ---- passing */

  function passCoded({ codes, of }, terms, options) {
    const wanted = new Set(terms.map((term) => (term === UNKNOWN ? -1 : options.indexOf(term))));
    const want = Uint8Array.from(of, (list) =>
      Number(list.length ? list.some((k) => wanted.has(k)) : wanted.has(-1)));
    const pass = new Uint8Array(codes.length);
    for (let i = 0; i < codes.length; i++) pass[i] = want[codes[i]];
    return pass;
  }

  function passRange(values, terms, kind) {
    const ends = terms.map((term) => endsOf(kind, term)).filter(Boolean);
    const unknown = Number(terms.includes(UNKNOWN));
    // Figures are decimals: 30 ㎡ in mu and back must still be 30 ㎡.
    const room = (end) => (kind === "date" || !Number.isFinite(end) ? 0 : 1e-9 * Math.max(1, Math.abs(end)));
    const pairs = ends.map(([low, high]) => [low - room(low), high + room(high)]);
    const pass = new Uint8Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value !== value) pass[i] = unknown;
      else for (const [low, high] of pairs) if (value >= low && value <= high) pass[i] = 1;
    }
    return pass;
  }

  function passFlags(flags, terms, options) {
    const n = flags[0]?.length ?? 0;
    const lenient = terms.includes(UNKNOWN);
    const chosen = terms.filter((term) => term !== UNKNOWN).map((term) => flags[options.indexOf(term)]);
    const pass = new Uint8Array(n).fill(chosen.length ? 1 : 0);
    if (!chosen.length) for (const flag of flags) for (let i = 0; i < n; i++) pass[i] |= flag[i] === 0;
    for (const flag of chosen)
      for (let i = 0; i < n; i++) pass[i] &= flag[i] === 1 || (lenient && flag[i] === 0);
    return pass;
  }

  /* ---- counting */

  const sumOf = () => ({ n: 0, sum: 0 });
  function add(to, amount) {
    to.n += 1;
    to.sum += amount;
  }

  function countCoded({ codes, of }, options, rows, sizes) {
    const [counts, amounts] = [new Uint32Array(of.length), new Float64Array(of.length)];
    for (let k = 0; k < rows.length; k++) {
      const code = codes[rows[k]];
      counts[code] += 1;
      amounts[code] += sizes[rows[k]];
    }
    const sums = options.map(sumOf);
    const unknown = sumOf();
    of.forEach((list, code) => {
      for (const to of list.length ? list.map((k) => sums[k]) : [unknown]) {
        to.n += counts[code];
        to.sum += amounts[code];
      }
    });
    return { options: options.map((value, k) => ({ value, ...sums[k] })), unknown };
  }

  function countFlags(flags, options, rows, sizes, terms) {
    const chosen = terms.filter((term) => term !== UNKNOWN).map((term) => flags[options.indexOf(term)]);
    const looked = chosen.length ? chosen : flags;
    const lenient = terms.includes(UNKNOWN);
    const [sums, unknown] = [options.map(sumOf), sumOf()];
    for (const i of rows) {
      let [met, sound, open] = [true, true, false];
      for (const flag of chosen) {
        met &&= flag[i] === 1 || (lenient && flag[i] === 0);
        sound &&= flag[i] !== 2;
      }
      for (const flag of looked) open ||= flag[i] === 0;
      for (let k = 0; met && k < flags.length; k++) if (flags[k][i] === 1) add(sums[k], sizes[i]);
      if (open && sound) add(unknown, sizes[i]);
    }
    return { options: options.map((value, k) => ({ value, ...sums[k] })), unknown };
  }

  function spanOf(values) {
    let [low, high] = [Infinity, -Infinity];
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    return low <= high ? { low, high } : null;
  }

  function countRange(column, rows, sizes) {
    const { values, span } = column;
    const bins = new Uint32Array(span && span.high > span.low ? BINS : span ? 1 : 0);
    const scale = span && span.high > span.low ? BINS / (span.high - span.low) : 0;
    const unknown = sumOf();
    for (const i of rows) {
      const value = values[i];
      if (value !== value) add(unknown, sizes[i]);
      else bins[Math.min(bins.length - 1, Math.floor((value - span.low) * scale))] += 1;
    }
    return { options: [], unknown, bins, span };
  }

  /* ---- several facets together; small loops over typed arrays, for they run over every record */

  function note(pass, k, fails, failing) {
    for (let i = 0; i < pass.length; i++) {
      if (pass[i] === 1) continue;
      fails[i] += 1;
      failing[i] = k;
    }
  }

  function none(fails) {
    const shown = new Uint8Array(fails.length);
    for (let i = 0; i < fails.length; i++) shown[i] = fails[i] === 0 ? 1 : 0;
    return shown;
  }

  /* ---- all of it */

  function create(data, { ranks }) {
    const facets = createFacets(data, ranks);
    const byKey = new Map(facets.map((facet) => [facet.key, facet]));
    const columns = new Map();

    function columnOf(facet, name) {
      const at = `${facet.key} ${name}`;
      if (!columns.has(at)) columns.set(at, makeColumn(facet, data.layer(name)));
      return columns.get(at);
    }

    function makeColumn(facet, layer) {
      const fields = facet.fieldsOf(layer.name);
      if (facet.kind === "flags") return flagsOf(layer, fields);
      if (facet.kind === "lens") {
        const part = Lenses.of(data).get(Lenses.lensOfFilter[facet.key]).part(layer.name);
        return { codes: part.codes, of: part.looks.map(({ classes }) => classes) };
      }
      if (facet.ranged) {
        const values = numbersOf(layer, fields);
        return { values, span: spanOf(values) };
      }
      const field = facet.field(layer.name);
      const column = layer.column(field.name);
      if (field.domain_by) return coded(layer.n, pairOf(layer, field), facet.options);
      if (column.codes) return recoded(column, facet.options);
      return coded(layer.n, (i) => listed(column.get(i)), facet.options);
    }

    function pass(facet, name, terms) {
      const column = columnOf(facet, name);
      if (facet.kind === "flags") return passFlags(column, terms, facet.options);
      if (facet.ranged) return passRange(column.values, terms, facet.kind);
      return passCoded(column, terms, facet.options);
    }

    /* The last answer of each facet: while one is turned, the others stand still. */
    const passes = new Map();
    function passOf(facet, name, terms) {
      const [at, said] = [`${facet.key} ${name}`, terms.join("\u0000")];
      if (passes.get(at)?.said !== said) passes.set(at, { said, pass: pass(facet, name, terms) });
      return passes.get(at).pass;
    }

    const active = (name, filter) => facets.filter((facet) => facet.on(name) && filter[facet.key]?.length);

    /* How many facets a record fails, and which of them, where it is one: made once for each filter. */
    const kept = new WeakMap();
    function weigh(name, filter) {
      if (!kept.has(filter)) kept.set(filter, {});
      return (kept.get(filter)[name] ??= measure(name, filter));
    }
    function measure(name, filter) {
      const { n } = data.layer(name);
      const asked = active(name, filter);
      const [fails, failing] = [new Uint8Array(n), new Uint8Array(n)];
      asked.forEach((facet, k) => note(passOf(facet, name, filter[facet.key]), k, fails, failing));
      return { asked, fails, failing, shown: asked.length ? none(fails) : null };
    }

    const sizes = new Map();
    function sizesOf(name) {
      if (!sizes.has(name)) {
        const numbers = data.layer(name).column(data.filters.total[name]).numbers;
        sizes.set(name, Float64Array.from({ length: data.layer(name).n }, (_, i) => numbers?.[i] || 0));
      }
      return sizes.get(name);
    }

    /* The records that pass all facets but this one; for facets that ask nothing they are the same. */
    function others(name, filter, key, within) {
      const weighed = weigh(name, filter);
      const { asked, fails, failing } = weighed;
      const k = asked.findIndex((facet) => facet.key === key);
      if (k < 0 && weighed.passing?.within === within) return weighed.passing.rows;
      const rows = new Int32Array(fails.length);
      let count = 0;
      for (let i = 0; i < fails.length; i++)
        if ((fails[i] === 0 || (fails[i] === 1 && failing[i] === k)) && (!within || within[i])) rows[count++] = i;
      const found = rows.subarray(0, count);
      if (k < 0) weighed.passing = { within, rows: found };
      return found;
    }

    function tally(name, filter, key, within = null) {
      const facet = byKey.get(key);
      const rows = others(name, filter, key, within);
      const [column, amounts] = [columnOf(facet, name), sizesOf(name)];
      const { fails } = weigh(name, filter);
      const passing = sumOf();
      for (const i of rows) if (fails[i] === 0) add(passing, amounts[i]);
      const counted = facet.ranged ? countRange(column, rows, amounts)
        : facet.kind === "flags" ? countFlags(column, facet.options, rows, amounts, filter[key] ?? [])
        : countCoded(column, facet.options, rows, amounts);
      return { ...counted, passing };
    }

    function clean(spec) {
      const wanted = spec !== null && typeof spec === "object" ? spec : {};
      const own = (key) => (Object.hasOwn(wanted, key) ? wanted[key] : []);
      return Object.freeze(Object.fromEntries(facets.map((facet) =>
        [facet.key, Object.freeze(cleanTerms(facet, own(facet.key)))])));
    }

    const of = (name) => facets.filter((facet) => facet.on(name) && !facet.silent);
    return {
      keys: facets.map(({ key }) => key),
      facets,
      get: (key) => byKey.get(key),
      of,
      clean,
      mask: (name, filter) => weigh(name, filter).shown,
      tally,
      sizesOf,
      spanOf: (name, key) => columnOf(byKey.get(key), name).span,
    };
  }

  return { create, UNKNOWN, endsOf, rangeTerm, dayOf, isoOf };
})();
