/* The order of the sectors, the colour of each, and what land without a sector is used for. Paper has the same: documents/drawing/layers.py and styles.py. */

/* The rows of the sectors by rank, then as in the layer. */
export function sectorRows(data) {
  const sectors = data.layer("sectors");
  const rank = (i) => sectors.get(i, "rank") ?? Infinity;
  return Array.from({ length: sectors?.n ?? 0 }, (_, i) => i).sort((a, b) => (rank(a) === rank(b) ? a - b : rank(a) - rank(b)));
}

/* Sector id -> token of its colour: the k-th sector has the k-th colour; after the last comes the first. */
export function sectorTokens(data) {
  const names = data.style.sectors;
  return new Map(sectorRows(data).map((i, k) => [data.layer("sectors").id(i), names[k % names.length]]));
}

/* The use of a block that is planned for no sector: living and retail, green, or public, by the first letter of its
   land use code. */
export function useOf(style, code) {
  const uses = Object.entries(style.zoning);
  return (uses.find(([, { codes }]) => code && codes?.includes(code[0])) ?? uses.at(-1))[0];
}
