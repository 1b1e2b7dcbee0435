/**
 * The sum of one sample's counts per cell (or of its probabilities). NaN where a count is negative, NaN or infinite, so
 * that every measure built on it answers NaN instead of a plausible number.
 */
export function totalCount(counts: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) {
    const count = counts[i]!;
    if (!(count >= 0)) return Number.NaN;
    total += count;
  }
  return total < Number.POSITIVE_INFINITY ? total : Number.NaN;
}

/**
 * Two samples counted on different cells cannot be compared: a mistake of the caller, hence a RangeError and no NaN.
 */
export function requireSameCells(reference: ArrayLike<number>, current: ArrayLike<number>): void {
  if (reference.length !== current.length) {
    throw new RangeError(
      `the two samples are counted on ${reference.length} and ${current.length} cells; count both on the same cells`,
    );
  }
}
