/* Which boxes on the map are taken. A box is [left, top, right, bottom] in css px. */

export const meets = (a, b) => a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];

export function createCollisionIndex() {
  const taken = [];
  const isFree = (boxes) => !boxes.some((box) => taken.some((other) => meets(box, other)));
  const insert = (boxes) => taken.push(...boxes);
  /* Inserts the boxes if all of them are free, and says whether they were. */
  function tryInsert(boxes) {
    if (!isFree(boxes)) return false;
    insert(boxes);
    return true;
  }
  return { isFree, insert, tryInsert };
}
