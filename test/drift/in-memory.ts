import type { Baseline, BaselineColumn } from '../../src/baseline/baseline.ts';
import { categoricalSpec, numericSpec } from '../../src/baseline/specs.ts';
import { type Judgement, settingsSchema } from '../../src/config/settings.ts';
import {
  CategoricalAccumulator,
  type CategoricalProfile,
  type CategoricalSpec,
  codedValues,
} from '../../src/profile/categorical.ts';
import { NumericAccumulator, type NumericSpec } from '../../src/profile/numeric.ts';
import type { ColumnProfile, ColumnSpec, Profile } from '../../src/profile/profile.ts';
import { choosesCategories } from '../../src/scan/row-hash.ts';
import { MISSING_CODE, OTHER_CODE } from '../../src/scan/wanted.ts';
import { embeddingBaseline, embeddingProfile, vectorColumn } from './vectors-in-memory.ts';

/**
 * Baselines and windows of columns in memory, by the specs and accumulators that count files. `null` is a missing value;
 * a `Float64Array` has none.
 */
export type Values =
  | { readonly numbers: Float64Array | readonly (number | null)[] }
  | { readonly categories: readonly (string | null)[] }
  | { readonly vectors: readonly (readonly number[] | null)[] };

/** A baseline of columns by name, in the order given. */
export function baselineOf(columns: Readonly<Record<string, Values>>): Baseline {
  const built = Object.entries(columns).map(([name, values]) => columnOf(name, values));
  const rows = Math.max(...Object.values(columns).map(rowsOf));
  const model = { name: 'm', version: 'v1' };
  return {
    id: '0'.repeat(16),
    model,
    createdAt: '2025-01-01T00:00:00Z',
    sources: [],
    rows,
    columns: built,
    leftOut: [],
  };
}

/** A window's profile by the baseline's specs; a column that is not given is missing in every row. */
export function windowOf(baseline: Baseline, columns: Readonly<Record<string, Values>>): Profile {
  const rows = Math.max(0, ...Object.values(columns).map(rowsOf));
  return {
    rows,
    columns: baseline.columns.map(({ spec }) => profileOf(spec, columns[spec.name] ?? nothing(spec, rows))),
  };
}

export function judgementOf(changes: Partial<Judgement> = {}): Judgement {
  return { ...settingsSchema.parse({}), ...changes };
}

function rowsOf(values: Values): number {
  if ('numbers' in values) return values.numbers.length;
  return 'categories' in values ? values.categories.length : values.vectors.length;
}

function nothing({ type }: ColumnSpec, rows: number): Values {
  const missing = Array.from({ length: rows }, () => null);
  if (type === 'numeric') return { numbers: missing };
  return type === 'categorical' ? { categories: missing } : { vectors: missing };
}

const FEATURE = { role: 'feature', source: 'DOUBLE', kind: 'number' } as const;

function columnOf(name: string, values: Values): BaselineColumn {
  if ('numbers' in values) {
    const finite = Float64Array.from(values.numbers, (value) => value ?? Number.NaN).filter(Number.isFinite);
    const spec = present(numericSpec(name, false, 'float64', finite.sort()));
    return { ...FEATURE, type: 'numeric', spec, profile: numericProfile(spec, values.numbers) };
  }
  if ('categories' in values) {
    const spec = chooseCategories(name, values.categories);
    const counting = values.categories.filter((_, row) => !choosesCategories(row));
    return { ...FEATURE, kind: 'text', type: 'categorical', spec, profile: categoricalProfile(spec, counting) };
  }
  const dimension = values.vectors.find((vector) => vector !== null)?.length ?? 0;
  return embeddingBaseline(name, vectorColumn(values.vectors), dimension);
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('no usable value');
  return value;
}

function chooseCategories(name: string, values: readonly (string | null)[]): CategoricalSpec {
  const choosing = new Map<string, number>();
  values.forEach((value, row) => {
    if (value !== null) choosing.set(value, (choosing.get(value) ?? 0) + (choosesCategories(row) ? 1 : 0));
  });
  const frequent = [...choosing]
    .map(([value, count]) => ({ value, choosing: count }))
    .sort((a, b) => b.choosing - a.choosing || (a.value < b.value ? -1 : 1));
  return categoricalSpec(name, false, frequent.slice(0, 2000), frequent.length);
}

function profileOf(spec: ColumnSpec, values: Values): ColumnProfile {
  if (spec.type === 'numeric' && 'numbers' in values) return numericProfile(spec, values.numbers);
  if (spec.type === 'categorical' && 'categories' in values) return categoricalProfile(spec, values.categories);
  if (spec.type !== 'embedding' || !('vectors' in values))
    throw new Error(`column ${spec.name} got values of another type`);
  return embeddingProfile(spec, vectorColumn(values.vectors));
}

function numericProfile(spec: NumericSpec, numbers: Float64Array | readonly (number | null)[]) {
  const accumulator = new NumericAccumulator(spec);
  if (numbers instanceof Float64Array) accumulator.add(numbers, undefined, undefined);
  else {
    const validity = validityOf(numbers.map((value) => value !== null));
    accumulator.add(
      Float64Array.from(numbers, (value) => value ?? 0),
      validity,
      undefined,
    );
  }
  accumulator.endRowGroup();
  return accumulator.profile();
}

const codes = new WeakMap<CategoricalSpec, ReadonlyMap<string, number>>();

function categoricalProfile(spec: CategoricalSpec, values: readonly (string | null)[]): CategoricalProfile {
  const known = codes.get(spec) ?? new Map(codedValues(spec).map((value, code) => [value, code]));
  codes.set(spec, known);
  const unseen = new Map<string, number>();
  const coded = Uint16Array.from(values, (value) => {
    if (value === null) return MISSING_CODE;
    const code = known.get(value);
    if (code === undefined) unseen.set(value, (unseen.get(value) ?? 0) + 1);
    return code ?? OTHER_CODE;
  });
  const accumulator = new CategoricalAccumulator(spec);
  accumulator.add(coded, undefined);
  accumulator.addExamples([...unseen].map(([value, count]) => ({ value, count })));
  return accumulator.profile();
}

function validityOf(valid: readonly boolean[]): Uint32Array {
  const words = new Uint32Array(Math.ceil(valid.length / 32));
  valid.forEach((isValid, row) => {
    if (isValid) words[row >>> 5] = (words[row >>> 5] ?? 0) | (1 << (row & 31));
  });
  return words;
}
