/** kill -9 for real: the built program, a real Azurite, receivers that are really asked, and everything between them in one proxy. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import pMap from 'p-map';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alertSchema } from '../../src/alerting/schema.ts';
import { stateSchema } from '../../src/alerting/state.ts';
import { hourParts } from '../../src/storage/hour.ts';
import { type Azurite, startAzurite } from '../azurite.ts';
import { built, drift, type Finished } from './built-program.ts';
import { type InterceptingProxy, type Received, startInterceptingProxy, type Watched } from './intercepting-proxy.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const RUN = Date.parse('2026-01-15T12:05:00Z');
const SINKS = ['slack', 'pagerduty', 'teams', 'webhook', 'alertmanager'] as const;
/** When the next run begins. */
const NEXT = {
  'at once': RUN + 5 * SECOND,
  'a little later': RUN + 120 * SECOND,
  'an hour later': RUN + HOUR,
} as const;

interface Point {
  readonly moment: 'before' | 'after';
  /** Without the ids of alerts and the report's hour. */
  readonly step: string;
  /** Of the arrivals of that step, or of those that took effect, from 1. */
  readonly nth: number;
  readonly next: keyof typeof NEXT;
}

/** What no alert needs: one moment of each has to do. */
const BESIDE = ['PUT page', 'PUT latest page', 'PUT history', 'PUT index', 'PUT index page'];

/**
 * A sample of some 45 writes and requests: every kind of write and every request. The state is written when the run is taken,
 * before and after the retraining is asked for, and once for each sink that has confirmed; some of these writes collide and are
 * repeated.
 */
const STEPS: readonly (readonly [step: string, ...nth: readonly number[]])[] = [
  ['PUT profile', 1],
  ['PUT report', 1],
  ['PUT latest', 2],
  ['PUT state', 1, 2, SINKS.length + 4],
  ['PUT alert', 1],
  ...BESIDE.map((step) => [step, 1] as const),
  ...['train', ...SINKS].map((sink) => [`POST ${sink}`, 1] as const),
];

const SAMPLE: readonly Point[] = STEPS.flatMap(([step, ...numbers]) => numbers.map((nth) => ({ step, nth }))).flatMap(
  (point, index) => [
    { ...point, moment: 'before', next: index % 2 === 0 ? 'a little later' : 'an hour later' },
    ...(BESIDE.includes(point.step)
      ? []
      : [{ ...point, moment: 'after', next: index % 2 === 0 ? 'an hour later' : 'a little later' } as const]),
  ],
);
/** The dead run's claims still hold, for 40 seconds that are really waited for. */
const AT_ONCE: Point = { step: 'POST slack', nth: 1, moment: 'after', next: 'at once' };

const reference = (name: string) => `\${${name}}`;

let azurite: Azurite;
let proxy: InterceptingProxy;
let cwd: string;
let blobs: BlobServiceClient;
const seed = new Map<string, Uint8Array>();

beforeAll(async () => {
  [azurite, cwd] = await Promise.all([startAzurite(), mkdtemp(join(tmpdir(), 'drift-killed-'))]);
  proxy = await startInterceptingProxy(azurite.port);
  blobs = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const { encodeParquet } =
    await built<typeof import('../../src/inference-log/parquet.ts')>('inference-log/parquet.js');
  const ages = (shift: number) => Array.from({ length: 1000 }, (_, row) => (row % 100) + shift);
  const logged = ages(200).map((age) => ({ age, label: 'x', model_name: 'churn', model_version: 'v1' }));
  seed.set('training-data/churn/v1/a.parquet', await encodeParquet(ages(0).map((age) => ({ age }))));
  for (const at of [RUN - HOUR, RUN]) {
    const { year, month, day, hour } = hourParts(Math.floor(at / HOUR) * HOUR);
    const key = `inference-logs/year=${year}/month=${month}/day=${day}/hour=${hour}/a.parquet`;
    seed.set(key, await encodeParquet(logged));
  }
  const container = await newContainer('seed');
  expect(await run('seed', RUN, ['baseline', 'generate'])).toMatchObject({ code: 0 });
  seed.set('baselines/churn/v1/baseline.json', await bytesOf(container, 'baselines/churn/v1/baseline.json'));
});

afterAll(async () => {
  await Promise.all([proxy.close(), azurite.stop(), rm(cwd, { recursive: true, force: true })]);
});

/** With what is there before the first run, in a configuration of its own. */
async function newContainer(name: string): Promise<ContainerClient> {
  const container = blobs.getContainerClient(name);
  await container.create();
  await Promise.all([...seed].map(([key, bytes]) => container.getBlockBlobClient(key).uploadData(bytes)));
  const receiver = `http://127.0.0.1:${proxy.port}/${name}`;
  const sinks = SINKS.map((kind) => {
    const key = kind === 'pagerduty' ? `, routingKey: '${reference('KEY')}'` : '';
    return `    - { kind: ${kind}, url: '${receiver}/${kind}'${key} }`;
  });
  const lines = ['models: [{ name: churn, version: v1 }]', 'alerts:', '  for: 1 of 1', '  sinks:', ...sinks];
  lines.push(`retraining: { openHours: 0, minLabelledRows: 10, http: { url: '${receiver}/train' } }`);
  await writeFile(join(cwd, `${name}.yaml`), `${lines.join('\n')}\n`);
  return container;
}

/** The program begins at `at`: the last complete hour, which alone opens alerts, is the same whenever the test runs. */
async function run(container: string, at: number, args: readonly string[], kill?: AbortSignal): Promise<Finished> {
  const clock = `const real=Date.now,ahead=${at}-real();Date.now=()=>real()+ahead`;
  const env = {
    KEY: 'routing-key',
    DRIFT_CONFIG: `${container}.yaml`,
    DRIFT_ANALYSIS_WINDOW_HOURS: '2',
    DRIFT_STORAGE_URL: `http://127.0.0.1:${proxy.port}/devstoreaccount1/${container}`,
    AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString.replace(`:${azurite.port}/`, `:${proxy.port}/`),
    NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(clock)}`,
  };
  return await drift(args, { cwd, env, ...(kill && { kill }) });
}

async function bytesOf(container: ContainerClient, key: string): Promise<Buffer> {
  return await container.getBlobClient(key).downloadToBuffer();
}

function kindOf(step: string): string {
  return step
    .replace(/profiles\/.*/, 'profile')
    .replace(/.*report\.json$/, 'PUT report')
    .replace(/.*latest\.json$/, 'PUT latest')
    .replace(/.*report\.html$/, 'PUT page')
    .replace(/.*latest\.html$/, 'PUT latest page')
    .replace(/.*history\/.*\.jsonl$/, 'PUT history')
    .replace(/.*index\.json$/, 'PUT index')
    .replace(/.*index\.html$/, 'PUT index page')
    .replace(/.*state\.json$/, 'PUT state')
    .replace(/alerts\/churn\/[0-9a-f]{16}\.json$/, 'alert');
}

/** Lets a run die at a point and the next one live. What is then wrong, in words. */
async function problemsAfter(point: Point, name: string): Promise<string[]> {
  const { step, nth, moment, next } = point;
  const container = await newContainer(name);
  const kill = new AbortController();
  const counts = { before: 0, after: 0 };
  let dying: Promise<Finished> | undefined;
  const count = async (when: Point['moment'], what: string) => {
    if (kindOf(what) !== step) return;
    counts[when] += 1;
    if (when !== moment || counts[when] !== nth) return;
    kill.abort();
    await dying;
    throw new Error('nobody waits for an answer');
  };
  const watched: Watched = {
    received: [],
    before: (what) => count('before', what),
    after: (what) => count('after', what),
  };
  proxy.watched.set(name, watched);
  dying = run(name, RUN, ['detect'], kill.signal);
  const dead = await dying;
  const alive = await run(name, NEXT[next], ['detect']);
  return [
    ...(dead.code === null ? [] : [`the run ended with ${dead.code} before it was killed`]),
    ...(alive.code === 0 && !alive.stdout.includes('Not delivered') ? [] : [`${alive.stdout}${alive.stderr}`]),
    ...(await untold(container, watched.received)),
  ];
}

/** What each receiver lacks, or has under another key. */
async function untold(container: ContainerClient, received: readonly Received[]): Promise<string[]> {
  const state = stateSchema.parse(JSON.parse(String(await bytesOf(container, 'alerts/churn/state.json'))));
  const documents = await Promise.all(
    state.alerts.map(async ({ id }) =>
      alertSchema.parse(JSON.parse(String(await bytesOf(container, `alerts/churn/${id}.json`)))),
    ),
  );
  const keys = documents.map(({ lifecycle }) => `${lifecycle?.state} ${lifecycle?.dedupKey}`).sort();
  const ids = documents.map(({ id }) => id.slice(0, 8)).sort();
  const expected: Readonly<Record<(typeof SINKS)[number], readonly string[]>> = {
    // In messages for people an alert is known by its id, in an incident all of them together by the model.
    slack: ids,
    teams: ids,
    pagerduty: ['one incident', ...ids],
    webhook: keys,
    alertmanager: keys,
  };
  const bodies = (sink: string) => received.filter((one) => one.sink === sink).map(({ body }) => body);
  const wrong = SINKS.flatMap((sink) => {
    const told = [...new Set(toldBy(sink, bodies(sink)))].sort();
    const wanted = [...expected[sink]].sort();
    return isDeepStrictEqual(told, wanted) ? [] : [`${sink} was told ${told}, not ${wanted}`];
  });
  const asked = received.filter(({ sink }) => sink === 'train').length;
  const outcomes = state.retrainings.map(({ outcome }) => outcome);
  // Noted and never asked for looks like an answer that was lost: nobody asks again until the cooldown is over.
  const isOnce = asked === 1 || (asked === 0 && outcomes[0] === 'unknown');
  return [
    ...wrong,
    ...(documents.length === 2 ? [] : [`${documents.length} alerts`]),
    ...(state.outbox.length === 0 ? [] : ['something is left in the outbox']),
    ...(isOnce && outcomes.length === 1 ? [] : [`${asked} retrainings asked for, noted as ${outcomes}`]),
  ];
}

function toldBy(sink: (typeof SINKS)[number], bodies: readonly string[]): string[] {
  const messages = bodies.map((body) => JSON.parse(body));
  switch (sink) {
    case 'webhook':
      return messages.flatMap(({ alerts }) =>
        alerts.map((alert: { change: string; dedupKey: string }) => `${stateAfter(alert.change)} ${alert.dedupKey}`),
      );
    case 'alertmanager':
      return messages
        .flat()
        .map(({ annotations, endsAt }) => `${endsAt > '2027' ? 'open' : 'resolved'} ${annotations.dedup_key}`);
    case 'pagerduty': {
      const incidents = new Set(messages.map(({ event_action, dedup_key }) => `${event_action} ${dedup_key}`));
      return [incidents.size === 1 ? 'one incident' : [...incidents].join(), ...bodies.flatMap(idsIn)];
    }
    default:
      return bodies.flatMap(idsIn);
  }
}

function stateAfter(change: string): string {
  return change === 'opened' ? 'open' : change;
}

function idsIn(body: string): string[] {
  return [...body.matchAll(/, alert ([0-9a-f]{8})/g)].map(([, id = '']) => id);
}

test('killed before or after each kind of write and each request, 32 points of some 90, every sink has every alert after the next run, under one key', {
  timeout: 300_000,
}, async () => {
  const points = [AT_ONCE, ...SAMPLE];
  const problems = await pMap(
    points,
    async (point, index) => {
      const found = await problemsAfter(point, `run-${index}`);
      return found.map((problem) => `${point.moment} ${point.step} ${point.nth}, next ${point.next}: ${problem}`);
    },
    { concurrency: 4 },
  );
  expect(problems.flat()).toEqual([]);
});

test('a run makes no kind of write and no request that is not among those', async () => {
  await newContainer('whole');
  const steps: string[] = [];
  const before = async (step: string) => void steps.push(step);
  const watched: Watched = { received: [], before, after: async () => undefined };
  proxy.watched.set('whole', watched);
  expect(await run('whole', RUN, ['detect'])).toMatchObject({ code: 0 });
  const kinds = steps.map(kindOf);
  expect([...new Set(kinds)].sort()).toEqual(STEPS.map(([step]) => step).sort());
});
