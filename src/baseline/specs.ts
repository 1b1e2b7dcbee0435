import type { CategoricalSpec } from '../profile/categorical.ts';
import { type EmbeddingSpec, residualFloor } from '../profile/embedding.ts';
import { buildGrid, roundTo } from '../profile/grid.ts';
import type { NumericSpec } from '../profile/numeric.ts';
import type { Precision } from '../scan/source-columns.ts';

/** How columns are to be counted, from what was seen of the training data: pure functions, without files. */

/** Most values that a categorical column counts one by one, and most that it remembers besides. */
export const MAX_VALUES = 1000;

/** `sorted`: finite values of the training data or a sample of them, ascending. Undefined without any. */
export function numericSpec(
  name: string,
  temporal: boolean,
  precision: Precision,
  sorted: Float64Array,
): NumericSpec | undefined {
  if (sorted.length === 0) return undefined;
  const rounded = sorted.map((value) => roundTo(precision, value));
  const { centre, scale } = typicalSize(rounded);
  return { type: 'numeric', name, temporal, grid: buildGrid(rounded, precision), centre, scale };
}

/**
 * Median and half the width of the central 99 %: a single outlier in the training data must not fix the quantum of sums.
 */
function typicalSize(sorted: Float64Array): { centre: number; scale: number } {
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const centre = at(0.5);
  const scale = (at(0.995) - at(0.005)) / 2 || Math.abs(centre) || 1;
  return { centre, scale: Number.isFinite(scale) ? scale : Number.MAX_VALUE / 4 };
}

/**
 * `frequent`: the most frequent of `distinct` values, by their rows in the half of the training data that chooses; those
 * which that half does not hold are rare.
 */
export function categoricalSpec(
  name: string,
  boolean: boolean,
  frequent: readonly { readonly value: string; readonly choosing: number }[],
  distinct: number,
): CategoricalSpec {
  const chosen = frequent.filter(({ choosing }) => choosing > 0).slice(0, MAX_VALUES);
  const others = new Set(frequent);
  for (const value of chosen) others.delete(value);
  const rare = [...others].slice(0, MAX_VALUES);
  return {
    type: 'categorical',
    name,
    boolean,
    values: chosen.map(({ value }) => value),
    rare: rare.map(({ value }) => value),
    complete: chosen.length + rare.length === distinct,
  };
}

/** What a meter finds of the vectors of the half that counts or of a sample of them, each list ascending. */
export interface Measured {
  readonly norms: Float64Array;
  readonly cosines: Float64Array;
  readonly residuals: Float64Array;
  /** One list a component. */
  readonly scores: readonly Float64Array[];
}

/** `subspace`: of the half of the training rows that chooses. Undefined without a usable vector in either half. */
export function embeddingSpec(
  name: string,
  subspace: Pick<EmbeddingSpec, 'dimension' | 'centroid' | 'components' | 'variances' | 'totalVariance'>,
  { norms, cosines, residuals, scores }: Measured,
): EmbeddingSpec | undefined {
  const norm = numericSpec(`${name} norm`, false, 'float64', norms);
  const cosine = numericSpec(`${name} cosine`, false, 'float64', cosines);
  if (norm === undefined || cosine === undefined) return undefined;
  const floor = residualFloor(norm.centre);
  const residual = numericSpec(
    `${name} residual`,
    false,
    'float64',
    residuals.map((value) => (value < floor ? 0 : value)),
  );
  const along = scores.flatMap((values, index) => {
    return numericSpec(`${name} component ${index + 1}`, false, 'float64', values) ?? [];
  });
  if (residual === undefined) return undefined;
  const { dimension, centroid, components, variances, totalVariance } = subspace;
  const scale = norm.centre / Math.sqrt(dimension);
  const fitted = { dimension, centroid, components, variances, totalVariance, scale };
  return { type: 'embedding', name, ...fitted, norm, cosine, residual, scores: along };
}
