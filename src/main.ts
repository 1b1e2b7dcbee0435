#!/usr/bin/env node
import { Command, CommanderError, type OutputConfiguration } from 'commander';
import { registerAlerts } from './commands/alerts.ts';
import { registerBaseline } from './commands/baseline.ts';
import { registerConfig } from './commands/config.ts';
import { registerDetect } from './commands/detect.ts';
import { registerHistory } from './commands/history.ts';
import { type Io, processIo } from './commands/io.ts';
import { registerJob } from './commands/job.ts';
import { registerProfiles } from './commands/profiles.ts';
import { registerReport } from './commands/report.ts';
import { registerRetrain } from './commands/retrain.ts';
import { registerSchema } from './commands/schema.ts';
import { registerServe } from './commands/serve.ts';
import { registerShard } from './commands/shard.ts';
import { registerSimulate } from './commands/simulate.ts';
import { VERSION } from './commands/version.ts';
import { DriftMonitorError, UsageError } from './errors.ts';
import { printable } from './printable.ts';
import { withoutSecrets } from './storage/secrets.ts';

const FAILURE = 1;
const USAGE = 2;

function createProgram(io: Io): Command {
  const program = new Command('drift-monitor')
    .description(
      'Says what moved between the training data of a model and its hourly inference logs, and whether it matters.',
    )
    .version(VERSION, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .exitOverride()
    .configureOutput(quiet(io))
    .addHelpText(
      'after',
      `
A first time, with the training data in train.parquet and logs in ./drift-data:
  drift-monitor baseline generate --model-name churn --model-version v7 \\
                                  --training-data train.parquet
  drift-monitor detect            --model-name churn --model-version v7
  drift-monitor report show       --model-name churn --details

Logs are Parquet files below the storage URL (default: file:./drift-data), in
  inference-logs/year=2025/month=12/day=24/hour=17/ (UTC)

Settings come from options, DRIFT_… variables and a YAML file:
  drift-monitor config show

Each command explains itself: drift-monitor detect --help`,
    );
  for (const register of [
    registerBaseline,
    registerDetect,
    registerReport,
    registerHistory,
    registerAlerts,
    registerRetrain,
    registerProfiles,
    registerJob,
    registerServe,
    registerShard,
    registerConfig,
    registerSchema,
    registerSimulate,
  ]) {
    register(program, io);
  }
  tameSubcommands(program, io);
  return program;
}

/** Errors are told in one place: by `report`. Help that was asked for by leaving a command out goes to stderr. */
function quiet(io: Io): OutputConfiguration {
  return { writeErr: (text) => io.stderr.write(text), outputError: () => undefined };
}

/** Subcommands are made without the program's settings; each of them must neither tell errors nor exit by itself. */
function tameSubcommands(command: Command, io: Io): void {
  for (const subcommand of command.commands) {
    subcommand.exitOverride().configureOutput(quiet(io));
    tameSubcommands(subcommand, io);
  }
}

/** The one place where an error becomes a message and an exit code. */
function report(error: unknown, io: Io): number {
  const isDebug = wantsStackTrace(process.argv, io.env);
  if (error instanceof CommanderError) {
    // Help and version end the program by an error as well.
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') io.stderr.write(`drift-monitor: ${usageProblem(error)}\n`);
    return USAGE;
  }
  if (error instanceof UsageError) {
    const lines = error.problems.map((problem) => printable(problem, 500));
    const text =
      lines.length === 1
        ? (lines[0] ?? '')
        : `${lines.length} problems:\n${lines.map((line) => `  ${line}`).join('\n')}`;
    io.stderr.write(`drift-monitor: ${text}\n`);
    return USAGE;
  }
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof DriftMonitorError;
  const hint = known || isDebug ? '' : ' (unexpected; --log-level debug shows where)';
  io.stderr.write(`drift-monitor: ${printable(message, 1000)}${hint}\n`);
  if (isDebug) io.stderr.write(`${stacks(error)}\n`);
  return FAILURE;
}

function usageProblem({ code, message }: CommanderError): string {
  const problem = message.replace(/^error: /, '').replace(/\n\(Did you mean (.*)\?\)$/, '; did you mean $1?');
  // A command's own unknown options are told with all other problems, so this one stood in front of the command.
  return code === 'commander.unknownOption' ? `${problem}; options stand behind the command` : problem;
}

/** Of the error and of what caused it. */
function stacks(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const cause = error.cause === undefined ? '' : `\ncaused by ${stacks(error.cause)}`;
  return withoutSecrets(error.stack ?? error.message) + cause;
}

/** The configuration may be what is wrong, so this looks at what was typed only. */
function wantsStackTrace(argv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  const option = argv.find((argument) => argument.startsWith('--log-level=')) ?? argv[argv.indexOf('--log-level') + 1];
  return /(^|=)(debug|trace)$/.test(option ?? '') || /^(debug|trace)$/.test(env.DRIFT_LOG_LEVEL ?? '');
}

// Whether a write failed is seen where it is made; a reader who closes the pipe must not end the work.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

/**
 * Ends the program as the signal would, after what has to be cleaned up at an exit. Not by `process.exit`: it stops worker
 * threads inside DuckDB, which aborts. Only the first process of a container, which signals do not end, comes to that.
 */
function endBy(signal: 'SIGTERM' | 'SIGINT', code: number): void {
  process.emit('exit', code);
  process.removeAllListeners('exit');
  process.kill(process.pid, signal);
  setTimeout(() => process.exit(code), 100);
}
process.once('SIGTERM', () => endBy('SIGTERM', 143));
process.once('SIGINT', () => endBy('SIGINT', 130));

try {
  await createProgram(processIo).parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error, processIo);
}
// Idle connections of a storage client must not keep a finished job alive.
process.exit();
