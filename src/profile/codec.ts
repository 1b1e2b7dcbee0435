import { z } from 'zod';
import type { CategoricalProfile, CategoricalSpec } from './categorical.ts';
import { decodeCounts, encodeCounts } from './counts-codec.ts';
import type { EmbeddingProfile, EmbeddingSpec } from './embedding.ts';
import type { ExactSum } from './exact-sum.ts';
import type { NumericProfile, NumericSpec } from './numeric.ts';
import type { ColumnProfile, ColumnSpec } from './profile.ts';

/**
 * Profiles as they stand in JSON: counts packed (`counts-codec.ts`), exact sums as decimal strings, nothing rounded. Decoding throws where
 * a stored profile does not fit the spec that it is said to be counted by.
 */

const count = z.int().min(0);
const PACKED = 'LEB128 integers, a 0 being followed by the number of further zeros';
const packedCounts = z.base64();
const exactSum = z.strictObject({
  units: z
    .string()
    .regex(/^-?\d+$/)
    .describe('multiples of the quantum that the baseline fixes'),
  overflows: count.describe('row groups whose sum was too large for a double'),
});

export const numericProfileSchema = z.strictObject({
  counts: packedCounts.describe(`rows in each cell of the grid: ${PACKED}`),
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
  counts: packedCounts.describe(`rows of each of the values: ${PACKED}`),
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

const presenceProfileSchema = z.strictObject({ present: count, missing: count });

/** Of a column of any type. */
export const columnProfileSchema = z.discriminatedUnion('type', [
  numericProfileSchema.extend({ type: z.literal('numeric') }),
  categoricalProfileSchema.extend({ type: z.literal('categorical') }),
  embeddingProfileSchema.extend({ type: z.literal('embedding') }),
  presenceProfileSchema.extend({ type: z.literal('presence') }),
]);
export type StoredColumnProfile = z.infer<typeof columnProfileSchema>;

export function encodeColumnProfile(profile: ColumnProfile): StoredColumnProfile {
  switch (profile.type) {
    case 'numeric':
      return { type: profile.type, ...encodeNumeric(profile) };
    case 'categorical':
      return { type: profile.type, ...encodeCategorical(profile) };
    case 'embedding':
      return { type: profile.type, ...encodeEmbedding(profile) };
    case 'presence':
      return { type: profile.type, present: profile.present, missing: profile.missing };
  }
}

/** Throws where the stored profile is not of the spec's type. */
export function decodeColumnProfile(stored: StoredColumnProfile | undefined, spec: ColumnSpec): ColumnProfile {
  if (stored?.type === 'numeric' && spec.type === 'numeric') return decodeNumeric(stored, spec);
  if (stored?.type === 'categorical' && spec.type === 'categorical') return decodeCategorical(stored, spec);
  if (stored?.type === 'embedding' && spec.type === 'embedding') return decodeEmbedding(stored, spec);
  if (stored?.type === 'presence' && spec.type === 'presence') return { ...stored, spec };
  throw new Error(
    `column '${spec.name}': a profile of type ${stored?.type ?? 'nothing'} where ${spec.type} is expected`,
  );
}

function encodeSum(sum: ExactSum): z.infer<typeof exactSum> {
  return { units: String(sum.units), overflows: sum.overflows };
}

function decodeSum(sum: z.infer<typeof exactSum>): ExactSum {
  return { units: BigInt(sum.units), overflows: sum.overflows };
}

function countsFor(spec: ColumnSpec, packed: string, length: number): Float64Array {
  try {
    return decodeCounts(packed, length);
  } catch (error) {
    throw new Error(`column '${spec.name}': ${error instanceof Error ? error.message : error}`);
  }
}

export function encodeNumeric({ type, spec, ...profile }: NumericProfile): z.infer<typeof numericProfileSchema> {
  return {
    ...profile,
    counts: encodeCounts(profile.counts),
    min: profile.min ?? null,
    max: profile.max ?? null,
    sum: encodeSum(profile.sum),
    squares: encodeSum(profile.squares),
  };
}

export function decodeNumeric(stored: z.infer<typeof numericProfileSchema>, spec: NumericSpec): NumericProfile {
  return {
    ...stored,
    type: 'numeric',
    spec,
    counts: countsFor(spec, stored.counts, spec.grid.cells),
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
  return { ...profile, counts: encodeCounts(profile.counts), examples: [...profile.examples] };
}

export function decodeCategorical(
  stored: z.infer<typeof categoricalProfileSchema>,
  spec: CategoricalSpec,
): CategoricalProfile {
  return { ...stored, type: 'categorical', spec, counts: countsFor(spec, stored.counts, spec.values.length) };
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
  if (stored.sums.length !== spec.dimension) {
    throw new Error(`column '${spec.name}': ${stored.sums.length} sums where ${spec.dimension} are expected`);
  }
  return {
    ...stored,
    type: 'embedding',
    spec,
    sums: stored.sums.map(decodeSum),
    norm: decodeNumeric(stored.norm, spec.norm),
    cosine: decodeNumeric(stored.cosine, spec.cosine),
  };
}
