import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { HOUR_MS } from '../../src/storage/hour.ts';
import { readParquet } from '../inference-log/read-parquet.ts';
import { ask, hashOf } from '../server/start-server.ts';
import { drift } from './built-program.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const RECORDS = { model_name: 'churn', model_version: 'v1', records: [{ features: { age: 41 } }] };

let folder: string;
let running: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drift-serve-'));
  running = [];
});
afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

interface Served {
  readonly url: string;
  stderr(): string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

async function serve(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Served> {
  const { PATH = '', HOME = '' } = process.env;
  const all = ['serve', '--port', '0', '--storage-url', `file:${folder}`, ...args];
  const child = spawn(process.execPath, [PROGRAM, ...all], { cwd: folder, env: { PATH, HOME, ...env } });
  running.push(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [, url] = /^Listening on (\S+)$/.exec(line) ?? [];
    if (url === undefined) continue;
    return {
      url,
      stderr: () => stderr,
      async stop(signal = 'SIGTERM') {
        child.kill(signal);
        const [code] = await once(child, 'exit');
        return code;
      },
    };
  }
  throw new Error(`serve ended: ${stderr}`);
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s writes what was logged and ends with exit code 0', async (signal) => {
  const { url, stop } = await serve();
  expect((await ask(url, '/inference-logs', { body: RECORDS })).status).toBe(202);
  expect(await stop(signal)).toBe(0);
  const store = new DirectoryStore(folder);
  const keys: string[] = [];
  for await (const { key } of store.list('inference-logs/')) keys.push(key);
  expect(keys).toHaveLength(1);
  expect((await readParquet((await store.get(keys[0] ?? '')).bytes)).column('age')).toEqual([41]);
});

test.each([150, 300, 450, 600, 800])('SIGTERM after %i ms, while it may still be starting, ends it', async (ms) => {
  const { PATH = '', HOME = '' } = process.env;
  const args = [PROGRAM, 'serve', '--port', '0', '--storage-url', `file:${folder}`];
  const child = spawn(process.execPath, args, { cwd: folder, env: { PATH, HOME }, stdio: 'ignore' });
  running.push(child);
  const ended = once(child, 'exit');
  await new Promise((resolve) => setTimeout(resolve, ms));
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  expect(code === 0 || code === 143 || signal === 'SIGTERM').toBe(true);
});

test('SIGTERM while the storage takes connections and never answers spills what was logged, in time', async () => {
  const blackHole = createServer(() => {});
  await once(blackHole.listen(0, '127.0.0.1'), 'listening');
  const { port } = blackHole.address() as AddressInfo;
  try {
    const spill = join(folder, 'spill');
    const { url, stop } = await serve(
      ['--storage-url', `http://127.0.0.1:${port}/devstoreaccount1/logs?sv=2025-01-05&sig=none`],
      {
        DRIFT_SERVE_SPILL_DIRECTORY: spill,
        DRIFT_SERVE_GRACE_SECONDS: '5',
        AZURE_STORAGE_SAS_TOKEN: 'sv=2025&sig=none',
      },
    );
    expect((await ask(url, '/inference-logs', { body: RECORDS })).status).toBe(202);
    expect(await stop()).toBe(0);
    const names = readdirSync(spill, { recursive: true, encoding: 'utf8' });
    expect(names.filter((name) => name.endsWith('.parquet'))).toHaveLength(1);
  } finally {
    blackHole.close();
  }
});

test('an address that others reach is refused without tokens, and served with them', async () => {
  const refused = await drift(['serve', '--host', '0.0.0.0', '--port', '0', '--storage-url', `file:${folder}`]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/others can reach 0\.0\.0\.0, and there are no tokens: give DRIFT_SERVE_TOKENS/);
  const tokens = join(folder, 'tokens');
  writeFileSync(tokens, `ops read,operate ${hashOf('planted-token')}\n`);
  const { url, stop, stderr } = await serve(['--host', '0.0.0.0'], { DRIFT_SERVE_TOKENS_FILE: tokens });
  const local = url.replace(/\/\/[^:]+:/, '//127.0.0.1:');
  expect((await ask(local, '/drift/summary')).status).toBe(401);
  const headers = { authorization: 'Bearer planted-token' };
  expect((await ask(local, '/drift/summary', { headers })).status).toBe(200);
  expect(await stop()).toBe(0);
  expect(stderr()).not.toContain('planted-token');
  expect(stderr()).not.toContain(hashOf('planted-token'));
});

test('tokens are told to nobody: not by config show, and not where they are wrong', async () => {
  const env = { DRIFT_SERVE_TOKENS: 'ops read planted-token' };
  const shown = await drift(['config', 'show', '--json'], { env });
  expect(shown.code).toBe(0);
  const refused = await drift(['serve', '--port', '0'], { env });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/DRIFT_SERVE_TOKENS, line 1: must be a name, scopes/);
  expect(shown.stdout + refused.stdout + refused.stderr).not.toContain('planted');
});

test('a port that is taken is said', async () => {
  const { url, stop } = await serve();
  const { port } = new URL(url);
  const { code, stderr } = await drift(['serve', '--port', port, '--storage-url', `file:${folder}`]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/cannot be listened on: .*EADDRINUSE.*--port/)]);
  expect(await stop()).toBe(0);
});

test('POST /drift/check runs detect, with the configuration that was put for the model', {
  timeout: 60_000,
}, async () => {
  const scenario = ['--scenario', 'sudden', '--model-name', 'churn', '--model-version', 'v1'];
  const written = await drift(['simulate', ...scenario, '--to', `file:${folder}`, '--json']);
  const { next } = JSON.parse(written.stdout) as { next: string[] };
  const model = ['--model-name', 'churn', '--model-version', 'v1'];
  await drift(['baseline', 'generate', ...model, '--storage-url', `file:${folder}`]);
  const [, at = ''] = /--at (\S+)/.exec(next.at(-1) ?? '') ?? [];

  const { url, stop } = await serve();
  const config = { psiThreshold: 0.35, analysisWindowHours: 3, alerts: { cooldownHours: 7 } };
  expect((await ask(url, '/models/churn/config', { method: 'PUT', body: config })).status).toBe(200);
  const body = { model_name: 'churn', model_version: 'v1', at };
  const accepted = await ask(url, '/drift/check', { body });
  expect(accepted.status).toBe(202);
  const look = async () => (await ask(url, String(accepted.headers.location))).json<Record<string, unknown>>();
  await expect.poll(async () => (await look()).state, { timeout: 40_000, interval: 200 }).toMatch(/finished|failed/);
  const { state, report } = await look();
  expect(state).toBe('finished');
  const made = (await ask(url, String(report))).json<{ window: { to: string }; settings: unknown }>();
  expect(made.settings).toMatchObject({ psiThreshold: 0.35, analysisWindowHours: 3 });
  expect(Date.parse(made.window.to)).toBe(Math.floor(Date.parse(at) / HOUR_MS) * HOUR_MS + HOUR_MS);
  expect(await stop()).toBe(0);
});
