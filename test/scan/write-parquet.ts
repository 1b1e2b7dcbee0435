import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** What DuckDB writes for `COPY (query) TO … (FORMAT parquet, options)`. */
export async function writeParquet(query: string, options = 'COMPRESSION snappy'): Promise<Uint8Array> {
  const directory = await mkdtemp(join(tmpdir(), 'write-parquet-'));
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const path = join(directory, 'file.parquet');
    await connection.run('SET threads = 1');
    await connection.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ${options})`);
    return await readFile(path);
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(directory, { recursive: true });
  }
}
