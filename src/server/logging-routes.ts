import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { toEpochMs } from '../inference-log/column-type.ts';
import { HOUR_MS, type Hour, hourOf } from '../storage/hour.ts';
import { ArrivingBodies } from './arriving-bodies.ts';
import type { ServerContext } from './context.ts';
import { modelName, modelVersion } from './parameters.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';

/** Longer lists are no embedding: the logger's own bound. */
const MAX_ELEMENTS = 65_536;
/** Columns that a logger takes. */
const MAX_COLUMNS = 4096;
const MAX_RECORDS = 10_000;
/** As long as a column's name may be. */
const MAX_NAME = 256;
/** How far back an instant may lie: logs that come late, and a year that is logged afterwards. */
const MAX_AGE_DAYS = 400;
/** Clocks differ. */
const MAX_AHEAD_MS = HOUR_MS;
/** Of one request, since each is an object of its own: a week. */
const MAX_HOURS = 168;

const text = z.string();
const list = z.array(z.number().nullable()).max(MAX_ELEMENTS);
const value = z.union([z.number(), text, z.boolean(), list, z.null()]);
const named = <T extends z.ZodType>(of: T) => z.record(text.max(MAX_NAME), of).meta({ maxProperties: MAX_COLUMNS });

const request = {
  request_id: z.union([text, z.int()]).nullish(),
  timestamp: z
    .union([text.meta({ format: 'date-time' }), z.number().min(0)])
    .nullish()
    .describe(
      'ISO 8601, or milliseconds since 1970; decides the hour; at most 400 days ago and an hour ahead. Default: now',
    ),
};

const recordSchema = z.strictObject({
  ...request,
  features: named(value).nullish().describe('one column each; numbers, texts, booleans and lists of numbers'),
  embeddings: named(list).nullish().describe('one column each'),
  prediction: value.optional(),
  confidence: z.number().nullish(),
  latency_ms: z.number().nullish(),
  status: z.union([text, z.number()]).nullish(),
  label: value.optional(),
});

const logsSchema = z
  .strictObject({
    model_name: modelName,
    model_version: modelVersion,
    records: z.array(recordSchema).min(1).max(MAX_RECORDS),
  })
  .meta({ title: 'Predictions of one model version' });

const embeddingsSchema = z
  .strictObject({
    model_name: modelName,
    model_version: modelVersion,
    column: text.min(1).max(MAX_NAME).default('embedding').describe('name of the column in the log'),
    embeddings: z
      .array(z.strictObject({ ...request, embedding: z.array(z.number()).min(1).max(MAX_ELEMENTS) }))
      .min(1)
      .max(MAX_RECORDS),
  })
  .meta({ title: 'Embeddings of one model version, all of one length' });

const keptSchema = z.strictObject({ kept: z.int().min(1).describe('rows') });

const KEPT = {
  202: {
    description: 'All rows are kept: they go to the storage, within a minute or as soon as it takes them',
    schema: keptSchema,
  },
};

export function loggingRoutes({ loggers, now }: ServerContext): Route[] {
  const bodies = new ArrivingBodies();
  const admit = ({ raw }: FastifyRequest) => {
    loggers.admit();
    bodies.admit(raw, now());
  };
  return [
    route({
      method: 'POST',
      path: '/inference-logs',
      operationId: 'logPredictions',
      summary: 'Log predictions',
      description: 'All records are kept, or none.',
      scope: 'write',
      body: { schema: logsSchema },
      admit,
      answers: KEPT,
      async handle({ body: { model_name: name, model_version: version, records } }, _, reply) {
        checkTimestamps(records, 'records', now());
        await loggers.log({ name, version }, records);
        return reply.code(202).send({ kept: records.length });
      },
    }),
    route({
      method: 'POST',
      path: '/embeddings/batch',
      operationId: 'logEmbeddings',
      summary: 'Log embeddings',
      description: 'All rows are kept, or none.',
      scope: 'write',
      body: { schema: embeddingsSchema },
      admit,
      answers: KEPT,
      async handle({ body: { model_name: name, model_version: version, column = 'embedding', embeddings } }, _, reply) {
        checkTimestamps(embeddings, 'embeddings', now());
        const [first] = embeddings;
        const odd = embeddings.findIndex(({ embedding }) => embedding.length !== first?.embedding.length);
        if (odd >= 0) {
          throw new Problem(400, 'the embeddings are not of one length', {
            problems: [
              `embeddings.${odd}: has ${embeddings[odd]?.embedding.length} numbers, the first ${first?.embedding.length}`,
            ],
          });
        }
        const records = embeddings.map(({ embedding, ...rest }) => ({
          ...rest,
          embeddings: new Map([[column, embedding]]),
        }));
        await loggers.log({ name, version }, records);
        return reply.code(202).send({ kept: records.length });
      },
    }),
  ];
}

/** The logger would take now for what it cannot read; each hour makes an object, which nobody shall be able to have by the million. */
function checkTimestamps(
  records: readonly { readonly timestamp?: string | number | null | undefined }[],
  name: string,
  now: number,
): void {
  const first = Math.max(0, now - MAX_AGE_DAYS * 24 * HOUR_MS);
  const last = now + MAX_AHEAD_MS;
  const problems: string[] = [];
  const hours = new Set<Hour>();
  for (const [index, { timestamp }] of records.entries()) {
    const instant = toEpochMs(timestamp ?? now);
    if (instant !== undefined && instant >= first && instant <= last) {
      hours.add(hourOf(instant));
      continue;
    }
    const where = `${name}.${index}.timestamp`;
    problems.push(
      instant === undefined
        ? `${where}: must be an instant as in 2025-12-24T11:30:00Z`
        : `${where}: must be at most ${MAX_AGE_DAYS} days ago and an hour ahead`,
    );
    if (problems.length === 10) break;
  }
  if (problems.length > 0) throw new Problem(400, 'not all timestamps can be used', { problems });
  if (hours.size > MAX_HOURS) {
    throw new Problem(
      400,
      `the rows are of ${hours.size} hours, at most ${MAX_HOURS} are taken at once; send them in parts`,
    );
  }
}
