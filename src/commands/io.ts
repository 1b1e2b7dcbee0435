import { DriftMonitorError } from '../errors.ts';
import { printableJson } from '../printable.ts';

/** What a command may touch of the world outside: the process, replaced in tests. */
export interface Io {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export const processIo: Io = {
  env: process.env,
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  now: Date.now,
};

export async function printJson(io: Io, document: unknown): Promise<void> {
  await print(io, printableJson(JSON.stringify(document, null, 2)));
}

/** Writes to stdout and waits until it is written. A reader who closed the pipe (`| head`) has what they wanted. */
export async function print(io: Io, text: string): Promise<void> {
  const failure = await new Promise<Error | null | undefined>((resolve) => {
    try {
      io.stdout.write(`${text}\n`, resolve);
    } catch (error) {
      // Files are written at once, and fail at once.
      resolve(error instanceof Error ? error : new Error(String(error)));
    }
  });
  if (!failure || ('code' in failure && failure.code === 'EPIPE')) return;
  throw new DriftMonitorError(`the output cannot be written: ${failure.message}`);
}
