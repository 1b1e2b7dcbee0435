import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./other-process.ts', import.meta.url));

export function startProcess(task: string, path: string, count = 1): ChildProcess {
  return spawn(process.execPath, [PROGRAM, task, path, String(count)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What the process printed; rejects when it fails. */
export async function runProcess(task: string, path: string, count: number): Promise<string> {
  const child = startProcess(task, path, count);
  let printed = '';
  child.stdout?.on('data', (chunk) => {
    printed += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${task} ended with ${code}`);
  return printed;
}

/** The number of a process that is no more. */
export async function deadProcessId(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(child, 'exit');
  return child.pid ?? 0;
}
