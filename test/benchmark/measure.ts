import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Measured {
  /** Medians over the runs, whole process. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Largest of the runs. */
  readonly rssMib: number;
  readonly stdout: string;
}

const HOOK = `data:text/javascript,import fs from 'node:fs';process.on('exit',()=>fs.writeFileSync(process.env.BENCH_USAGE,JSON.stringify(process.resourceUsage())))`;

/** As the image and `npm run drift-monitor` start the program: less memory. */
const LEAN = { flags: ['--max-semi-space-size=4'], env: { MALLOC_ARENA_MAX: '2' } };

/** Runs a Node.js program several times and takes the medians. `before` puts things back before each run. */
export function measure(
  args: readonly string[],
  runs: number,
  before: () => void = () => undefined,
  env: NodeJS.ProcessEnv = {},
): Measured {
  const folder = mkdtempSync(join(tmpdir(), 'drift-bench-usage-'));
  const usage = join(folder, 'usage.json');
  const seconds: number[] = [];
  const cpu: number[] = [];
  let rssMib = 0;
  let stdout = '';
  try {
    for (let run = 0; run < runs; run++) {
      before();
      const start = performance.now();
      const done = spawnSync(process.execPath, [...LEAN.flags, '--import', HOOK, ...args], {
        env: { ...process.env, ...env, ...LEAN.env, BENCH_USAGE: usage },
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
      });
      seconds.push((performance.now() - start) / 1000);
      if (done.status !== 0) throw new Error(`${args.join(' ')} failed: ${done.stderr}`);
      const used: NodeJS.ResourceUsage = JSON.parse(readFileSync(usage, 'utf8'));
      cpu.push((used.userCPUTime + used.systemCPUTime) / 1e6);
      rssMib = Math.max(rssMib, used.maxRSS / 1024);
      stdout = done.stdout;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { seconds: median(seconds), cpuSeconds: median(cpu), rssMib, stdout };
}

/** One run, while this process goes on serving what the program talks to. */
export async function measureAsync(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'drift-bench-usage-'));
  const usage = join(folder, 'usage.json');
  try {
    const start = performance.now();
    const child = spawn(process.execPath, [...LEAN.flags, '--import', HOOK, ...args], {
      env: { ...process.env, ...env, ...LEAN.env, BENCH_USAGE: usage },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`);
    const used: NodeJS.ResourceUsage = JSON.parse(readFileSync(usage, 'utf8'));
    const cpuSeconds = (used.userCPUTime + used.systemCPUTime) / 1e6;
    return { seconds: (performance.now() - start) / 1000, cpuSeconds, rssMib: used.maxRSS / 1024, stdout };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
