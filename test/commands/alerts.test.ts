/** The built program as a process: from drifted logs of the last hour to receivers, and what people do then. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportSchema } from '../../src/report/schema.ts';
import { hourParts } from '../../src/storage/hour.ts';
import { type FailingServer, startFailingServer } from '../alerting/failing-server.ts';
import { built, drift, type Finished } from './built-program.ts';

const SECRET = 'planted-secret-5f3a';
const HOUR = 3_600_000;
const reference = (name: string) => `\${${name}}`;

let cwd: string;
let server: FailingServer;
const outputs: Finished[] = [];

async function run(...args: string[]): Promise<Finished> {
  const env = { HOOK: `${server.url}/${SECRET}`, KEY: SECRET, DRIFT_CONFIG: 'drift.yaml' };
  const finished = await drift(args, { cwd, env });
  outputs.push(finished);
  return finished;
}

async function put(key: string, bytes: Uint8Array | string): Promise<void> {
  const path = join(cwd, 'drift-data', key);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

beforeAll(async () => {
  [cwd, server] = await Promise.all([mkdtemp(join(tmpdir(), 'drift-alerts-')), startFailingServer()]);
  const { encodeParquet } =
    await built<typeof import('../../src/inference-log/parquet.ts')>('inference-log/parquet.js');
  const rows = (shift: number) => Array.from({ length: 1000 }, (_, row) => ({ age: (row % 100) + shift, label: 'x' }));
  await put('training-data/churn/v1/a.parquet', await encodeParquet(rows(0).map(({ age }) => ({ age }))));
  // Where the hour turns while this runs, the next one has the same rows.
  for (const ago of [1, 0]) {
    const { year, month, day, hour } = hourParts(Math.floor(Date.now() / HOUR) * HOUR - ago * HOUR);
    const key = `inference-logs/year=${year}/month=${month}/day=${day}/hour=${hour}/a.parquet`;
    const logged = rows(200).map((row) => ({ ...row, model_name: 'churn', model_version: 'v1', status: '200' }));
    await put(key, await encodeParquet(logged));
  }
  await writeFile(
    join(cwd, 'drift.yaml'),
    `models: [{ name: churn, version: v1 }]
alerts:
  for: 1 of 1
  sinks:
    - { kind: slack, url: '${reference('HOOK')}' }
    - { kind: pagerduty, url: '${server.url}/pagerduty', routingKey: '${reference('KEY')}', severity: critical }
    - { kind: webhook, name: broken, url: '${server.untrustedUrl}/${reference('KEY')}' }
retraining:
  openHours: 0
  minLabelledRows: 10
  http: { url: '${server.url}/train', headers: { Authorization: 'Bearer ${reference('KEY')}' } }
metrics: { textfileDirectory: metrics }
`,
  );
  server.answer = '{"id": "run-17"}';
  const generated = await run('baseline', 'generate');
  expect(generated).toMatchObject({ code: 0 });
});

afterAll(async () => {
  await Promise.all([rm(cwd, { recursive: true, force: true }), server.close()]);
});

test('a run opens alerts, tells every sink once, starts a retraining, and says what was not delivered', async () => {
  const first = await run('detect');
  expect(first).toMatchObject({ code: 0 });
  expect(first.stdout).toMatch(
    /\nAlerts: 2 \(2 CRITICAL, 0 WARNING\), 2 new, 0 ongoing, 0 resolved\nNot delivered: broken \(.*certificate that is not trusted.*\)\n=+\n$/,
  );
  const paths = server.requests.map(({ path }) => path.replace(SECRET, 'hook')).sort();
  expect(paths).toEqual(['/hook', '/pagerduty', '/train']);

  const again = await run('detect', '--json');
  const [report] = reportSchema.array().parse(JSON.parse(again.stdout));
  expect(server.requests).toHaveLength(3);
  expect(report?.run.alerts?.map(({ state }) => state)).toEqual(['open', 'open']);
  expect(report?.run.deliveries).toMatchObject([{ sink: 'broken', status: 'failed' }]);
  expect(await readdir(join(cwd, 'metrics'))).toEqual(['drift-monitor-churn+v1.prom']);
});

test('a run of the past opens nothing and sends nothing', async () => {
  const before = await readFile(join(cwd, 'drift-data/alerts/churn/state.json'), 'utf8');
  const at = new Date(Date.now() - 5 * HOUR).toISOString();
  expect(await run('detect', '--at', at, '--window-hours', '48')).toMatchObject({ code: 0 });
  expect(await readFile(join(cwd, 'drift-data/alerts/churn/state.json'), 'utf8')).toBe(before);
  expect(server.requests).toHaveLength(3);
});

test('alerts are listed, shown with their evidence, acknowledged and silenced', async () => {
  const listed = await run('alerts', 'list');
  expect(listed.stdout).toMatch(/^[0-9a-f]{8} +CRITICAL +open +churn v1 +feature age drifted +/m);
  const { alerts } = JSON.parse((await run('alerts', 'list', '--json')).stdout);
  const { id } = alerts.find(({ signal }: { signal: string }) => signal === 'age');

  const shown = await run('alerts', 'show', id.slice(0, 6));
  expect(shown.stdout).toMatch(/^CRITICAL feature age drifted\n/);
  expect(shown.stdout).toMatch(/\nEffect: +PSI [\d.]+, distance 1\n/);
  expect(shown.stdout).toMatch(/\nMoved: +.*% → .*% of the rows\n/);
  expect(shown.stdout).toMatch(
    /\ndrift-monitor report show --model-name churn --model-version v1 --at .* --details\n$/,
  );

  const acknowledged = await run('alerts', 'ack', id, '--for', '8h', '--reason', 'Ana looks into it');
  expect(acknowledged.stdout).toMatch(new RegExp(`^${id} is acknowledged until `));
  expect((await run('alerts', 'list')).stdout).toContain('acknowledged');

  await run('alerts', 'silence', '--signal', 'plan', '--for', '2d', '--reason', 'new upstream');
  const [, silence] =
    /Silent until .*: churn plan \(silence (\w+): new upstream\)/.exec((await run('alerts', 'list')).stdout) ?? [];
  expect((await run('alerts', 'silence', '--end', 'none')).stderr).toContain('churn has no silence none');
  expect(await run('alerts', 'silence', '--end', silence ?? '')).toMatchObject({ code: 0 });
  expect((await run('alerts', 'list')).stdout).not.toContain('Silent');
});

test('bad usage is told at once, and an unknown alert with what to do', async () => {
  const bad = await run('alerts', 'ack', 'x', 'y', '--for', '8 hours', '--reason', ' ');
  expect(bad.code).toBe(2);
  expect(bad.stderr).toMatch(/3 problems:\n {2}y: ack takes no such argument\n {2}--for 8 hours: .*\n {2}--reason: /);
  const unknown = await run('alerts', 'show', 'ffff');
  expect(unknown).toMatchObject({ code: 1 });
  expect(unknown.stderr).toMatch(/churn has no alert ffff; .*drift-monitor alerts list/);
});

test('a marked sample goes to the sinks that are named', async () => {
  const sent = await run('alerts', 'test', '--sink', 'slack');
  expect(sent).toMatchObject({ code: 0, stdout: 'slack: confirmed\n' });
  expect(server.requests.at(-1)?.body).toContain('[SAMPLE]');
  const failed = await run('alerts', 'test');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toContain('the sample did not reach broken');
  expect((await run('alerts', 'test', '--sink', 'slak')).stderr).toContain('it names slack, pagerduty, broken');
});

test('a retraining by hand says what it would start, starts it, and is in the history', async () => {
  const dry = await run('retrain', 'trigger', '--dry-run');
  expect(dry.stdout).toBe(`Would start for churn v1: POST ${server.url}/…\n`);
  const started = await run('retrain', 'trigger');
  expect(started).toMatchObject({ code: 0, stdout: 'Started for churn v1: run-17\n' });
  const history = await run('retrain', 'history');
  expect(history.stdout).toMatch(/manual +started +run-17/);
  expect(history.stdout.trim().split('\n')).toHaveLength(3);
});

test('a secret that is not there keeps nothing but its sink from working, and is told', async () => {
  const { code, stderr } = await drift(['detect'], { cwd, env: { DRIFT_CONFIG: 'drift.yaml' } });
  expect(code).toBe(0);
  expect(stderr).toContain(`Alerts cannot be sent: alerts.sinks.0 (slack): ${reference('HOOK')} is not set`);
  const tested = await drift(['alerts', 'test', '--sink', 'slack'], { cwd, env: { DRIFT_CONFIG: 'drift.yaml' } });
  expect(tested.stdout).toContain(`slack: ${reference('HOOK')} is not set`);
});

test('no output and no stored document has had a secret in it', async () => {
  outputs.push(
    await run('config', 'show'),
    await run('config', 'show', '--json'),
    await run('detect', '--log-level', 'debug'),
  );
  const files = await readdir(join(cwd, 'drift-data'), { recursive: true, withFileTypes: true });
  const stored = await Promise.all(
    files.filter((entry) => entry.isFile()).map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')),
  );
  for (const text of [...outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]), ...stored]) {
    expect(text).not.toContain(SECRET);
  }
});
