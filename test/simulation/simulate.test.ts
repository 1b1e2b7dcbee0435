import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { reportSchema } from '../../src/report/schema.ts';
import { startAzurite } from '../azurite.ts';
import { drift } from '../commands/built-program.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drift-simulate-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function contents(name: string): Promise<Map<string, string>> {
  const root = join(folder, name);
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  const keys = files.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const entries = keys.map(async (path) => [path.slice(root.length + 1), await readFile(path, 'base64')] as const);
  return new Map((await Promise.all(entries)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

test('a right verdict is exit code 0 and a row of expected and found', async () => {
  const { code, stdout } = await drift(['simulate', '--scenario', 'sudden']);
  expect(stdout).toMatch(/^sudden +0–12 h +no-drift +no-drift +0\.0 % +ok$/m);
  expect(stdout).toMatch(/^ +12–24 h +drift: age +drift: age +\d+\.\d % +ok$/m);
  expect(code).toBe(0);
});

test('a wrong verdict is exit code 1, and says which column is wrong and why', async () => {
  const env = { DRIFT_PSI_THRESHOLD: '50' };
  const { code, stdout, stderr } = await drift(['simulate', '--scenario', 'missing'], { env });
  expect(stdout).toMatch(/^missing +0–24 h +drift: income +minor: income +\d+\.\d % +WRONG$/m);
  expect(stdout).toMatch(/^missing, 0–24 h: income is minor and must be drift: .*PSI/m);
  expect(stderr).toContain('1 of 1 scenarios were judged wrongly: missing');
  expect(code).toBe(1);
});

test('the same scenario twice gives the same numbers', async () => {
  const [first, second] = await Promise.all([1, 2].map(() => drift(['simulate', '--scenario', 'tail', '--json'])));
  expect(JSON.parse(first?.stdout ?? '')).toMatchObject([{ name: 'tail', ok: true }]);
  expect(second?.stdout).toBe(first?.stdout);
});

test('--to writes training data and logs and nothing else, the same each time, and the printed commands find what is promised', async () => {
  const write = (to: string) => {
    return drift(['simulate', '--scenario', 'gradual', '--rows', '3000', '--to', `file:${folder}/${to}`, '--json']);
  };
  const written = await write('a');
  await write('b');
  const files = await contents('a');
  expect(await contents('b')).toEqual(files);
  expect([...files.keys()].filter((key) => !key.startsWith('inference-logs/'))).toEqual([
    'training-data/simulated-gradual/v1/simulated.parquet',
  ]);

  const { next, files: logFiles } = JSON.parse(written.stdout) as { next: string[]; files: number };
  expect(files.size).toBe(logFiles + 1);
  const found: unknown[] = [];
  for (const command of next) {
    const { code, stdout } = await drift([...command.split(' ').slice(1), '--json']);
    expect(code).toBe(0);
    if (command.includes(' detect ')) {
      const { rows, features } = reportSchema.parse(JSON.parse(stdout));
      found.push([rows, features.find(({ name }) => name === 'age')?.verdict]);
    }
  }
  expect(found).toEqual([
    [1000, 'none'],
    [1000, 'minor'],
    [1000, 'drift'],
  ]);
});

test('--to a container that does not exist makes it', async () => {
  const azurite = await startAzurite();
  try {
    const to = azurite.url('not-there-yet');
    const env = { AZURE_STORAGE_CONNECTION_STRING: azurite.connectionString };
    const { code, stdout, stderr } = await drift(['simulate', '--scenario', 'low-volume', '--to', to], { env });
    expect(stderr).not.toContain('cannot list');
    expect(stdout).toContain(`files are in ${to}`);
    expect(code).toBe(0);
  } finally {
    await azurite.stop();
  }
});

test('training data of a real model is left alone', async () => {
  const own = ['--model-name', 'churn', '--to', `file:${folder}/c`];
  await drift(['simulate', '--scenario', 'low-volume', ...own]);
  await rm(join(folder, 'c/training-data/churn/v1/simulated.parquet'));
  await writeFile(join(folder, 'c/training-data/churn/v1/real.csv'), 'a\n1\n');
  const { code, stderr } = await drift(['simulate', '--scenario', 'low-volume', ...own]);
  expect(stderr).toMatch(/churn v1 has training data of its own .*real\.csv.*choose another --model-name/);
  expect(code).toBe(1);
});

test('what cannot be done is told at once', async () => {
  const { code, stderr } = await drift(['simulate', '--scenario', 'sudde', '--rows', '0', '--storage-url', 'file:x']);
  expect(code).toBe(2);
  expect(stderr).toBe(`drift-monitor: 4 problems:
  --scenario sudde: no such scenario; did you mean sudden?
  --rows 0: must be a whole number from 1 to 9999999
  --rows is for what is written --to a storage
  --storage-url and --logs-url are not for simulate: say where to write with --to
`);
});
