import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { choosesCategories, rowHashSql, sampler, sampleSql } from '../../src/scan/row-hash.ts';

describe('the hash of a row number', () => {
  let instance: DuckDBInstance;
  let connection: DuckDBConnection;
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:');
    connection = await instance.connect();
  });
  afterAll(() => {
    connection.closeSync();
    instance.closeSync();
  });

  async function rowsWhere(condition: string): Promise<number[]> {
    const reader = await connection.runAndReadAll(
      `SELECT r::DOUBLE FROM range(20000) t(r) WHERE ${condition} ORDER BY r`,
    );
    return reader.getRows().map(([row]) => Number(row));
  }

  const numbers = Array.from({ length: 20_000 }, (_, row) => row);

  it('says the same of every row in SQL as here: which half it is of', async () => {
    expect(await rowsWhere(`${rowHashSql('r')} & 1 = 0`)).toEqual(numbers.filter(choosesCategories));
  });

  it('says the same of every row in SQL as here: whether it is of a sample', async () => {
    const inSample = sampler(20_000, 3000);
    const kept = await rowsWhere(sampleSql(20_000, 3000)?.('r') ?? 'true');
    expect(kept).toEqual(numbers.filter(inSample));
    expect(Math.abs(kept.length - 3000)).toBeLessThan(200);
  });
});
