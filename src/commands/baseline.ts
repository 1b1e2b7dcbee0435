import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { workersFor } from '../config/workers.ts';
import { type Io, print, printJson } from './io.ts';
import { type Context, defineCommand } from './options.ts';
import { startProgress } from './progress.ts';

interface GenerateOptions {
  readonly trainingData?: readonly string[];
}

export function registerBaseline(program: Command, io: Io): void {
  const group = program
    .command('baseline')
    .description('make and read baselines, the statistical profiles of training data');
  const generate = group
    .command('generate')
    .description('make the baseline of a model version from its training data')
    .option(
      '--training-data <file...>',
      'Parquet or CSV: paths, globs or storage keys (default: training-data/<model>/<version>/*)',
    )
    .addHelpText(
      'after',
      `
Numbers and dates are numeric, text and booleans categorical, lists of numbers
embeddings. The log record's own names and text that is unique in nearly every row
(ids) are left out. Settings of single columns in the YAML file say otherwise:
  columns:
    zip_code: { type: categorical }     # numeric, categorical, embedding, ignore

Examples:
  drift-monitor baseline generate --model-name churn --model-version v7
  drift-monitor baseline generate --model-name churn --model-version v7 \\
                                  --training-data 'data/train-*.parquet'
  drift-monitor baseline generate --model-name churn --model-version v7 \\
                                  --training-data a.csv b.csv --config drift.yaml`,
    );
  defineCommand<GenerateOptions>(generate, io, runGenerate);

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

async function runGenerate(context: Context<GenerateOptions>): Promise<undefined> {
  const { io, options, configuration, settings, logger } = context;
  const [
    { configuredModel },
    { findTrainingData },
    { generateBaseline },
    { decodeBaseline, encodeBaseline },
    { saveBaseline },
    { openStore },
  ] = await Promise.all([
    import('../config/judgement.ts'),
    import('../baseline/training-sources.ts'),
    import('../baseline/generate.ts'),
    import('../baseline/baseline.ts'),
    import('../baseline/store.ts'),
    import('../storage/open.ts'),
  ]);
  const { model, judgement } = configuredModel(configuration);
  const store = await context.openStorage();
  const sources = await findTrainingData(options.trainingData ?? [], model, store, io.cwd, (path) =>
    openStore(`file:${path}`),
  );
  const progress = await startProgress(io, logger, `Reading training data of ${model.name} ${model.version}`);
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
    if (options.json === true) {
      const columns = encoded.columns.map(({ name, type, role, source }) => ({ name, type, role, source }));
      const { id, rows, leftOut } = encoded;
      return void (await printJson(io, { key, id, model, rows, columns, leftOut, sources: encoded.sources }));
    }
    const { understoodColumns } = await import('./baseline-tables.ts');
    await print(io, `${understoodColumns(io, decodeBaseline(encoded))}\n\nBaseline ${encoded.id}: ${key}`);
  } finally {
    progress.stop();
  }
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
