/** As many as people know from histograms of two samples. */
const BINS = 50;

/**
 * Both samples' counts in bins of equal width between the smallest and the largest value of either, the last closed on
 * both sides: `numpy.histogram(sample, bins, range=(smallest, largest))`. Unlike the cells of a baseline's grid they are
 * the two samples' own, and one value far out leaves the others in few bins. Values that are not finite are not counted.
 */
export function equalWidthCounts(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  bins = BINS,
): { reference: Float64Array; current: Float64Array } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const sample of [reference, current]) {
    for (let i = 0; i < sample.length; i++) {
      const value = sample[i]!;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low === high) {
    low -= 0.5;
    high += 0.5;
  }
  return { reference: countsOf(reference, low, high, bins), current: countsOf(current, low, high, bins) };
}

function countsOf(sample: ArrayLike<number>, low: number, high: number, bins: number): Float64Array {
  const counts = new Float64Array(bins);
  const width = (high - low) / bins;
  const edge = (index: number) => (index === bins ? high : low + index * width);
  for (let i = 0; i < sample.length; i++) {
    const value = sample[i]!;
    if (!Number.isFinite(value)) continue;
    let bin = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    // The quotient may round across an edge; the edges decide.
    if (value < edge(bin)) bin -= 1;
    else if (bin < bins - 1 && value >= edge(bin + 1)) bin += 1;
    counts[bin]! += 1;
  }
  return counts;
}
