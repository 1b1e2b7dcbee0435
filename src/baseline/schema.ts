import { z } from 'zod';
import { categoricalProfileSchema, embeddingProfileSchema, numericProfileSchema } from '../profile/stored-profile.ts';

/** Of `baseline.json`. A program reads its own format only; another one is made anew from the training data. */
export const BASELINE_FORMAT = 1;

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
  centroid: z
    .base64()
    .describe('direction of the mean vector of one half of the training rows: little-endian 32-bit floats'),
  scale: z.number(),
  norm: numericSpec.describe('of the Euclidean norm'),
  cosine: numericSpec.describe('of the cosine to the centroid'),
  profile: embeddingProfileSchema.describe('of the other half of the training rows'),
});

export const baselineColumnSchema = z.discriminatedUnion('type', [numericColumn, categoricalColumn, embeddingColumn]);

export const baselineSchema = z
  .strictObject({
    format: z.literal(BASELINE_FORMAT).describe('version of this format'),
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
