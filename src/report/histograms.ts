import type { CategoricalProfile, CategoricalSpec } from '../profile/categorical.ts';
import { nextBelow } from '../profile/grid.ts';
import type { NumericProfile, NumericSpec } from '../profile/numeric.ts';

export interface NumericHistogram {
  edges: number[];
  baseline: number[];
  window: number[];
}

const BINS = 20;

/**
 * Finite values of both sides on shared edges: about 20 bins of equal width over the baseline's central 99 %, moved to the
 * nearest edges of its grid (rows are counted there and nowhere else), with what lies outside in bins of its own. Up to 20
 * different values have a bin each.
 */
export function numericHistogram(
  spec: NumericSpec,
  baseline: NumericProfile,
  window: NumericProfile,
): NumericHistogram {
  const { edges } = spec.grid;
  const cells = chosenCells(spec, baseline.counts);
  const first = edges[0] ?? 0;
  const last = edges.at(-1) ?? 0;
  const isEmpty = (cell: number) => baseline.counts[cell] === 0 && window.counts[cell] === 0;
  const shown = cells.map((cell) => {
    const edge = edges[cell] ?? last;
    // Where no row lies between two values the border may, and is seen best, in the middle.
    if (!endsBelowPoint(spec, cell) || !isEmpty(cell)) return edge;
    return Math.min(edge, (edges[cell - 1] ?? edge) / 2 + (edges[cell + 1] ?? edge) / 2);
  });
  const bins = (profile: NumericProfile) => {
    let from = 0;
    return cells.map((cell) => {
      let sum = 0;
      for (; from <= cell; from++) sum += profile.counts[from] ?? 0;
      return sum;
    });
  };
  const histogram = { edges: [first, ...shown], baseline: bins(baseline), window: bins(window) };
  const lowest = Math.min(first, baseline.min ?? first, window.min ?? first);
  const highest = Math.max(last, baseline.max ?? last, window.max ?? last);
  if (lowest < first) {
    // The smallest value of the training data is not below them.
    histogram.edges.splice(0, 1, lowest, nextBelow('float64', first));
    histogram.baseline.unshift(baseline.below);
    histogram.window.unshift(window.below);
  }
  if (highest > last) {
    histogram.edges.push(highest);
    histogram.baseline.push(baseline.above);
    histogram.window.push(window.above);
  }
  return histogram;
}

/** Cells at whose upper edge a bin ends, ascending; the last is the last cell. */
function chosenCells(spec: NumericSpec, counts: Float64Array): number[] {
  const { edges, values } = spec.grid;
  const chosen = new Set<number>();
  if (values.length <= BINS) {
    for (let cell = 1; cell < edges.length; cell++) if (endsBelowPoint(spec, cell)) chosen.add(cell);
  } else {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const central = [quantileCell(counts, 0.005 * total), quantileCell(counts, 0.995 * total)] as const;
    const [from, to] = central[0] < central[1] ? central : ([0, edges.length - 1] as const);
    const low = edges[from] ?? 0;
    const width = ((edges[to] ?? 0) - low) / (BINS - 2);
    for (let bin = 0; bin < BINS - 1; bin++) chosen.add(nearest(edges, low + bin * width));
    // The smallest value has no width: it belongs to the first bin.
    chosen.delete(0);
  }
  chosen.add(edges.length - 1);
  return [...chosen].sort((a, b) => a - b);
}

/** Whether a cell holds what lies between two values of the training data, the upper one being a cell of its own. */
function endsBelowPoint({ grid }: NumericSpec, cell: number): boolean {
  return grid.isPoint[cell] === 0 && grid.isPoint[cell + 1] === 1;
}

function quantileCell(counts: Float64Array, rank: number): number {
  let cumulative = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    cumulative += counts[cell] ?? 0;
    if (cumulative >= rank && cumulative > 0) return cell;
  }
  return counts.length - 1;
}

function nearest(edges: Float64Array, value: number): number {
  let best = 0;
  for (let cell = 1; cell < edges.length; cell++) {
    if (Math.abs((edges[cell] ?? 0) - value) < Math.abs((edges[best] ?? 0) - value)) best = cell;
  }
  return best;
}

export interface CategoricalHistogram {
  values: string[];
  baseline: number[];
  window: number[];
  other: { baseline: number; window: number };
}

/** The values that are most frequent on either side, unseen ones included, and all others together. */
export function categoricalHistogram(
  spec: CategoricalSpec,
  baseline: CategoricalProfile,
  window: CategoricalProfile,
): CategoricalHistogram {
  const known = spec.values.map((value, index) => ({
    value,
    baseline: baseline.counts[index] ?? 0,
    window: window.counts[index] ?? 0,
  }));
  const unseen = window.examples.map(({ value, count }) => ({ value, baseline: 0, window: count }));
  const all = [...known, ...unseen];
  const totals = (side: 'baseline' | 'window') =>
    Math.max(
      1,
      all.reduce((sum, entry) => sum + entry[side], 0),
    );
  const [n, m] = [totals('baseline'), totals('window')];
  const weight = (entry: (typeof all)[number]) => Math.max(entry.baseline / n, entry.window / m);
  const shown = all
    .filter((entry) => weight(entry) > 0)
    .sort((a, b) => weight(b) - weight(a) || (a.value < b.value ? -1 : 1))
    .slice(0, BINS);
  const rest = (profile: CategoricalProfile, side: 'baseline' | 'window') =>
    profile.counts.reduce((sum, count) => sum + count, profile.rare + profile.unseen) -
    shown.reduce((sum, entry) => sum + entry[side], 0);
  return {
    values: shown.map(({ value }) => value),
    baseline: shown.map((entry) => entry.baseline),
    window: shown.map((entry) => entry.window),
    other: { baseline: rest(baseline, 'baseline'), window: rest(window, 'window') },
  };
}
