import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { appendHistory } from '../../src/history/store.ts';
import { DirectoryStore } from '../../src/storage/directory.ts';
import { aLine, aLineOf } from '../history/a-line.ts';
import { readParquet } from '../inference-log/read-parquet.ts';
import { drift } from './built-program.ts';

const HOSTILE = '\u001b[31m=red,"x"';
let folder: string;

const runOf = (model: string, ...args: string[]) =>
  drift(['history', ...args, '--storage-url', `file:${folder}`, '--model-name', model, '--log-level', 'warn']);
const run = (...args: string[]) => runOf('churn', ...args);

/** Two days of v1 in which `age` drifts from the second day's noon on, and one run of v0 before. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'history-command-'));
  const store = new DirectoryStore(folder);
  await appendHistory(store, 'churn', aLine(0, { version: 'v0' }));
  for (let hour = 1; hour < 48; hour++) {
    const line =
      hour < 36
        ? aLineOf(hour, [
            ['plan', 0.02],
            ['age', 0.01],
            [HOSTILE, 0.005],
          ])
        : {
            ...aLineOf(
              hour,
              [
                ['age', 0.41],
                ['plan', 0.02],
                [HOSTILE, 0.005],
              ],
              1,
            ),
            driftScore: 0.25,
          };
    await appendHistory(store, 'churn', line);
  }
});
afterAll(() => rm(folder, { recursive: true }));

describe('history show', () => {
  test('draws the score and what drifted most, and says since when', async () => {
    const { code, stdout, stderr } = await run('show', '--days', '2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('churn v1: 47 runs, 12 of them with drift');
    expect(stdout).toMatch(/2025-12-24 +2025-12-25 +Last +Largest +Since$/m);
    expect(stdout).toMatch(/^drift score +▁+▅+ +25\.0 % +25\.0 %/m);
    expect(stdout).toMatch(/^age +▁+█+ +0\.41 +0\.41 +drift since 2025-12-25 12h$/m);
    expect(stdout).toContain('In these days also: v0 (--model-version)');
    expect(stdout).not.toContain('\u001b');
  });

  test('shows the features that are named, and says which is none', async () => {
    const { stdout } = await run('show', '--feature', 'plan', '--feature', 'age');
    expect(stdout.match(/^(plan|age)/gm)).toEqual(['plan', 'age']);
    const { code, stderr } = await run('show', '--feature', 'plann');
    expect(code).toBe(1);
    expect(stderr).toContain('plann is in none of these runs; did you mean plan?');
  });

  test('as JSON has each run with its signals', async () => {
    const { runs, ...rest } = JSON.parse((await run('show', '--days', '1', '--feature', 'age', '--json')).stdout);
    expect(rest).toMatchObject({ model: 'churn', version: 'v1', from: '2025-12-25T00:00:00.000Z', damaged: 0 });
    expect(runs).toHaveLength(24);
    expect(runs.at(-1)).toMatchObject({
      hour: '2025-12-25T23:00:00.000Z',
      driftScore: 0.25,
      moved: [{ name: 'age', psi: 0.41, distance: 0.205, verdict: 'drift' }],
    });
  });

  test('of a model without a history is an error, of days without one is none', async () => {
    for (const until of [[], ['--until', '2025-01-01T00:00:00Z']]) {
      const unknown = await runOf('chrun', 'show', ...until);
      expect({ code: unknown.code, stdout: unknown.stdout }).toEqual({ code: 1, stdout: '' });
      expect(unknown.stderr).toContain('there is no history of chrun in file:');
    }
    const { code, stdout } = await run('show', '--until', '2024-01-01T00:00:00Z');
    expect(code).toBe(0);
    expect(stdout).toContain('No run of churn from 2023-12-25 until 2023-12-31 is in the history in file:');
  });
});

describe('history export', () => {
  test('writes runs as CSV, of all versions unless one is named', async () => {
    const { stdout } = await run('export');
    const [head = '', first = '', ...others] = stdout.split('\r\n');
    expect(head).toMatch(/^"model","version","hour","status","drift_score","window_rows",/);
    expect(first).toMatch(/^"churn","v0","2025-12-24T00:00:00\.000Z","no-drift",0,112,/);
    expect(others).toHaveLength(47 + 1);
    expect((await run('export', '--model-version', 'v0')).stdout.match(/\n/g)).toHaveLength(2);
  });

  test('writes names in CSV so that neither terminal nor spreadsheet obeys them', async () => {
    const { stdout } = await run('export', '--table', 'signals', '--days', '1');
    expect(stdout).toContain(',"\\u{1b}[31m=red,""x""","other",0.005,0.0025\r\n');
    expect(stdout).not.toContain('\u001b');
  });

  test('writes Parquet with the types of the columns, to a file or stdout', async () => {
    const file = join(folder, 'signals.parquet');
    const { stdout } = await run('export', '--table', 'signals', '--format', 'parquet', '--output', file, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ file, table: 'signals', runs: 48 });
    const table = await readParquet(await readFile(file));
    expect(table.types.get('hour')).toBe('TIMESTAMP WITH TIME ZONE');
    expect(table.types.get('psi')).toBe('DOUBLE');
    expect(table.rows).toHaveLength(47 * 3);
    expect(table.column('signal').slice(0, 3)).toEqual(['plan', 'age', HOSTILE]);
    const piped = await run('export', '--format', 'parquet');
    expect({ code: piped.code, start: piped.stdout.slice(0, 4) }).toEqual({ code: 0, start: 'PAR1' });
  });

  test('of a file that cannot be written is an error that names it', async () => {
    const { code, stderr } = await run('export', '--output', '/nowhere/at/all.csv');
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'drift-monitor: /nowhere/at/all.csv cannot be written (ENOENT)\n',
    });
  });
});

test('lines that cannot be read are told', async () => {
  const store = new DirectoryStore(folder);
  await store.put('drift-reports/torn/history/2025-12-24.jsonl', Buffer.from('{"hour":\n'));
  await appendHistory(store, 'torn', aLine(3));
  const { stdout, stderr } = await runOf('torn', 'show');
  expect(stdout).toContain('torn v1: 1 run');
  expect(stderr).toContain('1 line of the history cannot be read and stays as it is');
});
