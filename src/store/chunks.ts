/** Far below what a statement may have: 32,766 values on SQLite, 65,535 on PostgreSQL. */
const mostValues = 1000;

/** The values in lists that fit into an `in (…)`, in their order. */
export function chunksOf<Value>(values: readonly Value[]): Value[][] {
  const count = Math.ceil(values.length / mostValues);
  return Array.from({ length: count }, (_, n) => values.slice(n * mostValues, (n + 1) * mostValues));
}
