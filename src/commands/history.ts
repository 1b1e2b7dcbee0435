import type { Command } from 'commander';
import { instantProblem } from './instant.ts';
import type { Io } from './io.ts';
import { collect, defineCommand } from './options.ts';

export interface ShowHistoryOptions {
  readonly days?: string;
  readonly until?: string;
  readonly feature?: readonly string[];
}

export interface ExportHistoryOptions {
  readonly days?: string;
  readonly until?: string;
  readonly format?: string;
  readonly table?: string;
  readonly output?: string;
}

export const SHOWN_DAYS = 7;
export const EXPORTED_DAYS = 365;
export const FORMATS = ['csv', 'parquet'] as const;
export const TABLES = ['runs', 'signals'] as const;

export function registerHistory(program: Command, io: Io): void {
  const group = program.command('history').description('what the runs of a model have found, hour by hour');

  const show = group
    .command('show')
    .description('how drift score and features went, as lines of bars')
    .option('--days <n>', `days up to the last run (default: ${SHOWN_DAYS})`)
    .option('--until <instant>', 'end of these days (default: the end of the last run)')
    .option(
      '--feature <name>',
      'a feature, output or embedding; may be given several times (default: what drifted most)',
      collect,
    )
    .addHelpText(
      'after',
      `
Each bar is the largest value of its hours. An empty column had no run; "·" had one
in which nothing could be judged, or the feature was not among those that moved most:
each run keeps as many of these as fit into 2 KiB, all of them up to about 50.

Without --model-version it is the version that was judged last.

Examples:
  drift-monitor history show --model-name churn
  drift-monitor history show --model-name churn --days 365
  drift-monitor history show --model-name churn --feature age --feature plan
  drift-monitor history show --model-name churn --json | jq '.runs[] | {hour, driftScore}'`,
    );
  defineCommand<ShowHistoryOptions>(
    show,
    io,
    async (context) => (await import('./history-show.ts')).showHistory(context),
    problems,
  );

  const exported = group
    .command('export')
    .description('the runs of a model as a table for other programs')
    .option('--format <format>', `${FORMATS.join(' or ')} (default: csv)`)
    .option('--table <table>', 'runs: one row a run (default); signals: one row a run and feature')
    .option('--days <n>', `days up to the last run (default: ${EXPORTED_DAYS})`)
    .option('--until <instant>', 'end of these days (default: the end of the last run)')
    .option('--output <file>', 'file to write (default: stdout)')
    .addHelpText(
      'after',
      `
All versions, unless --model-version names one.

The history keeps of each run as many signals as fit into 2 KiB, those that moved most,
all of them up to about 50. Of others --table signals has one row a run, with the verdict
rest and no name: the largest PSI and distance of all of them. The reports have them all.

In CSV a name that a spreadsheet would take for a formula gets an apostrophe in front,
and control characters are written as \\u{…}; Parquet has names as they are.

Examples:
  drift-monitor history export --model-name churn > churn.csv
  drift-monitor history export --model-name churn --table signals --format parquet \\
                               --output churn.parquet`,
    );
  defineCommand<ExportHistoryOptions>(
    exported,
    io,
    async (context) => (await import('./history-export.ts')).exportHistory(context),
    (options) => [
      ...problems(options),
      ...choiceProblem('--format', options.format, FORMATS),
      ...choiceProblem('--table', options.table, TABLES),
    ],
  );
}

const MOST_DAYS = 3660;

function problems({ days, until }: { readonly days?: string; readonly until?: string }): string[] {
  const isDays = days === undefined || (/^[1-9]\d{0,3}$/.test(days) && Number(days) <= MOST_DAYS);
  return [
    ...(isDays ? [] : [`--days ${days}: must be a whole number from 1 to ${MOST_DAYS}`]),
    ...(until === undefined ? [] : instantProblem('--until', until)),
  ];
}

function choiceProblem(option: string, value: string | undefined, allowed: readonly string[]): string[] {
  return value === undefined || allowed.includes(value)
    ? []
    : [`${option} ${value}: must be one of ${allowed.join(', ')}`];
}
