import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeBaseline } from '../../src/baseline/baseline.ts';
import { baselineSchema } from '../../src/baseline/schema.ts';
import { decodeCounts } from '../../src/profile/counts-codec.ts';
import { choosesCategories } from '../../src/scan/row-hash.ts';
import { writeParquet } from '../scan/write-parquet.ts';
import { columnNamed, trainOn, understood } from './training-room.ts';

const MIXED = `SELECT
    i::DOUBLE / 7 AS amount,
    (i % 5)::INTEGER AS pieces,
    CASE WHEN i % 10 < 7 THEN 'a' WHEN i % 10 < 9 THEN 'b' ELSE 'c' END AS plan,
    i % 3 = 0 AS active,
    TIMESTAMP '2025-01-01' + INTERVAL (i) SECOND AS seen_at,
    'user-' || i AS user_id,
    NULL::INTEGER AS nothing,
    CASE WHEN i % 4 = 0 THEN NULL ELSE i END AS gaps,
    [1.0, i % 3, 0.5]::FLOAT[] AS vector,
    (i % 2)::DOUBLE AS prediction,
    0.5 + i / 4000.0 AS confidence,
    'id' || i AS request_id,
    TIMESTAMP '2025-01-01' AS timestamp
  FROM range(1000) AS t(i)`;

function csv(rows: readonly (readonly unknown[])[]): string {
  return `${rows.map((row) => row.join(',')).join('\n')}\n`;
}

describe('baseline of Parquet', () => {
  it('watches every column by what it holds, and says why it leaves others out', async () => {
    const baseline = await trainOn({ 'data.parquet': await writeParquet(MIXED) });
    expect(understood(baseline)).toEqual({
      amount: 'numeric',
      pieces: 'numeric',
      plan: 'categorical',
      active: 'categorical',
      seen_at: 'numeric',
      user_id: 'looks like an id: 1000 different values in 1000 rows',
      nothing: 'no value is a finite number',
      gaps: 'numeric',
      vector: 'embedding',
      prediction: 'numeric',
      confidence: 'numeric',
      request_id: 'part of the log record',
      timestamp: 'part of the log record',
    });
    expect(baseline.columns.filter(({ role }) => role !== 'feature').map(({ name, role }) => [name, role])).toEqual([
      ['prediction', 'prediction'],
      ['confidence', 'confidence'],
    ]);
    const gaps = columnNamed(baseline, 'gaps');
    expect(gaps.profile).toMatchObject({ missing: 250, min: 1, max: 999 });
    expect(columnNamed(baseline, 'seen_at')).toMatchObject({ temporal: true, profile: { min: 1735689600 } });
  });

  it('counts categories and vectors on the half of the rows that did not choose them, numbers on all', async () => {
    const baseline = await trainOn({ 'data.parquet': await writeParquet(MIXED) });
    const counting = Array.from({ length: 1000 }, (_, row) => row).filter((row) => !choosesCategories(row));
    const plan = columnNamed(baseline, 'plan');
    if (plan.type !== 'categorical') throw new Error('plan is a category');
    const expected = plan.values.map(
      (value) => counting.filter((row) => (row % 10 < 7 ? 'a' : row % 10 < 9 ? 'b' : 'c') === value).length,
    );
    expect(plan.values).toEqual(['a', 'b', 'c']);
    expect([...decodeCounts(plan.profile.counts, 3)]).toEqual(expected);
    expect(counting.length).toBeGreaterThan(400);
    expect(counting.length).toBeLessThan(600);
    expect(columnNamed(baseline, 'vector').profile).toMatchObject({ rows: counting.length });
    const pieces = columnNamed(baseline, 'pieces');
    if (pieces.type !== 'numeric') throw new Error('pieces is a number');
    const counts = decodeCounts(pieces.profile.counts, 9);
    expect([...counts].filter((count) => count > 0)).toEqual([200, 200, 200, 200, 200]);
  });

  it('is the same bytes whenever and with however many threads it is made, but for its creation time', async () => {
    const data = await writeParquet(MIXED, 'COMPRESSION zstd, ROW_GROUP_SIZE 256');
    const first = await trainOn({ 'data.parquet': data }, { now: 1, threads: 1 });
    const second = await trainOn({ 'data.parquet': data }, { now: 2, threads: 2 });
    expect(second.createdAt).not.toBe(first.createdAt);
    expect(JSON.stringify({ ...second, createdAt: '' })).toBe(JSON.stringify({ ...first, createdAt: '' }));
  });

  it('has an id of its content: not of names of files or time, but of every value', async () => {
    const data = await writeParquet(MIXED);
    const { id } = await trainOn({ 'data.parquet': data });
    expect(await trainOn({ 'elsewhere/other.parquet': data }, { now: 5 })).toMatchObject({ id });
    const changed = await writeParquet(MIXED.replace('i::DOUBLE / 7', 'CASE i WHEN 5 THEN 0.7 ELSE i::DOUBLE / 7 END'));
    expect((await trainOn({ 'data.parquet': changed })).id).not.toBe(id);
  });

  it('obeys its schema and comes back from storage as it was', async () => {
    const baseline = await trainOn({ 'data.parquet': await writeParquet(MIXED) });
    const stored = baselineSchema.parse(JSON.parse(JSON.stringify(baseline)));
    expect(decodeBaseline(stored)).toStrictEqual(decodeBaseline(baseline));
  });

  it('takes structs and maps of features apart', async () => {
    const struct = `SELECT {'amount': i, 'plan': 'p' || i % 3, 'deep': {'x': i % 7}} AS features, {'y': i} AS other FROM range(300) AS t(i)`;
    expect(understood(await trainOn({ 'data.parquet': await writeParquet(struct) }))).toEqual({
      amount: 'numeric',
      plan: 'categorical',
      'deep.x': 'numeric',
      'other.y': 'numeric',
    });
    const map = `SELECT MAP {'amount': i, 'it''s "odd"': i % 5} AS features, MAP {'z': 1} AS tags FROM range(300) AS t(i)`;
    const baseline = await trainOn({ 'data.parquet': await writeParquet(map) });
    expect(understood(baseline)).toEqual({
      amount: 'numeric',
      'it\'s "odd"': 'numeric',
      tags: 'a map that is not the column of features',
    });
    expect(columnNamed(baseline, 'amount').profile).toMatchObject({ min: 0, max: 299, missing: 0 });
  });

  it('joins files that have other columns, orders and types', async () => {
    const baseline = await trainOn({
      'a.parquet': await writeParquet(`SELECT i::INTEGER AS n, 'x' AS c, i % 2 AS code FROM range(100) AS t(i)`),
      'b.parquet': await writeParquet(
        `SELECT 'y' AS c, (i + 100)::FLOAT AS n, 'k' || i % 2 AS code FROM range(100) AS t(i)`,
      ),
      'c.parquet': await writeParquet(`SELECT (i + 0.5)::DECIMAL(9, 2) AS n, i AS extra FROM range(100) AS t(i)`),
    });
    expect(understood(baseline)).toEqual({ n: 'numeric', c: 'categorical', code: 'categorical', extra: 'numeric' });
    expect(baseline.rows).toBe(300);
    expect(columnNamed(baseline, 'n').profile).toMatchObject({ min: 0, max: 199, missing: 0 });
    expect(columnNamed(baseline, 'extra').profile).toMatchObject({ missing: 200 });
    const code = columnNamed(baseline, 'code');
    expect(code.type === 'categorical' && [...code.values].sort()).toEqual(['0', '1', 'k0', 'k1']);
  });

  it('takes a column by the name that DuckDB numbers rows by for one like the others', async () => {
    const rows = (name: string) =>
      writeParquet(`SELECT hash(i) % 1000 AS n, i AS "${name}", 'v' || i % 7 AS c FROM range(1100000) t(i)`);
    const odd = await trainOn({ 'a.parquet': await rows('File_Row_Number') });
    const plain = await trainOn({ 'a.parquet': await rows('number') });
    expect(odd.columns.map(({ name, ...counted }) => counted)).toEqual(
      plain.columns.map(({ name, ...counted }) => counted),
    );
  });

  it('takes columns for what the configuration says, ids and record columns too', async () => {
    const baseline = await trainOn(
      { 'data.parquet': await writeParquet(MIXED) },
      {
        columns: {
          user_id: { type: 'categorical' },
          pieces: { type: 'categorical' },
          amount: { type: 'ignore' },
          request_id: { type: 'categorical' },
          plan: { type: 'numeric' },
        },
      },
    );
    expect(understood(baseline)).toMatchObject({
      user_id: 'categorical',
      pieces: 'categorical',
      amount: 'ignored by configuration',
      request_id: 'categorical',
      plan: 'no value is a finite number',
    });
    const pieces = columnNamed(baseline, 'pieces');
    expect(pieces.type === 'categorical' && [...pieces.values].sort()).toEqual(['0', '1', '2', '3', '4']);
  });

  it('keeps the 1,000 most frequent of many categories and remembers as many rare ones', async () => {
    const many = `SELECT 'v' || floor(sqrt(160 * i))::INTEGER AS many, 'w' || i % 1200 AS flat FROM range(40000) AS t(i)`;
    const baseline = await trainOn({ 'data.parquet': await writeParquet(many) });
    const column = columnNamed(baseline, 'many');
    if (column.type !== 'categorical') throw new Error('a category');
    expect(column.values).toHaveLength(1000);
    expect(column.rare).toHaveLength(1000);
    expect(column.complete).toBe(false);
    expect(new Set([...column.values, ...column.rare]).size).toBe(2000);
    const { counts, rare, unseen } = column.profile;
    const counted = decodeCounts(counts, column.values.length);
    expect(counted.reduce((sum, count) => sum + count, rare + unseen)).toBeGreaterThan(19_000);
    expect(unseen).toBeGreaterThan(0);
    expect(column.profile.examples.length).toBeGreaterThan(0);
    expect(columnNamed(baseline, 'flat')).toMatchObject({ complete: true });
  });

  it('refuses training data without rows or without a column to watch', async () => {
    await expect(trainOn({ 'a.parquet': await writeParquet('SELECT 1 AS x WHERE false') })).rejects.toThrow(
      'has no rows',
    );
    await expect(trainOn({ 'a.parquet': await writeParquet(`SELECT 'r' AS request_id`) })).rejects.toThrow(
      'no column that can be watched',
    );
    await expect(trainOn({ 'a.parquet': 'no Parquet at all' })).rejects.toThrow(
      'training data a.parquet cannot be read',
    );
  });
});

describe('baseline of CSV', () => {
  it('keeps odd names in the header: quoted, repeated, empty, differing in case only', async () => {
    const header = ['"a,b"', '"say ""hi"""', '', 'Name', 'name', 'x', 'x', '__proto__', '"line\nbreak"'];
    const rows = Array.from({ length: 50 }, (_, i) => [i, i * 2, i * 3, `p${i % 2}`, `q${i % 3}`, 1 + i, -i, i, i]);
    const baseline = await trainOn({ 'data.csv': csv([header, ...rows]) });
    const names = baseline.columns.map(({ name }) => name);
    expect(names).toEqual(['a,b', 'say "hi"', '', 'Name', 'name', 'x', '__proto__', 'line\nbreak']);
    expect(baseline.leftOut).toMatchObject([{ name: 'x', reason: 'another column before it has the same name' }]);
    expect(columnNamed(baseline, '').profile).toMatchObject({ max: 147 });
    expect(columnNamed(baseline, 'x').profile).toMatchObject({ min: 1, max: 50 });
    expect(columnNamed(baseline, 'Name')).toMatchObject({ values: ['p0', 'p1'] });
  });

  it('reads numbers, text, dates, booleans and missing values', async () => {
    const rows = Array.from({ length: 200 }, (_, i) => [
      i % 10 === 0 ? '' : i / 4,
      `"t, ${i % 4}"`,
      `2025-01-${String(1 + (i % 28)).padStart(2, '0')}`,
      i % 2 === 0,
    ]);
    const baseline = await trainOn({ 'data.csv': csv([['n', 't', 'd', 'b'], ...rows]) });
    expect(understood(baseline)).toEqual({ n: 'numeric', t: 'categorical', d: 'numeric', b: 'categorical' });
    expect(columnNamed(baseline, 'n').profile).toMatchObject({ missing: 20, max: 49.75 });
    const text = columnNamed(baseline, 't');
    expect(text.type === 'categorical' && [...text.values].sort()).toEqual(['t, 0', 't, 1', 't, 2', 't, 3']);
  });

  it('without a header has numbered columns', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => [i, i * i, `k${i % 5}`]);
    const baseline = await trainOn({ 'data.csv': csv(rows) });
    expect(understood(baseline)).toEqual({ column0: 'numeric', column1: 'numeric', column2: 'categorical' });
    expect(baseline.rows).toBe(100);
  });

  it('is the same from a compressed file, and joins with Parquet', async () => {
    const text = csv([['n', 'c'], ...Array.from({ length: 100 }, (_, i) => [i / 2, `k${i % 3}`])]);
    const plain = await trainOn({ 'data.csv': text });
    expect((await trainOn({ 'data.csv.gz': gzipSync(text) })).id).toBe(plain.id);
    const parquet = await writeParquet(`SELECT i / 2.0 AS n, 'k' || i % 3 AS c FROM range(100) AS t(i)`);
    const both = await trainOn({ 'a.csv': text, 'b.parquet': parquet });
    expect(both.rows).toBe(200);
    expect(columnNamed(both, 'n').profile).toMatchObject({ missing: 0 });
  });
});
