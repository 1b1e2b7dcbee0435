import { normalOf } from '../statistics/random.ts';

/** How a column is drawn in the training data: data, so that a scenario says in a line what its logs do differently. */
export type Column = NumberColumn | CategoryColumn | VectorColumn;

export interface NumberColumn {
  readonly kind: 'number';
  /** `log-normal`: `center` is the median, and `spread` the standard deviation of the logarithm. */
  readonly shape: 'normal' | 'log-normal';
  readonly center: number;
  readonly spread: number;
  readonly decimals: number;
  /** Share of rows that are exactly 0. */
  readonly zeros?: number;
  /** Correlation with the number that all columns of a row have in common, and so, squared, with one another. */
  readonly loading?: number;
}

export interface CategoryColumn {
  readonly kind: 'category';
  /** By value, in proportion to its share. */
  readonly weights: Readonly<Record<string, number>>;
}

/** Normal noise of standard deviation 1 around a mean vector of length `length`. */
export interface VectorColumn {
  readonly kind: 'vector';
  readonly dimensions: number;
  readonly length: number;
}

/** What becomes different in a column; each has an effect on columns of its kind only. */
export interface Change {
  /** Share of rows without a value, of any kind of column. */
  readonly missing?: number;
  /** Numbers: added, in units of `spread`. */
  readonly shift?: number;
  /** Numbers: factor on their distance from `center`. */
  readonly widen?: number;
  /** Numbers: factor on each of them, as when a unit changes. */
  readonly times?: number;
  /** Numbers: share of rows that go far beyond everything in the training data. */
  readonly far?: number;
  /** Categories: weights instead of or besides those of the column. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Vectors: degrees by which the mean vector turns. */
  readonly rotation?: number;
}

/** By column name; columns that are not named stay as they are. */
export type Changes = Readonly<Record<string, Change>>;

export type Value = number | string | Float32Array | null;

/** Further than `FAR` spreads from the center there is nothing in any training data that is simulated. */
const FAR = 6;

/** Draws the columns of one row after another. */
export function rowDrawer(
  columns: Readonly<Record<string, Column>>,
  uniform: () => number,
): (changes: Changes) => Map<string, Value> {
  const normal = normalOf(uniform);
  const named = Object.entries(columns);
  return (changes) => {
    const common = normal();
    return new Map(
      named.map(([name, column]) => {
        const change = changes[name] ?? {};
        const isMissing = uniform() < (change.missing ?? 0);
        const value = draw(column, change, common, uniform, normal);
        return [name, isMissing ? null : value];
      }),
    );
  };
}

function draw(column: Column, change: Change, common: number, uniform: () => number, normal: () => number): Value {
  switch (column.kind) {
    case 'number':
      return drawNumber(column, change, common, uniform, normal);
    case 'category':
      return drawCategory({ ...column.weights, ...change.weights }, uniform());
    case 'vector':
      return drawVector(column, change, normal);
  }
}

function drawNumber(
  { shape, center, spread, decimals, zeros = 0, loading = 0 }: NumberColumn,
  { shift = 0, widen = 1, times = 1, far = 0 }: Change,
  common: number,
  uniform: () => number,
  normal: () => number,
): number {
  const own = loading * common + Math.sqrt(1 - loading * loading) * normal();
  const isZero = uniform() < zeros;
  const z = uniform() < far ? FAR + Math.abs(own) : widen * own + shift;
  const value = shape === 'normal' ? center + spread * z : center * Math.exp(spread * z);
  return isZero ? 0 : Number(value.toFixed(decimals)) * times;
}

function drawCategory(weights: Readonly<Record<string, number>>, share: number): string {
  const entries = Object.entries(weights);
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0);
  let left = share * total;
  for (const [value, weight] of entries) {
    left -= weight;
    if (left < 0) return value;
  }
  return entries[0]?.[0] ?? '';
}

function drawVector({ dimensions, length }: VectorColumn, { rotation = 0 }: Change, normal: () => number) {
  const angle = (rotation * Math.PI) / 180;
  const vector = Float32Array.from({ length: dimensions }, normal);
  vector[0] = (vector[0] ?? 0) + length * Math.cos(angle);
  vector[1] = (vector[1] ?? 0) + length * Math.sin(angle);
  return vector;
}
