/** Bins of the population stability index: unions of the cells on which a numeric column is counted. */
export interface Bin {
  /** Cells `[from, to)` of `orderedCounts`. */
  readonly from: number;
  readonly to: number;
  /** One of the outermost 0.1 %, rather than a decile. */
  readonly tail: boolean;
}

const TAIL_SHARE = 0.001;
const DECILES = 10;

/**
 * The baseline's deciles, its outermost 0.1 % on each side (at least one row) being bins of their own, and so is every value
 * that makes up a decile or more by itself. `counts`: the baseline's, as `orderedCounts` gives them, the first and last cell
 * holding what lies outside of its grid.
 */
export function stabilityBins(counts: ArrayLike<number>): Bin[] {
  const values = Array.from(counts);
  const total = values.reduce((sum, count) => sum + count, 0);
  const allowance = Math.max(1, TAIL_SHARE * total);
  const low = tailCells(values, allowance);
  const high = values.length - tailCells([...values].reverse(), allowance);
  if (low >= high) return [{ from: 0, to: values.length, tail: false }];

  const inner: Bin[] = [];
  let from = low;
  let cumulative = values.slice(0, low).reduce((sum, count) => sum + count, 0);
  for (let cell = low; cell < high; cell++) {
    const count = values[cell] ?? 0;
    if (count * DECILES >= total && cell > from) {
      inner.push({ from, to: cell, tail: false });
      from = cell;
    }
    const before = decile(cumulative, total);
    cumulative += count;
    if (decile(cumulative, total) > before) {
      inner.push({ from, to: cell + 1, tail: false });
      from = cell + 1;
    }
  }
  if (from < high) inner.push({ from, to: high, tail: false });
  return [{ from: 0, to: low, tail: true }, ...inner, { from: high, to: values.length, tail: true }];
}

function decile(cumulative: number, total: number): number {
  return Math.floor((cumulative * DECILES) / total);
}

/** How many of the first cells hold as nearly as possible `allowance` rows; the first, outside of the grid, always. */
function tailCells(counts: readonly number[], allowance: number): number {
  let held = counts[0] ?? 0;
  let cells = 1;
  for (; cells < counts.length; cells++) {
    const count = counts[cells] ?? 0;
    if (held + count - allowance > Math.abs(allowance - held)) break;
    held += count;
  }
  return cells;
}

/**
 * The bins for a test: each tail ends at its last row, and the gap between that and the next value is the next bin's. For
 * the stability index a tail takes the gap, so that an outlier in the training data hides nothing that lies before it; in a
 * test the one row of a small sample's tail would answer for the gaps on both of its sides, which hold twice as many rows of
 * a window without drift.
 */
export function testBins(bins: readonly Bin[], counts: ArrayLike<number>): Bin[] {
  const last = bins.length - 1;
  const starts = bins.map(({ from, to, tail }, index) => {
    let start = from;
    if (index === last && tail) while (start < to - 1 && counts[start] === 0) start += 1;
    if (index === 1) while (start > 1 && counts[start - 1] === 0) start -= 1;
    return start;
  });
  return bins.map((bin, index) => ({ ...bin, from: starts[index] ?? bin.from, to: starts[index + 1] ?? bin.to }));
}

/** Counts of the bins. */
export function binCounts(counts: ArrayLike<number>, bins: readonly Bin[]): number[] {
  return bins.map(({ from, to }) => {
    let sum = 0;
    for (let cell = from; cell < to; cell++) sum += counts[cell] ?? 0;
    return sum;
  });
}
