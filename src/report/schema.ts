import { z } from 'zod';
import { alertConditionSchema, deliverySchema, runAlertSchema } from '../alerting/schema.ts';
import { FINDING_CODES } from '../drift/findings.ts';
import {
  EMBEDDING_MEASURES,
  type EmbeddingMeasureName,
  SHARE_MEASURES,
  VALUE_MEASURES,
} from '../drift/measure-names.ts';
import { MODEL_ID, MODEL_ID_IN_WORDS } from '../storage/layout.ts';

export const REPORT_FORMAT = 1;

const count = z.int().min(0);
const modelId = z.string().regex(MODEL_ID, `must be ${MODEL_ID_IN_WORDS}`);
const nullable = z.number().nullable();
const rows = z.strictObject({ baseline: count, window: count });

const verdict = z.enum(['none', 'minor', 'drift', 'insufficient-data']);

const psi = z
  .strictObject({
    value: nullable,
    lower: nullable.describe('of the 95 % interval, bias-corrected'),
    upper: nullable,
  })
  .describe('population stability index on the deciles of the baseline and its outermost 0.1 %');

const ks = z
  .strictObject({
    statistic: nullable.describe('largest difference of the two ECDFs'),
    pValue: nullable,
    adjustedPValue: nullable.describe(
      'for the tests of the signal and, by Benjamini-Hochberg, all signals of the report',
    ),
    lower: nullable.describe('of the 95 % interval of the statistic, bias-corrected'),
    upper: nullable,
  })
  .describe('two-sample Kolmogorov-Smirnov test');

const chiSquare = z
  .strictObject({
    statistic: nullable,
    pValue: nullable.describe("the larger of the statistic's own and the likelihood-ratio test's"),
    adjustedPValue: nullable.describe(
      'for the tests of the signal and, by Benjamini-Hochberg, all signals of the report',
    ),
  })
  .describe('χ² test of homogeneity');

const shareChange = z
  .strictObject({ value: nullable, lower: nullable, upper: nullable })
  .describe('largest change of the share of one value');

const absent = z
  .strictObject({ baseline: z.number().nullable(), window: z.number().nullable() })
  .describe('share of the rows');

const numericHistogram = z
  .strictObject({
    edges: z.array(z.number()).describe('ascending; bin i is (edges[i], edges[i+1]], the first one closed'),
    baseline: z.array(count),
    window: z.array(count),
  })
  .describe('rows of finite values on shared edges');

const categoricalHistogram = z
  .strictObject({
    values: z.array(z.string()).describe('the most frequent values of baseline and window'),
    baseline: z.array(count),
    window: z.array(count),
    other: rows.describe('rows of all other values'),
  })
  .describe('rows on shared values');

const summary = z.strictObject({ mean: nullable, standardDeviation: nullable, min: nullable, max: nullable });

/** One number for each measure of a registry, described as there. */
function measuresOf<Name extends string>(registry: Readonly<Record<Name, string>>) {
  const names = Object.keys(registry) as Name[];
  const described = names.map((name) => [name, nullable.describe(registry[name])]);
  return Object.fromEntries(described) as Record<Name, typeof nullable>;
}

const MEASURES_DESCRIPTION =
  'measures that no verdict uses, on the bins of psi; null where undefined; absent in reports made before there were any';

const common = {
  name: z.string(),
  verdict,
  reasons: z.array(z.string()).min(1),
  thresholds: z
    .strictObject({ psi: z.number(), distance: z.number() })
    .optional()
    .describe('of this signal, where they are not those of settings'),
  rows: rows.describe('rows compared, missing values included'),
};

const numericSignal = z.strictObject({
  ...common,
  type: z.literal('numeric'),
  temporal: z.literal(true).optional().describe('the values are instants, in epoch seconds'),
  psi,
  ks,
  chiSquare,
  measures: z
    .strictObject({ ...measuresOf(SHARE_MEASURES), ...measuresOf(VALUE_MEASURES) })
    .describe(`${MEASURES_DESCRIPTION}; from wasserstein on, on the values that are there`)
    .optional(),
  missing: absent,
  baseline: summary,
  window: summary,
  histogram: numericHistogram,
});

const categoricalSignal = z.strictObject({
  ...common,
  type: z.literal('categorical'),
  psi,
  chiSquare,
  shareChange,
  measures: z.strictObject(measuresOf(SHARE_MEASURES)).describe(MEASURES_DESCRIPTION).optional(),
  missing: absent,
  histogram: categoricalHistogram,
});

const signal = z.discriminatedUnion('type', [numericSignal, categoricalSignal]);

const embeddingMeasure = z.strictObject({ psi, ks, histogram: numericHistogram });

const embeddingComponent = z.strictObject({
  component: z.int().min(1),
  explainedVariance: nullable.describe("part of the training data's variance"),
  moved: z.boolean().describe('it has evidence of its own, and an effect'),
  shareOfShift: nullable.describe('part of the squared distance of the mean vectors that lies along it'),
  psi,
  ks,
  kullbackLeibler: nullable
    .optional()
    .describe(
      'divergence of the window from the training data on 50 bins of equal width, half a row added to each, in nats',
    ),
  jensenShannon: nullable.optional().describe('divergence on 50 bins of equal width, in bits'),
  histogram: numericHistogram.optional(),
});

const example = z.strictObject({
  name: z.string().describe('its beginning, as the log has it'),
  distance: nullable.describe('from the nearest training rows, in units of their distance from one another'),
});

const embedding = z.strictObject({
  ...common,
  dimension: z.int().min(1),
  measures: z.strictObject({
    centroidCosineDistance: nullable.describe('1 − cosine of the angle between the mean vectors'),
    adjustedPValue: nullable,
    cosineToCentroid: embeddingMeasure.describe("each row's cosine to the baseline's centroid"),
    norm: embeddingMeasure.nullable().describe("each row's Euclidean norm; null where the training data's is constant"),
    residual: embeddingMeasure
      .optional()
      .describe(
        "each row's distance from the subspace of the components: what is new to the training data lies far from it",
      ),
  }),
  shift: z
    .strictObject({
      inSpreads: nullable.describe(
        "distance of the mean vectors in units of the training data's spread, the root of the summed variances",
      ),
      outside: z.number().describe('part of its square that lies outside of the subspace of the components'),
      explainedVariance: nullable.describe("part of the training data's variance that lies in the subspace"),
    })
    .optional(),
  components: z.array(embeddingComponent).optional().describe('the leading principal components of the training data'),
  statistics: z
    .array(
      z.strictObject({
        name: z.enum(Object.keys(EMBEDDING_MEASURES) as [EmbeddingMeasureName, ...EmbeddingMeasureName[]]),
        value: nullable,
        nullQuantile: nullable.describe('95 % of windows of this size without drift have less'),
        pValue: nullable.describe('not adjusted'),
        effect: nullable.describe('the value without a unit'),
      }),
    )
    .optional()
    .describe('measures of the embedding as a whole, which no verdict uses'),
  examples: z
    .strictObject({
      rows: count.describe('sampled rows that they were chosen from'),
      leastAlike: z.array(example),
      mostAlike: z.array(example),
    })
    .optional()
    .describe('rows that are least and most like the training data, where a column that names rows is configured'),
});

const finding = z.strictObject({
  code: z.enum(FINDING_CODES),
  column: z.string().optional(),
  file: z.string().optional(),
  message: z.string(),
});

export const reportSchema = z
  .strictObject({
    format: z.literal(REPORT_FORMAT),
    status: z.enum(['drift', 'no-drift', 'insufficient-data', 'no-data']),
    driftDetected: z.boolean().describe('at least one signal has the verdict drift'),
    driftScore: z
      .number()
      .min(0)
      .max(1)
      .describe('share of the traffic that the baseline cannot account for, times the importance of the signal'),
    rows: count.describe('rows of the model in the window'),
    model: z.strictObject({ name: modelId, version: modelId }),
    baseline: z.strictObject({ id: z.string(), rows: count }),
    window: z.strictObject({
      from: z.iso.datetime().describe('inclusive'),
      to: z.iso.datetime().describe('exclusive'),
      hours: z.int().min(1),
    }),
    features: z.array(signal),
    outputs: z.array(
      z.union([...signal.options.map((option) => option.extend({ role: z.enum(['prediction', 'confidence']) }))]),
    ),
    embeddings: z.array(embedding),
    findings: z.array(finding),
    alerts: z.array(alertConditionSchema).describe("conditions that this window's data alone fulfil"),
    inputs: z.strictObject({
      files: count,
      rows: count,
      bytes: count,
      skipped: z.array(z.strictObject({ key: z.string(), cause: z.string() })),
    }),
    settings: z
      .strictObject({
        analysisWindowHours: z.int(),
        minSamples: z.int(),
        psiThreshold: z.number(),
        ksThreshold: z.number(),
        scoreCriticalThreshold: z.number(),
        falseAlarmRate: z.number(),
        policy: z.string(),
        importance: z
          .record(z.string(), z.number())
          .optional()
          .describe('weights of signals in driftScore, where there are any; 1 for the others'),
      })
      .describe('those that the verdicts were made with'),
    run: z
      .strictObject({
        startedAt: z.iso.datetime(),
        durationMs: z.number(),
        version: z.string().describe('of the program'),
        baselineCreatedAt: z.iso.datetime(),
        hoursKept: count.describe('hours whose stored profile was current'),
        hoursUpdated: count.describe('hours that were counted by this run'),
        filesRead: count,
        bytesFetched: count.describe('from a remote storage'),
        alerts: z
          .array(runAlertSchema)
          .optional()
          .describe('how the alerts stand after this run; absent where it was of the past, and changed nothing'),
        retraining: z
          .strictObject({
            id: z.string(),
            cause: z.string().describe('dedup key of the alert'),
            outcome: z.enum(['started', 'unknown', 'refused']).describe('unknown: asked for, and no answer came'),
            job: z.string().nullable(),
            error: z.string().nullable(),
          })
          .optional()
          .describe('that this run has asked for'),
        deliveries: z
          .array(deliverySchema)
          .optional()
          .describe('notifications that this run has sent or tried to send, those of earlier runs included'),
      })
      .describe('everything that depends on the clock, the machine, caches or earlier runs'),
  })
  .meta({
    title: 'drift-monitor report',
    description: 'What moved between the training data of a model and its inference logs of a window.',
  });

export type Report = z.infer<typeof reportSchema>;
