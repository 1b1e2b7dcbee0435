import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SourceKind } from '../src/scan/source-columns.ts';
import type { WantedColumn } from '../src/scan/wanted.ts';
import { DirectoryStore } from '../src/storage/directory.ts';
import {
  category,
  embedding,
  numeric,
  objectOf,
  openScanRoom,
  readColumns,
  type ScanRoom,
  type Value,
} from './scan/read-columns.ts';
import { RemoteStore } from './scan/remote-store.ts';
import { writeParquet } from './scan/write-parquet.ts';

/** See fixtures/make_fixtures.py. */
interface ExpectedColumn {
  readonly kind: SourceKind;
  readonly as: WantedColumn['as'];
  readonly values: readonly Value[] | null;
}

const FIXTURES = join(import.meta.dirname, 'fixtures');
const expected = JSON.parse(await readFile(join(FIXTURES, 'expected.json'), 'utf8')) as Record<
  string,
  Record<string, ExpectedColumn> | null
>;

const store = new DirectoryStore(FIXTURES);
let room: ScanRoom;

beforeAll(async () => {
  room = await openScanRoom([store]);
});

afterAll(() => room.close());

describe('a log file is read as its writer meant it, whatever cannot be decoded beside it', () => {
  const readable = Object.entries(expected).flatMap(([name, columns]) => (columns === null ? [] : [{ name, columns }]));

  it.each(readable)('$name', async ({ name, columns }) => {
    const names = Object.keys(columns);
    const wanted = Object.entries(columns).map(([column, expectation]) => wantedAs(column, expectation));
    const read = await readColumns(room, store, await objectOf(store, name), wanted);
    const rows = read.lease.file.rows;

    const found = read.columns.map((values, index) => [names[index], values.map(comparable)]);
    const nothing = Array.from({ length: rows }, () => null);
    expect(found).toEqual(Object.entries(columns).map(([column, { values }]) => [column, values ?? nothing]));
    expect(read.scan.unreadable.map((column) => column.name)).toEqual(
      names.filter((column) => !columns[column]?.values),
    );
    for (const [index, { source }] of read.scan.found.entries()) {
      if (source !== undefined) expect(source.kind).toBe(columns[names[index] ?? '']?.kind);
    }
  });
});

describe('what DuckDB writes is read', () => {
  const query = `SELECT
    1::HUGEINT AS hugeint, 3::UTINYINT AS utinyint, 1.5::DECIMAL(38, 10) AS amount, [1, 2]::FLOAT[2] AS fixed_array,
    'b'::ENUM('a', 'b') AS enumerated, '00000000-0000-0000-0000-000000000001'::UUID AS uuid, '{"a":1}'::JSON AS json,
    'x'::BLOB AS blob, repeat('y', 100000) AS long, INTERVAL 1 DAY AS duration, '17:30:00+02'::TIMETZ AS clock,
    '2025-12-24'::TIMESTAMP_S AS seconds, '2025-12-24 12:00:00+02'::TIMESTAMPTZ AS zoned, 'infinity'::DATE AS never,
    {a: {b: {c: 1}}} AS deep, MAP {'k': 1} AS features, NULL AS nothing, [[1]] AS nested
    FROM range(3000)`;

  it.each([
    'COMPRESSION snappy, ROW_GROUP_SIZE 2048',
    'COMPRESSION zstd, PARQUET_VERSION V2',
    'COMPRESSION gzip',
    'COMPRESSION brotli',
    'COMPRESSION lz4_raw',
    'COMPRESSION uncompressed',
  ])('%s', async (options) => {
    const remote = new RemoteStore();
    remote.replace('log', await writeParquet(query, options));
    const numbers = [
      'hugeint',
      'utinyint',
      'amount',
      'clock',
      'seconds',
      'zoned',
      'never',
      'deep.a.b.c',
      'k',
      'nothing',
    ];
    const texts = ['enumerated', 'uuid', 'json', 'blob', 'long', 'duration', 'nested'];
    const known = ['b', '00000000-0000-0000-0000-000000000001', '{"a":1}', 'x', 'y'.repeat(100_000)];
    const wanted = [
      ...numbers.map((name) => numeric(name)),
      ...texts.map((name) => category(name, known)),
      embedding('fixed_array'),
    ];
    const { columns, scan } = await readColumns(room, remote, await objectOf(remote, 'log'), wanted);
    expect(scan.unreadable).toEqual([]);
    const row = [1, 3, 1.5, 55_800, 1_766_534_400, 1_766_570_400, null, 1, 1, null, ...known, null, null, [1, 2]];
    expect(columns.map((values) => values[0])).toEqual(row);
    expect(columns.map((values) => values[2999])).toEqual(row);
    expect(columns.every((values) => values.length === 3000)).toBe(true);
  });
});

describe('a column that cannot be decoded says why', () => {
  it.each([
    ['codec-lzo.parquet', 'c', 'DuckDB cannot decompress LZO'],
    ['encrypted-column.parquet', 'secret', 'it is encrypted'],
    ['instants-far-away.parquet', 'when', 'it holds instants further away than DuckDB can count'],
    ['offset-beyond-the-file.parquet', 'a', 'its pages are damaged, or of a kind that DuckDB cannot decode'],
    ['pages-garbage.parquet', 'a', 'its pages are damaged, or of a kind that DuckDB cannot decode'],
    ['pyarrow-encodings.parquet', 'float16', 'DuckDB decodes BYTE_STREAM_SPLIT of FLOAT and DOUBLE only'],
    ['statistics-empty.parquet', 'a', 'its statistics in the footer are damaged, which DuckDB refuses'],
    ['text-not-utf8.parquet', 'b', 'it holds text that is not valid UTF-8'],
  ])('%s', async (name, column, cause) => {
    const wanted = Object.keys(expected[name] ?? {}).map((each) => numeric(each));
    const { scan } = await readColumns(room, store, await objectOf(store, name), wanted);
    expect(scan.unreadable).toContainEqual({ name: column, cause });
  });
});

describe('a file that cannot be read says why, in the same words every time', () => {
  const causes = Object.keys(expected).filter((name) => expected[name] === null);

  it.each(causes)('%s', async (name) => {
    const read = async () =>
      readColumns(room, store, await objectOf(store, name), [numeric('a'), category('b', ['x']), numeric('c')]);
    const error = await read().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'UnreadableError', message: CAUSES.get(name) });
    await expect(read()).rejects.toMatchObject({ message: CAUSES.get(name) });
  });
});

const CAUSES = new Map([
  ['all-pages-garbage.parquet', 'its pages are damaged, or of a kind that DuckDB cannot decode'],
  ['rows-2-to-the-31.parquet', 'its pages are damaged, or of a kind that DuckDB cannot decode'],
  ['rows-2-to-the-62.parquet', 'its footer cannot be read: it counts 2305843009213694000 of something'],
  ['rows-negative.parquet', 'its footer cannot be read: it counts -6 of something'],
  ['rows-contradicted.parquet', 'its footer cannot be read: it promises 5 rows, and its row groups 12'],
  ['schema-forged.parquet', 'its footer cannot be read: its schema breaks off'],
  ['no-columns.parquet', 'its footer cannot be read: it has no columns'],
  ['truncated.parquet', 'it is no Parquet file, or was cut off: it does not end with PAR1'],
  ['random-bytes.parquet', 'it is no Parquet file, or was cut off: it does not end with PAR1'],
  ['random-bytes-with-magic.parquet', 'its footer cannot be read: thrift unhandled type: 14'],
  ['empty.parquet', 'the file is empty'],
  ['tiny.parquet', '8 bytes are too few for a Parquet file'],
  ['encrypted-footer.parquet', 'its footer is encrypted'],
]);

function wantedAs(name: string, { as, kind, values }: ExpectedColumn): WantedColumn {
  if (as === 'numeric') return numeric(name);
  if (as === 'embedding') return embedding(name);
  const texts = new Set(values?.flatMap((value) => (typeof value === 'string' ? value : [])));
  return category(name, [...texts], kind === 'boolean');
}

/** As JSON has it. */
function comparable(value: Value): Value {
  if (Array.isArray(value)) return value.map((item) => comparable(item)) as (number | null)[];
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
