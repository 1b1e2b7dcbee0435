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

/** Large texts, which decoding checks: a pattern would take longer than that. */
const packed = z.string();

const exactSums = z.strictObject({
  units: packed.describe(
    'multiples of the quantum that the baseline fixes: base64 of LEB128 integers, sign in the lowest bit',
  ),
  overflows: packedCounts.describe(`row groups whose sum was too large for a double: ${PACKED}`),
});

const rowSample = z
  .strictObject({
    threshold: z.number().describe('the rows are those whose key has a smaller hash; 1 where that is every row'),
    hashes: packed.describe('ascending: base64 of little-endian 64-bit floats'),
    values: packed.describe(
      'for each row its coordinates along the components and its distance from their subspace, in units of a power of two near the root of the total variance: base64 of little-endian 16-bit floats',
    ),
    names: z.array(z.string().nullable()).optional().describe('what the log calls the rows, where that is configured'),
  })
  .describe('some rows, drawn by a hash of the file and the row number');

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
  sums: exactSums.describe('Σ (x − centroid) over the usable vectors, one a dimension'),
  squares: exactSums.describe('Σ (x − centroid)², one a dimension'),
  norm: numericProfileSchema,
  cosine: numericProfileSchema,
  residual: numericProfileSchema.describe('of the distance from the subspace of the components'),
  scores: z.array(numericProfileSchema).describe('of the coordinates along the components'),
  sample: rowSample,
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
export type StoredExactSums = z.infer<typeof exactSums>;
export type StoredRowSample = z.infer<typeof rowSample>;
