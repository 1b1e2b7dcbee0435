import type { Command } from 'commander';
import { printableJson } from '../report/printable.ts';
import { hourOf } from '../storage/hour.ts';
import { instantProblem, parseInstant } from './instant.ts';
import { type Io, print, printJson } from './io.ts';
import { type Context, defineCommand } from './options.ts';

interface ShowOptions {
  readonly at?: string;
  readonly details?: true;
  readonly feature?: string;
}

interface ListOptions {
  readonly last?: string;
}

const LISTED = 50;

export function registerReport(program: Command, io: Io): void {
  const group = program.command('report').description('read reports back');
  const show = group
    .command('show')
    .description('the latest report of a model, or the one of an hour, as the summary')
    .option('--at <instant>', "an instant in the report's last hour (default: the latest report)")
    .option('--details', 'what moved and why, and the findings, before the summary')
    .option('--feature <name>', 'every measure of one feature, output or embedding, instead of the summary')
    .addHelpText(
      'after',
      `
The latest report is that of the latest window, whenever it was made.

Examples:
  drift-monitor report show --model-name churn
  drift-monitor report show --model-name churn --at 2025-12-24T23:00:00Z --details
  drift-monitor report show --model-name churn --feature age
  drift-monitor report show --model-name churn --json |
    jq '.features[] | select(.verdict == "drift") | .name'`,
    );
  defineCommand<ShowOptions>(show, io, showReport, ({ at }) => (at === undefined ? [] : instantProblem('--at', at)));

  const list = group
    .command('list')
    .description('the stored reports of a model, oldest first')
    .option('--last <n>', `how many of the newest (default: ${LISTED})`)
    .addHelpText(
      'after',
      `
Examples:
  drift-monitor report list --model-name churn
  drift-monitor report list --model-name churn --model-version v7 --last 24`,
    );
  defineCommand<ListOptions>(list, io, showList, ({ last }) =>
    last === undefined || /^[1-9]\d{0,5}$/.test(last)
      ? []
      : [`--last ${last}: must be a whole number from 1 to 999999`],
  );
}

/** A report belongs to a model's name; the version is needed only where several have one. */
async function modelOf({ configuration }: Context<unknown>) {
  const { modelName, modelVersion } = configuration.settings;
  if (modelName !== undefined) return { name: modelName, version: modelVersion };
  const { configuredModel } = await import('../config/judgement.ts');
  return configuredModel(configuration).model;
}

async function showReport(context: Context<ShowOptions>): Promise<undefined> {
  const { io, options, logger } = context;
  const [{ keyOf, loadReport }, { summary }] = await Promise.all([
    import('../report/store.ts'),
    import('../report/summary.ts'),
  ]);
  const model = await modelOf(context);
  const store = await context.openStorage();
  const hour = options.at === undefined ? undefined : hourOf(parseInstant(options.at));
  const { report, text } = await loadReport(store, model, hour);
  if (options.feature !== undefined) {
    const { featureDetails, featureOf } = await import('./report-feature.ts');
    const entry = featureOf(report, options.feature);
    return void (await (options.json === true ? printJson(io, entry) : print(io, featureDetails(io, entry))));
  }
  if (options.json === true) return void (await print(io, printableJson(text)));
  const { details, whyNothingIsJudged } = await import('./report-details.ts');
  if (options.details === true) {
    await print(io, `${details(io, report, keyOf(report))}\n`);
  } else {
    const note = whyNothingIsJudged(report);
    if (note !== undefined) logger.warn(note);
  }
  await print(io, summary(report));
}

async function showList(context: Context<ListOptions>): Promise<undefined> {
  const { io, options } = context;
  const [{ listReports, loadReport }, { table }] = await Promise.all([
    import('../report/store.ts'),
    import('./table.ts'),
  ]);
  const choice = await modelOf(context);
  const store = await context.openStorage();
  const all = await listReports(store, choice);
  const listed = all.slice(-Number(options.last ?? LISTED));
  const entries: {
    key: string;
    hour: string;
    version: string;
    status: string;
    driftScore: number | null;
    rows: number | null;
    drifted: number | null;
    alerts: number | null;
  }[] = [];
  for (const { key, model, hour } of listed) {
    const at = new Date(hour).toISOString();
    try {
      const { status, driftScore, rows, features, alerts } = (await loadReport(store, model, hour)).report;
      const drifted = features.filter(({ verdict }) => verdict === 'drift').length;
      entries.push({ key, hour: at, version: model.version, status, driftScore, rows, drifted, alerts: alerts.length });
    } catch {
      // One report that cannot be read must not hide the others.
      entries.push({
        key,
        hour: at,
        version: model.version,
        status: 'unreadable',
        driftScore: null,
        rows: null,
        drifted: null,
        alerts: null,
      });
    }
  }
  if (options.json === true) return void (await printJson(io, entries));
  if (entries.length === 0) return void (await print(io, `No reports of ${choice.name} in ${store.url}`));
  const rows = entries.map((entry) => [
    `${entry.hour.slice(0, 13)}h`,
    entry.version,
    entry.status,
    entry.driftScore === null ? '' : `${(entry.driftScore * 100).toFixed(1)}%`,
    String(entry.rows ?? ''),
    String(entry.drifted ?? ''),
    String(entry.alerts ?? ''),
  ]);
  await print(io, table(io, ['Last hour', 'Version', 'Status', 'Score', 'Rows', 'Drifted', 'Alerts'], rows));
  if (all.length > listed.length) await print(io, `… ${all.length - listed.length} older ones: --last ${all.length}`);
}
