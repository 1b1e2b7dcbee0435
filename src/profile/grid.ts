import type { Precision } from '../scan/source-columns.ts';
import type { CellTable } from './count-cells.ts';

/** Most cells that a grid has. */
export const MAX_CELLS = 1024;
/** Slots of the look-up table for each cell, as a power of two: measured, more are slower as they leave the cache. */
const SLOT_BITS = 3;
/** Edges in a slot, on average, from which searching beats stepping. */
const CROWD = 8;
/** Share of the cells on each side that slots of equal width leave out: outliers would make the slots too wide. */
const TAIL = 0.005;

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
  readonly #edges = new Map<Precision, Float64Array>();
  readonly #finders = new Map<Precision, CellFinder>();

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
    return this.#edgesIn('float64');
  }

  /**
   * The finder for values that went through `source`: 0.1 in training as a double and 0.1 in the log as a float are the same
   * value, so both are compared in the coarser of the two formats.
   */
  finder(source: Precision): CellFinder {
    const precision = coarser(source, this.precision);
    const known = this.#finders.get(precision);
    if (known !== undefined) return known;
    const finder = cellFinder(this.#edgesIn(precision), precision);
    this.#finders.set(precision, finder);
    return finder;
  }

  #edgesIn(precision: Precision): Float64Array {
    const known = this.#edges.get(precision);
    if (known !== undefined) return known;
    let highest = Number.NEGATIVE_INFINITY;
    const edges = this.#cells().map(({ value, before }) => {
      // A small negative number rounds to −0, which the order of bits would put below 0.
      const rounded = roundTo(precision, value) + 0;
      const edge = before ? nextBelow(precision, rounded) : rounded;
      highest = Math.max(highest, edge);
      return highest;
    });
    const all = Float64Array.from(edges);
    this.#edges.set(precision, all);
    return all;
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
export function nextBelow(precision: Precision, value: number): number {
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

/** A grid's edges in one floating-point format, with the table that `countCells` finds cells by. */
export interface CellFinder extends CellTable {
  readonly precision: Precision;
}

function cellFinder(edges: Float64Array, precision: Precision): CellFinder {
  const tables = [linearSlots(edges), slotsByBits(edges)];
  const [best] = tables
    .filter((slots) => slots !== undefined)
    .map((slots) => ({ ...slots, steps: meanSteps(slots.table) }))
    .sort((a, b) => a.steps - b.steps);
  if (best === undefined) throw new Error('a grid has at least one edge');
  const { steps, ...slots } = best;
  return { edges, precision, ...slots, crowded: steps > CROWD };
}

type Slots = Pick<CellTable, 'table' | 'origin' | 'scale' | 'lowestKey' | 'shift'>;

/** Slots of equal width between the edges of the central 99 % of cells; undefined where that has no width. */
function linearSlots(edges: Float64Array): Slots | undefined {
  const tail = Math.floor(edges.length * TAIL);
  const origin = edges[tail] ?? 0;
  const count = edges.length << SLOT_BITS;
  const scale = count / ((edges[edges.length - 1 - tail] ?? 0) - origin);
  if (!(scale > 0 && scale < Number.MAX_VALUE)) return undefined;
  // As `countCells` computes it: rounding must not put a value and its edge into different slots.
  const slotOf = (value: number) => Math.max(0, Math.min(count, Math.floor((value - origin) * scale)));
  return { table: tableOf(edges, count + 1, slotOf), origin, scale, lowestKey: 0, shift: 0 };
}

function slotsByBits(edges: Float64Array): Slots {
  const halves = new Int32Array(edges.buffer, edges.byteOffset, edges.length * 2);
  // −0 is no smaller than 0, but its bits are.
  const lowest = edges[0] === 0 ? orderedKey(-0x80000000) : orderedKey(halves[1] ?? 0);
  const span = orderedKey(halves[2 * edges.length - 1] ?? 0) - lowest;
  const bits = SLOT_BITS + 32 - Math.clz32(edges.length - 1);
  const shift = Math.max(0, 32 - Math.clz32(span) - bits);
  const slotOf = (_: number, index: number) => (orderedKey(halves[2 * index + 1] ?? 0) - lowest) >>> shift;
  return { table: tableOf(edges, (span >>> shift) + 1, slotOf), origin: 0, scale: 0, lowestKey: lowest | 0, shift };
}

/** For each slot the first cell whose edge lies in it or beyond. `slotOf` must not decrease. */
function tableOf(edges: Float64Array, slots: number, slotOf: (edge: number, index: number) => number): Uint16Array {
  const table = new Uint16Array(slots + 1).fill(edges.length - 1);
  let slot = 0;
  for (let cell = 0; cell < edges.length; cell++) {
    const last = slotOf(edges[cell] ?? 0, cell);
    while (slot <= last) table[slot++] = cell;
  }
  return table;
}

/** Edges that share a slot with an edge, on average: cells are about equally often looked for. */
function meanSteps(table: Uint16Array): number {
  let squares = 0;
  let edges = 0;
  for (let slot = 1; slot < table.length; slot++) {
    const inSlot = (table[slot] ?? 0) - (table[slot - 1] ?? 0);
    squares += inSlot * inSlot;
    edges += inSlot;
  }
  return squares / Math.max(1, edges);
}

/** Unsigned key that orders doubles by the upper half of their bits. */
function orderedKey(high: number): number {
  return (high ^ ((high >> 31) | 0x80000000)) >>> 0;
}

/** A value that makes up this share of the rows is heavy: it becomes a point. */
const HEAVY_SHARE = 1 / MAX_CELLS;
/** An edge may be moved over this share of the rows. */
const ROUNDING_SHARE = HEAVY_SHARE / 4;

/**
 * The grid of training data: its quantiles at k/1023, every value of which at least 1/1024 of the rows consist becoming a
 * point as far as the cells suffice, heaviest first; with at most 512 different values every one is a point.
 *
 * Quantiles are moved up to where the coarser floating-point formats make no difference (see `endOfRounding`), so that logs
 * that are written in one of them count as the training data did.
 * `sorted`: finite values, ascending, at least one.
 */
export function buildGrid(sorted: Float64Array, precision: Precision): Grid {
  const { values, counts } = distinct(sorted);
  const all = values.length <= MAX_CELLS / 2;
  const chosen = all ? values.map((_, position) => position) : quantilePositions(values, counts, sorted.length);
  const heavy = chosen
    .map((position, index) => ({ index, count: counts[position] ?? 0 }))
    .filter(({ index, count }) => index > 0 && (all || count >= HEAVY_SHARE * sorted.length))
    .sort((a, b) => b.count - a.count || a.index - b.index)
    .slice(0, MAX_CELLS - chosen.length);
  return new Grid(
    Float64Array.from(chosen, (position) => values[position] ?? Number.NaN),
    heavy.map(({ index }) => index).sort((a, b) => a - b),
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
function quantilePositions(values: readonly number[], counts: readonly number[], rows: number): number[] {
  const steps = MAX_CELLS - 1;
  const positions: number[] = [];
  let cumulative = 0;
  let step = 0;
  for (let position = 0; position < counts.length; position++) {
    cumulative += counts[position] ?? 0;
    if (cumulative * steps < step * rows) continue;
    const fixed = positions.length === 0 || (counts[position] ?? 0) >= HEAVY_SHARE * rows;
    const end = fixed ? position : endOfRounding(values, counts, position, ROUNDING_SHARE * rows);
    for (; position < end; position++) cumulative += counts[position + 1] ?? 0;
    positions.push(position);
    step = Math.floor((cumulative * steps) / rows) + 1;
  }
  return positions;
}

/**
 * Position of the last value that the coarsest format possible rounds to the same number as the one at `position`, moving
 * over at most `allowance` rows: between it and the next value no log in that format can tell the edge's two sides apart.
 */
function endOfRounding(
  values: readonly number[],
  counts: readonly number[],
  position: number,
  allowance: number,
): number {
  for (const precision of ['float16', 'float32'] as const) {
    const rounded = roundTo(precision, values[position] ?? Number.NaN);
    let end = position;
    let passed = 0;
    while (passed <= allowance && roundTo(precision, values[end + 1] ?? Number.NaN) === rounded) {
      end += 1;
      passed += counts[end] ?? 0;
    }
    if (passed <= allowance) return end;
  }
  return position;
}
