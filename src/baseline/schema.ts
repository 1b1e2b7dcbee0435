import { z } from 'zod';
import { categoricalProfileSchema, embeddingProfileSchema, numericProfileSchema } from '../profile/stored-profile.ts';

/** Of `baseline.json`. 2: embeddings are watched along their principal components. */
export const BASELINE_FORMAT = 2;
/** Older ones that are read as well; not their embeddings, which are made anew from the training data. */
export const OLDER_FORMATS: readonly number[] = [1];

const count = z.int().min(0);

const grid = z
  .strictObject({
    values: z
      .array(z.number())
      .min(1)
      .describe('values at which the cells end, ascending; a cell is (previous, value]'),
    points: z
      .array(count)
      .describe('positions in values that have a cell of their own, so that discrete values are exact'),
    precision: z.enum(['float64', 'float32', 'float16']).describe('floating-point format of the training column'),
  })
  .describe('the cells on which training data and logs are counted');

const numericSpec = z.strictObject({
  grid,
  centre: z.number().describe('moments are taken about it'),
  scale: z.number().describe('fixes the quantum of exact sums'),
});

const FLOATS_32 = 'base64 of little-endian 32-bit floats';

const packedSpec = z.strictObject({
  values: z.string().describe('as of a grid: base64 of little-endian 64-bit floats'),
  points: z.array(count).describe('as of a grid'),
  centre: z.number(),
  scale: z.number(),
});

const role = z.enum(['feature', 'prediction', 'confidence']);
const name = z.string().describe('as in the training data');
const source = z.string().describe('type in the training files');
const kind = z
  .enum(['number', 'temporal', 'boolean', 'text', 'binary', 'number-list'])
  .describe('what that type holds: a log whose column holds something else has changed its type');

const numericColumn = z.strictObject({
  type: z.literal('numeric'),
  name,
  role,
  source,
  kind,
  temporal: z.boolean().describe('the values are instants, in epoch seconds'),
  ...numericSpec.shape,
  profile: numericProfileSchema,
});

const categoricalColumn = z.strictObject({
  type: z.literal('categorical'),
  name,
  role,
  source,
  kind,
  boolean: z.boolean(),
  values: z.array(z.string()).describe('values counted one by one, chosen on one half of the training rows'),
  rare: z.array(z.string()).describe('further values of the training data, counted together'),
  complete: z.boolean().describe('values and rare are all values of the training data'),
  profile: categoricalProfileSchema.describe('of the other half of the training rows'),
});

const embeddingColumn = z.strictObject({
  type: z.literal('embedding'),
  name,
  role,
  source,
  kind,
  dimension: z.int().min(1),
  centroid: z.string().describe(`mean vector of one half of the training rows: ${FLOATS_32}`),
  components: z
    .string()
    .describe(`leading principal components of that half, one after another, orthonormal, at most 32: ${FLOATS_32}`),
  variances: z.array(z.number()).describe('along each component, descending'),
  totalVariance: z.number().describe('of all dimensions together'),
  scale: z.number().describe('fixes the quantum of exact sums'),
  norm: packedSpec.describe('of the Euclidean norm'),
  cosine: packedSpec.describe('of the cosine to the centroid'),
  residual: packedSpec.describe('of the distance from the subspace of the components'),
  scores: z.array(packedSpec).describe('of the coordinates along the components'),
  null: z
    .strictObject({
      squares: z.string().describe(`square lengths: ${FLOATS_32}`),
      products: z.string().describe(`scalar products with the mean: ${FLOATS_32}`),
    })
    .describe('differences between the means of parts of the other half of the training rows, over √(1/n + 1/m)'),
  profile: embeddingProfileSchema.describe('of the other half of the training rows'),
});

export const baselineColumnSchema = z.discriminatedUnion('type', [numericColumn, categoricalColumn, embeddingColumn]);

export const baselineSchema = z
  .strictObject({
    format: z.literal([BASELINE_FORMAT, ...OLDER_FORMATS]).describe('version of this format'),
    id: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .describe('SHA-256 of the content without id, createdAt, sources and fromLogs, 16 digits'),
    model: z.strictObject({ name: z.string(), version: z.string() }),
    createdAt: z.iso.datetime(),
    sources: z
      .array(z.strictObject({ name: z.string(), rows: count, bytes: count }))
      .describe('the training files, or of logs each hour'),
    fromLogs: z
      .strictObject({
        url: z.string().describe('of the storage of the logs'),
        from: z.iso.datetime().describe('start of the first hour'),
        to: z.iso.datetime().describe('end of the last hour'),
        files: count.describe('that these hours had'),
        skipped: z.array(z.strictObject({ name: z.string(), cause: z.string() })).describe('of them, and why'),
      })
      .optional()
      .describe('set where inference logs took the place of training data'),
    rows: count.describe('rows of training data'),
    columns: z.array(baselineColumnSchema),
    leftOut: z
      .array(z.strictObject({ name: z.string(), source: z.string(), reason: z.string() }))
      .describe('columns of the training data that are not watched, and why'),
  })
  .meta({
    title: 'drift-monitor baseline',
    description: 'Statistical profile of the training data of one model version: what logs are compared with.',
  });

export type StoredBaseline = z.infer<typeof baselineSchema>;
export type StoredColumn = z.infer<typeof baselineColumnSchema>;
export type StoredPackedSpec = z.infer<typeof packedSpec>;
