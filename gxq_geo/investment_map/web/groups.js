/* Sites that touch, judged together where an area is wanted that some have only together: the same as
   `gxq_geo.groups.Grouped`. Which sites touch comes with the data: data.beside, two lists of rows.

   groups.of(need, passing)   best first: [{ rows, ids, area, tier, score, known, parts }], without those that fail;
                              passing: the rows that filters leave, or null */
const createGroups = (data, match) => {
  const MOST = 8; // sites in a group, as GROUP_SITES of matching.py
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

  /* First what is enough, with the least to spare; else the largest; then by id. */
  function nearer(a, b, areas, short) {
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
      for (const one of group)
        for (const k of beside.get(one))
          if (usable[k] && !group.includes(k) && (best < 0 || nearer(k, best, areas, wanted - total))) best = k;
      if (best < 0) break;
      group.push(best);
      total += areas[best];
    }
    return spared(group, areas, wanted).sort((a, b) => a - b);
  }

  /* The group without the sites, the first first, that the others can do without. */
  function spared(group, areas, wanted) {
    for (const one of group) {
      const rest = group.filter((k) => k !== one);
      if (rest.length && sum(rest, areas) >= wanted && inOnePiece(rest)) return spared(rest, areas, wanted);
    }
    return group;
  }

  function inOnePiece(group) {
    const seen = new Set([group[0]]);
    for (const one of seen) for (const k of beside.get(one)) if (group.includes(k)) seen.add(k);
    return seen.size === group.length;
  }

  function grown({ active, parts }, wanted, passing) {
    const areas = sites.column(AREA).numbers ?? new Float64Array(sites.n).fill(NaN);
    const hard = parts.filter((_, k) => active[k].hard && active[k].field !== AREA);
    const usable = Array.from({ length: sites.n }, (_, i) => areas[i] < wanted && (!passing || passing[i] === 1) && hard.every(({ verdict }) => verdict[i] < FAIL));
    const seeds = [...beside.keys()].filter((k) => usable[k]).sort(byId);
    const found = new Map(seeds.map((seed) => grow(seed, usable, areas, wanted)).map((group) => [group.join(), group]));
    return [...found.values()].filter((group) => group.length > 1);
  }

  /* What is judged of each group: that of the least of its sites. */
  function weakest(part, groups) {
    const least = groups.map((group) => group.reduce((a, b) => (part.verdict[b] > part.verdict[a] || (part.verdict[b] === part.verdict[a] && part.value[b] < part.value[a]) ? b : a)));
    const of = (values) => least.map((k) => values[k]);
    return { verdict: of(part.verdict), value: of(part.value), gap: of(part.gap), figure: (i) => part.figure(least[i]) };
  }

  const NONE = [];
  let last = {};
  function of(need, passing) {
    if (need?.layer !== "sites" || !need.wants[AREA] || !beside.size) return NONE;
    if (last.need !== need || last.passing !== passing) last = { need, passing, made: make(need, passing) };
    return last.made;
  }

  function make(need, passing) {
    const found = match.found(need);
    const groups = grown(found, need.wants[AREA], passing);
    const areas = sites.column(AREA).numbers;
    const sizes = Float64Array.from(groups, (group) => match.millionths(sum(group, areas)));
    const together = { n: groups.length, get: (i) => sizes[i], column: () => ({ numbers: sizes }) };
    const parts = found.active.map((one, k) => (one.field === AREA ? match.judge(one, together, need.wants[one.want]) : weakest(found.parts[k], groups)));
    const { tier, score, known } = match.totals(found.active, parts, groups.length);
    return groups
      .map((rows, i) => ({ rows, i, ids: rows.map((k) => sites.id(k)).sort(match.byCodePoint), area: sizes[i], tier: tier[i], score: score[i], known: known[i], parts, active: found.active }))
      .filter(({ tier: one }) => one !== FAIL)
      .sort((a, b) => a.tier - b.tier || b.score - a.score || match.byCodePoint(a.ids.join("+"), b.ids.join("+")));
  }

  /* The same in plain values, for window.gxq. */
  const list = (need) => of(need, null).map(({ ids, area, tier, score, known }, k) =>
    ({ rank: k + 1, id: ids.join("+"), ids, area_mu: area, score, verdict: match.VERDICTS[tier], completeness: known }));

  return { of, list };
};
