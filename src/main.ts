#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { registerBaseline } from './commands/baseline.ts';
import { registerConfig } from './commands/config.ts';
import { registerDetect } from './commands/detect.ts';
import { type Io, processIo } from './commands/io.ts';
import { registerReport } from './commands/report.ts';
import { registerSchema } from './commands/schema.ts';
import { VERSION } from './commands/version.ts';
import { DriftMonitorError, UsageError } from './errors.ts';
import { printable } from './report/printable.ts';

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
    .configureOutput({ writeErr: () => undefined })
    .addHelpText(
      'after',
      `
A first time:
  drift-monitor baseline generate --model-name spam-detector --model-version v1 --training-data train.parquet
  drift-monitor detect            --model-name spam-detector --model-version v1
  drift-monitor report show       --model-name spam-detector --details

Each command explains itself: drift-monitor detect --help`,
    );
  for (const register of [registerBaseline, registerDetect, registerReport, registerConfig, registerSchema]) {
    register(program, io);
  }
  inheritOutput(program);
  return program;
}

/** Subcommands are made before the program's output is configured; each of them must neither print nor exit by itself. */
function inheritOutput(command: Command): void {
  for (const subcommand of command.commands) {
    subcommand.copyInheritedSettings(command);
    inheritOutput(subcommand);
  }
}

/** The one place where an error becomes a message and an exit code. */
function report(error: unknown, io: Io): number {
  const isDebug =
    process.argv.some((argument, index) => {
      return (
        /^--log-level=(debug|trace)$/.test(argument) ||
        (argument === '--log-level' && /^(debug|trace)$/.test(process.argv[index + 1] ?? ''))
      );
    }) || /^(debug|trace)$/.test(io.env.DRIFT_LOG_LEVEL ?? '');
  if (error instanceof CommanderError) {
    // Help and version end the program by an error as well.
    if (error.exitCode === 0) return 0;
    if (error.code !== 'commander.help') io.stderr.write(`drift-monitor: ${error.message.replace(/^error: /, '')}\n`);
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
  if (isDebug && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`);
  return FAILURE;
}

// A reader that closes the pipe (| head) has what it wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await createProgram(processIo).parseAsync(process.argv);
} catch (error) {
  process.exitCode = report(error, processIo);
}
// Idle connections of a storage client must not keep a finished job alive.
process.exit();
