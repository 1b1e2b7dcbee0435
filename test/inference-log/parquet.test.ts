import fc from 'fast-check';
import { parquetMetadata, parquetRead } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { encodeParquet } from '../../src/inference-log/parquet.ts';
import { readParquet } from './read-parquet.ts';

const rowsOf = (name: string, values: readonly unknown[]) => values.map((value) => new Map([[name, value]]));

async function roundTrip(values: readonly unknown[], options = {}) {
  const table = await readParquet(await encodeParquet(rowsOf('x', values), options));
  return { type: table.types.get('x'), values: table.column('x') };
}

describe('the type of a column', () => {
  it.each([
    ['numbers, whole or not', [1, 2, 2.5], 'DOUBLE', [1, 2, 2.5]],
    ['texts', ['a', '', 'ü🦄'], 'VARCHAR', ['a', '', 'ü🦄']],
    ['booleans', [true, false], 'BOOLEAN', [true, false]],
    ['bigints', [2n ** 63n - 1n, -(2n ** 63n)], 'BIGINT', ['9223372036854775807', '-9223372036854775808']],
    ['dates', [new Date('2025-12-24T17:00:00.123Z')], 'TIMESTAMP', ['2025-12-24 17:00:00.123']],
    ['dates before 1970', [new Date('1815-12-10')], 'TIMESTAMP', ['1815-12-10 00:00:00']],
    ['lists of numbers', [[1.5, 2], [3]], 'FLOAT[]', [[1.5, 2], [3]]],
    ['Float32Arrays', [new Float32Array([0.5])], 'FLOAT[]', [[0.5]]],
    ['Float64Arrays', [new Float64Array([0.1])], 'DOUBLE[]', [[0.1]]],
    ['lists whose numbers no float holds', [[1e300], [1]], 'DOUBLE[]', [[1e300], [1]]],
  ])('is that of its values: %s', async (_, values, type, expected) => {
    expect(await roundTrip(values)).toEqual({ type, values: expected });
  });

  it('is known however many nulls come first', async () => {
    const values = [...Array(600).fill(null), undefined, 'late'];
    expect((await roundTrip(values)).type).toBe('VARCHAR');
  });

  it('is that of most values, and the others become null without costing a row', async () => {
    const values = [true, 'a', {}, 1, () => 1, 2, Symbol('s'), new Date(0), [1], ['a'], 1n, 3];
    const expected = [null, null, null, 1, null, 2, null, null, null, null, 1, 3];
    expect(await roundTrip(values)).toEqual({ type: 'DOUBLE', values: expected });
  });

  it('can be declared, and is then in the file without a value', async () => {
    const table = await readParquet(await encodeParquet([{ y: 1 }], { columns: { x: 'int64', z: 'list<float>' } }));
    expect([...table.types]).toEqual([
      ['x', 'BIGINT'],
      ['z', 'FLOAT[]'],
      ['y', 'DOUBLE'],
    ]);
  });

  it('leaves out a column in which no row has a value that tells', async () => {
    const table = await readParquet(await encodeParquet([{ x: null, y: 1, z: {} }]));
    expect([...table.types.keys()]).toEqual(['y']);
  });
});

describe('values', () => {
  it('are never rounded to fit a type: what does not fit is null', async () => {
    const columns = { x: 'int64' };
    const values = [1, 2n ** 62n, 2 ** 53, 1.5, 2n ** 63n, Number.NaN, Number.POSITIVE_INFINITY, '7'];
    const expected = ['1', String(2n ** 62n), String(2 ** 53), null, null, null, null, null];
    expect((await roundTrip(values, { columns })).values).toEqual(expected);
    expect((await roundTrip([2n ** 60n, 2n ** 60n + 1n, 0.5])).values).toEqual([2 ** 60, null, 0.5]);
  });

  it('keep infinities and write NaN as null', async () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0];
    expect((await roundTrip(values)).values).toEqual([null, 'Infinity', '-Infinity', -0]);
  });

  it('of a declared timestamp may be Dates, milliseconds and ISO 8601 texts, UTC unless they say otherwise', async () => {
    const values = [
      new Date(0),
      1000.9,
      '1970-01-02',
      '1970-01-01T01:00',
      '1970-01-01 02:00:00+02:00',
      'yesterday',
      '2',
      Number.NaN,
    ];
    expect((await roundTrip(values, { columns: { x: 'timestamp' } })).values).toEqual([
      '1970-01-01 00:00:00',
      '1970-01-01 00:00:01',
      '1970-01-02 00:00:00',
      '1970-01-01 01:00:00',
      '1970-01-01 00:00:00',
      null,
      null,
      null,
    ]);
  });

  it('that are lists tell null, empty, a null element and elements apart', async () => {
    const lists = [null, [], [null], [1, null, Number.NaN, 2], new Float32Array(0), [undefined]];
    const { values } = await roundTrip([[0], ...lists]);
    expect(values).toEqual([[0], null, [], [null], [1, null, null, 2], [], [null]]);
  });

  it('survive in any mixture of nulls over several row groups', async () => {
    const gaps = fc.infiniteStream(fc.boolean());
    await fc.assert(
      fc.asyncProperty(gaps, fc.integer({ min: 1, max: 9000 }), async (present, count) => {
        const scalars = [...present.take(count)].map((is, i) => (is ? i : null));
        const lists = [...present.take(count)].map((is, i) => (is ? Array(i % 4).fill(i) : null));
        const rows = scalars.map((x, i) => ({ x, y: lists[i], z: x === null ? null : `é${x}` }));
        const table = await readParquet(await encodeParquet(rows, { columns: { x: 'double', y: 'list<double>' } }));
        expect(table.column('x')).toEqual(scalars);
        expect(table.column('y')).toEqual(lists);
        if (table.types.has('z')) expect(table.column('z')).toEqual(rows.map((row) => row.z));
      }),
      { numRuns: 15 },
    );
  });
});

describe('column names', () => {
  it('are written as they are, whatever they are', async () => {
    const names = [
      '__proto__',
      'constructor',
      '',
      'a.b',
      'a,list,element',
      'a',
      '"; drop table x; --',
      '../../x',
      '🦄',
      'A',
      '0',
      'x'.repeat(300),
    ];
    const row = new Map(names.map((name, index) => [name, name === 'a' ? [index] : index]));
    const table = await readParquet(await encodeParquet([row]));
    expect([...table.types.keys()]).toEqual(names);
    expect([...(table.rows[0]?.values() ?? [])]).toEqual(names.map((name, index) => (name === 'a' ? [index] : index)));
  });

  // read by hyparquet: DuckDB names an empty column c0, c1 … and then stumbles over one that is called so
  it('keep their values apart in any company', async () => {
    const someNames = fc.uniqueArray(
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('c0', 'c1', 'list', 'valueOf')),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    await fc.assert(
      fc.asyncProperty(someNames, async (names) => {
        const { buffer: file } = await encodeParquet([new Map(names.map((name, index) => [name, index]))]);
        expect(
          parquetMetadata(file)
            .schema.slice(1)
            .map(({ name }) => name),
        ).toEqual(names);
        let rows: unknown[][] = [];
        await parquetRead({ file, onComplete: (read) => (rows = read) });
        expect(rows).toEqual([[...names.keys()]]);
      }),
      { numRuns: 30 },
    );
  });

  it('that are no valid Unicode get a substitute each', async () => {
    const table = await readParquet(await encodeParquet([{ '\ud800': 1, '\ud801': 2, '\ufffd': 3 }]));
    expect([...(table.rows[0] ?? [])]).toEqual([
      ['\ufffd', 1],
      ['feature_\ufffd', 2],
      ['feature_feature_\ufffd', 3],
    ]);
  });
});

it('refuses to make a file without columns', async () => {
  await expect(encodeParquet([{}, { x: null }])).rejects.toThrow('needs a column');
});
