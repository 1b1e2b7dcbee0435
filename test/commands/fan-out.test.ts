import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { writeParquet } from '../scan/write-parquet.ts';
import { drift } from './built-program.ts';

const LARGE = 'inference-logs/year=2025/month=12/day=24/hour=03/large.parquet';
const SMALL = 'inference-logs/year=2025/month=12/day=24/hour=02/small.parquet';

let folder: string;
let model: string[];
let detect: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fan-out-command-'));
  const store = new DirectoryStore(folder);
  const query = (rows: number) =>
    `SELECT hash(r, 1)::DOUBLE AS a, hash(r, 2)::DOUBLE AS b, 'v' || (r % 7) AS c FROM range(${rows}) t(r)`;
  await store.put('training-data/m/v1/a.parquet', await writeParquet(query(2000)));
  // Two row groups of 1.9 MiB: more than a shard, so that its columns are shared too.
  await store.put(LARGE, await writeParquet(query(240_000), 'COMPRESSION uncompressed, ROW_GROUP_SIZE 122880'));
  await store.put(SMALL, await writeParquet(query(5000), 'COMPRESSION uncompressed'));
  model = ['--model-name', 'm', '--model-version', 'v1', '--storage-url', `file:${folder}`];
  detect = ['detect', ...model, '--at', '2025-12-24T03:30:00Z', '--window-hours', '2'];
  const { code, stderr } = await drift(['baseline', 'generate', ...model]);
  expect(code, stderr).toBe(0);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const scaled = (mode: string) => ({ env: { HOME: '/nowhere', DRIFT_SCALE_MODE: mode, DRIFT_SCALE_SHARD_MIB: '1' } });

describe('detect --explain', () => {
  test('tells what each shard would read', async () => {
    const { stdout } = await drift([...detect, '--explain'], scaled('auto'));
    expect(stdout).toMatch(/^\d shards, each read by a pod of its own$/m);
    expect(stdout).toMatch(/^1 +\d+ KiB +1 +row groups 0 to 0, \d columns +inference-logs\/.*large\.parquet$/m);
  });

  test('as JSON, so that every row group and column is in one shard', async () => {
    const { stdout } = await drift([...detect, '--explain', '--json'], scaled('auto'));
    const [{ shards }] = JSON.parse(stdout);
    const [first, ...others] = shards;
    expect(first).toEqual({ index: 0, bytes: expect.any(Number), files: [{ key: SMALL }] });
    for (const { bytes } of shards) expect(bytes).toBeLessThanOrEqual(1024 * 1024);
    const columns = [0, 0];
    for (const { files } of others) {
      for (const { key, rowGroups, columns: count } of files) {
        expect(key).toBe(LARGE);
        for (let group = rowGroups.from; group < rowGroups.to; group++) columns[group] = (columns[group] ?? 0) + count;
      }
    }
    // Three of the baseline, and four that are counted of every log record.
    expect(columns).toEqual([7, 7]);
  });

  test('without shards where one process reads everything', async () => {
    const { stdout } = await drift([...detect, '--explain', '--json'], { env: { DRIFT_SCALE_SHARD_MIB: '1' } });
    expect(JSON.parse(stdout)[0].shards).toEqual([]);
  });
});

describe('without a cluster', () => {
  test('mode job is an error that says what is missing', async () => {
    const { code, stdout, stderr } = await drift(detect, scaled('job'));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/POD_NAME does not say which that is: run it from the chart with scale\.mode auto or job/);
    const pod = { env: { ...scaled('job').env, POD_NAME: 'drift-1-x' } };
    expect((await drift(detect, pod)).stderr).toMatch(/no cluster is known/);
  });

  test('mode auto reads everything here, and says why', async () => {
    const { code, stderr } = await drift([...detect, '--no-cache'], scaled('auto'));
    expect(code).toBe(0);
    expect(stderr).toMatch(/All logs are read here, because no pods can do it: .*POD_NAME/);
  });
});

describe('shard', () => {
  test.each([
    ['without an index', ['shard', '--plan', 'x'], {}, 2, /--index \(missing\): must be a whole number/],
    ['without a plan', ['shard'], {}, 2, /--plan <key>/],
    [
      'of a plan that is not there',
      ['shard', '--plan', 'x'],
      { JOB_COMPLETION_INDEX: '3' },
      1,
      /there is no plan x of this version/,
    ],
  ])('%s says so', async (_, args, env, expected, problem) => {
    const { code, stderr } = await drift([...args, '--storage-url', `file:${folder}`], { env });
    expect(stderr).toMatch(problem);
    expect(code).toBe(expected);
  });
});
