/* Groups of adjacent sites that are large enough together, as gxq_geo/matching/groups.py finds them. The payload holds
   which sites are adjacent: data.beside, two lists of rows.

   groups.of(need, passing)   best first: [{ rows, ids, area, tier, score, known, parts }], without those that fail;
                              passing: a mask of the sites that pass the filters, or null */
/**
 * @param {import("./decode.js").Data} data
 * @param {ReturnType<typeof import("./match.js").createMatch>} match
 */
export function createGroups(data, match) {
  const MOST = 8; // sites in a group, as GROUP_SITES in gxq_geo/matching
  const AREA = "area_mu";
  const { FAIL } = match;
  const sites = data.layer("sites");

  const beside = new Map();
  const join = (a, b) => (beside.has(a) ? beside.get(a).push(b) : beside.set(a, [b]));
  (data.beside?.[0] ?? []).forEach((left, k) => {
    join(left, data.beside[1][k]);
    join(data.beside[1][k], left);
  });

  const byId = (a, b) => match.byCodePoint(sites.id(a) ?? "", sites.id(b) ?? "") || a - b;
  const sum = (rows, areas) => rows.reduce((total, k) => total + areas[k], 0);

  /* Which of two sites is added first: one that suffices, with the least surplus; else the larger; then by id. */
  function isBefore(a, b, areas, short) {
    const [x, y] = [areas[a] >= short, areas[b] >= short];
    if (x !== y) return x;
    if (areas[a] !== areas[b]) return x ? areas[a] < areas[b] : areas[a] > areas[b];
    return byId(a, b) < 0;
  }

  function grow(seed, usable, areas, wanted) {
    const group = [seed];
    let total = areas[seed];
    while (total < wanted && group.length < MOST) {
      let best = -1;
      for (const member of group)
        for (const k of beside.get(member))
          if (usable[k] && !group.includes(k) && (best < 0 || isBefore(k, best, areas, wanted - total))) best = k;
      if (best < 0) break;
      group.push(best);
      total += areas[best];
    }
    return reduced(group, areas, wanted).sort((a, b) => a - b);
  }

  /* The group without the sites that it does not need, the first ones first. */
  function reduced(group, areas, wanted) {
    for (const member of group) {
      const rest = group.filter((k) => k !== member);
      if (rest.length && sum(rest, areas) >= wanted && isConnected(rest)) return reduced(rest, areas, wanted);
    }
    return group;
  }

  function isConnected(group) {
    const seen = new Set([group[0]]);
    for (const member of seen) for (const k of beside.get(member)) if (group.includes(k)) seen.add(k);
    return seen.size === group.length;
  }

  function groupsOf({ active, parts }, wanted, passing) {
    const areas = sites.column(AREA).numbers ?? new Float64Array(sites.n).fill(NaN);
    const hard = parts.filter((_, k) => active[k].hard && active[k].field !== AREA);
    const usable = Array.from({ length: sites.n }, (_, i) => areas[i] < wanted && (!passing || passing[i] === 1) && hard.every(({ verdict }) => verdict[i] < FAIL));
    const seeds = [...beside.keys()].filter((k) => usable[k]).sort(byId);
    const found = new Map(seeds.map((seed) => grow(seed, usable, areas, wanted)).map((group) => [group.join(), group]));
    return [...found.values()].filter((group) => group.length > 1);
  }

  /* The evaluation of each group by a criterion: that of its weakest site. */
  function weakest(part, groups) {
    const least = groups.map((group) => group.reduce((a, b) => (part.verdict[b] > part.verdict[a] || (part.verdict[b] === part.verdict[a] && part.value[b] < part.value[a]) ? b : a)));
    const of = (values) => least.map((k) => values[k]);
    return { verdict: of(part.verdict), value: of(part.value), gap: of(part.gap), figure: (i) => part.figure(least[i]) };
  }

  const NONE = [];
  let last = { need: null, passing: null, groups: NONE };
  function of(need, passing) {
    if (need?.layer !== "sites" || !need.wants[AREA] || !beside.size) return NONE;
    if (last.need !== need || last.passing !== passing) last = { need, passing, groups: find(need, passing) };
    return last.groups;
  }

  function find(need, passing) {
    const found = match.found(need);
    const groups = groupsOf(found, need.wants[AREA], passing);
    const areas = sites.column(AREA).numbers;
    const sizes = Float64Array.from(groups, (group) => match.millionths(sum(group, areas)));
    const together = { n: groups.length, get: (i) => sizes[i], column: () => ({ numbers: sizes }) };
    const parts = found.active.map((criterion, k) => (criterion.field === AREA ? match.evaluate(criterion, together, need.wants[criterion.want]) : weakest(found.parts[k], groups)));
    const { tier, score, known } = match.totals(found.active, parts, groups.length);
    return groups
      .map((rows, i) => ({ rows, i, ids: rows.map((k) => sites.id(k)).sort(match.byCodePoint), area: sizes[i], tier: tier[i], score: score[i], known: known[i], parts, active: found.active }))
      .filter((group) => group.tier !== FAIL)
      .sort((a, b) => a.tier - b.tier || b.score - a.score || match.byCodePoint(a.ids.join("+"), b.ids.join("+")));
  }

  /* The groups as plain values, for window.gxq. */
  const list = (need) => of(need, null).map(({ ids, area, tier, score, known }, k) =>
    ({ rank: k + 1, id: ids.join("+"), ids, area_mu: area, score, verdict: match.VERDICTS[tier], completeness: known }));

  return { of, list };
}
