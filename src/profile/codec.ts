import { z } from 'zod';
import type { CategoricalProfile, CategoricalSpec } from './categorical.ts';
import type { EmbeddingProfile, EmbeddingSpec } from './embedding.ts';
import type { ExactSum } from './exact-sum.ts';
import type { NumericProfile, NumericSpec } from './numeric.ts';
import type { ColumnSpec } from './profile.ts';

/**
 * Profiles as they stand in JSON: counts as arrays, exact sums as decimal strings, nothing rounded. Decoding throws where
 * a stored profile does not fit the spec that it is said to be counted by.
 */

const count = z.int().min(0);
const exactSum = z.strictObject({
  units: z
    .string()
    .regex(/^-?\d+$/)
    .describe('multiples of the quantum that the baseline fixes'),
  overflows: count.describe('row groups whose sum was too large for a double'),
});

export const numericProfileSchema = z.strictObject({
  counts: z.array(count).describe('rows in each cell of the grid'),
  below: count.describe('finite values below the grid'),
  above: count.describe('finite values above the grid'),
  missing: count,
  nan: count,
  negativeInfinity: count,
  positiveInfinity: count,
  min: z.number().nullable(),
  max: z.number().nullable(),
  sum: exactSum.describe('Σ (x − centre)'),
  squares: exactSum.describe('Σ (x − centre)²'),
});

export const categoricalProfileSchema = z.strictObject({
  counts: z.array(count).describe('rows of each of the values'),
  rare: count.describe('rows of the rare values'),
  unseen: count,
  missing: count,
  examples: z.array(z.strictObject({ value: z.string(), count })),
});

export const embeddingProfileSchema = z.strictObject({
  rows: count.describe('usable vectors'),
  missing: count,
  unusable: count.describe('rows of another length, with null, NaN or infinity inside, or all zero'),
  sums: z.array(exactSum).describe('sum of the usable vectors, one a dimension'),
  norm: numericProfileSchema,
  cosine: numericProfileSchema,
});

function encodeSum(sum: ExactSum): z.infer<typeof exactSum> {
  return { units: String(sum.units), overflows: sum.overflows };
}

function decodeSum(sum: z.infer<typeof exactSum>): ExactSum {
  return { units: BigInt(sum.units), overflows: sum.overflows };
}

function requireLength(spec: ColumnSpec, what: string, length: number, expected: number): void {
  if (length !== expected) throw new Error(`column '${spec.name}': ${length} ${what} where its spec has ${expected}`);
}

export function encodeNumeric({ type, spec, ...profile }: NumericProfile): z.infer<typeof numericProfileSchema> {
  return {
    ...profile,
    counts: [...profile.counts],
    min: profile.min ?? null,
    max: profile.max ?? null,
    sum: encodeSum(profile.sum),
    squares: encodeSum(profile.squares),
  };
}

export function decodeNumeric(stored: z.infer<typeof numericProfileSchema>, spec: NumericSpec): NumericProfile {
  requireLength(spec, 'counts', stored.counts.length, spec.grid.cells);
  return {
    ...stored,
    type: 'numeric',
    spec,
    counts: Float64Array.from(stored.counts),
    min: stored.min ?? undefined,
    max: stored.max ?? undefined,
    sum: decodeSum(stored.sum),
    squares: decodeSum(stored.squares),
  };
}

export function encodeCategorical({
  type,
  spec,
  ...profile
}: CategoricalProfile): z.infer<typeof categoricalProfileSchema> {
  return { ...profile, counts: [...profile.counts], examples: [...profile.examples] };
}

export function decodeCategorical(
  stored: z.infer<typeof categoricalProfileSchema>,
  spec: CategoricalSpec,
): CategoricalProfile {
  requireLength(spec, 'counts', stored.counts.length, spec.values.length);
  return { ...stored, type: 'categorical', spec, counts: Float64Array.from(stored.counts) };
}

export function encodeEmbedding({ type, spec, ...profile }: EmbeddingProfile): z.infer<typeof embeddingProfileSchema> {
  return {
    ...profile,
    sums: profile.sums.map(encodeSum),
    norm: encodeNumeric(profile.norm),
    cosine: encodeNumeric(profile.cosine),
  };
}

export function decodeEmbedding(stored: z.infer<typeof embeddingProfileSchema>, spec: EmbeddingSpec): EmbeddingProfile {
  requireLength(spec, 'sums', stored.sums.length, spec.dimension);
  return {
    ...stored,
    type: 'embedding',
    spec,
    sums: stored.sums.map(decodeSum),
    norm: decodeNumeric(stored.norm, spec.norm),
    cosine: decodeNumeric(stored.cosine, spec.cosine),
  };
}
