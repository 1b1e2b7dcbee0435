/**
 * Counts by one spec say nothing about another one's cells, even where their number is the same. Specs are compared by
 * identity: a run decodes its baseline once, and profiles by that baseline's specs.
 */
export function requireSameSpec<T extends { readonly name: string }>(a: T, b: T): void {
  if (a !== b) throw new Error(`profiles of column '${a.name}' by different baselines cannot be merged`);
}
