import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { didYouMean } from '../config/did-you-mean.ts';
import { workersFor } from '../config/workers.ts';
import { DriftMonitorError, UsageError } from '../errors.ts';
import type { Checked } from '../simulation/check.ts';
import { SCENARIOS, type Scenario } from '../simulation/scenarios.ts';
import { statusInWords } from '../simulation/words.ts';
import { parseStorageUrl } from '../storage/storage-url.ts';
import { type Io, print, printJson } from './io.ts';
import { type CommonOptions, type Context, collect, defineCommand } from './options.ts';
import { startProgress } from './progress.ts';
import type { Cell } from './table.ts';
import { VERSION } from './version.ts';

export interface SimulateOptions extends CommonOptions {
  readonly scenario?: readonly string[];
  readonly rows?: string;
  readonly to?: string;
}

/** The numbers that the scenarios are drawn by. */
const SEED = 1;

interface Played {
  readonly scenario: Scenario;
  readonly checked: readonly Checked[];
}

export function registerSimulate(program: Command, io: Io): void {
  const width = Math.max(...SCENARIOS.map(({ name }) => name.length));
  const command = program
    .command('simulate')
    .description('play scenarios of drift from training data to report, and say whether each verdict is the right one')
    .option('--scenario <name>', 'only this one; may be given several times', collect)
    .option('--to <url>', "write the scenario's training data and logs to a storage, and judge nothing")
    .option('--rows <n>', 'rows of logs to write (default: as the scenario says)')
    .addHelpText(
      'after',
      `
Scenarios:
${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`).join('\n')}

Each scenario is played in a directory of its own that is removed afterwards: Parquet
is written, a baseline made and windows judged. The numbers are the same every time.
The thresholds of your configuration apply; what must be found is meant for the
default ones.

With --to, the training data and logs of one scenario are written and nothing else,
and the commands to run next are printed. The model is named simulated-SCENARIO v1
unless --model-name and --model-version say otherwise.

Exit codes:
  0  every verdict is as it must be, or everything is written
  1  a verdict is wrong, or an error
  2  bad usage or configuration

Examples:
  drift-monitor simulate
  drift-monitor simulate --scenario seasonal --scenario recurring --json
  drift-monitor simulate --scenario gradual --rows 50000 --to file:./try`,
    );
  defineCommand<SimulateOptions>(command, io, runSimulate, problemsOf);
}

function problemsOf({ scenario: names = [], rows, to, storageUrl, logsUrl }: SimulateOptions): string[] {
  const known = SCENARIOS.map(({ name }) => name);
  const problems = names
    .filter((name) => !known.includes(name))
    .map((name) => `--scenario ${name}: no such scenario${didYouMean(name, known)}`);
  if (to !== undefined) {
    if (names.length !== 1) problems.push('--to: name the one --scenario to write');
    problems.push(...urlProblems(to));
  }
  if (rows !== undefined && !/^[1-9]\d{0,6}$/.test(rows)) {
    problems.push(`--rows ${rows}: must be a whole number from 1 to 9999999`);
  }
  if (rows !== undefined && to === undefined) problems.push('--rows is for what is written --to a storage');
  if (storageUrl !== undefined || logsUrl !== undefined) {
    problems.push('--storage-url and --logs-url are not for simulate: say where to write with --to');
  }
  return problems;
}

function urlProblems(url: string): readonly string[] {
  try {
    parseStorageUrl(url);
    return [];
  } catch (error) {
    return error instanceof UsageError ? error.problems.map((problem) => `--to: ${problem}`) : [];
  }
}

async function runSimulate(context: Context<SimulateOptions>): Promise<undefined> {
  const { scenario: names, to } = context.options;
  const chosen = SCENARIOS.filter(({ name }) => names === undefined || names.includes(name));
  const [first] = chosen;
  if (to === undefined || first === undefined) {
    await checkAll(context, chosen);
  } else {
    const { writeScenario } = await import('./simulate-write.ts');
    await writeScenario(context, first, to, SEED);
  }
}

async function checkAll(context: Context<SimulateOptions>, scenarios: readonly Scenario[]): Promise<void> {
  const { io, options, configuration, settings, logger } = context;
  const [{ configuredModel }, { checkScenario }] = await Promise.all([
    import('../config/judgement.ts'),
    import('../simulation/check.ts'),
  ]);
  const { judgement } = configuredModel({
    ...configuration,
    settings: { ...settings, modelName: 'simulated', modelVersion: 'v1', columns: {} },
  });
  const progress = await startProgress(io, logger, `Playing ${scenarios.length} scenarios`);
  const results: Played[] = [];
  try {
    for (const [done, scenario] of scenarios.entries()) {
      progress.update(done, scenarios.length);
      const request = {
        scenario,
        seed: SEED,
        judgement,
        settings,
        workers: workersFor(settings.memoryLimitMib, availableParallelism()),
        now: io.now,
      };
      results.push({ scenario, checked: await checkScenario({ ...request, version: VERSION }) });
    }
  } finally {
    progress.stop();
  }
  if (options.json === true) await printJson(io, results.map(resultOf));
  else await printTable(io, results);

  const wrong = results.filter(({ checked }) => checked.some((one) => one.wrong.length > 0));
  if (wrong.length > 0) {
    const names = wrong.map(({ scenario }) => scenario.name).join(', ');
    throw new DriftMonitorError(`${wrong.length} of ${results.length} scenarios were judged wrongly: ${names}`);
  }
}

function resultOf({ scenario, checked }: Played) {
  const { name, about } = scenario;
  const reports = checked.map(({ look: { from, to, status, moved }, found, wrong }) => ({
    hours: { from, to },
    expected: { status, moved },
    found,
    wrong,
  }));
  return { name, about, ok: checked.every(({ wrong }) => wrong.length === 0), reports };
}

async function printTable(io: Io, results: readonly Played[]): Promise<void> {
  const { table } = await import('./table.ts');
  const rows = results.flatMap(({ scenario, checked }) =>
    checked.map(({ look, found, wrong }, index): Cell[] => [
      index === 0 ? scenario.name : '',
      `${look.from}–${look.to} h`,
      statusInWords(look),
      statusInWords(found),
      `${(found.driftScore * 100).toFixed(1)} %`,
      wrong.length === 0 ? { text: 'ok', style: 'green' } : { text: 'WRONG', style: 'red' },
    ]),
  );
  await print(io, table(io, ['Scenario', 'Window', 'Expected', 'Found', 'Score', ''], rows));
  const wrong = results.flatMap(({ scenario, checked }) =>
    checked.flatMap(({ look, wrong }) => wrong.map((what) => `${scenario.name}, ${look.from}–${look.to} h: ${what}`)),
  );
  if (wrong.length > 0) await print(io, `\n${wrong.join('\n')}`);
}
