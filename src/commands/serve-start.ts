import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { retrainNow } from '../alerting/retraining.ts';
import { retrainingProblems } from '../alerting/retraining-starters.ts';
import { configuredModels } from '../config/judgement.ts';
import { TOKENS_VARIABLE } from '../config/load.ts';
import { DriftMonitorError, messageOf, UsageError } from '../errors.ts';
import { printable } from '../printable.ts';
import { isLoopback } from '../server/access.ts';
import { type CheckRunner, LocalChecks, type StartDetect } from '../server/checks.ts';
import { LoggerPool } from '../server/logger-pool.ts';
import { createServer } from '../server/server.ts';
import { parseTokens, type Tokens } from '../server/tokens.ts';
import { starterOf } from './alert-context.ts';
import { sameSettings } from './fan-out.ts';
import { type Io, print, printJson } from './io.ts';
import type { Context } from './options.ts';
import { JobChecks } from './serve-jobs.ts';
import { VERSION } from './version.ts';

const MIB = 1024 * 1024;

/** Serves until a signal ends it. */
export async function serve(context: Context<unknown>): Promise<number> {
  const { io, options, configuration, settings, logger } = context;
  const tokens = tokensOf(context);
  const { serveHost: host, servePort: port, retraining } = settings;
  if (tokens.count === 0 && !isLoopback(host)) {
    throw new UsageError([
      `others can reach ${host}, and there are no tokens: give ${TOKENS_VARIABLE} or serveTokensFile, or listen on 127.0.0.1`,
    ]);
  }
  const lacking = retrainingProblems(retraining, io);
  if (lacking.length > 0) throw new UsageError(lacking);
  const models =
    settings.modelName === undefined && settings.models.length === 0 ? [] : configuredModels(configuration);
  const [store, logs] = await Promise.all([context.openStorage(), context.openLogs()]);
  const loggers = new LoggerPool({
    store: logs,
    logPathTemplate: settings.logPathTemplate,
    bufferBytes: settings.serveBufferMib * MIB,
    spillDirectory: settings.serveSpillDirectory && resolve(io.cwd, settings.serveSpillDirectory),
    // The rest of the grace is for requests under way before, and for spilling after it.
    closePatienceMs: settings.serveGraceSeconds * 300,
    logger,
    now: io.now,
  });
  const app = await createServer({
    settings,
    models,
    store,
    loggers,
    checks: checksOf(context),
    retrain:
      retraining && (async (model) => retrainNow(store, model, io.now(), await starterOf(retraining, io), randomUUID)),
    tokens,
    logger,
    now: io.now,
    version: VERSION,
  });
  const stopped = nextSignal();
  const url = await app.listen({ host, port }).catch((error: unknown) => {
    throw new DriftMonitorError(
      `${host}:${port} cannot be listened on: ${messageOf(error)}; choose another with --port`,
    );
  });
  if (options.json === true) await printJson(io, { url });
  else await print(io, `Listening on ${url}`);

  const signal = await stopped;
  logger.info({ signal }, 'Stopping');
  const graceMs = settings.serveGraceSeconds * 1000;
  const timedOut = Symbol('timed out');
  const timer = Promise.withResolvers<typeof timedOut>();
  const timeout = setTimeout(() => timer.resolve(timedOut), graceMs);
  const outcome = await Promise.race([app.close(), timer.promise]);
  clearTimeout(timeout);
  const { rowsWritten, rowsBuffered, rowsSpilled, rowsDropped } = loggers.totals();
  logger.info({ rowsWritten, rowsSpilled, rowsBuffered, rowsDropped }, 'Stopped');
  if (outcome === timedOut) {
    throw new DriftMonitorError(`${rowsBuffered} logged rows were not written within ${settings.serveGraceSeconds} s`);
  }
  if (rowsDropped > 0) throw new DriftMonitorError(`${rowsDropped} logged rows are lost; the log says why`);
  return 0;
}

function tokensOf({ io, settings }: Context<unknown>): Tokens {
  const given = io.env[TOKENS_VARIABLE];
  const { serveTokensFile: file } = settings;
  if (given !== undefined && file !== undefined) {
    throw new UsageError([`there are tokens in ${TOKENS_VARIABLE} and in serveTokensFile: keep one of them`]);
  }
  if (file === undefined) return parseTokens(given ?? '', TOKENS_VARIABLE);
  try {
    return parseTokens(readFileSync(resolve(io.cwd, file), 'utf8'), file);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError([`serveTokensFile ${file} cannot be read: ${messageOf(error)}`]);
  }
}

/**
 * The program ends otherwise at a signal; the second one does so here. The old listeners go last: without any, a signal that has
 * come already would be told to nobody.
 */
function nextSignal(): Promise<string> {
  const signals = ['SIGTERM', 'SIGINT'] as const;
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of signals) {
      const before = process.listeners(signal);
      process.on(signal, () => {
        if (isStopping) process.exit(signal === 'SIGINT' ? 130 : 143);
        isStopping = true;
        resolve(signal);
      });
      for (const listener of before) process.off(signal, listener);
    }
  });
}

function checksOf(context: Context<unknown>): CheckRunner {
  const { io, options, settings } = context;
  if (settings.serveCronJob !== undefined) return new JobChecks(settings.serveCronJob, io);
  return new LocalChecks(startDetect(io, sameSettings(options)), io.now);
}

/** The program that this is, once more. */
function startDetect({ env, cwd }: Io, common: readonly string[]): StartDetect {
  return (args) => {
    const { [TOKENS_VARIABLE]: _, ...withoutTokens } = env;
    const program = [...process.execArgv, process.argv[1] ?? '', 'detect', ...common, ...args];
    const child = spawn(process.execPath, program, { cwd, env: withoutTokens, stdio: ['ignore', 'ignore', 'pipe'] });
    let lastLine = '';
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (line.trim() !== '') lastLine = printable(line, 1000);
    });
    return {
      ended: new Promise((resolve) => {
        child.on('error', (error) => resolve({ exitCode: null, lastLine: error.message }));
        child.on('close', (exitCode) => resolve({ exitCode, lastLine }));
      }),
      stop: () => child.kill('SIGTERM'),
    };
  };
}
