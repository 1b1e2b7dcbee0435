import { readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** A pair of samples as counts on the same ordered cells. */
export interface Table {
  readonly name: string;
  readonly reference: readonly number[];
  readonly current: readonly number[];
  readonly positions: readonly number[];
}

/** The cases of one file that `test/reference/make_references.py` wrote; "inf" and "nan" are numbers again. */
export function readCases<T>(name: string): T {
  const special = new Map([
    ['inf', Number.POSITIVE_INFINITY],
    ['-inf', Number.NEGATIVE_INFINITY],
    ['nan', Number.NaN],
  ]);
  const text = readFileSync(new URL(`../reference/${name}.json`, import.meta.url), 'utf8');
  return JSON.parse(text, (_key, value) => special.get(value) ?? value).cases;
}

/** Every pair of samples with its reference value; those without one are left out. */
export function tablesWith<T>(name: string): { table: Table; expected: T }[] {
  const tables = readCases<Table[]>('tables');
  const values = readCases<(T | null)[]>(name);
  expect(values.length).toBe(tables.length);
  return tables.flatMap((table, i) => {
    const expected = values[i];
    return expected === null || expected === undefined ? [] : [{ table, expected }];
  });
}

/** Relative difference at most `tolerance`; `absolute` is what the reference itself cannot resolve. */
export function expectClose(actual: number, expected: number, tolerance = 1e-9, absolute = 1e-300, what = ''): void {
  if (Object.is(actual, expected) || actual === expected) return;
  const allowed = Math.max(absolute, tolerance * Math.abs(expected));
  expect(Math.abs(actual - expected), `${what}: ${actual}, expected ${expected}`).toBeLessThanOrEqual(allowed);
}

/** Park & Miller's minimal standard generator, the same numbers in (0, 1) as in make_references.py. */
export function minimalStandard(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
}

/** Standard normal values by Box & Muller. */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
}

/** Counts of `rows` values in the cells (edges[i−1], edges[i]], the last one open. */
export function countInCells(values: ArrayLike<number>, edges: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(edges.length + 1);
  for (let i = 0; i < values.length; i++) {
    let low = 0;
    let high = edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[i]! <= edges[middle]!) high = middle;
      else low = middle + 1;
    }
    counts[low]!++;
  }
  return counts;
}
