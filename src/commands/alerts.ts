import type { Command } from 'commander';
import { instantProblem } from './instant.ts';
import type { Io } from './io.ts';
import { collect, defineCommand } from './options.ts';

export interface ListAlertsOptions {
  readonly all?: true;
}

export interface UntilOptions {
  readonly for?: string;
  readonly until?: string;
  readonly reason?: string;
}

export interface SilenceOptions extends UntilOptions {
  readonly rule?: string;
  readonly signal?: string;
  /** Id of a silence; then nothing else is given. */
  readonly end?: string;
}

export interface TestOptions {
  readonly sink?: readonly string[];
}

const DURATION = /^([1-9]\d{0,4})([mhd])$/;
const UNITS: ReadonlyMap<string, number> = new Map([
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** Milliseconds of `30m`, `8h`, `2d`. */
export function parseDuration(text: string): number {
  const [, count = '0', unit = ''] = DURATION.exec(text) ?? [];
  return Number(count) * (UNITS.get(unit) ?? 0);
}

function untilProblems({ for: duration, until, reason = '' }: UntilOptions): string[] {
  return [
    ...(duration === undefined || DURATION.test(duration) ? [] : [`--for ${duration}: must be such as 30m, 8h or 2d`]),
    ...(until === undefined ? [] : instantProblem('--until', until)),
    ...((duration === undefined) === (until === undefined) ? ['give either --for or --until'] : []),
    ...(reason.trim() === '' ? ['--reason: must be given'] : []),
  ];
}

function silenceProblems({ end, ...silence }: SilenceOptions): string[] {
  if (end === undefined) return untilProblems(silence);
  const { for: duration, until, reason, rule, signal } = silence;
  return (duration ?? until ?? reason ?? rule ?? signal) === undefined ? [] : ['--end: goes with no other option'];
}

export function registerAlerts(program: Command, io: Io): void {
  const group = program.command('alerts').description('what is wrong now, who knows it, and who shall not be told');

  const list = group
    .command('list')
    .description('the alerts of a model: open and about to open, the gravest first')
    .option('--all', 'resolved ones too')
    .addHelpText('after', '\nExamples:\n  drift-monitor alerts list --model-name churn');
  defineCommand<ListAlertsOptions>(list, io, async (context) => (await import('./alerts-show.ts')).listAlerts(context));

  const show = group
    .command('show')
    .argument('<id>', 'of the alert, or its first digits')
    .description('an alert with its evidence, and what was told of it')
    .addHelpText('after', '\nExamples:\n  drift-monitor alerts show 3f2a9c --model-name churn');
  defineCommand(show, io, async (context) => (await import('./alerts-show.ts')).showAlert(context));

  const ack = group
    .command('ack')
    .argument('<id>', 'of the alert, or its first digits')
    .description('somebody is at it: no reminders for a while')
    .option('--for <duration>', 'how long, such as 30m, 8h or 2d')
    .option('--until <instant>', 'until when')
    .option('--reason <text>', 'who is at it, and what they found')
    .addHelpText(
      'after',
      `
That it becomes graver, and that it is over, is told all the same.

Examples:
  drift-monitor alerts ack 3f2a9c --model-name churn --for 8h --reason 'Ana looks into it'`,
    );
  defineCommand<UntilOptions>(
    ack,
    io,
    async (context) => (await import('./alerts-change.ts')).acknowledge(context),
    untilProblems,
  );

  const silence = group
    .command('silence')
    .argument('[id]', 'of the alert, or its first digits')
    .description('say nothing for a while about an alert, a signal, a rule or the model')
    .option('--for <duration>', 'how long, such as 30m, 8h or 2d')
    .option('--until <instant>', 'until when')
    .option('--reason <text>', 'why')
    .option('--rule <name>', 'only this rule, such as signal-drift')
    .option('--signal <name>', 'only this feature, output or embedding')
    .option('--end <silence>', 'end this silence now; alerts list shows their ids')
    .addHelpText(
      'after',
      `
Alerts open and end as ever. What is still open when the silence ends is told then.

Examples:
  drift-monitor alerts silence 3f2a9c --model-name churn --for 2d --reason 'new upstream'
  drift-monitor alerts silence --model-name churn --signal age --for 8h --reason release
  drift-monitor alerts silence --model-name churn --end 9c1b02d4`,
    );
  defineCommand<SilenceOptions>(
    silence,
    io,
    async (context) => (await import('./alerts-change.ts')).silence(context),
    silenceProblems,
  );

  const test = group
    .command('test')
    .description('send a marked sample to the sinks of the configuration file')
    .option('--sink <name>', 'only this one; may be given several times', collect)
    .addHelpText(
      'after',
      `
Exit codes:
  0  every sink has confirmed
  1  one did not
  2  bad usage or configuration

Examples:
  drift-monitor alerts test --config drift.yaml --sink slack`,
    );
  defineCommand<TestOptions>(test, io, async (context) => (await import('./alerts-test.ts')).testSinks(context));
}
