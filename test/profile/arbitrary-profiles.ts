import fc from 'fast-check';
import { CategoricalAccumulator, type CategoricalSpec, codedValues } from '../../src/profile/categorical.ts';
import { EmbeddingAccumulator, type EmbeddingSpec } from '../../src/profile/embedding.ts';
import { buildGrid } from '../../src/profile/grid.ts';
import { NumericAccumulator, type NumericSpec } from '../../src/profile/numeric.ts';
import { rowKeysOf } from '../../src/profile/row-key.ts';
import { MISSING_CODE, OTHER_CODE } from '../../src/scan/wanted.ts';

/** Row groups of columns of every kind, and their profiles: `null` stands for a missing value. */

export function numericSpec(values: readonly number[], name = 'x'): NumericSpec {
  const grid = buildGrid(Float64Array.from(values).sort(), 'float64');
  return { type: 'numeric', name, temporal: false, grid, centre: 0.1, scale: 1 };
}

/** Any number that a log may hold, with those that go wrong more often than by chance. */
export const logNumber = fc.oneof(
  fc.double(),
  fc.double({ min: -5, max: 5, noNaN: true }),
  fc.constantFrom(0, -0, 1, 1, 0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  fc.constantFrom(1e308, 1.7e308, -1.7e308, 5e-324, -5e-324, 2.2e-308, 1e16, -1e16),
);

export const numericGroup = fc.array(fc.option(logNumber), { maxLength: 12 });
export type NumericGroup = readonly (number | null)[];

export function numericProfileOf(spec: NumericSpec, groups: readonly NumericGroup[]) {
  const accumulator = new NumericAccumulator(spec);
  for (const group of groups) {
    // In two batches, as DuckDB hands over a row group.
    for (const batch of [group.slice(0, 5), group.slice(5)]) {
      const values = Float64Array.from(batch, (value) => value ?? Number.NaN);
      accumulator.add(values, validityOf(batch.map((value) => value !== null)), undefined);
    }
    accumulator.endRowGroup();
  }
  return accumulator.profile();
}

export function validityOf(valid: readonly boolean[]): Uint32Array {
  const words = new Uint32Array(Math.ceil(valid.length / 32));
  valid.forEach((isValid, row) => {
    if (isValid) words[row >>> 5] = (words[row >>> 5] ?? 0) | (1 << (row & 31));
  });
  return words;
}

export function categoricalSpec(values: readonly string[], rare: readonly string[] = []): CategoricalSpec {
  return { type: 'categorical', name: 'c', boolean: false, values, rare, complete: true };
}

/** Names that an object as a dictionary would stumble over, and more unseen ones than a profile names. */
export const categoricalGroup = fc.array(
  fc.option(
    fc.oneof(
      fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', '', 'r1', 'r2'),
      fc.integer({ min: 0, max: 60 }).map((n) => `unseen ${n}`),
    ),
  ),
  { maxLength: 60 },
);
export type CategoricalGroup = readonly (string | null)[];

export function categoricalProfileOf(spec: CategoricalSpec, groups: readonly CategoricalGroup[]) {
  const coded = codedValues(spec);
  const accumulator = new CategoricalAccumulator(spec);
  const unseen = new Map<string, number>();
  for (const group of groups) {
    const codes = group.map((value) => {
      if (value === null) return MISSING_CODE;
      if (coded.includes(value)) return coded.indexOf(value);
      unseen.set(value, (unseen.get(value) ?? 0) + 1);
      return OTHER_CODE;
    });
    accumulator.add(Uint16Array.from(codes), undefined);
  }
  accumulator.addExamples([...unseen].map(([value, count]) => ({ value, count })));
  return accumulator.profile();
}

export function embeddingSpec(dimension = 3): EmbeddingSpec {
  return {
    type: 'embedding',
    name: 'e',
    dimension,
    centroid: new Float32Array(dimension).fill(1 / Math.sqrt(dimension)),
    components: Float32Array.from({ length: 2 * dimension }, (_, at) => (at === 0 || at === dimension + 1 ? 1 : 0)),
    variances: [1, 0.5],
    totalVariance: 2,
    scale: 0.5,
    norm: numericSpec([0.5, 1, 1.5, 2], 'e norm'),
    cosine: numericSpec([-1, -0.5, 0, 0.5, 1], 'e cosine'),
    residual: numericSpec([0, 0.5, 1], 'e residual'),
    scores: [numericSpec([-1, 0, 1], 'e component 1'), numericSpec([-1, 0, 1], 'e component 2')],
  };
}

const coordinate = fc.oneof(
  { weight: 8, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 3e38, -0, 1e-45, null) },
);
const embeddingRows = fc.array(
  fc.option(
    fc.oneof(
      { weight: 8, arbitrary: fc.array(coordinate, { minLength: 3, maxLength: 3 }) },
      { weight: 1, arbitrary: fc.constantFrom([], [1, 2], [0, 0, 0], [1, 2, 3, 4]) },
    ),
  ),
  { maxLength: 8 },
);
let files = 0;
/** A file of its own each: the rows of two files have different keys. */
export const embeddingGroup = embeddingRows.map((rows) => ({ file: files++, rows }));
type EmbeddingRows = readonly (readonly (number | null)[] | null)[];

export function embeddingProfileOf(
  spec: EmbeddingSpec,
  groups: readonly { readonly file: number; readonly rows: EmbeddingRows }[],
  sampleRows?: number,
) {
  const accumulator = new EmbeddingAccumulator(spec, sampleRows);
  for (const { file, rows } of groups) {
    accumulator.add(embeddingColumn(rows), undefined, rowKeysOf(`file ${file}`, 0), 0);
    accumulator.endRowGroup();
    accumulator.endFile(new Map(accumulator.sampledRows().map((row) => [row, `row ${row} of ${file}`])));
  }
  return accumulator.profile();
}

function embeddingColumn(group: EmbeddingRows) {
  const items = group.flatMap((row) => row ?? []);
  const entries = new BigUint64Array(2 * group.length);
  let offset = 0;
  group.forEach((row, index) => {
    entries.set([BigInt(offset), BigInt(row?.length ?? 0)], 2 * index);
    offset += row?.length ?? 0;
  });
  return {
    as: 'embedding',
    entries,
    items: Float32Array.from(items, (value) => value ?? 0),
    validity: validityOf(group.map((row) => row !== null)),
    itemValidity: validityOf(items.map((value) => value !== null)),
  } as const;
}
