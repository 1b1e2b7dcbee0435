import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { workersFor } from '../config/workers.ts';
import { DriftMonitorError, messageOf } from '../errors.ts';
import { printable, printableJson } from '../printable.ts';
import type { DetectRequest } from '../report/detect.ts';
import type { Report } from '../report/schema.ts';
import { HOUR_MS, hourOf } from '../storage/hour.ts';
import { fanOutOf } from './fan-out.ts';
import { loggedInstantProblem, parseInstant } from './instant.ts';
import { type Io, print } from './io.ts';
import { type Context, collect, defineCommand } from './options.ts';
import { type Progress, startProgress } from './progress.ts';
import { VERSION } from './version.ts';

interface DetectOptions {
  readonly at?: string;
  readonly windowHours?: string;
  readonly failOn?: readonly string[];
  /** False with `--no-cache`. */
  readonly cache: boolean;
  readonly explain?: true;
}

const FAIL_ON = ['minor', 'drift', 'critical', 'insufficient-data', 'no-data'] as const;

export function registerDetect(program: Command, io: Io): void {
  const command = program
    .command('detect')
    .description('compare the inference logs of a window with the baseline, write report and alerts, print the summary')
    .option(
      '--at <instant>',
      'an instant in the last hour of the window (default: one hour ago, so the last complete hour)',
    )
    .option('--window-hours <n>', 'hour partitions to look at (default: 24)')
    .option('--fail-on <what>', `exit 3 when found: ${FAIL_ON.join(', ')}; may be given several times`, collect)
    .option('--no-cache', 'read every log file, and neither use nor store hour profiles')
    .option('--explain', 'print what would be read and what is kept, and do nothing')
    .addHelpText(
      'after',
      `
The window is made of whole UTC hours, the last of which contains --at. The hour in
a file's path decides what belongs to it, not the timestamps of its rows. The hour
that goes on is the last that --at may name. Run again, it replaces the report of its
last hour. A window of the past opens and resolves no alert, and nothing is sent about
it. Without --model-name every model in the configuration file is judged, and --json
prints an array.

--fail-on minor includes drift, and drift includes critical (a CRITICAL alert).

Exit codes:
  0  finished, whatever was found: a quiet hour is no failed Job
  1  an error
  2  bad usage or configuration
  3  finished, and something that --fail-on names was found

Examples:
  drift-monitor detect --model-name churn --model-version v7
  drift-monitor detect --model-name churn --model-version v7 \\
                       --at 2025-12-24T11:30:00Z --window-hours 12
  drift-monitor detect --config drift.yaml --json --fail-on critical --fail-on no-data`,
    );
  defineCommand<DetectOptions>(command, io, runDetect, ({ at, failOn = [] }) => [
    ...(at === undefined ? [] : loggedInstantProblem('--at', at, io.now())),
    ...failOn
      .filter((what) => !FAIL_ON.some((known) => known === what))
      .map((what) => `--fail-on ${what}: must be one of ${FAIL_ON.join(', ')}`),
  ]);
}

async function runDetect(context: Context<DetectOptions>): Promise<number> {
  const { io, options, configuration, settings, logger } = context;
  const [{ configuredModels, unknownColumns }, { detect, explain }, { alertingObstacles, alertingOf }] =
    await Promise.all([import('../config/judgement.ts'), import('../report/detect.ts'), import('./alert-context.ts')]);
  const models = configuredModels(configuration);
  const [store, logs] = await Promise.all([context.openStorage(), context.openLogs()]);
  const started = io.now();
  const at = options.at === undefined ? started - HOUR_MS : parseInstant(options.at);
  const names = models.map(({ model }) => `${model.name} ${model.version}`);
  let progress: Progress | undefined;
  const published = new Map<Report['model'], Promise<string[]>>();
  const publish = async (report: Report) =>
    (await import('../report/publish-metrics.ts')).publishMetrics(report, settings.metrics, io);
  const request: DetectRequest = {
    store,
    logs,
    models,
    settings,
    at,
    useStored: options.cache,
    fanOut: fanOutOf(context),
    workers: workersFor(settings.memoryLimitMib, availableParallelism()),
    now: io.now,
    version: VERSION,
    alerting: { ...alertingOf(settings, store, io), isCurrent: isCurrent(at, started) },
    onProgress: (done, total) => progress?.update(done, total),
    onReport: (report) => {
      if (isCurrent(at, started)) published.set(report.model, publish(report));
    },
  };
  if (options.explain === true) {
    const { printPlan } = await import('./plan-table.ts');
    const { models: explained, shards } = await explain(request);
    const plans = explained.flatMap((one) => ('error' in one ? [] : [one]));
    await printPlan(io, plans, shards, options.json === true);
    for (const one of explained) if ('error' in one) throw one.error;
    return 0;
  }
  if (isCurrent(at, started)) {
    for (const obstacle of alertingObstacles(settings, io)) logger.warn(`Alerts cannot be sent: ${obstacle}`);
  }
  progress = await startProgress(io, logger, `Reading the logs of ${names.join(', ')}`);
  const detecting = detect(request).finally(progress.stop);
  // What prints the report is loaded while the logs are read.
  const [detected, { details }, { summary }] = await Promise.all([
    detecting,
    import('./report-details.ts'),
    import('../report/summary.ts'),
  ]);
  const reports: Report[] = [];
  const failed: string[] = [];
  for (const [index, one] of detected.entries()) {
    const name = names[index] ?? '';
    if ('error' in one) {
      // With one model the error is the command's; with several it must not stop the others.
      if (models.length === 1) throw one.error;
      failed.push(name);
      logger.error({ model: name }, printable(messageOf(one.error), 1000));
      logger.debug({ err: one.error }, 'Where it failed');
      continue;
    }
    const { report, key, problems } = one;
    const { status, driftScore, rows, inputs, run } = report;
    logger.info({ model: name, status, driftScore, rows, files: inputs.files, report: key }, 'Report written');
    logger.info({ model: name }, workInWords(run, inputs.files));
    if (one.pageError !== undefined) {
      logger.warn(
        { model: name },
        `The report's page could not be written: ${printable(messageOf(one.pageError), 1000)}`,
      );
      logger.debug({ err: one.pageError }, 'Where it failed');
    }
    const signals = [...report.features, ...report.outputs, ...report.embeddings].map((signal) => signal.name);
    const judgement = models[index]?.judgement;
    const { importantFeatures } = settings.alerts;
    for (const problem of judgement === undefined ? [] : unknownColumns(judgement, signals, importantFeatures)) {
      logger.warn({ model: name }, printable(problem, 500));
    }
    for (const problem of problems) logger.warn({ model: name }, printable(problem, 1000));
    if (run.retraining?.outcome === 'started') logger.info({ model: name, ...run.retraining }, 'Retraining started');
    else if (run.retraining !== undefined) logger.warn({ model: name, ...run.retraining }, 'Retraining asked for');
    for (const problem of (await published.get(report.model)) ?? []) logger.warn({ model: name }, problem);
    if (options.json !== true) {
      const gap = reports.length > 0 ? '\n' : '';
      await print(io, `${gap}${details(io, report, key)}\n\n${summary(report)}`);
    }
    reports.push(report);
  }
  const { publishToDatabase } = await import('../report/publish-database.ts');
  for (const problem of await publishToDatabase(reports, settings.metrics, io)) logger.warn(printable(problem, 1000));
  // As they are stored, byte for byte.
  if (options.json === true) {
    await print(io, printableJson(JSON.stringify(settings.modelName === undefined ? reports : reports[0])));
  }
  if (failed.length > 0) {
    throw new DriftMonitorError(
      `${failed.length} of ${models.length} models could not be judged: ${failed.join(', ')}`,
    );
  }
  return reports.some((report) => isNamed(report, options.failOn ?? [])) ? 3 : 0;
}

/** The last complete hour: what lies further back is history, and of the one that goes on the next run will know more. */
function isCurrent(at: number, now: number): boolean {
  return hourOf(at) === hourOf(now - HOUR_MS);
}

function workInWords({ hoursKept, hoursUpdated, filesRead }: Report['run'], files: number): string {
  return `hours: ${hoursKept} kept, ${hoursUpdated} updated; files: ${filesRead} read of ${files}`;
}

/** Whether a report holds something that `--fail-on` names. */
function isNamed(report: Report, failOn: readonly string[]): boolean {
  const signals = [...report.features, ...report.outputs, ...report.embeddings];
  const critical = report.alerts.some(({ severity }) => severity === 'CRITICAL');
  const drift = report.driftDetected || critical;
  const minor = drift || signals.some(({ verdict }) => verdict === 'minor');
  return failOn.some((what) => {
    switch (what) {
      case 'critical':
        return critical;
      case 'drift':
        return drift;
      case 'minor':
        return minor;
      default:
        return report.status === what;
    }
  });
}
