/**
 * Benjamini-Hochberg adjusted p-values (1995; `scipy.stats.false_discovery_control`), in the order given: rejecting
 * what is ≤ q keeps the expected share of false rejections ≤ q for independent and positively dependent tests. A NaN (a
 * test that could not be made) stays NaN and does not count as a test. No tests give an empty array.
 */
export function adjustPValues(pValues: readonly number[]): number[] {
  const adjusted = pValues.map(() => Number.NaN);
  const descending = pValues
    .map((p, index) => ({ p, index }))
    .filter(({ p }) => !Number.isNaN(p))
    .sort((a, b) => b.p - a.p);
  let smallest = 1;
  descending.forEach(({ p, index }, position) => {
    smallest = Math.min(smallest, (p * descending.length) / (descending.length - position));
    adjusted[index] = smallest;
  });
  return adjusted;
}
