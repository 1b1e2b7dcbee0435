import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readFooter } from '../../src/scan/footer.ts';
import { openStore } from '../../src/storage/open.ts';
import { startAzurite } from '../azurite.ts';
import type { BenchCase } from './cases.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const CONNECTIONS = 50;
const RECORDS = 100;
const COLUMNS = 50;
const CATEGORIES = ['text/plain', 'text/html', 'multipart/mixed', 'multipart/alternative'];
/** Of a paced phase: a third more than the bar. */
const PACE = 2000;

interface Phase {
  readonly name: string;
  /** Of 300 in all. */
  readonly seconds: number;
  /** Records a second; undefined: as fast as 50 connections can. */
  readonly pace?: number;
  readonly isDown?: boolean;
}

const PHASES: readonly Phase[] = [
  { name: 'paced', seconds: 60, pace: PACE },
  { name: 'storage down', seconds: 60, pace: PACE, isDown: true },
  { name: 'storage back', seconds: 60, pace: PACE },
  { name: 'more than it can', seconds: 60 },
  { name: 'paced again', seconds: 60, pace: PACE },
];

interface Sent {
  kept: number;
  readonly statuses: Map<number, number>;
  readonly milliseconds: number[];
}

/** What `serve` takes with 50 connections, and whether all that it has acknowledged is in storage. */
export const serveCase: BenchCase = {
  name: 'serve',
  async run({ scale, report }) {
    const azurite = await startAzurite();
    const proxy = await startSwitch(azurite.port);
    const redirected = (text: string) => text.replace(`:${azurite.port}/`, `:${proxy.port}/`);
    const env = { AZURE_STORAGE_CONNECTION_STRING: redirected(azurite.connectionString) };
    const url = redirected(azurite.url('serve'));
    const server = spawn(
      process.execPath,
      ['--max-semi-space-size=4', PROGRAM, 'serve', '--port', '0', '--storage-url', url, '--log-level', 'warn'],
      {
        env: { ...process.env, ...env, MALLOC_ARENA_MAX: '2' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    try {
      const target = await listening(server);
      const bodies = Array.from({ length: 16 }, (_, index) => body(index));
      let kept = 0;
      for (const phase of PHASES) {
        const seconds = phase.seconds / scale;
        proxy.isDown = phase.isDown === true;
        const rss: number[] = [];
        const sampling = setInterval(() => rss.push(rssMib(server)), 500);
        const sent = await send(target, bodies, { ...phase, seconds });
        clearInterval(sampling);
        kept += sent.kept;
        const statuses = [...sent.statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
        report({
          name: `serve: ${phase.name}`,
          seconds,
          cpuSeconds: Number.NaN,
          rssMib: Math.max(...rss),
          note: `${Math.round(sent.kept / seconds)} records/s kept, p50 ${quantile(sent.milliseconds, 0.5)} ms, p99 ${quantile(sent.milliseconds, 0.99)} ms, ${statuses}`,
        });
      }
      const start = performance.now();
      server.kill('SIGTERM');
      const [code] = await once(server, 'exit');
      const stored = await storedRows(url, env);
      report({
        name: 'serve: stopped',
        seconds: (performance.now() - start) / 1000,
        cpuSeconds: Number.NaN,
        rssMib: Number.NaN,
        note: `exit code ${code}, ${kept} rows kept, ${stored} in storage`,
      });
    } finally {
      server.kill('SIGKILL');
      proxy.stop();
      await azurite.stop();
    }
  },
};

async function listening(server: ChildProcess): Promise<URL> {
  if (server.stdout === null) throw new Error('no output');
  for await (const line of createInterface({ input: server.stdout })) {
    const [, url] = /^Listening on (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return new URL(url);
  }
  throw new Error('serve ended before it listened');
}

function body(seed: number): Buffer {
  const records = Array.from({ length: RECORDS }, (_, index) => {
    const row = seed * RECORDS + index;
    const features: Record<string, unknown> = {};
    for (let i = 0; i < COLUMNS; i++) {
      features[`feature_${i}`] = i % 8 === 7 ? CATEGORIES[(row * i) % 4] : ((row * (i + 1)) % 997) / 7;
    }
    return { request_id: `request-${row}`, features, prediction: row % 3 ? 'ham' : 'spam', confidence: 0.9 };
  });
  return Buffer.from(JSON.stringify({ model_name: 'bench', model_version: 'v1', records }));
}

async function send(target: URL, bodies: readonly Buffer[], { seconds, pace }: Phase): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const sent: Sent = { kept: 0, statuses: new Map(), milliseconds: [] };
  const start = performance.now();
  const end = start + seconds * 1000;
  const interval = pace === undefined ? 0 : (CONNECTIONS * RECORDS * 1000) / pace;
  const connection = async (index: number) => {
    let due = start + (interval * index) / CONNECTIONS;
    for (let turn = 0; ; turn++) {
      if (performance.now() >= end || due >= end) return;
      if (due > performance.now()) await sleep(due - performance.now());
      const before = performance.now();
      const status = await post(target, agent, bodies[(index + turn) % bodies.length] ?? Buffer.alloc(0));
      sent.milliseconds.push(performance.now() - before);
      sent.statuses.set(status, (sent.statuses.get(status) ?? 0) + 1);
      if (status === 202) sent.kept += RECORDS;
      due += interval;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => connection(index)));
  agent.destroy();
  return sent;
}

function post(target: URL, agent: Agent, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
    const asked = request(new URL('/inference-logs', target), { method: 'POST', agent, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', reject).end(bytes);
  });
}

/** A proxy that cuts every connection while it is down. */
async function startSwitch(port: number): Promise<{ readonly port: number; isDown: boolean; stop(): void }> {
  const server: Server = createServer((incoming, outgoing) => {
    if (state.isDown) return void incoming.socket.destroy();
    const { method, url, headers } = incoming;
    const forwarded = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on('error', () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const state = {
    port: (server.address() as AddressInfo).port,
    isDown: false,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return state;
}

async function storedRows(url: string, env: NodeJS.ProcessEnv): Promise<number> {
  const store = await openStore(url, { env });
  let rows = 0;
  for await (const object of store.list('inference-logs/')) {
    const { metadata } = await readFooter(store, object);
    rows += metadata.rowGroups.reduce((sum, group) => sum + group.rows, 0);
  }
  return rows;
}

/** Of Linux; not known elsewhere. */
function rssMib({ pid }: ChildProcess): number {
  try {
    const [, pages = ''] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return (Number(pages) * 4096) / 1048576;
  } catch {
    return Number.NaN;
  }
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
}
