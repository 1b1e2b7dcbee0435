import { recordColumns } from '../config/record-columns.ts';
import { DriftMonitorError } from '../errors.ts';
import type { Look, Scenario } from '../simulation/scenarios.ts';
import { statusInWords } from '../simulation/words.ts';
import { FIRST_HOUR, trainingKey, writeLogs, writeTraining } from '../simulation/write.ts';
import { HOUR_MS } from '../storage/hour.ts';
import { type ModelId, trainingDataPrefix } from '../storage/layout.ts';
import { type ObjectStore, StorageNotFoundError } from '../storage/object-store.ts';
import { openStore } from '../storage/open.ts';
import { print, printJson } from './io.ts';
import type { Context } from './options.ts';
import { startProgress } from './progress.ts';
import type { SimulateOptions } from './simulate.ts';

/** Writes a scenario's training data and logs to a storage, and prints how to go on. */
export async function writeScenario(
  { io, options, settings, logger }: Context<SimulateOptions>,
  scenario: Scenario,
  to: string,
  seed: number,
): Promise<void> {
  const store = await openStore(to, { env: io.env, cwd: io.cwd });
  const model = { name: settings.modelName ?? `simulated-${scenario.name}`, version: settings.modelVersion ?? 'v1' };
  await refuseForeignTraining(store, model);
  const rows = Number(options.rows ?? scenario.rows);
  const progress = await startProgress(io, logger, `Writing scenario ${scenario.name}`);
  const { logPathTemplate } = settings;
  const request = { store, scenario, model, seed, rows, logPathTemplate, record: recordColumns(settings) };
  let files: number;
  try {
    await writeTraining(request);
    files = await writeLogs({ ...request, onProgress: progress.update });
  } finally {
    progress.stop();
  }

  // What is printed bears no secret; a path stays as it was typed.
  const url = shellWord(to.startsWith('file:') ? to : store.url);
  const common = `--model-name ${model.name} --model-version ${model.version} --storage-url ${url}`;
  const generate = `drift-monitor baseline generate ${common}`;
  const looks = scenario.looks.map((look) => ({
    command: `drift-monitor detect ${common}${settings.logsUrl === undefined ? '' : ` --logs-url ${url}`} ${windowOptions(look)}`,
    expected: statusInWords(look),
  }));
  const { trainingRows } = scenario;
  if (options.json === true) {
    const next = [generate, ...looks.map(({ command }) => command)];
    return await printJson(io, { scenario: scenario.name, model, storage: store.url, trainingRows, rows, files, next });
  }
  const lines = [
    `${trainingRows} rows of training data and ${rows} rows of logs in ${files} files are in ${store.url}`,
    '',
    'Next:',
    `  ${generate}`,
    ...looks.map(({ command, expected }) => `  ${command}  # ${expected}`),
  ];
  await print(io, lines.join('\n'));
}

/** Made-up rows beside real ones would spoil a baseline. */
async function refuseForeignTraining(store: ObjectStore, model: ModelId): Promise<void> {
  const foreign = await foreignTraining(store, model);
  if (foreign === undefined) return;
  throw new DriftMonitorError(
    `${model.name} ${model.version} has training data of its own in ${store.url} (${foreign}); choose another --model-name`,
  );
}

async function foreignTraining(store: ObjectStore, model: ModelId): Promise<string | undefined> {
  try {
    for await (const { key } of store.list(trainingDataPrefix(model))) if (key !== trainingKey(model)) return key;
  } catch (error) {
    // The first write makes the container.
    if (!(error instanceof StorageNotFoundError)) throw error;
  }
  return undefined;
}

function windowOptions({ from, to }: Look): string {
  const at = new Date(FIRST_HOUR + (to - 1) * HOUR_MS).toISOString().replace('.000Z', 'Z');
  return `--at ${at} --window-hours ${to - from}`;
}

function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
