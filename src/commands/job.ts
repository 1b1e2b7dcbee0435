import type { Command } from 'commander';
import type { Io } from './io.ts';
import type { LogsOptions } from './job-logs.ts';
import { type ClusterOptions, clusterOptionProblems, clusterOptions, nameProblem } from './job-options.ts';
import type { TriggerOptions } from './job-trigger.ts';
import { defineCommand } from './options.ts';

const EXIT_CODES = `
Exit codes:
  0  done
  1  an error: no cluster, forbidden, no such CronJob …
  2  bad usage or configuration`;

export function registerJob(program: Command, io: Io): void {
  const group = program.command('job').description('operate the hourly job on Kubernetes; no kubectl needed');

  const status = clusterOptions(
    group.command('status').description('schedule, next run, last runs and how they ended, latest report'),
  ).addHelpText(
    'after',
    `
The latest report is read with the settings here: give the job's storage URL and model.
${EXIT_CODES}

Examples:
  drift-monitor job status --namespace monitoring
  drift-monitor job status --namespace monitoring --json | jq '.runs[0].exitCode'`,
  );
  defineCommand<ClusterOptions>(
    status,
    io,
    async (context) => (await import('./job-status.ts')).jobStatus(context),
    clusterOptionProblems,
  );

  registerTrigger(group, io);

  const logs = clusterOptions(
    group
      .command('logs')
      .description('what the last run, or the one named, wrote')
      .option('--follow', 'go on until the run has ended')
      .option('--job <name>', 'a run as job status or job trigger names it (default: the last one)'),
  ).addHelpText(
    'after',
    `${EXIT_CODES}

Examples:
  drift-monitor job logs --namespace monitoring
  drift-monitor job logs --namespace monitoring --follow`,
  );
  defineCommand<LogsOptions>(
    logs,
    io,
    async (context) => (await import('./job-logs.ts')).logsOfJob(context),
    (options) => [...nameProblem('--job', options.job), ...clusterOptionProblems(options)],
  );

  const suspend = clusterOptions(group.command('suspend').description('start no more runs on schedule')).addHelpText(
    'after',
    `
A run that is under way goes on, and job trigger still works.
${EXIT_CODES}

Examples:
  drift-monitor job suspend --namespace monitoring`,
  );
  defineCommand<ClusterOptions>(
    suspend,
    io,
    async (context) => (await import('./job-suspend.ts')).suspendJob(context),
    clusterOptionProblems,
  );

  const resume = clusterOptions(group.command('resume').description('start runs on schedule again')).addHelpText(
    'after',
    `${EXIT_CODES}

Examples:
  drift-monitor job resume --namespace monitoring`,
  );
  defineCommand<ClusterOptions>(
    resume,
    io,
    async (context) => (await import('./job-suspend.ts')).resumeJob(context),
    clusterOptionProblems,
  );
}

function registerTrigger(group: Command, io: Io): void {
  const trigger = clusterOptions(
    group
      .command('trigger')
      .description('start a run now and print its name')
      .usage('[options] [-- detect options]')
      .option('--wait', 'wait for its end and exit as it did')
      .option('--follow', 'print its log until it has ended'),
  ).addHelpText(
    'after',
    `
What stands behind -- is added to the options that the job gives to detect; of an option
that is given twice the later one counts.

Exit codes:
  0  started; with --wait: finished
  1  an error; with --wait also: the run failed
  2  bad usage or configuration, here or (with --wait) of the run
  3  with --wait: the run finished, and found what its --fail-on names

Examples:
  drift-monitor job trigger --namespace monitoring --wait --follow
  drift-monitor job trigger --namespace monitoring -- --at 2025-12-24T11:30:00Z --no-cache`,
  );
  const forDetect: string[] = [];
  // Taken out before the rest is checked, because the program's own commands take nothing behind --.
  trigger.hook('preAction', () => {
    forDetect.push(...behindDashes(trigger));
    trigger.args = trigger.args.slice(0, trigger.args.length - forDetect.length);
    if (trigger.args.at(-1) === '--') trigger.args.pop();
  });
  defineCommand<TriggerOptions>(
    trigger,
    io,
    async (context) => (await import('./job-trigger.ts')).triggerJob(context, forDetect),
    clusterOptionProblems,
  );
}

/** `args` of a command hold what stands behind `--` and unknown options alike. */
function behindDashes(command: Command): string[] {
  let root = command;
  while (root.parent !== null) root = root.parent;
  const typed: unknown = Reflect.get(root, 'rawArgs');
  const all = Array.isArray(typed) ? typed.map(String) : [];
  const dashes = all.indexOf('--');
  return dashes < 0 ? [] : all.slice(dashes + 1);
}
