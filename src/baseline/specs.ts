import type { CategoricalSpec } from '../profile/categorical.ts';
import type { EmbeddingSpec } from '../profile/embedding.ts';
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

/**
 * `centroid`: direction of the mean vector of the half of the training rows that chooses. `norms` and `cosines`: of the
 * other half's usable vectors or a sample of them, ascending. Undefined without any.
 */
export function embeddingSpec(
  name: string,
  centroid: Float32Array,
  norms: Float64Array,
  cosines: Float64Array,
): EmbeddingSpec | undefined {
  const norm = numericSpec(`${name} norm`, false, 'float64', norms);
  const cosine = numericSpec(`${name} cosine`, false, 'float64', cosines);
  if (norm === undefined || cosine === undefined) return undefined;
  const scale = norm.centre / Math.sqrt(centroid.length);
  return { type: 'embedding', name, dimension: centroid.length, centroid, scale, norm, cosine };
}
