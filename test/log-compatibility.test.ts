import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Engine, openEngine } from '../src/scan/duckdb.ts';
import type { SourceKind } from '../src/scan/source-columns.ts';
import type { WantedColumn } from '../src/scan/wanted.ts';
import { DirectoryStore } from '../src/storage/directory.ts';
import { category, embedding, numeric, objectOf, readColumns, type Value } from './scan/read-columns.ts';

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
let engine: Engine;

beforeAll(async () => {
  engine = await openEngine({ memoryLimitMib: 256, threads: 2 }, [FIXTURES]);
});

afterAll(() => engine.close());

describe('a log file is read as its writer meant it, whatever cannot be decoded beside it', () => {
  const readable = Object.entries(expected).flatMap(([name, columns]) => (columns === null ? [] : [{ name, columns }]));

  it.each(readable)('$name', async ({ name, columns }) => {
    const names = Object.keys(columns);
    const wanted = Object.entries(columns).map(([column, expectation]) => wantedAs(column, expectation));
    const read = await readColumns(engine, store, await objectOf(store, name), wanted);
    const rows = read.file.rows;

    const found = read.columns.map((values, index) => [names[index], values.map(comparable)]);
    const nothing = Array.from({ length: rows }, () => null);
    expect(found).toEqual(Object.entries(columns).map(([column, { values }]) => [column, values ?? nothing]));
    expect(read.file.unreadable.map((column) => column.name)).toEqual(
      names.filter((column) => !columns[column]?.values),
    );
    for (const [index, { source }] of read.file.found.entries()) {
      if (source !== undefined) expect(source.kind).toBe(columns[names[index] ?? '']?.kind);
    }
  });
});

describe('a file that cannot be read says why, in the same words every time', () => {
  const causes = Object.keys(expected).filter((name) => expected[name] === null);

  it.each(causes)('%s', async (name) => {
    const read = async () =>
      readColumns(engine, store, await objectOf(store, name), [numeric('a'), category('b', ['x']), numeric('c')]);
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
