import { z } from 'zod';

/** Profiles as they stand in JSON. Apart from `codec.ts`, which worker threads need and which is loaded without zod. */

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
export type StoredNumericProfile = z.infer<typeof numericProfileSchema>;
export type StoredCategoricalProfile = z.infer<typeof categoricalProfileSchema>;
export type StoredEmbeddingProfile = z.infer<typeof embeddingProfileSchema>;
export type StoredExactSum = z.infer<typeof exactSum>;
