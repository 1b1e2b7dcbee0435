import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Settings } from './settings.ts';

export type { Logger };

/** Logs to stderr: for people on a terminal, JSON lines elsewhere. */
export function createLogger(
  level: Settings['logLevel'],
  stderr: NodeJS.WritableStream & { readonly isTTY?: boolean },
): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (stderr.isTTY !== true) return pino(options, stderr);
  const stream = pretty({ destination: stderr, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', sync: true });
  return pino(options, stream);
}
