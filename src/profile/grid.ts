import type { Precision } from '../scan/source-columns.ts';

/** Most cells that a grid has. */
export const MAX_CELLS = 1024;
/** Entries of the look-up table from a value's high bits to its cell. */
const TABLE_BITS = 14;

/**
 * The cells on which a numeric column is counted, fixed by the baseline. Cell i holds `edges[i-1] < x ≤ edges[i]`, cell 0 the
 * smallest edge alone; what is smaller or larger than every edge is counted apart. A *point* cell holds one value only, so
 * that the ECDF of a discrete column is exact on both of its sides.
 */
export class Grid {
  /** Values of the training data at which the cells end, ascending. */
  readonly values: Float64Array;
  /** Positions in `values` of those that have a point cell of their own. */
  readonly points: readonly number[];
  /** Of the training data's column. */
  readonly precision: Precision;
  /** For each cell: 1 when it holds one value only. */
  readonly isPoint: Uint8Array;
  readonly #edges = new Map<Precision, CellFinder>();

  constructor(values: Float64Array, points: readonly number[], precision: Precision) {
    this.values = values;
    this.points = points;
    this.precision = precision;
    this.isPoint = Uint8Array.from(this.#cells().map(({ point }) => (point ? 1 : 0)));
  }

  get cells(): number {
    return this.isPoint.length;
  }

  /** Upper edges of the cells, ascending. */
  get edges(): Float64Array {
    return this.finder('float64').edges;
  }

  /**
   * The finder for values that went through `source`: 0.1 in training as a double and 0.1 in the log as a float are the same
   * value, so both are compared in the coarser of the two formats.
   */
  finder(source: Precision): CellFinder {
    const precision = coarser(source, this.precision);
    const known = this.#edges.get(precision);
    if (known !== undefined) return known;
    let highest = Number.NEGATIVE_INFINITY;
    const edges = this.#cells().map(({ value, before }) => {
      const rounded = roundTo(precision, value);
      const edge = before ? nextBelow(precision, rounded) : rounded;
      highest = Math.max(highest, edge);
      return highest;
    });
    const finder = new CellFinder(Float64Array.from(edges), precision);
    this.#edges.set(precision, finder);
    return finder;
  }

  equals(other: Grid): boolean {
    return (
      this.precision === other.precision &&
      this.values.length === other.values.length &&
      this.points.length === other.points.length &&
      this.values.every((value, index) => Object.is(value, other.values[index])) &&
      this.points.every((point, index) => point === other.points[index])
    );
  }

  #cells(): CellEnd[] {
    const points = new Set(this.points);
    return [...this.values].flatMap((value, index): CellEnd[] => {
      // Nothing lies between "below the smallest" and the smallest value: its cell is a point as it is.
      if (index === 0) return [{ value, before: false, point: true }];
      if (!points.has(index)) return [{ value, before: false, point: false }];
      return [
        { value, before: true, point: false },
        { value, before: false, point: true },
      ];
    });
  }
}

interface CellEnd {
  readonly value: number;
  /** The cell ends just below the value. */
  readonly before: boolean;
  readonly point: boolean;
}

const COARSENESS: Record<Precision, number> = { float64: 0, float32: 1, float16: 2 };

function coarser(a: Precision, b: Precision): Precision {
  return COARSENESS[a] >= COARSENESS[b] ? a : b;
}

export function roundTo(precision: Precision, value: number): number {
  if (precision === 'float64') return value;
  return precision === 'float32' ? Math.fround(value) : Math.f16round(value);
}

/** The next smaller number of the format. IEEE 754-2019, 5.3.1 nextDown. */
function nextBelow(precision: Precision, value: number): number {
  if (value === Number.NEGATIVE_INFINITY) return value;
  if (precision === 'float64') {
    const view = new BigInt64Array(1);
    const float = new Float64Array(view.buffer);
    float[0] = value;
    const bits = view[0] ?? 0n;
    view[0] = value > 0 ? bits - 1n : value === 0 ? -0x7fffffffffffffffn : bits + 1n;
    return float[0];
  }
  const single = precision === 'float32';
  const float = single ? new Float32Array(1) : new Float16Array(1);
  const view = single ? new Int32Array(float.buffer) : new Int16Array(float.buffer);
  float[0] = value;
  const bits = view[0] ?? 0;
  view[0] = value > 0 ? bits - 1 : value === 0 ? (single ? -0x7fffffff : -0x7fff) : bits + 1;
  return float[0];
}

/** Finds cells by a table over the high 32 bits of doubles, then a step or two of comparison. */
export class CellFinder {
  readonly edges: Float64Array;
  readonly precision: Precision;
  readonly #table: Uint16Array;
  readonly #lowest: number;
  readonly #shift: number;

  constructor(edges: Float64Array, precision: Precision) {
    this.edges = edges;
    this.precision = precision;
    const keys = new Int32Array(edges.buffer, edges.byteOffset, edges.length * 2);
    const key = (index: number) => orderedKey(keys[2 * index + 1] ?? 0);
    this.#lowest = key(0);
    const span = key(edges.length - 1) - this.#lowest;
    this.#shift = Math.max(0, 32 - Math.clz32(span) - TABLE_BITS);
    this.#table = new Uint16Array((span >>> this.#shift) + 1);
    let cell = 0;
    for (let slot = 0; slot < this.#table.length; slot++) {
      while (cell < edges.length - 1 && (key(cell) - this.#lowest) >>> this.#shift < slot) cell += 1;
      this.#table[slot] = cell;
    }
  }

  /** `values` in the finder's precision, with the view of its bits that `cellOf` needs. Negative zero becomes zero. */
  prepare(values: Float64Array): { values: Float64Array; bits: Int32Array } {
    const rounded = values.map((value) => roundTo(this.precision, value) + 0);
    return { values: rounded, bits: new Int32Array(rounded.buffer) };
  }

  /** The cell of a value between the smallest and the largest edge; `high` is the upper half of its bits. */
  cellOf(value: number, high: number): number {
    let cell = this.#table[(orderedKey(high) - this.#lowest) >>> this.#shift] ?? 0;
    while ((this.edges[cell] ?? Number.POSITIVE_INFINITY) < value) cell += 1;
    return cell;
  }
}

/** Unsigned key that orders doubles by the upper half of their bits. */
function orderedKey(high: number): number {
  return (high ^ ((high >> 31) | 0x80000000)) >>> 0;
}

/**
 * The grid of training data: its quantiles at k/1023, every value of which at least 1/1024 of the rows consist becoming a
 * point as far as the cells suffice, heaviest first; with at most 512 different values every one is a point.
 * `sorted`: finite values, ascending, at least one.
 */
export function buildGrid(sorted: Float64Array, precision: Precision): Grid {
  const { values, counts } = distinct(sorted);
  const all = values.length <= MAX_CELLS / 2;
  const chosen = all ? values.map((_, index) => index) : quantilePositions(counts, sorted.length);
  const heavy = chosen
    .map((position, index) => ({ index, count: counts[position] ?? 0 }))
    .filter(({ index, count }) => index > 0 && (all || count * MAX_CELLS >= sorted.length))
    .sort((a, b) => b.count - a.count || a.index - b.index)
    .slice(0, MAX_CELLS - chosen.length);
  const points = heavy.map(({ index }) => index).sort((a, b) => a - b);
  return new Grid(
    Float64Array.from(chosen, (position) => values[position] ?? Number.NaN),
    points,
    precision,
  );
}

function distinct(sorted: Float64Array): { values: number[]; counts: number[] } {
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    const last = values.length - 1;
    if (last >= 0 && values[last] === value) counts[last] = (counts[last] ?? 0) + 1;
    else {
      values.push(value + 0);
      counts.push(1);
    }
  }
  return { values, counts };
}

/** Positions of the distinct values at which the ECDF first reaches k/(MAX_CELLS − 1), the smallest value included. */
function quantilePositions(counts: readonly number[], rows: number): number[] {
  const steps = MAX_CELLS - 1;
  const positions = [0];
  let cumulative = counts[0] ?? 0;
  let step = Math.floor((cumulative * steps) / rows) + 1;
  for (let position = 1; position < counts.length; position++) {
    cumulative += counts[position] ?? 0;
    if (cumulative * steps >= step * rows) {
      positions.push(position);
      step = Math.floor((cumulative * steps) / rows) + 1;
    }
  }
  return positions;
}
