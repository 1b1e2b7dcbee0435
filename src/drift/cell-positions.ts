import { finiteRows, moments, type NumericProfile } from '../profile/numeric.ts';

/**
 * One value for each cell of `orderedCounts`, ascending: where a cell holds one value that, else its middle. What lies
 * outside of the grid is at its own mean where the moments tell (nothing lies outside on the other side), else half way to
 * the extreme; NaN where infinite values are among it.
 */
export function cellPositions(baseline: NumericProfile, window: NumericProfile): Float64Array {
  const { edges, isPoint } = baseline.spec.grid;
  const first = edges[0] ?? Number.NaN;
  const last = edges.at(-1) ?? Number.NaN;
  const positions = new Float64Array(edges.length + 2);
  edges.forEach((edge, cell) => {
    const before = edges[cell - 1] ?? edge;
    // Halved first: the sum of two large numbers may overflow.
    positions[cell + 1] = isPoint[cell] === 1 ? edge : Math.min(edge, before / 2 + edge / 2);
  });
  const both = [baseline, window];
  const total = (of: (profile: NumericProfile) => number) => both.reduce((sum, profile) => sum + of(profile), 0);
  const below = total((profile) => profile.below);
  const above = total((profile) => profile.above);
  const lowest = Math.min(first, baseline.min ?? first, window.min ?? first);
  const highest = Math.max(last, baseline.max ?? last, window.max ?? last);
  const outside = () => {
    const inside = total(({ counts }) =>
      counts.reduce((sum, count, cell) => sum + count * (positions[cell + 1] ?? 0), 0),
    );
    return total((profile) => finiteRows(profile) * (moments(profile, profile.spec)?.mean ?? 0)) - inside;
  };
  const meanOr = (rows: number, others: number, extreme: number, edge: number) => {
    if (rows === 0) return edge;
    const mean = others === 0 ? outside() / rows : Number.NaN;
    return mean >= Math.min(extreme, edge) && mean <= Math.max(extreme, edge) ? mean : extreme / 2 + edge / 2;
  };
  const anyInfinite = (of: 'negativeInfinity' | 'positiveInfinity') => total((profile) => profile[of]) > 0;
  positions[0] = anyInfinite('negativeInfinity') ? Number.NaN : meanOr(below, above, lowest, first);
  positions[positions.length - 1] = anyInfinite('positiveInfinity') ? Number.NaN : meanOr(above, below, highest, last);
  return positions;
}

/** E(x − μ)⁴/σ⁴ of the rows at their cells' positions; NaN for a constant, 1 at least. Cells without rows do not count. */
export function kurtosis(positions: ArrayLike<number>, counts: ArrayLike<number>): number {
  const average = (of: (x: number) => number) => {
    let sum = 0;
    let rows = 0;
    for (let cell = 0; cell < counts.length; cell++) {
      const count = counts[cell] ?? 0;
      if (count === 0) continue;
      sum += count * of(positions[cell] ?? Number.NaN);
      rows += count;
    }
    return sum / rows;
  };
  const mean = average((x) => x);
  const variance = average((x) => (x - mean) ** 2);
  return Math.max(
    1,
    average((x) => ((x - mean) ** 2 / variance) ** 2),
  );
}
