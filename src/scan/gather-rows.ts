import type { DuckDBConnection } from '@duckdb/node-api';
import type { ParquetMetadata } from './parquet-metadata.ts';
import { type OwnerColumn, ownerCondition } from './query.ts';
import type { SourceColumn } from './source-columns.ts';
import { unreadable } from './unreadable.ts';

/** Rows of one row group: of 1,536 doubles each, 126 MB. */
const ROW_GROUP_ROWS = 10_240;

/** Files whose columns are the same, in the same order. */
export interface GatherRequest {
  readonly paths: readonly string[];
  readonly sources: readonly SourceColumn[];
  readonly owners: readonly OwnerColumn[];
  readonly metadata: ParquetMetadata;
  /** A name of our own making: it cannot be bound. */
  readonly target: string;
}

/**
 * Writes the rows of several Parquet files that belong to a model, in their order, to one Parquet file. Row labels of pandas are
 * left out; its notes on categories are kept. Rejects with `UnreadableError` where one of the files cannot be decoded.
 *
 * @returns how many rows, and what the file's columns are called: in the file itself they have numbers, so that no name from a
 * log reaches SQL
 */
export async function gatherRows(
  connection: DuckDBConnection,
  { paths, sources, owners, metadata, target }: GatherRequest,
): Promise<{ rows: number; columnNames: string[] }> {
  const { LIST, VARCHAR, listValue } = await import('@duckdb/node-api');
  const positions = [...new Set(sources.map(({ path: [position = 0] }) => position))];
  const selected = positions.map((position) => `#${position} AS c${position}`).join(', ');
  const belongs = owners.length === 0 ? '' : ` WHERE ${ownerCondition(owners, 2)}`;
  const options = ['FORMAT parquet', 'COMPRESSION snappy', `ROW_GROUP_SIZE ${ROW_GROUP_ROWS}`];
  const notes = metadata.keyValues.get('pandas');
  if (notes !== undefined) options.push(`KV_METADATA {pandas: ${quoted(notes)}}`);
  try {
    const written = await connection.runAndReadAll(
      `COPY (SELECT ${selected} FROM read_parquet($1, hive_partitioning = false, binary_as_string = false)${belongs}) ` +
        `TO ${quoted(target)} (${options.join(', ')})`,
      [listValue([...paths]), ...owners.map(({ value }) => value)],
      [LIST(VARCHAR), ...owners.map(() => VARCHAR)],
    );
    const columnNames = positions.map((position) => metadata.columns[position - 1]?.name ?? '');
    return { rows: Number(written.getRows()[0]?.[0] ?? 0), columnNames };
  } catch (error) {
    throw unreadable(error);
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
