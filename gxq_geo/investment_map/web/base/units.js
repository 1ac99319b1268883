/* The unit of land: 15 mu are one hectare. */
export const MU_PER_HA = 15;
export const MU_PER_KM2 = 100 * MU_PER_HA;
