/** How many letters have to be added, left out or replaced, or neighbours swapped, to make one text the other. */
export function editDistance(one: string, other: string): number {
  let [before, row]: number[][] = [[], Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = at(row, j - 1) + (one[i - 1] === other[j - 1] ? 0 : 1);
      const isSwapped = one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const swapped = isSwapped ? at(before, j - 2) + 1 : Infinity;
      next[j] = Math.min(at(row, j) + 1, at(next, j - 1) + 1, replaced, swapped);
    }
    [before, row] = [row, next];
  }
  return at(row, other.length);
}

function at(row: readonly number[] | undefined, index: number): number {
  return row?.[index] ?? Infinity;
}
