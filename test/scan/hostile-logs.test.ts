import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeParquet } from '../../src/inference-log/parquet.ts';
import type { Report } from '../../src/report/schema.ts';
import { StorageRoom } from './storage-room.ts';
import { writeParquet } from './write-parquet.ts';

const ODD_NAMES = [
  '__proto__',
  'constructor',
  'a"; drop table x; --',
  "'; --",
  '../../x',
  '',
  'n'.repeat(300),
  '😀',
  'Case',
  'case',
  'CASE',
  'a.b',
  '#1',
  '$1',
  '\u001b[31m',
];
const PLANS = ['free', 'pro', '<script>alert(1)</script>', '\u001b[31mred'];
const FIXTURES = join(import.meta.dirname, '../fixtures');

/** Rows that differ only by the seed: the same population. */
function rows(count: number, seed: number): Map<string, unknown>[] {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Array.from({ length: count }, () => {
    const row = new Map<string, unknown>([
      ['plan', PLANS[Math.floor(uniform() * PLANS.length)]],
      ['amount', uniform() * 100],
      ['active', uniform() < 0.5],
    ]);
    for (const name of ODD_NAMES) row.set(name, uniform());
    return row;
  });
}

const fixture = (name: string) => readFile(join(FIXTURES, name));
const codes = ({ findings }: Report) =>
  findings.map(({ code, column }) => (column === undefined ? code : `${code} ${column}`));
const feature = ({ features }: Report, name: string) => features.find((entry) => entry.name === name);
const withoutRun = ({ run: _, ...report }: Report) => JSON.stringify(report);

let room: StorageRoom;
let good: Uint8Array;

beforeAll(async () => {
  room = await StorageRoom.open();
  await room.train(await encodeParquet(rows(4000, 1)));
  good = await encodeParquet(rows(1500, 2));
});

afterEach(() => room.forgetLogs());

afterAll(() => room.close());

describe('names from logs', () => {
  it('of any kind are features like others, in the training data and in the logs', async () => {
    await room.log('a.parquet', good);
    const report = await room.detect();
    expect(report.features.map(({ name }) => name)).toEqual(['plan', 'amount', 'active', ...ODD_NAMES]);
    expect(report.features.map(({ verdict }) => verdict)).toEqual(report.features.map(() => 'none'));
    expect(report.findings).toEqual([]);
    expect(report.rows).toBe(1500);
  });

  it('that differ only in case stay apart', async () => {
    const moved = rows(1500, 3).map((row) => row.set('case', 5));
    await room.log('a.parquet', await encodeParquet(moved));
    const report = await room.detect();
    expect(feature(report, 'case')?.verdict).toBe('drift');
    expect(feature(report, 'Case')?.verdict).toBe('none');
    expect(feature(report, 'CASE')?.verdict).toBe('none');
  });

  it('of files may hold wildcards, spaces, quotes and any script', async () => {
    const names = [
      '*.parquet',
      '[a-z]?.parquet',
      "it's {a,b}.parquet",
      'Ünï 日本 😀.parquet',
      'part-00000-tid-1-c000.snappy.parquet',
      'no-extension',
      'sub/folder/x.parquet',
    ];
    for (const name of names) await room.log(name, await encodeParquet(rows(200, name.length)));
    const report = await room.detect();
    expect(report.inputs).toMatchObject({ files: names.length, rows: 200 * names.length, skipped: [] });
  });
});

describe('what is no log', () => {
  it('is passed over in silence', async () => {
    await room.log('a.parquet', good);
    for (const name of [
      '_SUCCESS',
      '_metadata',
      '_temporary/0/part-0.parquet',
      '.part-0.parquet.crc',
      '.hidden.parquet',
      '_delta_log/00.json',
      'marker',
    ]) {
      await room.log(name, new Uint8Array(name === 'marker' || name === '_SUCCESS' ? 0 : 10));
    }
    const report = await room.detect();
    expect(report.inputs).toMatchObject({ files: 1, rows: 1500, skipped: [] });
    expect(report.findings).toEqual([]);
  });
});

describe('a file that cannot be read', () => {
  it('is a finding with its key and the cause, and the others are analysed', async () => {
    const names = [
      'all-pages-garbage',
      'empty',
      'encrypted-footer',
      'no-columns',
      'random-bytes',
      'rows-2-to-the-31',
      'rows-2-to-the-62',
      'schema-forged',
      'truncated',
    ];
    const keys: string[] = [];
    for (const name of names) keys.push(await room.log(`${name}.parquet`, await fixture(`${name}.parquet`)));
    await room.log('good.parquet', good);
    const report = await room.detect();
    expect(report.rows).toBe(1500);
    expect(report.findings.map(({ code, file }) => [code, file])).toEqual(keys.map((key) => ['unreadable-file', key]));
    expect(report.inputs.skipped.map(({ key }) => key)).toEqual(keys);
    expect(feature(report, 'amount')?.verdict).toBe('none');
    for (const { message } of report.findings) expect(message).not.toMatch(/drift-monitor-|\/tmp|INTERNAL|\n/);
    expect(withoutRun(await room.detect())).toBe(withoutRun(report));
  });

  it('leaves a report without rows where there is no other', async () => {
    await room.log('random.parquet', await fixture('random-bytes.parquet'));
    const report = await room.detect();
    expect(report.status).toBe('no-data');
    expect(codes(report)).toEqual(['unreadable-file']);
  });

  it('may be a link into another directory: what it shows is read all the same', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'elsewhere-'));
    try {
      await writeFile(join(elsewhere, 'x.parquet'), good);
      await room.log('a.parquet', good);
      await symlink(join(elsewhere, 'x.parquet'), room.logPath('link.parquet'));
      await symlink(join(elsewhere, 'nowhere.parquet'), room.logPath('dangling.parquet'));
      const report = await room.detect();
      expect(report.inputs).toMatchObject({ files: 2, rows: 3000, skipped: [] });
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});

describe('a column that cannot be decoded', () => {
  it('counts as missing in its file, with a finding, and the others keep their verdicts', async () => {
    await room.log('a.parquet', good);
    await room.log('b.parquet', withInvalidText(await encodeParquet(rows(500, 4))));
    const report = await room.detect();
    expect(report.rows).toBe(2000);
    expect(report.findings).toEqual([
      {
        code: 'unreadable-column',
        column: 'plan',
        file: 'inference-logs/year=2025/month=12/day=24/hour=17/b.parquet',
        message:
          "column 'plan' of inference-logs/year=2025/month=12/day=24/hour=17/b.parquet was left out: it holds text that is not valid UTF-8; its rows count as missing",
      },
    ]);
    expect(feature(report, 'plan')?.missing.window).toBe(0.25);
    expect(feature(report, 'amount')?.verdict).toBe('none');
    expect(withoutRun(await room.detect())).toBe(withoutRun(report));
  });

  it('costs the file where it says whose rows they are', async () => {
    await room.log('a.parquet', good);
    const owned = rows(500, 4).map((row) => row.set('model_name', 'free'));
    const bytes = await encodeParquet(owned.map((row) => new Map([...row].filter(([name]) => name !== 'plan'))));
    const key = await room.log('b.parquet', withInvalidText(bytes));
    const report = await room.detect();
    expect(report.rows).toBe(1500);
    expect(report.inputs.skipped).toEqual([
      { key, cause: "its column 'model_name': it holds text that is not valid UTF-8" },
    ]);
  });
});

describe('a column that is not as it was', () => {
  const changed = async (change: (row: Map<string, unknown>, index: number) => void) => {
    const changedRows = rows(1500, 5);
    changedRows.forEach(change);
    await room.log('a.parquet', await encodeParquet(changedRows));
    return room.detect();
  };

  it('is named where it is missing, new or constant', async () => {
    const report = await changed((row) => {
      row.delete('amount');
      row.set('extra', 1);
      row.set('plan', 'pro');
    });
    expect(codes(report)).toEqual([
      'constant-column plan',
      'missing-column amount',
      'all-missing amount',
      'new-column extra',
    ]);
    expect(feature(report, 'amount')?.verdict).toBe('drift');
  });

  it('is read as it was where numbers or booleans come as text', async () => {
    const report = await changed((row) => {
      row.set('amount', String(row.get('amount')));
      row.set('active', row.get('active') === true ? 'True' : 'False');
    });
    expect(codes(report)).toEqual(['type-changed amount', 'type-changed active']);
    expect(feature(report, 'amount')?.verdict).toBe('none');
    expect(feature(report, 'active')?.verdict).toBe('none');
  });

  it('counts as missing where it cannot be', async () => {
    const report = await changed((row) => {
      row.set('amount', 'much');
      row.set('plan', [1, 2]);
    });
    expect(codes(report)).toEqual([
      'type-changed plan',
      'all-missing plan',
      'type-changed amount',
      'all-missing amount',
    ]);
    expect(feature(report, 'plan')?.verdict).toBe('drift');
  });

  it('is named where it has NaN or infinite values', async () => {
    await room.log(
      'a.parquet',
      await writeParquet(
        "SELECT CASE i % 10 WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN 'inf'::DOUBLE WHEN 2 THEN '-inf'::DOUBLE ELSE hash(i) % 1000 / 10.0 END AS amount FROM range(1000) t(i)",
      ),
    );
    const report = await room.detect();
    const amount = report.findings.filter(({ column }) => column === 'amount');
    expect(amount.map(({ message }) => message)).toEqual([
      "column 'amount': 100 values are NaN",
      "column 'amount': 200 values are infinite",
    ]);
  });

  it('counts by the first where it comes twice', async () => {
    const twice = 'SELECT hash(i) % 1000 / 10.0 AS amount, {amount: -1} AS features FROM range(1000) t(i)';
    await room.log('a.parquet', await writeParquet(twice));
    const report = await room.detect();
    expect(codes(report)).toContain('repeated-column amount');
    expect(feature(report, 'amount')?.verdict).toBe('none');
  });
});

describe('texts of any length in a column', () => {
  it('that the baseline does not know cost neither the file nor a large profile', async () => {
    const room = await StorageRoom.open();
    try {
      await room.train(await writeParquet("SELECT i AS n, 'v' || i % 3 AS c FROM range(500) t(i)"));
      const long = 'SELECT i AS n, repeat(md5(i::VARCHAR), 2000) AS c, repeat(md5(i::VARCHAR), 2000) AS status';
      await room.log('a.parquet', await writeParquet(`${long} FROM range(2000) t(i)`, 'COMPRESSION zstd'));
      const report = await room.detect();
      expect([report.rows, report.inputs.skipped]).toEqual([2000, []]);
      expect(JSON.stringify(report).length).toBeLessThan(50_000);
    } finally {
      await room.close();
    }
  });

  it('cost a column that needs more memory than there is, and no other one', async () => {
    const room = await StorageRoom.open();
    try {
      const train = "SELECT i AS n, 'v' || i % 3 AS a, 'v' || i % 3 AS c, 'v' || i % 3 AS d, 'v' || i % 3 AS e";
      await room.train(await writeParquet(`${train} FROM range(500) t(i)`));
      const text = (times: number) => `repeat(md5(i::VARCHAR), ${times})`;
      const long = `SELECT i AS n, ${text(5000)} AS a, ${text(2000)} AS c, ${text(2000)} AS d, 'v1' AS e FROM range(2000) t(i)`;
      await room.log('a.parquet', await writeParquet(long, 'COMPRESSION zstd'));
      const report = await room.detect();
      expect([report.rows, report.inputs.skipped]).toEqual([2000, []]);
      expect(codes(report).filter((code) => code.startsWith('unreadable'))).toEqual(['unreadable-column a']);
      expect(feature(report, 'd')?.missing.window).toBe(0);
    } finally {
      await room.close();
    }
  });
});

describe('what pandas notes in a file', () => {
  it('makes categories of numbers categorical, and row labels no feature', async () => {
    const pandas = await StorageRoom.open();
    try {
      await pandas.train(await fixture('pandas-index.parquet'));
      await pandas.log('a.parquet', await fixture('fastparquet.parquet'));
      const report = await pandas.detect();
      expect(report.features.map(({ name, type }) => [name, type])).toEqual([
        ['category', 'categorical'],
        ['int_category', 'categorical'],
        ['number', 'numeric'],
        ['nullable', 'numeric'],
        ['when', 'numeric'],
      ]);
      expect(report.findings).toEqual([]);
    } finally {
      await pandas.close();
    }
  });
});

/** The first `free` in a dictionary or page becomes bytes that are no UTF-8. */
function withInvalidText(parquet: Uint8Array): Uint8Array {
  const bytes = Buffer.from(parquet);
  const at = bytes.indexOf('free');
  if (at < 0) throw new Error('there is no such text');
  bytes[at] = 0xff;
  return bytes;
}
