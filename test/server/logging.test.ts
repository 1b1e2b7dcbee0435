import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createInferenceLogger } from '../../src/inference-log/logger.ts';
import { manualEffects } from '../inference-log/manual-effects.ts';
import { MemoryStore } from '../inference-log/memory-store.ts';
import { readParquet } from '../inference-log/read-parquet.ts';
import { type RunningServer, startServer } from './start-server.ts';

const NOW = Date.now();
const MODEL = { model_name: 'churn', model_version: 'v1' };

async function stored(server: RunningServer) {
  const tables = [];
  for await (const { key } of server.store.list('inference-logs/')) {
    tables.push({ key, table: await readParquet((await server.store.get(key)).bytes) });
  }
  return tables;
}

test('what was acknowledged is in storage after the stop, as the Node.js logger writes it', async () => {
  const store = new MemoryStore();
  const server = await startServer({ store: () => store, now: () => Date.UTC(2025, 11, 24, 18) });
  const records = [
    {
      request_id: 'a',
      timestamp: '2025-12-24T17:05:00Z',
      features: { age: 41, plan: 'gold', __proto__x: true },
      prediction: 0.83,
    },
    { request_id: 7, timestamp: Date.UTC(2025, 11, 24, 17), features: { age: 42, plan: null }, latency_ms: 12 },
  ];
  const answer = await server.ask('/inference-logs', { body: { ...MODEL, records } });
  expect([answer.status, answer.json()]).toEqual([202, { kept: 2 }]);
  await server.close();
  const [object, ...others] = await stored(server);
  expect(others).toEqual([]);
  expect(object?.key).toMatch(/^inference-logs\/year=2025\/month=12\/day=24\/hour=17\//);
  expect(object?.table.column('request_id')).toEqual(['a', '7']);
  expect(object?.table.column('model_version')).toEqual(['v1', 'v1']);
  expect(object?.table.column('age')).toEqual([41, 42]);
  expect(object?.table.column('plan')).toEqual(['gold', null]);
});

test('features of any name are kept: __proto__, constructor, empty, with quotes, slashes and control characters', async () => {
  const store = new MemoryStore();
  const server = await startServer({ store: () => store });
  const names = ['__proto__', 'constructor', '', 'a "b" \\ c', 'x/../y', 'toString', '\u0000\u001b[31m', 'ü 😀'];
  const features = `{${names.map((name, index) => `${JSON.stringify(name)}:${index}`).join(',')}}`;
  const body = `{"model_name":"churn","model_version":"v1","records":[{"features":${features}}]}`;
  expect((await server.ask('/inference-logs', { body })).status).toBe(202);
  await server.close();
  const [object] = await stored(server);
  for (const [index, name] of names.entries()) expect([name, object?.table.column(name)]).toEqual([name, [index]]);
});

test('two models of one feature name have a column type each', async () => {
  const store = new MemoryStore();
  const server = await startServer({ store: () => store });
  const log = (model_name: string, kind: unknown) =>
    server.ask('/inference-logs', { body: { model_name, model_version: 'v1', records: [{ features: { kind } }] } });
  await log('a', 'text');
  await log('b', 3);
  await server.close();
  const values = (await stored(server)).map(({ table }) => [table.column('model_name')[0], table.column('kind')[0]]);
  expect(values.sort()).toEqual([
    ['a', 'text'],
    ['b', 3],
  ]);
});

test('embeddings become a list column, and those of unequal length are refused', async () => {
  const store = new MemoryStore();
  const server = await startServer({ store: () => store });
  const embeddings = [
    { request_id: 'a', timestamp: NOW, embedding: [0.5, 1] },
    { request_id: 'b', timestamp: NOW, embedding: [0.25, -1] },
  ];
  expect((await server.ask('/embeddings/batch', { body: { ...MODEL, column: 'text', embeddings } })).status).toBe(202);
  const uneven = [...embeddings, { embedding: [1, 2, 3] }];
  const refused = await server.ask('/embeddings/batch', { body: { ...MODEL, embeddings: uneven } });
  expect(refused.status).toBe(400);
  expect(refused.text).toContain('embeddings.2: has 3 numbers, the first 2');
  await server.close();
  const [object] = await stored(server);
  expect(object?.table.column('text')).toEqual([
    [0.5, 1],
    [0.25, -1],
  ]);
});

test.each([
  ['a feature that is an object', { records: [{ features: { a: {} } }] }, 'records.0.features.a'],
  ['a field that there is none of', { records: [{ featurs: { a: 1 } }] }, 'records.0'],
  ['no records', { records: [] }, 'records'],
  ['a timestamp that is none', { records: [{}, { timestamp: 'yesterday' }] }, 'records.1.timestamp'],
  ['a timestamp before 1970', { records: [{ timestamp: '1969-12-31T00:00:00Z' }] }, 'records.0.timestamp'],
  ['a timestamp of long ago', { records: [{}, { timestamp: NOW - 401 * 86_400_000 }] }, 'records.1.timestamp'],
  ['a timestamp of tomorrow', { records: [{ timestamp: NOW + 86_400_000 }] }, 'records.0.timestamp'],
  ['a name of 257 characters', { records: [{ features: { ['x'.repeat(257)]: 1 } }] }, 'records.0.features'],
  ['an odd model name', { model_name: '../x', records: [{}] }, 'model_name'],
])('%s is refused with where it is, and nothing of the request is kept', async (_, change, where) => {
  const server = await startServer({ store: () => new MemoryStore() });
  try {
    const answer = await server.ask('/inference-logs', { body: { ...MODEL, ...change } });
    expect(answer.status).toBe(400);
    expect(answer.json<{ problems: string[] }>().problems[0]).toContain(where);
    expect(server.loggers.totals().rowsLogged).toBe(0);
  } finally {
    await server.close();
  }
});

test.each([
  ['no JSON', '{', 'application/json', 400],
  ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('latin1'), 'application/json', 400],
  ['nothing', '', 'application/json', 400],
  ['another type', '{}', 'text/plain', 415],
  ['too much', `{"x":"${'x'.repeat(1024 * 1024)}"}`, 'application/json', 413],
])('a body that is %s is refused', async (_, body, type, status) => {
  const server = await startServer({ settings: { serveBodyLimitMib: '1' } });
  try {
    const answer = await server.ask('/inference-logs', { body, headers: { 'content-type': type } });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  } finally {
    await server.close();
  }
});

test('while the storage is down rows are taken until the buffer is full, then 429 before the body is read, and none is lost', async () => {
  const store = new MemoryStore();
  store.down = true;
  const effects = manualEffects();
  const server = await startServer({
    store: () => store,
    settings: { serveBufferMib: '1', serveRequestsPerSecond: '100000' },
    createLogger: (options) => createInferenceLogger(options, { ...effects, random: () => 0 }),
  });
  const records = Array.from({ length: 100 }, (_, index) => ({
    request_id: `${index}`,
    timestamp: NOW,
    features: { text: 'x'.repeat(100) },
  }));
  let kept = 0;
  let refused: Awaited<ReturnType<RunningServer['ask']>> | undefined;
  for (let turn = 0; turn < 200 && refused === undefined; turn++) {
    const answer = await server.ask('/inference-logs', { body: { ...MODEL, records } });
    if (answer.status === 202) kept += 100;
    else refused = answer;
  }
  expect(refused?.status).toBe(429);
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
  expect(kept).toBeGreaterThan(100);
  expect((await server.ask('/ready')).status).toBe(200);
  store.down = false;
  await server.close();
  expect(server.loggers.totals()).toMatchObject({ rowsWritten: kept, rowsDropped: 0 });
});

test('rows that a stopped server has spilled are sent by the next one, before anything is logged to it', async () => {
  const store = new MemoryStore();
  const spill = await mkdtemp(join(tmpdir(), 'drift-spill-'));
  const options = { store: () => store, settings: { serveSpillDirectory: spill } };
  try {
    const effects = manualEffects();
    const first = await startServer({ ...options, createLogger: (given) => createInferenceLogger(given, effects) });
    store.down = true;
    await first.ask('/inference-logs', { body: { ...MODEL, records: [{ features: { age: 1 } }] } });
    await first.close();
    expect(first.loggers.totals()).toMatchObject({ rowsSpilled: 1, rowsDropped: 0 });
    expect(store.objects.size).toBe(0);
    store.down = false;
    const second = await startServer(options);
    await expect.poll(() => store.objects.size).toBe(1);
    await second.close();
    expect(
      await readdir(spill, { recursive: true }).then((names) => names.filter((name) => name.endsWith('.parquet'))),
    ).toEqual([]);
  } finally {
    await rm(spill, { recursive: true });
  }
});

test('a stop finishes the request that is under way, and writes its rows', async () => {
  const store = new MemoryStore();
  const server = await startServer({ store: () => store });
  const body = JSON.stringify({ ...MODEL, records: [{ features: { age: 1 } }] });
  const { port } = new URL(server.url);
  const socket = createConnection(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const head = `POST /inference-logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.write(head + body.slice(0, 10));
  // Until the server has seen it.
  await server.ask('/health');
  const closing = server.close();
  socket.write(body.slice(10));
  let answer = '';
  for await (const chunk of socket) {
    answer += chunk;
  }
  await closing;
  expect(answer).toMatch(/^HTTP\/1\.1 202 /);
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  expect(server.loggers.totals()).toMatchObject({ rowsWritten: 1, rowsBuffered: 0, rowsDropped: 0 });
  await expect(server.ask('/health')).rejects.toThrow(/ECONNREFUSED/);
});

test('rows of more hours than a week has are refused, and of too many hours before they are written answered with 429', async () => {
  const effects = manualEffects();
  const store = new MemoryStore();
  const server = await startServer({
    store: () => store,
    createLogger: (options) => createInferenceLogger(options, effects),
  });
  const hours = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({ timestamp: NOW - (from + index) * 3_600_000 }));
  const log = (from: number, count: number) =>
    server.ask('/inference-logs', { body: { ...MODEL, records: hours(from, count) } });
  const refused = await log(0, 169);
  expect([refused.status, refused.json().detail]).toEqual([400, expect.stringContaining('169 hours')]);
  for (let turn = 0; turn < 6; turn++) expect((await log(turn * 168, 168)).status).toBe(202);
  expect((await log(0, 1)).status).toBe(429);
  await server.close();
  expect(server.loggers.totals()).toMatchObject({ rowsWritten: 6 * 168, rowsDropped: 0 });
});

test('names of columns count for the buffer: whoever makes up new ones is answered with 429, and what was kept is written', async () => {
  const effects = manualEffects();
  const server = await startServer({
    store: () => new MemoryStore(),
    settings: { serveBufferMib: '1', serveRequestsPerSecond: '100000' },
    createLogger: (options) => createInferenceLogger(options, effects),
  });
  let kept = 0;
  let status = 202;
  for (let turn = 0; turn < 100 && status === 202; turn++) {
    const names = Array.from({ length: 40 }, (_, index) => [`${turn}-${index}-`.padEnd(256, 'x'), null]);
    ({ status } = await server.ask('/inference-logs', {
      body: { ...MODEL, records: [{ features: Object.fromEntries(names) }] },
    }));
    if (status === 202) kept += 1;
  }
  expect(status).toBe(429);
  expect(kept).toBeGreaterThan(1);
  await server.close();
  expect(server.loggers.totals()).toMatchObject({ rowsWritten: kept, rowsDropped: 0 });
});

test('whoever sends slowly holds up nobody else, and too many of them are cut off', async () => {
  let time = NOW;
  const server = await startServer({ store: () => new MemoryStore(), now: () => time });
  const { port } = new URL(server.url);
  const sockets: Socket[] = [];
  const head =
    'POST /inference-logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';
  const closed: number[] = [];
  const slow = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const socket = createConnection(Number(port), '127.0.0.1');
      const number = sockets.push(socket);
      socket.on('error', () => {}).on('close', () => closed.push(number));
      await once(socket, 'connect');
      socket.write(head);
    }
    // Until the server has seen them.
    for (let i = 0; i < 5; i++) await server.ask('/health');
    time += 2000;
  };
  const log = () => server.ask('/inference-logs', { body: { ...MODEL, records: [{}] } });
  try {
    await slow(24);
    expect((await log()).status).toBe(202);
    await slow(8);
    expect((await log()).status).toBe(202);
    await expect.poll(() => closed).toEqual([1]);
  } finally {
    for (const socket of sockets) socket.destroy();
    await server.close();
  }
});

test.each([
  ['an infinite number', '{"features":{"a":1e999}}'],
  ['an infinite number in a list', '{"embeddings":{"a":[1,-1e999]}}'],
  ['an infinite latency', '{"latency_ms":1e999}'],
])('%s is refused, since JSON has none', async (_, record) => {
  const server = await startServer();
  try {
    const body = `{"model_name":"churn","model_version":"v1","records":[${record}]}`;
    expect((await server.ask('/inference-logs', { body })).status).toBe(400);
    expect((await server.ask('/models/churn/config', { method: 'PUT', body: '{"psiThreshold":1e999}' })).status).toBe(
      400,
    );
  } finally {
    await server.close();
  }
});

test('a compressed body, and what is no HTTP, are refused with a problem', async () => {
  const server = await startServer();
  try {
    const compressed = await server.ask('/inference-logs', { body: '{}', headers: { 'content-encoding': 'gzip' } });
    expect(compressed.status).toBe(415);
    const socket = createConnection(Number(new URL(server.url).port), '127.0.0.1');
    socket.write('no HTTP\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('content-type: application/problem+json');
  } finally {
    await server.close();
  }
});

test('a thirty-third model version is taken at once: the rows of the one that was idle for longest are written', async () => {
  const store = new MemoryStore();
  const server = await startServer({ store: () => store });
  try {
    for (let version = 0; version <= 32; version++) {
      const body = { model_name: 'churn', model_version: `v${version}`, records: [{}] };
      expect((await server.ask('/inference-logs', { body })).status).toBe(202);
    }
    expect(store.objects.size).toBe(1);
  } finally {
    await server.close();
  }
  expect(server.loggers.totals()).toMatchObject({ rowsLogged: 33, rowsWritten: 33 });
});
