import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { FromLogs } from '../baseline/baseline.ts';
import type { Logger } from '../config/logger.ts';
import { workersFor } from '../config/workers.ts';
import { printable } from '../printable.ts';
import { type Io, print, printJson } from './io.ts';
import { type Context, defineCommand } from './options.ts';
import { startProgress } from './progress.ts';
import { type TrainingOptions, trainingProblems, trainingWindow } from './training-window.ts';

export function registerBaseline(program: Command, io: Io): void {
  const group = program
    .command('baseline')
    .description('make and read baselines, the statistical profiles of training data');
  const generate = group
    .command('generate')
    .description('make the baseline of a model version from its training data or its logs')
    .option(
      '--training-data <file...>',
      'Parquet or CSV: paths, globs or storage keys (default: training-data/<model>/<version>/*)',
    )
    .option('--from-logs', 'make it of inference logs, where there is no training data')
    .option('--from <instant>', 'of --from-logs: start of the first hour, as in 2025-12-01T00:00:00Z')
    .option('--to <instant>', 'of --from-logs: end of the last hour; that hour and later ones are left out')
    .addHelpText(
      'after',
      `
Numbers and dates are numeric, text and booleans categorical, lists of numbers
embeddings. The log record's own names and text that is unique in nearly every row
(ids) are left out. Settings of single columns in the YAML file say otherwise:
  columns:
    zip_code: { type: categorical }     # numeric, categorical, embedding, ignore

With --from-logs the rows of the model between two instants take the place of
training data: from the storage of the logs, found as detect finds them, without the
rows of other models in shared files. Files that cannot be read are left out and
told. Choose days on which all was well: what they hold is no drift.

Examples:
  drift-monitor baseline generate --model-name churn --model-version v7
  drift-monitor baseline generate --model-name churn --model-version v7 \\
                                  --training-data 'data/train-*.parquet'
  drift-monitor baseline generate --model-name churn --model-version v7 \\
                                  --training-data a.csv b.csv --config drift.yaml
  drift-monitor baseline generate --model-name churn --model-version v7 \\
                                  --from-logs --from 2025-12-01 --to 2025-12-15`,
    );
  defineCommand<TrainingOptions>(generate, io, runGenerate, trainingProblems);

  const list = group
    .command('list')
    .description('the stored baselines')
    .addHelpText(
      'after',
      `
Examples:
  drift-monitor baseline list
  drift-monitor baseline list --model-name churn --storage-url file:./drift-data`,
    );
  defineCommand(list, io, runList);

  const show = group
    .command('show')
    .description('one baseline as a table: moments, quantiles, histograms')
    .addHelpText(
      'after',
      `
Examples:
  drift-monitor baseline show --model-name churn --model-version v7
  drift-monitor baseline show --model-name churn --model-version v7 --json`,
    );
  defineCommand(show, io, runShow);
}

async function runGenerate(context: Context<TrainingOptions>): Promise<undefined> {
  const { io, options, configuration, settings, logger } = context;
  const [
    { configuredModel },
    { findTrainingData },
    { findTrainingLogs },
    { generateBaseline },
    { decodeBaseline, encodeBaseline },
    { saveBaseline },
    { openStore },
  ] = await Promise.all([
    import('../config/judgement.ts'),
    import('../baseline/training-sources.ts'),
    import('../baseline/training-logs.ts'),
    import('../baseline/generate.ts'),
    import('../baseline/baseline.ts'),
    import('../baseline/store.ts'),
    import('../storage/open.ts'),
  ]);
  const { model, judgement } = configuredModel(configuration);
  const store = await context.openStorage();
  const window = trainingWindow(options);
  const sources =
    window === undefined
      ? await findTrainingData(options.trainingData ?? [], model, store, io.cwd, (path) => openStore(`file:${path}`))
      : await findTrainingLogs(await context.openLogs(), settings.logPathTemplate, model, window);
  const read = window === undefined ? 'training data' : 'the logs';
  const progress = await startProgress(io, logger, `Reading ${read} of ${model.name} ${model.version}`);
  try {
    const baseline = await generateBaseline({
      model,
      sources,
      settings,
      columns: judgement.columns,
      workers: workersFor(settings.memoryLimitMib, availableParallelism()),
      now: () => new Date(io.now()),
      onProgress: progress.update,
    });
    progress.stop();
    const encoded = encodeBaseline(baseline);
    const key = await saveBaseline(store, encoded);
    logger.info({ key, id: encoded.id, rows: encoded.rows, columns: encoded.columns.length }, 'Baseline written');
    tellSkipped(logger, encoded.fromLogs);
    if (options.json === true) {
      const columns = encoded.columns.map(({ name, type, role, source }) => ({ name, type, role, source }));
      const { id, rows, leftOut, sources: read, fromLogs } = encoded;
      return void (await printJson(io, { key, id, model, rows, columns, leftOut, sources: read, fromLogs }));
    }
    const { understoodColumns } = await import('./baseline-tables.ts');
    await print(io, `${understoodColumns(io, decodeBaseline(encoded))}\n\nBaseline ${encoded.id}: ${key}`);
  } finally {
    progress.stop();
  }
}

/** More of them are in the baseline. */
const MOST_TOLD = 20;

function tellSkipped(logger: Logger, fromLogs: FromLogs | undefined): void {
  if (fromLogs === undefined || fromLogs.skipped.length === 0) return;
  const { skipped, files } = fromLogs;
  for (const { name, cause } of skipped.slice(0, MOST_TOLD)) {
    logger.warn(printable(`${name} cannot be read and is left out: ${cause}`, 500));
  }
  if (skipped.length > MOST_TOLD) logger.warn(`${skipped.length} of ${files} log files are left out`);
}

async function runList(context: Context<unknown>): Promise<undefined> {
  const { io, options, settings } = context;
  const [{ listBaselines, loadStoredBaseline }, { baselineKey }, { table }] = await Promise.all([
    import('../baseline/store.ts'),
    import('../storage/layout.ts'),
    import('./table.ts'),
  ]);
  const store = await context.openStorage();
  const { modelName, modelVersion } = settings;
  const models = (await listBaselines(store)).filter(
    ({ name, version }) => (modelName ?? name) === name && (modelVersion ?? version) === version,
  );
  const entries = await Promise.all(
    models.map(async (model) => {
      const key = baselineKey(model);
      try {
        const { id, rows, createdAt, columns } = await loadStoredBaseline(store, model);
        return { key, model, id, rows, createdAt, columns: columns.length };
      } catch (error) {
        // One damaged baseline must not hide the others.
        const problem = error instanceof Error ? error.message : String(error);
        return { key, model, id: null, rows: null, createdAt: null, columns: null, problem };
      }
    }),
  );
  if (options.json === true) return void (await printJson(io, entries));
  if (entries.length === 0) {
    return void (await print(io, `No baselines in ${store.url}; make one with: drift-monitor baseline generate`));
  }
  const rows = entries.map(({ model, id, rows, columns, createdAt }) => [
    model.name,
    model.version,
    id ?? 'unreadable',
    String(rows ?? ''),
    String(columns ?? ''),
    createdAt ?? '',
  ]);
  await print(io, table(io, ['Model', 'Version', 'Baseline', 'Rows', 'Columns', 'Made'], rows));
}

async function runShow(context: Context<unknown>): Promise<undefined> {
  const { io, options, configuration } = context;
  const [{ configuredModel }, { loadBaseline, loadStoredBaseline }] = await Promise.all([
    import('../config/judgement.ts'),
    import('../baseline/store.ts'),
  ]);
  const { model } = configuredModel(configuration);
  const store = await context.openStorage();
  if (options.json === true) return void (await printJson(io, await loadStoredBaseline(store, model)));
  const { showBaseline } = await import('./baseline-tables.ts');
  await print(io, showBaseline(io, await loadBaseline(store, model)));
}
