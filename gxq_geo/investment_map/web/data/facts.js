/* What follows from the records of the layers: which pass a filter, and the sums that panel, legend and card show. */
import { createFilters } from "../filters/filters.js";
import * as Lenses from "./lenses.js";
import { sectorTokens, useOf } from "./sectors.js";

/** @param {import("./decode.js").Data} data */
export function createFacts(data) {
  const layer = (name) => data.layer(name);
  const size = (name) => layer(name)?.n ?? 0;
  /* The bounds [w, s, e, n] of the zone, or undefined where nothing has a geometry. */
  const extent = () => ["zone_frame", "parks", "sites"].map((name) => layer(name)?.extent).find(Boolean);
  const number = (value) => (typeof value === "number" ? value : 0);

  const LAND = Object.keys(data.style.zoning);
  const landOf = (code) => useOf(data.style, code);

  const tokens = sectorTokens(data);
  const sectors = [...tokens.keys()];
  /* The colour of a sector depends on its rank, as on the map. */
  const sectorColour = (id) => `var(--${tokens.get(id)})`;
  const statuses = (data.schema.domains.site_status ?? []).map(([value]) => value);
  const parks = [...Array(size("parks")).keys()].map((i) => layer("parks").id(i));

  const meets = (wanted, values) => !wanted.length || values.some((value) => wanted.includes(value));

  /* Sites and carriers have the filters of data/filters.toml; blocks and parks pass by park, sector and use. */
  const filters = createFilters(data, { ranks: { sectors, parks } });
  const passes = {
    zoning: (records, i, f) => meets(f.park, [records.get(i, "park_id")]) && meetsUse(records, i, f),
    parks: (records, i, f) => meets(f.park, [records.id(i)]),
  };

  function meetsUse(records, i, f) {
    if (!f.sector.length && !f.land.length) return true;
    const planned = records.get(i, "sectors") || [];
    return planned.length
      ? planned.some((id) => f.sector.includes(id))
      : f.land.includes(landOf(records.get(i, "land_use")));
  }

  /* 1 for each record that passes; null without a filter. */
  function mask(name, filter) {
    const records = layer(name);
    if (!records || Object.values(filter).every((values) => !values.length)) return null;
    if (!passes[name]) return filters.mask(name, filter);
    const shown = new Uint8Array(records.n);
    for (let i = 0; i < records.n; i++) shown[i] = passes[name](records, i, filter) ? 1 : 0;
    for (const { codes, wanted } of Lenses.tests(data, name, filter)) codes.forEach((code, i) => { shown[i] &= wanted[code]; });
    return shown;
  }

  function indices(name, filter) {
    const shown = mask(name, filter);
    const rows = [];
    for (let i = 0; i < size(name); i++) if (!shown || shown[i]) rows.push(i);
    return rows;
  }

  /* The available sites of a mask (null for all): how many there are, and their area in mu. */
  function available(shown) {
    const [status, sizes] = layer("sites") ? [layer("sites").column("status"), filters.sizesOf("sites")] : [];
    const sum = { n: 0, sum: 0 };
    for (let i = 0; i < size("sites"); i++) {
      if ((shown && !shown[i]) || status.get(i) !== "available") continue;
      sum.n += 1;
      sum.sum += sizes[i];
    }
    return sum;
  }

  /* Sites by status: { available: { n, mu }, ... }, every status in order. */
  function byStatus(rows) {
    const records = layer("sites");
    const sums = Object.fromEntries(statuses.map((status) => [status, { n: 0, mu: 0 }]));
    for (const i of rows) {
      const sum = sums[records.get(i, "status")];
      if (!sum) continue;
      sum.n += 1;
      sum.mu += number(records.get(i, "area_mu"));
    }
    return sums;
  }

  /* Zoned area by use: { equipment: { n, km2 }, ..., living: { n, km2 } }; a mixed block is shared evenly. */
  function byUse(rows) {
    const records = layer("zoning");
    const sums = Object.fromEntries([...sectors, ...LAND].map((use) => [use, { n: 0, km2: 0 }]));
    for (const i of rows) {
      const planned = records.get(i, "sectors") || [];
      const uses = planned.length ? planned : [landOf(records.get(i, "land_use"))];
      for (const use of uses) {
        const sum = (sums[use] ??= { n: 0, km2: 0 });
        sum.n += 1;
        sum.km2 += number(records.get(i, "area_ha")) / 100 / uses.length;
      }
    }
    return sums;
  }

  /* The records of a layer that have a value in a field. */
  const groups = new Map();
  function groupOf(name, field, value) {
    const key = `${name}.${field}`;
    if (!groups.has(key)) {
      const map = new Map();
      for (let i = 0; i < size(name); i++) {
        const id = layer(name).get(i, field);
        if (map.has(id)) map.get(id).push(i);
        else map.set(id, [i]);
      }
      groups.set(key, map);
    }
    return groups.get(key).get(value) ?? [];
  }

  return {
    initials: data.initials ?? {},
    layer,
    size,
    sectors,
    statuses,
    parks,
    LAND,
    landOf,
    extent,
    filters,
    mask,
    indices,
    sectorColour,
    available,
    byStatus,
    byUse,
    groupOf,
    number,
  };
}
