/** Points of one sample, one a row: `rows` × `dimension` finite numbers, row after row. */
export interface Sample {
  readonly rows: number;
  readonly dimension: number;
  readonly values: Float64Array | Float32Array;
}

/**
 * The points of both samples as doubles, those of `x` first, for measures that compare every row with every other.
 *
 * @returns undefined where a value is NaN or infinite, or a sample has fewer than 2 rows or no dimension: no measure of
 *   two samples answers then
 * @throws RangeError where the dimensions differ, or a sample's values are not rows × dimension
 */
export function poolSamples(x: Sample, y: Sample): { values: Float64Array; n: number; m: number } | undefined {
  if (x.dimension !== y.dimension) {
    throw new RangeError(
      `the samples have ${x.dimension} and ${y.dimension} dimensions; project both on the same axes`,
    );
  }
  for (const { rows, dimension, values } of [x, y]) {
    if (values.length !== rows * dimension) {
      throw new RangeError(`a sample of ${rows} rows in ${dimension} dimensions has ${values.length} values`);
    }
  }
  if (x.rows < 2 || y.rows < 2 || x.dimension === 0) return undefined;
  const values = new Float64Array(x.values.length + y.values.length);
  values.set(x.values);
  values.set(y.values, x.values.length);
  return values.every(Number.isFinite) ? { values, n: x.rows, m: y.rows } : undefined;
}
