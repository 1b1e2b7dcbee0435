/** The built program as a process, from logged predictions to the report, in a real Azurite and in a directory. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alertSchema } from '../src/alerting/schema.ts';
import { baselineSchema } from '../src/baseline/schema.ts';
import { type Report, reportSchema } from '../src/report/schema.ts';
import { type Azurite, startAzurite } from './azurite.ts';
import { built, drift } from './commands/built-program.ts';

const HOSTILE = 'a"; drop table x; -- \u001b[31m';
const DAY = 'inference-logs/year=2025/month=12/day=24';
const MODEL = ['--model-name', 'churn', '--model-version', 'v1'];

/** Park and Miller's generator: the same rows in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** One customer; with `shift` they are older, on another plan, and described in another direction. */
function customer(random: () => number, shift: boolean) {
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  return {
    features: {
      age: 40 + 10 * normal() + (shift ? 15 : 0),
      plan: random() < (shift ? 0.7 : 0.2) ? 'gold' : '<script>basic</script>',
      [HOSTILE]: normal(),
    },
    vector: Array.from({ length: 8 }, (_, index) => normal() + (index === (shift ? 1 : 0) ? 3 : 0)),
    prediction: random() < 0.3 ? 'leaves' : 'stays',
    confidence: 0.5 + random() / 2,
  };
}

async function trainingData(): Promise<Uint8Array> {
  const { encodeParquet } = await built<typeof import('../src/inference-log/parquet.ts')>('inference-log/parquet.js');
  const random = randomNumbers(1);
  const rows = Array.from({ length: 2000 }, () => {
    const { features, vector, prediction, confidence } = customer(random, false);
    return { ...features, vector, prediction, confidence };
  });
  return encodeParquet(rows);
}

/** Logs 300 predictions in hour 10 that are like the training data, and 300 in hour 11 that are not. */
async function logPredictions(storageUrl: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  const { openStore } = await built<typeof import('../src/storage/open.ts')>('storage/open.js');
  const { createInferenceLogger } =
    await built<typeof import('../src/inference-log/logger.ts')>('inference-log/logger.js');
  const store = await openStore(storageUrl, { env });
  const logger = createInferenceLogger({ store, modelName: 'churn', modelVersion: 'v1' });
  const random = randomNumbers(2);
  for (const hour of [10, 11]) {
    for (let row = 0; row < 300; row++) {
      const { features, vector, prediction, confidence } = customer(random, hour === 11);
      const timestamp = Date.UTC(2025, 11, 24, hour, 0, row);
      logger.log({ timestamp, features, embeddings: { vector }, prediction, confidence, latency_ms: 5 });
    }
  }
  await logger.flush();
  await logger.close();
  expect(logger.stats()).toMatchObject({ rowsWritten: 600, rowsDropped: 0 });
}

function verdicts(report: Report): Record<string, string> {
  const signals = [...report.features, ...report.outputs, ...report.embeddings];
  return Object.fromEntries(signals.map(({ name, verdict }) => [name, verdict]));
}

describe('in Azure Blob Storage', () => {
  let azurite: Azurite;
  let container: ContainerClient;
  let options: { env: Record<string, string> };

  beforeAll(async () => {
    azurite = await startAzurite();
    const { connectionString } = azurite;
    options = {
      env: { DRIFT_STORAGE_URL: `${azurite.url('drift')}/prod`, AZURE_STORAGE_CONNECTION_STRING: connectionString },
    };
    container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient('drift');
    await container.create();
    await put('training-data/churn/v1/part-0.parquet', await trainingData());
    await logPredictions(`${azurite.url('drift')}/prod`, options.env);
  });
  afterAll(() => azurite.stop());

  async function put(key: string, content: Uint8Array | string): Promise<void> {
    const bytes = Buffer.from(content);
    await container.getBlockBlobClient(`prod/${key}`).upload(bytes, bytes.length);
  }
  async function get(key: string): Promise<string> {
    return (await container.getBlobClient(`prod/${key}`).downloadToBuffer()).toString();
  }
  async function keys(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { name } of container.listBlobsFlat({ prefix: `prod/${prefix}` })) {
      found.push(name.slice('prod/'.length));
    }
    return found;
  }
  const run = (...args: string[]) => drift([...args, ...MODEL], options);

  test('log, baseline, detect, report: what drifted is named, and read back as it was written', async () => {
    const generated = await run('baseline', 'generate');
    expect(generated).toMatchObject({ code: 0 });
    expect(generated.stdout).toMatch(
      /^vector +embedding +.* 8 dimensions, 100\.0 % of the variance along 8 components$/m,
    );
    const baseline = baselineSchema.parse(JSON.parse(await get('baselines/churn/v1/baseline.json')));
    expect(baseline).toMatchObject({ rows: 2000, model: { name: 'churn', version: 'v1' } });

    // The hour before: nothing moved.
    const calm = await run(
      'detect',
      '--at',
      '2025-12-24T10:00:00Z',
      '--window-hours',
      '1',
      '--fail-on',
      'minor',
      '--json',
    );
    expect(calm).toMatchObject({ code: 0 });
    expect(reportSchema.parse(JSON.parse(calm.stdout))).toMatchObject({
      status: 'no-drift',
      driftScore: 0,
      rows: 300,
      alerts: [],
      findings: [],
      window: { from: '2025-12-24T10:00:00.000Z', to: '2025-12-24T11:00:00.000Z' },
    });

    // The hour of the drift, with a file that is none and two that are no logs.
    const garbage = `${DAY}/hour=11/broken.parquet`;
    await put(garbage, 'PAR1 this is no Parquet PAR1');
    await put(`${DAY}/hour=11/_SUCCESS`, '');
    await put(`${DAY}/hour=11/_temporary/0/part.parquet`, 'half');
    const detect = ['detect', '--at', '2025-12-24T11:59:59Z', '--window-hours', '1', '--fail-on', 'drift'];
    const found = await run(...detect);
    expect(found.code).toBe(3);
    expect(found.stdout).toMatch(/^Overall drift detected: YES$/m);
    expect(found.stdout).toMatch(/^Features drifted: 2\/3$/m);
    expect(found.stdout).toMatch(/^Drifted features: age, plan$/m);
    expect(found.stdout).not.toContain('\u001b');

    const key = 'drift-reports/churn/v1/year=2025/month=12/day=24/hour=11/report.json';
    const text = await get(key);
    const report = reportSchema.parse(JSON.parse(text));
    expect(report).toMatchObject({ status: 'drift', driftDetected: true, rows: 300, baseline: { id: baseline.id } });
    expect(verdicts(report)).toEqual({
      age: 'drift',
      plan: 'drift',
      [HOSTILE]: 'none',
      vector: 'drift',
      prediction: 'none',
      confidence: 'none',
    });
    expect(report.inputs).toMatchObject({ files: 2, rows: 300, skipped: [{ key: garbage }] });
    expect(report.findings).toEqual([
      { code: 'unreadable-file', file: garbage, message: expect.stringContaining(garbage) },
    ]);

    // Every alert has a document, and its id is the same in every run.
    expect(report.alerts.map(({ signal }) => signal).sort()).toEqual(['age', 'driftScore', 'plan', 'vector']);
    for (const condition of report.alerts) {
      const alert = alertSchema.parse(JSON.parse(await get(`alerts/churn/${condition.id}.json`)));
      expect(alert).toMatchObject({ ...condition, report: key });
      const identity = JSON.stringify(['churn', 'v1', condition.rule, condition.signal]);
      expect(condition.id).toBe(createHash('sha256').update(identity).digest('hex').slice(0, 16));
    }
    expect(await keys('alerts/')).toHaveLength(report.alerts.length);

    // Run again, it replaces the report; only `run` may differ.
    const again = await run(...detect, '--json');
    expect(again.stdout).toBe(await get(key));
    expect({ ...JSON.parse(again.stdout), run: null }).toEqual({ ...report, run: null });
    expect((await keys('drift-reports/')).map((stored) => stored.replace(/.*\//, ''))).toEqual([
      '2025-12-24.jsonl',
      'latest.html',
      'latest.json',
      'report.html',
      'report.json',
      'report.html',
      'report.json',
      'index.html',
      'index.json',
    ]);

    // The page beside it is the one of the stored report, and so is the latest.
    const page = await get(key.replace('.json', '.html'));
    const folder = await mkdtemp(join(tmpdir(), 'page-'));
    await run('report', 'show', '--html', join(folder, 'page.html'));
    const withoutLinks = (text: string) => text.replace(/<li><a href="[^#"]*">(All models|JSON)<\/a><\/li>/g, '');
    expect(await readFile(join(folder, 'page.html'), 'utf8')).toBe(withoutLinks(page));
    await rm(folder, { recursive: true });
    expect(page).toContain('&#60;script&#62;basic');
    expect(page).not.toContain('<script');
    expect(withoutLinks(await get('drift-reports/churn/latest.html'))).toBe(withoutLinks(page));

    // An older window leaves `latest` alone.
    await run('detect', '--at', '2025-12-24T10:59:59.999Z', '--window-hours', '1');
    expect(await get('drift-reports/churn/latest.json')).toBe(await get(key));
    const shown = await run('report', 'show', '--json');
    expect(shown).toMatchObject({ code: 0, stderr: '', stdout: await get(key) });
    const listed = await run('report', 'list', '--json');
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { hour: '2025-12-24T10:00:00.000Z', status: 'no-drift', drifted: 0 },
      { hour: '2025-12-24T11:00:00.000Z', status: 'drift', drifted: 3, signals: 6, alerts: 4 },
    ]);
  });

  test('a wrong key is one sentence without the key', async () => {
    const env = { ...options.env };
    env.AZURE_STORAGE_CONNECTION_STRING = azurite.connectionString.replace('AccountKey=Eby8', 'AccountKey=AAAA');
    const { code, stdout, stderr } = await drift(['baseline', 'list'], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^drift-monitor: .*127\.0\.0\.1:\d+ refused the credentials \(403 .*\n$/);
    expect(stderr).not.toContain('AAAA');
  });
});

describe('in directories', () => {
  let root: string;
  let storage: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'drift monitor ü '));
    storage = join(root, 'a storage');
    await mkdir(storage);
    await writeFile(join(root, 'train.parquet'), await trainingData());
    await logPredictions(`file:${join(root, 'only logs')}`);
    const generated = await run('baseline', 'generate', '--training-data', 'train.parquet', ...MODEL);
    expect(generated).toMatchObject({ code: 0 });
  });
  afterAll(() => rm(root, { recursive: true }));

  const run = (...args: string[]) =>
    drift(args, { cwd: root, env: { DRIFT_STORAGE_URL: 'file:a storage', DRIFT_LOGS_URL: 'file:only logs' } });
  const detect = (...args: string[]) => run('detect', '--json', '--window-hours', '1', ...args);

  test('what --fail-on names is exit code 3, and nothing else is', async () => {
    const codes = async (...args: string[]) => {
      const kinds = ['minor', 'drift', 'critical', 'insufficient-data', 'no-data'];
      const runs = kinds.map(async (what) => (await detect(...MODEL, ...args, '--fail-on', what)).code);
      return Promise.all(runs);
    };
    expect(await codes('--at', '2025-12-24T10:30:00Z')).toEqual([0, 0, 0, 0, 0]);
    expect(await codes('--at', '2025-12-24T11:30:00Z')).toEqual([3, 3, 3, 0, 0]);
    expect(await codes('--at', '2025-12-24T12:00:00Z')).toEqual([0, 0, 0, 0, 3]);
  });

  test('a window without rows, or with too few, has a report all the same', async () => {
    await writeFile(join(root, 'strict.yaml'), 'minSamples: 1000');
    const [none, few] = await Promise.all([
      detect(...MODEL, '--at', '2025-12-24T12:00:00Z'),
      detect(...MODEL, '--at', '2025-12-24T10:00:00Z', '--config', 'strict.yaml', '--fail-on', 'insufficient-data'),
    ]);
    for (const [{ code, stdout }, status, exit] of [
      [none, 'no-data', 0],
      [few, 'insufficient-data', 3],
    ] as const) {
      const report = reportSchema.parse(JSON.parse(stdout));
      expect({ code, status: report.status }).toEqual({ code: exit, status });
      expect(report).toMatchObject({ driftDetected: false, driftScore: 0, alerts: [] });
      expect(new Set(Object.values(verdicts(report)))).toEqual(new Set(['insufficient-data']));
      expect([report.features.length, report.outputs.length, report.embeddings.length]).toEqual([3, 2, 1]);
    }
  });

  test('stdout is one document and stderr JSON lines; a model that fails does not stop the others', async () => {
    const yaml = 'models:\n  - { name: gone, version: v1 }\n  - { name: churn, version: v1 }';
    await writeFile(join(root, 'models.yaml'), yaml);
    const { code, stdout, stderr } = await detect('--config', 'models.yaml', '--at', '2025-12-24T11:00:00Z');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject([{ model: { name: 'churn' }, status: 'drift' }]);
    const lines = stderr.trimEnd().split('\n');
    expect(lines.pop()).toBe('drift-monitor: 1 of 2 models could not be judged: gone v1');
    const logged: { model?: string; msg: string }[] = lines.map((line) => JSON.parse(line));
    expect(logged).toContainEqual(
      expect.objectContaining({ model: 'gone v1', msg: expect.stringContaining('baselines/gone/v1/baseline.json') }),
    );
  });

  test.each([
    ['missing', undefined, /there is no baseline baselines\/b\/v1\/baseline\.json/],
    ['no JSON', '{', /baselines\/b\/v1\/baseline\.json is no JSON/],
    ['of a newer format', '{"format":99}', /baselines\/b\/v1\/baseline\.json has a newer format \(99\)/],
    ['of an older format', '{"format":0}', /baselines\/b\/v1\/baseline\.json has another format \(0\)/],
  ])('a baseline that is %s is one sentence with the command that makes one', async (_, content, problem) => {
    const folder = join(storage, 'baselines/b/v1');
    await mkdir(folder, { recursive: true });
    await rm(join(folder, 'baseline.json'), { force: true });
    if (content !== undefined) await writeFile(join(folder, 'baseline.json'), content);
    const model = ['--model-name', 'b', '--model-version', 'v1', '--log-level', 'error'];
    const { code, stdout, stderr } = await detect(...model);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(problem);
    expect(stderr).toMatch(/; make one with: drift-monitor baseline generate --model-name b --model-version v1\n$/);
    expect(stderr.split('\n')).toHaveLength(2);
  });

  test('a baseline whose counts do not fit its grid is damaged, not a crash', async () => {
    const good = JSON.parse(await readFile(join(storage, 'baselines/churn/v1/baseline.json'), 'utf8'));
    good.columns[0].profile.counts = 'AAAA';
    await mkdir(join(storage, 'baselines/c/v1'), { recursive: true });
    await writeFile(join(storage, 'baselines/c/v1/baseline.json'), JSON.stringify(good));
    const { code, stderr } = await run('baseline', 'show', '--model-name', 'c', '--model-version', 'v1');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^drift-monitor: the baseline baselines\/c\/v1\/baseline\.json is damaged .*make one with: /,
    );
  });
});
