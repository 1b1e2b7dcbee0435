import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type Json } from '@duckdb/node-api';

export interface ReadTable {
  /** DuckDB's types by column */
  readonly types: ReadonlyMap<string, string>;
  readonly rows: readonly ReadonlyMap<string, Json>[];
  readonly column: (name: string) => Json[];
}

/** What DuckDB finds in a Parquet file. Names are those in the file's footer. */
export async function readParquet(bytes: Uint8Array): Promise<ReadTable> {
  const directory = await mkdtemp(join(tmpdir(), 'read-parquet-'));
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const path = join(directory, 'file.parquet');
    await writeFile(path, bytes);
    const table = await connection.runAndReadAll('SELECT * FROM read_parquet(?)', [path]);
    const schema = await connection.runAndReadAll('SELECT name, num_children FROM parquet_schema(?)', [path]);
    const names = topLevelNames(schema.getRowsJson());
    const rows = table.getRowsJson().map((row) => new Map(row.map((value, index) => [names[index] ?? '?', value])));
    return {
      types: new Map(table.columnTypes().map((type, index) => [names[index] ?? '?', String(type)])),
      rows,
      column: (name) => rows.map((row) => row.get(name) ?? null),
    };
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(directory, { recursive: true });
  }
}

/** The schema is listed depth first; of this project's files only lists have children, two generations of one each. */
function topLevelNames(schema: readonly (readonly Json[])[]): string[] {
  const names: string[] = [];
  for (let i = 1; i < schema.length; i++) {
    names.push(String(schema[i]?.[0]));
    if (schema[i]?.[1] !== null) i += 2;
  }
  return names;
}
