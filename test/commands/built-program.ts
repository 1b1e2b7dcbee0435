import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = `${ROOT}dist/main.js`;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Beside PATH and HOME; nothing else of this process's environment is seen. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Kills it as the kernel does, with SIGKILL. */
  readonly kill?: AbortSignal;
}

/** Runs the built program as users do: a process with an environment, exit code, stdout and stderr. */
export async function drift(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { env = {}, cwd = ROOT, kill } = options;
  build();
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd, env: { PATH, HOME, ...env } });
  kill?.addEventListener('abort', () => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** A module of the built package, with the types of its source. */
export async function built<T>(path: string): Promise<T> {
  build();
  return await import(`${ROOT}dist/${path}`);
}

/** `make test` has built it already. */
function build(): void {
  if (existsSync(PROGRAM)) return;
  const done = spawnSync('npm', ['run', '--silent', 'build'], { cwd: ROOT, stdio: 'inherit' });
  if (done.status !== 0) throw new Error('npm run build failed');
}
