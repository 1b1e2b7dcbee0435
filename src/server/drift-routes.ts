import pMap from 'p-map';
import { z } from 'zod';
import { loadHistory } from '../history/store.ts';
import type { Report } from '../report/schema.ts';
import { keyOf, listReports, loadReport } from '../report/store.ts';
import { kullbackLeiblerInterval } from '../statistics/kullback-leibler-interval.ts';
import { pathOfReport } from './checks.ts';
import type { ServerContext } from './context.ts';
import { knownModels, latestReport, modelNames, unlessEmpty } from './model-list.ts';
import { modelName, modelVersion, wholeNumber } from './parameters.ts';
import { Problem } from './problem.ts';
import { type Route, route } from './route.ts';

const verdict = z.enum(['none', 'minor', 'drift', 'insufficient-data']);
const count = z.int().min(0);
const instant = z.iso.datetime();
const interval = z.strictObject({ lower: z.number(), upper: z.number(), level: z.literal(0.95) }).nullable();

const embeddingStatus = z.strictObject({
  name: z.string(),
  verdict,
  drift_detected: z.boolean(),
  kl_divergence: z
    .number()
    .nullable()
    .describe('of the window from the baseline, of the cosine of each row to the centroid of the baseline, in nats'),
  confidence_interval: interval.describe('of kl_divergence'),
  cosine_distance: z.number().nullable().describe('1 − cosine of the angle between the mean vectors'),
  p_value: z.number().nullable().describe('adjusted over all signals of the report'),
  reasons: z.array(z.string()),
});

const openAlerts = z.strictObject({ critical: count, warning: count, info: count });

const overview = {
  model_name: z.string(),
  model_version: z.string(),
  status: z.enum(['drift', 'no-drift', 'insufficient-data', 'no-data']),
  drift_detected: z.boolean(),
  drift_score: z.number().min(0).max(1),
  rows: count.describe('of the model in the window'),
  window: z.strictObject({ from: instant, to: instant }),
  drifted: z.array(z.string()).describe('names of features, outputs and embeddings'),
  open_alerts: openAlerts.nullable().describe('null where the run was of the past'),
  report: z.string().describe('path of the report'),
};

const statusSchema = z.strictObject({
  ...overview,
  kl_divergence: z.number().nullable().describe('the largest of the embeddings'),
  confidence_interval: interval.describe('of kl_divergence'),
  embeddings: z.array(embeddingStatus),
});

const summarySchema = z.strictObject({
  models: z.array(
    z.union([
      z.strictObject(overview),
      z.strictObject({
        model_name: z.string(),
        status: z.enum(['no-report', 'unreadable']),
        detail: z.string(),
      }),
    ]),
  ),
});

const metricsSchema = z.strictObject({
  from: instant,
  to: instant,
  models: z.array(
    z.strictObject({
      model_name: z.string(),
      model_version: z.string(),
      points: z.array(
        z.strictObject({
          hour: instant.describe('last hour of the window'),
          status: overview.status,
          drift_detected: z.boolean(),
          drift_score: z.number(),
          rows: count,
          drifted: count.describe('features, outputs and embeddings'),
        }),
      ),
    }),
  ),
});

const DAY_MS = 86_400_000;
const MODELS_AT_ONCE = 4;
const NO_HISTORY = { lines: [], damaged: 0 };

export function driftRoutes(context: ServerContext): Route[] {
  const { store, now } = context;
  return [
    route({
      method: 'GET',
      path: '/drift/status/{model}',
      operationId: 'getDriftStatus',
      summary: 'How a model stands, by its latest report',
      scope: 'read',
      params: z.strictObject({ model: modelName }),
      query: z.strictObject({ version: modelVersion.optional() }),
      answers: { 200: { description: 'The status', schema: statusSchema } },
      refusals: [404],
      async handle({ params: { model }, query: { version } }) {
        return statusOf(await reportOf(context, model, version));
      },
    }),
    route({
      method: 'GET',
      path: '/drift/summary',
      operationId: 'getDriftSummary',
      summary: 'How all models stand, by their latest reports',
      scope: 'read',
      answers: { 200: { description: 'All that are configured or have a baseline', schema: summarySchema } },
      async handle() {
        const models = (await knownModels(context)).map(({ name, report, error }) =>
          report === undefined
            ? {
                model_name: name,
                status: error === undefined ? 'no-report' : 'unreadable',
                detail: error ?? 'there is no report yet',
              }
            : overviewOf(report),
        );
        return { models };
      },
    }),
    route({
      method: 'GET',
      path: '/drift/metrics',
      operationId: 'getDriftMetrics',
      summary: 'How models went, hour by hour',
      scope: 'read',
      query: z.strictObject({
        days: wholeNumber(1, 366).optional().describe('default: 30'),
        model: modelName.optional().describe('only this one'),
      }),
      answers: { 200: { description: 'Model versions that were judged in these days', schema: metricsSchema } },
      async handle({ query: { days = 30, model } }) {
        const to = now();
        const span = { from: to - days * DAY_MS, to };
        const names = model === undefined ? await modelNames(context) : [model];
        const histories = await pMap(
          names,
          async (name) => ({ name, lines: (await unlessEmpty(loadHistory(store, name, span), NO_HISTORY)).lines }),
          { concurrency: MODELS_AT_ONCE },
        );
        return {
          from: new Date(span.from).toISOString(),
          to: new Date(to).toISOString(),
          models: histories.flatMap(({ name, lines }) =>
            [...Map.groupBy(lines, ({ version }) => version)].map(([version, ofVersion]) => ({
              model_name: name,
              model_version: version,
              points: ofVersion.map(({ hour, status, driftScore, rows, drift }) => ({
                hour,
                status,
                drift_detected: drift > 0,
                drift_score: driftScore,
                rows,
                drifted: drift,
              })),
            })),
          ),
        };
      },
    }),
  ];
}

async function reportOf(context: ServerContext, name: string, version: string | undefined): Promise<Report> {
  const latest = await latestReport(context, name);
  if (latest === undefined) throw new Problem(404, `${name} has no report; POST /drift/check makes one`);
  if (version === undefined || latest.model.version === version) return latest;
  const [newest] = (await listReports(context.store, { name, version })).slice(-1);
  if (newest === undefined) throw new Problem(404, `${name} ${version} has no report; POST /drift/check makes one`);
  return (await loadReport(context.store, { name, version }, newest.hour)).report;
}

function overviewOf(report: Report) {
  const { model, status, driftDetected, driftScore, rows, window, run } = report;
  const open = (severity: string) =>
    (run.alerts ?? []).filter((alert) => alert.state === 'open' && alert.severity === severity).length;
  return {
    model_name: model.name,
    model_version: model.version,
    status,
    drift_detected: driftDetected,
    drift_score: driftScore,
    rows,
    window: { from: window.from, to: window.to },
    drifted: driftedNames(report),
    open_alerts:
      run.alerts === undefined ? null : { critical: open('CRITICAL'), warning: open('WARNING'), info: open('INFO') },
    report: pathOfReport(keyOf(report)),
  };
}

export function driftedNames({ features, outputs, embeddings }: Report): string[] {
  const signals = [...features, ...outputs, ...embeddings];
  return signals.filter((signal) => signal.verdict === 'drift').map(({ name }) => name);
}

function statusOf(report: Report): z.input<typeof statusSchema> {
  const embeddings = report.embeddings.map(embeddingStatusOf);
  const known = embeddings.filter((one) => one.kl_divergence !== null);
  const [worst] = known.sort((a, b) => (b.kl_divergence ?? 0) - (a.kl_divergence ?? 0));
  return {
    ...overviewOf(report),
    kl_divergence: worst?.kl_divergence ?? null,
    confidence_interval: worst?.confidence_interval ?? null,
    embeddings,
  };
}

function embeddingStatusOf({
  name,
  verdict,
  reasons,
  measures,
}: Report['embeddings'][number]): z.input<typeof embeddingStatus> {
  const { histogram } = measures.cosineToCentroid;
  const { estimate, lower, upper } = kullbackLeiblerInterval(histogram.baseline, histogram.window);
  const isKnown = !Number.isNaN(estimate);
  return {
    name,
    verdict,
    drift_detected: verdict === 'drift',
    kl_divergence: isKnown ? estimate : null,
    confidence_interval: isKnown ? { lower, upper, level: 0.95 } : null,
    cosine_distance: measures.centroidCosineDistance,
    p_value: measures.adjustedPValue,
    reasons,
  };
}
