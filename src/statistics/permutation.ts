/**
 * How many relabellings a null takes: with 199, a value above the 95 % quantile is one with p ≤ 0.05, and p is at least
 * 0.005. Enough to inform; a verdict corrected over many tests would need thousands.
 */
export const PERMUTATIONS = 199;

/** A measure of two samples, with what it gives when their rows are dealt anew to samples of the same sizes. */
export interface PermutationTest {
  readonly value: number;
  /** (1 + relabellings that give as much or more) / (1 + relabellings), Phipson & Smyth 2010: never 0, and exact. */
  readonly pValue: number;
  /** What at most one relabelling in twenty exceeds. */
  readonly nullQuantile: number;
}

/** The answer for samples that have none. */
export const NO_PERMUTATION_TEST: PermutationTest = {
  value: Number.NaN,
  pValue: Number.NaN,
  nullQuantile: Number.NaN,
};

/**
 * @param resolution differences up to this are rounding: a relabelling that gives the same value counts as such though
 *   its sums were added in another order
 */
export function permutationTest(value: number, permuted: Float64Array, resolution: number): PermutationTest {
  const ascending = permuted.toSorted();
  let asLarge = 0;
  for (const other of permuted) if (other >= value - resolution) asLarge += 1;
  const rank = Math.ceil(0.95 * (permuted.length + 1)) - 1;
  return {
    value,
    pValue: (1 + asLarge) / (1 + permuted.length),
    nullQuantile: ascending[Math.min(rank, permuted.length - 1)] ?? Number.NaN,
  };
}

const MOST_BLOCKS = 256;

/** How the rows of two samples, those of the first before those of the second, are dealt anew: by blocks of rows. */
export interface Relabelling {
  /** Of rows: block b is the rows from `starts[b]` and before `starts[b + 1]`. */
  readonly starts: Int32Array;
  /** The blocks of the first sample, ascending. */
  readonly actual: Int32Array;
  /** Calls with the blocks that are to be the first sample, ascending; the array is the same each time. */
  visit(permutations: number, random: () => number, call: (blocks: Int32Array, permutation: number) => void): void;
}

/**
 * Up to 256 rows are relabelled one by one, more in blocks of ⌊rows/256⌋ neighbours of one sample: the test stays exact, for
 * rows that may change places one by one may do so in blocks; it has nearly the power, and a measure that is made of sums
 * needs them by block only (Domingo-Enrich, Dwivedi & Mackey 2025, "Cheap permutation testing"). What is left of a sample
 * when it is cut stays where it is.
 */
export function relabelling(n: number, m: number): Relabelling {
  const size = Math.max(1, Math.floor((n + m) / MOST_BLOCKS));
  const starts = [0];
  const fixed: ('first' | 'second' | undefined)[] = [];
  for (const [from, to, sample] of [[0, n, 'first'] as const, [n, n + m, 'second'] as const]) {
    for (let row = from; row < to; row += size) {
      starts.push(Math.min(row + size, to));
      fixed.push(row + size <= to ? undefined : sample);
    }
  }
  const ofFirst = starts.indexOf(n);
  return {
    starts: Int32Array.from(starts),
    actual: Int32Array.from({ length: ofFirst }, (_, block) => block),
    visit(permutations, random, call) {
      const chosen = new Int32Array(ofFirst);
      const movable = fixed.filter((sample) => sample === undefined).length;
      const wanted = ofFirst - fixed.filter((sample) => sample === 'first').length;
      for (let permutation = 0; permutation < permutations; permutation++) {
        let count = 0;
        let toChoose = wanted;
        let toSee = movable;
        // Drawn without replacement by Knuth's algorithm S.
        fixed.forEach((sample, block) => {
          const take = sample === undefined ? random() * toSee-- < toChoose : sample === 'first';
          if (sample === undefined && take) toChoose -= 1;
          if (take) chosen[count++] = block;
        });
        call(chosen, permutation);
      }
    },
  };
}
