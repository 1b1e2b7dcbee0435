import { createHash } from 'node:crypto';
import { MISSING_CODE, OTHER_CODE } from '../scan/wanted.ts';
import { addCounts } from './add-counts.ts';
import { requireSameSpec } from './same-spec.ts';

/** What the baseline fixes for a categorical column. */
export interface CategoricalSpec {
  readonly type: 'categorical';
  readonly name: string;
  /** The column held booleans. */
  readonly boolean: boolean;
  /** Values that have a count of their own, chosen on one half of the training rows. */
  readonly values: readonly string[];
  /** Further values that the training data held; together with `values` all of them, if `complete`. */
  readonly rare: readonly string[];
  readonly complete: boolean;
}

export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

/** State of a categorical column; every field adds. */
export interface CategoricalProfile {
  readonly type: 'categorical';
  /** What it was counted by. */
  readonly spec: CategoricalSpec;
  /** Rows of each of the baseline's `values`. */
  readonly counts: Float64Array;
  /** Rows of the baseline's `rare` values. */
  readonly rare: number;
  /** Rows of values that the baseline does not hold (of such as it may hold, where it is not complete). */
  readonly unseen: number;
  readonly missing: number;
  /** Of the unseen values the `EXAMPLES` with the smallest MD5, with their rows: a rule that merges exactly. */
  readonly examples: readonly ValueCount[];
}

/** Unseen values that a profile names. */
export const EXAMPLES = 20;

export function emptyCategorical(spec: CategoricalSpec): CategoricalProfile {
  const counts = new Float64Array(spec.values.length);
  return { type: 'categorical', spec, counts, rare: 0, unseen: 0, missing: 0, examples: [] };
}

/** Throws where the profiles were counted by different specs. */
export function mergeCategorical(a: CategoricalProfile, b: CategoricalProfile): CategoricalProfile {
  requireSameSpec(a.spec, b.spec);
  return {
    type: 'categorical',
    spec: a.spec,
    counts: addCounts(a.counts, b.counts),
    rare: a.rare + b.rare,
    unseen: a.unseen + b.unseen,
    missing: a.missing + b.missing,
    examples: mergeExamples(a.examples, b.examples),
  };
}

function mergeExamples(a: readonly ValueCount[], b: readonly ValueCount[]): ValueCount[] {
  const counts = new Map<string, number>();
  for (const { value, count } of [...a, ...b]) counts.set(value, (counts.get(value) ?? 0) + count);
  return [...counts]
    .map(([value, count]) => ({ value, count, hash: createHash('md5').update(value).digest('hex') }))
    .sort((x, y) => (x.hash < y.hash ? -1 : x.hash > y.hash ? 1 : x.value < y.value ? -1 : 1))
    .slice(0, EXAMPLES)
    .map(({ value, count }) => ({ value, count }));
}

/** The values that a scan gives codes to: those with a count of their own, then the rare ones. */
export function codedValues(spec: CategoricalSpec): readonly string[] {
  return [...spec.values, ...spec.rare];
}

/** Counts codes of `codedValues`. */
export class CategoricalAccumulator {
  readonly #spec: CategoricalSpec;
  /** Of `codedValues`. */
  readonly #counts: Float64Array;
  #unseen = 0;
  #exampled = 0;
  #examples: readonly ValueCount[] = [];
  #missing = 0;

  constructor(spec: CategoricalSpec) {
    this.#spec = spec;
    this.#counts = new Float64Array(spec.values.length + spec.rare.length);
  }

  add(codes: Uint16Array, belongs: Uint8Array | undefined): void {
    for (let row = 0; row < codes.length; row++) {
      if (belongs !== undefined && belongs[row] === 0) continue;
      const code = codes[row] ?? MISSING_CODE;
      if (code === MISSING_CODE) this.#missing += 1;
      else if (code === OTHER_CODE) this.#unseen += 1;
      else this.#counts[code] = (this.#counts[code] ?? 0) + 1;
    }
  }

  addMissing(rows: number): void {
    this.#missing += rows;
  }

  /** Unseen values were counted since the last call of `addExamples`. */
  get hasNewUnseen(): boolean {
    return this.#unseen > this.#exampled;
  }

  /** `examples` as `CategoricalProfile.examples`, of the rows counted since the last call. */
  addExamples(examples: readonly ValueCount[]): void {
    this.#examples = mergeExamples(this.#examples, examples);
    this.#exampled = this.#unseen;
  }

  profile(): CategoricalProfile {
    const values = this.#spec.values.length;
    const rare = this.#counts.subarray(values).reduce((sum, count) => sum + count, 0);
    return {
      type: 'categorical',
      spec: this.#spec,
      counts: this.#counts.slice(0, values),
      rare,
      unseen: this.#unseen,
      missing: this.#missing,
      examples: this.#examples,
    };
  }
}
