import pino, { type Logger } from 'pino';
import type { Settings } from './settings.ts';

export type { Logger };

/** What logging needs of the process. */
export interface LogOutput {
  readonly env: NodeJS.ProcessEnv;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** Logs to stderr: for people on a terminal, JSON lines elsewhere. */
export async function createLogger(level: Settings['logLevel'], { env, stderr }: LogOutput): Promise<Logger> {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (stderr.isTTY !== true) return pino(options, stderr);
  const { default: pretty } = await import('pino-pretty');
  const colorize = !env.NO_COLOR;
  return pino(options, pretty({ destination: stderr, colorize, translateTime: 'SYS:HH:MM:ss', sync: true }));
}
