import { join } from 'node:path';
import type { DuckDBAppender } from '@duckdb/node-api';
import { openEngine } from '../scan/duckdb.ts';
import type { Workspace } from '../scan/workspace.ts';
import type { HistoryLine } from './line.ts';
import type { ColumnType, Table, Value } from './tables.ts';

const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  instant: 'TIMESTAMPTZ',
  count: 'BIGINT',
  number: 'DOUBLE',
};

/** Writes a table as a Parquet file into the scratch folder; returns its path. */
export async function writeParquet(
  table: Table,
  model: string,
  lines: readonly HistoryLine[],
  workspace: Workspace,
  memoryLimitMib: number,
): Promise<string> {
  const file = join(workspace.scratch, 'history.parquet');
  const { DuckDBTimestampTZValue } = await import('@duckdb/node-api');
  const append: Readonly<Record<ColumnType, (to: DuckDBAppender, value: string | number) => void>> = {
    text: (to, value) => to.appendVarchar(String(value)),
    instant: (to, value) => to.appendTimestampTZ(new DuckDBTimestampTZValue(BigInt(Date.parse(String(value))) * 1000n)),
    count: (to, value) => to.appendBigInt(BigInt(value)),
    number: (to, value) => to.appendDouble(Number(value)),
  };
  const { connection, close } = await openEngine(workspace, { memoryLimitMib, threads: 1 });
  try {
    const columns = table.columns.map(([name, type]) => `"${name}" ${TYPES[type]}`).join(', ');
    await connection.run(`CREATE TABLE history (${columns})`);
    const appender = await connection.createAppender('history');
    const appendRow = (row: readonly Value[]) => {
      table.columns.forEach(([, type], index) => {
        const value = row[index] ?? null;
        if (value === null) appender.appendNull();
        else append[type](appender, value);
      });
      appender.endRow();
    };
    for (const line of lines) for (const row of table.rows(model, line)) appendRow(row);
    appender.closeSync();
    await connection.run(`COPY history TO '${file.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`);
    return file;
  } finally {
    close();
  }
}
