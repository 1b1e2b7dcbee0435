import type { Command } from 'commander';
import { printableJson } from '../printable.ts';
import type { Report } from '../report/schema.ts';
import { hourOf } from '../storage/hour.ts';
import { instantProblem, parseInstant } from './instant.ts';
import { type Io, print, printJson } from './io.ts';
import { type CommonOptions, type Context, collect, defineCommand } from './options.ts';
import { DIFF_FAIL_ON, DIFF_FORMATS, type DiffOptions } from './report-diff-options.ts';

interface ShowOptions {
  readonly at?: string;
  readonly details?: true;
  readonly feature?: string;
  readonly format?: string;
  readonly html?: string;
  readonly open?: true;
}

const FORMATS = ['text', 'json', 'markdown', 'junit'] as const;

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
    .option('--format <format>', `${FORMATS.join(', ')} (default: text)`)
    .option('--html <file>', 'write the report as a page, one file that needs nothing else')
    .option('--open', 'open that page in the browser; without --html it is a temporary file')
    .addHelpText(
      'after',
      `
The latest report is that of the latest window, whenever it was made. Its page lies
beside it in the storage as well, and that of the latest one as latest.html.

markdown is for comments on pull requests; junit has a test case for each signal, a
failure where it drifted, and an error where the window could not be judged at all.

Examples:
  drift-monitor report show --model-name churn
  drift-monitor report show --model-name churn --open
  drift-monitor report show --model-name churn --at 2025-12-24T23:00:00Z --details
  drift-monitor report show --model-name churn --feature age
  drift-monitor report show --model-name churn --format junit > drift.xml
  drift-monitor report show --model-name churn --json |
    jq '.features[] | select(.verdict == "drift") | .name'`,
    );
  defineCommand<ShowOptions>(show, io, showReport, (options) => [
    ...(options.at === undefined ? [] : instantProblem('--at', options.at)),
    ...choiceProblem('--format', options.format, FORMATS),
    ...oneOnly(options),
  ]);

  const diff = group
    .command('diff')
    .description('what changed between two reports: verdicts, PSI and distance, findings')
    .argument('<before>', 'a report: see below')
    .argument('<after>', 'the one to compare with it')
    .option('--format <format>', `${DIFF_FORMATS.join(', ')} (default: text)`)
    .option('--fail-on <what>', `exit 3 when found: ${DIFF_FAIL_ON.join(', ')}; may be given several times`, collect)
    .addHelpText(
      'after',
      `
A report is named by
  an instant in its last hour, or latest      of --model-name
  MODEL/VERSION or MODEL/VERSION@INSTANT      the latest of that version, or of an hour
  drift-reports/…/report.json or latest.json  its key in the storage
  a file                                      whose name ends with .json

--fail-on drift is what newly drifted, and minor includes what newly changed a little.
What the second report could not judge any more is neither, be it that it drifted
before: insufficient-data names that.

Exit codes:
  0  finished, whatever was found
  1  an error
  2  bad usage or configuration
  3  finished, and something that --fail-on names was found

Examples:
  drift-monitor report diff --model-name churn 2025-12-24T11:00:00Z latest
  drift-monitor report diff churn/v7 churn/v8 --format markdown
  drift-monitor report diff before.json after.json --fail-on drift \\
                           --fail-on insufficient-data`,
    );
  defineCommand<DiffOptions>(
    diff,
    io,
    async (context) => {
      const { showDiff } = await import('./report-diff.ts');
      return showDiff(context, () => modelOf(context));
    },
    ({ format, failOn = [] }) => [
      ...choiceProblem('--format', format, DIFF_FORMATS),
      ...failOn.flatMap((what) => choiceProblem('--fail-on', what, DIFF_FAIL_ON)),
    ],
  );

  const list = group
    .command('list')
    .description('the stored reports of a model, oldest first')
    .option('--last <n>', `how many of the newest (default: ${LISTED})`)
    .addHelpText(
      'after',
      `
Drifted counts features, outputs and embeddings, as history and index do.

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

function choiceProblem(option: string, value: string | undefined, choices: readonly string[]): string[] {
  if (value === undefined || choices.includes(value)) return [];
  return [`${option} ${value}: must be one of ${choices.join(', ')}`];
}

/** What would be printed or written instead of each other. */
function oneOnly({ json, details, feature, format, html, open }: ShowOptions & CommonOptions): string[] {
  const given = [
    ...(format === undefined ? [] : ['--format']),
    ...(json === true && feature === undefined ? ['--json'] : []),
    ...(details === true ? ['--details'] : []),
    ...(feature === undefined ? [] : ['--feature']),
    ...(html === undefined && open === undefined ? [] : ['--html or --open']),
  ];
  return given.length > 1 ? [`${given.join(' and ')} exclude each other`] : [];
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
  if (options.html !== undefined || options.open === true) {
    const [{ writePage }, { loadReportHistory }] = await Promise.all([
      import('./report-page.ts'),
      import('../report/report-history.ts'),
    ]);
    const history = await loadReportHistory(store, report);
    return void (await print(io, `Page: ${await writePage(io, report, history, options)}`));
  }
  if (options.feature !== undefined) {
    const { featureDetails, featureOf } = await import('./report-feature.ts');
    const entry = featureOf(report, options.feature);
    return void (await (options.json === true ? printJson(io, entry) : print(io, featureDetails(io, entry))));
  }
  if (options.json === true || options.format === 'json') return void (await print(io, printableJson(text)));
  if (options.format === 'markdown') {
    const { reportMarkdown } = await import('../report/markdown.ts');
    return void (await print(io, reportMarkdown(report)));
  }
  if (options.format === 'junit') {
    const { reportJunit } = await import('../report/junit.ts');
    return void (await print(io, reportJunit(report).trimEnd()));
  }
  if (options.details === true) {
    const { details } = await import('./report-details.ts');
    await print(io, `${details(io, report, keyOf(report))}\n`);
  } else {
    const { whyNotJudged } = await import('../report/words.ts');
    const note = whyNotJudged(report);
    if (note !== undefined) logger.warn(note);
  }
  await print(io, summary(report));
}

interface Listed extends Pick<Report, 'status' | 'driftScore' | 'rows'> {
  readonly key: string;
  readonly hour: string;
  readonly version: string;
  /** Of the features, outputs and embeddings. */
  readonly drifted: number;
  readonly signals: number;
  readonly alerts: number;
}

type Unreadable = Pick<Listed, 'key' | 'hour' | 'version'> & {
  readonly status: 'unreadable';
} & Readonly<Record<'driftScore' | 'rows' | 'drifted' | 'signals' | 'alerts', null>>;

async function showList(context: Context<ListOptions>): Promise<undefined> {
  const { io, options } = context;
  const [{ listReports, loadReport }, { alertCounts }, { countSignals }, { scoreOf, STATUS }, { table }] =
    await Promise.all([
      import('../report/store.ts'),
      import('../report/standing-alerts.ts'),
      import('../report/signals.ts'),
      import('../report/words.ts'),
      import('./table.ts'),
    ]);
  const choice = await modelOf(context);
  const store = await context.openStorage();
  const all = await listReports(store, choice);
  const listed = all.slice(-Number(options.last ?? LISTED));
  const entries: (Listed | Unreadable)[] = [];
  for (const { key, model, hour } of listed) {
    const common = { key, hour: new Date(hour).toISOString(), version: model.version };
    try {
      const { report } = await loadReport(store, model, hour);
      const { status, driftScore, rows } = report;
      const { all: signals, drift: drifted } = countSignals(report);
      entries.push({ ...common, status, driftScore, rows, drifted, signals, alerts: alertCounts(report).all });
    } catch {
      // One report that cannot be read must not hide the others.
      const unknown = { driftScore: null, rows: null, drifted: null, signals: null, alerts: null };
      entries.push({ ...common, status: 'unreadable', ...unknown });
    }
  }
  if (options.json === true) return void (await printJson(io, entries));
  if (entries.length === 0) return void (await print(io, `No reports of ${choice.name} in ${store.url}`));
  const rows = entries.map((entry) => [
    `${entry.hour.slice(0, 13)}h`,
    entry.version,
    ...(entry.status === 'unreadable'
      ? [entry.status, '', '', '', '']
      : [
          STATUS[entry.status],
          scoreOf(entry),
          String(entry.rows),
          `${entry.drifted} of ${entry.signals}`,
          String(entry.alerts),
        ]),
  ]);
  await print(io, table(io, ['Last hour', 'Version', 'Status', 'Score', 'Rows', 'Drifted', 'Alerts'], rows));
  if (all.length > listed.length) await print(io, `… ${all.length - listed.length} older ones: --last ${all.length}`);
}
